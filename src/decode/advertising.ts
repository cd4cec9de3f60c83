import { meaning, u8 } from '../core/codec.js';
import { hexCode, toHex } from '../core/hex.js';
import { AdvertisingData } from '../gap/advertising-data.js';
import { AdType, adTypeName } from '../gap/advertising-types.js';
import { contentsOf } from '../gap/structures/contents.js';
import type { Span } from './span.js';
import type { ReadableField } from './tree.js';
import { octetsText, type ValueNames } from './values.js';
import { Walk } from './walk.js';

const head = { length: u8, type: meaning(u8, { names: adTypeName }) };

/**
 * Advertising data (Core Vol 3, Part C, 11), a field for each structure.
 * @param isCut whether the data are not whole, because more follows elsewhere or the controller dropped it: then the last
 *   structure need not be whole either
 */
export function advertisingFields(span: Span, names: ValueNames, isCut = false): ReadableField[] {
  const walk = new Walk({ names });
  const fields: ReadableField[] = [];
  let at = 0;
  for (const { type, data } of new AdvertisingData(span.octets)) {
    const next = at + 2 + data.length;
    fields.push(structure(walk, type, span.part(at, next)));
    at = next;
  }
  if (at < span.size) fields.push(remainder(span.part(at), isCut));
  return fields;
}

function structure(walk: Walk, type: number, span: Span): ReadableField {
  const declared = { ...head, ...contentsOf(type) };
  const [length, code, ...contents] = walk.fields(declared, span);
  return {
    key: keyOf(type),
    label: adTypeName(type) ?? `AD type ${hexCode(type)}`,
    ...span.place,
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
function remainder(span: Span, isCut: boolean): ReadableField {
  const { octets } = span;
  const where = { ...span.place, value: toHex(octets) };
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
  const label = isCut ? 'Not whole here' : 'Remainder';
  const malformed = `an advertising structure of ${1 + octets[0]!} octets, and ${octets.length} are left`;
  return { key: 'remainder', label, ...where, text: octetsText(octets), ...(isCut ? {} : { malformed }) };
}
