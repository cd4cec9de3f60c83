import type { RandomSource } from '../../core/random.js';
import type { PublicKey } from './smp-crypto.js';

/** P-256: FIPS 186-4, D.1.2.3. */
export const p256 = {
  p: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
  n: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  h: 1n,
  a: 0xffffffff00000001000000000000000000000000fffffffffffffffffffffffcn,
  b: 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn,
  Gx: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  Gy: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** Of a number modulo p or n. */
export const SCALAR_OCTETS = 32;

/** Whether octets are a private key: a number of 1 to n − 1, least significant octet first. */
export function isPrivateKey(octets: Uint8Array): boolean {
  if (octets.length !== SCALAR_OCTETS) return false;
  const scalar = numberOf(octets);
  return scalar > 0n && scalar < p256.n;
}

/** @throws {RangeError} when octets are no private key */
export function checkPrivateKey(octets: Uint8Array): void {
  if (!isPrivateKey(octets))
    throw new RangeError('a private key on P-256 is a number of 1 to n − 1 in 32 octets');
}

/** A private key, uniform among all. */
export function drawPrivateKey(random: RandomSource): Uint8Array {
  // What is out of range is drawn again: once in 2^32 times.
  for (;;) {
    const key = random.fill(new Uint8Array(SCALAR_OCTETS));
    if (isPrivateKey(key)) return key;
  }
}

/** Whether a point is on the curve. The order of P-256 is prime: every point on it is in the group. */
export function isPoint({ x: ofX, y: ofY }: PublicKey): boolean {
  const { p, a, b } = p256;
  const [x, y] = [numberOf(ofX), numberOf(ofY)];
  return x < p && y < p && (y * y - (x * x + a) * x - b) % p === 0n;
}

/** The number that octets are, least significant first. */
export function numberOf(octets: Uint8Array): bigint {
  let value = 0n;
  for (let i = octets.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(octets[i]!);
  return value;
}
