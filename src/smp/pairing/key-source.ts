import type { RandomSource } from '../../core/random.js';
import type { KeyPair, SmpCrypto } from '../crypto/smp-crypto.js';

/** Where the values of a pairing come from; a replay gives those of its capture. */
export interface KeySource {
  /** A key pair for one pairing: Core Vol 3, Part H, 2.3.6 recommends a new one for each. */
  keyPair(): KeyPair;
  /** A nonce or a Mrand/Srand, 16 octets. */
  random(): Uint8Array;
  /** Six digits, 0–999999, uniform. */
  passkey(): number;
  /** What LE legacy pairing distributes: an LTK of 16 octets before it is cut, EDIV and Rand. */
  longTermKey(): { readonly ltk: Uint8Array; readonly ediv: number; readonly rand: Uint8Array };
  /** A CSRK, 16 octets. */
  signingKey(): Uint8Array;
}

/**
 * A source of randomness that knows what a pairing asks of it: the one of a replay, which gives what its capture shows, and
 * says so where that is nothing.
 */
export interface PairingRandom extends RandomSource {
  /** Where the values of pairings come from, computed with these ciphers. */
  pairingKeys(crypto: SmpCrypto): KeySource;
}

/** The values of pairings from a source of randomness: what it says they are, else everything by chance. */
export function keysFrom(crypto: SmpCrypto, random: RandomSource): KeySource {
  return 'pairingKeys' in random ? (random as PairingRandom).pairingKeys(crypto) : randomKeys(crypto, random);
}

/** Everything by chance. */
export function randomKeys(crypto: SmpCrypto, random: RandomSource): KeySource {
  const octets = (size: number) => random.fill(new Uint8Array(size));
  return {
    keyPair: () => crypto.newKeyPair(random),
    random: () => octets(16),
    passkey: () => {
      // What is beyond the last whole million is drawn again, so that all passkeys are equally likely.
      for (;;) {
        const value = new DataView(octets(4).buffer).getUint32(0, true);
        if (value < 4_294_000_000) return value % 1_000_000;
      }
    },
    longTermKey: () => {
      // EDIV 0 with Rand 0 would name a key of Secure Connections.
      for (;;) {
        const ediv = new DataView(octets(2).buffer).getUint16(0, true);
        const rand = octets(8);
        if (ediv !== 0 || rand.some((octet) => octet !== 0)) return { ltk: octets(16), ediv, rand };
      }
    },
    signingKey: () => octets(16),
  };
}
