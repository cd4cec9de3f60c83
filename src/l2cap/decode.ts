import { ByteWriter, u16At } from '../core/bytes.js';
import { meaning, rest, struct, u16 } from '../core/codec.js';
import {
  type DecodedParameters,
  type EncodableParameters,
  readExactly,
  readParameters,
  writeParameters,
} from '../core/parameters.js';
import { allSignals, type SignallingDefinition, signallingHeader } from './signalling-pdus.js';

/** The names of fixed channels, those of BR/EDR included: Core Vol 3, Part A, 2.1. */
const channelNames: Readonly<Record<number, string>> = {
  1: 'BR/EDR signalling',
  2: 'connectionless',
  4: 'ATT',
  5: 'LE signalling',
  6: 'SMP',
  7: 'BR/EDR SMP',
};

/** A basic frame: Core Vol 3, Part A, 3.1. */
export const basicFrame = /* @__PURE__ */ struct({
  pduLength: u16,
  channelId: /* @__PURE__ */ meaning(u16, { names: (cid) => channelNames[cid] }),
  informationPayload: rest,
});

/** The first K-frame of an SDU, behind the basic header; the others have the payload alone. Core Vol 3, Part A, 3.4.3 */
export const firstKFrame = /* @__PURE__ */ struct({ sduLength: u16, informationPayload: rest });

/** A signalling command as far as it could be decoded. */
export interface DecodedSignal extends DecodedParameters {
  /** `undefined` where the octets end before the header does. */
  readonly code: number | undefined;
  /** The specification's name; `undefined` for a code that LE does not have. */
  readonly name: string | undefined;
  readonly identifier: number | undefined;
  /** The length that the header says. */
  readonly length: number | undefined;
}

const HEADER = 4;

const byCode = /* @__PURE__ */ new Map<number, SignallingDefinition<unknown>>(
  allSignals.map((definition) => [definition.code, definition]),
);

/** Commands that BR/EDR alone has: Core Vol 3, Part A, 4. Their data stay octets. */
const classicSignals: Readonly<Record<number, string>> = {
  2: 'Connection Request',
  3: 'Connection Response',
  4: 'Configuration Request',
  5: 'Configuration Response',
  8: 'Echo Request',
  9: 'Echo Response',
  10: 'Information Request',
  11: 'Information Response',
};

/** The name of a signalling command, those of BR/EDR included; `undefined` for a code that neither has. */
export function signalName(code: number): string | undefined {
  return byCode.get(code)?.name ?? classicSignals[code];
}

/** The declaration of a signalling command; `undefined` for a code that LE does not have. */
export function signalByCode(code: number): SignallingDefinition<unknown> | undefined {
  return byCode.get(code);
}

/**
 * Decodes one signalling command, code first, by its declaration (Core Vol 3, Part A, 4). Never throws: what is unknown or
 * cannot be read is in `fields.parameters`, as octets.
 */
export function decodeSignal(bytes: Uint8Array, start = 0, end: number = bytes.length): DecodedSignal {
  const size = end - start;
  if (size < HEADER) {
    const malformed = { message: `a signalling command has a header of ${HEADER} octets`, offset: size };
    const fields = { parameters: bytes.subarray(start, end) };
    const nothing = { code: undefined, name: undefined, identifier: undefined, length: undefined };
    return { ...nothing, fields, trailing: undefined, malformed };
  }
  const code = bytes[start]!;
  const length = u16At(bytes, start + 2);
  const definition = byCode.get(code);
  const header = { code, name: definition?.name, identifier: bytes[start + 1]!, length };
  const from = start + HEADER;
  if (length !== size - HEADER) {
    const message = `the command says ${length} octets of data and has ${size - HEADER}`;
    return { ...header, ...readParameters(undefined, bytes, from, end), malformed: { message, offset: 2 } };
  }
  if (!definition) return { ...header, ...readParameters(undefined, bytes, from, end) };
  return { ...header, ...readExactly(definition.name, definition.parameters, bytes, from, end, HEADER) };
}

/**
 * The octets of a signalling command, code first: of a decoded one the very octets it came from.
 * @param signal without `length` it is what the fields have
 * @throws {RangeError | TypeError} on fields that do not fit
 */
export function encodeSignal(
  signal: Pick<DecodedSignal, 'code' | 'identifier'> &
    EncodableParameters & { readonly length?: number | undefined },
): Uint8Array {
  const { code, identifier = 0, length } = signal;
  const body = writeParameters(code === undefined ? undefined : byCode.get(code)?.parameters, signal);
  if (code === undefined) return body;
  const writer = new ByteWriter();
  signallingHeader.write(writer, { code, identifier, length: length ?? body.length });
  return writer.bytes(body).finish();
}
