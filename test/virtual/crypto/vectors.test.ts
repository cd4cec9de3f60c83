import { expect, it } from 'vitest';
import { fromHex, seededRandom, toHex } from '../../../src/core/index.js';
import { Aes128, encryptReversed } from '../../../src/virtual/crypto/aes.js';
import { debugPrivateKey, dhKey, newPrivateKey, publicKeyOf } from '../../../src/virtual/crypto/p256.js';
import { describeWithShared, sharedJson } from '../../support/shared.js';

interface Vector {
  readonly function: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly output: string;
}

const reversed = (hex: string) => fromHex(hex).reverse();

describeWithShared('the cryptography of the virtual controller, by the vectors', () => {
  const { vectors } = sharedJson<{ vectors: Vector[] }>('vectors/crypto.json');
  const named = (name: string) =>
    vectors.filter((vector) => vector.function === name).map((vector) => [vector.name, vector] as const);

  it.each(named('e'))('%s', (_name, { inputs, output }) => {
    const { key, plaintext } = inputs;
    expect(toHex(new Aes128(fromHex(key!)).encrypt(fromHex(plaintext!)))).toBe(output);
    expect(toHex(encryptReversed(reversed(key!), reversed(plaintext!)).reverse())).toBe(output);
  });

  it.each(named('p256_ecdh'))('%s', (_name, { inputs, output }) => {
    const key = BigInt(`0x${inputs['private']}`);
    const { x, y } = publicKeyOf(key);
    expect(toHex(x.reverse())).toBe(inputs['public_x']);
    expect(toHex(y.reverse())).toBe(inputs['public_y']);
    const shared = dhKey(key, { x: reversed(inputs['peer_x']!), y: reversed(inputs['peer_y']!) });
    expect(toHex(shared!.reverse())).toBe(output);
  });

  it.each(named('p256_validate'))('%s', (_name, { inputs }) => {
    const peer = { x: reversed(inputs['peer_x']!), y: reversed(inputs['peer_y']!) };
    expect(dhKey(debugPrivateKey, peer)).toBeUndefined();
  });

  it('refuses coordinates that are zero, or not below p', () => {
    const { x, y } = publicKeyOf(debugPrivateKey);
    const zero = new Uint8Array(32);
    const over = new Uint8Array(32).fill(0xff);
    for (const peer of [
      { x: zero, y: zero },
      { x: over, y },
      { x, y: over },
    ]) {
      expect(dhKey(debugPrivateKey, peer)).toBeUndefined();
    }
  });

  it('draws other private keys each time, in range', () => {
    const random = seededRandom(7);
    const keys = new Set(Array.from({ length: 20 }, () => newPrivateKey(random)));
    expect(keys.size).toBe(20);
    // All ones is out of range and drawn again.
    let asked = 0;
    const stubborn = {
      fill: (target: Uint8Array) => (asked++ < 2 ? target.fill(0xff) : seededRandom(1).fill(target)),
    };
    expect(newPrivateKey(stubborn)).toBe(newPrivateKey(seededRandom(1)));
  });
});
