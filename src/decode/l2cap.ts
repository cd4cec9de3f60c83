import { u16At } from '../core/bytes.js';
import { type Fields, meaning, octets, rest, u8, u16 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { AttOpcode } from '../gatt/att/opcodes.js';
import { basicFrame, decodeSignal, firstKFrame, signalByCode, signalName } from '../l2cap/decode.js';
import * as signals from '../l2cap/signalling-pdus.js';
import { Cid } from '../l2cap/signalling-pdus.js';
import { askedType, attLayer } from './att.js';
import { learnTypes } from './att-types.js';
import type { DecodeContext } from './context.js';
import { type Layer, pduLayer } from './layer.js';
import { smpLayer } from './smp.js';
import type { BearerState, ChannelState, LinkState, PendingRequest, Side } from './state.js';
import type { ReadableField } from './tree.js';

/** The connection that a frame belongs to, and who sent it; absent where nothing is known of either. */
export interface Where {
  readonly link: LinkState;
  readonly sender: Side;
}

const HEADER = 4;
const CLASSIC_SIGNALLING = 0x0001;
const CLASSIC_SMP = 0x0007;
const EATT = 0x0027;
const { informationPayload: _, ...header } = basicFrame.fields;
const code = /* @__PURE__ */ meaning(u8, { hex: true });
const signallingHead: Fields = { code, identifier: u8, length: u16 };

const other = (side: Side): Side => (side === 0 ? 1 : 0);

/** A whole L2CAP frame, `bytes[start, end)`: its fields, and what its payload is. */
export function frameFields(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
  where?: Where,
): { readonly fields: readonly ReadableField[]; readonly layers: readonly Layer[] } {
  const head = context.plain.fields(header, bytes, start, start + HEADER, origin);
  const layers = payloadLayers(u16At(bytes, start + 2), bytes, start + HEADER, end, origin, context, where);
  const fields = [...head, ...layers.map(({ field }) => field)];
  return {
    fields: fields.map((field, i) => (i < head.length ? { ...field, structural: true } : field)),
    layers,
  };
}

function payloadLayers(
  cid: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
  where: Where | undefined,
): readonly Layer[] {
  switch (cid) {
    case Cid.att:
      return [attOn(where?.link.bearer, bytes, start, end, origin, context, where)];
    case Cid.smp:
    case CLASSIC_SMP:
      return [smpLayer(bytes, start, end, origin, context)];
    case Cid.signalling:
    case CLASSIC_SIGNALLING:
      return signalLayers(cid, bytes, start, end, origin, context, where);
  }
  const channel = where?.link.channel(where.sender, cid);
  if (channel) return kFrameLayers(channel, cid, bytes, start, end, origin, context, where!);
  return [octetsLayer(`L2CAP frame of CID ${hexCode(cid, 4)}`, bytes, start, end, origin, context)];
}

function octetsLayer(
  name: string,
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
): Layer {
  const [field] = context.plain.fields({ informationPayload: rest }, bytes, start, end, origin);
  return { name, field: field! };
}

/** An ATT PDU on a bearer, whose requests and responses are told apart by who sent them. */
function attOn(
  bearer: BearerState | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
  where: Where | undefined,
): Layer {
  if (!bearer || !where || start >= end) return attLayer(bytes, start, end, origin, context);
  const { link, sender } = where;
  const opcode = bytes[start]!;
  const answers = isResponse(opcode);
  const request = answers ? bearer[other(sender)] : undefined;
  // Responses, notifications and indications come from the server, all else goes to it.
  const server = answers || isFromServer(opcode) ? sender : other(sender);
  const typeOf = (handle: number) => link.typeOf(server, handle);
  if (answers) {
    bearer[other(sender)] = undefined;
    if (request)
      learnTypes(bytes, start, end, request, (handle, type) => link.learnType(server, handle, type));
  } else if (isRequest(opcode)) {
    bearer[sender] = pendingRequest(bytes, start, end);
  }
  return attLayer(bytes, start, end, origin, context, { request, typeOf });
}

/** Methods are answered by the opcode behind theirs: Core Vol 3, Part F, 3.4.8. */
function isRequest(opcode: number): boolean {
  return requests.has(opcode);
}

function isResponse(opcode: number): boolean {
  return opcode === AttOpcode.errorRsp || requests.has(opcode - 1);
}

function isFromServer(opcode: number): boolean {
  return (
    opcode === AttOpcode.handleValueNtf ||
    opcode === AttOpcode.handleValueInd ||
    opcode === AttOpcode.multipleHandleValueNtf
  );
}

const requests: ReadonlySet<number> = /* @__PURE__ */ new Set([
  AttOpcode.exchangeMtuReq,
  AttOpcode.findInformationReq,
  AttOpcode.findByTypeValueReq,
  AttOpcode.readByTypeReq,
  AttOpcode.readReq,
  AttOpcode.readBlobReq,
  AttOpcode.readMultipleReq,
  AttOpcode.readByGroupTypeReq,
  AttOpcode.writeReq,
  AttOpcode.prepareWriteReq,
  AttOpcode.executeWriteReq,
  AttOpcode.readMultipleVariableReq,
]);

function pendingRequest(bytes: Uint8Array, start: number, end: number): PendingRequest {
  const opcode = bytes[start]!;
  const isOfOne =
    opcode === AttOpcode.readReq || opcode === AttOpcode.readBlobReq || opcode === AttOpcode.writeReq;
  const handle = isOfOne && end - start >= 3 ? u16At(bytes, start + 1) : undefined;
  return { opcode, handle, type: askedType(bytes, start, end) };
}

/** The signalling commands of a frame: one on LE, one or more on BR/EDR (Core Vol 3, Part A, 4). */
function signalLayers(
  cid: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
  where: Where | undefined,
): Layer[] {
  const layers: Layer[] = [];
  let at = start;
  do {
    const said = end - at >= HEADER ? HEADER + u16At(bytes, at + 2) : end - at;
    const next = cid === CLASSIC_SIGNALLING && at + said < end ? at + said : end;
    layers.push(signalLayer(bytes, at, next, origin, context));
    if (where && cid === Cid.signalling) follow(bytes, at, next, where);
    at = next;
  } while (at < end);
  return layers;
}

function signalLayer(
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
): Layer {
  const size = end - start;
  const what = bytes[start]!;
  const definition = size > 0 ? signalByCode(what) : undefined;
  const known = size > 0 ? signalName(what) : undefined;
  const name = known ?? (size > 0 ? `signalling command ${hexCode(what)}` : 'empty signalling frame');
  const said = size >= HEADER ? u16At(bytes, start + 2) : undefined;
  const isWrong = said !== undefined && said !== size - HEADER;
  const parameters: Fields = isWrong || !definition ? otherThan(size) : definition.parameters.fields;
  const apart = !isWrong && what === signals.commandReject.code ? rejectData(bytes, start, size) : {};
  const fields = context.plain.fields(
    { ...signallingHead, ...parameters, ...apart },
    bytes,
    start,
    end,
    origin,
  );
  const marked = fields.map((field) => {
    if (field.key !== 'length') return field;
    const malformed = `the command says ${said} octets of data and has ${size - HEADER}`;
    return { ...field, structural: true, ...(isWrong ? { malformed } : {}) };
  });
  return pduLayer('signalling', `L2CAP ${name}`, marked, start - origin, size);
}

const otherThan = (size: number): Fields => (size > HEADER ? { parameters: rest } : {});

/** The data of a Command Reject, by its reason: Core Vol 3, Part A, 4.1. */
function rejectData(bytes: Uint8Array, start: number, size: number): Fields {
  const reason = size >= HEADER + 2 ? u16At(bytes, start + HEADER) : 0;
  if (reason === 1 && size === HEADER + 4) return { data: meaning(u16, { unit: [1, 'octets'] }) };
  return size === HEADER + 2 ? { data: octets(0) } : {};
}

/** Follows the channels that the signalling opens and closes. */
function follow(bytes: Uint8Array, start: number, end: number, { link, sender }: Where): void {
  const { code: what, identifier, fields, malformed } = decodeSignal(bytes, start, end);
  if (malformed || identifier === undefined) return;
  switch (what) {
    case signals.leCreditBasedConnectionRequest.code: {
      const { spsm, sourceCid } = fields as { spsm: number; sourceCid: number };
      link.askedFor(sender, identifier, { spsm, sourceCids: [sourceCid] });
      return;
    }
    case signals.creditBasedConnectionRequest.code: {
      const { spsm, sourceCids } = fields as { spsm: number; sourceCids: number[] };
      link.askedFor(sender, identifier, { spsm, sourceCids });
      return;
    }
    case signals.leCreditBasedConnectionResponse.code: {
      const { destinationCid, result } = fields as { destinationCid: number; result: number };
      link.opened(other(sender), identifier, result === 0 ? [destinationCid] : []);
      return;
    }
    case signals.creditBasedConnectionResponse.code:
      link.opened(other(sender), identifier, (fields as { destinationCids: number[] }).destinationCids);
      return;
    case signals.disconnectionResponse.code: {
      // The CIDs are those of the request: the Destination CID is an end of who answers (4.7).
      const { destinationCid, sourceCid } = fields as { destinationCid: number; sourceCid: number };
      link.closed(other(sender), destinationCid, sourceCid);
      return;
    }
  }
}

/** A frame of a credit-based channel: the first of an SDU says how long it is (Core Vol 3, Part A, 3.4.3). */
function kFrameLayers(
  channel: ChannelState,
  cid: number,
  bytes: Uint8Array,
  start: number,
  end: number,
  origin: number,
  context: DecodeContext,
  where: Where,
): readonly Layer[] {
  const isFirst = channel.sdu === undefined;
  const declared: Fields = isFirst ? firstKFrame.fields : { informationPayload: rest };
  const fields = context.plain
    .fields(declared, bytes, start, end, origin)
    .map((field) => (field.key === 'sduLength' ? { ...field, structural: true } : field));
  const size = end - start;
  const what = `of SPSM ${hexCode(channel.spsm, 4)} on CID ${hexCode(cid, 4)}`;
  const frame = (name: string, inside: readonly ReadableField[], malformed?: string): Layer => ({
    name,
    field: {
      ...{ key: 'kFrame', label: 'K-frame', offset: start - origin, length: size, text: '', fields: inside },
      ...(malformed === undefined ? {} : { malformed }),
    },
  });
  if (isFirst && size < 2) return [frame(`L2CAP K-frame ${what}`, fields)];
  const payload = isFirst ? start + 2 : start;
  channel.sdu ??= { octets: new Uint8Array(u16At(bytes, start)), have: 0 };
  const { sdu } = channel;
  if (sdu.have + end - payload > sdu.octets.length) {
    channel.sdu = undefined;
    return [
      frame(`L2CAP K-frame ${what}`, fields, `more octets than the SDU has, which is ${sdu.octets.length}`),
    ];
  }
  sdu.octets.set(bytes.subarray(payload, end), sdu.have);
  sdu.have += end - payload;
  if (sdu.have < sdu.octets.length) {
    return [frame(`L2CAP K-frame ${what}, ${sdu.have} of ${sdu.octets.length} octets of the SDU`, fields)];
  }
  channel.sdu = undefined;
  if (channel.spsm !== EATT) return [frame(`L2CAP SDU ${what}, ${sdu.octets.length} octets`, fields)];
  const hidden = fields.map((field) => ({ ...field, structural: true }));
  const att = attOn(channel.bearer, sdu.octets, 0, sdu.octets.length, 0, context, where);
  return [frame('', hidden), { ...att, field: { ...att.field, source: 'reassembled' } }];
}
