import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../../src/core/index.js';
import { bisAccessAddress, seedAccessAddress } from '../../../../src/virtual/air/big-structure.js';
import { type BigInfo, decodeAcad, encodeAcad } from '../../../../src/virtual/link-layer/iso/big-info.js';

const info: Omit<BigInfo, 'offsetUnit'> = {
  schedule: {
    numBis: 2,
    isoInterval: 10_000,
    nse: 3,
    bn: 1,
    irc: 2,
    pto: 4,
    subInterval: 594,
    bisSpacing: 1782,
    phy: 2,
    maxPdu: 100,
    maxSdu: 100,
    sduInterval: 10_000,
    encrypted: false,
  },
  offset: 6_000,
  seed: 0x78e52493,
  baseCrcInit: 0xbeef,
  channelMap: fromHex('ffffffff1f'),
  payloadCount: 0x12_3456_789a,
  framed: false,
  secrets: undefined,
};

describe('BIGInfo', () => {
  it('has its fields where the specification has them (Vol 6, Part B, 4.4.6.11)', () => {
    // Worked by hand: 6000 µs are 200 units of 30; 200 | 8 << 15 | 2 << 27; 3 | 1 << 5 | 594 << 8 | 4 << 28;
    // 1782 | 2 << 20 | 100 << 24; RFU; seed; 10000 | 100 << 20; BaseCRCInit; ChM with the PHY above; count and framing.
    const expected = ['222c', 'c8000410', '23520240', 'f6062064', '00', '9324e578', '10274006', 'efbe'];
    expect(toHex(encodeAcad(info))).toBe([...expected, 'ffffffff3f', '9a78563412'].join(''));
  });

  it('has GIV and GSKD at its end where the group is encrypted', () => {
    const giv = fromHex('0102030405060708');
    const gskd = fromHex('101112131415161718191a1b1c1d1e1f');
    const acad = encodeAcad({ ...info, secrets: { giv, gskd } });
    expect(acad).toHaveLength(59);
    expect(toHex(acad.subarray(35))).toBe(toHex(giv) + toHex(gskd));
    expect(decodeAcad(acad)?.secrets).toEqual({ giv, gskd });
  });

  it('tells long offsets in units of 300 µs', () => {
    const offset = 0x3fff * 30 + 31;
    expect(decodeAcad(encodeAcad({ ...info, offset }))).toMatchObject({
      offsetUnit: 300,
      offset: Math.floor(offset / 300) * 300,
    });
  });

  it('is found behind other AD structures, and read as it was written', () => {
    const acad = encodeAcad(info);
    const behind = Uint8Array.from([2, 0x01, 0x06, ...acad]);
    expect(decodeAcad(behind)).toEqual({ ...info, offsetUnit: 30 });
    expect(decodeAcad(Uint8Array.of(2, 0x01, 0x06))).toBeUndefined();
  });

  it('is passed over when it makes no sense, whatever its octets', () => {
    const length = fc.constantFrom(0, 1, 33, 34, 35, 57, 58, 59);
    fc.assert(
      fc.property(
        length.chain((size) => fc.uint8Array({ minLength: size, maxLength: size })),
        (octets) => {
          const found = decodeAcad(octets);
          if (found) expect(found.schedule.nse % found.schedule.bn).toBe(0);
        },
      ),
    );
    const broken = encodeAcad(info);
    // NSE 3, BN 2.
    broken[6] = 0x43;
    expect(decodeAcad(broken)).toBeUndefined();
  });
});

describe('the access addresses of a group', () => {
  it('differ from the seed in the diversifier (Vol 6, Part B, 2.1.2)', () => {
    // n = 0: D = 42 = 0b0101010: D1, D3, D5 set. n = 1: D = 77 = 0b1001101: D0, D2, D3, D6 set.
    expect(bisAccessAddress(0, 0)).toBe((1 << 25) | (1 << 23) | (1 << 21) | (1 << 18));
    expect(bisAccessAddress(0, 1)).toBe(0xfd060000);
    // n = 2: D = 112 = 0b1110000: D4, D5, D6 set.
    expect(bisAccessAddress(0, 2)).toBe((1 << 24) | (1 << 21) | (1 << 20));
    expect(bisAccessAddress(0x78e52493, 2)).toBe(0x78e52493 ^ 0x01300000);
  });

  it('come from a seed with bits that are fixed', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (word) => {
        const seed = seedAccessAddress(word);
        const bit = (n: number) => (seed >>> n) & 1;
        expect([bit(25), bit(23)]).toEqual([0, 1]);
        expect(bit(19)).toBe(bit(15));
        expect(bit(16)).not.toBe(bit(15));
        expect(bit(22)).toBe(bit(16));
      }),
    );
  });
});
