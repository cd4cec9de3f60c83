import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import {
  AdvertisingData,
  type AdvertisingDataFields,
  AdvertisingFlags,
  buildAdvertisingData,
  parseAdvertisingData,
} from '../../src/gap/advertising-data.js';
import {
  AdType,
  type AdvertisingStructure,
  adTypeName,
  describeAdType,
} from '../../src/gap/advertising-types.js';
import { describeWithShared, sharedJson } from '../support/shared.js';
import { runsVector } from '../support/vector-case.js';

interface HexStructure {
  readonly type: string | number;
  readonly data: string;
}
interface ParseVector {
  readonly name: string;
  readonly data: string;
  readonly expect: {
    readonly flags?: number;
    readonly local_name?: string | null;
    readonly local_name_complete?: boolean;
    readonly tx_power?: number | null;
    readonly service_uuids?: readonly string[];
    readonly structures?: readonly HexStructure[];
  };
}
interface EncodeVector {
  readonly name: string;
  readonly adv_data: string;
  readonly structures: readonly HexStructure[];
  readonly scan_rsp?: string;
  readonly scan_rsp_structures?: readonly HexStructure[];
}

const parse = (hex: string) => parseAdvertisingData(fromHex(hex));
const structuresOf = (list: readonly HexStructure[]): AdvertisingStructure[] =>
  list.map(({ type, data }) => ({ type: Number(type), data: fromHex(data) }));

describeWithShared('the advertising data vectors', () => {
  const vectors = sharedJson<{ parse: ParseVector[]; encode: EncodeVector[] }>('vectors/adv-data.json');

  for (const [index, vector] of vectors.parse.entries()) {
    it(`parse: ${vector.name}`, runsVector('adv-data.json', 'parse', index), () => {
      const data = parse(vector.data);
      const wanted = vector.expect;
      if (wanted.structures) expect(data.structures).toEqual(structuresOf(wanted.structures));
      if (wanted.flags !== undefined) expect(data.flags ?? 0).toBe(wanted.flags);
      if (wanted.local_name !== undefined) expect(data.localName ?? null).toBe(wanted.local_name);
      if (wanted.local_name_complete !== undefined) {
        expect(data.localNameComplete).toBe(wanted.local_name_complete);
      }
      if (wanted.tx_power !== undefined) expect(data.txPower ?? null).toBe(wanted.tx_power);
      if (wanted.service_uuids) expect(data.serviceUuids.map(String)).toEqual(wanted.service_uuids);
    });
  }

  for (const [index, vector] of vectors.encode.entries()) {
    it(`encode: ${vector.name}`, runsVector('adv-data.json', 'encode', index), () => {
      const built = buildAdvertisingData(structuresOf(vector.structures));
      expect(toHex(built)).toBe(vector.adv_data);
      expect(new AdvertisingData(built).structures).toEqual(structuresOf(vector.structures));
      if (vector.scan_rsp_structures) {
        expect(toHex(buildAdvertisingData(structuresOf(vector.scan_rsp_structures)))).toBe(vector.scan_rsp);
      }
    });
  }

  it('name every AD type of the fact table', () => {
    const { advertising_data } = sharedJson<{
      advertising_data: { types: readonly { type: string; name: string }[] };
    }>('spec/att-gatt-smp-l2cap.json');
    const { types } = advertising_data;
    expect(types.map(({ type }) => adTypeName(Number(type)))).toEqual(types.map(({ name }) => name));
    expect(Object.values(AdType)).toEqual(types.map(({ type }) => Number(type)));
  });
});

describe('parsing advertising data (Vol 3, Part C, 11)', () => {
  it('ends at a length of zero, which is padding and not malformed', () => {
    const data = parse('020106' + '0000' + '020a04');
    expect(data.structures).toEqual([{ type: 1, data: fromHex('06') }]);
    expect(data.malformed).toBe(0);
  });

  it('passes over a structure that runs past the end, and counts it', () => {
    const data = parse('020106' + '0509414243');
    expect(data.flags).toBe(AdvertisingFlags.leGeneralDiscoverable | AdvertisingFlags.brEdrNotSupported);
    expect(data.localName).toBeUndefined();
    expect(data.malformed).toBe(1);
  });

  it('takes what is sound of contents that their type cannot have, and counts them', () => {
    const data = parse('04030d1800' + '02ff4c' + '0101' + '0219c0' + '02160d');
    expect(data.serviceUuids.map((uuid) => uuid.toShortString())).toEqual(['180d']);
    expect(data.manufacturerData).toBeUndefined();
    expect(data.flags).toBeUndefined();
    expect(data.appearance).toBeUndefined();
    expect(data.serviceData).toEqual([]);
    expect(data.malformed).toBe(5);
  });

  it('prefers the complete name, ends it at a zero octet, and shows what is no UTF-8', () => {
    expect(parse('0308 4142 0409 434445').localName).toBe('CDE');
    expect(parse('0308 4142').localName).toBe('AB');
    expect(parse('0308 4142').localNameComplete).toBe(false);
    expect(parse('0509 41420043').localName).toBe('AB');
    expect(parse('0409 41ff42').localName).toBe('A\ufffdB');
  });

  it('reads the data of manufacturers and of services of all widths', () => {
    const data = parse(
      '05ff4c000215' +
        '0416 0d18 07' +
        '0620 78563412 08' +
        `1221 ${'00112233445566778899aabbccddeeff'} 09` +
        '03ffe000',
    );
    expect(data.allManufacturerData).toEqual([
      { companyIdentifier: 0x4c, data: fromHex('0215') },
      { companyIdentifier: 0xe0, data: new Uint8Array() },
    ]);
    expect(data.manufacturerData?.companyIdentifier).toBe(0x4c);
    expect(
      data.serviceData.map(({ uuid, data: octets }) => `${uuid.toShortString()} ${toHex(octets)}`),
    ).toEqual(['180d 07', '12345678 08', 'ffeeddcc-bbaa-9988-7766-554433221100 09']);
  });

  it('finds services in lists of all widths, whatever form they are asked for in', () => {
    const data = parse(`03030d18 0505 78563412 1107 fb349b5f80000080001000000f180000 0314 1218`);
    expect(data.hasService(0x180d)).toBe(true);
    expect(data.hasService('0000180d-0000-1000-8000-00805f9b34fb')).toBe(true);
    expect(data.hasService('180f')).toBe(true);
    expect(data.hasService(0x12345678)).toBe(true);
    expect(data.hasService(0x1812)).toBe(false);
    expect(data.solicitedServiceUuids.map(String)).toEqual(['00001812-0000-1000-8000-00805f9b34fb']);
  });

  it('reads signed power, appearance and the interval range', () => {
    const data = parse('020af4 0319c003 051206000c00');
    expect(data.txPower).toBe(-12);
    expect(data.appearance).toBe(0x03c0);
    expect(data.connectionIntervalRange).toEqual({ minMs: 7.5, maxMs: 15 });
    expect(parse('05120600ffff').connectionIntervalRange).toEqual({ minMs: 7.5, maxMs: undefined });
  });

  it('never throws, whatever the octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (octets) => {
        const data = new AdvertisingData(octets);
        for (const name of Object.keys(Object.getOwnPropertyDescriptors(AdvertisingData.prototype))) {
          void data[name as keyof AdvertisingData];
        }
        expect(data.malformed).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe('building advertising data (Vol 3, Part C, 11)', () => {
  const structure = fc.record({ type: fc.nat(255), data: fc.uint8Array({ maxLength: 40 }) });

  it('is undone by parsing', () => {
    fc.assert(
      fc.property(fc.array(structure, { maxLength: 6 }), (structures) => {
        const data = new AdvertisingData(buildAdvertisingData(structures, 1650));
        expect(data.structures).toEqual(structures);
      }),
    );
  });

  it('lays out fields, each service in its shortest form', () => {
    const octets = buildAdvertisingData(
      {
        flags: 6,
        serviceUuids: [0x180d, '0000180f-0000-1000-8000-00805f9b34fb', 0x12345678],
        incompleteServiceUuids: ['00112233-4455-6677-8899-aabbccddeeff'],
        completeLocalName: 'Grüße',
        txPower: -4,
        appearance: 0x0341,
        manufacturerData: { companyIdentifier: 0x004c, data: fromHex('0215') },
        serviceData: [{ uuid: 0x180f, data: fromHex('64') }],
        solicitedServiceUuids: [0x1812],
        structures: [{ type: AdType.uri, data: fromHex('16') }],
      },
      200,
    );
    expect(toHex(octets)).toBe(
      '020106' +
        '05030d180f18' +
        '050578563412' +
        '1106ffeeddccbbaa99887766554433221100' +
        '08094772c3bcc39f65' +
        '020afc' +
        '03194103' +
        '05ff4c000215' +
        '04160f1864' +
        '03141218' +
        '022416',
    );
    expect(new AdvertisingData(octets)).toMatchObject({
      flags: 6,
      localName: 'Grüße',
      txPower: -4,
      malformed: 0,
    });
  });

  it('permits 31 octets, and names the octets over', () => {
    const fields: AdvertisingDataFields = { flags: 6, shortenedLocalName: 'a'.repeat(26) };
    expect(buildAdvertisingData(fields).length).toBe(31);
    expect(() => buildAdvertisingData({ ...fields, txPower: 0 })).toThrow(
      /34 octets do not fit in 31, 3 are over \(flags 3, shortenedLocalName 28, txPower 3\)/,
    );
    expect(buildAdvertisingData({ ...fields, txPower: 0 }, 251).length).toBe(34);
  });

  it('refuses wrong fields, naming them', () => {
    expect(() => buildAdvertisingData({ localName: 'x' } as never)).toThrow(/unknown option "localName"/);
    expect(() => buildAdvertisingData({ flags: 256 })).toThrow(/flags: 256 is not permitted/);
    expect(() => buildAdvertisingData({ txPower: 128 })).toThrow(/txPower: 128/);
    expect(() => buildAdvertisingData({ completeLocalName: 5 as never })).toThrow(
      /completeLocalName: a string/,
    );
    expect(() => buildAdvertisingData({ serviceUuids: ['xyz'] })).toThrow(RangeError);
    expect(() =>
      buildAdvertisingData({ manufacturerData: { companyIdentifier: 0x10000, data: new Uint8Array() } }),
    ).toThrow(/manufacturerData.companyIdentifier: 65536/);
    expect(() => buildAdvertisingData([{ type: 1, data: new Uint8Array(255) }], 1650)).toThrow(
      /structures\[0\].data: 255 octets/,
    );
  });

  it('names AD types, also unknown ones', () => {
    expect(describeAdType(9)).toBe('0x09 Complete Local Name');
    expect(describeAdType(0xe0)).toBe('0xE0 (unknown)');
  });
});
