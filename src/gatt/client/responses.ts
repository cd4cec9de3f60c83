import { copyOctets, u16At } from '../../core/bytes.js';
import { MalformedPacketError } from '../../core/errors.js';
import { Uuid } from '../../core/uuid.js';
import type {
  AttributeInformation,
  CharacteristicDeclaration,
  HandleValue,
  ServiceRange,
} from './declarations.js';

/** What responses say; each takes the PDU, opcode first, as `bytes[start, end)`. Core Vol 3, Part F, 3.4. */

/** What stands behind the opcode, copied: the caller keeps it. */
export function copyValue(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return copyOctets(bytes, start + 1, end);
}

/** A response that is its opcode: 3.4.5.2, 3.4.6.4. */
export function nothing(_bytes: Uint8Array, start: number, end: number): void {
  if (end - start !== 1) throw new MalformedPacketError(`${end - start - 1} octets where there are none`);
}

/** Read By Type Response: 3.4.4.2. */
export function parseHandleValues(bytes: Uint8Array, start: number, end: number): HandleValue[] {
  return entries(bytes, start, end, undefined, (at, length) => ({
    handle: u16At(bytes, at),
    value: copyOctets(bytes, at + 2, at + length),
  }));
}

/**
 * Read Multiple Variable Response: 3.4.4.12. One that fills the ATT_MTU may be cut anywhere; any other has all the values.
 * @param count of the values that were asked for
 */
export function parseTuples(
  bytes: Uint8Array,
  start: number,
  end: number,
  count: number,
  mtu: number,
): Uint8Array[] {
  const isFull = end - start >= mtu;
  const last = Math.min(end, start + mtu);
  const values: Uint8Array[] = [];
  let at = start + 1;
  while (at + 2 <= last) {
    const next = at + 2 + u16At(bytes, at);
    if (next > last && !isFull)
      throw new MalformedPacketError(`value ${values.length + 1} goes on behind its end`);
    values.push(copyOctets(bytes, at + 2, Math.min(next, last)));
    at = next;
  }
  if (values.length > count) throw new MalformedPacketError(`${values.length} values for ${count} handles`);
  if (!isFull && (at !== last || values.length < count))
    throw new MalformedPacketError(`${values.length} values for ${count} handles, and room for more`);
  return values;
}

/** Walks the entries of a response with an entry length in its second octet; any from 2 on is permitted without a list. */
function entries<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  permitted: readonly number[] | undefined,
  make: (at: number, length: number) => T,
): T[] {
  const length = bytes[start + 1] ?? 0;
  const total = end - start - 2;
  const known = permitted ? permitted.includes(length) : length >= 2;
  if (!known || total <= 0 || total % length !== 0) {
    throw new MalformedPacketError(`entries of ${length} octets in ${total}`);
  }
  const made: T[] = [];
  for (let at = start + 2; at < end; at += length) made.push(make(at, length));
  return made;
}

/** Read By Group Type Response: 3.4.4.10. */
export function parseGroups(bytes: Uint8Array, start: number, end: number): ServiceRange[] {
  return entries(bytes, start, end, [6, 20], (at, length) => ({
    startHandle: u16At(bytes, at),
    endHandle: u16At(bytes, at + 2),
    uuid: Uuid.fromWire(bytes, at + 4, at + length),
  }));
}

/** Find By Type Value Response: 3.4.3.4. */
export function parseHandleRanges(bytes: Uint8Array, start: number, end: number): [number, number][] {
  const total = end - start - 1;
  if (total <= 0 || total % 4 !== 0) throw new MalformedPacketError(`handle ranges in ${total} octets`);
  const ranges: [number, number][] = [];
  for (let at = start + 1; at < end; at += 4) ranges.push([u16At(bytes, at), u16At(bytes, at + 2)]);
  return ranges;
}

/** Include declarations; the UUID of one with 128 bits has no room in it: Part G, 3.2. */
export function parseIncludes(bytes: Uint8Array, start: number, end: number) {
  return entries(bytes, start, end, [6, 8], (at, length) => ({
    handle: u16At(bytes, at),
    startHandle: u16At(bytes, at + 2),
    endHandle: u16At(bytes, at + 4),
    uuid: length === 8 ? Uuid.fromWire(bytes, at + 6, at + 8) : undefined,
  }));
}

/** Characteristic declarations: Part G, 3.3.1. */
export function parseCharacteristics(
  bytes: Uint8Array,
  start: number,
  end: number,
): CharacteristicDeclaration[] {
  return entries(bytes, start, end, [7, 21], (at, length) => ({
    handle: u16At(bytes, at),
    properties: bytes[at + 2]!,
    valueHandle: u16At(bytes, at + 3),
    uuid: Uuid.fromWire(bytes, at + 5, at + length),
  }));
}

/** Find Information Response: 3.4.3.2. */
export function parseInformation(bytes: Uint8Array, start: number, end: number): AttributeInformation[] {
  const width = bytes[start + 1] === 1 ? 2 : bytes[start + 1] === 2 ? 16 : 0;
  const total = end - start - 2;
  if (width === 0 || total <= 0 || total % (2 + width) !== 0)
    throw new MalformedPacketError('information data of no known format');
  const found: AttributeInformation[] = [];
  for (let at = start + 2; at < end; at += 2 + width) {
    found.push({ handle: u16At(bytes, at), type: Uuid.fromWire(bytes, at + 2, at + 2 + width) });
  }
  return found;
}

/** The value of a service declaration: Part G, 3.1. */
export function parseUuidValue(bytes: Uint8Array, start: number, end: number): Uuid {
  const length = end - start - 1;
  if (length !== 2 && length !== 16) throw new MalformedPacketError(`a service UUID of ${length} octets`);
  return Uuid.fromWire(bytes, start + 1, end);
}
