import { Address } from '../../../src/core/address.js';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import type { DistributedKeys, PairedKeys } from '../../../src/smp/keys.js';

/** A peer's identity address: odd numbers are public. */
export function somePeer(n: number): Address {
  const tail = (n & 0xffff).toString(16).padStart(4, '0');
  return Address.parse(`C0:DE:C0:00:${tail.slice(0, 2)}:${tail.slice(2)}/${n % 2 ? 'public' : 'random'}`);
}

/** Keys of all kinds, told apart by a number. */
export function someKeys(n: number): PairedKeys {
  const random = seededRandom(n);
  const octets = (length: number) => random.fill(new Uint8Array(length));
  const side = (address: Address): DistributedKeys => ({
    encryption: {
      ltk: octets(16),
      ediv: n & 0xffff,
      rand: octets(8),
      keySize: 16,
      authenticated: true,
      secureConnections: false,
    },
    identity: { irk: octets(16), address },
    signing: { csrk: octets(16), authenticated: true },
  });
  return { own: side(somePeer(0)), peer: side(somePeer(n)) };
}

/** The secrets of {@link someKeys} as they would look in a log: in hexadecimal, and as numbers one behind the other. */
export function keyTexts(n: number): string[] {
  const { own, peer } = someKeys(n);
  return [own, peer].flatMap(({ encryption, identity, signing }) =>
    [encryption!.ltk, identity!.irk, signing!.csrk].flatMap((key) => [toHex(key), [...key].join('')]),
  );
}
