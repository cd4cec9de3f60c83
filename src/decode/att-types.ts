import { u16At } from '../core/bytes.js';
import { Uuid } from '../core/uuid.js';
import { AttOpcode } from '../gatt/att/opcodes.js';
import type { Span } from './span.js';
import type { PendingRequest } from './state.js';

const CHARACTERISTIC = 0x2803;

/** Learns the types of attributes from a response of a discovery: Core Vol 3, Part G, 4. */
export function learnTypes(
  { bytes, start, end }: Span,
  request: PendingRequest,
  learn: (handle: number, type: Uuid) => void,
): void {
  const list = start + 2;
  if (list > end) return;
  switch (bytes[start]) {
    case AttOpcode.findInformationRsp: {
      const width = bytes[start + 1] === 1 ? 2 : 16;
      each(list, end, 2 + width, (at) =>
        learn(u16At(bytes, at), Uuid.fromWire(bytes, at + 2, at + 2 + width)),
      );
      return;
    }
    case AttOpcode.readByTypeRsp:
    case AttOpcode.readByGroupTypeRsp: {
      const { type } = request;
      const length = bytes[start + 1]!;
      if (!type || length < 2) return;
      each(list, end, length, (at) => {
        learn(u16At(bytes, at), type);
        // A characteristic's declaration says what its value is, and where.
        const isDeclaration = type.short === CHARACTERISTIC && (length === 7 || length === 21);
        if (isDeclaration) learn(u16At(bytes, at + 3), Uuid.fromWire(bytes, at + 5, at + length));
      });
    }
  }
}

function each(start: number, end: number, size: number, take: (at: number) => void): void {
  for (let at = start; at + size <= end; at += size) take(at);
}
