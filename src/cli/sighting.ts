import { significantLength } from '../api/adv-data.js';
import type { Advertisement } from '../api/advertisement.js';
import { AddressType, BdAddr } from '../core/address.js';
import { hexCode, toHex } from '../core/hex.js';
import { AdvertisingData, type AdvertisingReport } from '../gap/index.js';
import { type Output, printable } from './output.js';

/** Kinds of advertisement, by the Pycom API's `adv_type`. */
const kinds = ['connectable', 'directed', 'scannable', 'non-connectable', 'scan response'];
/** By the numbers of reports. */
const phys = [undefined, '1M', '2M', 'coded'];
/** Devices that are remembered; the one seen first is forgotten beyond it. */
const REMEMBERED = 4096;

/** An advertisement, decoded: an object as `--json` prints it. */
export interface Sighting {
  readonly address: string;
  readonly addressType: 'public' | 'random';
  readonly type: string;
  /** dBm; `null` when the controller cannot tell. */
  readonly rssi: number | null;
  readonly name: string | null;
  /** The services' UUIDs, in their shortest form. */
  readonly services: readonly string[];
  readonly appearance: number | null;
  /** dBm, as the device says: in its data, or in the header of an extended advertisement. */
  readonly txPower: number | null;
  /** Whether it was an extended advertisement. */
  readonly extended: boolean;
  /** The PHY of the advertising channel, and that of the data of an extended advertisement. */
  readonly primaryPhy: string;
  readonly secondaryPhy: string | null;
  /** The Advertising_SID of an extended advertisement. */
  readonly sid: number | null;
  /** The interval of its periodic advertising in milliseconds. */
  readonly periodicIntervalMs: number | null;
  readonly manufacturerData: readonly { readonly companyIdentifier: number; readonly data: string }[];
  readonly serviceData: readonly { readonly uuid: string; readonly data: string }[];
  /** All the octets: the advertising data, then the scan response. */
  readonly data: string;
}

/** Decodes an advertisement. */
export function toSighting(
  { mac, addr_type, adv_type, rssi, data }: Advertisement,
  report: AdvertisingReport,
): Sighting {
  const fields = new AdvertisingData(data);
  return {
    address: BdAddr.fromBytes(mac).toString(),
    addressType: (addr_type & 1) === AddressType.random ? 'random' : 'public',
    type: kinds[adv_type] ?? `type ${adv_type}`,
    rssi: rssi === 127 ? null : rssi,
    name: fields.localName ?? null,
    services: fields.serviceUuids.map((uuid) => uuid.toShortString()),
    appearance: fields.appearance ?? null,
    txPower: fields.txPower ?? report.txPower ?? null,
    extended: report.extended && !report.legacy,
    primaryPhy: phys[report.primaryPhy] ?? `PHY ${report.primaryPhy}`,
    secondaryPhy:
      report.secondaryPhy === 0 ? null : (phys[report.secondaryPhy] ?? `PHY ${report.secondaryPhy}`),
    sid: report.sid ?? null,
    periodicIntervalMs: report.periodicAdvertisingIntervalMs ?? null,
    manufacturerData: fields.allManufacturerData.map((one) => ({
      companyIdentifier: one.companyIdentifier,
      data: toHex(one.data),
    })),
    serviceData: fields.serviceData.map((one) => ({ uuid: one.uuid.toShortString(), data: toHex(one.data) })),
    data: toHex(data.subarray(0, significantLength(data))),
  };
}

/** A sighting as a line for people. */
export function sightingLine(sighting: Sighting, output: Output): string {
  const { address, addressType, rssi, type, name, services, manufacturerData, extended, sid } = sighting;
  const strength = rssi === null ? '?' : String(rssi);
  const parts = [
    output.emphasise(address, 'cyan'),
    addressType,
    `${strength.padStart(4)} dBm`,
    output.emphasise(type.padEnd(15), 'dim'),
  ];
  if (name !== null) parts.push(output.emphasise(printable(name), 'bold'));
  if (extended) {
    const set = sid === null ? 'extended' : `SID ${sid}`;
    parts.push(`${set} on ${sighting.secondaryPhy ?? sighting.primaryPhy}`);
  }
  if (services.length > 0) parts.push(`services ${services.join(' ')}`);
  for (const { companyIdentifier, data } of manufacturerData) {
    parts.push(`manufacturer ${hexCode(companyIdentifier, 4)} ${data}`.trimEnd());
  }
  return parts.join('  ').trimEnd();
}

/** What a {@link SightingLog} lets through. */
export interface SightingLogOptions {
  /** Every sighting, not each device once. */
  readonly all: boolean;
  /** Only devices with this text in their name, in capitals or not. */
  readonly name: string | undefined;
}

/** Remembers which devices were seen, and under which name. */
export class SightingLog {
  /** How many different devices were let through. */
  devices = 0;
  private readonly all: boolean;
  private readonly filter: string | undefined;
  /** By address: the name, and whether the device was let through. */
  private readonly seen = new Map<string, { name: string | null; shown: boolean }>();

  constructor({ all, name }: SightingLogOptions) {
    this.all = all;
    this.filter = name?.toLowerCase();
  }

  /** Whether to print it: a device once, and once more when its name comes later. */
  wants(sighting: Sighting): boolean {
    const entry = this.entry(`${sighting.address}/${sighting.addressType}`);
    const named = entry.name === null && sighting.name !== null;
    if (named) entry.name = sighting.name;
    if (this.filter !== undefined && !entry.name?.toLowerCase().includes(this.filter)) return false;
    const news = !entry.shown || named;
    if (!entry.shown) this.devices++;
    entry.shown = true;
    return this.all || news;
  }

  private entry(key: string): { name: string | null; shown: boolean } {
    let entry = this.seen.get(key);
    if (!entry) {
      entry = { name: null, shown: false };
      if (this.seen.size >= REMEMBERED) this.seen.delete(this.seen.keys().next().value!);
      this.seen.set(key, entry);
    }
    return entry;
  }
}
