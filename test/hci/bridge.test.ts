import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/core/errors.js';
import { Device } from '../../src/gap/device.js';
import { bridge } from '../../src/hci/bridge.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';
import { World } from '../support/world.js';

/** Two transports that are each other's wire. */
function pair(): [Half, Half] {
  const left = new Half('left:');
  const right = new Half('right:');
  left.other = right;
  right.other = left;
  return [left, right];
}

class Half implements HciTransport {
  writeBacklog = 0;
  other: Half | undefined;
  closed = false;
  readonly name: string;
  private sink: HciTransportSink | undefined;
  private readonly early: Uint8Array[] = [];

  constructor(name: string) {
    this.name = name;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    for (const packet of this.early.splice(0)) this.deliver(packet);
    return Promise.resolve({ resetDone: false });
  }

  send(packet: Uint8Array): void {
    this.other?.deliver(packet.slice());
  }

  deliver(packet: Uint8Array): void {
    if (!this.sink) this.early.push(packet);
    else queueMicrotask(() => this.sink?.packet(packet[0]!, packet, 1, packet.length));
  }

  lose(): void {
    this.sink?.closed(new TransportError(`${this.name} is gone`, 'PORT_LOST'));
  }

  close(): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}

describe('bridge', () => {
  it('joins a controller and a host: a whole device works across it', async () => {
    const world = new World();
    const other = await world.device();
    await world.run(other.startAdvertising());
    const [near, far] = pair();
    const ending = new AbortController();
    const bridged = bridge(world.controller().transport(), near, { signal: ending.signal });
    const device = await world.run(Device.open({ transport: far, clock: world.clock, random: world.random }));
    const link = await world.run(device.connect(other.address));
    expect((await world.run(link.gatt.discoverServices())).length).toBeGreaterThan(0);
    await world.run(device.close());
    ending.abort();
    const counts = await bridged;
    expect(counts.forward.packets).toBeGreaterThan(10);
    expect(counts.back.octets).toBeGreaterThan(100);
    expect(near.closed).toBe(true);
  });

  it('ends with the error of the side that is lost, and closes both', async () => {
    const [a, aFar] = pair();
    const [b] = pair();
    const bridged = expect(bridge(a, b)).rejects.toMatchObject({
      code: 'PORT_LOST',
      message: 'left: is gone',
    });
    await Promise.resolve();
    a.lose();
    await bridged;
    expect([a.closed, b.closed, aFar.closed]).toEqual([true, true, false]);
  });

  it('ends when a side does not take what it is given, instead of growing', async () => {
    const [a, aFar] = pair();
    const [b] = pair();
    const bridged = expect(bridge(a, b, { backlogLimit: 1000 })).rejects.toThrow(
      /right: does not take|does not take/,
    );
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    b.writeBacklog = 1001;
    for (let i = 0; i < 3; i++) aFar.send(Uint8Array.of(4, 0x10, 1, i));
    await bridged;
  });

  it('tells once that it drops the first of what comes too early', async () => {
    const [a, aFar] = pair();
    const [b, bFar] = pair();
    const seen: number[] = [];
    const told: string[] = [];
    await bFar.open({
      packet: (_type, bytes) => seen.push(bytes[3]!),
      diagnostic: () => {},
      closed: () => {},
    });
    const ending = new AbortController();
    let open!: () => void;
    const late: HciTransport = {
      name: b.name,
      writeBacklog: 0,
      open: (sink) =>
        new Promise((resolve) => {
          open = () => resolve(b.open(sink));
        }),
      send: (packet) => b.send(packet),
      close: () => b.close(),
    };
    const bridged = bridge(a, late, {
      signal: ending.signal,
      onDiagnostic: (name, { message }) => told.push(`${name} ${message}`),
    });
    for (let i = 0; i < 67; i++) aFar.send(Uint8Array.of(4, 0x10, 1, i));
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(told).toEqual([expect.stringMatching(/^left: more than 64 packets came before/)]);
    open();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect([seen.length, seen[0]]).toEqual([64, 3]);
    ending.abort();
    await bridged;
  });

  it('keeps what one side sends while the other is still being opened', async () => {
    const [a, aFar] = pair();
    const [b, bFar] = pair();
    const seen: number[] = [];
    await bFar.open({
      packet: (_type, bytes) => seen.push(bytes[3]!),
      diagnostic: () => {},
      closed: () => {},
    });
    aFar.send(Uint8Array.of(4, 0x10, 1, 7));
    const ending = new AbortController();
    let open!: () => void;
    const late: HciTransport = {
      name: b.name,
      writeBacklog: 0,
      open: (sink) =>
        new Promise((resolve) => {
          open = () => resolve(b.open(sink));
        }),
      send: (packet) => b.send(packet),
      close: () => b.close(),
    };
    const bridged = bridge(a, late, { signal: ending.signal });
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    open();
    await new Promise<void>((resolve) => setImmediate(resolve));
    expect(seen).toEqual([7]);
    ending.abort();
    await bridged;
  });
});
