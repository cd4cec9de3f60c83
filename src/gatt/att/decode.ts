import { concatBytes } from '../../core/hex.js';
import {
  type DecodedParameters,
  type EncodableParameters,
  readExactly,
  readParameters,
  writeParameters,
} from '../../core/parameters.js';
import { type AttPduDefinition, all } from './pdus.js';

/** An ATT PDU as far as it could be decoded. */
export interface DecodedAttPdu extends DecodedParameters {
  /** `undefined` where the PDU is empty. */
  readonly opcode: number | undefined;
  /** The specification's name; `undefined` for an opcode that it does not know. */
  readonly name: string | undefined;
}

const byOpcode = /* @__PURE__ */ new Map<number, AttPduDefinition<unknown>>(
  all.map((definition) => [definition.opcode, definition]),
);

/** The declaration of an ATT PDU; `undefined` for an opcode that the specification does not know. */
export function attPduByOpcode(opcode: number): AttPduDefinition<unknown> | undefined {
  return byOpcode.get(opcode);
}

/**
 * Decodes one ATT PDU, opcode first, by its declaration (Core Vol 3, Part F, 3.4). Never throws: what is unknown or cannot
 * be read is in `fields.parameters`, as octets.
 */
export function decodeAtt(bytes: Uint8Array, start = 0, end: number = bytes.length): DecodedAttPdu {
  const opcode = start < end ? bytes[start]! : undefined;
  if (opcode === undefined) {
    const malformed = { message: 'an ATT PDU has an opcode', offset: 0 };
    return { opcode, name: undefined, fields: {}, trailing: undefined, malformed };
  }
  const definition = byOpcode.get(opcode);
  if (!definition) return { opcode, name: undefined, ...readParameters(undefined, bytes, start + 1, end, 1) };
  const { name, parameters } = definition;
  return { opcode, name, ...readExactly(name, parameters, bytes, start + 1, end, 1) };
}

/**
 * The octets of an ATT PDU, opcode first: of a decoded one the very octets it came from.
 * @throws {RangeError | TypeError} on fields that do not fit
 */
export function encodeAtt(pdu: Pick<DecodedAttPdu, 'opcode'> & EncodableParameters): Uint8Array {
  if (pdu.opcode === undefined) return new Uint8Array(0);
  return concatBytes(Uint8Array.of(pdu.opcode), writeParameters(byOpcode.get(pdu.opcode)?.parameters, pdu));
}
