import { checkBytes, checkInteger, checkKeys } from '../core/check.js';
import { Uuid, type UuidLike } from '../core/uuid.js';
import { AdType, type AdvertisingStructure } from './advertising-types.js';

/** What to advertise; the structures are laid out in the order of these fields. Core Vol 3, Part C, 11. */
export interface AdvertisingDataFields {
  /** The Flags, one octet (see `AdvertisingFlags`). Not permitted in a scan response. */
  readonly flags?: number;
  /** Services, of which these are all. Each width gets a list of its own; UUIDs on the Bluetooth base go as 16 or 32 bits. */
  readonly serviceUuids?: readonly UuidLike[];
  /** Services, of which there are more. */
  readonly incompleteServiceUuids?: readonly UuidLike[];
  /** The name of the device, whole. */
  readonly completeLocalName?: string;
  /** The beginning of the name of the device. */
  readonly shortenedLocalName?: string;
  /** The power that the advertisement is sent with, -127 to 127 dBm. */
  readonly txPower?: number;
  /** What the device looks like (assigned numbers, 2.6). */
  readonly appearance?: number;
  /** Data of a manufacturer behind its company identifier. */
  readonly manufacturerData?: { readonly companyIdentifier: number; readonly data: Uint8Array };
  /** Data of services. */
  readonly serviceData?: readonly { readonly uuid: UuidLike; readonly data: Uint8Array }[];
  /** Services that the device looks for in others. */
  readonly solicitedServiceUuids?: readonly UuidLike[];
  /** Structures of any other type, as they are. */
  readonly structures?: readonly AdvertisingStructure[];
}

const known = [
  'flags',
  'serviceUuids',
  'incompleteServiceUuids',
  'completeLocalName',
  'shortenedLocalName',
  'txPower',
  'appearance',
  'manufacturerData',
  'serviceData',
  'solicitedServiceUuids',
  'structures',
];

/** The types of a list of UUIDs of 16, 32 and 128 bits. */
type ListTypes = readonly [uuids16: number, uuids32: number, uuids128: number];

const complete: ListTypes = [
  AdType.completeServiceUuids16,
  AdType.completeServiceUuids32,
  AdType.completeServiceUuids128,
];
const incomplete: ListTypes = [
  AdType.incompleteServiceUuids16,
  AdType.incompleteServiceUuids32,
  AdType.incompleteServiceUuids128,
];
const solicited: ListTypes = [
  AdType.solicitationUuids16,
  AdType.solicitationUuids32,
  AdType.solicitationUuids128,
];
const serviceDataTypes: ListTypes = [AdType.serviceData16, AdType.serviceData32, AdType.serviceData128];

/** A structure with the field that it comes from, for messages. */
interface Named extends AdvertisingStructure {
  readonly field: string;
}

/**
 * Lays out advertising data or a scan response.
 * @param content fields, or structures in their order
 * @param limit how many octets there may be: 31 for legacy advertising, up to 1650 for extended
 * @throws {RangeError} naming the octets over, and what takes how many, when it does not fit
 * @throws {TypeError} on a field that there is not
 */
export function buildAdvertisingData(
  content: AdvertisingDataFields | readonly AdvertisingStructure[],
  limit = 31,
): Uint8Array {
  const structures = isStructures(content) ? raw(content) : fromFields(content);
  const size = structures.reduce((total, { data }) => total + 2 + data.length, 0);
  if (size > limit) {
    const shares = structures.map(({ field, data }) => `${field} ${2 + data.length}`).join(', ');
    throw new RangeError(
      `advertising data: ${size} octets do not fit in ${limit}, ${size - limit} are over (${shares}): ` +
        'leave something out, shorten the name, or move a part to the scan response',
    );
  }
  const octets = new Uint8Array(size);
  let at = 0;
  for (const { type, data } of structures) {
    octets[at] = data.length + 1;
    octets[at + 1] = type;
    octets.set(data, at + 2);
    at += 2 + data.length;
  }
  return octets;
}

function isStructures(
  content: AdvertisingDataFields | readonly AdvertisingStructure[],
): content is readonly AdvertisingStructure[] {
  return Array.isArray(content);
}

function raw(structures: readonly AdvertisingStructure[]): Named[] {
  return structures.map(({ type, data }, index) => {
    const field = `structures[${index}]`;
    return {
      field,
      type: checkInteger(`${field}.type`, type, 0, 255),
      data: checkBytes(`${field}.data`, data, 0, 254),
    };
  });
}

function fromFields(fields: AdvertisingDataFields): Named[] {
  checkKeys('advertising data', fields, known);
  const { flags, completeLocalName, shortenedLocalName, txPower, appearance, manufacturerData } = fields;
  const found: Named[] = [];
  const add = (field: string, type: number, data: Uint8Array) => {
    found.push({ field, type, data: checkBytes(field, data, 0, 254) });
  };
  if (flags !== undefined) add('flags', AdType.flags, Uint8Array.of(checkInteger('flags', flags, 0, 255)));
  addUuids('serviceUuids', fields.serviceUuids, complete, add);
  addUuids('incompleteServiceUuids', fields.incompleteServiceUuids, incomplete, add);
  if (completeLocalName !== undefined) {
    add('completeLocalName', AdType.completeLocalName, utf8('completeLocalName', completeLocalName));
  }
  if (shortenedLocalName !== undefined) {
    add('shortenedLocalName', AdType.shortenedLocalName, utf8('shortenedLocalName', shortenedLocalName));
  }
  if (txPower !== undefined) {
    add('txPower', AdType.txPowerLevel, Uint8Array.of(checkInteger('txPower', txPower, -127, 127) & 0xff));
  }
  if (appearance !== undefined) add('appearance', AdType.appearance, u16('appearance', appearance));
  if (manufacturerData !== undefined) {
    const { companyIdentifier, data } = manufacturerData;
    const company = u16('manufacturerData.companyIdentifier', companyIdentifier);
    const rest = checkBytes('manufacturerData.data', data, 0, 252);
    add('manufacturerData', AdType.manufacturerSpecificData, Uint8Array.of(...company, ...rest));
  }
  for (const [index, { uuid, data }] of (fields.serviceData ?? []).entries()) {
    const [type, wire] = widthOf(Uuid.from(uuid), serviceDataTypes);
    const rest = checkBytes(`serviceData[${index}].data`, data, 0, 254 - wire.length);
    add('serviceData', type, Uint8Array.of(...wire, ...rest));
  }
  addUuids('solicitedServiceUuids', fields.solicitedServiceUuids, solicited, add);
  found.push(...raw(fields.structures ?? []));
  return found;
}

/** One list for each width that there are UUIDs of. */
function addUuids(
  field: string,
  uuids: readonly UuidLike[] | undefined,
  types: ListTypes,
  add: (field: string, type: number, data: Uint8Array) => void,
): void {
  if (uuids === undefined) return;
  if (!Array.isArray(uuids)) throw new TypeError(`${field}: a list of UUIDs is permitted`);
  const lists = new Map<number, number[]>();
  for (const uuid of uuids) {
    const [type, wire] = widthOf(Uuid.from(uuid), types);
    const list = lists.get(type) ?? [];
    lists.set(type, list);
    list.push(...wire);
  }
  for (const type of types) {
    const list = lists.get(type);
    if (list) add(field, type, Uint8Array.from(list));
  }
}

/** The shortest form of a UUID, and the type of that width. */
function widthOf(uuid: Uuid, [type16, type32, type128]: ListTypes): [type: number, wire: Uint8Array] {
  if (uuid.short === undefined) return [type128, uuid.wire128];
  return uuid.is16 ? [type16, uuid.wire128.subarray(12, 14)] : [type32, uuid.wire128.subarray(12, 16)];
}

function u16(field: string, value: number): Uint8Array {
  checkInteger(field, value, 0, 0xffff);
  return Uint8Array.of(value & 0xff, value >> 8);
}

function utf8(field: string, text: string): Uint8Array {
  if (typeof text !== 'string') throw new TypeError(`${field}: a string is permitted, not ${typeof text}`);
  return new TextEncoder().encode(text);
}
