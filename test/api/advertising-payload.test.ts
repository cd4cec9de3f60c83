import { describe, expect, it } from 'vitest';
import { layOut } from '../../src/api/advertising-payload.js';
import { OSError, ValueError } from '../../src/api/errors.js';
import { fromHex, toHex } from '../../src/core/index.js';

const data = (options: Parameters<typeof layOut>[0], txPower: number | undefined = 9) =>
  toHex(layOut(options).data(txPower));
const response = (options: Parameters<typeof layOut>[0]) => toHex(layOut(options).scanResponse);
const ascii = (text: string) => toHex(new TextEncoder().encode(text));
const RANGE = '051220004000';

describe('set_advertisement: advertising data', () => {
  it('is flags, name, TX power, connection interval range', () => {
    expect(data({ name: 'LoPy' })).toBe(`0201060509${ascii('LoPy')}020a09${RANGE}`);
  });

  it('is flags, TX power and range without a name; the device name is then a single space', () => {
    expect(data({})).toBe(`020106020a09${RANGE}`);
    expect(data({ name: null })).toBe(`020106020a09${RANGE}`);
    expect(layOut({}).deviceName).toBe(' ');
    expect(layOut({ name: 'x' }).deviceName).toBe('x');
  });

  it('writes a negative TX power, and leaves the field out when the controller cannot tell', () => {
    expect(data({}, -12)).toBe(`020106020af4${RANGE}`);
    expect(toHex(layOut({}).data(undefined))).toBe(`020106${RANGE}`);
  });

  it('holds a name of 17 octets whole and shortens a longer one (type 0x08)', () => {
    const whole = 'seventeen octets!';
    expect(data({ name: whole })).toBe(`0201061209${ascii(whole)}020a09${RANGE}`);
    const cut = data({ name: `${whole}!` });
    expect(cut).toBe(`0201061208${ascii(whole)}020a09${RANGE}`);
    expect(fromHex(cut)).toHaveLength(31);
  });

  it('breaks no character when it shortens a name', () => {
    const name = `${'a'.repeat(16)}é`;
    expect(data({ name })).toBe(`0201061108${ascii('a'.repeat(16))}020a09${RANGE}`);
  });

  it('refuses a name that no device name can hold', () => {
    expect(() => layOut({ name: 'x'.repeat(250) })).toThrow(/2 over the 248/);
    expect(() => layOut({ name: 5 as never })).toThrow(ValueError);
  });
});

describe('set_advertisement: scan response', () => {
  it('is manufacturer data, service data, service UUID, without flags', () => {
    expect(
      response({ service_uuid: 0x180d, service_data: fromHex('0d1801'), manufacturer_data: 'lopy_v1' }),
    ).toBe(`08ff${ascii('lopy_v1')}04160d180103030d18`);
    expect(response({ name: 'only a name' })).toBe('');
  });

  it('advertises a number as a 16- or 32-bit UUID', () => {
    expect(response({ service_uuid: 0xec00 })).toBe('030300ec');
    expect(response({ service_uuid: 0x12345678 })).toBe('050578563412');
  });

  it('advertises 16 octets as a 128-bit UUID, and those on the Bluetooth base in their short form', () => {
    expect(response({ service_uuid: '1234567890123456' })).toBe(`1107${ascii('1234567890123456')}`);
    const base = 'fb349b5f80000080001000000d180000';
    expect(response({ service_uuid: fromHex(base) })).toBe('03030d18');
    expect(response({ service_uuid: fromHex(base + base.replace('0d18', '0f18')) })).toBe('05030d180f18');
  });

  it('refuses octets that are no multiple of 16', () => {
    for (const service_uuid of ['abc', new Uint8Array(17)]) {
      expect(() => layOut({ service_uuid })).toThrow(new OSError('incorrect service UUID length'));
    }
  });

  it('names the octets over when it does not fit', () => {
    const options = {
      manufacturer_data: 'lopy_v1',
      service_data: fromHex('0d180102'),
      service_uuid: '1234567890123456',
    };
    expect(() => layOut(options)).toThrow(ValueError);
    expect(() => layOut(options)).toThrow(
      /2 octets over the 31 that fit \(manufacturer_data 9, service_data 6, service_uuid 18\)/,
    );
    expect(() => layOut({ manufacturer_data: new Uint8Array(300) })).toThrow(/271 octets over/);
  });
});
