import { expect, it } from 'vitest';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import { keepSession } from '../../src/gap/keep-session.js';
import { characteristic, GattSession, service } from '../../src/gatt/index.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';
import { World } from '../support/world.js';

/** What the air brings is the test's: what a device sends on its links goes nowhere, and its credits come back. */
class PeerInBetween implements HciTransport {
  readonly name = 'in between';
  isBetween = false;
  private readonly inner: HciTransport;
  private sink: HciTransportSink | undefined;

  constructor(inner: HciTransport) {
    this.inner = inner;
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return this.inner.open(sink);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  send(packet: Uint8Array): void {
    if (!this.isBetween || packet[0] !== 2) {
      this.inner.send(packet);
      return;
    }
    const handle = [packet[1]!, packet[2]! & 0x0f];
    queueMicrotask(() => this.sink?.packet(4, Uint8Array.of(0x13, 5, 1, ...handle, 1, 0), 0, 7));
  }

  /** A frame of the peer's. */
  frame(handle: number, cid: number, body: readonly number[]): void {
    const size = body.length;
    const head = [handle & 255, 0x20 | (handle >> 8), size + 4, 0, size, 0, cid, 0];
    const packet = Uint8Array.from([...head, ...body]);
    this.sink?.packet(2, packet, 0, packet.length);
  }
}

/** Numbers by chance, the same for the same seed. */
function chance(seed: number) {
  let state = seed * 7919 + 1;
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % limit;
  };
  const octets = (count: number) => Array.from({ length: count }, () => below(256));
  const oneOf = <T>(list: readonly T[]): T => list[below(list.length)]!;
  return { below, octets, oneOf };
}

const att = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11],
  ...[0x12, 0x13, 0x16, 0x17, 0x18, 0x19, 0x1b, 0x1d, 0x1e, 0x20, 0x21, 0x23, 0x52, 0xd2],
];
const signals = [1, 6, 7, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0x1a];

/** A frame that is nearly right. */
function nonsense({ below, octets, oneOf }: ReturnType<typeof chance>): [cid: number, body: number[]] {
  const cid = oneOf([4, 4, 4, 5, 5, 6, 0x40, 0x41, 0x42, below(0x90)]);
  if (cid === 4)
    return [
      cid,
      [oneOf(att), ...(below(2) ? [below(30), 0, below(30), oneOf([0, 255])] : []), ...octets(below(12))],
    ];
  if (cid === 6) return [cid, [below(16), ...octets(oneOf([1, 6, 16, 20, 64, below(20)]))]];
  if (cid !== 5) return [cid, below(2) ? [below(60), 0, ...octets(below(60))] : octets(below(70))];
  const code = oneOf([...signals, below(256)]);
  const channel = () => 0x40 + below(64);
  const data: Record<number, () => number[]> = {
    6: () => [0x40 + below(6), 0, channel(), 0],
    7: () => [0x40 + below(6), 0, channel(), 0],
    20: () => [0x80 + below(3), 0, channel(), 0, 64 + below(100), 0, 64 + below(100), 0, below(20), 0],
    22: () => [channel(), 0, ...octets(2)],
    23: () => [
      0x80 + below(3),
      0,
      64 + below(90),
      0,
      64 + below(90),
      0,
      below(9),
      0,
      channel(),
      0,
      channel(),
      0,
    ],
  };
  const parameters = data[code]?.() ?? octets(below(14));
  const command = [code, below(6), parameters.length, 0, ...parameters];
  return [cid, below(10) === 0 ? command.slice(0, below(command.length)) : command];
}

/** What a program asks meanwhile. */
const asks: readonly ((link: Connection, device: Device) => Promise<unknown>)[] = [
  ({ gatt }) => gatt.discoverServices(),
  ({ gatt }) => gatt.readLong(3),
  ({ gatt }) => gatt.writeLong(3, new Uint8Array(200)),
  (link) => link.openChannel(0x80),
  (link) => link.openChannels(0x81, 3),
  (link) => link.pair(),
  (link) => link.updateParameters({ intervalMinMs: 30, intervalMaxMs: 30 }),
];

it.each(Array.from({ length: 24 }, (_, seed) => seed))(
  'a peer that sends nonsense on all channels harms nobody, and nothing waits for ever (seed %i)',
  async (seed) => {
    const world = new World(seed);
    const { clock } = world;
    const by = chance(seed);
    const transport = new PeerInBetween(world.controller().transport());
    const device = await world.device({ transport, eatt: true });
    const peer = await world.device();
    const after = <T>(ms: number, value: T) =>
      new Promise<T>((done) => clock.setTimeout(() => done(value), ms));
    const { value } = device.server.add(
      service(0xb000, {
        value: characteristic(0xb001, {
          ...{ read: true, write: true, writeWithoutResponse: true, notify: true, indicate: true },
          onRead: () => after(3, new Uint8Array(40)),
          onWrite: () => after(5, undefined),
        }),
        secret: characteristic(0xb002, { read: { level: 3 }, write: { level: 2 }, reliableWrite: true }),
      }),
    ).characteristics;
    device.listen((channel) => channel.onSdu((sdu) => channel.send(sdu)), { spsm: 0x80 });
    device.listen(
      async (channel) => {
        for await (const sdu of channel) await channel.send(sdu);
      },
      { spsm: 0x81, authorize: () => after(700, true) },
    );
    const session = new GattSession();
    await session.subscribe({ service: 0x180f, characteristic: 0x2a19 }, () => {});
    const [first, second] = seed % 2 === 0 ? [device, peer] : [peer, device];
    await world.run(second.startAdvertising({ data: { flags: 6 } }));
    await world.run(first.connect(second.address));
    await clock.advance(500);
    const link = device.connections[0]!;
    const stop = keepSession(device, link.peer, session);
    transport.isBetween = true;
    const asked: Promise<unknown>[] = [];
    for (let i = 0; i < 1500 && link.isConnected; i++) {
      transport.frame(link.handle, ...nonsense(by));
      if (by.below(10) === 0) await clock.advance(by.below(20));
      if (by.below(40) === 0)
        asked.push(
          by
            .oneOf(asks)(link, device)
            .catch(() => {}),
        );
      if (by.below(40) === 0) asked.push(value.update(Uint8Array.of(i & 255)).catch(() => {}));
      if (by.below(200) === 0) await clock.advance(by.below(31_000));
    }
    stop();
    await world.run(device.close());
    await world.run(Promise.all(asked));
    expect(device.connections).toEqual([]);
    await world.run(peer.close());
  },
);
