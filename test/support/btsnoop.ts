import { readFileSync } from 'node:fs';
import { PacketType } from '../../src/hci/packet-type.js';

/** One record of a capture. */
export interface CaptureRecord {
  /** The H4 packet indicator; `undefined` for a record that is no HCI packet. */
  readonly type: number | undefined;
  /** Whether the host sent it. */
  readonly sent: boolean;
  /** The packet without its indicator. */
  readonly packet: Uint8Array;
  /** What a record of the Linux monitor is; `undefined` elsewhere. */
  readonly monitor?: number;
}

/** A record that is an HCI packet. */
export type BtsnoopRecord = CaptureRecord & { readonly type: number };

/** Un-encapsulated HCI: the flags say what a packet is. */
const DATALINK_H1 = 1001;
/** HCI with the H4 indicator before each packet. */
const DATALINK_H4 = 1002;
/** The Linux monitor: the flags have the adapter and what the record is. */
const DATALINK_MONITOR = 2001;

/** What the records of the Linux monitor are that are HCI packets: the indicator, and whether the host sent it. */
const monitored: Readonly<Record<number, readonly [type: number, sent: boolean]>> = {
  2: [PacketType.command, true],
  3: [PacketType.event, false],
  4: [PacketType.acl, true],
  5: [PacketType.acl, false],
  6: [PacketType.sco, true],
  7: [PacketType.sco, false],
  18: [PacketType.iso, true],
  19: [PacketType.iso, false],
};

/** Reads a btsnoop file of datalink 1001 (H1), 1002 (H4) or 2001 (Linux monitor): RFC 1761, with the datalinks of Bluetooth. */
export function readBtsnoopRecords(path: string): CaptureRecord[] {
  const file = readFileSync(path);
  if (file.toString('latin1', 0, 8) !== 'btsnoop\0') throw new Error(`${path} is no btsnoop file`);
  const version = file.readUInt32BE(8);
  const datalink = file.readUInt32BE(12);
  const read = readers[datalink];
  if (version !== 1 || !read) {
    throw new Error(`${path}: version ${version}, datalink ${datalink}: 1 and 1001, 1002 or 2001 are known`);
  }
  const records: CaptureRecord[] = [];
  for (let at = 16; at < file.length; ) {
    const size = file.readUInt32BE(at + 4);
    const flags = file.readUInt32BE(at + 8);
    records.push(read(Uint8Array.from(file.subarray(at + 24, at + 24 + size)), flags));
    at += 24 + size;
  }
  return records;
}

/** Reads a btsnoop file in which each record is an HCI packet. */
export function readBtsnoop(path: string): BtsnoopRecord[] {
  return readBtsnoopRecords(path).map((record, index) => {
    if (record.type === undefined) throw new Error(`${path}: record ${index + 1} is no HCI packet`);
    return { ...record, type: record.type };
  });
}

const isSent = (flags: number) => (flags & 1) === 0;

const readers: Readonly<Record<number, (bytes: Uint8Array, flags: number) => CaptureRecord>> = {
  [DATALINK_H4]: (bytes, flags) => ({ type: bytes[0]!, sent: isSent(flags), packet: bytes.subarray(1) }),
  [DATALINK_H1](packet, flags) {
    const sent = isSent(flags);
    const isCommandOrEvent = (flags & 2) !== 0;
    const type = !isCommandOrEvent ? PacketType.acl : sent ? PacketType.command : PacketType.event;
    return { type, sent, packet };
  },
  [DATALINK_MONITOR](packet, flags) {
    const monitor = flags & 0xffff;
    const [type, sent] = monitored[monitor] ?? [undefined, false];
    return { type, sent, packet, monitor };
  },
};
