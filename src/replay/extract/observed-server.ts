import { u16At } from '../../core/bytes.js';
import { concatBytes, equalBytes } from '../../core/hex.js';
import { Uuid } from '../../core/uuid.js';
import { AttErrorCode as E } from '../../gatt/att/error-codes.js';
import { AttOpcode as Op } from '../../gatt/att/opcodes.js';
import { HandleRanges } from './handle-ranges.js';
import type { CapturedLink, CapturedPdu } from './links.js';

/** A service as discovery showed it. */
export interface ObservedService {
  readonly uuid: Uuid;
  readonly startHandle: number;
  readonly endHandle: number;
  readonly primary: boolean;
}

/** An include declaration. */
export interface ObservedInclude {
  readonly handle: number;
  readonly startHandle: number;
  readonly endHandle: number;
  /** `undefined` of a UUID of 128 bits, which does not stand there. */
  readonly uuid: Uuid | undefined;
}

/** A characteristic declaration. */
export interface ObservedCharacteristic {
  readonly handle: number;
  readonly properties: number;
  readonly valueHandle: number;
  readonly uuid: Uuid;
}

/** What was seen of an attribute. */
export interface ObservedAttribute {
  /** The first value that was read, as far as it was read. */
  value: Uint8Array | undefined;
  /** Whether its end was not read. */
  isCut: boolean;
  /** Whether a read after a write gave what was there before. */
  keepsValue: boolean;
  /** What was written since it was last read. */
  written: Uint8Array | undefined;
  /** Other values that were read later. */
  otherValues: number;
  /** The last ATT error that a read was refused with, and whether one succeeded behind it. */
  readError: number | undefined;
  isReadable: boolean;
  writeError: number | undefined;
  isWritable: boolean;
  /** The requests to write that were refused, with their value. */
  readonly refusedWrites: { readonly value: Uint8Array; readonly error: number }[];
}

/** A value that the server told. */
export interface ObservedTelling {
  readonly handle: number;
  readonly at: number;
  readonly value: Uint8Array;
  readonly link: number;
}

/** A value that the client wrote and the server did not refuse. */
export interface ObservedWrite {
  readonly handle: number;
  readonly at: number;
  readonly value: Uint8Array;
  readonly link: number;
}

const PRIMARY = 0x2800;
const SECONDARY = 0x2801;
const INCLUDE = 0x2802;
const CHARACTERISTIC = 0x2803;
const DEFAULT_MTU = 23;
/** Refused writes of one attribute that are kept. */
const REFUSED_LIMIT = 64;

/** What a client found out of a server: all links of a capture to the same peer, put together. */
export class ObservedServer {
  readonly services = new Map<number, ObservedService>();
  readonly includes = new Map<number, ObservedInclude>();
  readonly characteristics = new Map<number, ObservedCharacteristic>();
  /** Types by handle, from Find Information. */
  readonly types = new Map<number, Uuid>();
  /** Types by handle, of values that were read by their type. */
  readonly readTypes = new Map<number, Uuid>();
  readonly attributes = new Map<number, ObservedAttribute>();
  readonly tellings: ObservedTelling[] = [];
  readonly writes: ObservedWrite[] = [];
  /** The handles that Find Information answered for. */
  readonly searched = new HandleRanges();
  /** Where characteristics were looked for to the end. */
  readonly listed = new HandleRanges();
  /** Values of several attributes that came without their lengths. */
  unsplit = 0;
  /** The ATT_MTU that the server offered. */
  mtu: number | undefined;
  private allServices = false;
  private links = 0;

  /** Whether the list of primary services was read to its end. */
  get hasAllServices(): boolean {
    return this.allServices;
  }

  /** Takes the traffic of a link. */
  link({ att }: CapturedLink): void {
    const link = this.links++;
    const state: LinkState = { link, mtu: DEFAULT_MTU, request: undefined, prepared: new Map() };
    for (const pdu of att) {
      if (pdu.sent) this.sent(pdu, state);
      else this.received(pdu, state);
    }
  }

  /** What was seen of an attribute. */
  attribute(handle: number): ObservedAttribute {
    let known = this.attributes.get(handle);
    if (!known) {
      known = {
        value: undefined,
        isCut: false,
        keepsValue: false,
        written: undefined,
        otherValues: 0,
        readError: undefined,
        isReadable: false,
        writeError: undefined,
        isWritable: false,
        refusedWrites: [],
      };
      this.attributes.set(handle, known);
    }
    return known;
  }

  private sent(pdu: CapturedPdu, state: LinkState): void {
    const { octets } = pdu;
    const opcode = octets[0]!;
    if (opcode === Op.writeCmd && octets.length >= 3) this.wrote(pdu, state);
    // Requests are even, without the bit of commands; confirmations are none.
    else if (requests.has(opcode)) state.request = pdu;
  }

  private received(pdu: CapturedPdu, state: LinkState): void {
    const { octets, at } = pdu;
    const opcode = octets[0]!;
    if ((opcode === Op.handleValueNtf || opcode === Op.handleValueInd) && octets.length >= 3) {
      this.tellings.push({ handle: u16At(octets, 1), at, value: octets.slice(3), link: state.link });
      return;
    }
    if (opcode === Op.multipleHandleValueNtf) {
      for (const [handle, value] of tuples(octets.subarray(1))) {
        this.tellings.push({ handle, at, value, link: state.link });
      }
      return;
    }
    const { request } = state;
    if (!request) return;
    const asked = request.octets[0]!;
    if (opcode === Op.errorRsp && octets.length === 5 && octets[1] === asked) {
      state.request = undefined;
      this.refused(request.octets, u16At(octets, 2), octets[4]!);
    } else if (opcode === (asked === Op.readMultipleVariableReq ? Op.readMultipleVariableRsp : asked + 1)) {
      state.request = undefined;
      this.answered(request, octets, state);
    }
  }

  private refused(request: Uint8Array, handle: number, error: number): void {
    const opcode = request[0]!;
    if (error === E.attributeNotFound) {
      this.ended(request);
      return;
    }
    if (opcode === Op.readReq || opcode === Op.readByTypeReq || opcode === Op.readMultipleReq) {
      if (handle !== 0) this.attribute(handle).readError = error;
    } else if (opcode === Op.readBlobReq) {
      // Behind its end: the value is whole.
      if (error === E.invalidOffset || error === E.attributeNotLong) this.attribute(handle).isCut = false;
      else this.attribute(handle).readError = error;
    } else if (opcode === Op.writeReq) {
      const attribute = this.attribute(handle);
      attribute.writeError = error;
      if (attribute.refusedWrites.length < REFUSED_LIMIT) {
        attribute.refusedWrites.push({ value: request.slice(3), error });
      }
    } else if (opcode === Op.prepareWriteReq) this.attribute(handle).writeError = error;
  }

  /** Nothing more of what was looked for is there, up to the end of the range. */
  private ended(request: Uint8Array): void {
    const opcode = request[0]!;
    const [start, end] = [u16At(request, 1), u16At(request, 3)];
    if (opcode === Op.readByGroupTypeReq && end === 0xffff) {
      if (u16At(request, 5) === PRIMARY && request.length === 7) this.allServices = true;
    } else if (opcode === Op.readByTypeReq && isType(request.subarray(5), CHARACTERISTIC)) {
      this.listed.add(start, end);
    } else if (opcode === Op.findInformationReq) this.searched.add(start, end);
  }

  private answered(request: CapturedPdu, response: Uint8Array, state: LinkState): void {
    const { octets } = request;
    switch (octets[0]) {
      case Op.exchangeMtuReq:
        if (response.length < 3 || octets.length < 3) return;
        this.mtu = u16At(response, 1);
        state.mtu = Math.max(DEFAULT_MTU, Math.min(this.mtu, u16At(octets, 1)));
        return;
      case Op.findInformationReq:
        this.information(octets, response);
        return;
      case Op.findByTypeValueReq:
        this.foundByValue(octets, response);
        return;
      case Op.readByTypeReq:
        this.readByType(octets, response, state);
        return;
      case Op.readByGroupTypeReq:
        this.groups(octets, response);
        return;
      case Op.readReq:
        this.read(u16At(octets, 1), response.slice(1), response.length === state.mtu);
        return;
      case Op.readBlobReq:
        this.readPart(u16At(octets, 1), u16At(octets, 3), response.slice(1), response.length === state.mtu);
        return;
      case Op.readMultipleReq:
        this.unsplit++;
        return;
      case Op.readMultipleVariableReq:
        this.readVariable(octets, response);
        return;
      case Op.writeReq:
        this.attribute(u16At(octets, 1)).isWritable = true;
        this.wrote(request, state);
        return;
      case Op.prepareWriteReq:
        this.prepared(octets, state);
        return;
      case Op.executeWriteReq:
        if (octets[1] === 1) {
          for (const [handle, value] of state.prepared) {
            this.attribute(handle).isWritable = true;
            this.attribute(handle).written = value;
            this.writes.push({ handle, at: request.at, value, link: state.link });
          }
        }
        state.prepared.clear();
        return;
      default:
        return;
    }
  }

  private wrote({ octets, at }: CapturedPdu, { link }: LinkState): void {
    this.attribute(u16At(octets, 1)).written = octets.slice(3);
    this.writes.push({ handle: u16At(octets, 1), at, value: octets.slice(3), link });
  }

  private prepared(octets: Uint8Array, { prepared }: LinkState): void {
    const handle = u16At(octets, 1);
    const before = prepared.get(handle) ?? new Uint8Array(0);
    prepared.set(handle, concatBytes(before.subarray(0, u16At(octets, 3)), octets.subarray(5)));
  }

  private information(request: Uint8Array, response: Uint8Array): void {
    const width = response[1] === 1 ? 2 : 16;
    let last = u16At(request, 1) - 1;
    for (let at = 2; at + 2 + width <= response.length; at += 2 + width) {
      const handle = u16At(response, at);
      this.types.set(handle, Uuid.fromWire(response, at + 2, at + 2 + width));
      last = handle;
    }
    // Handles that were passed over have no attribute.
    this.searched.add(u16At(request, 1), last);
  }

  private foundByValue(request: Uint8Array, response: Uint8Array): void {
    const type = u16At(request, 5);
    if (type !== PRIMARY && type !== SECONDARY) return;
    const wire = request.subarray(7);
    if (wire.length !== 2 && wire.length !== 16) return;
    const uuid = Uuid.fromWire(wire);
    for (let at = 1; at + 4 <= response.length; at += 4) {
      this.service(uuid, u16At(response, at), u16At(response, at + 2), type === PRIMARY);
    }
  }

  private groups(request: Uint8Array, response: Uint8Array): void {
    const type = request.length === 7 ? u16At(request, 5) : 0;
    const size = response[1] ?? 0;
    if ((type !== PRIMARY && type !== SECONDARY) || (size !== 6 && size !== 20)) return;
    for (let at = 2; at + size <= response.length; at += size) {
      const uuid = Uuid.fromWire(response, at + 4, at + size);
      const endHandle = u16At(response, at + 2);
      this.service(uuid, u16At(response, at), endHandle, type === PRIMARY);
      if (endHandle === 0xffff && type === PRIMARY) this.allServices = true;
    }
  }

  private service(uuid: Uuid, startHandle: number, endHandle: number, primary: boolean): void {
    if (startHandle > 0 && endHandle >= startHandle) {
      this.services.set(startHandle, { uuid, startHandle, endHandle, primary });
    }
  }

  private readByType(request: Uint8Array, response: Uint8Array, { mtu }: LinkState): void {
    const type = request.subarray(5);
    const size = response[1] ?? 0;
    if (size < 2) return;
    let last = u16At(request, 1);
    for (let at = 2; at + size <= response.length; at += size) {
      const handle = u16At(response, at);
      const value = response.slice(at + 2, at + size);
      last = handle;
      if (isType(type, CHARACTERISTIC)) this.declaration(handle, value);
      else if (isType(type, INCLUDE)) this.include(handle, value);
      else {
        if (type.length === 2 || type.length === 16) this.readTypes.set(handle, Uuid.fromWire(type.slice()));
        this.read(handle, value, size === Math.min(mtu - 2, 255));
      }
    }
    if (isType(type, CHARACTERISTIC)) this.listed.add(u16At(request, 1), last);
  }

  private declaration(handle: number, value: Uint8Array): void {
    if (value.length !== 5 && value.length !== 19) return;
    const valueHandle = u16At(value, 1);
    this.characteristics.set(handle, {
      handle,
      properties: value[0]!,
      valueHandle,
      uuid: Uuid.fromWire(value, 3, value.length),
    });
  }

  private include(handle: number, value: Uint8Array): void {
    if (value.length !== 4 && value.length !== 6) return;
    const uuid = value.length === 6 ? Uuid.fromWire(value, 4, 6) : undefined;
    this.includes.set(handle, { handle, startHandle: u16At(value, 0), endHandle: u16At(value, 2), uuid });
  }

  private readVariable(request: Uint8Array, response: Uint8Array): void {
    let at = 1;
    for (let i = 1; i + 2 <= request.length && at + 2 <= response.length; i += 2) {
      const length = u16At(response, at);
      const value = response.slice(at + 2, at + 2 + length);
      this.read(u16At(request, i), value, value.length < length);
      at += 2 + length;
    }
  }

  /** A value that was read from its beginning. */
  private read(handle: number, value: Uint8Array, mayGoOn: boolean): void {
    const attribute = this.attribute(handle);
    attribute.isReadable = true;
    const { value: known } = attribute;
    if (known === undefined) {
      attribute.value = value;
      attribute.isCut = mayGoOn;
      return;
    }
    const { written } = attribute;
    attribute.written = undefined;
    // What was written is the value now: no other one.
    if (written && equalBytes(written.subarray(0, value.length), value) && value.length > 0) return;
    const begins = equalBytes(known.subarray(0, value.length), value);
    if (!begins || (!mayGoOn && value.length !== known.length)) attribute.otherValues++;
    else if (written) attribute.keepsValue = true;
  }

  /** The next part of a value. */
  private readPart(handle: number, offset: number, part: Uint8Array, mayGoOn: boolean): void {
    const attribute = this.attribute(handle);
    attribute.isReadable = true;
    const known = attribute.value ?? new Uint8Array(0);
    // A part of one of the values that were read later, or one whose beginning nobody read.
    if (offset !== known.length || (!attribute.isCut && offset > 0)) {
      if (offset > known.length) attribute.isCut = true;
      return;
    }
    attribute.value = concatBytes(known, part);
    attribute.isCut = mayGoOn;
  }
}

interface LinkState {
  readonly link: number;
  mtu: number;
  /** The request that has no answer yet. */
  request: CapturedPdu | undefined;
  readonly prepared: Map<number, Uint8Array>;
}

const requests: ReadonlySet<number> = /* @__PURE__ */ new Set([
  Op.exchangeMtuReq,
  Op.findInformationReq,
  Op.findByTypeValueReq,
  Op.readByTypeReq,
  Op.readReq,
  Op.readBlobReq,
  Op.readMultipleReq,
  Op.readByGroupTypeReq,
  Op.writeReq,
  Op.prepareWriteReq,
  Op.executeWriteReq,
  Op.readMultipleVariableReq,
]);

function isType(wire: Uint8Array, short: number): boolean {
  return wire.length === 2 && u16At(wire, 0) === short;
}

/** Handles with their values: Core Vol 3, Part F, 3.4.7.4. */
function tuples(list: Uint8Array): [handle: number, value: Uint8Array][] {
  const found: [number, Uint8Array][] = [];
  for (let at = 0; at + 4 <= list.length; ) {
    const end = at + 4 + u16At(list, at + 2);
    found.push([u16At(list, at), list.slice(at + 4, end)]);
    at = end;
  }
  return found;
}
