import { type Fields, meaning, rest, type Struct, struct, u8, u16, type Values } from '../../core/codec.js';
import { attErrorName } from './error-codes.js';
import { attPduName } from './opcodes.js';

/** An ATT PDU, declared: Core Vol 3, Part F, 3.4. */
export interface AttPduDefinition<P> {
  readonly opcode: number;
  readonly name: string;
  readonly parameters: Struct<P>;
}

function pdu<F extends Fields>(opcode: number, name: string, fields: F): AttPduDefinition<Values<F>> {
  return { opcode, name, parameters: struct(fields) };
}

const handle = /* @__PURE__ */ meaning(u16, { hex: true });
const range = { startingHandle: handle, endingHandle: handle } as const;

/** 3.4.1.1 */
export const errorRsp = /* @__PURE__ */ pdu(0x01, 'Error Response', {
  requestOpcodeInError: /* @__PURE__ */ meaning(u8, { names: attPduName }),
  attributeHandleInError: handle,
  errorCode: /* @__PURE__ */ meaning(u8, { names: attErrorName }),
});
/** 3.4.2.1 */
export const exchangeMtuReq = /* @__PURE__ */ pdu(0x02, 'Exchange MTU Request', { clientRxMtu: u16 });
/** 3.4.2.2 */
export const exchangeMtuRsp = /* @__PURE__ */ pdu(0x03, 'Exchange MTU Response', { serverRxMtu: u16 });
/** 3.4.3.1 */
export const findInformationReq = /* @__PURE__ */ pdu(0x04, 'Find Information Request', range);
/** 3.4.3.2: format 1 has handles with 16-bit UUIDs, format 2 with 128-bit ones. */
export const findInformationRsp = /* @__PURE__ */ pdu(0x05, 'Find Information Response', {
  format: /* @__PURE__ */ meaning(u8, { names: { 1: '16-bit UUIDs', 2: '128-bit UUIDs' } }),
  informationData: rest,
});
/** 3.4.3.3 */
export const findByTypeValueReq = /* @__PURE__ */ pdu(0x06, 'Find By Type Value Request', {
  ...range,
  attributeType: u16,
  attributeValue: rest,
});
/** 3.4.3.4: pairs of found handle and group end handle. */
export const findByTypeValueRsp = /* @__PURE__ */ pdu(0x07, 'Find By Type Value Response', {
  handlesInformationList: rest,
});
/** 3.4.4.1: the type is a 16- or 128-bit UUID. */
export const readByTypeReq = /* @__PURE__ */ pdu(0x08, 'Read By Type Request', {
  ...range,
  attributeType: rest,
});
/** 3.4.4.2: entries of `length` octets each, handle and value. */
export const readByTypeRsp = /* @__PURE__ */ pdu(0x09, 'Read By Type Response', {
  length: u8,
  attributeDataList: rest,
});
/** 3.4.4.3 */
export const readReq = /* @__PURE__ */ pdu(0x0a, 'Read Request', { attributeHandle: handle });
/** 3.4.4.4 */
export const readRsp = /* @__PURE__ */ pdu(0x0b, 'Read Response', { attributeValue: rest });
/** 3.4.4.5 */
export const readBlobReq = /* @__PURE__ */ pdu(0x0c, 'Read Blob Request', {
  attributeHandle: handle,
  valueOffset: u16,
});
/** 3.4.4.6 */
export const readBlobRsp = /* @__PURE__ */ pdu(0x0d, 'Read Blob Response', { partAttributeValue: rest });
/** 3.4.4.7: two handles or more. */
export const readMultipleReq = /* @__PURE__ */ pdu(0x0e, 'Read Multiple Request', { setOfHandles: rest });
/** 3.4.4.8 */
export const readMultipleRsp = /* @__PURE__ */ pdu(0x0f, 'Read Multiple Response', { setOfValues: rest });
/** 3.4.4.9 */
export const readByGroupTypeReq = /* @__PURE__ */ pdu(0x10, 'Read By Group Type Request', {
  ...range,
  attributeGroupType: rest,
});
/** 3.4.4.10: entries of `length` octets each, handle, end group handle and value. */
export const readByGroupTypeRsp = /* @__PURE__ */ pdu(0x11, 'Read By Group Type Response', {
  length: u8,
  attributeDataList: rest,
});
/** 3.4.5.1 */
export const writeReq = /* @__PURE__ */ pdu(0x12, 'Write Request', {
  attributeHandle: handle,
  attributeValue: rest,
});
/** 3.4.5.2 */
export const writeRsp = /* @__PURE__ */ pdu(0x13, 'Write Response', {});
/** 3.4.6.1 */
export const prepareWriteReq = /* @__PURE__ */ pdu(0x16, 'Prepare Write Request', {
  attributeHandle: handle,
  valueOffset: u16,
  partAttributeValue: rest,
});
/** 3.4.6.2 */
export const prepareWriteRsp = /* @__PURE__ */ pdu(0x17, 'Prepare Write Response', {
  attributeHandle: handle,
  valueOffset: u16,
  partAttributeValue: rest,
});
/** 3.4.6.3: 0 cancels, 1 writes. */
export const executeWriteReq = /* @__PURE__ */ pdu(0x18, 'Execute Write Request', {
  flags: /* @__PURE__ */ meaning(u8, { names: { 0: 'cancel', 1: 'write' } }),
});
/** 3.4.6.4 */
export const executeWriteRsp = /* @__PURE__ */ pdu(0x19, 'Execute Write Response', {});
/** 3.4.7.1 */
export const handleValueNtf = /* @__PURE__ */ pdu(0x1b, 'Handle Value Notification', {
  attributeHandle: handle,
  attributeValue: rest,
});
/** 3.4.7.2 */
export const handleValueInd = /* @__PURE__ */ pdu(0x1d, 'Handle Value Indication', {
  attributeHandle: handle,
  attributeValue: rest,
});
/** 3.4.7.3 */
export const handleValueCfm = /* @__PURE__ */ pdu(0x1e, 'Handle Value Confirmation', {});
/** 3.4.4.11 */
export const readMultipleVariableReq = /* @__PURE__ */ pdu(0x20, 'Read Multiple Variable Request', {
  setOfHandles: rest,
});
/** 3.4.4.12: each value behind its 16-bit length. */
export const readMultipleVariableRsp = /* @__PURE__ */ pdu(0x21, 'Read Multiple Variable Response', {
  lengthValueTupleList: rest,
});
/** 3.4.7.4: each a handle, a 16-bit length and a value. */
export const multipleHandleValueNtf = /* @__PURE__ */ pdu(0x23, 'Multiple Handle Value Notification', {
  handleLengthValueTupleList: rest,
});
/** 3.4.5.3 */
export const writeCmd = /* @__PURE__ */ pdu(0x52, 'Write Command', {
  attributeHandle: handle,
  attributeValue: rest,
});
/** 3.4.5.4: the last 12 octets of the value are the signature. */
export const signedWriteCmd = /* @__PURE__ */ pdu(0xd2, 'Signed Write Command', {
  attributeHandle: handle,
  attributeValue: rest,
});

/** All of them, for decoders. */
export const all: readonly AttPduDefinition<unknown>[] = [
  errorRsp,
  exchangeMtuReq,
  exchangeMtuRsp,
  findInformationReq,
  findInformationRsp,
  findByTypeValueReq,
  findByTypeValueRsp,
  readByTypeReq,
  readByTypeRsp,
  readReq,
  readRsp,
  readBlobReq,
  readBlobRsp,
  readMultipleReq,
  readMultipleRsp,
  readByGroupTypeReq,
  readByGroupTypeRsp,
  writeReq,
  writeRsp,
  prepareWriteReq,
  prepareWriteRsp,
  executeWriteReq,
  executeWriteRsp,
  handleValueNtf,
  handleValueInd,
  handleValueCfm,
  readMultipleVariableReq,
  readMultipleVariableRsp,
  multipleHandleValueNtf,
  writeCmd,
  signedWriteCmd,
] as readonly unknown[] as readonly AttPduDefinition<unknown>[];
