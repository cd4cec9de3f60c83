import { u16At } from '../../core/bytes.js';
import { AttErrorCode } from '../att/error-codes.js';
import { AttOpcode as Op } from '../att/opcodes.js';
import type { Refusal } from './answer.js';
import { ClientFeature, type ClientState } from './client-state.js';

const INCLUDE = 0x2802;
const CHARACTERISTIC = 0x2803;

/** Requests for an operation at a handle, with the lengths that they may have; the handle is their first field. */
const atHandles: Readonly<Record<number, (size: number) => boolean>> = {
  [Op.readReq]: (size) => size === 3,
  [Op.readBlobReq]: (size) => size === 5,
  [Op.readMultipleReq]: (size) => size >= 5 && size % 2 === 1,
  [Op.readMultipleVariableReq]: (size) => size >= 5 && size % 2 === 1,
  [Op.writeReq]: (size) => size >= 3,
  [Op.prepareWriteReq]: (size) => size >= 5,
};

/**
 * Keeps a client that supports robust caching from using handles that it knows wrongly: Core Vol 3, Part G, 2.5.2.1. One
 * for each bearer.
 */
export class RobustCaching {
  private readonly client: ClientState;
  /** The revision for which Database Out Of Sync was sent on this bearer. */
  private toldAt: number | undefined;

  constructor(client: ClientState) {
    this.client = client;
  }

  /** What becomes of a PDU of the client's: a refusal, silence, or `undefined` when it is to be served. */
  check(bytes: Uint8Array, start: number, end: number): Refusal | 'silence' | undefined {
    const { awareness } = this.client;
    if (awareness.isAware) return undefined;
    const robust = this.client.supports(ClientFeature.robustCaching);
    const opcode = bytes[start]!;
    if ((opcode & 0x40) !== 0) return robust ? 'silence' : undefined;
    awareness.requested(this.toldAt);
    if (awareness.isAware || !robust || !needsKnowledge(opcode, bytes, start, end)) return undefined;
    this.toldAt = awareness.revision;
    return { handle: u16At(bytes, start + 1), error: AttErrorCode.databaseOutOfSync };
  }
}

/** Whether a request, if it is well formed, makes use of handles that the client may know wrongly. */
function needsKnowledge(opcode: number, bytes: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (opcode !== Op.readByTypeReq) return atHandles[opcode]?.(size) ?? false;
  if (size !== 7 && size !== 21) return false;
  const type = size === 7 ? u16At(bytes, start + 5) : 0;
  const everything = u16At(bytes, start + 1) === 1 && u16At(bytes, start + 3) === 0xffff;
  return type !== INCLUDE && type !== CHARACTERISTIC && !everything;
}
