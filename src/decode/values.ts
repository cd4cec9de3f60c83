import { BdAddr } from '../core/address.js';
import type { Field } from '../core/codec.js';
import { hexCode, toHex } from '../core/hex.js';
import { type Meaning, nameOf } from '../core/meaning.js';
import { Uuid } from '../core/uuid.js';
import { LE_META } from '../hci/definition.js';
import { allCommands, eventByCode } from '../hci/registry.js';
import { labelOf } from './labels.js';
import { describeUuid, type NameTables } from './names.js';
import type { ReadableField } from './tree.js';

/** Where the names of values come from that the declarations do not have. */
export interface ValueNames {
  /** Assigned numbers, where they were loaded. */
  readonly tables: NameTables | undefined;
  /** Of an HCI opcode. */
  readonly command: (opcode: number) => string | undefined;
}

/** A value for a reader. */
export interface ReadableValue {
  readonly value?: number | string;
  readonly text: string;
}

/** How many octets are shown where they stand among other things. */
const SHOWN_OCTETS = 32;
/** How many bits of a mask are named in its text; they are all among its fields. */
const SHOWN_BITS = 8;
const HEX_DIGITS: Readonly<Record<string, number>> = { u16: 4, handle: 4, u24: 6, u32: 8 };

/** What a value of a field says. */
export function readableValue(field: Field<unknown>, value: unknown, names: ValueNames): ReadableValue {
  switch (typeof value) {
    case 'number':
      return { value, text: numberText(field.kind, value, field.meaning, names) };
    case 'string':
      return { value, text: JSON.stringify(value) };
    case 'bigint': {
      const hex = `0x${value.toString(16).toUpperCase().padStart(16, '0')}`;
      const bits = field.meaning && setBits(field.meaning, octetsOf(value));
      return { value: hex, text: bits ? `${hex} (${listed(bits)})` : hex };
    }
    default:
      return readableObject(field, value, names);
  }
}

function readableObject(field: Field<unknown>, value: unknown, names: ValueNames): ReadableValue {
  if (value instanceof BdAddr) return { value: value.toString(), text: value.toString() };
  if (value instanceof Uuid) return { value: value.toShortString(), text: describeUuid(value, names.tables) };
  if (!(value instanceof Uint8Array)) return { text: objectText(value) };
  const bits = field.meaning && setBits(field.meaning, value);
  return {
    value: toHex(value),
    text: bits ? listed(bits) : octetsText(value),
  };
}

/** What a codec of its own kind made of the octets: names and values, one after another. */
function objectText(value: unknown): string {
  if (value instanceof Uint8Array) return octetsText(value);
  if (typeof value === 'bigint') return `0x${value.toString(16).toUpperCase()}`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .map(([key, part]) => {
      const text = objectText(part);
      return typeof part === 'object' && !(part instanceof Uint8Array)
        ? `${labelOf(key)} {${text}}`
        : `${labelOf(key)} ${text}`;
    })
    .join(', ');
}

/** Octets in hexadecimal; of many the first, and how many there are. */
export function octetsText(octets: Uint8Array): string {
  if (octets.length === 0) return '(empty)';
  if (octets.length <= SHOWN_OCTETS) return toHex(octets);
  return `${toHex(octets.subarray(0, SHOWN_OCTETS))}… (${octets.length} octets)`;
}

/** A number with what it means. */
export function numberText(
  kind: string,
  value: number,
  meaning: Meaning | undefined,
  names: ValueNames,
): string {
  const isHex =
    kind === 'handle' ||
    (meaning !== undefined &&
      (meaning.hex === true ||
        meaning.bits !== undefined ||
        meaning.refersTo !== undefined ||
        typeof meaning.names === 'function'));
  const text = isHex ? hexCode(value, HEX_DIGITS[kind] ?? 2) : String(value);
  // Where a step is one of the unit, the number need not stand there twice.
  if (meaning?.unit?.[0] === 1 && nameOf(meaning.names, value) === undefined) {
    return quantity(value, meaning.unit[1]);
  }
  const what = meaning && meaningOf(value, meaning, names);
  return what === undefined ? text : `${text} (${what})`;
}

function meaningOf(value: number, meaning: Meaning, names: ValueNames): string | undefined {
  const name = nameOf(meaning.names, value);
  if (name !== undefined) return name;
  if (meaning.unit) return quantity(value * meaning.unit[0], meaning.unit[1]);
  if (meaning.refersTo === 'company') return names.tables?.company(value);
  if (meaning.refersTo === 'appearance') return names.tables?.appearance(value);
  if (meaning.refersTo === 'opcode') return names.command(value);
  if (!meaning.bits && !meaning.parts) return undefined;
  const parts = (meaning.parts ?? []).map((part) => {
    const own = Math.floor(value / 2 ** part.bit) % 2 ** part.width;
    return `${part.name}: ${nameOf(part.names, own) ?? own}`;
  });
  const bits = setBits(meaning, octetsOf(BigInt(value < 0 ? value + 2 ** 32 : value))) ?? [];
  const all = [...parts, ...bits.map((bit) => bit.name)];
  return all.length === 0 ? 'none' : all.join(', ');
}

/** `30 ms`, `20 s`, `-4 dBm`. */
function quantity(amount: number, unit: string): string {
  const rounded = (number: number) => String(Number(number.toFixed(4)));
  return unit === 'ms' && Math.abs(amount) >= 1000
    ? `${rounded(amount / 1000)} s`
    : `${rounded(amount)} ${unit}`;
}

/** The names of bits, those without one only counted where there are many. */
function listed(bits: readonly MaskBit[]): string {
  if (bits.length === 0) return 'none';
  if (bits.length <= SHOWN_BITS) return bits.map(({ name }) => name).join(', ');
  const named = bits.filter(({ isNamed }) => isNamed).slice(0, SHOWN_BITS);
  return `${named.map(({ name }) => name).join(', ')} … (${bits.length} in all)`;
}

function octetsOf(mask: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, i) => Number((mask >> BigInt(8 * i)) & 0xffn));
}

interface MaskBit {
  readonly bit: number;
  readonly name: string;
  readonly isNamed: boolean;
}

/** The bits that are set in a mask, with their names; `undefined` where the bits mean nothing. */
function setBits(meaning: Meaning, mask: Uint8Array): MaskBit[] | undefined {
  const nameOfBit = bitNames(meaning);
  if (!nameOfBit) return undefined;
  const found: MaskBit[] = [];
  for (let bit = 0; bit < 8 * mask.length; bit++) {
    if ((mask[bit >> 3]! & (1 << (bit & 7))) === 0) continue;
    if (meaning.parts?.some((part) => bit >= part.bit && bit < part.bit + part.width)) continue;
    const name = nameOfBit(bit);
    found.push({ bit, name: name ?? `bit ${bit}`, isNamed: name !== undefined });
  }
  return found;
}

function bitNames(meaning: Meaning): ((bit: number) => string | undefined) | undefined {
  if (meaning.refersTo === 'supportedCommands') return supportedCommandName;
  if (meaning.refersTo === 'leEventMask') return (bit) => eventByCode(LE_META, bit + 1)?.name;
  const { bits } = meaning;
  return bits && ((bit) => nameOf(bits, bit));
}

let commandBits: Map<number, string> | undefined;

/** Which command a bit of the Supported_Commands stands for: Core Vol 4, Part E, 6.27. */
function supportedCommandName(bit: number): string | undefined {
  commandBits ??= new Map(
    allCommands.flatMap(({ supported, name }) =>
      supported ? [[supported[0] * 8 + supported[1], name]] : [],
    ),
  );
  return commandBits.get(bit);
}

/** The bits that are set in a mask of many, a field each; `undefined` where it is no such mask. */
export function maskFields(
  field: Field<unknown>,
  value: unknown,
  offset: number,
): ReadableField[] | undefined {
  const mask = typeof value === 'bigint' ? octetsOf(value) : value;
  if (!(mask instanceof Uint8Array) || !field.meaning) return undefined;
  return setBits(field.meaning, mask)?.map(({ bit, name }) => ({
    key: String(bit),
    label: name,
    offset: offset + (bit >> 3),
    length: 1,
    bits: [bit & 7, 1] as const,
    value: 1,
    text: '',
  }));
}
