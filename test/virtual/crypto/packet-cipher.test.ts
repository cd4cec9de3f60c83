import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/index.js';
import { Aes128 } from '../../../src/virtual/crypto/aes.js';
import { LinkEncryption } from '../../../src/virtual/link-layer/encryption.js';

/** The sample data of Core Vol 6, Part C, 1, as it is printed: most significant octet first. */
const sample = {
  ltk: '4c68384139f574d836bcf34e9dfb01bf',
  skdC: 'acbdcedfe0f10213',
  skdP: '0213243546576879',
  ivC: 'badcab24',
  ivP: 'deafbabe',
  sessionKey: '99ad1b5226a37e3e058e3b8e27c2c666',
};
const reversed = (hex: string) => fromHex(hex).reverse();

function sampleSession() {
  const encryption = new LinkEncryption(true);
  encryption.setHalves({ skd: reversed(sample.skdC), iv: reversed(sample.ivC) }, undefined);
  encryption.setPeripheralHalf({ skd: reversed(sample.skdP), iv: reversed(sample.ivP) });
  return encryption.session(reversed(sample.ltk));
}

describe('the encryption of data channel PDUs', () => {
  it('makes the session key of the sample data (Vol 6, Part C, 1)', () => {
    const key = new Aes128(fromHex(sample.ltk)).encrypt(fromHex(sample.skdP + sample.skdC));
    expect(toHex(key)).toBe(sample.sessionKey);
  });

  it('encrypts as the sample data has it, both ways, and counts (Vol 6, Part C, 1)', () => {
    const { fromCentral, fromPeripheral } = sampleSession();
    // LL_START_ENC_RSP of the central and of the peripheral.
    expect(toHex(fromCentral.seal(3, Uint8Array.of(0x06)))).toBe('9fcda7f448');
    expect(toHex(fromPeripheral.seal(3, Uint8Array.of(0x06)))).toBe('a34c13a415');
    const first = fromHex('1700636465666768696a6b6c6d6e6f707131323334353637383930');
    expect(toHex(fromCentral.seal(2, first))).toBe(
      '7a70d66415226df26b17839a060405596bd6564f796b5b9ce6ff32f75a6d33',
    );
    const second = fromHex('170037363534333231304142434445464748494a4b4c4d4e4f5051');
    expect(toHex(fromPeripheral.seal(2, second))).toBe(
      'f38881e7bd94c9c369b9a66846dd4786aa8c39ce540d0dae3adcdf89b96088',
    );
  });

  it('opens what the other end sealed, and nothing else (Vol 6, Part E, 2)', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 251 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom(1, 2, 3),
        fc.nat(),
        (payloads, llid, spoil) => {
          const ours = sampleSession().fromCentral;
          const theirs = sampleSession().fromCentral;
          for (const payload of payloads) {
            const sealed = ours.seal(llid, payload);
            expect(sealed.length).toBe(payload.length + 4);
            const spoiled = sealed.slice();
            spoiled[spoil % sealed.length]! ^= 1 << (spoil % 8);
            expect(theirs.open(llid, spoiled)).toBeUndefined();
            expect(theirs.open((llid % 3) + 1, sealed)).toBeUndefined();
            expect(toHex(theirs.open(llid, sealed)!)).toBe(toHex(payload));
            // A packet counter is used once.
            expect(theirs.open(llid, sealed)).toBeUndefined();
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('refuses what is too short for a MIC and something before it', () => {
    const { fromCentral } = sampleSession();
    for (let length = 0; length <= 4; length++) {
      expect(fromCentral.open(3, new Uint8Array(length))).toBeUndefined();
    }
  });
});
