import { type Fields, meaning, octets, rest, u8, u16 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { AttOpcode } from '../gatt/att/opcodes.js';
import { basicFrame, signalByCode, signalName } from '../l2cap/decode.js';
import { Cid, commandReject } from '../l2cap/signalling-pdus.js';
import { askedType, attLayer } from './att.js';
import { learnTypes } from './att-types.js';
import { followChannels, takeKFrame } from './channels.js';
import type { DecodeContext } from './context.js';
import { type Layer, pduLayer } from './layer.js';
import { smpLayer } from './smp.js';
import { Span } from './span.js';
import { type BearerState, otherSide, type PendingRequest, type Where } from './state.js';
import type { ReadableField } from './tree.js';

const HEADER = 4;
const CLASSIC_SIGNALLING = 0x0001;
const CLASSIC_SMP = 0x0007;
const EATT = 0x0027;
const { informationPayload: _, ...header } = basicFrame.fields;
const signallingHead: Fields = {
  code: /* @__PURE__ */ meaning(u8, { hex: true }),
  identifier: u8,
  length: u16,
};

/** An L2CAP frame for a reader. */
export interface ReadableFrame {
  readonly fields: readonly ReadableField[];
  /** What its payload is: several where a frame has several signalling commands, or completes an SDU. */
  readonly layers: readonly Layer[];
}

/** A whole L2CAP frame, its header first. */
export function readableFrame(span: Span, context: DecodeContext, where?: Where): ReadableFrame {
  const head = context.plain.fields(header, span.part(0, HEADER));
  const layers = payloadLayers(span.u16(2), span.part(HEADER), context, where);
  const structural = head.map((field) => ({ ...field, structural: true }));
  return { fields: [...structural, ...layers.map(({ field }) => field)], layers };
}

function payloadLayers(
  cid: number,
  span: Span,
  context: DecodeContext,
  where: Where | undefined,
): readonly Layer[] {
  switch (cid) {
    case Cid.att:
      return [attOn(where?.link.bearer, span, context, where)];
    case Cid.smp:
    case CLASSIC_SMP:
      return [smpLayer(span, context)];
    case Cid.signalling:
    case CLASSIC_SIGNALLING:
      return signalLayers(cid, span, context, where);
  }
  const channel = where?.link.channel(where.sender, cid);
  if (channel && where) {
    const { layer, sdu } = takeKFrame(channel, cid, span, context);
    if (!sdu || channel.spsm !== EATT) return [layer];
    const att = attOn(channel.bearer, new Span(sdu), context, where);
    return [
      { ...layer, name: '' },
      { ...att, field: { ...att.field, source: 'reassembled' } },
    ];
  }
  const [field] = context.plain.fields({ informationPayload: rest }, span);
  return [{ name: `L2CAP frame of CID ${hexCode(cid, 4)}`, field: field! }];
}

/** An ATT PDU on a bearer, whose requests and responses are told apart by who sent them. */
function attOn(
  bearer: BearerState | undefined,
  span: Span,
  context: DecodeContext,
  where: Where | undefined,
): Layer {
  const opcode = span.octet(0);
  if (!bearer || !where || opcode === undefined) return attLayer(span, context);
  const { link, sender } = where;
  const receiver = otherSide(sender);
  const isAnswer = isResponse(opcode);
  const request = isAnswer ? bearer[receiver] : undefined;
  // Responses, notifications and indications come from the server, all else goes to it.
  const server = isAnswer || fromServer.has(opcode) ? sender : receiver;
  if (isAnswer) {
    bearer[receiver] = undefined;
    if (request) learnTypes(span, request, (handle, type) => link.learnType(server, handle, type));
  } else if (requests.has(opcode)) {
    bearer[sender] = pendingRequest(opcode, span);
  }
  return attLayer(span, context, { request, typeOf: (handle) => link.typeOf(server, handle) });
}

/** Each request is answered by the opcode behind its own, or an Error Response: Core Vol 3, Part F, 3.4.8. */
function isResponse(opcode: number): boolean {
  return opcode === AttOpcode.errorRsp || requests.has(opcode - 1);
}

const fromServer: ReadonlySet<number> = /* @__PURE__ */ new Set([
  AttOpcode.handleValueNtf,
  AttOpcode.handleValueInd,
  AttOpcode.multipleHandleValueNtf,
]);

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

/** Requests about one attribute, whose response does not say which. */
const ofOne: ReadonlySet<number> = /* @__PURE__ */ new Set([
  AttOpcode.readReq,
  AttOpcode.readBlobReq,
  AttOpcode.writeReq,
]);

function pendingRequest(opcode: number, span: Span): PendingRequest {
  const handle = ofOne.has(opcode) && span.size >= 3 ? span.u16(1) : undefined;
  return { handle, type: askedType(span) };
}

/** The signalling commands of a frame: one on LE, one or more on BR/EDR (Core Vol 3, Part A, 4). */
function signalLayers(cid: number, frame: Span, context: DecodeContext, where: Where | undefined): Layer[] {
  const layers: Layer[] = [];
  let at = 0;
  do {
    const left = frame.part(at);
    const said = left.size >= HEADER ? HEADER + left.u16(2) : left.size;
    const span = cid === CLASSIC_SIGNALLING && said < left.size ? left.part(0, said) : left;
    layers.push(signalLayer(span, context));
    if (where && cid === Cid.signalling) followChannels(span, where);
    at += span.size;
  } while (at < frame.size);
  return layers;
}

function signalLayer(span: Span, context: DecodeContext): Layer {
  const { size } = span;
  const code = span.octet(0);
  const definition = code === undefined ? undefined : signalByCode(code);
  const said = size >= HEADER ? span.u16(2) : undefined;
  const isWrong = said !== undefined && said !== size - HEADER;
  const parameters: Fields = isWrong || !definition ? asOctets(size) : definition.parameters.fields;
  const apart = !isWrong && code === commandReject.code ? rejectData(span) : {};
  const fields = context.plain.fields({ ...signallingHead, ...parameters, ...apart }, span).map((field) => {
    if (field.key !== 'length') return field;
    const malformed = `the command says ${said} octets of data and has ${size - HEADER}`;
    return { ...field, structural: true, ...(isWrong ? { malformed } : {}) };
  });
  return pduLayer('signalling', `L2CAP ${titleOf(code)}`, fields, span);
}

function titleOf(code: number | undefined): string {
  if (code === undefined) return 'empty signalling frame';
  return signalName(code) ?? `signalling command ${hexCode(code)}`;
}

const asOctets = (size: number): Fields => (size > HEADER ? { parameters: rest } : {});

/** The data of a Command Reject, by its reason: Core Vol 3, Part A, 4.1. */
function rejectData(span: Span): Fields {
  const { size } = span;
  const reason = size >= HEADER + 2 ? span.u16(HEADER) : 0;
  if (reason === 1 && size === HEADER + 4) return { data: meaning(u16, { unit: [1, 'octets'] }) };
  return size === HEADER + 2 ? { data: octets(0) } : {};
}
