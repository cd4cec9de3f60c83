/** Which packets of a host wait for one another. */
import { u16At } from '../core/bytes.js';
import { AttOpcode } from '../gatt/att/opcodes.js';

const ATT = 4;
const L2CAP_HEADER = 4;

/** What a host sends in answer to its peer, as server and as client. */
const reactions: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([
  AttOpcode.handleValueNtf,
  AttOpcode.handleValueInd,
  AttOpcode.multipleHandleValueNtf,
]);

/** The CID of an L2CAP frame. */
export function cidOf(frame: Uint8Array): number {
  return frame.length < L2CAP_HEADER ? 0 : u16At(frame, 2);
}

/**
 * The stream that a frame of the host belongs to: within one the order counts. A host asks as client in one, and answers as
 * server in another, and confirms in a third (Core Vol 3, Part F, 3.3.2).
 */
export function streamOf(frame: Uint8Array): string {
  const cid = cidOf(frame);
  if (cid !== ATT) return `cid ${cid}`;
  const opcode = frame[L2CAP_HEADER];
  if (opcode === AttOpcode.handleValueCfm) return 'att confirmations';
  return reactions.has(opcode) || isResponse(opcode) ? 'att server' : 'att client';
}

/** Whether an L2CAP frame is an ATT request. */
export function isAttRequest(frame: Uint8Array): boolean {
  const opcode = frame[L2CAP_HEADER];
  // Bit 6 tells commands; requests are even, their responses the odd numbers behind them (3.3.1, 3.4.8).
  return (
    cidOf(frame) === ATT && opcode !== undefined && streamOf(frame) === 'att client' && (opcode & 0x40) === 0
  );
}

/** Whether the first fragment of an L2CAP frame has an ATT response. */
export function isAttResponse(frame: Uint8Array): boolean {
  return cidOf(frame) === ATT && isResponse(frame[L2CAP_HEADER]);
}

function isResponse(opcode: number | undefined): boolean {
  if (opcode === undefined) return false;
  const isOdd = (opcode & 1) === 1;
  return isOdd && (opcode < AttOpcode.handleValueNtf || opcode === AttOpcode.readMultipleVariableRsp);
}
