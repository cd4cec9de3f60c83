import { allocateFrame, FRAME_HEADROOM } from '../../core/frame.js';
import { AttOpcode } from './opcodes.js';

const H = FRAME_HEADROOM;

function header(opcode: number, size: number, a: number): Uint8Array {
  const frame = allocateFrame(size);
  frame[H] = opcode;
  frame[H + 1] = a & 0xff;
  frame[H + 2] = a >> 8;
  return frame;
}

function put16(frame: Uint8Array, at: number, value: number): void {
  frame[H + at] = value & 0xff;
  frame[H + at + 1] = value >> 8;
}

/** A PDU of an opcode and a handle (or another 16-bit number), and octets behind it. */
export function handlePdu(opcode: number, handle: number, value?: Uint8Array): Uint8Array {
  const frame = header(opcode, 3 + (value?.length ?? 0), handle);
  if (value) frame.set(value, H + 3);
  return frame;
}

/** Read Request: Core Vol 3, Part F, 3.4.4.3. */
export function readRequest(handle: number): Uint8Array {
  return header(AttOpcode.readReq, 3, handle);
}

/** Read Blob Request: 3.4.4.5. */
export function readBlobRequest(handle: number, offset: number): Uint8Array {
  const frame = header(AttOpcode.readBlobReq, 5, handle);
  put16(frame, 3, offset);
  return frame;
}

/** Prepare Write Request: 3.4.6.1. */
export function prepareWriteRequest(handle: number, offset: number, part: Uint8Array): Uint8Array {
  const frame = header(AttOpcode.prepareWriteReq, 5 + part.length, handle);
  put16(frame, 3, offset);
  frame.set(part, H + 5);
  return frame;
}

/** Execute Write Request: 3.4.6.3. */
export function executeWriteRequest(write: boolean): Uint8Array {
  const frame = allocateFrame(2);
  frame[H] = AttOpcode.executeWriteReq;
  frame[H + 1] = write ? 1 : 0;
  return frame;
}

/** A request about a range of handles: the range, and octets behind it. */
export function rangeRequest(opcode: number, start: number, end: number, tail: Uint8Array): Uint8Array {
  const frame = header(opcode, 5 + tail.length, start);
  put16(frame, 3, end);
  frame.set(tail, H + 5);
  return frame;
}

/** Find By Type Value Request: 3.4.3.3. */
export function findByTypeValueRequest(
  start: number,
  end: number,
  type: number,
  value: Uint8Array,
): Uint8Array {
  const tail = new Uint8Array(2 + value.length);
  tail[0] = type & 0xff;
  tail[1] = type >> 8;
  tail.set(value, 2);
  return rangeRequest(AttOpcode.findByTypeValueReq, start, end, tail);
}

/** Read Multiple Request, or its variable form: 3.4.4.7, 3.4.4.11. */
export function readMultipleRequest(opcode: number, handles: readonly number[]): Uint8Array {
  const frame = allocateFrame(1 + 2 * handles.length);
  frame[H] = opcode;
  for (const [i, handle] of handles.entries()) put16(frame, 1 + 2 * i, handle);
  return frame;
}

/** Error Response: 3.4.1.1. `handle` is 0 where the request as a whole is refused. */
export function errorResponse(request: number, handle: number, error: number): Uint8Array {
  const frame = allocateFrame(5);
  frame[H] = AttOpcode.errorRsp;
  frame[H + 1] = request;
  put16(frame, 2, handle);
  frame[H + 4] = error;
  return frame;
}

/** Multiple Handle Value Notification: 3.4.7.4. */
export function multipleValuesPdu(
  values: readonly { readonly handle: number; readonly value: Uint8Array }[],
): Uint8Array {
  const frame = allocateFrame(values.reduce((size, { value }) => size + 4 + value.length, 1));
  frame[H] = AttOpcode.multipleHandleValueNtf;
  let at = 1;
  for (const { handle, value } of values) {
    put16(frame, at, handle);
    put16(frame, at + 2, value.length);
    frame.set(value, H + at + 4);
    at += 4 + value.length;
  }
  return frame;
}
