/** Names by number, or who knows them: a function is asked when a name is wanted, so that long tables cost nothing before. */
export type Names = Readonly<Record<number, string>> | ((value: number) => string | undefined);

/** Some bits of a number that have a meaning together. */
export interface MeaningPart {
  readonly name: string;
  /** The lowest of the bits. */
  readonly bit: number;
  /** How many there are. */
  readonly width: number;
  readonly names?: Names;
}

/** What the number in a field stands for. The value itself is kept as it travels; this is for people. */
export interface Meaning {
  /** Whether the number names something and counts nothing, so that it is written in hexadecimal. */
  readonly hex?: boolean;
  /** What one step of the number is: `[0.625, 'ms']`, `[1, 'dBm']`. */
  readonly unit?: readonly [factor: number, name: string];
  /** Numbers with a name of their own: `{ 0: 'public', 1: 'random' }`. Beside a unit these are no quantities: 127 for "not available". */
  readonly names?: Names;
  /** The names of single bits, by their numbers. In octets, bit `n` is bit `n & 7` of octet `n >> 3`. */
  readonly bits?: Names;
  /** Groups of bits, beside the single ones. */
  readonly parts?: readonly MeaningPart[];
  /**
   * Where the name stands, when that is a table of its own: `company` for a company identifier, `opcode` for an HCI
   * opcode, `appearance`; or what a mask's bits stand for: `supportedCommands` (Core Vol 4, Part E, 6.27), `leEventMask` (bit `n` is
   * subevent `n + 1`).
   */
  readonly refersTo?: 'company' | 'opcode' | 'appearance' | 'supportedCommands' | 'leEventMask';
}

/** The name of a number; `undefined` where it has none. */
export function nameOf(names: Names | undefined, value: number): string | undefined {
  return typeof names === 'function' ? names(value) : names?.[value];
}
