import { ByteReader, ByteWriter } from './bytes.js';
import type { Field } from './codec.js';
import { MalformedPacketError } from './errors.js';

/** What is wrong with the octets of a packet. */
export interface Malformed {
  readonly message: string;
  /** Where, in octets from the packet's start. */
  readonly offset: number;
}

/** The parameters of a packet as far as they could be read. */
export interface DecodedParameters {
  /** The fields by name; octets among them are views. `{ parameters }`, all octets, where they could not be read. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** A view of what stands behind the fields; `undefined` when nothing does. */
  readonly trailing: Uint8Array | undefined;
  /** What was wrong; `undefined` when nothing was. */
  readonly malformed: Malformed | undefined;
}

/**
 * Reads what `parameters` declares from `bytes[start, end)`. Never throws on octets.
 * @param parameters `undefined` where nobody knows the layout
 * @param offset where in its packet `start` is, for what is said of malformed octets
 */
export function readParameters(
  parameters: Field<unknown> | undefined,
  bytes: Uint8Array,
  start: number,
  end: number = bytes.length,
  offset: number = start,
): DecodedParameters {
  const reader = new ByteReader().reset(bytes, start, end);
  const all = { parameters: bytes.subarray(start, end) };
  if (!parameters) return { fields: all, trailing: undefined, malformed: undefined };
  try {
    const fields = parameters.read(reader) as Record<string, unknown>;
    const trailing = reader.remaining > 0 ? reader.rest() : undefined;
    return { fields, trailing, malformed: undefined };
  } catch (error) {
    if (!(error instanceof MalformedPacketError)) throw error;
    const at = offset + (error.offset ?? reader.offset - start);
    return { fields: all, trailing: undefined, malformed: { message: error.message, offset: at } };
  }
}

/** As {@link readParameters}, where nothing may stand behind the fields: what does is kept, and is malformed. */
export function readExactly(
  name: string,
  parameters: Field<unknown>,
  bytes: Uint8Array,
  start: number,
  end: number,
  offset: number,
): DecodedParameters {
  const read = readParameters(parameters, bytes, start, end, offset);
  if (!read.trailing) return read;
  const { length } = read.trailing;
  const at = offset + end - start - length;
  return { ...read, malformed: { message: `${name}: ${length} octets too many`, offset: at } };
}

/** What an encoder needs of parameters. */
export type EncodableParameters = Pick<DecodedParameters, 'fields'> &
  Partial<Pick<DecodedParameters, 'trailing'>>;

/**
 * The octets of which {@link readParameters} made `decoded`, every one of them.
 * @throws {RangeError | TypeError} on fields that do not fit
 */
export function writeParameters(
  parameters: Field<unknown> | undefined,
  { fields, trailing }: EncodableParameters,
): Uint8Array {
  const writer = new ByteWriter();
  const octets = fields['parameters'];
  if (octets instanceof Uint8Array && Object.keys(fields).length === 1) writer.bytes(octets);
  else parameters?.write(writer, fields);
  if (trailing) writer.bytes(trailing);
  return writer.finish();
}
