import { ByteWriter } from '../core/bytes.js';
import type { Uuid } from '../core/uuid.js';
import { buildAdvertisingData } from '../gap/advertising-data.js';
import { AdType, type AdvertisingStructure } from '../gap/advertising-types.js';
import { BluetoothConstants as C } from './constants.js';
import { OSError, texts, ValueError } from './errors.js';
import { toBytes, toUuid } from './values.js';

/** What `set_advertisement` takes. `null` is as good as nothing. */
export interface AdvertisementOptions {
  /** The name to show, and the GAP Device Name of this device: up to 248 octets of UTF-8. */
  readonly name?: string | null;
  /** Manufacturer data, company identifier first. */
  readonly manufacturer_data?: Uint8Array | string | null;
  /** Service data, UUID first (16 bits, least significant octet first). */
  readonly service_data?: Uint8Array | string | null;
  /** The UUID of a service: a number, or 16 octets for each UUID, least significant first. */
  readonly service_uuid?: number | Uint8Array | string | null;
}

/** Advertising data and scan response, still without the TX power, which only the controller knows. */
export interface Payload {
  /** The GAP Device Name that goes with it. */
  readonly deviceName: string;
  readonly scanResponse: Uint8Array;
  /** @param txPower in dBm; without it the field is left out */
  data(txPower: number | undefined): Uint8Array;
}

const LIMIT = 31;
const FLAGS = new Uint8Array([0x06]);
/** 40 to 80 ms in units of 1.25 ms: what the firmware asks for. */
const INTERVALS = new Uint8Array([0x20, 0x00, 0x40, 0x00]);
/** The longest Device Name: Core Vol 3, Part C, 12.1. */
const NAME_LIMIT = 248;

/**
 * Lays an advertisement out as the firmware does. Advertising data: flags (general discoverable, no BR/EDR), name, TX
 * power, connection interval range. Scan response: manufacturer data, service data, service UUIDs. A name that does not
 * fit is shortened.
 * @throws {ValueError} when anything else does not fit, naming the octets over
 * @throws {OSError} `incorrect service UUID length`
 */
export function layOut(options: AdvertisementOptions): Payload {
  const name = options.name ?? undefined;
  if (name !== undefined && typeof name !== 'string') throw new ValueError(texts.invalidArguments);
  const nameBytes = name === undefined ? undefined : toBytes(name);
  if (nameBytes && nameBytes.length > NAME_LIMIT) {
    throw new ValueError(
      `name: ${nameBytes.length} octets are ${nameBytes.length - NAME_LIMIT} over the ${NAME_LIMIT} that a device name may have`,
    );
  }
  return {
    // The firmware's name for a device without one.
    deviceName: name ?? ' ',
    scanResponse: scanResponse(options),
    data: (txPower) => advertisingData(nameBytes, txPower),
  };
}

function advertisingData(name: Uint8Array | undefined, txPower: number | undefined): Uint8Array {
  const structures: AdvertisingStructure[] = [{ type: C.ADV_FLAG, data: FLAGS }];
  const tail: AdvertisingStructure[] = [{ type: AdType.peripheralConnectionIntervalRange, data: INTERVALS }];
  if (txPower !== undefined) tail.unshift({ type: C.ADV_TX_PWR, data: Uint8Array.of(txPower & 0xff) });
  if (name && name.length > 0) {
    const room = LIMIT - sizeOf(structures) - sizeOf(tail) - 2;
    if (name.length <= room) structures.push({ type: C.ADV_NAME_CMPL, data: name });
    else structures.push({ type: C.ADV_NAME_SHORT, data: name.subarray(0, cut(name, room)) });
  }
  return buildAdvertisingData([...structures, ...tail], LIMIT);
}

function scanResponse(options: AdvertisementOptions): Uint8Array {
  const structures: AdvertisingStructure[] = [];
  const parts: string[] = [];
  const add = (field: string, type: number, data: Uint8Array) => {
    structures.push({ type, data });
    parts.push(`${field} ${data.length + 2}`);
  };
  const { manufacturer_data, service_data, service_uuid } = options;
  if (manufacturer_data != null)
    add('manufacturer_data', C.ADV_MANUFACTURER_DATA, toBytes(manufacturer_data));
  if (service_data != null) add('service_data', C.ADV_SERVICE_DATA, toBytes(service_data));
  if (service_uuid != null) {
    for (const [type, bytes] of uuidLists(service_uuid)) add('service_uuid', type, bytes);
  }
  const over = sizeOf(structures) - LIMIT;
  if (over > 0) {
    throw new ValueError(
      `set_advertisement: the scan response is ${over} octets over the ${LIMIT} that fit (${parts.join(', ')})`,
    );
  }
  return buildAdvertisingData(structures, LIMIT);
}

/** The complete lists of service UUIDs: those on the Bluetooth base travel in their short form. */
function uuidLists(value: number | Uint8Array | string): [type: number, bytes: Uint8Array][] {
  const lists = new Map<number, ByteWriter>();
  for (const uuid of serviceUuids(value)) {
    const [type, size] = uuid.is16
      ? [C.ADV_T16SRV_CMPL, 2]
      : uuid.short !== undefined
        ? [C.ADV_32SRV_CMPL, 4]
        : [C.ADV_128SRV_CMPL, 16];
    const list = lists.get(type) ?? new ByteWriter(16);
    list.bytes(size === 16 ? uuid.wire128 : uuid.wire128.subarray(12, 12 + size));
    lists.set(type, list);
  }
  return [...lists].map(([type, list]) => [type, list.finish()]);
}

function serviceUuids(value: number | Uint8Array | string): Uuid[] {
  if (typeof value === 'number') return [toUuid(value)];
  const bytes = toBytes(value);
  if (bytes.length % 16 !== 0) throw new OSError(texts.uuidLength);
  return Array.from({ length: bytes.length / 16 }, (_, i) => toUuid(bytes.subarray(16 * i, 16 * i + 16)));
}

function sizeOf(structures: readonly AdvertisingStructure[]): number {
  return structures.reduce((size, { data }) => size + 2 + data.length, 0);
}

/** Where UTF-8 text can be cut so that at most `room` octets are left and no character is broken. */
function cut(text: Uint8Array, room: number): number {
  let end = room;
  while (end > 0 && (text[end]! & 0xc0) === 0x80) end--;
  return end;
}
