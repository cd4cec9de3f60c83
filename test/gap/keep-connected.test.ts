import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Device } from '../../src/gap/device.js';
import {
  type KeptConnection,
  type KeptConnectionEvents,
  keepConnected,
} from '../../src/gap/keep-connected.js';
import { SecureWorld } from '../support/secure-link.js';
import { World } from '../support/world.js';

/** What a kept connection tells, in short. */
function told(kept: KeptConnection): string[] {
  const list: string[] = [];
  kept.on('connected', () => list.push('connected'));
  kept.on('disconnected', ({ reason }) => list.push(`disconnected ${reason?.toString(16)}`));
  kept.on('failed', ({ failures, retryInMs }) => list.push(`failed ${failures}, ${retryInMs}`));
  kept.on('ended', (error) => list.push(`ended${error ? `: ${error.message}` : ''}`));
  return list;
}

const next = <K extends keyof KeptConnectionEvents>(kept: KeptConnection, name: K) =>
  new Promise<KeptConnectionEvents[K]>((resolve) => kept.once(name, resolve));

describe('a link that is kept', () => {
  let world: World;
  let central: Device;
  let peer: Device;

  beforeEach(async () => {
    world = new World();
    central = await world.device();
    peer = await world.device();
  });
  afterEach(() => world.run(Promise.all([central.close(), peer.close()])));

  const advertise = (restart: 'never' | 'whenDisconnected' = 'whenDisconnected') =>
    world.run(
      peer.startAdvertising({ data: { flags: 6 }, scanResponse: { completeLocalName: 'Lamp' }, restart }),
    );

  it('is made when the peer comes, and again each time that it was lost', async () => {
    const kept = keepConnected(central, peer.address);
    const list = told(kept);
    // Much longer than an attempt of the foreground.
    await world.clock.advance(90_000);
    expect(list).toEqual([]);
    await advertise();
    for (let i = 1; i <= 3; i++) {
      await world.run(next(kept, 'connected'));
      expect(kept.connection?.isConnected).toBe(true);
      if (i === 3) await world.run(peer.stopAdvertising());
      await world.run(peer.connections[0]!.disconnect());
      await world.clock.advance(10);
      expect(list.length).toBe(2 * i);
    }
    await world.run(kept.stop());
    expect(list).toEqual([...Array(3).fill(['connected', 'disconnected 13']).flat(), 'ended']);
    expect(kept.connection).toBeUndefined();
    await world.clock.advance(60_000);
    expect(central.connections).toEqual([]);
  });

  it('ends with its link when it is stopped, by call, by signal or by leaving its scope', async () => {
    await advertise();
    const abort = new AbortController();
    const kept = keepConnected(central, peer.address, { signal: abort.signal });
    const link = await world.run(next(kept, 'connected'));
    abort.abort();
    await world.run(next(kept, 'ended'));
    expect(link.isConnected).toBe(false);
    const list = told(keepConnected(central, peer.address, { signal: AbortSignal.abort() }));
    await world.clock.advance(1);
    expect(list).toEqual(['ended']);
  });

  it.each([
    { scanIntervalMs: 60 },
    { scanWindowMs: 2000, scanIntervalMs: 2000 },
    { phys: { '1M': { scanIntervalMs: 60 } } },
  ])('is waited for in the background as the program listens: %j', async (options) => {
    const kept = keepConnected(central, peer.address, options);
    const list = told(kept);
    // Longer than in the foreground.
    await world.clock.advance(40_000);
    await advertise();
    await world.run(next(kept, 'connected'));
    await world.run(kept.stop());
    expect(list[0]).toBe('connected');
  });

  it('is made by name, and beside others', async () => {
    await advertise();
    const kept = keepConnected(central, { name: 'Lamp' });
    const absent = keepConnected(central, 'C0:00:00:00:00:99/random');
    const link = await world.run(next(kept, 'connected'));
    expect(link.peer.equals(peer.address)).toBe(true);
    await world.run(Promise.all([kept.stop(), absent.stop()]));
  });

  it('waits longer after each failure, up to a bound, and gives up when it is told to', async () => {
    await advertise();
    const first = await world.run(central.connect(peer.address));
    // A second link to the same peer is refused each time.
    const retry = { firstMs: 100, factor: 3, longestMs: 500, attempts: 4 };
    const kept = keepConnected(central, peer.address, { retry });
    const list = told(kept);
    await world.run(next(kept, 'ended'));
    expect(list).toEqual([
      'failed 1, 100',
      'failed 2, 300',
      'failed 3, 500',
      expect.stringMatching(/^ended: connect: there is a link to .* already$/),
    ]);
    await world.run(first.disconnect());
  });

  it('ends at once when whoever is told of a failure stops it', async () => {
    await advertise();
    const first = await world.run(central.connect(peer.address));
    const kept = keepConnected(central, peer.address, { retry: { firstMs: 3_600_000 } });
    kept.on('failed', () => void kept.stop());
    await world.run(next(kept, 'ended'), 1000);
    await world.run(first.disconnect());
  });

  it('ends with the device', async () => {
    await advertise();
    const kept = keepConnected(central, peer.address);
    const list = told(kept);
    await world.run(next(kept, 'connected'));
    await world.run(central.close());
    await world.run(kept.stop());
    expect(list.at(-1)).toMatch(/^ended/);
  });

  it('refuses a policy that is none, and ends with the error of a call that is wrong', async () => {
    for (const retry of [
      { firstMs: -1 },
      { factor: 0.5 },
      { longestMs: 1, firstMs: 2 },
      { attempts: 0 },
      { often: 1 },
    ])
      expect(() => keepConnected(central, peer.address, { retry: retry as never })).toThrow(
        /permitted|unknown/,
      );
    const kept = keepConnected(central, peer.address, { scanIntervalMs: 1 });
    expect(await world.run(next(kept, 'ended'))).toBeInstanceOf(RangeError);
  });
});

it('a link that is kept to a bonded peer is encrypted when it is told', async () => {
  const world = await SecureWorld.open();
  const { mine } = await world.connect();
  await world.run(mine.pair());
  await world.run(mine.disconnect());
  await world.run(world.peripheral.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' }));
  const kept = keepConnected(world.central, world.peripheral.address);
  for (let i = 0; i < 2; i++) {
    const link = await world.run(next(kept, 'connected'));
    expect(link.security).toMatchObject({ level: 2, bonded: true });
    await world.run(world.peripheral.connections[0]!.disconnect());
    await world.clock.advance(10);
  }
  await world.run(kept.stop());
  await world.close();
});
