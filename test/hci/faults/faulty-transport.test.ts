import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { Device } from '../../../src/gap/index.js';
import { FaultyTransport, faulty } from '../../../src/hci/faults/faulty-transport.js';
import type { FaultPlan, WireFault } from '../../../src/hci/faults/plan.js';
import type { Fault } from '../../../src/hci/recovery/fault.js';
import type {
  HciTransport,
  HciTransportSink,
  TransportDiagnostic,
} from '../../../src/hci/transport/transport.js';
import { zephyrPersonality } from '../../../src/virtual/controller/personalities/zephyr.js';
import { heartRateSensor, thermometer, World } from '../../../src/virtual/devices/index.js';

/** The other side of the wire, by hand. */
class Wire implements HciTransport {
  readonly name = 'wire:';
  readonly writeBacklog = 0;
  readonly sent: string[] = [];
  sink!: HciTransportSink;
  closed = false;

  open(sink: HciTransportSink) {
    this.sink = sink;
    return Promise.resolve({ resetDone: false });
  }

  send(packet: Uint8Array): void {
    this.sent.push(toHex(packet));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }

  receive(hex: string): void {
    const bytes = fromHex(hex);
    this.sink.packet(bytes[0]!, bytes, 1, bytes.length);
  }
}

let clock: SimulatedClock;
let wire: Wire;
let received: string[];
let diagnostics: TransportDiagnostic[];
let ended: unknown[];

beforeEach(() => {
  clock = new SimulatedClock();
  wire = new Wire();
  received = [];
  diagnostics = [];
  ended = [];
});

const sink: HciTransportSink = {
  packet: (type, bytes, start, end) =>
    void received.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
  diagnostic: (diagnostic) => void diagnostics.push(diagnostic),
  closed: (error) => void ended.push(error),
};

async function open(plan: FaultPlan): Promise<HciTransport> {
  const transport = faulty(wire, plan, { clock });
  await transport.open(sink);
  return transport;
}

const one = (fault: WireFault): FaultPlan => ({ faults: [fault] });

/** Number Of Completed Packets of the nth connection. */
const credits = (n: number) => `041305010${n}000100`;
const complete = '040e0401030c00';
const status = '040f0400010d20';
const reset = '01030c00';

describe('which packets a fault happens to', () => {
  /** Which of ten packets, one a millisecond, are lost. */
  async function lost(trigger: Omit<WireFault, 'fault'>): Promise<string> {
    await open(one({ fault: 'drop', ...trigger }));
    for (let n = 0; n < 10; n++) {
      wire.receive(credits(n));
      await clock.advance(1);
    }
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    return numbers.map((n) => (received.includes(credits(n)) ? '0' : '1')).join('');
  }

  it.each<[Omit<WireFault, 'fault'>, string]>([
    [{}, '1111111111'],
    [{ after: 2, every: 3, times: 2 }, '0010010000'],
    [{ fromMs: 3, untilMs: 5 }, '0001100000'],
    [{ event: 0x13 }, '1111111111'],
    [{ event: 0x0e }, '0000000000'],
    [{ packet: 'acl' }, '0000000000'],
    [{ direction: 'toController' }, '0000000000'],
    [{ matches: (packet) => packet[4] === 7 }, '0000000100'],
    [{ probability: 0 }, '0000000000'],
    [{ probability: 1 }, '1111111111'],
  ])('%o', async (trigger, losses) => {
    expect(await lost(trigger)).toBe(losses);
  });

  it('knows a command by its opcode, and what answers it', async () => {
    const transport = await open(one({ fault: 'drop', direction: 'both', opcode: 0x0c03 }));
    transport.send(fromHex(reset));
    transport.send(fromHex('01091000'));
    wire.receive(complete);
    wire.receive(status);
    expect(wire.sent).toEqual(['01091000']);
    expect(received).toEqual([status]);
  });

  it('knows an LE Meta event by its subevent', async () => {
    await open(one({ fault: 'drop', subevent: 0x02 }));
    wire.receive('043e0102');
    wire.receive('043e0103');
    expect(received).toEqual(['043e0103']);
  });

  it('takes the same chances for the same seed', async () => {
    const run = async (seed: number) => {
      received = [];
      await open({ seed, faults: [{ fault: 'drop', probability: 0.5 }] });
      for (let n = 0; n < 10; n++) wire.receive(credits(n));
      return received.join();
    };
    expect(await run(3)).toBe(await run(3));
    expect(await run(3)).not.toBe(await run(4));
  });
});

describe('what a fault does', () => {
  it('delays a packet, and those behind it', async () => {
    await open(one({ fault: 'delay', ms: 20, times: 1 }));
    wire.receive(credits(1));
    await clock.advance(5);
    wire.receive(credits(2));
    expect(received).toEqual([]);
    await clock.advance(15);
    expect(received).toEqual([credits(1), credits(2)]);
  });

  it('stalls the wire in both directions, and lets everything come at once', async () => {
    const transport = await open(one({ fault: 'stall', event: 0x0e, ms: 100 }));
    wire.receive(credits(1));
    wire.receive(complete);
    wire.receive(credits(2));
    transport.send(fromHex(reset));
    await clock.advance(99);
    expect(received).toEqual([credits(1)]);
    expect(wire.sent).toEqual([]);
    await clock.advance(1);
    expect(received).toEqual([credits(1), complete, credits(2)]);
    expect(wire.sent).toEqual([reset]);
  });

  it('makes the controller silent, for a time or for ever', async () => {
    const transport = await open(one({ fault: 'silence', event: 0x0e, ms: 50 }));
    wire.receive(complete);
    transport.send(fromHex(reset));
    await clock.advance(50);
    wire.receive(credits(1));
    transport.send(fromHex(reset));
    expect(received).toEqual([credits(1)]);
    expect(wire.sent).toEqual([reset]);
  });

  it('turns bits of the body round, and leaves the header', async () => {
    await open(one({ fault: 'corrupt', bits: 1 }));
    for (let n = 0; n < 8; n++) wire.receive('02010008000000000000000000');
    expect(received.every((packet) => packet.startsWith('0201000800'))).toBe(true);
    const ones = received.map((packet) => {
      const body = fromHex(packet.slice(10));
      return body.reduce((sum, octet) => sum + octet.toString(2).replaceAll('0', '').length, 0);
    });
    expect(ones).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(new Set(received).size).toBeGreaterThan(4);
  });

  it('doubles packets in either direction', async () => {
    const transport = await open(one({ fault: 'duplicate', direction: 'both' }));
    transport.send(fromHex(reset));
    wire.receive(complete);
    expect([wire.sent, received]).toEqual([
      [reset, reset],
      [complete, complete],
    ]);
  });

  it('withholds the credits of commands, and gives them back (Vol 4, Part E, 7.7.14)', async () => {
    await open(one({ fault: 'withholdCredits', ms: 30 }));
    wire.receive(complete);
    wire.receive(status);
    expect(received).toEqual(['040e0400030c00', '040f0400000d20']);
    await clock.advance(30);
    expect(received.slice(2)).toEqual(['040e03010000', '040e03010000']);
  });

  it('withholds the credits of data, for ever without a time (Vol 4, Part E, 7.7.19)', async () => {
    await open(one({ fault: 'withholdCredits', event: 0x13 }));
    wire.receive(credits(1));
    await clock.advance(100_000);
    expect(received).toEqual([]);
  });

  it('has the port gone, once', async () => {
    await open({
      faults: [{ fault: 'unplug', after: 1, times: 3 }],
    });
    for (let n = 0; n < 4; n++) wire.receive(credits(n));
    expect(received).toEqual([credits(0)]);
    expect(ended).toHaveLength(1);
    expect(ended[0]).toMatchObject({ code: 'PORT_LOST' });
    expect(wire.closed).toBe(true);
  });

  it('restarts the controller, and keeps the answer of its Reset back', async () => {
    await open(one({ fault: 'restart', event: 0x13 }));
    wire.receive(credits(1));
    expect(wire.sent).toEqual([reset]);
    wire.receive(complete);
    wire.receive(complete);
    expect(received).toEqual([credits(1), complete]);
  });

  it('is ordered meanwhile, called off, and counted', async () => {
    const transport = new FaultyTransport(wire, undefined, { clock });
    await transport.open(sink);
    wire.receive(credits(1));
    const stop = transport.order({ fault: 'drop' });
    wire.receive(credits(2));
    wire.receive(credits(3));
    expect(stop()).toBe(2);
    wire.receive(credits(4));
    transport.inject(fromHex(credits(5)));
    expect(received).toEqual([credits(1), credits(4), credits(5)]);
    expect(() => transport.order({ fault: 'garble' })).toThrow(
      /"garble" is not permitted; it concerns a stream/,
    );
    expect(() => transport.inject(Uint8Array.of(9, 9))).toThrow(/packet\.0: 9 is not permitted/);
  });

  it('leaves no timer when the transport is closed, and loses nothing that was sent', async () => {
    const transport = await open(one({ fault: 'delay', ms: 500, direction: 'both' }));
    transport.send(fromHex(reset));
    wire.receive(complete);
    await transport.close();
    expect(wire.sent).toEqual([reset]);
    expect(clock.pending).toBe(0);
  });
});

describe('a stream of octets that goes wrong', () => {
  it('loses its framing at a packet cut short, and the host is told (Vol 4, Part A, 2)', async () => {
    await open(one({ fault: 'truncate', times: 1, octets: 3 }));
    for (let n = 0; n < 9; n++) wire.receive(credits(n));
    expect(received.length).toBeLessThan(9);
    expect(diagnostics.map(({ kind }) => kind)).toContain('lost-framing');
  });

  it('loses its framing at octets from nowhere, and finds it again', async () => {
    await open({ seed: 2, faults: [{ fault: 'garble', times: 1, after: 1, octets: 12 }] });
    for (let n = 0; n < 10; n++) wire.receive(credits(n));
    expect(received[0]).toBe(credits(0));
    expect(received.at(-1)).toBe(credits(9));
    expect(diagnostics.map(({ kind }) => kind)).toEqual(['lost-framing', 'framing']);
  });
});

describe('a plan', () => {
  it.each<[object, RegExp]>([
    [{ faults: [{ fault: 'melt' }] }, /plan\.faults\.0\.fault: "melt" is not permitted; one of "drop"/],
    [{ faults: [{ fault: 'drop' }, { fault: 'drop', every: 0 }] }, /plan\.faults\.1\.every: 0/],
    [{ faults: [{ fault: 'drop', evry: 2 }] }, /plan\.faults\.0: unknown option "evry"/],
    [{ faults: [{ fault: 'delay' }] }, /plan\.faults\.0\.ms: missing/],
    [{ faults: [{ fault: 'stall', ms: [5, 2] }] }, /plan\.faults\.0\.ms\.1: 2/],
    [{ faults: [{ fault: 'drop', packet: 'sdio' }] }, /plan\.faults\.0\.packet: "sdio"/],
    [{ faults: [{ fault: 'drop', direction: 'up' }] }, /plan\.faults\.0\.direction/],
    [{ seed: -1, faults: [] }, /plan\.seed: -1/],
    [{}, /plan\.faults: a list/],
    [{ faults: [{ fault: 'drop', matches: 7 }] }, /plan\.faults\.0\.matches: a function/],
  ])('that is wrong is refused with the field: %o', (plan, message) => {
    expect(() => faulty(wire, plan as FaultPlan)).toThrow(message);
  });
});

describe('a device on a wire that goes wrong', () => {
  /** A device whose first port has a plan; those opened after it are sound. */
  async function host(plan: FaultPlan) {
    const random = seededRandom(3);
    const world = await clock.run(World.open({ clock, random, devices: [heartRateSensor, thermometer] }));
    const controller = world.controller('00:00:5E:00:53:01', { personality: zephyrPersonality });
    let opened = 0;
    const device = await clock.run(
      Device.open({
        transport: () =>
          opened++ === 0 ? faulty(controller.transport(), plan, { clock }) : controller.transport(),
        clock,
        random,
        recovery: true,
      }),
    );
    const faults: Fault['kind'][] = [];
    device.on('fault', ({ kind }) => faults.push(kind));
    return { device, faults, world };
  }

  it('survives a failed assertion of its controller, and is told the place', async () => {
    const { device, faults } = await host(one({ fault: 'assert', fromMs: 2000 }));
    await clock.run(device.startScan({}));
    await clock.run(new Promise((resolve) => device.on('recovered', resolve)));
    expect(faults).toContain('assertion');
    expect((await clock.run(device.connect(heartRateSensor.address))).isConnected).toBe(true);
  });

  it('survives an ESP32 that panics and boots among its packets', async () => {
    const { device, faults } = await host(one({ fault: 'assert', controller: 'esp32', fromMs: 2000 }));
    await clock.run(device.startScan({}));
    await clock.run(new Promise((resolve) => device.on('recovered', resolve)));
    expect(faults.length).toBeGreaterThan(0);
    expect((await clock.run(device.connect(heartRateSensor.address))).isConnected).toBe(true);
  });

  it('survives HCI_Hardware_Error', async () => {
    const { device, faults } = await host(
      one({ fault: 'hardwareError', code: 0x42, fromMs: 2000, times: 1 }),
    );
    await clock.run(device.startScan({}));
    await clock.run(new Promise((resolve) => device.on('recovered', resolve)));
    expect(faults).toContain('hardwareError');
  });

  it('reads and is notified over a slow wire that stalls', async () => {
    const { device } = await host({
      faults: [
        { fault: 'delay', direction: 'both', ms: [0, 20] },
        { fault: 'stall', ms: 400, after: 50, every: 60, times: 5 },
      ],
    });
    const link = await clock.run(device.connect(heartRateSensor.address));
    const [found] = await clock.run(link.gatt.discoverServices(0x180d));
    const measurement = (await clock.run(found!.discoverCharacteristics())).find(
      ({ properties }) => properties & 0x10,
    )!;
    let values = 0;
    await clock.run(measurement.subscribe(() => values++));
    await clock.advance(20_000);
    expect(values).toBeGreaterThan(17);
  });

  it('finds the boundaries of packets anew when octets are lost on a stream', async () => {
    const { device, faults } = await host(one({ fault: 'truncate', octets: 4, after: 60, times: 1 }));
    let reports = 0;
    await clock.run(device.startScan({ onReport: () => reports++ }));
    await clock.advance(20_000);
    expect(faults).toContain('framing');
    const before = reports;
    await clock.advance(5000);
    expect(reports).toBeGreaterThan(before + 20);
  });
});
