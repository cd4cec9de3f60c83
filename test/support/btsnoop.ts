import { readFileSync } from 'node:fs';
import { PacketType } from '../../src/hci/packet-type.js';

/** One packet of a btsnoop file. */
export interface BtsnoopRecord {
  /** The H4 packet indicator. */
  readonly type: number;
  /** Whether the host sent it. */
  readonly sent: boolean;
  /** The packet without its indicator. */
  readonly packet: Uint8Array;
}

/** Un-encapsulated HCI: the flags say what a packet is. */
const DATALINK_H1 = 1001;
/** HCI with the H4 indicator before each packet. */
const DATALINK_H4 = 1002;

/** Reads a btsnoop file of datalink 1001 (H1) or 1002 (H4): RFC 1761, with the datalinks of Bluetooth. */
export function readBtsnoop(path: string): BtsnoopRecord[] {
  const file = readFileSync(path);
  if (file.toString('latin1', 0, 8) !== 'btsnoop\0') throw new Error(`${path} is no btsnoop file`);
  const version = file.readUInt32BE(8);
  const datalink = file.readUInt32BE(12);
  if (version !== 1 || (datalink !== DATALINK_H1 && datalink !== DATALINK_H4)) {
    throw new Error(`${path}: version ${version}, datalink ${datalink}: 1 and 1001 or 1002 are known`);
  }
  const records: BtsnoopRecord[] = [];
  for (let at = 16; at < file.length; ) {
    const size = file.readUInt32BE(at + 4);
    const flags = file.readUInt32BE(at + 8);
    const bytes = Uint8Array.from(file.subarray(at + 24, at + 24 + size));
    records.push(datalink === DATALINK_H4 ? h4Record(bytes, flags) : h1Record(bytes, flags));
    at += 24 + size;
  }
  return records;
}

const isSent = (flags: number) => (flags & 1) === 0;

function h4Record(bytes: Uint8Array, flags: number): BtsnoopRecord {
  return { type: bytes[0]!, sent: isSent(flags), packet: bytes.subarray(1) };
}

function h1Record(packet: Uint8Array, flags: number): BtsnoopRecord {
  const sent = isSent(flags);
  const isCommandOrEvent = (flags & 2) !== 0;
  const type = !isCommandOrEvent ? PacketType.acl : sent ? PacketType.command : PacketType.event;
  return { type, sent, packet };
}
