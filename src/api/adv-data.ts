import { AdvertisingData } from '../gap/advertising-data.js';
import { BluetoothConstants as C } from './constants.js';

/** The types of advertisement data that give text. */
export type TextAdvType = typeof C.ADV_NAME_SHORT | typeof C.ADV_NAME_CMPL;

/** The types of advertisement data that give a number. */
export type NumberAdvType =
  | typeof C.ADV_FLAG
  | typeof C.ADV_TX_PWR
  | typeof C.ADV_DEV_CLASS
  | typeof C.ADV_APPEARANCE
  | typeof C.ADV_ADV_INT;

/** The types of advertisement data that give octets. */
export type BytesAdvType =
  | typeof C.ADV_16SRV_PART
  | typeof C.ADV_T16SRV_CMPL
  | typeof C.ADV_32SRV_PART
  | typeof C.ADV_32SRV_CMPL
  | typeof C.ADV_128SRV_PART
  | typeof C.ADV_128SRV_CMPL
  | typeof C.ADV_SERVICE_DATA
  | typeof C.ADV_32SERVICE_DATA
  | typeof C.ADV_128SERVICE_DATA
  | typeof C.ADV_MANUFACTURER_DATA;

const decoder = /* @__PURE__ */ new TextDecoder();

/**
 * The first AD structure of a type in advertising data (Core Vol 3, Part C, 11; Supplement Part A, 1): a number, text or
 * octets (a copy), as the type has it. `null` when there is none, when it is too short, when what stands before it is
 * malformed, and for types that the API does not know.
 */
export function resolveAdvData(data: Uint8Array, type: number): number | string | Uint8Array | null {
  if (!(data instanceof Uint8Array)) return null;
  const found = new AdvertisingData(data).find(type);
  if (!found) return null;
  switch (type) {
    case C.ADV_FLAG:
    case C.ADV_TX_PWR:
      // The firmware reads both as signed.
      return found.length < 1 ? null : (found[0]! << 24) >> 24;
    case C.ADV_DEV_CLASS:
      return littleEndian(found, 3);
    case C.ADV_APPEARANCE:
    case C.ADV_ADV_INT:
      return littleEndian(found, 2);
    case C.ADV_NAME_SHORT:
    case C.ADV_NAME_CMPL:
      return decoder.decode(found);
    case C.ADV_16SRV_PART:
    case C.ADV_T16SRV_CMPL:
    case C.ADV_32SRV_PART:
    case C.ADV_32SRV_CMPL:
    case C.ADV_128SRV_PART:
    case C.ADV_128SRV_CMPL:
    case C.ADV_SERVICE_DATA:
    case C.ADV_32SERVICE_DATA:
    case C.ADV_128SERVICE_DATA:
    case C.ADV_MANUFACTURER_DATA:
      return Uint8Array.prototype.slice.call(found);
    default:
      return null;
  }
}

/**
 * How much of advertising data is significant: an advertiser may fill it up with zeros (Core Vol 3, Part C, 11), and what
 * is put behind them would never be found.
 */
export function significantLength(data: Uint8Array): number {
  let at = 0;
  while (at < data.length && data[at] !== 0) {
    const end = at + 1 + data[at]!;
    if (end > data.length) return data.length;
    at = end;
  }
  for (let i = at; i < data.length; i++) if (data[i] !== 0) return data.length;
  return at;
}

function littleEndian(bytes: Uint8Array, size: number): number | null {
  if (bytes.length < size) return null;
  let value = 0;
  for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
  return value;
}
