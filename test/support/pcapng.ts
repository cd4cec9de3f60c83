import { readFileSync } from 'node:fs';
import type { CaptureRecord } from './btsnoop.js';

const SECTION = 0x0a0d0d0a;
const INTERFACE = 1;
const ENHANCED_PACKET = 6;
/** HCI with the H4 indicator, behind four octets that tell the direction: 0 sent by the host. */
const LINKTYPE_H4_WITH_PHDR = 201;

/** Reads a little-endian pcapng file whose interfaces are of linktype 201 (draft-ietf-opsawg-pcapng, 4). */
export function readPcapng(path: string): CaptureRecord[] {
  const file = readFileSync(path);
  if (file.readUInt32LE(0) !== SECTION || file.readUInt32LE(8) !== 0x1a2b3c4d) {
    throw new Error(`${path} is no little-endian pcapng file`);
  }
  const records: CaptureRecord[] = [];
  for (let at = 0; at < file.length; at += file.readUInt32LE(at + 4)) {
    const type = file.readUInt32LE(at);
    if (type === INTERFACE && file.readUInt16LE(at + 8) !== LINKTYPE_H4_WITH_PHDR) {
      throw new Error(`${path}: linktype ${file.readUInt16LE(at + 8)}: 201 is known`);
    }
    if (type !== ENHANCED_PACKET) continue;
    const size = file.readUInt32LE(at + 20);
    const bytes = Uint8Array.from(file.subarray(at + 28, at + 28 + size));
    records.push({ type: bytes[4]!, sent: bytes[3] === 0, packet: bytes.subarray(5) });
  }
  return records;
}
