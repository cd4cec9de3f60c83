import type { Span } from './span.js';
import type { ReadableField } from './tree.js';

/** What the payload of a lower protocol comes to. */
export interface Layer {
  /** What to call the packet: `ATT Read Request`. */
  readonly name: string;
  /** What the name leaves open, for the line: ` for 0x0003`. */
  readonly about?: string;
  /** The fields, below one. */
  readonly field: ReadableField;
}

/** A PDU whose first field is its code, which has given it its name. What stands behind the declared fields is malformed. */
export function pduLayer(
  key: string,
  name: string,
  fields: readonly ReadableField[],
  span: Span,
  about = '',
): Layer {
  const inside = fields.map((field, index) => {
    if (index === 0) return { ...field, structural: true };
    return field.key === 'trailing' ? { ...field, malformed: `${field.length} octets too many` } : field;
  });
  return { name, about, field: { key, label: name, ...span.place, text: '', fields: inside } };
}
