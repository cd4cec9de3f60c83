import { ByteReader } from '../../core/bytes.js';
import { MalformedPacketError } from '../../core/errors.js';
import { type AttPduDefinition, all } from './pdus.js';

/** An ATT PDU as far as it could be decoded. */
export interface DecodedAttPdu {
  readonly opcode: number;
  /** The specification's name; `undefined` for an opcode that it does not know. */
  readonly name: string | undefined;
  /** The fields by name; `bytes` among them are views. Empty when nothing could be decoded. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** What is wrong with the octets; `undefined` when nothing is. */
  readonly malformed: MalformedPacketError | undefined;
}

const byOpcode = new Map<number, AttPduDefinition<unknown>>(
  all.map((definition) => [definition.opcode, definition]),
);

/** Decodes one ATT PDU, opcode first, by its declaration (Core Vol 3, Part F, 3.4). Never throws. */
export function decodeAtt(bytes: Uint8Array, start = 0, end: number = bytes.length): DecodedAttPdu {
  if (start >= end) {
    return {
      opcode: 0,
      name: undefined,
      fields: {},
      malformed: new MalformedPacketError('an ATT PDU has an opcode', 0),
    };
  }
  const opcode = bytes[start]!;
  const definition = byOpcode.get(opcode);
  if (!definition) return { opcode, name: undefined, fields: {}, malformed: undefined };
  const { name } = definition;
  const reader = new ByteReader().reset(bytes, start + 1, end);
  try {
    const fields = definition.parameters.read(reader) as Record<string, unknown>;
    const malformed =
      reader.remaining > 0
        ? new MalformedPacketError(`${name}: ${reader.remaining} octets too many`, reader.offset - start)
        : undefined;
    return { opcode, name, fields, malformed };
  } catch (error) {
    if (!(error instanceof MalformedPacketError)) throw error;
    return { opcode, name, fields: {}, malformed: error };
  }
}
