import { meaning, u8 } from '../core/codec.js';
import { hexCode, toHex } from '../core/hex.js';
import { AdvertisingData } from '../gap/advertising-data.js';
import { AdType, adTypeName } from '../gap/advertising-types.js';
import { advertisingContents } from './advertising-contents.js';
import type { ReadableField } from './tree.js';
import { octetsText, type ValueNames } from './values.js';
import { Walk } from './walk.js';

const head = { length: u8, type: meaning(u8, { names: adTypeName }) };

/**
 * Advertising data (Core Vol 3, Part C, 11): `bytes[start, end)`, a field for each structure.
 * @param origin the octet that offsets count from
 * @param isCut whether more of the data follows elsewhere, so that the last structure need not be whole
 */
export function advertisingFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  names: ValueNames,
  isCut = false,
): ReadableField[] {
  const walk = new Walk({ names });
  const fields: ReadableField[] = [];
  let at = start;
  for (const { type, data } of new AdvertisingData(bytes.subarray(start, end))) {
    const next = at + 2 + data.length;
    fields.push(structure(walk, type, bytes, at, next, origin));
    at = next;
  }
  if (at < end) fields.push(remainder(bytes, at, end, origin, isCut));
  return fields;
}

function structure(
  walk: Walk,
  type: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
): ReadableField {
  const size = end - start - 2;
  const [length, code, ...contents] = walk.fields(
    { ...head, ...advertisingContents(type, size) },
    bytes,
    start,
    end,
    origin,
  );
  return {
    key: keyOf(type),
    label: adTypeName(type) ?? `AD type ${hexCode(type)}`,
    offset: start - origin,
    length: end - start,
    text: summaryOf(contents),
    fields: [{ ...length!, structural: true }, { ...code!, structural: true }, ...contents],
  };
}

const keys: ReadonlyMap<number, string> = new Map(Object.entries(AdType).map(([key, type]) => [type, key]));

function keyOf(type: number): string {
  return keys.get(type) ?? hexCode(type);
}

/** What the contents of a structure come to, in a few words. */
function summaryOf(fields: readonly ReadableField[]): string {
  return fields
    .filter(({ structural }) => !structural)
    .map(({ text, fields: inside }) => (text === '' && inside ? summaryOf(inside) : text))
    .join(' ');
}

/** What stands behind the last whole structure. */
function remainder(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  isCut: boolean,
): ReadableField {
  const octets = bytes.subarray(start, end);
  const where = { offset: start - origin, length: end - start, value: toHex(octets) };
  if (octets[0] === 0) {
    // The significant part ends at a length of zero, and the rest should be zeros (Core Vol 3, Part C, 11).
    const isZero = octets.every((octet) => octet === 0);
    const text = isZero ? `${octets.length} zeros` : octetsText(octets);
    return {
      key: 'end',
      label: 'Behind the significant part',
      ...where,
      text,
      ...(isZero ? { structural: true } : {}),
    };
  }
  const label = isCut ? 'Goes on in another packet' : 'Remainder';
  const malformed = `an advertising structure of ${1 + octets[0]!} octets, and ${octets.length} are left`;
  return { key: 'remainder', label, ...where, text: octetsText(octets), ...(isCut ? {} : { malformed }) };
}
