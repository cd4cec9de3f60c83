import type { MeaningPart, Names } from '../core/meaning.js';
import type { ReadableField } from './tree.js';

/** What the numbers in one of the bit fields of a header mean. Which bits they are, the declaration of the header says. */
export function flag(name: string, names: Names): MeaningPart {
  return { name, bit: 0, width: 0, names };
}

/** Words of a header that have names in their declaration, and none in the specification. */
const words: ReadonlySet<string> = /* @__PURE__ */ new Set(['header', 'load', 'sdu']);

/** Puts the parts of a header's words in their place. */
export function flattened(fields: readonly ReadableField[]): ReadableField[] {
  return fields.flatMap((field) => {
    if (field.key === 'dataLength') return [{ ...field, label: 'Data_Total_Length' }];
    return words.has(field.key) && field.fields ? field.fields : [field];
  });
}
