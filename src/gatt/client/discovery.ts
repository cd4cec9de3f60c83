import { u16At } from '../../core/bytes.js';
import { AttError, MalformedPacketError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import type { AttBearer } from '../att/bearer.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode } from '../att/opcodes.js';
import { findByTypeValueRequest, handlePdu, rangeRequest, readRequest } from '../att/requests.js';

/** A range of handles that a service takes up. */
export interface ServiceRange {
  readonly uuid: Uuid;
  readonly startHandle: number;
  readonly endHandle: number;
}

/** An Include declaration: Core Vol 3, Part G, 3.2. */
export interface IncludedService extends ServiceRange {
  /** Handle of the declaration. */
  readonly handle: number;
}

/** A Characteristic declaration: Core Vol 3, Part G, 3.3.1. */
export interface CharacteristicDeclaration {
  /** Handle of the declaration. */
  readonly handle: number;
  readonly properties: number;
  readonly valueHandle: number;
  readonly uuid: Uuid;
}

/** A descriptor, or whatever attribute stands at a handle. */
export interface AttributeInformation {
  readonly handle: number;
  readonly type: Uuid;
}

/** Declarations: assigned numbers, 3.5. */
export const Declaration = {
  primaryService: 0x2800,
  secondaryService: 0x2801,
  include: 0x2802,
  characteristic: 0x2803,
} as const;

const LAST = 0xffff;

/**
 * The discovery procedures of GATT (Core Vol 3, Part G, 4.4 to 4.7), each as the sequence of requests that the
 * specification gives. A server whose answers do not go forward ends the procedure with an error: nothing here loops.
 */
export class Discovery {
  private readonly bearer: AttBearer;

  constructor(bearer: AttBearer) {
    this.bearer = bearer;
  }

  /** Discover All Primary Services (4.4.1), or the secondary ones. */
  async services(type: number = Declaration.primaryService, signal?: AbortSignal): Promise<ServiceRange[]> {
    const found: ServiceRange[] = [];
    await this.sweep(1, LAST, async (start) => {
      const frame = rangeRequest(AttOpcode.readByGroupTypeReq, start, LAST, Uuid.from(type).attWire);
      const some = await this.bearer.request(frame, start, AttOpcode.readByGroupTypeRsp, parseGroups, signal);
      let last = start - 1;
      for (const service of some) {
        if (service.startHandle <= last || service.endHandle < service.startHandle)
          throw backwards('services', service.startHandle);
        last = service.endHandle;
      }
      found.push(...some);
      return last;
    });
    return found;
  }

  /**
   * Discover Primary Service by Service UUID (4.4.2).
   * @param octets what to look for in the declarations, where that is not the UUID's shortest form: servers compare
   *   octets, and one may have declared a 16-bit UUID in its 128-bit form
   */
  async servicesByUuid(
    uuid: Uuid,
    signal?: AbortSignal,
    octets: Uint8Array = uuid.attWire,
  ): Promise<ServiceRange[]> {
    const found: ServiceRange[] = [];
    await this.sweep(1, LAST, async (start) => {
      const frame = findByTypeValueRequest(start, LAST, Declaration.primaryService, octets);
      const some = await this.bearer.request(
        frame,
        start,
        AttOpcode.findByTypeValueRsp,
        parseHandleRanges,
        signal,
      );
      let last = start - 1;
      for (const [startHandle, endHandle] of some) {
        if (startHandle <= last || endHandle < startHandle) throw backwards('services', startHandle);
        found.push({ uuid, startHandle, endHandle });
        last = endHandle;
      }
      return last;
    });
    return found;
  }

  /** Find Included Services (4.5.1), with a read of the declaration where the UUID has 128 bits. */
  async included(startHandle: number, endHandle: number, signal?: AbortSignal): Promise<IncludedService[]> {
    const found: IncludedService[] = [];
    await this.sweep(startHandle, endHandle, async (start) => {
      const frame = rangeRequest(
        AttOpcode.readByTypeReq,
        start,
        endHandle,
        Uuid.from(Declaration.include).attWire,
      );
      const some = await this.bearer.request(frame, start, AttOpcode.readByTypeRsp, parseIncludes, signal);
      let last = start - 1;
      for (const { handle, ...service } of some) {
        if (handle <= last || handle > endHandle) throw backwards('included services', handle);
        last = handle;
        const uuid =
          service.uuid ??
          (await this.bearer.request(
            readRequest(service.startHandle),
            service.startHandle,
            AttOpcode.readRsp,
            parseUuidValue,
            signal,
          ));
        found.push({ handle, startHandle: service.startHandle, endHandle: service.endHandle, uuid });
      }
      return last;
    });
    return found;
  }

  /** Discover All Characteristics of a Service (4.6.1). */
  async characteristics(
    startHandle: number,
    endHandle: number,
    signal?: AbortSignal,
  ): Promise<CharacteristicDeclaration[]> {
    const found: CharacteristicDeclaration[] = [];
    await this.sweep(startHandle, endHandle, async (start) => {
      const frame = rangeRequest(
        AttOpcode.readByTypeReq,
        start,
        endHandle,
        Uuid.from(Declaration.characteristic).attWire,
      );
      const some = await this.bearer.request(
        frame,
        start,
        AttOpcode.readByTypeRsp,
        parseCharacteristics,
        signal,
      );
      let last = start - 1;
      for (const { handle, valueHandle } of some) {
        if (handle <= last || handle > endHandle) throw backwards('characteristics', handle);
        if (valueHandle <= handle) throw backwards('characteristics', valueHandle);
        last = handle;
      }
      found.push(...some);
      return last;
    });
    return found;
  }

  /** Discover All Characteristic Descriptors (4.7.1). */
  async descriptors(
    startHandle: number,
    endHandle: number,
    signal?: AbortSignal,
  ): Promise<AttributeInformation[]> {
    const found: AttributeInformation[] = [];
    await this.sweep(startHandle, endHandle, async (start) => {
      const frame = handlePdu(
        AttOpcode.findInformationReq,
        start,
        Uint8Array.of(endHandle & 0xff, endHandle >> 8),
      );
      const some = await this.bearer.request(
        frame,
        start,
        AttOpcode.findInformationRsp,
        parseInformation,
        signal,
      );
      let last = start - 1;
      for (const { handle } of some) {
        if (handle <= last || handle > endHandle) throw backwards('descriptors', handle);
        last = handle;
      }
      found.push(...some);
      return last;
    });
    return found;
  }

  /** Asks again from behind the last handle found, until the range is done or the server has no more. */
  private async sweep(start: number, end: number, ask: (start: number) => Promise<number>): Promise<void> {
    let next = start;
    while (next <= end) {
      try {
        next = (await ask(next)) + 1;
      } catch (error) {
        if (error instanceof AttError && error.error === AttErrorCode.attributeNotFound) return;
        throw error;
      }
    }
  }
}

function backwards(what: string, handle: number): MalformedPacketError {
  return new MalformedPacketError(
    `the discovery of ${what} was ended: the server gave handle ${hexCode(handle, 4)} out of order`,
  );
}

/** Walks the entries of a response with an entry length in its second octet. */
function entries<T>(
  bytes: Uint8Array,
  start: number,
  end: number,
  permitted: readonly number[],
  make: (at: number, length: number) => T,
): T[] {
  const length = bytes[start + 1] ?? 0;
  const total = end - start - 2;
  if (!permitted.includes(length) || total <= 0 || total % length !== 0) {
    throw new MalformedPacketError(`entries of ${length} octets in ${total}`);
  }
  const made: T[] = [];
  for (let at = start + 2; at < end; at += length) made.push(make(at, length));
  return made;
}

function parseGroups(bytes: Uint8Array, start: number, end: number): ServiceRange[] {
  return entries(bytes, start, end, [6, 20], (at, length) => ({
    startHandle: u16At(bytes, at),
    endHandle: u16At(bytes, at + 2),
    uuid: Uuid.fromWire(bytes, at + 4, at + length),
  }));
}

function parseHandleRanges(bytes: Uint8Array, start: number, end: number): [number, number][] {
  const total = end - start - 1;
  if (total <= 0 || total % 4 !== 0) throw new MalformedPacketError(`handle ranges in ${total} octets`);
  const ranges: [number, number][] = [];
  for (let at = start + 1; at < end; at += 4) ranges.push([u16At(bytes, at), u16At(bytes, at + 2)]);
  return ranges;
}

function parseIncludes(bytes: Uint8Array, start: number, end: number) {
  return entries(bytes, start, end, [6, 8], (at, length) => ({
    handle: u16At(bytes, at),
    startHandle: u16At(bytes, at + 2),
    endHandle: u16At(bytes, at + 4),
    uuid: length === 8 ? Uuid.fromWire(bytes, at + 6, at + 8) : undefined,
  }));
}

function parseCharacteristics(bytes: Uint8Array, start: number, end: number): CharacteristicDeclaration[] {
  return entries(bytes, start, end, [7, 21], (at, length) => ({
    handle: u16At(bytes, at),
    properties: bytes[at + 2]!,
    valueHandle: u16At(bytes, at + 3),
    uuid: Uuid.fromWire(bytes, at + 5, at + length),
  }));
}

function parseInformation(bytes: Uint8Array, start: number, end: number): AttributeInformation[] {
  const width = bytes[start + 1] === 1 ? 2 : bytes[start + 1] === 2 ? 16 : 0;
  const total = end - start - 2;
  if (width === 0 || total <= 0 || total % (2 + width) !== 0)
    throw new MalformedPacketError('information data of no known format');
  const found: AttributeInformation[] = [];
  for (let at = start + 2; at < end; at += 2 + width) {
    found.push({ handle: u16At(bytes, at), type: Uuid.fromWire(bytes, at + 2, at + 2 + width) });
  }
  return found;
}

function parseUuidValue(bytes: Uint8Array, start: number, end: number): Uuid {
  const length = end - start - 1;
  if (length !== 2 && length !== 16) throw new MalformedPacketError(`a service UUID of ${length} octets`);
  return Uuid.fromWire(bytes, start + 1, end);
}
