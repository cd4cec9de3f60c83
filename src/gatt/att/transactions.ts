import { TimeoutError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { AttOpcode, attKnows, attName } from './opcodes.js';

/** Transaction timeout in milliseconds: Core Vol 3, Part F, 3.3.3. */
export const ATT_TIMEOUT_MS = 30_000;
/** Requests that may wait for the one under way. */
export const REQUEST_LIMIT = 1024;

/**
 * Whether a PDU is a response: one of those that there are, as nothing in an opcode says it. What has an unknown
 * opcode without the command flag is a request, and is refused as one (3.3.1, 3.4.8).
 */
export function isResponse(opcode: number): boolean {
  return (
    (opcode & 1) === 1 &&
    opcode <= AttOpcode.readMultipleVariableRsp &&
    attKnows(opcode) &&
    opcode !== AttOpcode.handleValueNtf &&
    opcode !== AttOpcode.handleValueInd
  );
}

/** The error of a transaction that had no answer. */
export function timeoutOf(opcode: number, handle: number): TimeoutError {
  const where = handle === 0 ? '' : ` of handle ${hexCode(handle, 4)}`;
  return new TimeoutError(`${attName(opcode)}${where}: the peer's response`, ATT_TIMEOUT_MS);
}
