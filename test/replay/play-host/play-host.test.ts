import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { readCapture } from '../../../src/hci/capture/index.js';
import type { HciTransport, HciTransportSink } from '../../../src/hci/transport/transport.js';
import { extractServer } from '../../../src/replay/extract/extract-server.js';
import { type HostPlay, type PlayHostOptions, playHost } from '../../../src/replay/play-host/play-host.js';
import {
  Air,
  describedDevice,
  type SimulatedDevice,
  VirtualController,
  World,
} from '../../../src/virtual/index.js';
import { describeWithShared, shared } from '../../support/shared.js';

const { notes } = (await import('../../../fixtures/record/virtual.mjs' as string)) as { notes: unknown };
const fixture = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../../fixtures/${name}`, import.meta.url)));

/** Damages what a controller sends; gives what the host gets in its place. */
type Defect = (packet: Uint8Array, number: number) => readonly Uint8Array[];

/** A transport with a defect behind it; packets have their H4 indicator first. */
function defective(inner: HciTransport, defect: Defect): HciTransport {
  let number = 0;
  return {
    name: inner.name,
    get writeBacklog() {
      return inner.writeBacklog;
    },
    open: (sink: HciTransportSink) =>
      inner.open({
        packet: (type, bytes, start, end) => {
          for (const one of defect(Uint8Array.of(type, ...bytes.subarray(start, end)), number++)) {
            sink.packet(one[0] as typeof type, one, 1, one.length);
          }
        },
        diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
        closed: (error) => sink.closed(error),
      }),
    send: (packet) => inner.send(packet),
    close: () => inner.close(),
  };
}

/** Plays a virtual fixture's host at a controller in a world of the same seed. */
async function play(
  name: string,
  options: PlayHostOptions,
  { defect = (packet) => [packet], seed = 7 }: { readonly defect?: Defect; readonly seed?: number } = {},
): Promise<HostPlay> {
  const devices: SimulatedDevice[] | undefined =
    name === 'long-values.btsnoop' ? [await describedDevice(notes)] : undefined;
  const clock = new SimulatedClock();
  const world = await clock.run(
    World.open({ clock, random: seededRandom(seed), ...(devices ? { devices } : {}) }),
  );
  const transport = defective(world.controller('00:00:5E:00:53:01').transport(), defect);
  const played = await clock.run(playHost(fixture(name), transport, { ...options, clock }));
  await clock.run(world.close());
  expect(clock.pending).toBe(0);
  return played;
}

describe("a capture's host, played at the virtual controller", () => {
  it.each(['heart-rate.btsnoop', 'heart-rate.pcapng', 'long-values.btsnoop'])(
    'finds no divergence with the same seed, octet for octet: %s',
    async (name) => {
      const { divergence, sent, compared, noted, unexpected } = await play(name, { mode: 'strict' });
      expect(divergence?.text).toBeUndefined();
      expect([noted, unexpected]).toEqual([[], []]);
      expect(sent).toBeGreaterThan(30);
      expect(compared).toBeGreaterThan(30);
    },
  );

  it('finds none either in lenient comparison, with nothing to permit but what is not waited for', async () => {
    const { divergence, noted, skipped, unexpected } = await play('heart-rate.btsnoop', {});
    expect(divergence?.text).toBeUndefined();
    expect(noted).toEqual([]);
    expect(skipped['reports']).toBeGreaterThan(5);
    expect(unexpected).toEqual([]);
  });

  it('finds the first report that another seed makes otherwise', async () => {
    const { divergence } = await play('heart-rate.btsnoop', { mode: 'strict' }, { seed: 8 });
    expect(divergence?.expected?.name).toMatch(/Advertising_Report/);
  });

  const isAnswerTo = (packet: Uint8Array, opcode: number) =>
    packet[0] === 4 && packet[1] === 0x0e && packet[4] === (opcode & 0xff) && packet[5] === opcode >> 8;
  /** Changes the octet at a place of the packets that are meant. */
  const changed =
    (isMeant: (packet: Uint8Array) => boolean, at: number, value: number): Defect =>
    (packet) => {
      if (isMeant(packet) && packet.length > at) packet[at] = value;
      return [packet];
    };
  const isAtt = (packet: Uint8Array, opcode: number) => packet[0] === 2 && packet[9] === opcode;
  const dropped =
    (isMeant: (packet: Uint8Array) => boolean): Defect =>
    (packet) =>
      isMeant(packet) ? [] : [packet];

  /** Planted defects of a controller: what it is, where it has to be found, in both comparisons where both can see it. */
  const defects: readonly (readonly [
    what: string,
    Defect,
    path: RegExp | undefined,
    ('strict' | 'lenient')[],
  ])[] = [
    [
      'a status in the answer to LE_Set_Extended_Scan_Enable',
      changed((packet) => isAnswerTo(packet, 0x2042), 6, 0x0c),
      /status$/,
      ['strict', 'lenient'],
    ],
    ['an HCI version', changed((packet) => isAnswerTo(packet, 0x1001), 7, 0x05), /hciVersion$/i, ['strict']],
    [
      'the peer address of a connection',
      changed((packet) => packet[1] === 0x3e && [0x01, 0x0a, 0x29].includes(packet[3]!), 10, 0x77),
      /peerAddress$/,
      ['strict', 'lenient'],
    ],
    [
      'an octet of a value read',
      changed((packet) => isAtt(packet, 0x0b), 12, 0xee),
      /attributeValue/i,
      ['strict', 'lenient'],
    ],
    [
      'the handle of a notification',
      changed((packet) => isAtt(packet, 0x1b), 10, 0x77),
      /attributeHandle$/,
      ['strict', 'lenient'],
    ],
    [
      'the strength of a report',
      changed((packet) => packet[1] === 0x3e && packet[3] === 0x0d, 18, 1),
      /reports/,
      ['strict'],
    ],
    [
      'a connection that is not told',
      dropped((packet) => packet[1] === 0x3e && packet[3] !== 0x0d),
      undefined,
      ['lenient'],
    ],
    ['buffers that are never free', dropped((packet) => packet[1] === 0x13), undefined, ['lenient']],
    [
      'the reason of a disconnection',
      changed((packet) => packet[0] === 4 && packet[1] === 0x05, 6, 0x08),
      /reason$/,
      ['strict', 'lenient'],
    ],
    [
      'an event twice',
      (packet, number) => (number === 4 ? [packet, packet.slice()] : [packet]),
      /./,
      ['strict'],
    ],
  ];
  for (const [what, defect, path, modes] of defects) {
    it.each(modes)(`finds a planted defect at its field: ${what} (%s)`, async (mode) => {
      const { divergence } = await play('heart-rate.btsnoop', { mode }, { defect });
      expect(divergence).toBeDefined();
      if (path) expect(divergence!.path).toMatch(path);
      else expect(divergence!.path).toBeUndefined();
      expect(divergence!.text).toContain('the controller departs from the capture');
    });
  }

  it('shows both packets side by side, the field marked, and those before', async () => {
    const defect = changed((packet) => isAnswerTo(packet, 0x2042), 6, 0x0c);
    const { divergence } = await play('heart-rate.btsnoop', { mode: 'strict' }, { defect });
    expect(divergence!.text).toMatch(/^> +.*Status +0x00 \(Success\) +0x0C \(Command Disallowed\)$/m);
    expect(divergence!.text).toMatch(/before it:\n +\d+ [<>] /);
  });

  it('gives up, and frees the controller, when the transport breaks', async () => {
    const clock = new SimulatedClock();
    const controller = new VirtualController(new Air({ clock, random: seededRandom(1) }), {
      address: '00:00:5E:00:53:01',
    });
    const transport = controller.transport();
    const playing = playHost(fixture('heart-rate.btsnoop'), transport, { clock });
    clock.setTimeout(() => controller.powerOff(), 100);
    await expect(clock.run(playing)).rejects.toThrow(/switched off/);
    expect(clock.pending).toBe(0);
  });
});

/** What was permitted, a line a kind: printed, so that nobody overlooks it. */
const uses: string[] = [];
afterAll(() => {
  for (const line of uses) process.stdout.write(`${line}\n`);
});

function note(what: string, { noted, skipped }: HostPlay): void {
  const fields = new Map<string, number>();
  for (const { kind, name, path } of noted) {
    const key = `${kind}: ${name} ${path}`;
    fields.set(key, (fields.get(key) ?? 0) + 1);
  }
  uses.push(`permitted at the virtual controller, ${what}:`);
  for (const [key, count] of fields) uses.push(`  ${key} (${count})`);
  for (const [kind, count] of Object.entries(skipped)) uses.push(`  ${kind}: ${count} not waited for`);
}

describeWithShared("a real capture's host, played at the virtual controller", () => {
  const file = (name: string) => readFileSync(shared(`captures/${name}`));

  it('takes a connection that is told by another version of the event for the captured one (capture 01)', async () => {
    const capture = file('01-idealled-legacy-connect.btsnoop');
    const device = await describedDevice(extractServer(readCapture(capture).list).description);
    const clock = new SimulatedClock();
    const random = seededRandom(7);
    const world = await clock.run(World.open({ clock, random, devices: [device] }));
    const transport = world.controller('00:00:5E:00:53:01').transport();
    // Behind that, the lamp's own ATT server answers in its own way.
    const played = await clock.run(playHost(capture, transport, { clock, last: 169 }));
    await clock.run(world.close());
    note('01-idealled-legacy-connect.btsnoop with its lamp', played);
    expect(played.divergence?.text).toBeUndefined();
    const versions = played.noted.filter(({ kind }) => kind === 'versions');
    expect(versions).toMatchObject([
      { frame: 147, expected: 'LE_Connection_Complete', got: 'LE_Enhanced_Connection_Complete [v1]' },
    ]);
  });

  it.each([
    ['01-idealled-legacy-connect.btsnoop', 140],
    ['05-bluez-init-linux-monitor.btsnoop', undefined],
  ] as const)('brings it up with permitted differences only: %s', async (name, last) => {
    const clock = new SimulatedClock();
    const air = new Air({ clock, random: seededRandom(7) });
    const controller = new VirtualController(air, { address: '00:00:5E:00:53:01' });
    const options = { clock, ...(last === undefined ? {} : { last }) };
    const played = await clock.run(playHost(file(name), controller.transport(), options));
    air.close();
    note(name, played);
    expect(played.divergence?.text).toBeUndefined();
    expect(played.sent).toBeGreaterThan(30);
  });
});
