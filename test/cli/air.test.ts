import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { placesOf } from '../../src/cli/air/places.js';
import { PtyMaker } from '../../src/cli/air/pty.js';
import { type ServeEvents, serve } from '../../src/cli/air/serve.js';
import { AirView, redraw, type Served } from '../../src/cli/air/view.js';
import { OptionValues } from '../../src/cli/option-values.js';
import { Output } from '../../src/cli/output.js';
import { fromHex, SimulatedClock, seededRandom, systemClock, toHex } from '../../src/core/index.js';
import * as commands from '../../src/hci/commands/index.js';
import { leConnectionComplete } from '../../src/hci/events/index.js';
import '../../src/virtual/devices/world-file.js';
import { Air, VirtualController } from '../../src/virtual/index.js';
import { advertise, createConnection, World } from '../virtual/world.js';
import { CliRun, MemorySink } from './support.js';

const options = (listen?: string) =>
  new OptionValues(new Map(listen === undefined ? [] : [['listen', listen]]), 'air');

describe('where bluewire air serves', () => {
  it('counts on from one place', () => {
    expect(placesOf(options('tcp:127.0.0.1:6401'), 3)).toEqual(
      [6401, 6402, 6403].map((port) => ({ kind: 'listen', port: `tcp-server:127.0.0.1:${port}` })),
    );
    expect(placesOf(options('unix:/tmp/hci'), 2)).toEqual([
      { kind: 'listen', port: 'unix-server:/tmp/hci1' },
      { kind: 'listen', port: 'unix-server:/tmp/hci2' },
    ]);
    expect(placesOf(options('tcp:127.0.0.1:0'), 2)).toEqual(
      [0, 0].map((port) => ({ kind: 'listen', port: `tcp-server:127.0.0.1:${port}` })),
    );
  });

  it('takes a list as it stands, one place for each controller', () => {
    expect(
      placesOf(options('ws://127.0.0.1:7000/, pty, pty:/tmp/ttyBLE, tcp-server:[::1]:9'), undefined),
    ).toEqual([
      { kind: 'listen', port: 'ws-server:127.0.0.1:7000' },
      { kind: 'pty', link: undefined },
      { kind: 'pty', link: '/tmp/ttyBLE' },
      { kind: 'listen', port: 'tcp-server:[::1]:9' },
    ]);
  });

  it('is port 6401 of this machine when nothing is said', () => {
    expect(placesOf(options(), undefined)).toEqual([{ kind: 'listen', port: 'tcp-server:127.0.0.1:6401' }]);
  });

  it.each([
    ['serial:/dev/ttyS0', 1, /tcp:HOST:PORT, ws:HOST:PORT, unix:PATH, pty or pty:PATH is wanted/],
    ['tcp:127.0.0.1', 1, /tcp:HOST:PORT/],
    ['tcp:127.0.0.1:99999', 1, /there is no port 99999/],
    ['unix:', 1, /unix:PATH/],
    ['tcp:127.0.0.1:65535', 2, /no port 65536 for controller 2/],
    ['pty,pty', 3, /2 places for 3 controllers/],
  ])('refuses %s for %i controllers', (listen, count, message) => {
    expect(() => placesOf(options(listen), count)).toThrow(message);
  });
});

describe('bluewire air', () => {
  it.each([
    [['--port', 'virtual:'], /air serves controllers of its own, and has no --port/],
    [['--capture', 'a.pcap'], /has no --capture/],
    [['--controllers', '0'], /a number from 1 to 200/],
    [['--controllers', '1.5'], /a whole number/],
    [['--personality', 'nobody'], /full.*are known/],
    [['--show', '--json'], /exclude each other/],
    [['--listen', 'nowhere'], /is wanted/],
    [['--world', 'nowhere.json'], /--world nowhere\.json: there is no such file/],
    [['--world', 'package.json'], /--world package\.json: name: no such field/],
  ])('refuses %j', async (args, message) => {
    const run = new CliRun();
    expect(await run.run('air', ...args)).toBe(2);
    expect(run.stderr.text).toMatch(message);
    expect(run.stdout.text).toBe('');
  });

  it('lists the personalities', async () => {
    const run = new CliRun();
    expect(await run.run('air', '--personality', 'list')).toBe(0);
    expect(run.stdout.lines).toContain('full');
  });
});

describe('a pseudo-terminal', () => {
  it('needs socat or python3, and says so', () => {
    expect(() => new PtyMaker('/tmp/ttyBLE', systemClock, { PATH: '/nowhere' })).toThrow(
      /comes from socat.*install it.*or use tcp:/,
    );
  });

  it('leaves alone what has its name already', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bluewire-air-test-'));
    try {
      const file = join(folder, 'file');
      writeFileSync(file, 'mine');
      symlinkSync('/nowhere/at/all', join(folder, 'link'));
      for (const path of [file, join(folder, 'link')]) {
        expect(() => new PtyMaker(path, systemClock, process.env)).toThrow(/something has this name already/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('a served controller', () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** A controller that is served on a free port, and what was told of it. */
  async function served() {
    const clock = new SimulatedClock();
    const random = seededRandom(1);
    const air = new Air({ clock, random });
    const controller = new VirtualController(air, { address: '00:00:5E:00:53:01' });
    const ending = new AbortController();
    const told: string[] = [];
    let listens!: (at: string) => void;
    const place = new Promise<string>((resolve) => {
      listens = resolve;
    });
    const waiting = new Map<string, () => void>();
    const tell = (what: string) => {
      told.push(what);
      waiting.get(what)?.();
    };
    const events: ServeEvents = {
      listening: listens,
      connected: () => tell('connected'),
      gone: () => tell('gone'),
      packet: () => {},
      told: tell,
    };
    const done = serve(controller, { kind: 'listen', port: 'tcp-server:127.0.0.1:0' }, events, {
      clock,
      random,
      env: {},
      signal: ending.signal,
    });
    done.catch(() => {});
    const happens = (what: string) =>
      new Promise<void>((resolve) => {
        if (told.includes(what)) resolve();
        else waiting.set(what, resolve);
      });
    return { controller, done, ending, happens, port: Number((await place).split(':').at(-1)) };
  }

  /** A host: writes octets, and waits until so many hexadecimal digits have come. */
  async function host(port: number) {
    const socket = connect(port, '127.0.0.1');
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.once('connect', () => resolve()));
    let text = '';
    let look = () => {};
    socket.on('data', (chunk) => {
      text += toHex(chunk);
      look();
    });
    return {
      socket,
      write: (hex: string) => socket.write(fromHex(hex)),
      got: (part: string) =>
        new Promise<void>((resolve) => {
          look = () => {
            if (!text.includes(part)) return;
            text = '';
            resolve();
          };
          look();
        }),
    };
  }

  it('answers a host, and is as after power-up for the next one', async () => {
    const { port, controller, ending, done, happens } = await served();
    const first = await host(port);
    first.write('01030c00');
    await first.got('040e0401030c00');
    // LE Set Random Address, and advertising.
    first.write('01052006010203040506');
    await first.got('040e0401052000');
    first.write('010a200101');
    await first.got('040e04010a2000');
    expect(controller.activity.advertising).toBe(true);
    first.socket.destroy();
    await happens('gone');
    ending.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
    expect(controller.activity.advertising).toBe(false);
    expect(controller.isOn).toBe(true);
  });

  it('tells a host whose octets make no sense by Hardware Error, and goes on with its HCI_Reset (Vol 4, Part A, 4)', async () => {
    const { port, ending, done } = await served();
    const one = await host(port);
    one.write('ff00ff00');
    await one.got('04100101');
    one.write('aa01030c00');
    await one.got('040e0401030c00');
    ending.abort(new Error('enough'));
    await expect(done).rejects.toThrow('enough');
  });
});

describe('the picture of the air', () => {
  it('shows who does what, who is connected, RSSI and packets a second', async () => {
    const world = new World();
    const central = await world.controller();
    const peripheral = await world.controller();
    await advertise(peripheral.hci);
    const served: Served[] = [central, peripheral].map(({ controller }, i) => ({
      controller,
      at: `tcp:127.0.0.1:640${i + 1}`,
      hostIsThere: i === 0,
      fromHost: 0,
      toHost: 0,
    }));
    const view = new AirView(served);
    const output = new Output({
      stdout: new MemorySink(),
      stderr: new MemorySink(),
      env: {},
      verbose: false,
    });
    expect(view.lines(0, output)).toEqual([
      '1  00:00:5E:00:53:01  tcp:127.0.0.1:6401  host   >0/s  <0/s',
      '2  00:00:5E:00:53:02  tcp:127.0.0.1:6402  waits  >0/s  <0/s  advertising',
    ]);
    await central.hci.command(commands.leCreateConnection, createConnection(peripheral.controller.address));
    await central.hci.eventually(leConnectionComplete);
    await world.clock.advance(100);
    served[0]!.fromHost = 30;
    served[0]!.toHost = 50;
    expect(view.lines(500, output)).toEqual([
      '1  00:00:5E:00:53:01  tcp:127.0.0.1:6401  host   >60/s  <100/s',
      expect.stringMatching(/^ {3}→ 00:00:5E:00:53:02\/public, central, 7\.5 ms, -\d+ dBm$/),
      '2  00:00:5E:00:53:02  tcp:127.0.0.1:6402  waits  >0/s   <0/s',
      expect.stringMatching(/^ {3}← 00:00:5E:00:53:01\/public, peripheral, 7\.5 ms, -\d+ dBm$/),
    ]);
  });

  it('is drawn over the one before', () => {
    expect(redraw(0, ['a'])).toBe('\u001b[0Ja\n');
    expect(redraw(2, ['a', 'b'])).toBe('\u001b[2A\u001b[0Ja\nb\n');
  });
});
