import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { randomUnit, seededRandom } from '../../../src/core/random.js';
import { Device } from '../../../src/gap/device.js';
import { type H5Options, H5Transport } from '../../../src/hci/framing/h5-transport.js';
import type { HciTransport } from '../../../src/hci/transport/transport.js';
import { badLine, type Line, WiredLine } from '../../support/h5-line.js';
import { H5Peer } from '../../support/h5-peer.js';
import { World } from '../../support/world.js';
import { ZephyrThreeWire } from '../../support/zephyr-three-wire.js';

const sound: Line = (octets) => octets;

/** What stands before a controller: three-wire, written by hand. */
interface Peer {
  send(packet: number[]): void;
  receive(octets: ArrayLike<number>): void;
}

interface Ends {
  readonly write: (octets: number[]) => void;
  readonly packet: (packet: number[]) => void;
  readonly after: (ms: number, callback: () => void) => () => void;
}

/** A virtual controller behind a three-wire peer. */
async function boardIn<P extends Peer>(world: World, make: (ends: Ends) => P, line: Line = sound) {
  const { clock } = world;
  const controller: HciTransport = world.controller().transport();
  let wire: WiredLine | undefined;
  const peer = make({
    write: (octets) => {
      const to = wire;
      clock.setTimeout(() => to?.toHost(line(Uint8Array.from(octets))), 0.1);
    },
    packet: (packet) => controller.send(Uint8Array.from(packet)),
    after: (ms, callback) => {
      const timer = clock.setTimeout(callback, ms);
      return () => clock.clearTimeout(timer);
    },
  });
  await controller.open({
    packet: (type, bytes, start, end) => peer.send([type, ...bytes.subarray(start, end)]),
    diagnostic: () => {},
    closed: () => {},
  });
  return {
    peer,
    controller,
    /** Opens the board's port, which is free again. */
    transport: (options: H5Options = {}) => {
      wire = new WiredLine();
      wire.toPeer = (octets) => void clock.setTimeout(() => peer.receive(line(octets)), 0.1);
      return new H5Transport(wire, { clock, ...options });
    },
  };
}

const byTheBook = (ends: Ends) => new H5Peer({ crc: true, ...ends });
const asZephyr = (ends: Ends) => new ZephyrThreeWire(ends);

describe('a Device over H5', () => {
  it('brings a controller up, connects and reads, over a line that loses and changes octets', async () => {
    const world = new World();
    const other = await world.device();
    await world.run(other.startAdvertising());
    const board = await boardIn(world, byTheBook, badLine(9, 0.001, true));
    board.peer.start();
    const device = await world.run(
      Device.open({ transport: board.transport(), clock: world.clock, random: world.random }),
    );
    const link = await world.run(device.connect(other.address));
    expect((await world.run(link.gatt.discoverServices())).length).toBeGreaterThan(0);
    await world.run(device.close());
  });

  it('comes back, scans and connects again after its controller restarted', async () => {
    const world = new World();
    const { clock } = world;
    const other = await world.device();
    await world.run(other.startAdvertising());
    const board = await boardIn(world, byTheBook);
    board.peer.start();
    const device = await world.run(
      Device.open({ transport: async () => board.transport(), clock, random: world.random }),
    );
    const faults: string[] = [];
    let recovered = 0;
    device.on('fault', ({ kind, message }) => faults.push(`${kind} ${message}`));
    device.on('recovered', () => recovered++);
    await clock.advance(1000);
    board.controller.send(fromHex('01030c00'));
    board.peer.start();
    await clock.advance(5000);
    expect(faults).toEqual([expect.stringMatching(/^lost .*controller restarted \(SYNC/)]);
    expect(recovered).toBe(1);
    const link = await world.run(device.connect(other.address));
    expect((await world.run(link.gatt.discoverServices())).length).toBeGreaterThan(0);
    await world.run(device.close());
  });

  it('works with a controller that behaves as Zephyr’s, and finds it again on the same port after a silent restart', async () => {
    const world = new World();
    const { clock } = world;
    const other = await world.device();
    await world.run(other.startAdvertising());
    const board = await boardIn(world, asZephyr);
    const device = await world.run(
      Device.open({
        transport: board.transport(),
        clock,
        random: world.random,
        recovery: { maxAttempts: 5 },
      }),
    );
    const link = await world.run(device.connect(other.address));
    expect((await world.run(link.gatt.discoverServices())).length).toBeGreaterThan(0);
    let recovered = 0;
    device.on('recovered', () => recovered++);
    board.peer.restart();
    await expect(world.run(device.startScan())).rejects.toThrow();
    await clock.advance(10_000);
    expect(recovered).toBe(1);
    await world.run(device.startScan());
    await world.run(device.close());
  });
});

function zephyr(seed?: number) {
  const world = new World(seed);
  const { clock } = world;
  const wire = new WiredLine();
  const toHost: string[] = [];
  const toPeer: string[] = [];
  const closed: unknown[] = [];
  let line: Line = sound;
  let taken: (packet: number[]) => void = () => {};
  const firmware = new ZephyrThreeWire({
    write: (octets) => void clock.setTimeout(() => wire.toHost(line(Uint8Array.from(octets))), 0.1),
    packet: (packet) => {
      toPeer.push(toHex(Uint8Array.from(packet)));
      taken(packet);
    },
    after: (ms, callback) => {
      const timer = clock.setTimeout(callback, ms);
      return () => clock.clearTimeout(timer);
    },
  });
  wire.toPeer = (octets) => void clock.setTimeout(() => firmware.receive(line(octets)), 0.1);
  const transport = new H5Transport(wire, { clock });
  const open = () =>
    clock.run(
      transport.open({
        packet: (type, bytes, start, end) =>
          toHost.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
        diagnostic: () => {},
        closed: (error) => closed.push(error),
      }),
    );
  const spoil = (bad: Line) => {
    line = bad;
  };
  const onPacket = (callback: (packet: number[]) => void) => {
    taken = callback;
  };
  return { clock, firmware, transport, open, toHost, toPeer, closed, spoil, onPacket };
}

describe('H5 with a peer that behaves as Zephyr’s hci_uart_3wire', () => {
  it('takes window 4 and no CRC, and sends nothing twice though acknowledgements come after 250 ms', async () => {
    const { clock, transport, open, toPeer, firmware } = zephyr();
    await open();
    expect(transport.configuration).toEqual({ window: 4, crc: false, flowControl: false });
    for (let i = 0; i < 6; i++) transport.send(Uint8Array.of(2, i, 0, 0, 0));
    await clock.advance(100);
    expect(toPeer).toHaveLength(4);
    await clock.advance(1000);
    expect(toPeer).toHaveLength(6);
    expect(transport.retransmitted).toBe(0);
    expect(firmware.dropped).toBe(0);
  });

  it('loses, doubles and confuses nothing when the line loses octets', async () => {
    const { clock, transport, firmware, open, toHost, toPeer, closed, spoil, onPacket } = zephyr();
    await open();
    spoil(badLine(21, 0.001, false));
    const random = seededRandom(4);
    const sent: string[] = [];
    const given: string[] = [];
    // As a controller does, it has an event for each packet in the end. Without one an acknowledgement that was lost does
    // not come again: it passes over what came twice.
    onPacket(([, low, high]) =>
      clock.setTimeout(() => {
        const back = [4, 0x13, low!, high!, ...random.fill(new Uint8Array(low! % 40)).map(plain)];
        given.push(toHex(Uint8Array.from(back)));
        firmware.send(back);
      }, 7),
    );
    // Nothing notices an escape that was lost.
    const plain = (octet: number) => (octet === 0xc0 || octet === 0xdb ? 0 : octet);
    for (let i = 0; i < 1000; i++) {
      const out = Uint8Array.of(2, i & 127, i >> 7, ...random.fill(new Uint8Array(i % 90)).map(plain));
      sent.push(toHex(out));
      transport.send(out);
      await clock.advance(randomUnit(random) < 0.2 ? 30 : 2);
    }
    await clock.advance(120_000);
    expect(closed).toEqual([]);
    expect(toPeer).toEqual(sent);
    expect(toHost).toEqual(given);
    expect(given).toHaveLength(1000);
    expect(transport.retransmitted).toBeGreaterThan(0);
    expect(firmware.dropped).toBeGreaterThan(0);
  });

  it('finds it again by SYNC after it restarted without a word', async () => {
    const { clock, transport, firmware, open, toPeer, toHost } = zephyr();
    await open();
    transport.send(fromHex('01030c00'));
    await clock.advance(1000);
    firmware.restart();
    transport.send(fromHex('01010c00'));
    await clock.advance(1000);
    expect(toPeer).toEqual(['01030c00']);
    await clock.run(transport.resynchronise());
    transport.send(fromHex('01030c00'));
    firmware.send([4, 0x10, 1, 0]);
    await clock.advance(1000);
    expect(toPeer).toEqual(['01030c00', '01030c00']);
    expect(toHost).toEqual(['04100100']);
  });
});
