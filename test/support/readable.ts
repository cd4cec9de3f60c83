import type { ReadableField } from '../../src/decode/index.js';

/** The octets of a packet that are in no field, or in no field without others inside of it. */
export function uncovered(fields: readonly ReadableField[], length: number): number[] {
  const covered = new Set<number>();
  const visit = (field: ReadableField): void => {
    if (field.source === 'reassembled') return;
    const isWhole = !field.fields || field.fields.every(({ bits }) => bits);
    if (isWhole) for (let i = 0; i < field.length; i++) covered.add(field.offset + i);
    else field.fields!.forEach(visit);
  };
  fields.forEach(visit);
  return Array.from({ length }, (_, i) => i).filter((i) => !covered.has(i));
}

/** Where a field is not inside of the octets of the one that it belongs to, or of the packet. */
export function misplaced(fields: readonly ReadableField[], start: number, end: number): string[] {
  return fields.flatMap((field) => {
    const { offset, length, label } = field;
    if (field.source === 'reassembled') return misplaced(field.fields!, 0, length);
    const own = offset < start || offset + length > end ? [`${label} at ${offset}+${length}`] : [];
    return [...own, ...(field.fields ? misplaced(field.fields, offset, offset + length) : [])];
  });
}

/** How deep the fields go. */
export function depthOf(fields: readonly ReadableField[]): number {
  return 1 + Math.max(0, ...fields.map((field) => (field.fields ? depthOf(field.fields) : 0)));
}
