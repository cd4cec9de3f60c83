import type { Field } from './codec-field.js';
import { Uuid } from './uuid.js';

/** A UUID of so many octets: 2, 4 or 16. */
export function uuid(size: 2 | 4 | 16): Field<Uuid> {
  return {
    kind: 'uuid',
    size,
    read: (reader) => Uuid.fromWire(reader.view(size)),
    write: (writer, value) => {
      const fits = size === 16 || (value.short !== undefined && (size === 4 || value.is16));
      if (!fits) throw new RangeError(`UUID ${value.toShortString()} does not fit in ${size} octets`);
      writer.bytes(size === 16 ? value.wire128 : value.wire128.subarray(12, 12 + size));
    },
  };
}

const utf8Decoder = /* @__PURE__ */ new TextDecoder();

/** Text to the end, in UTF-8. Reading shows octets that are none as U+FFFD. */
export const utf8: Field<string> = {
  kind: 'UTF-8 text',
  size: undefined,
  read: (reader) => utf8Decoder.decode(reader.rest()),
  write: (writer, text) => void writer.bytes(new TextEncoder().encode(text)),
};
