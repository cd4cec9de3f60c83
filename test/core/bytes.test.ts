import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as core from '../../src/core/index.js';

const { ByteReader, ByteWriter, MalformedPacketError } = core;

describe('ByteReader and ByteWriter', () => {
  const integers: [keyof core.ByteWriter & keyof core.ByteReader, number, number][] = [
    ['u8', 0, 0xff],
    ['i8', -0x80, 0x7f],
    ['u16', 0, 0xffff],
    ['i16', -0x8000, 0x7fff],
    ['u24', 0, 0xffffff],
    ['u32', 0, 0xffffffff],
  ];

  it.each(integers)('round-trips %s over its whole range and refuses what lies outside', (kind, min, max) => {
    const name = kind as 'u8';
    fc.assert(
      fc.property(fc.integer({ min, max }), (value) => {
        const bytes = new ByteWriter(1)[name](value).finish();
        expect(new ByteReader(bytes)[name]()).toBe(value);
      }),
    );
    for (const wrong of [min - 1, max + 1, 0.5, Number.NaN]) {
      expect(() => new ByteWriter()[name](wrong)).toThrow(RangeError);
    }
  });

  it('writes multi-octet integers least significant octet first (Vol 4, Part E, 5.2)', () => {
    const bytes = new ByteWriter()
      .u16(0x1234)
      .u24(0x563412)
      .u32(0x89abcdef)
      .u64(0x0102030405060708n)
      .finish();
    expect(core.toHex(bytes, ' ')).toBe('34 12 12 34 56 ef cd ab 89 08 07 06 05 04 03 02 01');
  });

  it('tells the offset at which a packet was too short', () => {
    const reader = new ByteReader().reset(new Uint8Array([9, 1, 2, 3, 9]), 1, 4);
    reader.u16();
    expect(() => reader.u16()).toThrow(MalformedPacketError);
    expect(() => reader.u16()).toThrow(/at offset 2, 1 left/);
  });
});

describe('declared messages', () => {
  const message = core.struct({
    status: core.u8,
    address: core.bdAddr,
    items: core.list(core.u8, core.struct({ handle: core.handle, data: core.sized(core.u8) })),
    phys: core.perPhy({ interval: core.u16 }),
    filler: core.padded(4),
    tail: core.rest,
  });
  const octets = (max: number, min = 0) => fc.uint8Array({ minLength: min, maxLength: max });
  const values = fc.record({
    status: fc.integer({ min: 0, max: 255 }),
    address: octets(6, 6).map((bytes) => core.BdAddr.fromWire(bytes)),
    items: fc.array(fc.record({ handle: fc.integer({ min: 0, max: 0xffff }), data: octets(20) }), {
      maxLength: 5,
    }),
    phys: fc
      .subarray([1, 2, 3, 8])
      .chain((phys) =>
        fc.tuple(...phys.map((phy) => fc.record({ phy: fc.constant(phy), interval: fc.nat(0xffff) }))),
      ),
    filler: octets(4, 4),
    tail: octets(9),
  });

  it('round-trip', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = message.encode(value);
        expect(message.read(new ByteReader(bytes))).toEqual(value);
      }),
    );
  });

  it('read random octets, or give MalformedPacketError', () => {
    fc.assert(
      fc.property(octets(80), (bytes) => {
        try {
          message.encode(message.read(new ByteReader(bytes)));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedPacketError);
        }
      }),
    );
  });

  it('name the field whose value does not fit', () => {
    const small = core.struct({ low: core.u8, data: core.octets(2) });
    expect(() => small.encode({ low: 256, data: new Uint8Array(2) })).toThrow(/field low: 256 does not fit/);
    expect(() => small.encode({ low: 1, data: new Uint8Array(3) })).toThrow(
      /field data: 3 octets do not fit/,
    );
    expect(() => small.encode({ low: 1 } as never)).toThrow(/field data is missing/);
    expect(small.size).toBe(3);
  });
});

describe('hexadecimal text', () => {
  it('round-trips, with or without separators', () => {
    fc.assert(
      fc.property(octets(), fc.constantFrom('', ' ', ':', '-'), (bytes, separator) => {
        expect(core.fromHex(core.toHex(bytes, separator))).toEqual(bytes);
      }),
    );
    expect(() => core.fromHex('abc')).toThrow(RangeError);
    expect(() => core.fromHex('zz')).toThrow(RangeError);
    expect(core.hexCode(0x3e)).toBe('0x3E');
  });

  function octets() {
    return fc.uint8Array({ maxLength: 40 });
  }
});
