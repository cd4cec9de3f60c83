import { describe, expect, it } from 'vitest';
import { BdAddr, concatBytes } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import {
  leExtendedAdvertisingReport,
  lePeriodicAdvertisingReportV1,
  lePeriodicAdvertisingSyncEstablishedV1,
  lePeriodicAdvertisingSyncLost,
  lePeriodicAdvertisingSyncTransferReceivedV1,
  leReadRemoteFeaturesPage0Complete,
} from '../../../src/hci/events/index.js';
import { type HciScript, parseEvent } from '../../support/hci-script.js';
import {
  advertiseExtended,
  createExtended,
  enable,
  extendedReports,
  scanExtended,
  setParameters,
} from '../extended.js';
import { type ScriptedController, World } from '../world.js';

const NO_ADVERTISER = 0xff;

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 11 + (i >> 8)) & 0xff);
}

/** Sets the periodic data of set 0 in fragments. */
async function setPeriodicData(hci: HciScript, data: Uint8Array): Promise<void> {
  for (let at = 0; at === 0 || at < data.length; at += 252) {
    const isLast = at + 252 >= data.length;
    await hci.command(commands.leSetPeriodicAdvertisingData, {
      advertisingHandle: 0,
      operation: at === 0 ? (isLast ? 3 : 1) : isLast ? 2 : 0,
      advertisingData: data.subarray(at, at + 252),
    });
  }
}

/** Begins a train of set 0, every 50 ms on LE 1M unless told otherwise. */
async function beginTrain(
  hci: HciScript,
  data: Uint8Array,
  { interval = 40, properties = 0, phy = 1, adi = false, sid = 3 } = {},
): Promise<void> {
  const parameters = setParameters({ secondaryAdvertisingPhy: phy, advertisingSid: sid });
  await hci.command(commands.leSetExtendedAdvertisingParametersV1, parameters);
  await hci.command(commands.leSetPeriodicAdvertisingParametersV1, {
    advertisingHandle: 0,
    periodicAdvertisingIntervalMin: interval,
    periodicAdvertisingIntervalMax: interval,
    periodicAdvertisingProperties: properties,
  });
  await setPeriodicData(hci, data);
  await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: adi ? 3 : 1, advertisingHandle: 0 });
  await enable(hci);
}

/** Parameters of LE Periodic Advertising Create Sync: SID 3, no skip, 1 s. */
function createSync(advertiserAddress: BdAddr, change: Partial<Parameters<typeof encode>[0]> = {}) {
  return {
    options: 0,
    advertisingSid: 3,
    advertiserAddressType: 0,
    advertiserAddress,
    skip: 0,
    syncTimeout: 100,
    syncCteType: 0,
    ...change,
  };
}
const encode = commands.lePeriodicAdvertisingCreateSync.parameters.encode;

function data(hci: HciScript): Uint8Array[] {
  const whole: Uint8Array[] = [];
  let parts: Uint8Array[] = [];
  for (const report of hci.all(lePeriodicAdvertisingReportV1)) {
    parts.push(report.data);
    if (report.dataStatus === 1) continue;
    if (report.dataStatus === 0) whole.push(concatBytes(...parts));
    parts = [];
  }
  return whole;
}

/** Throws away what has come. */
function clear(...scripts: HciScript[]): void {
  for (const hci of scripts) hci.received.length = 0;
}

/** Stops scanning. */
async function stopScanning(hci: HciScript): Promise<void> {
  clear(hci);
  await hci.command(commands.leSetExtendedScanEnable, {
    enable: 0,
    filterDuplicates: 0,
    duration: 0,
    period: 0,
  });
  clear(hci);
}

/** The µs at which periodic reports came. */
function reportTimes(hci: HciScript): number[] {
  return hci.log.flatMap((line) => {
    const [time, direction, hex] = line.split(' ');
    if (direction !== '<') return [];
    const packet = Uint8Array.from(Buffer.from(hex!, 'hex'));
    return parseEvent(lePeriodicAdvertisingReportV1, packet) ? [Math.round(Number(time) * 1000)] : [];
  });
}

interface Synced {
  readonly world: World;
  readonly advertiser: ScriptedController;
  readonly scanner: ScriptedController;
  readonly syncHandle: number;
}

async function synced(
  bytes: Uint8Array,
  train: Parameters<typeof beginTrain>[2] = {},
  change: Parameters<typeof createSync>[1] = {},
): Promise<Synced> {
  const world = new World();
  const advertiser = await world.controller();
  const scanner = await world.controller();
  await beginTrain(advertiser.hci, bytes, train);
  await scanner.hci.command(
    commands.lePeriodicAdvertisingCreateSync,
    createSync(advertiser.controller.address, change),
  );
  await scanExtended(scanner.hci);
  const { syncHandle } = await scanner.hci.eventually(lePeriodicAdvertisingSyncEstablishedV1, { status: 0 });
  return { world, advertiser, scanner, syncHandle };
}

describe('periodic advertising', () => {
  it('is told of in the AUX_ADV_IND, and established by its first packet (Vol 4, Part E, 7.7.65.14)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await beginTrain(advertiser.hci, pattern(20), { interval: 80, phy: 2 });
    await scanExtended(scanner.hci);
    await world.clock.advance(300);
    expect(extendedReports(scanner.hci)[0]).toMatchObject({
      periodicAdvertisingInterval: 80,
      secondaryPhy: 2,
    });
    await scanner.hci.command(
      commands.lePeriodicAdvertisingCreateSync,
      createSync(advertiser.controller.address),
    );
    const established = await scanner.hci.eventually(lePeriodicAdvertisingSyncEstablishedV1);
    expect(established).toMatchObject({
      status: 0,
      syncHandle: 0,
      advertisingSid: 3,
      advertiserAddressType: 0,
      advertiserPhy: 2,
      periodicAdvertisingInterval: 80,
      advertiserClockAccuracy: 4,
    });
    expect(established.advertiserAddress.equals(advertiser.controller.address)).toBe(true);
    await world.clock.advance(1000);
    expect(data(scanner.hci)[0]).toEqual(pattern(20));
  });

  it.each([
    // One packet: 2 + 20 octets of which the extended header is empty: length and AdvMode alone, 1 + 20.
    ['LE 1M', 1, 20],
    ['LE 2M', 2, 247],
    ['LE Coded', 3, 20],
  ])('comes every interval to the microsecond on %s', async (_what, phy, length) => {
    const { world, scanner } = await synced(pattern(length), { phy, interval: 80 });
    await world.clock.advance(2000);
    const times = reportTimes(scanner.hci);
    expect(times.length).toBeGreaterThan(18);
    for (let i = 1; i < times.length; i++) expect(times[i]! - times[i - 1]!).toBe(100_000);
  });

  it('carries 1650 octets in a chain, with T_MAFS between the PDUs (Vol 6, Part B, 4.1.2)', async () => {
    const { world, scanner } = await synced(pattern(1650));
    scanner.hci.log.length = 0;
    await world.clock.advance(200);
    expect(data(scanner.hci)[0]).toEqual(pattern(1650));
    const [first, second] = [...new Set(reportTimes(scanner.hci))];
    // Full PDUs follow each other: T_MAFS and (10 + 255) × 8 µs.
    expect(second! - first!).toBe(300 + 2120);
  });

  it('tells its TxPower when it is asked to (Vol 4, Part E, 7.8.61)', async () => {
    const { world, scanner } = await synced(pattern(5), { properties: 0x40 });
    await world.clock.advance(100);
    const [report] = scanner.hci.all(lePeriodicAdvertisingReportV1);
    expect(report).toMatchObject({ txPower: 0, rssi: -40, cteType: 0xff });
  });

  it('sends new data from the next event on', async () => {
    const { world, advertiser, scanner } = await synced(pattern(5));
    await setPeriodicData(advertiser.hci, pattern(7));
    clear(scanner.hci);
    await world.clock.advance(120);
    expect(data(scanner.hci).map(({ length }) => length)).toEqual([7, 7]);
  });

  it('goes on when the set stops, and ends with its own disable (Vol 4, Part E, 7.8.63)', async () => {
    const { world, advertiser, scanner, syncHandle } = await synced(pattern(5));
    await enable(advertiser.hci, { on: 0 });
    await world.clock.advance(500);
    expect(data(scanner.hci).length).toBeGreaterThan(8);
    await advertiser.hci.command(commands.leSetPeriodicAdvertisingEnable, {
      enable: 0,
      advertisingHandle: 0,
    });
    await world.clock.advance(940);
    expect(scanner.hci.all(lePeriodicAdvertisingSyncLost)).toEqual([]);
    // 1 s after the last packet: 7.8.67.
    await world.clock.advance(60);
    expect(scanner.hci.all(lePeriodicAdvertisingSyncLost)).toEqual([{ syncHandle }]);
  });

  it('is skipped as the host permits (Vol 4, Part E, 7.8.67)', async () => {
    const { world, scanner } = await synced(pattern(5), {}, { skip: 4 });
    clear(scanner.hci);
    await world.clock.advance(2500);
    // Every fifth event of 50 ms.
    expect(data(scanner.hci)).toHaveLength(10);
  });

  it('reports data once for each DID where duplicates are filtered (Vol 4, Part E, 7.8.67)', async () => {
    const { world, advertiser, scanner } = await synced(pattern(5), { adi: true }, { options: 4 });
    await world.clock.advance(500);
    expect(data(scanner.hci)).toHaveLength(1);
    await setPeriodicData(advertiser.hci, pattern(6));
    await world.clock.advance(500);
    expect(data(scanner.hci).map(({ length }) => length)).toEqual([6]);
  });

  it('is reported from the moment that the host wants it (Vol 4, Part E, 7.8.88)', async () => {
    const { world, scanner, syncHandle } = await synced(pattern(5), {}, { options: 2 });
    await world.clock.advance(500);
    expect(data(scanner.hci)).toHaveLength(0);
    clear(scanner.hci);
    await scanner.hci.command(commands.leSetPeriodicAdvertisingReceiveEnable, { syncHandle, enable: 1 });
    await world.clock.advance(500);
    expect(data(scanner.hci)).toHaveLength(10);
    clear(scanner.hci);
    await scanner.hci.command(commands.leSetPeriodicAdvertisingReceiveEnable, { syncHandle, enable: 0 });
    await world.clock.advance(500);
    expect(data(scanner.hci)).toHaveLength(0);
  });

  it('is found by the Periodic Advertiser List (Vol 4, Part E, 7.8.70)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const other = await world.controller();
    const scanner = await world.controller();
    await beginTrain(other.hci, pattern(5));
    await beginTrain(advertiser.hci, pattern(6));
    const entry = {
      advertiserAddressType: 0,
      advertiserAddress: advertiser.controller.address,
      advertisingSid: 3,
    };
    await scanner.hci.command(commands.leAddDeviceToPeriodicAdvertiserList, entry);
    await scanner.hci.refused(commands.leAddDeviceToPeriodicAdvertiserList, entry, 0x12);
    await scanExtended(scanner.hci);
    const request = createSync(BdAddr.zero, { options: 1, advertisingSid: NO_ADVERTISER });
    await scanner.hci.command(commands.lePeriodicAdvertisingCreateSync, request);
    const { advertiserAddress } = await scanner.hci.eventually(lePeriodicAdvertisingSyncEstablishedV1, {
      status: 0,
    });
    expect(advertiserAddress.equals(advertiser.controller.address)).toBe(true);
    clear(scanner.hci);
    await scanner.hci.command(commands.leRemoveDeviceFromPeriodicAdvertiserList, entry);
  });

  it('is sought until the host calls it off: 0x44 (Vol 4, Part E, 7.8.68)', async () => {
    const world = new World();
    const { hci } = await world.controller();
    await hci.refused(commands.lePeriodicAdvertisingCreateSyncCancel, {}, 0x0c);
    await hci.command(commands.lePeriodicAdvertisingCreateSync, createSync(BdAddr.zero));
    await hci.refused(commands.lePeriodicAdvertisingCreateSync, createSync(BdAddr.zero), 0x0c);
    await hci.refused(commands.lePeriodicAdvertisingTerminateSync, { syncHandle: 0 }, 0x0c);
    await hci.refused(commands.leClearPeriodicAdvertiserList, {}, 0x0c);
    await hci.command(commands.lePeriodicAdvertisingCreateSyncCancel, {});
    hci.event(lePeriodicAdvertisingSyncEstablishedV1, { status: 0x44 });
    await hci.refused(commands.lePeriodicAdvertisingTerminateSync, { syncHandle: 0 }, 0x42);
  });

  it('fails with 0x3E when none of its first packets comes (Vol 6, Part B, 4.4.5.1)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await beginTrain(advertiser.hci, pattern(5), { interval: 800 });
    const { address } = advertiser.controller;
    await scanner.hci.command(commands.lePeriodicAdvertisingCreateSync, createSync(address));
    await scanExtended(scanner.hci);
    await scanner.hci.eventually(leExtendedAdvertisingReport);
    advertiser.controller.powerOff();
    await world.clock.advance(7 * 1000 + 10);
    expect(scanner.hci.all(lePeriodicAdvertisingSyncEstablishedV1)[0]).toMatchObject({ status: 0x3e });
  });

  it('is received once: 0x0B for the second time, and no more after Terminate Sync', async () => {
    const { world, advertiser, scanner, syncHandle } = await synced(pattern(5));
    const { address } = advertiser.controller;
    await stopScanning(scanner.hci);
    clear(scanner.hci);
    await scanner.hci.refused(commands.lePeriodicAdvertisingCreateSync, createSync(address), 0x0b);
    await scanner.hci.command(commands.lePeriodicAdvertisingTerminateSync, { syncHandle });
    await world.clock.advance(2000);
    scanner.hci.silence();
  });

  it('is given up with 0x1A where the host wants Constant Tone Extensions alone', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const scanner = await world.controller();
    await beginTrain(advertiser.hci, pattern(5));
    const request = createSync(advertiser.controller.address, { syncCteType: 0x10 });
    await scanner.hci.command(commands.lePeriodicAdvertisingCreateSync, request);
    await scanExtended(scanner.hci);
    await scanner.hci.eventually(lePeriodicAdvertisingSyncEstablishedV1, { status: 0x1a });
    await world.clock.advance(300);
    expect(data(scanner.hci)).toEqual([]);
  });
});

/** A connection between two, with the features of the other known to both. */
async function connectedPair(world: World, central: ScriptedController, peripheral: ScriptedController) {
  await advertiseExtended(peripheral.hci, { advertisingHandle: 9, advertisingEventProperties: 1 });
  const { address } = peripheral.controller;
  await central.hci.command(commands.leExtendedCreateConnectionV1, createExtended(address));
  await world.clock.advance(300);
  clear(central.hci, peripheral.hci);
  await central.hci.command(commands.leReadRemoteFeaturesPage0, { connectionHandle: 1 });
  await central.hci.eventually(leReadRemoteFeaturesPage0Complete, { status: 0 });
}

describe('periodic advertising sync transfer', () => {
  it('hands a train that is received on to a peer (Vol 6, Part B, 5.1.13)', async () => {
    const { world, advertiser, scanner, syncHandle } = await synced(pattern(9), { interval: 80 });
    const peer = await world.controller();
    await stopScanning(scanner.hci);
    await connectedPair(world, scanner, peer);
    clear(scanner.hci, peer.hci);
    const handles = { connectionHandle: 1, serviceData: 0x1234, syncHandle };
    // Without parameters the peer takes no trains: 7.8.92.
    await scanner.hci.command(commands.lePeriodicAdvertisingSyncTransfer, handles);
    await world.clock.advance(500);
    peer.hci.silence();
    clear(scanner.hci);
    await peer.hci.command(commands.leSetPeriodicAdvertisingSyncTransferParameters, {
      connectionHandle: 1,
      mode: 2,
      skip: 0,
      syncTimeout: 100,
      cteType: 0,
    });
    clear(scanner.hci);
    await scanner.hci.command(commands.lePeriodicAdvertisingSyncTransfer, handles);
    const transferred = await peer.hci.eventually(lePeriodicAdvertisingSyncTransferReceivedV1, {}, 500);
    expect(transferred).toMatchObject({
      status: 0,
      connectionHandle: 1,
      serviceData: 0x1234,
      syncHandle: 0,
      advertisingSid: 3,
      advertiserPhy: 1,
      periodicAdvertisingInterval: 80,
      advertiserClockAccuracy: 4,
    });
    expect(transferred.advertiserAddress.equals(advertiser.controller.address)).toBe(true);
    await world.clock.advance(500);
    expect(data(peer.hci)[0]).toEqual(pattern(9));
  });

  it('hands on the own train, to those that take trains by default (Vol 4, Part E, 7.8.90 and 7.8.92)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const peer = await world.controller();
    await beginTrain(advertiser.hci, pattern(9), { adi: true });
    await peer.hci.command(commands.leSetDefaultPeriodicAdvertisingSyncTransferParameters, {
      mode: 3,
      skip: 0,
      syncTimeout: 100,
      cteType: 0,
    });
    const told = { connectionHandle: 1, serviceData: 7, advertisingHandle: 0 };
    await advertiser.hci.refused(commands.lePeriodicAdvertisingSetInfoTransfer, told, 0x02);
    await connectedPair(world, advertiser, peer);
    await advertiser.hci.command(commands.lePeriodicAdvertisingSetInfoTransfer, told);
    await peer.hci.eventually(
      lePeriodicAdvertisingSyncTransferReceivedV1,
      { status: 0, serviceData: 7 },
      500,
    );
    await world.clock.advance(500);
    expect(data(peer.hci)).toEqual([pattern(9)]);
  });

  it('refuses to tell a peer that does not take trains: 0x1A (Vol 4, Part E, 7.8.90)', async () => {
    const world = new World();
    const advertiser = await world.controller();
    const { fullPersonality } = await import('../../../src/virtual/index.js');
    const peer = await world.controller({
      ...fullPersonality,
      leFeatures: fullPersonality.leFeatures & ~(1n << 25n),
    });
    await beginTrain(advertiser.hci, pattern(9));
    await connectedPair(world, advertiser, peer);
    const told = { connectionHandle: 1, serviceData: 7, advertisingHandle: 0 };
    await advertiser.hci.refused(commands.lePeriodicAdvertisingSetInfoTransfer, told, 0x1a);
    await advertiser.hci.refused(
      commands.lePeriodicAdvertisingSyncTransfer,
      { connectionHandle: 1, serviceData: 7, syncHandle: 0 },
      0x42,
    );
  });
});

describe('periodic advertising given a wrong command', () => {
  it('answers by the rules of Vol 4, Part E, 7.8.61 to 7.8.63', async () => {
    const { hci } = await new World().controller();
    const train = {
      advertisingHandle: 0,
      periodicAdvertisingIntervalMin: 8,
      periodicAdvertisingIntervalMax: 8,
      periodicAdvertisingProperties: 0,
    };
    const parameters = commands.leSetPeriodicAdvertisingParametersV1;
    const bytes = { advertisingHandle: 0, operation: 3, advertisingData: pattern(9) };
    await hci.refused(parameters, train, 0x42);
    await hci.refused(commands.leSetPeriodicAdvertisingData, bytes, 0x42);
    await hci.refused(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 }, 0x42);
    for (const advertisingEventProperties of [0x01, 0x02, 0x10, 0x20]) {
      const set = setParameters({ advertisingEventProperties });
      await hci.command(commands.leSetExtendedAdvertisingParametersV1, set);
      await hci.refused(parameters, train, 0x12);
    }
    await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
    await hci.refused(parameters, { ...train, periodicAdvertisingIntervalMin: 5 }, 0x12);
    await hci.refused(parameters, { ...train, periodicAdvertisingIntervalMin: 9 }, 0x12);
    await hci.refused(parameters, { ...train, periodicAdvertisingProperties: 1 }, 0x12);
    await hci.refused(commands.leSetPeriodicAdvertisingData, bytes, 0x0c);
    await hci.refused(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 }, 0x0c);
    await hci.command(parameters, train);
    await hci.refused(commands.leSetPeriodicAdvertisingData, { ...bytes, operation: 2 }, 0x0c);
    await hci.command(commands.leSetPeriodicAdvertisingData, { ...bytes, operation: 1 });
    await hci.refused(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 }, 0x0c);
    await hci.command(commands.leSetPeriodicAdvertisingData, { ...bytes, operation: 2 });
    await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 });
    await hci.refused(parameters, train, 0x0c);
    await hci.refused(commands.leSetPeriodicAdvertisingData, { ...bytes, operation: 1 }, 0x0c);
    // Without ADI there is no DID to change.
    const unchanged = { ...bytes, operation: 4, advertisingData: new Uint8Array(0) };
    await hci.refused(commands.leSetPeriodicAdvertisingData, unchanged, 0x12);
    await hci.refused(commands.leSetPeriodicAdvertisingEnable, { enable: 4, advertisingHandle: 0 }, 0x12);
    await hci.refused(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 }, 0x0c);
    await hci.refused(commands.leClearAdvertisingSets, {}, 0x0c);
    await hci.command(commands.leSetPeriodicAdvertisingEnable, { enable: 0, advertisingHandle: 0 });
    await hci.command(commands.leRemoveAdvertisingSet, { advertisingHandle: 0 });
  });

  it('refuses data that no interval has room for: 0x45 (Vol 4, Part E, 7.8.61)', async () => {
    const { hci } = await new World().controller();
    await hci.command(commands.leSetExtendedAdvertisingParametersV1, setParameters());
    const train = {
      advertisingHandle: 0,
      periodicAdvertisingIntervalMin: 6,
      periodicAdvertisingIntervalMax: 6,
      periodicAdvertisingProperties: 0,
    };
    await hci.command(commands.leSetPeriodicAdvertisingParametersV1, train);
    // 1000 octets take four PDUs and 10.2 ms.
    await setPeriodicData(hci, pattern(1000));
    await hci.refused(commands.leSetPeriodicAdvertisingEnable, { enable: 1, advertisingHandle: 0 }, 0x45);
    await hci.refused(commands.leSetPeriodicAdvertisingParametersV1, train, 0x45);
  });
});
