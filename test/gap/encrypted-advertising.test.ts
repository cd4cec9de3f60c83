import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { AdvertisingData } from '../../src/gap/advertising-data.js';
import { AdType } from '../../src/gap/advertising-types.js';
import { decryptAdvertisingData, encryptAdvertisingData } from '../../src/gap/structures/index.js';

/** Sample data of the Core Specification Supplement, Part A, 2.3: the key as printed, IV and randomizer as they travel. */
const material = {
  sessionKey: fromHex('57a9da12d12e6e131e20612ad10a6a19'),
  iv: fromHex('9e7a00efb17ae746'),
};
const plain = fromHex('0f0953686f7274204d696e692d427573' + '03190a8c');
const samples = [
  ['18e157cade', '74e4dcafdc51c7282810c2217f0e4cef4343181fba0069cc'],
  ['8d1c976e7a', '35444076125788c238a58e8bd9cff0defe251a8e7275454c'],
] as const;

const giving = (hex: string) => ({
  fill<T extends Uint8Array>(into: T): T {
    into.set(fromHex(hex));
    return into;
  },
});

describe('encrypted advertising data (CSS, Part A, 1.23)', () => {
  it.each(samples)('is made as the sample data with randomizer %s', async (randomizer, sealed) => {
    const structure = await encryptAdvertisingData(material, plain, giving(randomizer));
    expect(structure.type).toBe(AdType.encryptedAdvertisingData);
    expect(toHex(structure.data)).toBe(randomizer + sealed);
    const opened = await decryptAdvertisingData(material, structure.data);
    expect(opened).toEqual(plain);
    const data = new AdvertisingData(opened!);
    expect([data.localName, data.appearance]).toEqual(['Short Mini-Bus', 0x8c0a]);
  });

  it('gives nothing with another key, or when an octet was changed', async () => {
    const sealed = fromHex(samples[0].join(''));
    const other = { ...material, iv: new Uint8Array(8) };
    expect(await decryptAdvertisingData(other, sealed)).toBeUndefined();
    for (let i = 0; i < sealed.length; i++) {
      const changed = sealed.slice();
      changed[i] = changed[i]! ^ 1;
      expect(await decryptAdvertisingData(material, changed)).toBeUndefined();
    }
    expect(await decryptAdvertisingData(material, sealed.subarray(0, 8))).toBeUndefined();
  });

  it('refuses keys and data of another length', async () => {
    const random = giving('0000000000');
    await expect(encryptAdvertisingData(material, new Uint8Array(246), random)).rejects.toThrow(RangeError);
    const short = { ...material, sessionKey: new Uint8Array(15) };
    await expect(encryptAdvertisingData(short, plain, random)).rejects.toThrow(/sessionKey/);
    await expect(decryptAdvertisingData(short, plain)).rejects.toThrow(/sessionKey/);
  });
});
