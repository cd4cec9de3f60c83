import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import { World } from '../support/world.js';

const ABSENT = 'C0:00:00:00:00:99/random';

describe.each([
  ['legacy', 'together'],
  ['legacy', 'in turns'],
  ['extended', 'together'],
  ['extended', 'in turns'],
] as const)('several attempts at the same time, with %s commands, %s', (advertisingCommands, way) => {
  let made = 0;
  /** Attempts that want different things of the controller are not made together. */
  const own = () => (way === 'together' ? {} : { scanIntervalMs: 60 + made++ });
  let world: World;
  let central: Device;
  let peers: Device[];

  beforeEach(async () => {
    world = new World();
    world.defaults = { advertisingCommands };
    central = await world.device();
    peers = [await world.device(), await world.device(), await world.device()];
  });
  afterEach(() => world.run(Promise.all([central, ...peers].map((one) => one.close()))));

  const advertise = (peer: Device) => world.run(peer.startAdvertising({ data: { flags: 6 } }));

  it('share the time: a peer that is not there keeps nobody waiting', async () => {
    for (const peer of peers) await advertise(peer);
    const began = world.clock.now();
    const absent = central.connect(ABSENT, { ...own(), timeoutMs: 20_000 });
    absent.catch(() => {});
    const links = await world.run(Promise.all(peers.map(({ address }) => central.connect(address, own()))));
    expect(links.map(({ peer }) => String(peer))).toEqual(peers.map(({ address }) => String(address)));
    expect(world.clock.now() - began).toBeLessThan(10_000);
    await expect(world.run(absent)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(Math.round(world.clock.now() - began)).toBe(20_000);
    expect(world.diagnostics).toEqual([]);
  });

  it('end at their own time, and by their own signal, also while they wait for another turn', async () => {
    const began = world.clock.now();
    const ended: [string, number][] = [];
    const abort = new AbortController();
    const note = (name: string) => () => void ended.push([name, Math.round(world.clock.now() - began)]);
    const attempts = [
      central.connect(ABSENT, { ...own(), timeoutMs: 6000 }).catch(note('first')),
      central
        .connect('C0:00:00:00:00:98/random', { ...own(), timeoutMs: 30_000, signal: abort.signal })
        .catch(note('second')),
      central.connect('C0:00:00:00:00:97/random', { ...own(), timeoutMs: 7000 }).catch(note('third')),
    ];
    await world.clock.advance(8000);
    abort.abort(new Error('enough'));
    await world.run(Promise.all(attempts));
    // In turns, the third had its first one after 5 s.
    expect(ended).toEqual(
      way === 'together'
        ? [
            ['first', 6000],
            ['third', 7000],
            ['second', 8000],
          ]
        : [
            ['first', 6000],
            ['second', 8000],
            ['third', expect.any(Number)],
          ],
    );
    if (way === 'in turns') expect(ended[2]![1]).toBeGreaterThanOrEqual(12_000);
    await advertise(peers[0]!);
    expect((await world.run(central.connect(peers[0]!.address))).isConnected).toBe(true);
    expect(world.diagnostics).toEqual([]);
  });

  it('go on while private addresses change and the accept list does', async () => {
    const hiding = await world.device({ privacy: { rotateMs: 1000 } });
    for (const peer of peers) await world.run(peer.stopAdvertising());
    const absent = hiding.connect(ABSENT, { ...own(), timeoutMs: 30_000 });
    absent.catch(() => {});
    const wanted = hiding.connect(peers[0]!.address, own());
    await world.clock.advance(9000);
    await world.run(hiding.acceptList.add(ABSENT));
    await advertise(peers[0]!);
    expect((await world.run(wanted)).peer.equals(peers[0]!.address)).toBe(true);
    await expect(world.run(absent)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await world.run(hiding.close());
  });

  it('leave a link alone that comes about while one gives way', async () => {
    // Whatever moment within two turns the peer begins to advertise at: each time there is one link, and nothing else.
    for (let at = 0; at < 5000; at += 250) {
      const absent = central.connect(ABSENT, { ...own(), timeoutMs: 8000 });
      absent.catch(() => {});
      const links: Connection[] = [];
      const wanted = central.connect(peers[0]!.address, own()).then((link) => links.push(link));
      await world.clock.advance(at);
      await advertise(peers[0]!);
      await world.run(wanted);
      await world.run(absent.catch(() => {}));
      expect(central.connections).toEqual(links);
      await world.run(links[0]!.disconnect());
      await world.clock.advance(100);
    }
    expect(world.diagnostics).toEqual([]);
  });
});
