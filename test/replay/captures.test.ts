import { expect, it } from 'vitest';
import { concatBytes, toHex } from '../../src/core/hex.js';
import { Decoder, findField, type ReadableField, type ReadablePacket } from '../../src/decode/index.js';
import { decodeAtt, encodeAtt } from '../../src/gatt/att/decode.js';
import { AclReassembler } from '../../src/hci/acl-reassembler.js';
import {
  type AdvertisingReport,
  forEachAdvertisingReport,
  forEachExtendedAdvertisingReport,
} from '../../src/hci/advertising-report.js';
import { type DecodedPacket, decodePacket } from '../../src/hci/decode.js';
import { encodePacket } from '../../src/hci/encode.js';
import { leAdvertisingReport, leExtendedAdvertisingReport } from '../../src/hci/events/index.js';
import type { IsoPacket } from '../../src/hci/iso-packet.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { commandByOpcode } from '../../src/hci/registry.js';
import { decodeSignal, encodeSignal } from '../../src/l2cap/decode.js';
import { Cid } from '../../src/l2cap/signalling-pdus.js';
import { decodeSmp, encodeSmp } from '../../src/smp/decode.js';
import { type CaptureRecord, readBtsnoopRecords } from '../support/btsnoop.js';
import { readPcapng } from '../support/pcapng.js';
import { rangesOf } from '../support/ranges.js';
import { misplaced, uncovered } from '../support/readable.js';
import { describeWithShared, shared } from '../support/shared.js';
import {
  compareAtt,
  compareSignal,
  compareSmp,
  eventFields,
  isDeclared,
  oracleEventFields,
  withoutParameters,
} from './compare.js';
import { type ExceptionKind, exceptions } from './exceptions.js';
import { code, type OracleFrame, readOracle } from './oracle.js';

const EMULATED = ['cis', 'coc', 'ecred', 'legacy-passkey', 'sc-justworks', 'sc-numeric', 'sc-passkey'];
const CAPTURES: readonly (readonly [name: string, path: string])[] = [
  ...[
    '01-idealled-legacy-connect',
    '02-horizon-treadmill-legacy',
    '03-pongbot-extended',
    '04-btsnooper-extadv-throughput',
    '05-bluez-init-linux-monitor',
    '06-jbd-bms-h1',
    '07-miband2-legacy-pairing',
  ].map((name) => [name, `${name}.btsnoop`] as const),
  ['08-bjled-att-phdr', '08-bjled-att-phdr.pcapng'],
  ...EMULATED.flatMap((name) =>
    ['central', 'peripheral'].map(
      (side) => [`emul-${name}-${side}`, `emulated/emul-${name}-${side}.btsnoop`] as const,
    ),
  ),
];
/** Capture 04 has a vendor's trace on this handle, which is no connection. */
const TRACE_HANDLE = 0xedc;
const CLASSIC_SIGNALLING = 1;
const VENDOR_OGF = 0x3f;
const VENDOR_EVENT = 0xff;
const kinds: Readonly<Record<number, string>> = { 1: 'cmd', 2: 'acl', 4: 'evt', 5: 'iso' };

/** A record with what is made of it here and there. */
interface Frame {
  readonly record: CaptureRecord;
  readonly told: OracleFrame;
  /** Of a record that is an HCI packet. */
  readonly decoded?: DecodedPacket;
  readonly readable?: ReadablePacket;
}

/** A whole L2CAP frame. */
interface L2capFrame {
  readonly cid: number;
  readonly payload: Uint8Array;
}

for (const [capture, path] of CAPTURES) {
  describeWithShared(`capture ${capture}, against the other decoder`, () => {
    const records = readRecords(shared(`captures/${path}`));
    const oracle = readOracle(capture);
    const decoder = new Decoder();
    const frames: Frame[] = records.map((record, index) => {
      const { type, sent, packet } = record;
      const told = oracle[index]!;
      if (type === undefined) return { record, told };
      return {
        record,
        told,
        decoded: decodePacket(type, packet),
        readable: decoder.decode(sent, type, packet),
      };
    });
    const packets = frames.filter(({ decoded }) => decoded) as Required<Frame>[];
    /** The frames of an exception are those of the list: no more, and no fewer. */
    const areListed = (kind: ExceptionKind, some: readonly Frame[]) => {
      expect(rangesOf(some.map(({ told }) => told.frame)), kind).toBe(exceptions[capture]?.[kind] ?? '');
    };

    it('has the same packets, and what is none where that is listed', ({ task }) => {
      task.meta.compared = { packets: packets.length };
      expect(records.length).toBe(oracle.length);
      for (const { record, told } of packets) {
        expect(`${kinds[record.type!]} ${record.sent ? 'tx' : 'rx'}`).toBe(`${told.type} ${told.dir}`);
      }
      const others = frames.filter(({ decoded }) => !decoded);
      expect(others.map(({ record }) => record.monitor)).toEqual(others.map(({ told }) => told.mon));
      areListed('notHci', others);
    });

    it('has the same commands, and knows them all but for those that are listed', ({ task }) => {
      const commands = packets.filter(({ told }) => told.type === 'cmd');
      task.meta.compared = { commands: commands.length };
      for (const { decoded, told } of commands) expect(decoded.code).toBe(code(told.opcode));
      const unknown = commands.filter(({ decoded }) => commandByOpcode(decoded.code) === undefined);
      areListed(
        'vendorCommands',
        unknown.filter(({ decoded }) => isVendors(decoded.code)),
      );
      areListed(
        'classicCommands',
        unknown.filter(({ decoded }) => !isVendors(decoded.code)),
      );
    });

    it('has the same events, with their handles and parameters but for those that are listed', ({ task }) => {
      const events = packets.filter(({ told }) => told.evt);
      task.meta.compared = { events: events.length };
      expect(events.length).toBe(packets.filter(({ told }) => told.type === 'evt').length);
      const undeclared: Required<Frame>[] = [];
      for (const frame of events) {
        const wanted = oracleEventFields(frame.told.evt!);
        const declared = isDeclared(wanted) && wanted['code'] !== VENDOR_EVENT;
        if (!declared) undeclared.push(frame);
        expect(eventFields(frame.decoded), `frame ${frame.told.frame}`).toMatchObject(
          declared ? wanted : withoutParameters(wanted),
        );
      }
      const ofVendor = ({ told: { evt } }: Frame) =>
        code(evt?.code) === VENDOR_EVENT || isVendors(code(evt?.cmd_opcode) ?? 0);
      areListed('vendorEvents', undeclared.filter(ofVendor));
      areListed(
        'classicEvents',
        undeclared.filter((frame) => !ofVendor(frame)),
      );
    });

    it('has the same advertising reports', ({ task }) => {
      const wanted = oracle.flatMap(({ evt }) => evt?.reports ?? []);
      task.meta.compared = { 'advertising reports': wanted.length };
      const told = wanted.map(({ event_type, addr, addr_type, rssi, data_len }) => ({
        event_type,
        addr,
        addr_type,
        rssi,
        data_len,
      }));
      expect(records.flatMap(reportsOf).map(reportFields)).toEqual(told);
      expect(packets.flatMap(({ readable }) => readableReports(readable))).toEqual(told);
    });

    it('has the same ACL packets, L2CAP frames, ATT, SMP and signalling PDUs', ({ task }) => {
      const complete = reassemble(records);
      const compared = {
        ...{ 'ACL packets': 0, 'L2CAP frames': 0, 'ATT PDUs': 0, 'SMP packets': 0, 'signalling commands': 0 },
        'SDU lengths': 0,
      };
      task.meta.compared = compared;
      const traces: Frame[] = [];
      for (const [index, frame] of frames.entries()) {
        const { decoded, readable, told } = frame;
        if (!told.acl) continue;
        const { acl, l2cap, att, smp } = told;
        expect(decoded!.fields).toMatchObject({
          connectionHandle: acl.handle,
          packetBoundaryFlag: acl.pb,
          broadcastFlag: acl.bc,
        });
        expect((decoded!.fields['data'] as Uint8Array).length).toBe(acl.len);
        compared['ACL packets']++;
        if (acl.handle === TRACE_HANDLE) {
          traces.push(frame);
          expect(readable!.line).toContain("of no connection, a vendor's trace");
          continue;
        }
        const whole = complete.get(index);
        const where = `frame ${told.frame}`;
        expect(whole !== undefined, where).toBe(l2cap?.pdu !== undefined);
        if (whole) {
          expect(toHex(concatBytes(l2capHeader(whole), whole.payload)), where).toBe(l2cap!.pdu);
          compared['L2CAP frames']++;
        }
        const layer = (key: string) => layerOf(readable!, key);
        expect(layer('att') !== undefined, where).toBe(att !== undefined);
        if (att) {
          compared['ATT PDUs']++;
          expect(whole?.cid, where).toBe(Cid.att);
          expect(toHex(whole!.payload)).toBe(att.pdu);
          const pdu = decodeAtt(whole!.payload);
          compareAtt(pdu, att);
          expect(toHex(encodeAtt(pdu))).toBe(att.pdu);
          expect(findField(layer('att')!.fields!, 'opcode')?.value).toBe(code(att.opcode));
        }
        expect(layer('smp') !== undefined, where).toBe(smp !== undefined);
        if (smp) {
          compared['SMP packets']++;
          expect(whole?.cid, where).toBe(Cid.smp);
          expect(toHex(whole!.payload)).toBe(smp.pdu);
          const pdu = decodeSmp(whole!.payload);
          compareSmp(pdu, smp);
          expect(toHex(encodeSmp(pdu))).toBe(smp.pdu);
          expect(findField(layer('smp')!.fields!, 'code')?.value).toBe(code(smp.opcode));
        }
        expect(layer('signalling') !== undefined, where).toBe(l2cap?.sig !== undefined);
        if (l2cap?.sig) {
          compared['signalling commands']++;
          expect([Cid.signalling, CLASSIC_SIGNALLING]).toContain(whole?.cid);
          const signal = decodeSignal(whole!.payload);
          compareSignal(signal, l2cap.sig);
          expect(toHex(encodeSignal(signal))).toBe(toHex(whole!.payload));
          expect(findField(layer('signalling')!.fields!, 'identifier')?.value).toBe(l2cap.sig.ident[0]);
        }
        // The other decoder does not know every channel.
        if (l2cap?.sdu_len !== undefined) {
          expect(findField(layer('kFrame')!.fields!, 'sduLength')?.value, where).toBe(l2cap.sdu_len);
          compared['SDU lengths']++;
        }
      }
      areListed('trace', traces);
    });

    it('has the same ISO packets', ({ task }) => {
      const isos = packets.filter(({ told }) => told.iso);
      task.meta.compared = { 'ISO packets': isos.length };
      expect(isos.length).toBe(packets.filter(({ told }) => told.type === 'iso').length);
      for (const { decoded, readable, told, record } of isos) {
        const { handle, pb, ts, len, seq, sdu_len } = told.iso!;
        const { connectionHandle, packetBoundaryFlag, timeStamp, sdu } =
          decoded.fields as unknown as IsoPacket;
        const { packetSequenceNumber, isoSduLength } = sdu ?? ({} as Record<string, number>);
        expect([connectionHandle, packetBoundaryFlag, timeStamp, record.packet.length - 4]).toEqual([
          handle,
          pb,
          ts === 0 ? undefined : expect.any(Number),
          len,
        ]);
        expect([packetSequenceNumber, isoSduLength]).toEqual([seq, sdu_len]);
        const value = (key: string) => findField(readable.fields, key)?.value;
        expect([value('connectionHandle'), value('packetBoundaryFlag'), value('timeStampFlag')]).toEqual([
          handle,
          pb,
          ts,
        ]);
        expect([value('isoDataLoadLength'), value('packetSequenceNumber'), value('isoSduLength')]).toEqual([
          len,
          seq,
          sdu_len,
        ]);
      }
    });

    it('gives the same octets when it is encoded again', ({ task }) => {
      task.meta.compared = { 'packets encoded again': packets.length };
      for (const { record, decoded } of packets) {
        expect(toHex(encodePacket(decoded))).toBe(toHex(record.packet));
      }
    });

    it('is readable to the last octet, and malformed where both say so but for what is listed', ({
      task,
    }) => {
      task.meta.compared = { 'packets in readable form': packets.length };
      for (const { record, decoded, readable } of packets) {
        expect(uncovered(readable.fields, record.packet.length), readable.line).toEqual([]);
        expect(misplaced(readable.fields, 0, record.packet.length), readable.line).toEqual([]);
        expect(JSON.parse(JSON.stringify(readable))).toEqual(readable);
        if (decoded.type !== PacketType.acl) expect(readable.name).toBe(decoded.name);
      }
      expect(packets.filter(({ decoded }) => decoded.malformed)).toEqual([]);
      const here = packets.filter(({ readable, told }) => readable.malformed && !told.malformed);
      const there = packets.filter(({ readable, told }) => !readable.malformed && told.malformed);
      areListed('malformedHere', here);
      areListed('malformedThere', there);
    });
  });
}

function readRecords(path: string): CaptureRecord[] {
  return path.endsWith('.pcapng') ? readPcapng(path) : readBtsnoopRecords(path);
}

const isVendors = (opcode: number) => opcode >> 10 === VENDOR_OGF;

function reportsOf({ type, packet }: CaptureRecord): AdvertisingReport[] {
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

/** The same of the reports in a readable event. */
function readableReports({ name, fields }: ReadablePacket) {
  if (!/^LE_(Extended_)?Advertising_Report$/.test(name)) return [];
  return findField(fields, 'reports')!.fields!.map((report) => {
    const value = (key: string) => findField(report.fields!, key)?.value;
    return {
      event_type: value('eventType'),
      addr: String(value('address')).toLowerCase(),
      addr_type: value('addressType'),
      rssi: value('rssi'),
      data_len: findField(report.fields!, 'data')!.length,
    };
  });
}

const u16 = (value: number) => [value & 0xff, value >> 8];
const l2capHeader = ({ cid, payload }: L2capFrame) => Uint8Array.of(...u16(payload.length), ...u16(cid));

/** What a readable packet has of a protocol above L2CAP, in the packet or put together. */
function layerOf({ fields }: ReadablePacket, key: string): ReadableField | undefined {
  return findField(fields, 'data', key) ?? findField(fields, 'frame', key);
}

/** The L2CAP frames of both directions, by the index of the packet that completes each. */
function reassemble(records: readonly CaptureRecord[]): Map<number, L2capFrame> {
  const complete = new Map<number, L2capFrame>();
  const links = new Map<string, AclReassembler>();
  let index = 0;
  const receiver = {
    frame(cid: number, bytes: Uint8Array, start: number, end: number) {
      complete.set(index, { cid, payload: bytes.slice(start, end) });
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
