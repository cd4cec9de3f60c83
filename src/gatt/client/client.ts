import { checkBytes, checkInteger, checkKeys } from '../../core/check.js';
import { AttError, MalformedPacketError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { type LinkSecurity, openLink } from '../../core/security.js';
import { Uuid, type UuidLike } from '../../core/uuid.js';
import type { AttBearer } from '../att/bearer.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode } from '../att/opcodes.js';
import {
  handlePdu,
  rangeRequest,
  readBlobRequest,
  readMultipleRequest,
  readRequest,
} from '../att/requests.js';
import { DatabaseChanges } from './changes.js';
import { Declaration, type HandleValue } from './declarations.js';
import { Discovery } from './discovery.js';
import { LongValues, MAX_VALUE_LENGTH, type QueuedWrite } from './long-values.js';
import type { Procedures, WriteLongOptions } from './procedures.js';
import { RemoteService } from './remote.js';
import { Requester } from './requester.js';
import { copyValue, nothing, parseHandleValues, parseTuples } from './responses.js';
import { type ClientLink, SignedWrites } from './signed-writes.js';
import { Subscriptions } from './subscriptions.js';

/**
 * The client of one link's ATT bearers: the procedures of GATT by attribute handle (Core Vol 3, Part G, 4), and the
 * peer's services as objects. Concurrent calls are queued in their order; an AbortSignal lets the caller leave, while
 * a request that was sent keeps its place until it is answered.
 */
export class GattClient implements Procedures {
  /** The bearer underneath. */
  readonly bearer: AttBearer;
  /** @internal */
  readonly discovery: Discovery;
  /** @internal */
  readonly subscriptions: Subscriptions;
  /** @internal */
  readonly requester: Requester;
  /** @internal */
  readonly changes = new DatabaseChanges();
  /** @internal The security of the link as it is. */
  readonly security: () => LinkSecurity;
  private readonly long: LongValues;
  private readonly signedWrites: SignedWrites;
  private mtuExchange: Promise<number> | undefined;

  constructor(bearer: AttBearer, link: ClientLink = {}) {
    this.bearer = bearer;
    this.security = link.security ?? (() => openLink);
    this.signedWrites = new SignedWrites(bearer, link);
    this.requester = new Requester(bearer);
    this.discovery = new Discovery(this.requester);
    this.subscriptions = new Subscriptions(this.requester, this.security);
    this.long = new LongValues(this.requester);
  }

  /** The ATT_MTU of the link in octets, that of the bearer which each link has: enhanced ones have their own. */
  get mtu(): number {
    return this.bearer.mtu;
  }

  /** @internal Adds an enhanced bearer, until it is gone: requests are spread over all that there are. */
  add(bearer: AttBearer): void {
    this.requester.add(bearer);
    this.subscriptions.listen(bearer);
  }

  /**
   * Exchanges the MTU (4.3.1), once for a link: later calls get the same answer.
   * @returns the ATT_MTU in octets; 23 when the server does not know the request
   */
  exchangeMtu(): Promise<number> {
    this.mtuExchange ??= this.requestMtu();
    return this.mtuExchange;
  }

  /** The primary services (4.4.1), or those of one UUID (4.4.2). */
  async discoverServices(uuid?: UuidLike, signal?: AbortSignal): Promise<RemoteService[]> {
    const wanted = uuid === undefined ? undefined : Uuid.from(uuid);
    if (this.bearer.trace) this.tell('discoverServices', wanted?.toShortString());
    const ranges = wanted
      ? await this.discovery.servicesByUuid(wanted, signal)
      : await this.discovery.services(Declaration.primaryService, signal);
    return ranges.map((range) => new RemoteService(this, range, true));
  }

  /** The secondary services: what included services refer to. */
  async discoverSecondaryServices(signal?: AbortSignal): Promise<RemoteService[]> {
    if (this.bearer.trace) this.tell('discoverSecondaryServices');
    const ranges = await this.discovery.services(Declaration.secondaryService, signal);
    return ranges.map((range) => new RemoteService(this, range, false));
  }

  /** All primary services with their included services, characteristics and descriptors. */
  async discoverAll(signal?: AbortSignal): Promise<RemoteService[]> {
    if (this.bearer.trace) this.tell('discoverAll');
    const services = await this.discoverServices(undefined, signal);
    for (const service of services) {
      await service.discoverIncludedServices(signal);
      for (const characteristic of await service.discoverCharacteristics(signal)) {
        await characteristic.discoverDescriptors(signal);
      }
    }
    return services;
  }

  /** Reads a value, up to ATT_MTU - 1 octets of it (4.8.1). */
  read(handle: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    const frame = readRequest(handle);
    this.announce('read', handle);
    return this.requester.request(frame, handle, AttOpcode.readRsp, copyValue, signal);
  }

  /** Reads a part of a value from `offset` on, up to ATT_MTU - 1 octets (3.4.4.5). */
  readBlob(handle: number, offset: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    checkInteger('offset', offset, 0, 0xffff);
    const frame = readBlobRequest(handle, offset);
    if (this.bearer.trace) this.tell('readBlob', `${hexCode(handle, 4)}, ${offset}`);
    return this.requester.request(frame, handle, AttOpcode.readBlobRsp, copyValue, signal);
  }

  /** Reads a whole value, however long (4.8.3). */
  readLong(handle: number, signal?: AbortSignal): Promise<Uint8Array> {
    checkHandle(handle);
    this.announce('readLong', handle);
    return this.long.read(handle, signal);
  }

  /** Reads all values of one type in a range of handles (4.8.2), each up to ATT_MTU - 4 octets. */
  async readByUuid(
    uuid: UuidLike,
    startHandle = 1,
    endHandle = 0xffff,
    signal?: AbortSignal,
  ): Promise<HandleValue[]> {
    checkRange(startHandle, endHandle);
    const wanted = Uuid.from(uuid);
    const type = wanted.attWire;
    if (this.bearer.trace) this.tell('readByUuid', wanted.toShortString());
    const found: HandleValue[] = [];
    for (let start = startHandle; start <= endHandle; ) {
      const frame = rangeRequest(AttOpcode.readByTypeReq, start, endHandle, type);
      let some: HandleValue[];
      try {
        some = await this.requester.request(frame, start, AttOpcode.readByTypeRsp, parseHandleValues, signal);
      } catch (error) {
        if (found.length > 0 && error instanceof AttError && error.error === AttErrorCode.attributeNotFound)
          break;
        throw error;
      }
      for (const { handle } of some) {
        if (handle < start || handle > endHandle)
          throw new MalformedPacketError(`handle ${hexCode(handle, 4)} came out of order`);
        start = handle + 1;
      }
      found.push(...some);
    }
    return found;
  }

  /**
   * Reads several values of known lengths at once (4.8.4): they come one after another, cut at ATT_MTU - 1 octets.
   * @param handles two or more
   */
  readMultiple(handles: readonly number[], signal?: AbortSignal): Promise<Uint8Array> {
    this.checkHandles(handles);
    const frame = readMultipleRequest(AttOpcode.readMultipleReq, handles);
    if (this.bearer.trace) this.tell('readMultiple', handles.map((handle) => hexCode(handle, 4)).join(', '));
    return this.requester.request(frame, handles[0]!, AttOpcode.readMultipleRsp, copyValue, signal);
  }

  /** Reads several values of any lengths at once (4.8.5); one that did not fit is cut or absent. */
  readMultipleVariable(handles: readonly number[], signal?: AbortSignal): Promise<Uint8Array[]> {
    this.checkHandles(handles);
    const frame = readMultipleRequest(AttOpcode.readMultipleVariableReq, handles);
    if (this.bearer.trace)
      this.tell('readMultipleVariable', handles.map((handle) => hexCode(handle, 4)).join(', '));
    return this.requester.request(
      frame,
      handles[0]!,
      AttOpcode.readMultipleVariableRsp,
      (bytes, start, end, mtu) => parseTuples(bytes, start, end, handles.length, mtu),
      signal,
    );
  }

  /**
   * Writes a value and waits for the response (4.9.3); one longer than ATT_MTU - 3 octets by {@link writeLong}.
   * @param value up to 512 octets
   */
  write(handle: number, value: Uint8Array, signal?: AbortSignal): Promise<void> {
    checkHandle(handle);
    checkBytes('value', value, 0, MAX_VALUE_LENGTH);
    if (value.length > this.mtu - 3) return this.writeLong(handle, value, { ...(signal ? { signal } : {}) });
    const frame = handlePdu(AttOpcode.writeReq, handle, value);
    if (this.bearer.trace) this.tell('write', `${hexCode(handle, 4)}, ${value.length} octets`);
    return this.requester.request(frame, handle, AttOpcode.writeRsp, nothing, signal);
  }

  /**
   * Writes a value in parts that take effect together (4.9.4): Prepare Write, then Execute Write. On an error
   * what was prepared is taken back.
   */
  async writeLong(handle: number, value: Uint8Array, options: WriteLongOptions = {}): Promise<void> {
    checkHandle(handle);
    checkKeys('writeLong', options, ['offset', 'reliable', 'signal']);
    checkBytes('value', value, 0, MAX_VALUE_LENGTH);
    const { offset = 0, reliable = false, signal } = options;
    const call = `writeLong(${hexCode(handle, 4)}, ${value.length} octets)`;
    await this.long.write([{ handle, value, offset }], { reliable, signal, call });
  }

  /**
   * Writes several values that take effect together (4.9.5): all are prepared, each response is compared with what was
   * sent, and all are executed. Whether a characteristic permits it says bit 0 of its Characteristic Extended Properties.
   * @throws {ReliableWriteError} when a response differed; {@link AttError} when the peer refused; nothing is written then
   */
  async writeReliably(writes: readonly QueuedWrite[], signal?: AbortSignal): Promise<void> {
    checkInteger('writes', writes.length, 1, 0xffff);
    for (const { handle } of writes) checkHandle(handle);
    const call = `writeReliably(${writes.map(({ handle }) => hexCode(handle, 4)).join(', ')})`;
    await this.long.write(writes, { reliable: true, signal, call });
  }

  /**
   * Writes without a response (4.9.1). Resolves as soon as the value is in the queue of the link, or, when that is
   * full, when there is room again: await it, and the queue stays short.
   * @param value up to ATT_MTU - 3 octets
   */
  writeWithoutResponse(handle: number, value: Uint8Array): Promise<void> {
    checkHandle(handle);
    if (!(value instanceof Uint8Array) || value.length > this.bearer.mtu - 3) {
      checkBytes('value', value, 0, this.bearer.mtu - 3);
    }
    const frame = handlePdu(AttOpcode.writeCmd, handle, value);
    this.bearer.trace?.(`writeWithoutResponse(${hexCode(handle, 4)}, ${value.length} octets) →`);
    return this.bearer.sendPaced(frame);
  }

  /**
   * Writes without a response, with a signature (4.9.2): for links without encryption to a server that is bonded. Where the
   * link is encrypted it is {@link writeWithoutResponse}, as the specification asks for.
   * @param value up to ATT_MTU - 15 octets
   * @throws {StateError} when there is no bond with a key to sign with
   */
  writeSigned(handle: number, value: Uint8Array): Promise<void> {
    checkHandle(handle);
    return this.signedWrites.write(handle, value) ?? this.writeWithoutResponse(handle, value);
  }

  private async requestMtu(): Promise<number> {
    const { bearer } = this;
    const offered = bearer.offeredMtu;
    if (bearer.trace) this.tell('exchangeMtu');
    try {
      const server = await bearer.request(
        handlePdu(AttOpcode.exchangeMtuReq, offered),
        0,
        AttOpcode.exchangeMtuRsp,
        (bytes, start, end) => {
          if (end - start !== 3) throw new MalformedPacketError('an MTU response has 3 octets');
          const mtu = bytes[start + 1]! | (bytes[start + 2]! << 8);
          // In force from this very PDU on (3.4.2.2).
          bearer.agreeMtu(mtu);
          return mtu;
        },
      );
      if (server < 23) return bearer.mtu;
    } catch (error) {
      if (!(error instanceof AttError && error.error === AttErrorCode.requestNotSupported)) throw error;
    }
    return bearer.mtu;
  }

  /** @internal */
  announce(call: string, handle: number, endHandle?: number): void {
    if (!this.bearer.trace) return;
    this.tell(
      call,
      endHandle === undefined ? hexCode(handle, 4) : `${hexCode(handle, 4)}–${hexCode(endHandle, 4)}`,
    );
  }

  /** Ties a call to its first packet, in a recording. */
  private tell(call: string, what = ''): void {
    this.bearer.announce(`${call}(${what}) →`);
  }

  private checkHandles(handles: readonly number[]): void {
    checkInteger('handles', handles.length, 2, Math.floor((this.mtu - 1) / 2));
    for (const handle of handles) checkHandle(handle);
  }
}

/** On the way of each request: no call for what is right. 0 is no attribute's; that is for the server to say. */
function checkHandle(handle: number): void {
  if ((handle & 0xffff) !== handle) checkInteger('handle', handle, 0, 0xffff);
}

function checkRange(start: number, end: number): void {
  checkInteger('startHandle', start, 1, 0xffff);
  checkInteger('endHandle', end, start, 0xffff);
}
