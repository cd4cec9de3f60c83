import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Address, AddressType } from '../../../src/core/address.js';
import { SimulatedClock, sleep } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { Bonds, type BondsOptions } from '../../../src/gap/bonds/bonds.js';
import { Bond, type BondStore, BondStoreError, MemoryBondStore } from '../../../src/gap/bonds/index.js';
import { bondRecord, bondsRecord } from '../../../src/gap/bonds/record.js';
import { nobleCrypto, resolvablePrivateAddress, resolves } from '../../../src/smp/crypto/index.js';
import { keyTexts, someKeys, somePeer } from './support.js';

const local = somePeer(0);

function open(options: Partial<BondsOptions> = {}): Promise<Bonds> {
  return Bonds.open({
    store: new MemoryBondStore(),
    local,
    resolves: (irk, address) => resolves(nobleCrypto, irk, address),
    clock: new SimulatedClock(),
    random: seededRandom(1),
    ...options,
  });
}

const paired = (n: number) => ({ identity: somePeer(n), keys: someKeys(n), level: 3 as const });

/** An address that a peer may use on air. */
function privateAddress(n: number, seed = 1): Address {
  const irk = someKeys(n).peer.identity!.irk;
  return new Address(resolvablePrivateAddress(nobleCrypto, irk, seededRandom(seed)), AddressType.random);
}

describe('Bonds', () => {
  it('are there again in the next run, with all that belongs to them', async () => {
    const store = new MemoryBondStore();
    const first = await open({ store });
    await first.add(paired(1));
    await first.rename(somePeer(1), 'a lamp');
    const server = { configurations: new Map([[5, 2]]), clientSupportedFeatures: Uint8Array.of(3) };
    await first.update(somePeer(1), { server, client: { databaseHash: new Uint8Array(16), cache: [1] } });
    await first.close();
    const second = await open({ store });
    expect(second.irk).toEqual(first.irk);
    const [bond] = second.list();
    expect(bond).toMatchObject({ name: 'a lamp', level: 3, server, client: { cache: [1] } });
    expect(bond!.keys).toEqual(someKeys(1));
  });

  it('belong to one local identity each', async () => {
    const store = new MemoryBondStore();
    const one = await open({ store });
    const other = await open({ store, local: somePeer(99), random: seededRandom(2) });
    await one.add(paired(1));
    await other.add(paired(2));
    expect(one.irk).not.toEqual(other.irk);
    expect((await open({ store })).list().map(({ identity }) => `${identity}`)).toEqual([`${somePeer(1)}`]);
    expect(await store.locals()).toEqual([local, somePeer(99)]);
  });

  it('make the own identity key once, and go on with it when it cannot be kept', async () => {
    const store = new MemoryBondStore();
    store.saveIdentity = () => Promise.reject(new BondStoreError('disk full', 'BONDS_UNREADABLE'));
    const report = vi.fn();
    const bonds = await open({ store, report });
    expect(bonds.irk.some((octet) => octet !== 0)).toBe(true);
    expect(report).toHaveBeenCalledWith('the own identity key could not be kept for the next run: disk full');
  });

  it('finds a peer by its identity address, and by every resolvable private address (Vol 6, Part B, 1.3.2.3)', async () => {
    const bonds = await open();
    for (const n of [1, 2, 3]) await bonds.add(paired(n));
    for (const n of [1, 2, 3]) {
      expect(bonds.find(somePeer(n))?.identity).toEqual(somePeer(n));
      expect(bonds.find(privateAddress(n))?.identity).toEqual(somePeer(n));
    }
    expect(bonds.find(privateAddress(4))).toBeUndefined();
    expect(bonds.find(Address.parse('00:11:22:33:44:55/random'))).toBeUndefined();
    // A public address is never a private one, whatever its bits.
    expect(bonds.find(new Address(privateAddress(1).bd, AddressType.public))).toBeUndefined();
  });

  it('resolves each address once, found or not, and anew when bonds come and go', async () => {
    const count = vi.fn((irk: Uint8Array, address) => resolves(nobleCrypto, irk, address));
    const bonds = await open({ resolves: count });
    await bonds.add(paired(1));
    for (let i = 0; i < 5; i++) bonds.find(privateAddress(2));
    expect(count).toHaveBeenCalledTimes(1);
    await bonds.add(paired(2));
    expect(bonds.find(privateAddress(2))?.identity).toEqual(somePeer(2));
    // What else changes does not matter.
    count.mockClear();
    await bonds.rename(somePeer(2), 'x');
    expect(bonds.find(privateAddress(2))?.name).toBe('x');
    expect(count).not.toHaveBeenCalled();
    await bonds.remove(somePeer(2));
    expect(bonds.find(privateAddress(2))).toBeUndefined();
  });

  it('remembers no more addresses than it may', async () => {
    const count = vi.fn(() => false);
    const bonds = await open({ resolves: count });
    await bonds.add(paired(1));
    const addresses = Array.from({ length: 1025 }, (_, i) => privateAddress(5, i));
    for (const address of addresses) bonds.find(address);
    count.mockClear();
    bonds.find(addresses[1024]!);
    expect(count).not.toHaveBeenCalled();
    bonds.find(addresses[0]!);
    expect(count).toHaveBeenCalledTimes(1);
  });

  it('never resolves with a key of all zeros (Vol 3, Part C, 10.7)', async () => {
    const bonds = await open();
    const keys = someKeys(1);
    const identity = { irk: new Uint8Array(16), address: somePeer(1) };
    await bonds.add({ ...paired(1), keys: { ...keys, peer: { ...keys.peer, identity } } });
    const zero = resolvablePrivateAddress(nobleCrypto, new Uint8Array(16), seededRandom(1));
    expect(bonds.find(new Address(zero, AddressType.random))).toBeUndefined();
  });

  it('tells what comes, changes and goes', async () => {
    const bonds = await open();
    const told: string[] = [];
    for (const name of ['added', 'changed', 'removed'] as const)
      bonds.on(name, (bond) => told.push(`${name} ${bond.name}`));
    await bonds.add(paired(1));
    await bonds.rename(somePeer(1), 'a');
    await bonds.add({ ...paired(1), keys: someKeys(7) });
    expect(await bonds.remove(somePeer(1))).toBe(true);
    expect(await bonds.remove(somePeer(1))).toBe(false);
    expect(await bonds.rename(somePeer(1), 'b')).toBeUndefined();
    expect(told).toEqual(['added undefined', 'changed a', 'added a', 'removed a']);
  });

  it('lists the one that was used last first', async () => {
    const clock = new SimulatedClock();
    const bonds = await open({ clock });
    for (const n of [1, 2, 3]) {
      await clock.run(sleep(clock, 10));
      await bonds.add(paired(n));
    }
    await clock.run(sleep(clock, 10));
    bonds.used(somePeer(2));
    expect(bonds.list().map(({ lastUsedAt }) => lastUsedAt)).toEqual([40, 30, 10]);
    expect(bonds.list()[0]!.createdAt).toBe(20);
  });

  it('are no more than they may be', async () => {
    const bonds = await open({ limit: 2 });
    await bonds.add(paired(1));
    await bonds.add(paired(2));
    await expect(bonds.add(paired(3))).rejects.toThrow('2 bonds are kept, and no more may be');
    await bonds.add({ ...paired(2), keys: someKeys(9) });
    expect(bonds.size).toBe(2);
  });

  it('stay when the store fails, and tell it', async () => {
    const store = new MemoryBondStore();
    const report = vi.fn();
    const bonds = await open({ store, report });
    store.save = () => Promise.reject(new BondStoreError('disk full', 'BONDS_UNREADABLE'));
    await expect(bonds.add(paired(1))).rejects.toThrow('disk full');
    expect(bonds.get(somePeer(1))?.keys).toEqual(someKeys(1));
    bonds.used(somePeer(1));
    await new Promise((resolve) => setImmediate(resolve));
    expect(report).toHaveBeenCalledWith(`the bond with ${somePeer(1)} could not be kept: disk full`);
  });

  it('go when another process removed them, but for those that were made anew meanwhile', async () => {
    const store = new MemoryBondStore();
    const bonds = await open({ store });
    await bonds.add(paired(1));
    const removed = vi.fn();
    bonds.on('removed', removed);
    let answer!: (kept: boolean) => void;
    store.save = () => new Promise((resolve) => void (answer = resolve));
    const first = bonds.rename(somePeer(1), 'x');
    const pairing = bonds.add({ ...paired(1), keys: someKeys(8) });
    const later = answer;
    answer(true);
    await pairing;
    expect(bonds.get(somePeer(1))!.keys).toEqual(someKeys(8));
    const second = bonds.rename(somePeer(1), 'y');
    answer(false);
    expect(await second).toBeUndefined();
    expect(removed).toHaveBeenCalledTimes(1);
    expect(bonds.size).toBe(0);
    later(false);
    void first;
  });

  it('have a tag of the program’s beside them, which the next run finds', async () => {
    const store = new MemoryBondStore();
    const first = await open({ store });
    expect(first.tag).toBeUndefined();
    const octets = Uint8Array.of(1, 2, 3);
    await first.setTag(octets);
    octets.fill(0);
    expect(first.tag).toEqual(Uint8Array.of(1, 2, 3));
    const second = await open({ store });
    expect(second.tag).toEqual(Uint8Array.of(1, 2, 3));
    await expect(second.setTag(new Uint8Array(65))).rejects.toThrow(RangeError);
    await expect(second.setTag('pin' as never)).rejects.toThrow(TypeError);
    await second.setTag(undefined);
    expect((await open({ store })).tag).toBeUndefined();
  });

  it('have it until the device is closed where the store has no place for it', async () => {
    const store: BondStore = new MemoryBondStore();
    store.saveTag = undefined as never;
    const bonds = await open({ store });
    await bonds.setTag(Uint8Array.of(1));
    expect(bonds.tag).toEqual(Uint8Array.of(1));
    expect((await open({ store })).tag).toBeUndefined();
  });

  it('refuses a name that is too long', async () => {
    const bonds = await open();
    await bonds.add(paired(1));
    expect(() => bonds.rename(somePeer(1), 'é'.repeat(125))).toThrow('name: 250 octets are not permitted');
  });
});

describe('Sign counters (Vol 3, Part H, 2.4.5)', () => {
  it('are never given out twice, whenever the process dies', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(150), { minLength: 1, maxLength: 8 }), async (runs) => {
        const store = new MemoryBondStore();
        const first = await open({ store });
        await first.add(paired(1));
        const used: number[] = [];
        for (const count of runs) {
          // The run before ended without a word.
          const bonds = await open({ store });
          const together = Array.from({ length: count }, () => bonds.nextSignCounter(somePeer(1)));
          used.push(...(await Promise.all(together)));
        }
        expect(new Set(used).size).toBe(used.length);
        expect(used).toEqual([...used].sort((a, b) => a - b));
      }),
      { numRuns: 30 },
    );
  });

  it('are not given out before the store has them', async () => {
    const store = new MemoryBondStore();
    const bonds = await open({ store });
    await bonds.add(paired(1));
    const { save } = store;
    store.save = () => Promise.reject(new BondStoreError('disk full', 'BONDS_UNREADABLE'));
    await expect(bonds.nextSignCounter(somePeer(1))).rejects.toThrow('disk full');
    store.save = save;
    expect(await bonds.nextSignCounter(somePeer(1))).toBe(0);
    expect((await store.load(local)).bonds[0]!.signCounters.own).toBe(64);
  });

  it('end at 2^32, and with the bond', async () => {
    const bonds = await open();
    await bonds.add({ ...paired(1), signCounters: { own: 2 ** 32 - 1, peer: 0 } });
    expect(await bonds.nextSignCounter(somePeer(1))).toBe(2 ** 32 - 1);
    await expect(bonds.nextSignCounter(somePeer(1))).rejects.toThrow(/all counters .* pair again/);
    await bonds.add({ ...paired(1), keys: someKeys(5) });
    expect(await bonds.nextSignCounter(somePeer(1))).toBe(0);
    await bonds.remove(somePeer(1));
    await expect(bonds.nextSignCounter(somePeer(1))).rejects.toThrow('there is no bond');
  });

  it('of a peer are taken once each, and in ascending order, also after a crash', async () => {
    const store = new MemoryBondStore();
    let bonds = await open({ store });
    await bonds.add(paired(1));
    const accept = (counter: number) => bonds.acceptSignCounter(somePeer(1), counter);
    expect(await Promise.all([accept(0), accept(0), accept(7), accept(3)])).toEqual([
      true,
      false,
      true,
      false,
    ]);
    bonds = await open({ store });
    expect([await accept(7), await accept(8), await accept(2 ** 32)]).toEqual([false, true, false]);
    expect(await bonds.acceptSignCounter(somePeer(2), 100)).toBe(false);
  });

  it('of a peer are not taken when it cannot be kept', async () => {
    const store = new MemoryBondStore();
    const bonds = await open({ store });
    await bonds.add(paired(1));
    store.save = () => Promise.reject(new BondStoreError('disk full', 'BONDS_UNREADABLE'));
    await expect(bonds.acceptSignCounter(somePeer(1), 0)).rejects.toThrow('disk full');
    // A replay is refused all the same.
    expect(await bonds.acceptSignCounter(somePeer(1), 0)).toBe(false);
  });
});

describe('An export', () => {
  it('has no keys unless they are asked for', async () => {
    const bonds = await open();
    await bonds.add(paired(1));
    const text = bonds.export();
    for (const secret of keyTexts(1)) expect(text).not.toContain(secret);
    const whole = bonds.export({ keys: true });
    expect(whole).toContain(keyTexts(1)[0]);
    await expect((await open()).import(text)).rejects.toThrow('made without keys');
  });

  it('is taken over whole, without the chance to sign with a used counter', async () => {
    const from = await open();
    await from.add({ ...paired(1), name: 'a', signCounters: { own: 3, peer: 9 } });
    await from.add(paired(2));
    const to = await open();
    const taken = await to.import(from.export({ keys: true }));
    expect(taken.map(({ identity }) => identity.key).sort()).toEqual(
      [somePeer(1).key, somePeer(2).key].sort(),
    );
    const bond = to.get(somePeer(1)) as Bond;
    expect(bond).toMatchObject({ name: 'a', signCounters: { own: 0x1_0003, peer: 9 } });
    expect(bond.keys).toEqual(someKeys(1));
    // Counters that went on since do not go back.
    await to.update(somePeer(1), { signCounters: { own: 0x9_0000, peer: 80 } });
    await to.import(from.export({ keys: true }));
    expect(to.get(somePeer(1))!.signCounters).toEqual({ own: 0x9_0000, peer: 80 });
  });

  it('of two own addresses that have the same peer is refused: one of the two bonds would be lost', async () => {
    const bonds = [bondRecord(new Bond(paired(1)))];
    const text = JSON.stringify(
      bondsRecord([
        { address: `${somePeer(7)}`, bonds },
        { address: `${somePeer(8)}`, bonds },
      ]),
      undefined,
      2,
    );
    const line = text.split('\n').findLastIndex((one) => one.includes('"identity": "')) + 1;
    const to = await open();
    await expect(to.import(text)).rejects.toThrow(
      `the export: line ${line}: locals.1.bonds.0.identity: two own addresses have a bond with this peer`,
    );
    expect(to.size).toBe(0);
  });

  it('is refused with its line, before anything is taken', async () => {
    const from = await open();
    for (const n of [1, 2]) await from.add(paired(n));
    const lines = from.export({ keys: true }).split('\n');
    const at = lines.findLastIndex((line) => line.includes('"csrk"'));
    const broken = lines.with(at, lines[at]!.replace(/: "../, ': "')).join('\n');
    const to = await open();
    await expect(to.import(broken)).rejects.toThrow(
      `the export: line ${at + 1}: locals.0.bonds.1.keys.peer.signing.csrk: 16 octets in hexadecimal are wanted`,
    );
    await expect(to.import('{}')).rejects.toThrow('no file of bonds');
    await expect(to.import('null')).rejects.toThrow('no file of bonds');
    expect(to.size).toBe(0);
  });
});
