import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { sleep } from '../../core/clock.js';
import { raceAbort } from '../../core/mutex.js';
import type { WorldOptions } from '../../virtual/devices/world.js';
import { type Place, placesOf } from '../air/places.js';
import { type ServeEvents, serve } from '../air/serve.js';
import { AirView, redraw, type Served } from '../air/view.js';
import type { Command, CommandContext } from '../command.js';

/** How often the picture is drawn. */
const FRAME_MS = 1000;

/** `bluewire air`: virtual controllers for any host. */
export const airCommand: Command = {
  name: 'air',
  summary: 'serve virtual controllers to any host',
  description:
    'Puts virtual controllers on one air, and serves them to hosts that speak H4: this stack, or\n' +
    'any other. They hear each other, and what --world puts there. One host at a time has a\n' +
    'controller; when it goes, the next one finds the controller as after power-up.\n\n' +
    '  bluewire air --controllers 3 --listen tcp:127.0.0.1:6401     6401, 6402 and 6403\n' +
    '  bluewire air --listen pty:/tmp/ttyBLE                        a serial port that is none\n' +
    '  bluewire air --listen tcp:127.0.0.1:6401,unix:/tmp/hci',
  options: {
    controllers: { value: 'N', help: 'how many; as many as --listen names places, or 1' },
    listen: {
      value: 'PLACES',
      help: 'tcp:HOST:PORT, ws:HOST:PORT, unix:PATH, pty[:PATH] [tcp:127.0.0.1:6401]',
    },
    personality: { value: 'NAME', help: 'what kind of controllers; --personality list shows them [full]' },
    world: { value: 'FILE', help: 'a world file: devices on the same air; "default": those of virtual:' },
    seed: { value: 'N', help: 'the same chance in every run' },
    show: { help: 'a live picture: who advertises, who is connected, RSSI, packets a second' },
  },
  async run(context: CommandContext): Promise<unknown> {
    const { options, output, signal } = context;
    for (const name of ['port', 'baud', 'rtscts', 'capture']) {
      if (options.has(name)) throw options.wrong(`air serves controllers of its own, and has no --${name}`);
    }
    options.notBoth('show', 'json');
    const { personalities, VirtualController, World } = await import('../../virtual/index.js');
    if (options.text('personality') === 'list') {
      for (const { name } of Object.values(personalities)) await output.line(name);
      return undefined;
    }
    const named = options.text('personality') ?? 'full';
    const personality = Object.hasOwn(personalities, named) ? personalities[named] : undefined;
    if (!personality)
      throw options.wrong(`--personality ${named}: ${Object.keys(personalities).join(', ')} are known`);
    const count = options.number('controllers', 1, 200);
    if (count !== undefined && !Number.isInteger(count))
      throw options.wrong('--controllers: a whole number is wanted');
    const places = placesOf(options, count);
    const chosen = options.number('seed', 0, 0xffffffff);
    const declared = await worldOf(options);
    const seed = chosen ?? declared.seed;
    const world = await World.open({
      ...declared,
      clock: context.clock,
      ...(seed === undefined ? { random: context.random } : { seed }),
    });
    try {
      const served = places.map(
        (_, i): Served => ({
          controller: new VirtualController(world.air, {
            address: addressOf(i),
            personality,
            position: { x: i, y: 0, z: 0 },
          }),
          at: undefined,
          hostIsThere: false,
          fromHost: 0,
          toHost: 0,
        }),
      );
      await serveAll(context, served, places);
    } finally {
      await world.close();
    }
    signal.throwIfAborted();
    return undefined;
  },
};

/** What `--world` declares; an empty world without. */
async function worldOf(options: CommandContext['options']): Promise<WorldOptions> {
  const file = options.text('world') ?? 'none';
  if (file === 'default') return {};
  if (file === 'none') return { devices: [] };
  try {
    const { worldFromJson } = await import('../../virtual/index.js');
    const read = (path: string) => readFileSync(path, 'utf8');
    return await worldFromJson(read(file), file, (name) => read(resolve(dirname(file), name)));
  } catch (error) {
    const { code, path = file } = error as { code?: unknown; path?: string };
    throw options.wrong(
      code === 'ENOENT' ? `--world ${path}: there is no such file` : `--world ${(error as Error).message}`,
    );
  }
}

/** Addresses that documentation may use (RFC 7042, 2.1.2), apart from those of the default world's devices. */
function addressOf(index: number): string {
  return `00:00:5E:00:53:${(0x10 + index).toString(16).toUpperCase().padStart(2, '0')}`;
}

async function serveAll(
  context: CommandContext,
  served: readonly Served[],
  places: readonly Place[],
): Promise<void> {
  const { clock, random, signal, options } = context;
  const ending = new AbortController();
  const stop = () => ending.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  const inner = { clock, random, env: context.env, signal: ending.signal };
  const work = served.map((one, i) =>
    serve(one.controller, places[i]!, eventsOf(one, i + 1, context), inner),
  );
  if (options.has('show')) work.push(show(context, served, ending.signal));
  try {
    await Promise.all(work);
  } finally {
    signal.removeEventListener('abort', stop);
    ending.abort(new Error('another controller could not be served'));
    await Promise.allSettled(work);
  }
}

function eventsOf(one: Served, number: number, { options, output }: CommandContext): ServeEvents {
  const isJson = options.has('json');
  const isQuiet = options.has('show');
  const say = (event: string, text: string, fields: object = {}) => {
    if (isJson)
      void output.json({ event, controller: number, address: one.controller.address.toString(), ...fields });
    else if (!isQuiet) void output.line(`${number}  ${one.controller.name}  ${text}`);
  };
  return {
    listening(at) {
      const isNew = one.at !== at;
      one.at = at;
      // After each host it listens again, at the same place: a program wants to know when.
      if (isNew || isJson) say('listening', at, { port: at });
    },
    connected() {
      one.hostIsThere = true;
      say('connected', 'a host is there');
    },
    gone(why) {
      one.hostIsThere = false;
      say('gone', 'the host is gone', { why });
    },
    packet(toHost) {
      if (toHost) one.toHost++;
      else one.fromHost++;
    },
    told: (message) => void output.diagnostic(`[${one.controller.name}] ${message}`),
  };
}

/** Draws until the signal: on a terminal in place, elsewhere one picture below the other. */
async function show(
  { clock, output }: CommandContext,
  served: readonly Served[],
  signal: AbortSignal,
): Promise<void> {
  const view = new AirView(served);
  let drawn = 0;
  for (;;) {
    const lines = view.lines(clock.now(), output);
    if (output.isTerminal) await output.raw(redraw(drawn, lines));
    else for (const line of [...lines, '']) await output.line(line);
    drawn = lines.length;
    await raceAbort(sleep(clock, FRAME_MS), signal);
  }
}
