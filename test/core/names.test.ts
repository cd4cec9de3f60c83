import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Address, AddressType, addressKey, BdAddr, randomAddressKind } from '../../src/core/address.js';
import { Uuid } from '../../src/core/uuid.js';

describe('BdAddr and Address', () => {
  it('travel least significant octet first and print most significant first', () => {
    const address = BdAddr.parse('C0:DE:C0:00:00:01');
    expect([...address.wire]).toEqual([1, 0, 0, 0xc0, 0xde, 0xc0]);
    expect([...address.bytes]).toEqual([0xc0, 0xde, 0xc0, 0, 0, 1]);
    expect(address.number).toBe(0xc0dec0000001);
    expect(String(address)).toBe('C0:DE:C0:00:00:01');
    expect(BdAddr.parse('c0dec0000001').equals(address)).toBe(true);
    expect(BdAddr.parse('c0-de-c0-00-00-01').equals(address)).toBe(true);
  });

  it('round-trip through text and octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.nat(1), (wire, type) => {
        const address = new Address(BdAddr.fromWire(wire), type);
        expect(Address.parse(String(address)).equals(address)).toBe(true);
        expect(BdAddr.fromBytes(address.bd.bytes).equals(address.bd)).toBe(true);
        expect(address.key).toBe(addressKey(address.bd.number, type));
      }),
    );
  });

  it.each([
    '',
    'C0:DE:C0:00:00',
    'C0:DE:C0:00:00:0G',
    'C0:DE:C0-00:00:01',
    'C0DEC0000001FF',
    'C0:DE:C0:00:00:01/secret',
  ])('refuse %j with the form wanted', (text) => {
    expect(() => Address.parse(text)).toThrow(RangeError);
  });

  it('tell the kinds of random address (Vol 6, Part B, 1.3.2)', () => {
    const kinds = ['C0', '40', '00', '80'].map((top) =>
      randomAddressKind(BdAddr.parse(`${top}:00:00:00:00:01`)),
    );
    expect(kinds).toEqual(['static', 'resolvable', 'non-resolvable', 'reserved']);
    const bd = BdAddr.parse('C0:00:00:00:00:01');
    expect(new Address(bd, AddressType.randomIdentity).equals(new Address(bd, AddressType.random))).toBe(
      true,
    );
  });
});

describe('Uuid', () => {
  it('takes every form of a UUID on the Bluetooth base for the same (Vol 3, Part B, 2.5.1)', () => {
    const forms = [
      0x180d,
      '180d',
      '180D',
      '0000180d',
      '0000180d-0000-1000-8000-00805f9b34fb',
      new Uint8Array([0x0d, 0x18]),
    ];
    for (const form of forms) {
      const uuid = Uuid.from(form);
      expect(uuid.short).toBe(0x180d);
      expect(uuid.equals(0x180d)).toBe(true);
      expect([...uuid.attWire]).toEqual([0x0d, 0x18]);
      expect(String(uuid)).toBe('0000180d-0000-1000-8000-00805f9b34fb');
      expect(uuid.toShortString()).toBe('180d');
    }
    expect(Uuid.from(Uuid.from('180d').wire128)).toBe(Uuid.from(0x180d));
  });

  it('sends a 32-bit UUID as 128 bits in ATT (Vol 3, Part F, 3.2.1)', () => {
    const uuid = Uuid.from(0x12345678);
    expect(uuid.attWire.length).toBe(16);
    expect(uuid.toShortString()).toBe('12345678');
    expect(Uuid.from(uuid.attWire).equals(uuid)).toBe(true);
  });

  it('round-trips 128-bit ones through text and octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (wire) => {
        const uuid = Uuid.from(wire);
        expect(Uuid.from(String(uuid)).equals(uuid)).toBe(true);
        expect([...uuid.wire128]).toEqual([...wire]);
      }),
    );
  });

  it.each([-1, 2 ** 32, 1.5, 'xyz', '180', '0000180d-0000-1000-8000', new Uint8Array(3)])(
    'refuses %j',
    (value) => {
      expect(() => Uuid.from(value)).toThrow(RangeError);
    },
  );
});
