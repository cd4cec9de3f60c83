import { concatBytes, fromHex } from '../../src/core/hex.js';

const u16 = (value: number) => [value & 0xff, value >> 8];

/** A command packet with its H4 indicator. */
export function commandPacket(opcode: number, parameters = ''): Uint8Array {
  const bytes = fromHex(parameters);
  return Uint8Array.of(1, ...u16(opcode), bytes.length, ...bytes);
}

/** An event packet with its H4 indicator. */
export function eventPacket(code: number, parameters = ''): Uint8Array {
  const bytes = fromHex(parameters);
  return Uint8Array.of(4, code, bytes.length, ...bytes);
}

/** An ACL data packet with its H4 indicator. @param boundary 0 or 2 for a first fragment, 1 for a continuing one */
export function aclPacketOf(handle: number, data: Uint8Array, boundary = 0): Uint8Array {
  return concatBytes(Uint8Array.of(2, ...u16(handle | (boundary << 12)), ...u16(data.length)), data);
}

/** An L2CAP frame. */
export function l2capFrame(cid: number, payload: string): Uint8Array {
  const bytes = fromHex(payload);
  return Uint8Array.of(...u16(bytes.length), ...u16(cid), ...bytes);
}

/** An ACL data packet with a whole L2CAP frame. */
export function aclFrame(cid: number, payload: string, handle = 0x40): Uint8Array {
  return aclPacketOf(handle, l2capFrame(cid, payload));
}
