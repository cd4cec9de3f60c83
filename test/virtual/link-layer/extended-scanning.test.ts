import { describe, expect, it } from 'vitest';
import { BdAddr, seededRandom } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { leDirectedAdvertisingReport, leScanTimeout } from '../../../src/hci/events/index.js';
import { Dice } from '../../../src/virtual/air/dice.js';
import { ReceiverSchedule } from '../../../src/virtual/link-layer/receiver-schedule.js';
import { ScanBackoff } from '../../../src/virtual/link-layer/scan-backoff.js';
import { ScanWindows } from '../../../src/virtual/link-layer/scan-window.js';
import { advertiseExtended, extendedReports, scanExtended } from '../extended.js';
import { advertise, scan, World } from '../world.js';

const some = Uint8Array.of(2, 1, 6);

describe('extended scanning', () => {
  it('ends after its duration with LE Scan Timeout (Vol 4, Part E, 7.7.65.17)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertiseExtended(advertiser.hci, {}, some);
    await scanExtended(scanner.hci, { duration: 50 });
    await world.clock.advance(499);
    expect(scanner.hci.all(leScanTimeout)).toEqual([]);
    expect(extendedReports(scanner.hci).length).toBeGreaterThan(2);
    await world.clock.advance(1);
    scanner.hci.event(leScanTimeout);
    expect(scanner.controller.activity.scanning).toBe(false);
    await world.clock.advance(1000);
    scanner.hci.silence();
  });

  it('scans for the duration in every period, and never times out (Vol 4, Part E, 7.8.65)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertiseExtended(advertiser.hci, {}, some);
    // 300 ms of every 1.28 s.
    await scanExtended(scanner.hci, { duration: 30, period: 1 });
    const heard: boolean[] = [];
    for (let i = 0; i < 3; i++) {
      await world.clock.advance(310);
      heard.push(extendedReports(scanner.hci).length > 0);
      await world.clock.advance(1280 - 310);
      heard.push(extendedReports(scanner.hci).length > 0);
    }
    expect(heard).toEqual([true, false, true, false, true, false]);
    expect(scanner.hci.all(leScanTimeout)).toEqual([]);
    expect(scanner.controller.activity.scanning).toBe(true);
  });

  it('forgets duplicates with each period where the host wants that (Vol 4, Part E, 7.8.65)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const once = await world.controller();
    const each = await world.controller();
    await advertiseExtended(advertiser.hci, {}, some);
    await scanExtended(once.hci, { duration: 60, period: 1, filterDuplicates: 1 });
    await scanExtended(each.hci, { duration: 60, period: 1, filterDuplicates: 2 });
    await world.clock.advance(4 * 1280);
    expect(extendedReports(once.hci)).toHaveLength(1);
    expect(extendedReports(each.hci)).toHaveLength(4);
  });

  it('starts its duration anew when it is enabled again', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await scanExtended(hci, { duration: 50 });
    await world.clock.advance(400);
    const again = { enable: 1, filterDuplicates: 0, duration: 50, period: 0 };
    await hci.command(commands.leSetExtendedScanEnable, again);
    await world.clock.advance(499);
    hci.silence();
    await world.clock.advance(1);
    hci.event(leScanTimeout);
  });

  it('lets anonymous advertisers through the accept list where the host puts them on (Vol 4, Part E, 7.8.16)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertiseExtended(advertiser.hci, { advertisingEventProperties: 0x20 }, some);
    await scanExtended(scanner.hci, { policy: 1 });
    await world.clock.advance(500);
    scanner.hci.silence();
    await scanner.hci.command(commands.leSetExtendedScanEnable, {
      enable: 0,
      filterDuplicates: 0,
      duration: 0,
      period: 0,
    });
    await scanner.hci.command(commands.leAddDeviceToFilterAcceptList, {
      addressType: 0xff,
      address: BdAddr.zero,
    });
    await scanExtended(scanner.hci, { policy: 1 });
    await world.clock.advance(500);
    expect(extendedReports(scanner.hci).length).toBeGreaterThan(2);
  });

  it('asks for a scan response once where duplicates are filtered', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await advertiseExtended(advertiser.hci, { advertisingEventProperties: 2 }, undefined, some);
    await scanExtended(scanner.hci, { active: true, filterDuplicates: 1 });
    await world.clock.advance(3000);
    expect(extendedReports(scanner.hci).map(({ eventType }) => eventType)).toEqual([0x02, 0x0a]);
  });
});

describe('legacy scanning with an extended filter policy', () => {
  it('reports what is directed to an unresolvable address by LE Directed Advertising Report (Vol 4, Part E, 7.7.65.11)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    const plain = await world.controller();
    const peerAddress = BdAddr.parse('4A:00:00:00:00:01');
    await scan(scanner.hci, { scanningFilterPolicy: 2 });
    await scan(plain.hci);
    await advertise(advertiser.hci, { advertisingType: 4, peerAddressType: 1, peerAddress });
    await world.clock.advance(300);
    const [event] = scanner.hci.all(leDirectedAdvertisingReport);
    expect(event!.reports[0]).toMatchObject({ eventType: 1, directAddressType: 1, rssi: -40 });
    expect(event!.reports[0]!.directAddress.equals(peerAddress)).toBe(true);
    plain.hci.silence();
  });
});

describe('backing off (Vol 6, Part B, 4.4.3.2)', () => {
  /** How many advertisements pass before the next request. */
  function passed(backoff: ScanBackoff): number {
    let count = 0;
    while (!backoff.permits()) count++;
    return count;
  }

  it('begins with a request at once, and keeps to that as long as it is answered', () => {
    const backoff = new ScanBackoff(new Dice(seededRandom(1)));
    for (let i = 0; i < 20; i++) {
      expect(passed(backoff)).toBe(0);
      backoff.sent(true);
    }
  });

  it('doubles its limit at every second failure in a row, up to 256', () => {
    const backoff = new ScanBackoff(new Dice(seededRandom(1)));
    let limit = 1;
    const most = new Map<number, number>();
    for (let i = 1; i <= 4000; i++) {
      const count = passed(backoff);
      expect(count).toBeLessThan(limit);
      most.set(limit, Math.max(most.get(limit) ?? 0, count));
      backoff.sent(false);
      if (i % 2 === 0) limit = Math.min(256, limit * 2);
    }
    expect(most.get(256)).toBeGreaterThan(240);
  });

  it('halves it at every second success in a row', () => {
    const backoff = new ScanBackoff(new Dice(seededRandom(2)));
    for (let i = 0; i < 16; i++) {
      passed(backoff);
      backoff.sent(false);
    }
    // 2 to the power of 8, and eight halvings back to 1.
    for (let i = 0; i < 16; i++) {
      passed(backoff);
      backoff.sent(true);
    }
    for (let i = 0; i < 10; i++) {
      expect(passed(backoff)).toBe(0);
      backoff.sent(true);
    }
  });
});

describe('one receiver', () => {
  it('is in one place at a time', () => {
    const schedule = new ReceiverSchedule();
    expect(schedule.reserve(0, 1000, 2000)).toBe(true);
    expect(schedule.reserve(0, 1999, 3000)).toBe(false);
    expect(schedule.reserve(0, 2000, 3000)).toBe(true);
    expect(schedule.isFree(500, 1000)).toBe(true);
    expect(schedule.isFree(500, 1001)).toBe(false);
    expect(schedule.isFree(2500, 2600)).toBe(false);
    expect(schedule.isFree(3000, 4000)).toBe(true);
  });

  it('plans eight receptions at most, and forgets those that are long over', () => {
    const schedule = new ReceiverSchedule();
    for (let i = 0; i < 8; i++) expect(schedule.reserve(0, i * 100, i * 100 + 50)).toBe(true);
    expect(schedule.reserve(0, 5000, 6000)).toBe(false);
    expect(schedule.reserve(100_000, 105_000, 106_000)).toBe(true);
  });

  it('serves both PHYs in each interval where the windows find room beside each other', () => {
    const windows = new ScanWindows(0, [
      { phy: 1, interval: 16, window: 8 },
      { phy: 3, interval: 16, window: 8 },
    ]);
    expect(windows.isOpen(1, 37, 0, 5000)).toBe(true);
    expect(windows.isOpen(3, 37, 0, 100)).toBe(false);
    expect(windows.isOpen(3, 37, 5000, 10_000)).toBe(true);
    expect(windows.isOpen(1, 38, 10_000, 15_000)).toBe(true);
    expect(windows.isOpen(2, 37, 0, 100)).toBe(false);
  });

  it('takes turns between the PHYs where they do not', () => {
    const windows = new ScanWindows(0, [
      { phy: 1, interval: 16, window: 16 },
      { phy: 3, interval: 32, window: 32 },
    ]);
    expect(windows.isOpen(1, 37, 0, 10_000)).toBe(true);
    expect(windows.isOpen(1, 37, 9_999, 10_001)).toBe(false);
    expect(windows.isOpen(3, 37, 10_000, 30_000)).toBe(true);
    expect(windows.isOpen(1, 38, 30_000, 40_000)).toBe(true);
    expect(windows.isOpen(3, 38, 40_000, 60_000)).toBe(true);
  });
});
