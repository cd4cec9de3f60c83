/** Fields that only readers take apart: hosts have them as octets. */
import type { Field } from '../core/codec.js';
import { Uuid } from '../core/uuid.js';

/** A UUID of so many octets: 2, 4 or 16. */
export function uuid(size: 2 | 4 | 16): Field<Uuid> {
  return {
    kind: 'uuid',
    size,
    read: (reader) => Uuid.fromWire(reader.view(size)),
    write: (writer, { wire128 }) => {
      const whole = size === 16;
      writer.bytes(whole ? wire128 : wire128.subarray(12, 12 + size));
    },
  };
}

const utf8Decoder = /* @__PURE__ */ new TextDecoder();

/** Text to the end, in UTF-8; octets that are none show as U+FFFD. */
export const utf8: Field<string> = {
  kind: 'UTF-8 text',
  size: undefined,
  read: (reader) => utf8Decoder.decode(reader.rest()),
  write: (writer, text) => void writer.bytes(new TextEncoder().encode(text)),
};
