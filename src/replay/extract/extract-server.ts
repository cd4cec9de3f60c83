import { Address, BdAddr, randomAddressKind } from '../../core/address.js';
import { u16At } from '../../core/bytes.js';
import { BleError } from '../../core/errors.js';
import { toHex } from '../../core/hex.js';
import { type CaptureRecord, readCapture } from '../../hci/capture/index.js';
import type {
  AdvertisingDescription,
  ConnectionDescription,
  DeviceDescription,
} from '../../virtual/devices/description.js';
import { describeServices } from './describe.js';
import {
  type CapturedAdvertiser,
  type CapturedLink,
  type CapturedParameters,
  capturedPeers,
} from './links.js';
import { ObservedServer } from './observed-server.js';

/** Options of {@link extractServer}. */
export interface ExtractOptions {
  /** The peer, where the capture has several: `C0:DE:C0:00:00:01/random`, or without the type. */
  readonly address?: string;
  /** The link, by its Connection_Handle, where the capture has no addresses. */
  readonly handle?: number;
  /** Whether its scripts of notifications begin again when they are over; false. */
  readonly repeat?: boolean;
  /** A notification so many milliseconds after a write, before the next one, may be its answer; 500. */
  readonly answerWindowMs?: number;
  /** The notifications of one characteristic that are kept; 2000. */
  readonly maxValues?: number;
}

/** A peer's ATT server, as far as a capture shows it. */
export interface Extraction {
  /** For `describedDevice`, and for a JSON file. */
  readonly description: DeviceDescription;
  /** The peer's address as it was seen; `undefined` where the capture begins behind the connection. */
  readonly address: string | undefined;
  /** What the capture does not show, and what was assumed in its place, a sentence each. */
  readonly missing: readonly string[];
  /** The parameters that its connections had, in their order. */
  readonly parameters: readonly CapturedParameters[];
  /** The links that it was put together from. */
  readonly links: number;
}

/** A capture has no server that could be extracted, or several. */
export class ExtractError extends BleError {
  /** `EXTRACT_NOTHING` or `EXTRACT_AMBIGUOUS`. */
  readonly code: string;
  /** The peers there are to choose from. */
  readonly addresses: readonly string[];

  constructor(message: string, code: string, addresses: readonly string[]) {
    super(message);
    this.code = code;
    this.addresses = addresses;
  }
}

/** A static random address for a device whose own the capture does not have. */
const UNKNOWN_ADDRESS = 'C0:DE:C0:FF:FF:FF/random';
/** Of the wait from one advertisement to the next, what is added by chance: 0–10 ms (Core Vol 6, Part B, 4.4.2.2). */
const ADVERTISING_DELAY_MS = 5;
const DEVICE_NAME = 0x2a00;

/**
 * Rebuilds the ATT server of a peripheral from a capture in which a central talks to it: services, includes,
 * characteristics and descriptors at their handles, values, refusals, notifications at their times, MTU, advertising data.
 *
 * ```ts
 * const { description, missing } = extractServer(await readFile('field.btsnoop'));
 * await using world = await createWorld({ devices: [await describedDevice(description)] });
 * ```
 * @param capture a capture file's octets, or its records
 * @throws {ExtractError} when nobody's attributes are in it, or those of several peers and `address` does not choose
 */
export function extractServer(
  capture: Uint8Array | Iterable<CaptureRecord>,
  options: ExtractOptions = {},
): Extraction {
  const records = capture instanceof Uint8Array ? readCapture(capture).list : capture;
  const { links, advertisers } = capturedPeers(records);
  const { handle } = options;
  const some = handle === undefined ? links : links.filter((link) => link.handle === handle);
  const chosen = choose(some, options.address);
  const server = new ObservedServer();
  for (const link of chosen) server.link(link);
  const { answerWindowMs = 500, maxValues = 2000, repeat = false } = options;
  const { services, missing } = describeServices(server, { answerWindowMs, maxValues });
  const lacking = [...missing];
  const [first] = chosen;
  const peer = first?.peer;
  const advertiser = peer && advertisers.get(peer.toString());
  const advertising = advertisingOf(advertiser, lacking);
  if (server.mtu === undefined) lacking.push('MTU: it was not exchanged');
  const connection = connectionOf(chosen);
  const description: DeviceDescription = {
    name: nameOf(server, advertiser) ?? unnamed(lacking),
    address: addressOf(peer, lacking),
    ...(advertising === undefined ? {} : { advertising }),
    ...(server.mtu === undefined || server.mtu < 23 ? {} : { mtu: Math.min(server.mtu, 517) }),
    ...(connection === undefined ? {} : { connection }),
    genericServices: false,
    services: repeat ? services.map(repeating) : services,
  };
  return {
    description,
    address: peer?.toString(),
    missing: lacking,
    parameters: chosen.flatMap(({ parameters }) => parameters),
    links: chosen.length,
  };
}

/** The links to one peer with attributes of its. */
function choose(links: readonly CapturedLink[], wanted: string | undefined): readonly CapturedLink[] {
  const groups = new Map<string, CapturedLink[]>();
  for (const link of links) {
    if (!link.att.some(({ sent, octets }) => !sent && isResponse(octets[0]!))) continue;
    const key = link.peer?.toString() ?? `handle ${link.handle}, of which the capture has no address`;
    groups.set(key, [...(groups.get(key) ?? []), link]);
  }
  const known = [...groups.keys()];
  const list = known.map((one) => `\n  ${one}`).join('');
  if (wanted !== undefined) {
    const bd = wanted.split('/')[0]!;
    const hasType = wanted.includes('/');
    // Throws for what is no address.
    const address = Address.parse(wanted);
    const found = [...groups.values()].find(([link]) => {
      const peer = link!.peer;
      return peer && (hasType ? peer.equals(address) : peer.bd.equals(BdAddr.parse(bd)));
    });
    if (found) return found;
    const there = known.length === 0 ? 'nobody answered ATT requests in it' : `those that did are:${list}`;
    throw new ExtractError(
      `${wanted} answered no ATT requests in this capture; ${there}`,
      'EXTRACT_NOTHING',
      known,
    );
  }
  if (known.length === 0) {
    throw new ExtractError(
      'nobody answered ATT requests in this capture: it wants to be that of a central that reads a peripheral',
      'EXTRACT_NOTHING',
      [],
    );
  }
  if (known.length > 1) {
    throw new ExtractError(
      `several peers have attributes in this capture: choose one by its address, or by its handle:${list}`,
      'EXTRACT_AMBIGUOUS',
      known,
    );
  }
  return groups.get(known[0]!)!;
}

/** Responses with an attribute or a value in them. */
function isResponse(opcode: number): boolean {
  return opcode === 0x1b || opcode === 0x1d || (opcode >= 0x05 && opcode <= 0x13 && (opcode & 1) === 1);
}

function repeating(service: NonNullable<DeviceDescription['services']>[number]) {
  const characteristics = (service.characteristics ?? []).map((one) => {
    const { notifications } = one;
    // One that takes no time would go on without end within it.
    if (!notifications?.values.some(({ afterMs }) => afterMs > 0)) return one;
    return { ...one, notifications: { ...notifications, repeat: true } };
  });
  return { ...service, characteristics };
}

function nameOf(server: ObservedServer, advertiser: CapturedAdvertiser | undefined): string | undefined {
  const named = [...server.characteristics.values()].find(({ uuid }) => uuid.short === DEVICE_NAME);
  const value = named && server.attributes.get(named.valueHandle)?.value;
  if (value && value.length > 0) return text(value);
  for (const data of [advertiser?.data, advertiser?.scanResponse]) {
    for (const type of [0x09, 0x08]) {
      const name = data && structure(data, type);
      if (name && name.length > 0) return text(name);
    }
  }
  return undefined;
}

function text(octets: Uint8Array): string {
  return (
    new TextDecoder()
      .decode(octets.subarray(0, 248))
      .replaceAll('\0', '')
      .replace(/\uFFFD$/, '') || 'unnamed'
  );
}

/** The contents of the first AD structure of a type. */
function structure(data: Uint8Array, type: number): Uint8Array | undefined {
  for (let at = 0; at < data.length; at += 1 + data[at]!) {
    const length = data[at]!;
    if (length === 0 || at + 1 + length > data.length) return undefined;
    if (data[at + 1] === type) return data.subarray(at + 2, at + 1 + length);
  }
  return undefined;
}

function unnamed(missing: string[]): string {
  missing.push('name: neither advertised nor read');
  return 'unnamed';
}

/** The address, as a device may have it for good: of one that changes, the static one that is made of it. */
function addressOf(peer: Address | undefined, missing: string[]): string {
  if (!peer) {
    missing.push(`address: the capture begins behind the connection; ${UNKNOWN_ADDRESS} stands in its place`);
    return UNKNOWN_ADDRESS;
  }
  if (!peer.isRandom || randomAddressKind(peer.bd) === 'static') return peer.toString();
  const octets = peer.bd.bytes;
  octets[0] = octets[0]! | 0xc0;
  const made = new Address(BdAddr.fromBytes(octets), peer.type);
  missing.push(
    `address: ${peer} is ${randomAddressKind(peer.bd)}, which no device keeps; ${made} stands in its place`,
  );
  return made.toString();
}

const types = ['connectable', undefined, 'scannable', 'nonConnectable'] as const;

function advertisingOf(
  advertiser: CapturedAdvertiser | undefined,
  missing: string[],
): AdvertisingDescription | undefined {
  const data = fitting(advertiser?.data, 'advertising data', missing);
  const scanResponse = fitting(advertiser?.scanResponse, 'scan response', missing);
  if (!advertiser) {
    missing.push('advertising data: no advertisement of this address was received');
    return undefined;
  }
  const type = types[advertiser.type ?? 0];
  const interval = intervalOf(advertiser.times);
  if (interval === undefined) missing.push('advertising interval: too few advertisements were received');
  return {
    // Whoever was connected to took connections, whatever was received of it.
    ...(type === undefined || type === 'nonConnectable' ? {} : { type }),
    ...(data === undefined ? {} : { data }),
    ...(scanResponse === undefined ? {} : { scanResponse }),
    ...(interval === undefined ? {} : { intervalMinMs: interval, intervalMaxMs: interval }),
  };
}

function fitting(data: Uint8Array | undefined, what: string, missing: string[]): string | undefined {
  if (data && data.length > 31) {
    missing.push(
      `${what}: ${data.length} octets of extended advertising, which a description has no place for`,
    );
    return undefined;
  }
  return data && toHex(data);
}

/** The shortest wait that was usual: many advertisements are not received, and make longer ones. */
function intervalOf(times: readonly number[]): number | undefined {
  const waits = times.slice(1).map((at, i) => at - times[i]!);
  const possible = waits.filter((wait) => wait >= 20).sort((one, other) => one - other);
  if (possible.length < 4) return undefined;
  const usual = possible[Math.floor(possible.length / 10)]! - ADVERTISING_DELAY_MS;
  return Math.min(10_240, Math.max(20, Math.round(usual / 0.625) * 0.625));
}

/** What the peer asked its central for. */
function connectionOf(links: readonly CapturedLink[]): ConnectionDescription | undefined {
  for (const { asked, began } of links) {
    for (const { at, pdu } of asked) {
      const [intervalMin, intervalMax] = [u16At(pdu, 4), u16At(pdu, 6)];
      const [latency, timeout] = [u16At(pdu, 8), u16At(pdu, 10)];
      const isValid = intervalMin >= 6 && intervalMin <= intervalMax && intervalMax <= 3200 && latency < 500;
      if (!isValid || timeout < 10 || timeout > 3200 || timeout * 4 <= (1 + latency) * intervalMax) continue;
      return {
        afterMs: Math.round(at - began),
        intervalMinMs: intervalMin * 1.25,
        intervalMaxMs: intervalMax * 1.25,
        latency,
        supervisionTimeoutMs: timeout * 10,
      };
    }
  }
  return undefined;
}
