import fc from 'fast-check';
import { BdAddr } from '../../src/core/address.js';
import type { Field, Fields } from '../../src/core/codec.js';

const integers: Readonly<Record<string, readonly [low: number, high: number]>> = {
  u8: [0, 0xff],
  i8: [-0x80, 0x7f],
  u16: [0, 0xffff],
  i16: [-0x8000, 0x7fff],
  u24: [0, 0xffffff],
  u32: [0, 0xffffffff],
  handle: [0, 0xffff],
};

const octets = (low: number, high: number) => fc.uint8Array({ minLength: low, maxLength: high });

/** Values of a declared field, made from nothing but what the declaration says of itself. */
export function valuesOf(field: Field<unknown>): fc.Arbitrary<unknown> {
  const range = integers[field.kind];
  if (range) return fc.integer({ min: range[0], max: range[1] });
  if (field.kind === 'u64') return fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  if (field.kind === 'address') return octets(6, 6).map((wire) => BdAddr.fromWire(wire));
  if (field.kind === 'group') return valuesOfAll(field.fields!);
  if (field.kind.startsWith('octets(')) return octets(field.size!, field.size!);
  if (field.kind.startsWith('significant part')) return octets(0, field.size! - 1);
  if (field.kind === 'rest' || field.kind.startsWith('octets behind')) return octets(0, 12);
  if (field.kind.startsWith('list behind'))
    return fc.array(valuesOf(field.fields!['item']!), { maxLength: 4 });
  if (field.kind === 'one group for each PHY of a mask') return perPhy(field.fields!['item']!);
  throw new Error(`no values are known for ${field.kind}`);
}

/** Values of a group of fields. */
export function valuesOfAll(fields: Fields): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, valuesOf(field)])),
  );
}

function perPhy(group: Field<unknown>): fc.Arbitrary<unknown> {
  const one = valuesOf(group) as fc.Arbitrary<Record<string, unknown>>;
  return fc
    .subarray([1, 2, 3, 5, 8])
    .chain((phys) => fc.tuple(...phys.map((phy) => one.map((value) => ({ phy, ...value })))));
}
