import { type WeierstrassPointCons, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import type { RandomSource } from '../../core/random.js';

/** P-256 as FIPS 186 defines it. `nist.js` of the package has it too, and five times as much beside it. */
const parameters = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** The private key of debug mode: Core Vol 3, Part H, 2.3.5.6.1. */
export const debugPrivateKey = 0x3f49f6d4a3c55f3874c9b3e3d2103f504aff607beb40b7995899b8a6cd3c1abdn;

/** A point on the curve: 32 octets each, least significant first. */
export interface PublicKey {
  readonly x: Uint8Array;
  readonly y: Uint8Array;
}

let curve: WeierstrassPointCons<bigint> | undefined;

function points(): WeierstrassPointCons<bigint> {
  curve ??= weierstrass(parameters);
  return curve;
}

/** A private key by chance: uniform in 1 to n − 1. */
export function newPrivateKey(random: RandomSource): bigint {
  // What is out of range is drawn again: once in 2^32 times.
  for (;;) {
    const key = toNumber(random.fill(new Uint8Array(32)));
    if (key > 0n && key < parameters.n) return key;
  }
}

/** The public key of a private key. */
export function publicKeyOf(privateKey: bigint): PublicKey {
  const { x, y } = points().BASE.multiply(privateKey).toAffine();
  return { x: toOctets(x), y: toOctets(y) };
}

/** The Diffie-Hellman key, least significant octet first. @returns `undefined` when the point is not on the curve */
export function dhKey(privateKey: bigint, { x, y }: PublicKey): Uint8Array | undefined {
  const point = { x: toNumber(x), y: toNumber(y) };
  if (!isOnCurve(point)) return undefined;
  return toOctets(points().fromAffine(point).multiply(privateKey).toAffine().x);
}

function isOnCurve({ x, y }: { x: bigint; y: bigint }): boolean {
  const { p, a, b } = parameters;
  // P-256 has a prime order: every point on it will do.
  return x < p && y < p && (y * y - (x * x + a) * x - b) % p === 0n;
}

function toNumber(octets: Uint8Array): bigint {
  let value = 0n;
  for (let i = octets.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(octets[i]!);
  return value;
}

function toOctets(value: bigint): Uint8Array {
  const octets = new Uint8Array(32);
  for (let i = 0; i < 32; i++) octets[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return octets;
}
