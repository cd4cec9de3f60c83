import { AttError, MalformedPacketError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode } from '../att/opcodes.js';
import { findByTypeValueRequest, handlePdu, rangeRequest, readRequest } from '../att/requests.js';
import {
  type AttributeInformation,
  type CharacteristicDeclaration,
  Declaration,
  type IncludedService,
  type ServiceRange,
} from './declarations.js';
import type { Requester } from './requester.js';
import {
  parseCharacteristics,
  parseGroups,
  parseHandleRanges,
  parseIncludes,
  parseInformation,
  parseUuidValue,
} from './responses.js';

const LAST = 0xffff;

/**
 * The discovery procedures of GATT (Core Vol 3, Part G, 4.4 to 4.7), each as the sequence of requests that the
 * specification gives. A server whose answers do not go forward ends the procedure with an error: nothing here loops.
 */
export class Discovery {
  private readonly requester: Requester;

  constructor(requester: Requester) {
    this.requester = requester;
  }

  /** Discover All Primary Services (4.4.1), or the secondary ones. */
  async services(
    type: number = Declaration.primaryService,
    signal?: AbortSignal,
    startHandle = 1,
    endHandle: number = LAST,
  ): Promise<ServiceRange[]> {
    const found: ServiceRange[] = [];
    await this.sweep(startHandle, endHandle, async (start) => {
      const frame = rangeRequest(AttOpcode.readByGroupTypeReq, start, endHandle, Uuid.from(type).attWire);
      const some = await this.requester.request(
        frame,
        start,
        AttOpcode.readByGroupTypeRsp,
        parseGroups,
        signal,
      );
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
      const some = await this.requester.request(
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
      const some = await this.requester.request(frame, start, AttOpcode.readByTypeRsp, parseIncludes, signal);
      let last = start - 1;
      for (const { handle, ...service } of some) {
        if (handle <= last || handle > endHandle) throw backwards('included services', handle);
        last = handle;
        const uuid =
          service.uuid ??
          (await this.requester.request(
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
      const some = await this.requester.request(
        frame,
        start,
        AttOpcode.readByTypeRsp,
        parseCharacteristics,
        signal,
      );
      let last = Math.max(start - 1, found.at(-1)?.valueHandle ?? 0);
      for (const { handle, valueHandle } of some) {
        if (handle <= last || handle > endHandle) throw backwards('characteristics', handle);
        if (valueHandle <= handle || valueHandle > endHandle) throw backwards('characteristics', valueHandle);
        last = valueHandle;
      }
      found.push(...some);
      // Asked for from behind the last declaration, as the procedure has it, not from behind its value.
      return some.at(-1)!.handle;
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
      const some = await this.requester.request(
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
