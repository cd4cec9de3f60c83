import { u16At } from '../../core/bytes.js';
import { PacketType } from '../packet-type.js';

/** Commands that carry keys, with where their keys lie behind the header and how long they are. */
const commands: ReadonlyMap<number, readonly (readonly [offset: number, length: number])[]> = new Map([
  // LE_Encrypt: Key.
  [0x2017, [[0, 16]]],
  // LE_Enable_Encryption: Long_Term_Key behind handle, Random_Number and EDIV.
  [0x2019, [[12, 16]]],
  // LE_Long_Term_Key_Request_Reply: behind the handle.
  [0x201a, [[2, 16]]],
  // LE_Add_Device_To_Resolving_List: Peer_IRK and Local_IRK behind type and address.
  [0x2027, [[7, 32]]],
]);

const COMMAND_HEADER = 3;
const ACL_HEADER = 4;
const L2CAP_HEADER = 4;
const SMP_CID = 0x0006;
/** SMP PDUs that hand over keys: Encryption Information, Identity Information, Signing Information (Vol 3, Part H, 3.6). */
const KEY_PDUS: readonly number[] = [0x06, 0x08, 0x0a];

/**
 * Zeroes the keys in a packet, `bytes[start, end)` without its indicator, in place: those that a command gives to the
 * controller, and those that a link hands over after pairing.
 */
export function blankKeys(type: number, bytes: Uint8Array, start: number, end: number): void {
  if (type === PacketType.command && end - start > COMMAND_HEADER) {
    for (const [offset, length] of commands.get(u16At(bytes, start)) ?? []) {
      const from = start + COMMAND_HEADER + offset;
      bytes.fill(0, Math.min(from, end), Math.min(from + length, end));
    }
    return;
  }
  if (type !== PacketType.acl || end - start <= ACL_HEADER + L2CAP_HEADER) return;
  // An SMP PDU with a key fits the shortest ACL packet there is, so that it never continues in a second.
  const isFirst = ((bytes[start + 1]! >> 4) & 3) !== 1;
  const pdu = start + ACL_HEADER + L2CAP_HEADER;
  if (isFirst && u16At(bytes, start + ACL_HEADER + 2) === SMP_CID && KEY_PDUS.includes(bytes[pdu]!))
    bytes.fill(0, pdu + 1, end);
}

/** Whether a packet may have keys: a cheap question before a packet is copied. */
export function mayHaveKeys(type: number, bytes: Uint8Array, start: number, end: number): boolean {
  if (type === PacketType.command) return commands.has(u16At(bytes, start));
  return (
    type === PacketType.acl &&
    end - start > ACL_HEADER + L2CAP_HEADER &&
    u16At(bytes, start + ACL_HEADER + 2) === SMP_CID
  );
}
