import { describe, expect, it } from 'vitest';
import { BdAddr, randomAddressKind } from '../../../src/core/address.js';
import { Aes128, aesCmac } from '../../../src/core/aes-cmac.js';
import { seededRandom } from '../../../src/core/random.js';
import {
  nobleCrypto as crypto,
  equalInConstantTime,
  resolvablePrivateAddress,
  resolves,
} from '../../../src/smp/crypto/index.js';

const irk = seededRandom(1).fill(new Uint8Array(16));

describe('resolvable private addresses (Core Vol 6, Part B, 1.3.2)', () => {
  it('are resolved by their IRK, and by no other', () => {
    const random = seededRandom(2);
    for (let i = 0; i < 50; i++) {
      const address = resolvablePrivateAddress(crypto, irk, random);
      expect(randomAddressKind(address)).toBe('resolvable');
      expect(resolves(crypto, irk, address)).toBe(true);
      expect(resolves(crypto, random.fill(new Uint8Array(16)), address)).toBe(false);
    }
  });

  it('the printed one of appendix D.7 is resolved', () => {
    const printed = Uint8Array.from('ec0234a357c8ad05341010a60a397d9b'.match(/../g)!, (o) =>
      Number.parseInt(o, 16),
    );
    expect(resolves(crypto, printed.reverse(), BdAddr.parse('70:81:94:0D:FB:AA'))).toBe(true);
    expect(resolves(crypto, printed, BdAddr.parse('70:81:94:0D:FB:AB'))).toBe(false);
  });

  it('a random part of all zeros or all ones is drawn again', () => {
    for (const forbidden of [0x00, 0xff]) {
      let draws = 0;
      const random = { fill: (target: Uint8Array) => target.fill(draws++ === 0 ? forbidden : 0x15) };
      resolvablePrivateAddress(crypto, irk, random);
      expect(draws).toBe(2);
    }
  });

  it('addresses of other kinds are not resolved', () => {
    for (const text of ['C0:81:94:0D:FB:AA', '00:81:94:0D:FB:AA', '80:81:94:0D:FB:AA'])
      expect(resolves(crypto, irk, BdAddr.parse(text))).toBe(false);
  });
});

describe('the ciphers', () => {
  it('refuse keys and blocks of a wrong size', () => {
    expect(() => new Aes128(new Uint8Array(15))).toThrow(RangeError);
    expect(() => new Aes128(new Uint8Array(16)).encrypt(new Uint8Array(17))).toThrow(RangeError);
    expect(() => aesCmac(new Uint8Array(17), new Uint8Array(1))).toThrow(RangeError);
  });

  it('private keys outside of 1 to n − 1 are refused, and drawn again', () => {
    expect(() => crypto.keyPairOf(new Uint8Array(32))).toThrow(RangeError);
    expect(() => crypto.keyPairOf(new Uint8Array(32).fill(0xff))).toThrow(RangeError);
    expect(() => crypto.keyPairOf(new Uint8Array(31).fill(1))).toThrow(RangeError);
    let draws = 0;
    const pair = crypto.newKeyPair({ fill: (target) => target.fill(draws++ === 0 ? 0xff : 1) });
    expect(draws).toBe(2);
    expect(crypto.isOnCurve(pair.publicKey)).toBe(true);
    expect(crypto.dhKey(pair.privateKey, { x: pair.publicKey.x, y: pair.publicKey.x })).toBeUndefined();
  });

  it('values of different sizes are not equal', () => {
    expect(equalInConstantTime(new Uint8Array(2), new Uint8Array(3))).toBe(false);
    expect(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(equalInConstantTime(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
  });
});
