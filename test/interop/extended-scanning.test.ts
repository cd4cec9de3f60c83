import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../src/core/hex.js';
import { type AdvertisingReport, Device, type PeriodicReport } from '../../src/gap/index.js';
import { airControllers, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const ADVERTISER = 'F0:00:5E:00:53:E0/random';
const octets = (count: number, step: number) =>
  toHex(Uint8Array.from({ length: count }, (_, i) => (i * step) & 0xff));

let device: Device | undefined;

describeInterop(
  "scanning of bluewire, with Bumble's host advertising, on bluewire air",
  ['bumble', 'bluewire'],
  () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it('hears 1650 octets of data and 600 of a scan response as one report each, and follows a train of 1650', async () => {
      const [ours, theirs] = await airControllers(2);
      await peer('extended_advertiser', theirs!.bumble).event('ready');
      device = await Device.open({ transport: ours!.port });
      const found = new Map<string, AdvertisingReport>();
      for await (const report of device.scan({ filter: { address: ADVERTISER } })) {
        if (report.truncated) continue;
        found.set(`${report.sid}${report.scanResponse ? ' answers' : ''}`, report);
        if (found.size === 3) break;
      }
      expect([...found.keys()].sort()).toEqual(['1', '2', '2 answers']);
      const long = found.get('1')!;
      expect(toHex(long.data)).toBe(octets(1650, 3));
      expect(long.periodicAdvertisingIntervalMs).toBe(100);
      expect(found.get('2')).toMatchObject({ dataLength: 0, scannable: true });
      expect(toHex(found.get('2 answers')!.data)).toBe(octets(600, 7));

      const train = await device.syncPeriodic(long);
      expect(train).toMatchObject({ sid: 1, intervalMs: 100, phy: '1M' });
      const reports: PeriodicReport[] = [];
      for await (const report of train) {
        if (report.truncated) continue;
        reports.push(report);
        if (reports.length === 3) break;
      }
      expect(new Set(reports.map(({ data }) => toHex(data)))).toEqual(new Set([octets(1650, 5)]));
      expect(device.scanning).toBe(false);
    });

    it('hears on LE Coded what is there, beside a scan on LE 1M that does not', async () => {
      const [ours, theirs] = await airControllers(2);
      await peer('extended_advertiser', theirs!.bumble).event('ready');
      device = await Device.open({ transport: ours!.port });
      const near: AdvertisingReport[] = [];
      let enough = () => {};
      const heard = new Promise<void>((resolve) => {
        enough = resolve;
      });
      const onReport = (report: AdvertisingReport) => void (near.push(report) === 3 && enough());
      const scan = await device.startScan({ active: false, onReport });
      const filter = { address: ADVERTISER };
      for await (const report of device.scan({ phys: ['coded'], filter, active: false })) {
        expect([report.sid, report.primaryPhy, report.secondaryPhy]).toEqual([3, 3, 3]);
        expect(toHex(report.data)).toBe(octets(40, 11));
        break;
      }
      await heard;
      await scan.stop();
      expect(near.every(({ sid, scanResponse }) => sid !== 3 && !scanResponse)).toBe(true);
    });
  },
);
