import type { Address } from '../../core/address.js';
import { concatBytes } from '../../core/hex.js';
import type { SmpCrypto } from './smp-crypto.js';

/**
 * The cryptographic toolbox of the Security Manager: Core Vol 3, Part H, 2.2. Every value, in and out, is least significant
 * octet first, as SMP and HCI send it; the specification prints them the other way round.
 */

/** e: AES-128 of 16 octets (2.2.1). */
export function e(crypto: SmpCrypto, key: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return crypto.encrypt(key.toReversed(), plaintext.toReversed()).reverse();
}

/** ah: the 3 octets of hash for the 3 octets of a random part (2.2.2). */
export function ah(crypto: SmpCrypto, irk: Uint8Array, random: Uint8Array): Uint8Array {
  const block = new Uint8Array(16);
  block.set(random.subarray(0, 3));
  return e(crypto, irk, block).slice(0, 3);
}

/** What c1 is made of beside key and random value. */
export interface C1Input {
  /** The Pairing Request as sent, code first, 7 octets. */
  readonly request: Uint8Array;
  /** The Pairing Response likewise. */
  readonly response: Uint8Array;
  /** The initiator's address on air. */
  readonly initiator: Address;
  /** The responder's address on air. */
  readonly responder: Address;
}

/** c1: the confirm value of LE legacy pairing (2.2.3). */
export function c1(crypto: SmpCrypto, tk: Uint8Array, random: Uint8Array, input: C1Input): Uint8Array {
  const { initiator, responder } = input;
  const types = Uint8Array.of(initiator.type & 1, responder.type & 1);
  const p1 = concatBytes(types, input.request, input.response);
  const p2 = concatBytes(responder.bd.wire, initiator.bd.wire, new Uint8Array(4));
  return e(crypto, tk, xor(e(crypto, tk, xor(random, p1)), p2));
}

/** s1: the STK of LE legacy pairing from the responder's and the initiator's random values (2.2.4). */
export function s1(
  crypto: SmpCrypto,
  tk: Uint8Array,
  responder: Uint8Array,
  initiator: Uint8Array,
): Uint8Array {
  return e(crypto, tk, concatBytes(initiator.subarray(0, 8), responder.subarray(0, 8)));
}

/** f4: the confirm value of LE Secure Connections over two X coordinates (2.2.6). */
export function f4(crypto: SmpCrypto, u: Uint8Array, v: Uint8Array, x: Uint8Array, z: number): Uint8Array {
  return cmac(crypto, x, u, v, Uint8Array.of(z));
}

/** 0x6C888391AAF5A53860370BDB5A6083BE (2.2.7) */
const f5Salt = /* @__PURE__ */ Uint8Array.of(
  0xbe,
  0x83,
  0x60,
  0x5a,
  0xdb,
  0x0b,
  0x37,
  0x60,
  0x38,
  0xa5,
  0xf5,
  0xaa,
  0x91,
  0x83,
  0x88,
  0x6c,
);
/** 'btle' */
const btle = /* @__PURE__ */ Uint8Array.of(0x65, 0x6c, 0x74, 0x62);
/** 256 bits */
const f5Length = /* @__PURE__ */ Uint8Array.of(0x00, 0x01);

/** f5: MacKey and LTK from the Diffie-Hellman key, the nonces and the addresses of initiator and responder (2.2.7). */
export function f5(
  crypto: SmpCrypto,
  dhKey: Uint8Array,
  n1: Uint8Array,
  n2: Uint8Array,
  a1: Address,
  a2: Address,
): { readonly macKey: Uint8Array; readonly ltk: Uint8Array } {
  const t = cmac(crypto, f5Salt, dhKey);
  const half = (counter: number) =>
    cmac(crypto, t, Uint8Array.of(counter), btle, n1, n2, typed(a1), typed(a2), f5Length);
  return { macKey: half(0), ltk: half(1) };
}

/** f6: the check value of LE Secure Connections (2.2.8). `ioCap`: IO capability, OOB flag, AuthReq, in the order sent. */
export function f6(
  crypto: SmpCrypto,
  macKey: Uint8Array,
  n1: Uint8Array,
  n2: Uint8Array,
  r: Uint8Array,
  ioCap: Uint8Array,
  a1: Address,
  a2: Address,
): Uint8Array {
  return cmac(crypto, macKey, n1, n2, r, ioCap, typed(a1), typed(a2));
}

/** g2: the six digits to compare, 0–999999 (2.2.9). */
export function g2(crypto: SmpCrypto, u: Uint8Array, v: Uint8Array, x: Uint8Array, y: Uint8Array): number {
  const hash = cmac(crypto, x, u, v, y);
  return new DataView(hash.buffer, hash.byteOffset).getUint32(0, true) % 1_000_000;
}

/** h6: a key for another use from a key and 4 octets of name (2.2.10). */
export function h6(crypto: SmpCrypto, w: Uint8Array, keyId: Uint8Array): Uint8Array {
  return cmac(crypto, w, keyId);
}

/** h7: the same with a salt of 16 octets in place of a name (2.2.11). */
export function h7(crypto: SmpCrypto, salt: Uint8Array, w: Uint8Array): Uint8Array {
  return cmac(crypto, salt, w);
}

/** AES-CMAC of parts, the first one most significant; each least significant octet first. */
function cmac(crypto: SmpCrypto, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const message = concatBytes(...parts.map((part) => part.toReversed()));
  return crypto.cmac(key.toReversed(), message).reverse();
}

/** An address with its type in front: 56 bits. */
function typed({ bd, type }: Address): Uint8Array {
  return Uint8Array.of(...bd.wire, type & 1);
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((octet, i) => octet ^ b[i]!);
}
