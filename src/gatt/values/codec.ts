import { ByteReader, ByteWriter } from '../../core/bytes.js';
import { checkBytes } from '../../core/check.js';
import { MalformedPacketError } from '../../core/errors.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { Layout } from './layout.js';

/** The octets of a characteristic's or descriptor's value as something to work with, and back. */
export interface ValueCodec<T> {
  /** The assigned number, or all 128 bits. */
  readonly uuid: UuidLike;
  /** The specification's name, for messages. */
  readonly name: string;
  /**
   * What the octets say.
   * @throws {MalformedPacketError} when they are no such value: too short, too long, or out of the bounds of a field
   */
  decode(bytes: Uint8Array): T;
  /**
   * The octets of a value, an array of their own.
   * @throws {RangeError | TypeError} when it has no such octets; nothing is cut or wrapped around
   */
  encode(value: T): Uint8Array;
}

/** A codec of what a layout lays out. */
export function valueCodec<T>(uuid: UuidLike, name: string, layout: Layout<T>): ValueCodec<T> {
  return {
    uuid,
    name,
    decode(bytes) {
      const reader = new ByteReader(checkBytes(name, bytes, 0, 0xffff));
      let value: T;
      try {
        value = layout.read(reader);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        const offset = error instanceof MalformedPacketError ? error.offset : undefined;
        throw new MalformedPacketError(`${name}: ${error.message}`, offset, { cause: error });
      }
      if (reader.remaining > 0) {
        throw new MalformedPacketError(
          `${name}: ${reader.remaining} octets more than the value has`,
          reader.offset,
        );
      }
      return value;
    },
    encode(value) {
      const writer = new ByteWriter(20);
      try {
        layout.write(writer, value);
      } catch (error) {
        if (error instanceof TypeError) throw new TypeError(`${name}: ${error.message}`, { cause: error });
        if (error instanceof RangeError) throw new RangeError(`${name}: ${error.message}`, { cause: error });
        throw error;
      }
      return writer.finish();
    },
  };
}

/** The same values under another UUID: of a vendor's characteristic, for example. */
export function withUuid<T>(uuid: UuidLike, codec: ValueCodec<T>): ValueCodec<T> {
  return { ...codec, uuid: Uuid.from(uuid) };
}
