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
  if (field.kind.startsWith('list behind') || field.kind === 'repeated to the end')
    return fc.array(valuesOf(field.fields!['item']!), { maxLength: 4 });
  if (field.kind === 'one group for each PHY of a mask') return perPhy(field.fields!['item']!);
  if (field.kind === 'text up to a zero') return text(1);
  if (field.kind === 'text to the end') return text(0);
  if (field.kind === 'kind and state of a processor') return processor;
  if (field.kind === "Zephyr's fatal error") return fatalError;
  throw new Error(`no values are known for ${field.kind}`);
}

/** Latin-1 from a code on. */
function text(low: number): fc.Arbitrary<string> {
  return fc
    .array(fc.integer({ min: low, max: 0xff }), { maxLength: 12 })
    .map((codes) => String.fromCharCode(...codes));
}

const u32 = fc.integer({ min: 0, max: 0xffffffff });
const registers = fc.record({
  ...{ a1: u32, a2: u32, a3: u32, a4: u32 },
  ...{ ip: u32, lr: u32, pc: u32, xpsr: u32 },
});
const processor = fc.oneof(
  fc.record({ cpuType: fc.constant(1), registers }),
  fc.record({ cpuType: fc.integer({ min: 2, max: 0xff }), octets: octets(0, 40) }),
);
const place = { file: text(1), line: u32 };
const fatalError = fc.oneof(
  fc.record({ type: fc.constant(1), reason: u32, cpu: processor }),
  fc.record({ type: fc.constant(2), ...place }),
  fc.record({ type: fc.constant(undefined), file: text(0x20).filter((file) => file !== ''), line: u32 }),
  fc.record({ type: fc.constant(3), pc: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), ...place }),
  fc.record({ type: fc.integer({ min: 4, max: 0x1f }), data: octets(0, 12) }),
);

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
