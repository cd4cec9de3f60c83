import { describe, expect, it } from 'vitest';
import { Address, BdAddr, fromHex, seededRandom, toHex } from '../../../../src/core/index.js';
import { ah, isMadeFrom, isRpa, makeRpa } from '../../../../src/virtual/link-layer/privacy/rpa.js';
import { describeWithShared, sharedJson } from '../../../support/shared.js';
import { platformAes } from './aes.js';

const irk = fromHex('ec0234a357c8ad05341010a60a397d9b');

describe('the random address hash function', () => {
  it('gives what the sample data give (Vol 3, Part H, D.7)', () => {
    expect(ah(platformAes, irk, 0x708194)).toBe(0x0dfbaa);
  });
});

describeWithShared('the vectors of ah', () => {
  const { vectors } = sharedJson('vectors/crypto.json') as {
    vectors: { function: string; name: string; inputs: Record<string, string>; output: string }[];
  };
  it.each(vectors.filter((one) => one.function === 'ah'))('$name', ({ inputs, output }) => {
    const hash = ah(platformAes, fromHex(inputs['IRK']!), Number.parseInt(inputs['prand']!, 16));
    expect(hash.toString(16).padStart(6, '0')).toBe(output);
  });
});

describe('a resolvable private address', () => {
  it('is resolved by the IRK that it was made from, and by no other (Vol 6, Part B, 1.3.2.3)', () => {
    const random = seededRandom(1);
    const others = Array.from({ length: 20 }, () => random.fill(new Uint8Array(16)));
    for (let i = 0; i < 50; i++) {
      const rpa = makeRpa(platformAes, irk, random);
      expect(isRpa(rpa)).toBe(true);
      expect(isMadeFrom(platformAes, irk, rpa)).toBe(true);
      for (const other of others) expect(isMadeFrom(platformAes, other, rpa)).toBe(false);
    }
  });

  it('has its hash in the low octets and prand in the high ones (Vol 6, Part B, 1.3.2.2)', () => {
    const rpa = new Address(BdAddr.parse('70:81:94:0D:FB:AA'), 1);
    expect(isMadeFrom(platformAes, irk, rpa)).toBe(true);
  });

  it('has a random part that is not all zeros and not all ones (Vol 6, Part B, 1.3.2.2)', () => {
    const draws = [0, 0, 0, 0xff, 0xff, 0xff, 0x40, 0, 1];
    let at = 0;
    const random = {
      fill: (target: Uint8Array) => {
        for (let i = 0; i < target.length; i++) target[i] = draws[at++]!;
        return target;
      },
    };
    expect(toHex(makeRpa(platformAes, irk, random).bd.bytes.subarray(0, 3))).toBe('400001');
    expect(at).toBe(9);
  });

  it.each(['C0:00:00:00:00:01', '00:11:22:33:44:55'])('is not what looks otherwise: %s', (text) => {
    expect(isRpa(new Address(BdAddr.parse(text), 1))).toBe(false);
    expect(isRpa(new Address(BdAddr.parse('40:00:00:00:00:01'), 0))).toBe(false);
  });
});
