import { hexCode } from '../../core/hex.js';

/** ATT opcodes: Core Vol 3, Part F, 3.4.8. Bit 6 marks a command, bit 7 a signature. */
export const AttOpcode = {
  errorRsp: 0x01,
  exchangeMtuReq: 0x02,
  exchangeMtuRsp: 0x03,
  findInformationReq: 0x04,
  findInformationRsp: 0x05,
  findByTypeValueReq: 0x06,
  findByTypeValueRsp: 0x07,
  readByTypeReq: 0x08,
  readByTypeRsp: 0x09,
  readReq: 0x0a,
  readRsp: 0x0b,
  readBlobReq: 0x0c,
  readBlobRsp: 0x0d,
  readMultipleReq: 0x0e,
  readMultipleRsp: 0x0f,
  readByGroupTypeReq: 0x10,
  readByGroupTypeRsp: 0x11,
  writeReq: 0x12,
  writeRsp: 0x13,
  prepareWriteReq: 0x16,
  prepareWriteRsp: 0x17,
  executeWriteReq: 0x18,
  executeWriteRsp: 0x19,
  handleValueNtf: 0x1b,
  handleValueInd: 0x1d,
  handleValueCfm: 0x1e,
  readMultipleVariableReq: 0x20,
  readMultipleVariableRsp: 0x21,
  multipleHandleValueNtf: 0x23,
  writeCmd: 0x52,
  signedWriteCmd: 0xd2,
} as const;

const names: Readonly<Record<number, string>> = {
  1: 'Error Response',
  2: 'Exchange MTU Request',
  3: 'Exchange MTU Response',
  4: 'Find Information Request',
  5: 'Find Information Response',
  6: 'Find By Type Value Request',
  7: 'Find By Type Value Response',
  8: 'Read By Type Request',
  9: 'Read By Type Response',
  10: 'Read Request',
  11: 'Read Response',
  12: 'Read Blob Request',
  13: 'Read Blob Response',
  14: 'Read Multiple Request',
  15: 'Read Multiple Response',
  16: 'Read By Group Type Request',
  17: 'Read By Group Type Response',
  18: 'Write Request',
  19: 'Write Response',
  22: 'Prepare Write Request',
  23: 'Prepare Write Response',
  24: 'Execute Write Request',
  25: 'Execute Write Response',
  27: 'Handle Value Notification',
  29: 'Handle Value Indication',
  30: 'Handle Value Confirmation',
  32: 'Read Multiple Variable Request',
  33: 'Read Multiple Variable Response',
  35: 'Multiple Handle Value Notification',
  82: 'Write Command',
  210: 'Signed Write Command',
};

/** Whether an opcode is one of the specification's. */
export function attKnows(opcode: number): boolean {
  return names[opcode] !== undefined;
}

/** The name of an ATT PDU by its opcode: `Read Request`; `undefined` for an opcode that the specification does not know. */
export function attPduName(opcode: number): string | undefined {
  return names[opcode];
}

/** The name of an ATT PDU for messages: `ATT Read Request`. */
export function attName(opcode: number): string {
  return `ATT ${names[opcode] ?? `PDU ${hexCode(opcode)}`}`;
}
