import { afterEach, describe, expect, it } from 'vitest';
import { Bond, MemoryBondStore } from '../../../src/gap/index.js';
import { characteristic, service } from '../../../src/gatt/index.js';
import { type Ends, SecureWorld, serveSecrets } from '../../support/secure-link.js';

let world: SecureWorld;
afterEach(() => world.close());

const CLIENT_SUPPORTED_FEATURES = 0x2b29;
const NOTIFIES = 0xb005;

/** What the server has of the one client that there is. */
const served = () => [...world.peripheral.server.clients][0]!;
/** What the bond has of it. */
const kept = () => world.peripheral.bonds.list()[0]!.server;

/** Pairs, says that the client supports robust caching, and subscribes. */
async function bondAndConfigure(): Promise<Ends> {
  const link = await world.connect();
  await world.run(link.mine.pair());
  await world.run((await world.find(link.mine, CLIENT_SUPPORTED_FEATURES)).write(Uint8Array.of(1)));
  await world.run((await world.find(link.mine, NOTIFIES)).subscribe(() => {}));
  await world.clock.advance(100);
  return link;
}

/** The peripheral as another program opens it, with the same address and store; it comes with what `more` adds. */
async function openedAnew(store: MemoryBondStore, more?: () => void): Promise<void> {
  const { bd } = world.peripheral.address;
  await world.run(world.peripheral.close());
  world.peripheral = await world.device({ security: { bonds: store } }, world.controller({ address: bd }));
  serveSecrets(world.peripheral);
  more?.();
}

describe('what a server keeps of a bonded client (Vol 3, Part G, 2.5.2, 2.5.2.1, 7.2)', () => {
  it('is there on the next link, in another run as well: configurations, features, and that it knows the services', async () => {
    const store = new MemoryBondStore();
    world = await SecureWorld.open({}, { bonds: store });
    await world.part(await bondAndConfigure());
    const before = kept();
    expect([...before.configurations.values()]).toEqual([1]);
    expect(before.clientSupportedFeatures).toEqual(Uint8Array.of(1));
    expect(before.databaseHash).toHaveLength(16);
    await openedAnew(store);
    await world.connect();
    await world.clock.advance(100);
    expect(served().state).toEqual(before);
    expect(served().isChangeAware).toBe(true);
  });

  it('says that it does not know the services when they are others than before', async () => {
    const store = new MemoryBondStore();
    world = await SecureWorld.open({}, { bonds: store });
    await world.part(await bondAndConfigure());
    await openedAnew(store, () =>
      world.peripheral.server.add(service(0xb100, { more: characteristic(0xb101, { read: true }) })),
    );
    const { mine } = await world.connect();
    await world.clock.advance(100);
    expect(served().isChangeAware).toBe(false);
    await expect(
      world.run((await world.find(mine, 0xb001)).read().catch((error: { error: number }) => error.error)),
    ).resolves.toBe(0x12);
  });

  it('is not given to a link before it is encrypted, nor kept from it', async () => {
    world = await SecureWorld.open({ encryptOnConnect: false });
    await world.part(await bondAndConfigure());
    const before = kept();
    const { mine } = await world.connect();
    await world.run((await world.find(mine, CLIENT_SUPPORTED_FEATURES)).write(Uint8Array.of(3)));
    await world.clock.advance(100);
    expect([...served().state.configurations]).toEqual([]);
    expect(kept()).toBe(before);
    await world.run(mine.encrypt());
    await world.clock.advance(100);
    expect(served().state.configurations).toEqual(before.configurations);
  });

  it('has what the client wrote on the link before it was encrypted beside what it wrote on others', async () => {
    world = await SecureWorld.open({ encryptOnConnect: false });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const { mine } = await world.connect();
    const got: number[] = [];
    await world.run((await world.find(mine, NOTIFIES)).subscribe((value) => got.push(value[0]!)));
    await world.run(mine.encrypt());
    await world.clock.advance(100);
    expect([...served().state.configurations.values()]).toEqual([1]);
    expect(kept().configurations).toEqual(served().state.configurations);
  });

  it('is refused where it is out of range, when the bond is made', () => {
    const { identity, keys, level } = sample();
    const server = { configurations: new Map([[0, 1]]), clientSupportedFeatures: new Uint8Array() };
    expect(() => new Bond({ identity, keys, level, server })).toThrow(RangeError);
    const long = { configurations: new Map(), clientSupportedFeatures: new Uint8Array(17) };
    expect(() => new Bond({ identity, keys, level, server: long })).toThrow(/clientSupportedFeatures/);
  });
});

function sample() {
  return { identity: world.central.address, keys: { own: {}, peer: {} }, level: 2 as const };
}
