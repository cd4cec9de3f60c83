import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BdAddr, toHex } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leAdvertisingReport,
  leAdvertisingSetTerminated,
  leScanRequestReceived,
} from '../../../src/hci/events/index.js';
import { fullPersonality } from '../../../src/virtual/index.js';
import {
  advertiseExtended,
  enable,
  extendedReports,
  reassemble,
  scanExtended,
  setData,
  setParameters,
  timedReports,
} from '../extended.js';
import { advertise, scan, World } from '../world.js';

/** Octets that show where they are from. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

async function pair(world = new World()) {
  const advertiser = await world.controller();
  const scanner = await world.controller();
  return { world, advertiser, scanner };
}

describe('extended advertising', () => {
  it('brings data in an AUX_ADV_IND, with SID and secondary PHY (Vol 4, Part E, 7.7.65.13)', async () => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci);
    await advertiseExtended(advertiser.hci, { advertisingSid: 5, secondaryAdvertisingPhy: 2 }, pattern(40));
    await world.clock.advance(150);
    const [report] = extendedReports(scanner.hci);
    expect(report).toMatchObject({
      eventType: 0,
      addressType: 0,
      primaryPhy: 1,
      secondaryPhy: 2,
      advertisingSid: 5,
      txPower: 127,
      rssi: -40,
      periodicAdvertisingInterval: 0,
    });
    expect(report!.address.equals(advertiser.controller.address)).toBe(true);
    expect(report!.data).toEqual(pattern(40));
  });

  it('without data it says everything in the ADV_EXT_IND, which has no ADI (Vol 6, Part B, 2.3.1.5)', async () => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci);
    await advertiseExtended(advertiser.hci, { advertisingSid: 5, advertisingEventProperties: 0x40 });
    await world.clock.advance(150);
    const [report] = extendedReports(scanner.hci);
    expect(report).toMatchObject({
      eventType: 0,
      secondaryPhy: 0,
      advertisingSid: 0xff,
      txPower: 0,
      data: new Uint8Array(0),
    });
  });

  it.each([
    // 500 octets: AUX_ADV_IND bears 255 − 2 − 6 − 2 − 3 = 242; 258 are left, a chained PDU has room for 255 − 4 = 251,
    // so the first bears 248 and the second 10.
    ['LE 1M', 1, 500, [300 + (10 + 255) * 8, 300 + (10 + 4 + 10) * 8]],
    // LE 2M: (11 + n) × 4.
    ['LE 2M', 2, 500, [300 + (11 + 255) * 4, 300 + (11 + 4 + 10) * 4]],
    // LE Coded, S=8: 720 + 64 × n.
    ['LE Coded', 3, 500, [300 + 720 + 64 * 255, 300 + 720 + 64 * 14]],
  ])(
    'chains %s with T_MAFS between the PDUs (Vol 6, Part B, 2.2 and 4.1.2)',
    async (_what, phy, length, gaps) => {
      const { world, advertiser, scanner } = await pair();
      await scanExtended(scanner.hci);
      await advertiseExtended(advertiser.hci, { secondaryAdvertisingPhy: phy }, pattern(length));
      await world.clock.advance(200);
      // What is more than 229 octets is cut in two reports of the same moment.
      const at = [...new Set(timedReports(scanner.hci).map((report) => report.at))].slice(0, 3);
      expect([at[1]! - at[0]!, at[2]! - at[1]!]).toEqual(gaps);
    },
  );

  it.each([
    // ADV_EXT_IND with ADI and AuxPtr has 7 octets, 136 µs on LE 1M, and 300 µs lie between two.
    // AUX_ADV_IND with AdvA, ADI and 20 octets has 30.
    ['LE 1M to LE 1M', 1, 1, 3 * (136 + 300) + (10 + 30) * 8],
    ['LE 1M to LE 2M', 1, 2, 3 * (136 + 300) + (11 + 30) * 4],
    // 720 + 64 × 7 = 1168 µs on LE Coded.
    ['LE Coded to LE Coded', 3, 3, 3 * (1168 + 300) + 720 + 64 * 30],
  ])('takes the time on the air that %s takes', async (_what, primary, secondary, duration) => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci, { phys: [{ phy: primary }] });
    const phys = { primaryAdvertisingPhy: primary, secondaryAdvertisingPhy: secondary };
    await advertiser.hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters(phys));
    await setData(advertiser.hci, pattern(20));
    await enable(advertiser.hci, { maxEvents: 1 });
    await world.clock.advance(100);
    const [report] = timedReports(scanner.hci);
    const terminated = advertiser.hci.log.find((line) => line.includes('< 043e0612'))!;
    // The event ends with the AUX_ADV_IND.
    expect(report!.at).toBe(Math.round(Number.parseFloat(terminated) * 1000));
    const start = report!.at - duration;
    // It began at the random delay: up to 10 ms.
    expect(start).toBeGreaterThanOrEqual(0);
    expect(start).toBeLessThanOrEqual(10_000);
    // With the same seed, the event of a set without auxiliary packets begins at the same moment.
    const { world: other, advertiser: bare } = await pair();
    const noData = { primaryAdvertisingPhy: primary, secondaryAdvertisingPhy: secondary };
    await bare.hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters(noData));
    await setData(bare.hci, new Uint8Array(0));
    await enable(bare.hci, { maxEvents: 1 });
    await other.clock.advance(100);
    const over = bare.hci.log.find((line) => line.includes('< 043e0612'))!;
    const bareEnd = Math.round(Number.parseFloat(over) * 1000);
    // ADV_EXT_IND with AdvA has 8 octets.
    const single = primary === 1 ? (10 + 8) * 8 : 720 + 64 * 8;
    expect(bareEnd - (3 * single + 2 * 300)).toBe(start);
  });

  it('reports 1650 octets in a chain, whole', async () => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci);
    await advertiseExtended(advertiser.hci, {}, pattern(1650));
    await world.clock.advance(150);
    const reports = extendedReports(scanner.hci);
    expect(reassemble(reports)[0]).toEqual(pattern(1650));
    for (const { data } of reports) expect(data.length).toBeLessThanOrEqual(229);
  });

  it('reassembles whatever sets and data there are (property)', async () => {
    const set = fc.record({
      length: fc.oneof(fc.nat(60), fc.nat(1650)),
      phy: fc.constantFrom(1, 2),
      sid: fc.nat(15),
      scannable: fc.boolean(),
      size: fc.integer({ min: 20, max: 251 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(set, { minLength: 1, maxLength: 4, selector: ({ sid }) => sid }),
        fc.nat(),
        async (sets, seed) => {
          const { world, advertiser, scanner } = await pair(new World(seed));
          await scanExtended(scanner.hci, { active: true });
          for (const [handle, { length, phy, sid, scannable, size }] of sets.entries()) {
            await advertiser.hci.command(
              commands.leSetExtendedAdvertisingParametersV1,
              setParameters({
                advertisingHandle: handle,
                advertisingSid: sid,
                advertisingEventProperties: scannable ? 2 : 0,
                secondaryAdvertisingPhy: phy,
              }),
            );
            const data = pattern(scannable ? Math.max(1, length) : length);
            const command = scannable
              ? commands.leSetExtendedScanResponseData
              : commands.leSetExtendedAdvertisingData;
            await setData(advertiser.hci, data, { handle, command, size });
            await enable(advertiser.hci, { handle });
          }
          const found: ReturnType<typeof extendedReports> = [];
          const wholeOf = ({ sid, length, scannable }: (typeof sets)[number]) =>
            reassemble(
              found.filter(({ advertisingSid: one, eventType }) =>
                scannable ? one === sid && (eventType & 8) === 8 : one === (length === 0 ? 0xff : sid),
              ),
            );
          // Chains get into each other's way, and who asks in vain holds back for a while.
          for (let i = 0; i < 100 && !sets.every((one) => wholeOf(one).length > 0); i++) {
            await world.clock.advance(500);
            found.push(...extendedReports(scanner.hci));
          }
          for (const one of sets) {
            const whole = wholeOf(one);
            expect(whole.length).toBeGreaterThan(0);
            const expected = toHex(pattern(one.scannable ? Math.max(1, one.length) : one.length));
            for (const data of whole) expect(toHex(data)).toBe(expected);
          }
          world.air.close();
          expect(world.clock.pending).toBe(0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('says neither address nor type where it is anonymous', async () => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci);
    await advertiseExtended(
      advertiser.hci,
      { advertisingEventProperties: 0x20, advertisingSid: 2 },
      pattern(3),
    );
    await world.clock.advance(150);
    const [report] = extendedReports(scanner.hci);
    expect(report).toMatchObject({ addressType: 0xff, advertisingSid: 2, data: pattern(3) });
    expect(report!.address.equals(BdAddr.zero)).toBe(true);
  });

  it('changes the DID with the data, so that the duplicate filter lets it through (Vol 6, Part B, 4.4.2.11)', async () => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci, { filterDuplicates: 1 });
    await advertiseExtended(advertiser.hci, {}, pattern(3));
    await world.clock.advance(500);
    expect(extendedReports(scanner.hci)).toHaveLength(1);
    await setData(advertiser.hci, pattern(4));
    await world.clock.advance(500);
    expect(extendedReports(scanner.hci).map(({ data }) => data.length)).toEqual([4]);
    // Operation 4 changes the DID alone: 7.8.54.
    const unchanged = { advertisingHandle: 0, operation: 4, fragmentPreference: 0 };
    await advertiser.hci.command(commands.leSetExtendedAdvertisingData, {
      ...unchanged,
      advertisingData: new Uint8Array(0),
    });
    await world.clock.advance(500);
    expect(extendedReports(scanner.hci).map(({ data }) => data.length)).toEqual([4]);
  });

  it('ends after its duration with 0x3C, after its events with 0x43 (Vol 4, Part E, 7.7.65.18)', async () => {
    const { world, advertiser } = await pair();
    const { hci } = advertiser;
    for (const advertisingHandle of [3, 4]) {
      await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters({ advertisingHandle }));
    }
    await enable(hci, { handle: 3, duration: 50 });
    await enable(hci, { handle: 4, maxEvents: 9 });
    await world.clock.advance(499);
    hci.silence();
    await world.clock.advance(1);
    hci.event(leAdvertisingSetTerminated, {
      status: 0x3c,
      advertisingHandle: 3,
      numCompletedExtendedAdvertisingEvents: 0,
    });
    await world.clock.advance(600);
    hci.event(leAdvertisingSetTerminated, {
      status: 0x43,
      advertisingHandle: 4,
      numCompletedExtendedAdvertisingEvents: 9,
    });
    expect(advertiser.controller.activity.advertising).toBe(false);
    hci.silence();
  });

  it('begins its duration and its events anew when it is enabled again (Vol 4, Part E, 7.8.56)', async () => {
    const { world, advertiser } = await pair();
    const { hci } = advertiser;
    await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
    await enable(hci, { duration: 50 });
    await world.clock.advance(400);
    await enable(hci, { duration: 50 });
    await world.clock.advance(499);
    hci.silence();
    await world.clock.advance(1);
    hci.event(leAdvertisingSetTerminated, { status: 0x3c });
  });

  it('uses legacy PDUs where the set says so, which legacy scanners hear (Vol 4, Part E, 7.8.53)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const old = await world.controller();
    const scanner = await world.controller();
    await scan(old.hci, { leScanType: 1 });
    await scanExtended(scanner.hci, { active: true });
    const { hci } = advertiser;
    const properties = { advertisingEventProperties: 0x13, scanRequestNotificationEnable: 1 };
    await advertiseExtended(hci, properties, pattern(31), pattern(9));
    await world.clock.advance(1000);
    const types = new Set(old.hci.all(leAdvertisingReport).map(({ reports }) => reports[0]!.eventType));
    expect(types).toEqual(new Set([0, 4]));
    const reports = extendedReports(scanner.hci);
    expect(new Set(reports.map(({ eventType }) => eventType))).toEqual(new Set([0x13, 0x1b]));
    expect(reports[0]).toMatchObject({ primaryPhy: 1, secondaryPhy: 0, advertisingSid: 0xff, txPower: 127 });
    expect(hci.all(leScanRequestReceived).length).toBeGreaterThan(3);
  });

  it('is not heard by a scanner of the legacy commands (Vol 4, Part E, 7.8.11)', async () => {
    const { world, advertiser, scanner } = await pair();
    await scan(scanner.hci);
    await advertiseExtended(advertiser.hci, {}, pattern(10));
    await world.clock.advance(1000);
    scanner.hci.silence();
  });

  it('tells the host of the scan requests, and answers them with AUX_SCAN_RSP (Vol 6, Part B, 4.4.3.2)', async () => {
    const { world, advertiser, scanner } = await pair();
    await scanExtended(scanner.hci, { active: true });
    const properties = {
      advertisingEventProperties: 2,
      scanRequestNotificationEnable: 1,
      secondaryAdvertisingPhy: 2,
    };
    await advertiseExtended(advertiser.hci, properties, undefined, pattern(400));
    await world.clock.advance(150);
    const [request] = advertiser.hci.all(leScanRequestReceived);
    expect(request).toMatchObject({ advertisingHandle: 0, scannerAddressType: 0 });
    expect(request!.scannerAddress.equals(scanner.controller.address)).toBe(true);
    const timed = timedReports(scanner.hci);
    expect(timed[0]).toMatchObject({ eventType: 0x02, data: new Uint8Array(0) });
    expect(timed.slice(1).map(({ eventType }) => eventType & 0x1f)).toEqual(
      Array.from({ length: timed.length - 1 }, (_, i) => (timed[i + 1]!.eventType === 2 ? 2 : 0x0a)),
    );
    expect(reassemble(extendedReports(scanner.hci).filter(({ eventType }) => eventType & 8))[0]).toEqual(
      pattern(400),
    );
    // AUX_SCAN_REQ: 12 octets; AUX_SCAN_RSP: AdvA, ADI, AuxPtr and data up to 255 octets. (11 + n) × 4 on LE 2M.
    expect(timed[1]!.at - timed[0]!.at).toBe(150 + (11 + 12) * 4 + 150 + (11 + 255) * 4);
  });

  it('reports what is directed to the scanner alone (Vol 6, Part B, 4.3.3)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const target = await world.controller();
    const other = await world.controller();
    await scanExtended(target.hci);
    await scanExtended(other.hci);
    const directed = { advertisingEventProperties: 0x04, peerAddress: target.controller.address };
    await advertiseExtended(advertiser.hci, directed, pattern(5));
    await world.clock.advance(300);
    const [report] = extendedReports(target.hci);
    expect(report).toMatchObject({ eventType: 0x04, directAddressType: 0, data: pattern(5) });
    expect(report!.directAddress.equals(target.controller.address)).toBe(true);
    other.hci.silence();
  });

  it('reports what is directed to an unresolvable address with an extended filter policy (Vol 4, Part E, 7.8.64)', async () => {
    const { world, advertiser, scanner } = await pair();
    const peerAddress = BdAddr.parse('4A:00:00:00:00:01');
    await scanExtended(scanner.hci, { policy: 2 });
    const directed = { advertisingEventProperties: 0x04, peerAddressType: 1, peerAddress };
    await advertiseExtended(advertiser.hci, directed, pattern(5));
    await world.clock.advance(300);
    expect(extendedReports(scanner.hci)[0]).toMatchObject({ eventType: 0x04, directAddressType: 0xfe });
  });

  it.each([
    [0x40, 0x00],
    [0x10, 0x10],
  ])(
    'sends with the power that the host permits, as far as the radio can (properties 0x%s; Vol 4, Part E, 7.8.53)',
    async (advertisingEventProperties, eventType) => {
      const world = new World();
      const range = { ...fullPersonality, txPowerRange: { min: -40, max: 8 } };
      const advertiser = await world.controller(range);
      const scanner = await world.controller();
      await scanExtended(scanner.hci);
      for (const [advertisingTxPower, selected] of [
        [-20, -20],
        [-60, -40],
        [8, 0],
        [127, 0],
      ] as const) {
        const parameters = setParameters({ advertisingEventProperties, advertisingTxPower });
        const { selectedTxPower } = await advertiser.hci.command(
          commands.leSetExtendedAdvertisingParametersV1,
          parameters,
        );
        expect(selectedTxPower).toBe(selected);
        await setData(advertiser.hci, pattern(9));
        await enable(advertiser.hci);
        scanner.hci.received.length = 0;
        await world.clock.advance(150);
        await enable(advertiser.hci, { on: 0 });
        expect(extendedReports(scanner.hci)[0]).toMatchObject({
          eventType,
          rssi: -40 + selected,
          txPower: eventType === 0 ? selected : 127,
        });
      }
    },
  );

  it('does not reach as far with less power', async () => {
    const world = new World();
    const range = { ...fullPersonality, txPowerRange: { min: -40, max: 0 } };
    const advertiser = await world.controller(range);
    const scanner = await world.controller();
    // 40 dB over the first metre and 30 over the next: −70 dBm, and −100 with 30 dB less.
    advertiser.controller.position = { x: 31.6, y: 0, z: 0 };
    await scanExtended(scanner.hci);
    await advertiseExtended(advertiser.hci, { advertisingTxPower: -30 }, pattern(9));
    await world.clock.advance(1000);
    scanner.hci.silence();
  });

  it('needs a scanner that can receive the secondary PHY', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const without2M = { ...fullPersonality, leFeatures: fullPersonality.leFeatures & ~0x100n };
    const scanner = await world.controller(without2M);
    await scanExtended(scanner.hci);
    await advertiseExtended(advertiser.hci, { secondaryAdvertisingPhy: 2 }, pattern(5));
    await world.clock.advance(500);
    scanner.hci.silence();
  });

  it('is heard on LE Coded by those who scan there, on both PHYs in turn', async () => {
    const world = new World();
    const coded = await world.controller();
    const plain = await world.controller();
    const scanner = await world.controller();
    await scanExtended(scanner.hci, {
      phys: [
        { phy: 1, scanInterval: 96, scanWindow: 48 },
        { phy: 3, scanInterval: 96, scanWindow: 48 },
      ],
    });
    await advertiseExtended(coded.hci, { primaryAdvertisingPhy: 3, secondaryAdvertisingPhy: 3 }, pattern(5));
    await advertise(plain.hci);
    await world.clock.advance(5000);
    const reports = extendedReports(scanner.hci);
    const phys = new Set(reports.map(({ primaryPhy, secondaryPhy }) => `${primaryPhy}/${secondaryPhy}`));
    expect(phys).toEqual(new Set(['1/0', '3/3']));
  });

  it('cuts a chain short where the receiver is wanted elsewhere, and says so (Vol 4, Part E, 7.7.65.13)', async () => {
    const world = new World();
    const scanner = await world.controller();
    await scanExtended(scanner.hci);
    for (let n = 0; n < 12; n++) {
      const { hci } = await world.controller();
      const often = { primaryAdvertisingIntervalMin: 32, primaryAdvertisingIntervalMax: 40 };
      await advertiseExtended(hci, often, pattern(1500));
    }
    await world.clock.advance(2000);
    const reports = extendedReports(scanner.hci);
    const statuses = reports.map(({ eventType }) => eventType >> 5);
    expect(statuses).toContain(2);
    for (const data of reassemble(reports)) expect(data).toEqual(pattern(1500));
  });
});
