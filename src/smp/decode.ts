import { concatBytes } from '../core/hex.js';
import {
  type DecodedParameters,
  type EncodableParameters,
  readExactly,
  readParameters,
  writeParameters,
} from '../core/parameters.js';
import { all, type SmpPduDefinition } from './pdus.js';

/** An SMP packet as far as it could be decoded. */
export interface DecodedSmpPdu extends DecodedParameters {
  /** `undefined` where the packet is empty. */
  readonly code: number | undefined;
  /** The specification's name; `undefined` for a code that it does not know. */
  readonly name: string | undefined;
}

const byCode = /* @__PURE__ */ new Map<number, SmpPduDefinition<unknown>>(
  all.map((definition) => [definition.code, definition]),
);

/** The declaration of an SMP packet; `undefined` for a code that the specification does not know. */
export function smpPduByCode(code: number): SmpPduDefinition<unknown> | undefined {
  return byCode.get(code);
}

/**
 * Decodes one SMP packet, code first, by its declaration (Core Vol 3, Part H, 3.3). Never throws: what is unknown or cannot
 * be read is in `fields.parameters`, as octets.
 */
export function decodeSmp(bytes: Uint8Array, start = 0, end: number = bytes.length): DecodedSmpPdu {
  const code = start < end ? bytes[start]! : undefined;
  if (code === undefined) {
    const malformed = { message: 'an SMP packet has a code', offset: 0 };
    return { code, name: undefined, fields: {}, trailing: undefined, malformed };
  }
  const definition = byCode.get(code);
  if (!definition) return { code, name: undefined, ...readParameters(undefined, bytes, start + 1, end, 1) };
  const { name, parameters } = definition;
  return { code, name, ...readExactly(name, parameters, bytes, start + 1, end, 1) };
}

/**
 * The octets of an SMP packet, code first: of a decoded one the very octets it came from.
 * @throws {RangeError | TypeError} on fields that do not fit
 */
export function encodeSmp(pdu: Pick<DecodedSmpPdu, 'code'> & EncodableParameters): Uint8Array {
  if (pdu.code === undefined) return new Uint8Array(0);
  return concatBytes(Uint8Array.of(pdu.code), writeParameters(byCode.get(pdu.code)?.parameters, pdu));
}
