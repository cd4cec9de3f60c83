import { ByteReader } from '../../core/bytes.js';
import { struct } from '../../core/codec.js';
import { MalformedPacketError } from '../../core/errors.js';
import { AdType, type AdTypeName, type AdvertisingStructure } from '../advertising-types.js';
import { type AdContents, adContents } from './contents.js';

/** A structure that was read: the name of its type, and what it carries. */
export type AdStructure = {
  readonly [K in AdTypeName]: { readonly name: K; readonly type: number; readonly contents: AdContents[K] };
}[AdTypeName];

const LONGEST = 254;

const names: ReadonlyMap<number, AdTypeName> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries(AdType).map(([name, type]) => [type, name as AdTypeName]),
);

/**
 * Makes a structure of any AD type, for {@link AdvertisingDataFields.structures} or a list of structures.
 *
 * ```ts
 * adStructure('broadcastName', { name: 'Gate 12' })
 * adStructure('leRole', { role: 0 })
 * ```
 * @param contents the fields of the type as they travel: integers in their units, UUIDs as `Uuid`, addresses as `BdAddr`
 * @throws {RangeError | TypeError} naming the field, when it does not fit
 */
export function adStructure<K extends AdTypeName>(name: K, contents: AdContents[K]): AdvertisingStructure {
  if (!Object.hasOwn(AdType, name)) throw new RangeError(`${String(name)}: there is no such AD type`);
  const data = struct<(typeof adContents)[K]>(adContents[name]).encode(contents as never);
  if (data.length > LONGEST)
    throw new RangeError(`${name}: ${data.length} octets, and a structure carries ${LONGEST} at most`);
  return { type: AdType[name], data };
}

/**
 * Takes a structure apart.
 * @returns its contents; `undefined` when its type is not assigned, or its octets cannot be contents of it
 */
export function readAdStructure({ type, data }: AdvertisingStructure): AdStructure | undefined {
  const name = names.get(type);
  if (name === undefined) return undefined;
  const reader = new ByteReader(data);
  try {
    const contents = struct(adContents[name]).read(reader);
    return reader.remaining > 0 ? undefined : ({ name, type, contents } as unknown as AdStructure);
  } catch (error) {
    if (error instanceof MalformedPacketError) return undefined;
    throw error;
  }
}
