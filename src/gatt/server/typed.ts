import { MalformedPacketError } from '../../core/errors.js';
import { AttErrorCode } from '../att/error-codes.js';
import type { ValueCodec } from '../values/codec.js';
import { AttRefusal } from './attribute.js';
import type { ServerClient } from './client.js';

/** The part of a characteristic's options that a codec makes typed. */
export interface TypedValueOptions<T> {
  /** The value to begin with; empty octets without. */
  readonly value?: T;
  /** Gives the value when a client reads. */
  readonly onRead?: (client: ServerClient) => T | Promise<T>;
  /**
   * Takes what a client writes. Octets that are no such value are refused before: with Invalid Attribute Value Length
   * (0x0D), or Value Not Allowed (0x13) where a field is out of its bounds.
   */
  readonly onWrite?: (value: T, client: ServerClient) => void | Promise<void>;
  /** Looks at what a client writes, as `validate` of a characteristic without codec. */
  readonly validate?: (value: T, client: ServerClient) => void | Promise<void>;
  /** As `onUndo` of a characteristic without codec. */
  readonly onUndo?: (value: T, client: ServerClient) => void | Promise<void>;
}

/** These options in octets. */
export function inOctets<T>(codec: ValueCodec<T>, options: TypedValueOptions<T>) {
  const { onRead, onWrite, validate, onUndo } = options;
  return {
    // What is written is looked at even where nobody else does: the value stays one that the codec reads.
    validate: (octets: Uint8Array, client: ServerClient) => {
      const written = decodeWritten(codec, octets);
      return validate?.(written, client);
    },
    onWrite: (octets: Uint8Array, client: ServerClient) => onWrite?.(decodeWritten(codec, octets), client),
    onUndo: (octets: Uint8Array, client: ServerClient) => onUndo?.(decodeWritten(codec, octets), client),
    ...('value' in options ? { value: codec.encode(options.value as T) } : {}),
    ...(onRead
      ? {
          onRead: (client: ServerClient) => {
            const read = onRead(client);
            return read instanceof Promise ? read.then((one) => codec.encode(one)) : codec.encode(read);
          },
        }
      : {}),
  };
}

function decodeWritten<T>(codec: ValueCodec<T>, octets: Uint8Array): T {
  try {
    return codec.decode(octets);
  } catch (error) {
    if (!(error instanceof MalformedPacketError)) throw error;
    // One that tells where in the octets is about their number.
    throw new AttRefusal(
      error.offset === undefined ? AttErrorCode.valueNotAllowed : AttErrorCode.invalidAttributeValueLength,
    );
  }
}
