import { afterEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/core/address.js';
import { toHex } from '../../../src/core/hex.js';
import {
  Bond,
  type BondStore,
  BondStoreError,
  bondFromText,
  bondToText,
  type StoredBonds,
} from '../../../src/gap/bonds/index.js';
import { SecureWorld } from '../../support/secure-link.js';
import { someKeys, somePeer } from './support.js';

let world: SecureWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const bond = new Bond({
  identity: somePeer(1),
  keys: someKeys(1),
  level: 3,
  name: 'the “lamp”',
  createdAt: 5,
  server: {
    configurations: new Map([[9, 1]]),
    clientSupportedFeatures: Uint8Array.of(1),
    databaseHash: new Uint8Array(16).fill(7),
  },
  client: { cache: { a: [1, null] }, databaseHash: new Uint8Array(16) },
  signCounters: { own: 64, peer: 3 },
});

describe('A bond as text', () => {
  it('comes back with all that it has', async () => {
    const back = await bondFromText(await bondToText(bond));
    expect(back).toBeInstanceOf(Bond);
    expect({ ...back }).toEqual({ ...bond });
    expect(back.keys).toEqual(bond.keys);
  });

  it('that is damaged is refused with what is wrong, and no key is told', async () => {
    const text = await bondToText(bond);
    for (const [damaged, message] of [
      [text.slice(0, 50), /the bond: line 1: the text ends in the middle/],
      [text.replace(/"ltk":"../, '"ltk":"'), /the bond: line 1: keys\.own\.encryption\.ltk: 16 octets/],
      [text.replace('"level":3', '"level":3,"level":4'), /a name is there twice/],
      ['{}', /the bond: line 1: identity: /],
      ['5', /the bond: line 1: /],
    ] as const) {
      const error = await bondFromText(damaged).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(BondStoreError);
      expect(error).toMatchObject({ code: 'BONDS_DAMAGED', message: expect.stringMatching(message) });
      expect((error as Error).message).not.toContain(toHex(bond.keys.peer.encryption!.ltk).slice(0, 8));
    }
  });

  it('is what a store of a program’s own needs: the next run is encrypted with it', async () => {
    /** As a page has it in IndexedDB: text by keys. */
    class Texts implements BondStore {
      readonly kept = new Map<string, string>();
      async load(local: Address): Promise<StoredBonds> {
        const entries = [...this.kept].filter(([key]) => key.startsWith(`${local} `));
        return { bonds: await Promise.all(entries.map(([, text]) => bondFromText(text))) };
      }
      async save(local: Address, one: Bond): Promise<boolean> {
        this.kept.set(`${local} ${one.identity}`, await bondToText(one));
        return true;
      }
      async remove(local: Address, identity: Address): Promise<void> {
        this.kept.delete(`${local} ${identity}`);
      }
      async saveIdentity(_: Address, irk: Uint8Array): Promise<Uint8Array> {
        return irk;
      }
      async close(): Promise<void> {}
    }
    const store = new Texts();
    world = await SecureWorld.open({ bonds: store });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const { bd } = world.central.address;
    await world.run(world.central.close());
    world.central = await world.device({ security: { bonds: store } }, world.controller({ address: bd }));
    const { mine } = await world.connect();
    expect(mine.security).toEqual({ level: 2, keySize: 16, bonded: true });
  });
});
