import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressType, BdAddr } from '../../src/core/address.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import {
  type AdvertisingReport,
  forEachAdvertisingReport,
  forEachExtendedAdvertisingReport,
} from '../../src/hci/advertising-report.js';
import { leAdvertisingReport, leExtendedAdvertisingReport } from '../../src/hci/events/index.js';
import { valuesOf } from '../support/arbitraries.js';

type Walk = typeof forEachAdvertisingReport;

function reportsOf(walk: Walk, bytes: Uint8Array, start = 0, end = bytes.length) {
  const reports: AdvertisingReport[] = [];
  const whole = walk(bytes, start, end, (report) => reports.push(report));
  return { reports, whole };
}

const legacy = (hex: string) => reportsOf(forEachAdvertisingReport, fromHex(hex));
const extended = (hex: string) => reportsOf(forEachExtendedAdvertisingReport, fromHex(hex));

const dbm = (rssi: number) => (rssi === 127 ? undefined : rssi);

describe('legacy advertising reports (Vol 4, Part E, 7.7.65.2)', () => {
  it('read as the declaration reads them, several in one event', () => {
    fc.assert(
      fc.property(valuesOf(leAdvertisingReport.parameters), fc.nat(3), (value, shift) => {
        const { reports: declared } = value as ReturnType<typeof leAdvertisingReport.parameters.read>;
        const bytes = leAdvertisingReport.parameters.encode({ reports: declared });
        const shifted = new Uint8Array(shift + bytes.length + 2);
        shifted.set(bytes, shift);
        const { reports, whole } = reportsOf(forEachAdvertisingReport, shifted, shift, shift + bytes.length);
        expect(whole).toBe(true);
        shifted.fill(0);
        expect(reports.length).toBe(declared.length);
        for (const [index, report] of reports.entries()) {
          const wanted = declared[index]!;
          expect(report.eventType).toBe(wanted.eventType);
          expect(report.addressType).toBe(wanted.addressType);
          expect(report.address.bd).toEqual(wanted.address);
          expect(report.key).toBe(report.address.key);
          expect(report.data).toEqual(wanted.data);
          expect(report.dataLength).toBe(wanted.data.length);
          expect(report.rssi).toBe(dbm(wanted.rssi));
        }
      }),
    );
  });

  it('mean what their event types say', () => {
    const kind = (eventType: string) => {
      const { reports } = legacy(`01${eventType}01060504030201${'00'}d8`);
      const { connectable, scannable, directed, scanResponse, legacy: isLegacy } = reports[0]!;
      return { connectable, scannable, directed, scanResponse, legacy: isLegacy };
    };
    const none = { connectable: false, scannable: false, directed: false, scanResponse: false, legacy: true };
    expect(kind('00')).toEqual({ ...none, connectable: true, scannable: true });
    expect(kind('01')).toEqual({ ...none, connectable: true, directed: true });
    expect(kind('02')).toEqual({ ...none, scannable: true });
    expect(kind('03')).toEqual(none);
    expect(kind('04')).toEqual({ ...none, scannable: true, scanResponse: true });
    expect(kind('77')).toEqual(none);
  });

  it('have an address, its type and a signal strength, which may be unknown', () => {
    const { reports } = legacy('02' + '0001060504030201020102c4' + '0400060504030201007f');
    expect(reports.map(({ address }) => `${address}`)).toEqual([
      '01:02:03:04:05:06/random',
      '01:02:03:04:05:06/public',
    ]);
    expect(reports[0]!.address.type).toBe(AddressType.random);
    expect(toHex(reports[0]!.data)).toBe('0102');
    expect(reports.map(({ rssi }) => rssi)).toEqual([-60, undefined]);
    expect(reports[0]!.key).not.toBe(reports[1]!.key);
    expect(reports[0]).toMatchObject({
      extended: false,
      primaryPhy: 1,
      secondaryPhy: 0,
      dataStatus: 0,
      txPower: undefined,
      sid: undefined,
      anonymous: false,
      directAddress: undefined,
      periodicAdvertisingIntervalMs: undefined,
    });
  });

  it('stop at one that is not whole, and say so', () => {
    const one = '0001060504030201020102c4';
    expect(legacy(`02${one}`)).toMatchObject({ whole: false, reports: { length: 1 } });
    expect(legacy(`02${one}${one.slice(0, 20)}`)).toMatchObject({ whole: false, reports: { length: 1 } });
    expect(legacy(`01${one}00`)).toMatchObject({ whole: false, reports: { length: 1 } });
    expect(legacy('')).toMatchObject({ whole: false, reports: { length: 0 } });
    expect(legacy('00')).toMatchObject({ whole: true, reports: { length: 0 } });
  });
});

describe('extended advertising reports (Vol 4, Part E, 7.7.65.13)', () => {
  it('read as the declaration reads them, several in one event', () => {
    fc.assert(
      fc.property(valuesOf(leExtendedAdvertisingReport.parameters), (value) => {
        const { reports: declared } = value as ReturnType<typeof leExtendedAdvertisingReport.parameters.read>;
        const bytes = leExtendedAdvertisingReport.parameters.encode({ reports: declared });
        const { reports, whole } = reportsOf(forEachExtendedAdvertisingReport, bytes);
        expect(whole).toBe(true);
        expect(reports.length).toBe(declared.length);
        for (const [index, report] of reports.entries()) {
          const wanted = declared[index]!;
          expect(report).toMatchObject({
            eventType: wanted.eventType,
            addressType: wanted.addressType,
            anonymous: wanted.addressType === 0xff,
            // LE Coded with S=2 is LE Coded.
            primaryPhy: wanted.primaryPhy === 4 ? 3 : wanted.primaryPhy,
            secondaryPhy: wanted.secondaryPhy === 4 ? 3 : wanted.secondaryPhy,
            sid: wanted.advertisingSid === 0xff ? undefined : wanted.advertisingSid,
            txPower: dbm(wanted.txPower),
            rssi: dbm(wanted.rssi),
            dataStatus: (wanted.eventType >> 5) & 3,
            dataLength: wanted.data.length,
          });
          expect(report.address.bd).toEqual(wanted.address);
          expect(report.data).toEqual(wanted.data);
          if (report.directed) expect(report.directAddress?.bd).toEqual(wanted.directAddress);
        }
      }),
    );
  });

  it('mean what the bits of their event types say', () => {
    const head = '01060504030201' + '01' + '03' + '05' + 'f4' + 'c4' + '1800' + '00' + '000000000000';
    const { reports } = extended(`01${'2500'}${head}${'03'}aabbcc`);
    expect(reports[0]).toMatchObject({
      connectable: true,
      scannable: false,
      directed: true,
      scanResponse: false,
      legacy: false,
      dataStatus: 1,
      primaryPhy: 1,
      secondaryPhy: 3,
      sid: 5,
      txPower: -12,
      rssi: -60,
      periodicAdvertisingIntervalMs: 30,
    });
    expect(reports[0]!.directAddress?.bd.equals(BdAddr.zero)).toBe(true);
    expect(extended(`01${'1b00'}${head}00`).reports[0]).toMatchObject({ legacy: true, scanResponse: true });
  });

  it('stop at one that is not whole, and say so', () => {
    const one = `1300${'00'.repeat(21)}02aabb`;
    expect(extended(`02${one}${one.slice(0, -2)}`)).toMatchObject({ whole: false, reports: { length: 1 } });
    expect(extended(`01${one}00`)).toMatchObject({ whole: false, reports: { length: 1 } });
    expect(extended('')).toMatchObject({ whole: false, reports: { length: 0 } });
  });
});

describe('advertising reports of any octets', () => {
  it('are walked without throwing, and never beyond the end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        for (const walk of [forEachAdvertisingReport, forEachExtendedAdvertisingReport]) {
          let size = 1;
          walk(bytes, 0, bytes.length, (report) => {
            size += report.dataLength + (report.extended ? 24 : 10);
            expect(report.data.length).toBe(report.dataLength);
          });
          expect(size).toBeLessThanOrEqual(Math.max(1, bytes.length));
        }
      }),
    );
  });
});
