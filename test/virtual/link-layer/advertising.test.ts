import { describe, expect, it } from 'vitest';
import { AddressType, BdAddr, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { leAdvertisingReport, leConnectionComplete } from '../../../src/hci/events/index.js';
import { smallBuffersPersonality } from '../../../src/virtual/index.js';
import type { HciScript } from '../../support/hci-script.js';
import { addressOf, advertise, createConnection, scan, World } from '../world.js';

const EventType = { advInd: 0, directInd: 1, scanInd: 2, nonconnInd: 3, scanRsp: 4 };

function reports(hci: HciScript) {
  return hci.all(leAdvertisingReport).flatMap((event) => event.reports);
}

/** The milliseconds at which LE Meta events came. */
function times(hci: HciScript): number[] {
  return hci.log.filter((line) => line.includes('< 043e')).map(Number.parseFloat);
}

describe('advertising and scanning', () => {
  it('brings advertising data to a passive scanner, and nothing more', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertiser.hci.command(commands.leSetAdvertisingData, { advertisingData: Uint8Array.of(2, 1, 6) });
    await advertiser.hci.command(commands.leSetScanResponseData, {
      scanResponseData: Uint8Array.of(3, 9, 65, 66),
    });
    await advertise(advertiser.hci);
    await scan(scanner.hci);
    await world.clock.advance(250);
    const found = reports(scanner.hci);
    expect(found.length).toBeGreaterThanOrEqual(2);
    for (const report of found) {
      expect(report).toMatchObject({ eventType: EventType.advInd, addressType: 0, rssi: -40 });
      expect(report.address.toString()).toBe('00:00:5E:00:53:01');
      expect(toHex(report.data)).toBe('020106');
    }
  });

  it('brings the scan response to an active scanner behind each advertisement (Vol 6, Part B, 4.4.3.2)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertiser.hci.command(commands.leSetScanResponseData, {
      scanResponseData: Uint8Array.of(3, 9, 65, 66),
    });
    await advertise(advertiser.hci);
    await scan(scanner.hci, { leScanType: 1 });
    await world.clock.advance(250);
    const types = reports(scanner.hci).map((report) => report.eventType);
    expect(types.slice(0, 4)).toEqual([0, 4, 0, 4]);
  });

  it.each([
    ['connectable', 0, EventType.advInd, true],
    ['scannable', 2, EventType.scanInd, true],
    ['non-connectable', 3, EventType.nonconnInd, false],
  ])(
    'reports %s advertising by its event type (Vol 4, Part E, 7.7.65.2)',
    async (_what, type, event, scannable) => {
      const world = new World();
      const advertiser = await world.controller();
      const scanner = await world.controller();
      await advertise(advertiser.hci, { advertisingType: type });
      await scan(scanner.hci, { leScanType: 1 });
      await world.clock.advance(150);
      const types = new Set(reports(scanner.hci).map((report) => report.eventType));
      expect([...types]).toEqual(scannable ? [event, EventType.scanRsp] : [event]);
    },
  );

  it('advertises every interval and up to 10 ms more (Vol 6, Part B, 4.4.2.2)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    // Both stay on channel 37 for these ten seconds.
    await scan(scanner.hci, { leScanInterval: 0x4000, leScanWindow: 0x4000 });
    await advertise(advertiser.hci, { advertisingChannelMap: 1 });
    await world.clock.advance(10_000);
    const at = times(scanner.hci);
    const gaps = at.slice(1).map((time, i) => time - at[i]!);
    expect(gaps.length).toBeGreaterThan(90);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(110.001);
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(8);
  });

  it('uses the channels of its map alone (Vol 4, Part E, 7.8.5)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    // A window of a second on channel 37 first, then 38, then 39.
    await scan(scanner.hci, { leScanInterval: 1600, leScanWindow: 1600 });
    await advertise(advertiser.hci, { advertisingChannelMap: 2 });
    await world.clock.advance(990);
    expect(reports(scanner.hci)).toEqual([]);
    await world.clock.advance(1000);
    expect(reports(scanner.hci).length).toBeGreaterThan(8);
    await world.clock.advance(1010);
    expect(reports(scanner.hci).length).toBeLessThan(2);
  });

  it('hears as much as the scan window lets it (Vol 6, Part B, 4.4.3)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const always = await world.controller();
    const quarter = await world.controller();
    await advertise(advertiser.hci, { advertisingIntervalMin: 32, advertisingIntervalMax: 32 });
    await scan(always.hci, { leScanInterval: 96, leScanWindow: 96 });
    await scan(quarter.hci, { leScanInterval: 96, leScanWindow: 24 });
    await world.clock.advance(30_000);
    const share = reports(quarter.hci).length / reports(always.hci).length;
    expect(share).toBeGreaterThan(0.2);
    expect(share).toBeLessThan(0.3);
  });

  it('reports an advertiser once with the duplicate filter, and once more when started anew', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertise(advertiser.hci);
    await scan(scanner.hci, { leScanType: 1, filterDuplicates: 1 });
    await world.clock.advance(1000);
    expect(reports(scanner.hci).map((report) => report.eventType)).toEqual([0, 4]);
    await scanner.hci.command(commands.leSetScanEnable, { leScanEnable: 1, filterDuplicates: 1 });
    await world.clock.advance(1000);
    expect(reports(scanner.hci).map((report) => report.eventType)).toEqual([0, 4]);
  });

  it('forgets the oldest when the duplicate filter is full', async () => {
    const world = new World();
    const scanner = await world.controller({ ...smallBuffersPersonality, duplicateFilterSize: 2 });
    for (let n = 0; n < 3; n++) await advertise((await world.controller()).hci, { advertisingType: 3 });
    await scan(scanner.hci, { filterDuplicates: 1 });
    await world.clock.advance(2000);
    expect(reports(scanner.hci).length).toBeGreaterThan(20);
  });

  it('follows new advertising data while it advertises', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertise(advertiser.hci);
    await scan(scanner.hci);
    await world.clock.advance(200);
    reports(scanner.hci);
    await advertiser.hci.command(commands.leSetAdvertisingData, { advertisingData: Uint8Array.of(1, 2, 3) });
    await world.clock.advance(200);
    expect(reports(scanner.hci).map(({ data }) => toHex(data))).toContain('010203');
  });

  it('advertises and scans under the random address', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    const randomAddress = BdAddr.parse('C0:DE:00:00:00:01');
    await advertiser.hci.command(commands.leSetRandomAddress, { randomAddress });
    await advertise(advertiser.hci, { ownAddressType: AddressType.random });
    await scan(scanner.hci);
    await world.clock.advance(150);
    const [report] = reports(scanner.hci);
    expect(report?.addressType).toBe(1);
    expect(report?.address.equals(randomAddress)).toBe(true);
  });

  it('does not hear itself', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await advertise(hci);
    await scan(hci);
    await world.clock.advance(500);
    hci.silence();
  });

  it('reports only those on the Filter Accept List with filter policy 1 (Vol 6, Part B, 4.3.3)', async () => {
    const world = new World();
    const listed = await world.controller();
    const other = await world.controller();
    const scanner = await world.controller();
    await advertise(listed.hci);
    await advertise(other.hci);
    await scanner.hci.command(commands.leAddDeviceToFilterAcceptList, {
      addressType: 0,
      address: listed.controller.address,
    });
    await scan(scanner.hci, { scanningFilterPolicy: 1 });
    await world.clock.advance(500);
    const found = reports(scanner.hci);
    expect(found.length).toBeGreaterThan(2);
    for (const { address } of found) expect(address.equals(listed.controller.address)).toBe(true);
  });

  it('answers scan requests of those on the list alone with advertising filter policy 1', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const listed = await world.controller();
    const other = await world.controller();
    await advertiser.hci.command(commands.leAddDeviceToFilterAcceptList, {
      addressType: 0,
      address: listed.controller.address,
    });
    await advertise(advertiser.hci, { advertisingFilterPolicy: 1 });
    await scan(other.hci, { leScanType: 1 });
    await world.clock.advance(1000);
    expect(new Set(reports(other.hci).map(({ eventType }) => eventType))).toEqual(new Set([0]));
    await other.hci.command(commands.leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 });
    await scan(listed.hci, { leScanType: 1 });
    await world.clock.advance(1000);
    expect(new Set(reports(listed.hci).map(({ eventType }) => eventType))).toEqual(new Set([0, 4]));
  });

  it('gives each of several active scanners its scan responses', async () => {
    const world = new World();
    const advertiser = await world.controller();
    await advertise(advertiser.hci);
    const scanners = [await world.controller(), await world.controller(), await world.controller()];
    for (const { hci } of scanners) await scan(hci, { leScanType: 1 });
    await world.clock.advance(5000);
    for (const { hci } of scanners) {
      expect(reports(hci).filter(({ eventType }) => eventType === 4).length).toBeGreaterThan(5);
    }
  });

  it('obeys the event masks (Vol 4, Part E, 7.3.1 and 7.8.1)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertise(advertiser.hci);
    await scan(scanner.hci);
    await scanner.hci.command(commands.leSetEventMask, { leEventMask: 0x1dn });
    await world.clock.advance(500);
    scanner.hci.silence();
    await scanner.hci.command(commands.leSetEventMask, { leEventMask: 0x1fn });
    await scanner.hci.command(commands.setEventMask, { eventMask: 0x1fffffffffffn });
    await world.clock.advance(500);
    scanner.hci.silence();
    await scanner.hci.command(commands.setEventMask, { eventMask: 0x2000000000000000n });
    await world.clock.advance(500);
    expect(reports(scanner.hci).length).toBeGreaterThan(2);
  });

  it('sends no LE events before the host asks for them: LE Meta is masked after a Reset', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertise(advertiser.hci);
    await scanner.hci.command(commands.reset, {});
    await scan(scanner.hci);
    await world.clock.advance(500);
    scanner.hci.silence();
  });
});

describe('directed advertising', () => {
  it('reaches its target alone (Vol 6, Part B, 4.4.2.4)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const target = await world.controller();
    const other = await world.controller();
    await scan(target.hci);
    await scan(other.hci);
    await advertise(advertiser.hci, { advertisingType: 4, peerAddress: target.controller.address });
    await world.clock.advance(500);
    const found = reports(target.hci);
    expect(found.length).toBeGreaterThan(2);
    expect(found[0]).toMatchObject({ eventType: EventType.directInd, data: new Uint8Array(0) });
    other.hci.silence();
  });

  it('in high duty cycle ends after 1.28 s with 0x3C (Vol 4, Part E, 7.7.65.1)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const target = await world.controller();
    await scan(target.hci);
    await advertise(advertiser.hci, {
      advertisingType: 1,
      peerAddress: target.controller.address,
      // Meaningless here: 7.8.5.
      advertisingIntervalMin: 0,
      advertisingIntervalMax: 0,
    });
    await world.clock.advance(1279);
    advertiser.hci.silence();
    expect(advertiser.controller.activity.advertising).toBe(true);
    await world.clock.advance(2);
    advertiser.hci.event(leConnectionComplete, { status: 0x3c, role: 1 });
    expect(advertiser.controller.activity.advertising).toBe(false);
    // At most 3.75 ms apart on a channel: 1.28 s hold at least 341 events.
    expect(reports(target.hci).length).toBeGreaterThan(250);
  });

  it('lets its target connect, and nobody else', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const target = await world.controller();
    const other = await world.controller();
    const connect = createConnection(advertiser.controller.address);
    await other.hci.command(commands.leCreateConnection, connect);
    await target.hci.command(commands.leCreateConnection, connect);
    await advertise(advertiser.hci, { advertisingType: 1, peerAddress: target.controller.address });
    const complete = await target.hci.eventually(leConnectionComplete, { status: 0, role: 0 });
    expect(complete.peerAddress.equals(addressOf(1))).toBe(true);
    advertiser.hci.event(leConnectionComplete, { status: 0, role: 1 });
    await world.clock.advance(1500);
    other.hci.silence();
    advertiser.hci.silence();
  });
});
