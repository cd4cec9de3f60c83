import { expect, it } from 'vitest';
import { fromHex, toHex } from '../../src/core/hex.js';
import { Uuid } from '../../src/core/uuid.js';
import { type DecodedAttPdu, decodeAtt } from '../../src/gatt/att/decode.js';
import { AclReassembler } from '../../src/hci/acl-reassembler.js';
import {
  type AdvertisingReport,
  forEachAdvertisingReport,
  forEachExtendedAdvertisingReport,
} from '../../src/hci/advertising-report.js';
import { type DecodedPacket, decodePacket } from '../../src/hci/decode.js';
import { leAdvertisingReport, leExtendedAdvertisingReport } from '../../src/hci/events/index.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { commandByOpcode, eventByCode } from '../../src/hci/registry.js';
import { type BtsnoopRecord, readBtsnoop } from '../support/btsnoop.js';
import { describeWithShared, shared, sharedJsonLines } from '../support/shared.js';

/** What another decoder made of one packet. */
interface OracleFrame {
  readonly frame: number;
  readonly type: string;
  readonly dir: 'tx' | 'rx';
  readonly opcode?: string;
  readonly evt?: OracleEvent;
  readonly acl?: { readonly handle: number; readonly pb: number; readonly bc: number; readonly len: number };
  readonly l2cap?: { readonly cid: readonly string[]; readonly pdu?: string };
  readonly att?: OracleAtt;
}
interface OracleEvent {
  readonly code: string;
  readonly sub?: string;
  readonly cmd_opcode?: string;
  readonly status?: number;
  readonly handles?: readonly number[];
  readonly num_completed?: readonly number[];
  readonly role?: number;
  readonly interval?: number;
  readonly latency?: number;
  readonly timeout?: number;
  readonly addr?: string;
  readonly addr_type?: number;
  readonly enc?: number;
  readonly reason?: number;
  readonly reports?: readonly OracleReport[];
}
interface OracleAtt {
  readonly opcode: string;
  readonly pdu: string;
  readonly handles?: readonly number[];
  readonly range?: readonly number[];
  readonly error?: { readonly req: string; readonly code: number };
  readonly mtu?: number;
  readonly offset?: number;
  readonly uuid16?: string;
  readonly value?: string;
}
interface OracleReport {
  readonly event_type: number;
  readonly addr: string;
  readonly addr_type: number;
  readonly rssi: number;
  readonly data_len: number;
}

/** A whole L2CAP frame, and the packet that completed it. */
interface Frame {
  readonly cid: number;
  readonly payload: string;
}

const CAPTURES = [
  '01-idealled-legacy-connect',
  '02-horizon-treadmill-legacy',
  '03-pongbot-extended',
  '04-btsnooper-extadv-throughput',
  '06-jbd-bms-h1',
  '07-miband2-legacy-pairing',
];
/** Capture 04 has a vendor's trace on this handle, which is no connection. */
const TRACE_HANDLE = 0xedc;
const ATT_CID = 4;
const code = (text: string | undefined) => (text === undefined ? undefined : Number(text));

for (const capture of CAPTURES) {
  describeWithShared(`capture ${capture}, against the other decoder`, () => {
    const records = readBtsnoop(shared(`captures/${capture}.btsnoop`));
    const oracle = sharedJsonLines<OracleFrame>(`captures/oracle/${capture}.jsonl.gz`);
    const decoded = records.map(({ type, packet }) => decodePacket(type, packet));

    it('has the same packets, none of them malformed', ({ task }) => {
      task.meta.compared = { packets: records.length };
      const kinds: Record<number, string> = { 1: 'cmd', 2: 'acl', 4: 'evt' };
      expect(records.map(({ type, sent }) => `${kinds[type]} ${sent ? 'tx' : 'rx'}`)).toEqual(
        oracle.map(({ type, dir }) => `${type} ${dir}`),
      );
      expect(decoded.filter(({ malformed }) => malformed)).toEqual([]);
    });

    it('has the same commands', ({ task }) => {
      const found = pick(decoded, PacketType.command, ({ code }) => code);
      task.meta.compared = { commands: found.length };
      expect(found).toEqual(oracle.filter(({ type }) => type === 'cmd').map(({ opcode }) => code(opcode)));
    });

    it('has the same events, with their handles and parameters', ({ task }) => {
      const found = pick(decoded, PacketType.event, eventFields);
      const wanted = oracle.flatMap(({ evt }) => (evt ? [oracleEventFields(evt)] : []));
      expect(found.length).toBe(wanted.length);
      task.meta.compared = { events: wanted.length };
      for (const [index, event] of wanted.entries())
        expect(found[index]).toMatchObject(whatIsDeclared(event));
    });

    it('has the same advertising reports', ({ task }) => {
      const wanted = oracle.flatMap(({ evt }) => evt?.reports ?? []);
      task.meta.compared = { 'advertising reports': wanted.length };
      const found = records.flatMap(reportsOf);
      expect(found.map(reportFields)).toEqual(
        wanted.map(({ event_type, addr, addr_type, rssi, data_len }) => ({
          event_type,
          addr,
          addr_type,
          rssi,
          data_len,
        })),
      );
    });

    it('has the same ACL packets, L2CAP frames and ATT PDUs', ({ task }) => {
      const complete = reassemble(records);
      const compared = { 'ACL packets': 0, 'L2CAP frames': 0, 'ATT PDUs': 0 };
      task.meta.compared = compared;
      for (const [index, frame] of oracle.entries()) {
        if (!frame.acl) continue;
        const { acl, l2cap, att } = frame;
        expect(decoded[index]!.fields).toMatchObject({
          connectionHandle: acl.handle,
          packetBoundaryFlag: acl.pb,
          broadcastFlag: acl.bc,
        });
        expect((decoded[index]!.fields['data'] as Uint8Array).length).toBe(acl.len);
        compared['ACL packets']++;
        if (acl.handle === TRACE_HANDLE) continue;
        const whole = complete.get(index);
        if (l2cap?.pdu !== undefined && whole) {
          expect(whole.payload, `frame ${frame.frame}`).toBe(l2cap.pdu.slice(8));
          compared['L2CAP frames']++;
        }
        if (att) {
          compared['ATT PDUs']++;
          expect(whole?.cid, `frame ${frame.frame}`).toBe(ATT_CID);
          expect(whole?.payload).toBe(att.pdu);
          compareAtt(decodeAtt(fromHex(whole!.payload)), att);
        } else if (whole) expect(whole.cid, `frame ${frame.frame}`).not.toBe(ATT_CID);
      }
    });
  });
}

function pick<T>(packets: readonly DecodedPacket[], type: number, take: (packet: DecodedPacket) => T): T[] {
  return packets.filter((packet) => packet.type === type).map(take);
}

/** What an event has of the things that the oracle tells, under the oracle's names. */
function eventFields({ code, subevent, fields }: DecodedPacket): Record<string, unknown> {
  const returned = fields['returnParameters'];
  // Commands that are not declared, those of BR/EDR, begin their answer with the status as well.
  const inner = returned instanceof Uint8Array ? { status: returned[0] } : (returned as object | undefined);
  const all: Record<string, unknown> = { ...inner, ...fields };
  const groups = (all['handles'] ?? []) as { connectionHandle: number; numCompletedPackets: number }[];
  const handle = (all['connectionHandle'] ?? all['handle']) as number | undefined;
  return {
    code,
    sub: subevent,
    cmd_opcode: all['commandOpcode'],
    status: all['status'],
    handles: handle === undefined ? groups.map((group) => group.connectionHandle) : [handle],
    num_completed: groups.map((group) => group.numCompletedPackets),
    role: all['role'],
    interval: all['connectionInterval'],
    latency: all['peripheralLatency'],
    timeout: all['supervisionTimeout'],
    addr: String(all['peerAddress']).toLowerCase(),
    addr_type: all['peerAddressType'],
    enc: all['encryptionEnabled'],
    reason: all['reason'],
  };
}

function oracleEventFields({ reports, ...event }: OracleEvent): Record<string, unknown> {
  const { code: eventCode, sub, cmd_opcode, ...rest } = event;
  const known = Object.entries({ ...rest, sub: code(sub), cmd_opcode: code(cmd_opcode) });
  return { code: code(eventCode), ...Object.fromEntries(known.filter(([, value]) => value !== undefined)) };
}

/** Of events and commands that are not declared, those of BR/EDR, no more than code, opcode and status are compared. */
function whatIsDeclared(event: Record<string, unknown>): Record<string, unknown> {
  const { code: eventCode, cmd_opcode, status } = event;
  if (eventByCode(Number(eventCode)) === undefined) return { code: eventCode };
  if (cmd_opcode === undefined || commandByOpcode(Number(cmd_opcode))) return event;
  return { code: eventCode, cmd_opcode, ...(status === undefined ? {} : { status }) };
}

function reportsOf({ type, packet }: BtsnoopRecord): AdvertisingReport[] {
  if (type !== PacketType.event || packet[0] !== leAdvertisingReport.code) return [];
  const reports: AdvertisingReport[] = [];
  const walk =
    packet[2] === leAdvertisingReport.subevent
      ? forEachAdvertisingReport
      : packet[2] === leExtendedAdvertisingReport.subevent
        ? forEachExtendedAdvertisingReport
        : undefined;
  if (walk) expect(walk(packet, 3, packet.length, (report) => reports.push(report))).toBe(true);
  return reports;
}

function reportFields(report: AdvertisingReport) {
  return {
    event_type: report.eventType,
    addr: report.address.bd.toString().toLowerCase(),
    addr_type: report.addressType,
    rssi: report.rssi ?? 127,
    data_len: report.data.length,
  };
}

/** Compares what the declaration of an ATT PDU reads with what the oracle tells. */
function compareAtt({ opcode, name, fields, malformed }: DecodedAttPdu, att: OracleAtt): void {
  expect(name, att.pdu).toBeDefined();
  expect(malformed, att.pdu).toBeUndefined();
  const hex = (value: unknown) => (value instanceof Uint8Array ? toHex(value) : undefined);
  const handles = attHandles(opcode, fields);
  // The oracle takes some values apart as well, and finds further handles in them.
  if (handles) expect(handles, att.pdu).toEqual(att.handles?.slice(0, handles.length));
  if (att.range) expect([fields['startingHandle'], fields['endingHandle']]).toEqual(att.range);
  if (att.error) {
    const { requestOpcodeInError, errorCode } = fields;
    expect({ req: requestOpcodeInError, code: errorCode }).toEqual({
      ...att.error,
      req: code(att.error.req),
    });
  }
  if (att.mtu !== undefined) expect(fields['clientRxMtu'] ?? fields['serverRxMtu']).toBe(att.mtu);
  if (att.offset !== undefined) expect(fields['valueOffset']).toBe(att.offset);
  if (att.uuid16 !== undefined) {
    const type = fields['attributeType'] ?? fields['attributeGroupType'];
    expect(Uuid.from(type as number | Uint8Array).short).toBe(code(att.uuid16));
  }
  if (att.value !== undefined) {
    expect(hex(fields['attributeValue'] ?? fields['partAttributeValue'])).toBe(att.value);
  }
}

/** The handles in a PDU where the oracle has the same ones; it adds others that it remembers from the request. */
function attHandles(opcode: number, fields: Readonly<Record<string, unknown>>): number[] | undefined {
  const handle = fields['attributeHandle'] ?? fields['attributeHandleInError'];
  if (handle !== undefined) return [handle as number];
  const every = (octets: unknown, size: number) => {
    const bytes = octets as Uint8Array;
    return Array.from(
      { length: bytes.length / size },
      (_, i) => bytes[i * size]! | (bytes[i * size + 1]! << 8),
    );
  };
  if (opcode === 0x05) return every(fields['informationData'], fields['format'] === 1 ? 4 : 18);
  if (opcode === 0x07) return every(fields['handlesInformationList'], 4);
  if (opcode === 0x11) return every(fields['attributeDataList'], fields['length'] as number);
  return undefined;
}

/** The L2CAP frames of both directions, by the index of the packet that completes each. */
function reassemble(records: readonly BtsnoopRecord[]): Map<number, Frame> {
  const complete = new Map<number, Frame>();
  const links = new Map<string, AclReassembler>();
  let index = 0;
  const receiver = {
    frame(cid: number, bytes: Uint8Array, start: number, end: number) {
      complete.set(index, { cid, payload: toHex(bytes.subarray(start, end)) });
    },
  };
  for (; index < records.length; index++) {
    const { type, sent, packet } = records[index]!;
    if (type !== PacketType.acl) continue;
    const word = packet[0]! | (packet[1]! << 8);
    if ((word & 0xfff) === TRACE_HANDLE) continue;
    const key = `${sent} ${word & 0xfff}`;
    const link =
      links.get(key) ??
      new AclReassembler(receiver, (message) => {
        throw new Error(message);
      });
    links.set(key, link);
    link.receive((word >> 12) & 3, packet, 4, packet.length);
  }
  return complete;
}
