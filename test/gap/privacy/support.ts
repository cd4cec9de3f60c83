import { Address, AddressType, randomAddressKind } from '../../../src/core/address.js';
import { seededRandom } from '../../../src/core/random.js';
import { Bond, MemoryBondStore } from '../../../src/gap/bonds/index.js';
import type { Device } from '../../../src/gap/device.js';
import type { DeviceOptions } from '../../../src/gap/device-options.js';
import { nobleCrypto, resolves } from '../../../src/smp/crypto/index.js';
import type { DistributedKeys } from '../../../src/smp/keys.js';
import { fullPersonality } from '../../../src/virtual/controller/personalities/full.js';
import { type Personality, VirtualController } from '../../../src/virtual/index.js';
import { LeFeature } from '../../../src/virtual/link-layer/features.js';
import type { World } from '../../support/world.js';

/** Controllers that differ in what they can do about private addresses. */
export const personalities: Readonly<Record<string, Personality>> = {
  'a resolving list': fullPersonality,
  'a resolving list for one peer': { ...fullPersonality, resolvingListSize: 1 },
  'no resolving list': {
    ...fullPersonality,
    leFeatures: fullPersonality.leFeatures & ~(1n << BigInt(LeFeature.llPrivacy)),
  },
};

/** Somebody with an identity. */
export interface Person {
  readonly identity: Address;
  readonly irk: Uint8Array;
}

/** The nth person; the identity is public. */
export function person(n: number): Person {
  return {
    identity: Address.parse(`00:00:5E:00:53:${(0x10 + n).toString(16)}`),
    irk: seededRandom(1000 + n).fill(new Uint8Array(16)),
  };
}

/** The bond that `mine` has with `theirs`: made by Secure Connections, with a key that both have. */
export function bondOf(mine: Person, theirs: Person, lastUsedAt = 0): Bond {
  const encryption = {
    ltk: mine.irk.map((octet, i) => octet ^ theirs.irk[i]!),
    ediv: 0,
    rand: new Uint8Array(8),
    keySize: 16,
    authenticated: true,
    secureConnections: true,
  };
  const keys = ({ irk, identity: address }: Person): DistributedKeys => ({
    encryption,
    identity: { irk, address },
  });
  return new Bond({
    identity: theirs.identity,
    keys: { own: keys(mine), peer: keys(theirs) },
    level: 4,
    lastUsedAt,
  });
}

/** A store in which somebody finds the bonds with others, the last one used last. */
export async function storeOf(mine: Person, others: readonly Person[]): Promise<MemoryBondStore> {
  const store = new MemoryBondStore();
  await store.saveIdentity(mine.identity, mine.irk);
  for (const [i, one] of others.entries()) await store.save(mine.identity, bondOf(mine, one, i + 1));
  return store;
}

/** A device that is a person, and bonded with others. */
export async function deviceOf(
  world: World,
  mine: Person,
  others: readonly Person[],
  options: Partial<DeviceOptions> & { readonly personality?: Personality } = {},
): Promise<Device> {
  const { personality = fullPersonality, ...rest } = options;
  const controller = new VirtualController(world.air, { address: String(mine.identity.bd), personality });
  return world.device({ security: { bonds: await storeOf(mine, others) }, ...rest }, controller);
}

/** Whether an address is a resolvable private one of a person. */
export function isOf(address: Address | undefined, { irk }: Person): boolean {
  return (
    address !== undefined &&
    address.type === AddressType.random &&
    randomAddressKind(address.bd) === 'resolvable' &&
    resolves(nobleCrypto, irk, address.bd)
  );
}
