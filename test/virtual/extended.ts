import { AddressType, BdAddr, concatBytes } from '../../src/core/index.js';
import {
  type leExtendedCreateConnectionV1,
  leSetExtendedAdvertisingData,
  leSetExtendedAdvertisingEnable,
  leSetExtendedAdvertisingParametersV1,
  leSetExtendedScanEnable,
  leSetExtendedScanParameters,
  leSetExtendedScanResponseData,
} from '../../src/hci/commands/index.js';
import type { ParametersOf } from '../../src/hci/definition.js';
import { leExtendedAdvertisingReport } from '../../src/hci/events/index.js';
import { type HciScript, parseEvent } from '../support/hci-script.js';

type Parameters = ParametersOf<typeof leSetExtendedAdvertisingParametersV1>;
type CreateConnection = ParametersOf<typeof leExtendedCreateConnectionV1>;
type ScanPhy = ParametersOf<typeof leSetExtendedScanParameters>['scanningPhys'][number];

/** Parameters of an advertising set: neither connectable nor scannable, extended PDUs on LE 1M, every 100 ms. */
export function setParameters(change: Partial<Parameters> = {}): Parameters {
  return {
    advertisingHandle: 0,
    advertisingEventProperties: 0,
    primaryAdvertisingIntervalMin: 160,
    primaryAdvertisingIntervalMax: 160,
    primaryAdvertisingChannelMap: 7,
    ownAddressType: AddressType.public,
    peerAddressType: AddressType.public,
    peerAddress: BdAddr.zero,
    advertisingFilterPolicy: 0,
    advertisingTxPower: 127,
    primaryAdvertisingPhy: 1,
    secondaryAdvertisingMaxSkip: 0,
    secondaryAdvertisingPhy: 1,
    advertisingSid: 0,
    scanRequestNotificationEnable: 0,
    ...change,
  };
}

type DataCommand = typeof leSetExtendedAdvertisingData | typeof leSetExtendedScanResponseData;

/** Sets data of a set in as many fragments as it takes, at most `size` octets each. */
export async function setData(
  hci: HciScript,
  data: Uint8Array,
  { handle = 0, command = leSetExtendedAdvertisingData as DataCommand, size = 251 } = {},
): Promise<void> {
  for (let at = 0; at === 0 || at < data.length; at += size) {
    const isLast = at + size >= data.length;
    const operation = at === 0 ? (isLast ? 3 : 1) : isLast ? 2 : 0;
    const fragment = data.subarray(at, at + size);
    const common = { advertisingHandle: handle, operation, fragmentPreference: 0 };
    if (command === leSetExtendedScanResponseData) {
      await hci.command(leSetExtendedScanResponseData, { ...common, scanResponseData: fragment });
    } else await hci.command(leSetExtendedAdvertisingData, { ...common, advertisingData: fragment });
  }
}

/** Switches a set on. */
export async function enable(
  hci: HciScript,
  { handle = 0, duration = 0, maxEvents = 0, on = 1 } = {},
): Promise<void> {
  await hci.command(leSetExtendedAdvertisingEnable, {
    enable: on,
    sets: [{ advertisingHandle: handle, duration, maxExtendedAdvertisingEvents: maxEvents }],
  });
}

/** Sets parameters and data of a set, and switches it on. */
export async function advertiseExtended(
  hci: HciScript,
  change: Partial<Parameters> = {},
  data?: Uint8Array,
  response?: Uint8Array,
): Promise<void> {
  const parameters = setParameters(change);
  const handle = parameters.advertisingHandle;
  await hci.command(leSetExtendedAdvertisingParametersV1, parameters);
  if (data) await setData(hci, data, { handle });
  if (response) await setData(hci, response, { handle, command: leSetExtendedScanResponseData });
  await enable(hci, { handle });
}

/** Scans for extended advertising: always, passively, on LE 1M, unless told otherwise. */
export async function scanExtended(
  hci: HciScript,
  {
    phys = [{ phy: 1 }] as Partial<ScanPhy>[],
    active = false,
    policy = 0,
    filterDuplicates = 0,
    duration = 0,
    period = 0,
  } = {},
): Promise<void> {
  await hci.command(leSetExtendedScanParameters, {
    ownAddressType: AddressType.public,
    scanningFilterPolicy: policy,
    scanningPhys: phys.map((one) => ({
      phy: 1,
      scanType: active ? 1 : 0,
      scanInterval: 0x4000,
      scanWindow: 0x4000,
      ...one,
    })),
  });
  await hci.command(leSetExtendedScanEnable, { enable: 1, filterDuplicates, duration, period });
}

/** Parameters of LE Extended Create Connection: listen all the time, 7.5 ms, no latency, 1 s. */
export function createExtended(
  peerAddress: BdAddr,
  phys: readonly number[] = [1],
  change: Partial<CreateConnection> = {},
): CreateConnection {
  return {
    initiatorFilterPolicy: 0,
    ownAddressType: AddressType.public,
    peerAddressType: AddressType.public,
    peerAddress,
    initiatingPhys: phys.map((phy, i) => ({
      phy,
      scanInterval: 16,
      scanWindow: 16,
      connectionIntervalMin: 6 + i,
      connectionIntervalMax: 12,
      maxLatency: 0,
      supervisionTimeout: 100,
      minCeLength: 0,
      maxCeLength: 0,
    })),
    ...change,
  };
}

/** Takes all extended reports that have come, and leaves the rest. */
export function extendedReports(hci: HciScript) {
  return hci.all(leExtendedAdvertisingReport).flatMap((event) => event.reports);
}

/** Extended reports with the µs at which they came; they are not taken. */
export function timedReports(hci: HciScript) {
  return hci.log.flatMap((line) => {
    const [time, direction, hex] = line.split(' ');
    if (direction !== '<') return [];
    const event = parseEvent(leExtendedAdvertisingReport, Uint8Array.from(Buffer.from(hex!, 'hex')));
    return (event?.reports ?? []).map((report) => ({ at: Math.round(Number(time) * 1000), ...report }));
  });
}

type Report = ReturnType<typeof extendedReports>[number];

/** The data of reports put together, one array for each that was completed; truncated ones are left out. */
export function reassemble(reports: readonly Report[]): Uint8Array[] {
  const whole: Uint8Array[] = [];
  const open = new Map<string, Uint8Array[]>();
  for (const report of reports) {
    const key = `${report.address}/${report.addressType}/${report.advertisingSid}/${report.eventType & 0x1f}`;
    const parts = open.get(key) ?? [];
    const status = (report.eventType >> 5) & 3;
    parts.push(report.data);
    open.set(key, parts);
    if (status === 1) continue;
    open.delete(key);
    if (status === 0) whole.push(concatBytes(...parts));
  }
  return whole;
}
