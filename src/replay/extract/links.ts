import { Address, type BdAddr } from '../../core/address.js';
import { u16At } from '../../core/bytes.js';
import { AclReassembler } from '../../hci/acl-reassembler.js';
import type { CaptureRecord } from '../../hci/capture/index.js';
import { decodePacket } from '../../hci/decode.js';
import { LE_META } from '../../hci/definition.js';
import { PacketType } from '../../hci/packet-type.js';

/** A PDU of a link, in the order of the capture. */
export interface CapturedPdu {
  /** The record that completes it, counted from 1. */
  readonly frame: number;
  /** Milliseconds since the first record. */
  readonly at: number;
  /** Whether the capturing host sent it. */
  readonly sent: boolean;
  readonly octets: Uint8Array;
}

/** The parameters of a connection as an event carries them, in milliseconds. */
export interface CapturedParameters {
  readonly intervalMs: number;
  readonly latency: number;
  readonly supervisionTimeoutMs: number;
}

/** One link of a capture. */
export interface CapturedLink {
  readonly handle: number;
  /** The peer; `undefined` where the capture begins behind the connection. */
  readonly peer: Address | undefined;
  /** When it came about, or the first packet was on it, in milliseconds since the first record. */
  readonly began: number;
  /** The parameters that it had, one after the other. */
  readonly parameters: CapturedParameters[];
  /** What the peer asked for by L2CAP (Core Vol 3, Part A, 4.20). */
  readonly asked: { readonly at: number; readonly pdu: Uint8Array }[];
  /** When it was encrypted. */
  encrypted: number | undefined;
  /** The ATT PDUs, opcode first. */
  readonly att: CapturedPdu[];
}

/** One advertiser of a capture. */
export interface CapturedAdvertiser {
  readonly address: Address;
  /** Event_Type as legacy reports have it: Core Vol 4, Part E, 7.7.65.2; `undefined` of extended advertising. */
  type: number | undefined;
  data: Uint8Array | undefined;
  scanResponse: Uint8Array | undefined;
  /** When its advertisements were received, in milliseconds. */
  readonly times: number[];
}

/** What a capture has of peers. */
export interface CapturedPeers {
  readonly links: readonly CapturedLink[];
  /** By the text of their address. */
  readonly advertisers: ReadonlyMap<string, CapturedAdvertiser>;
}

const DISCONNECTION_COMPLETE = 0x05;
const ENCRYPTION_CHANGE = 0x08;
const connectionEvents: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([0x01, 0x0a, 0x29]);
const UPDATE_COMPLETE = 0x03;
const ADVERTISING_REPORT = 0x02;
const EXTENDED_REPORT = 0x0d;
const ATT = 4;
const SIGNALLING = 5;
const PARAMETER_UPDATE_REQUEST = 0x12;
const SCAN_RESPONSE = 4;
/** Legacy PDUs in extended reports: 7.7.65.13. */
const legacyKinds: ReadonlyMap<number, number> = /* @__PURE__ */ new Map([
  [0x13, 0],
  [0x15, 1],
  [0x12, 2],
  [0x10, 3],
  [0x1a, SCAN_RESPONSE],
  [0x1b, SCAN_RESPONSE],
]);
/** Reports of one advertiser whose times are kept. */
const TIME_LIMIT = 2000;

/** Sorts the records of a capture by peer. Packets that are damaged are passed over. */
export function capturedPeers(records: Iterable<CaptureRecord>): CapturedPeers {
  const sorter = new Sorter();
  let frame = 0;
  for (const record of records) sorter.take(record, ++frame);
  return { links: sorter.links, advertisers: sorter.advertisers };
}

type Fields = Readonly<Record<string, unknown>>;

interface OpenLink extends CapturedLink {
  readonly ways: Readonly<Record<'sent' | 'received', AclReassembler>>;
}

class Sorter {
  readonly links: CapturedLink[] = [];
  readonly advertisers = new Map<string, CapturedAdvertiser>();
  private readonly open = new Map<number, OpenLink>();
  private first: number | undefined;
  private frame = 0;
  private at = 0;

  take(record: CaptureRecord, frame: number): void {
    const { time, type, packet, note, missing } = record;
    this.first ??= time;
    this.frame = frame;
    this.at = (time - this.first) / 1000;
    if (note || missing > 0) return;
    if (type === PacketType.event && !record.sent) this.event(record);
    else if (type === PacketType.acl && packet.length >= 4) this.acl(record);
  }

  private event({ packet, index }: CaptureRecord): void {
    const [code, , subevent] = packet;
    const isWanted = code === LE_META || code === DISCONNECTION_COMPLETE || code === ENCRYPTION_CHANGE;
    if (!isWanted) return;
    const { fields, malformed } = decodePacket(PacketType.event, packet);
    if (malformed) return;
    const key = (index << 12) | (Number(fields['connectionHandle']) & 0xfff);
    if (code === DISCONNECTION_COMPLETE) {
      if (fields['status'] === 0) this.open.delete(key);
    } else if (code === ENCRYPTION_CHANGE) {
      const link = this.open.get(key);
      if (link && fields['status'] === 0 && fields['encryptionEnabled'] !== 0) link.encrypted ??= this.at;
    } else if (connectionEvents.has(subevent)) {
      if (fields['status'] !== 0) return;
      const peer = new Address(fields['peerAddress'] as BdAddr, fields['peerAddressType'] as number);
      this.begin(key, peer).parameters.push(parametersOf(fields));
    } else if (subevent === UPDATE_COMPLETE) {
      if (fields['status'] === 0) this.open.get(key)?.parameters.push(parametersOf(fields));
    } else if (subevent === ADVERTISING_REPORT || subevent === EXTENDED_REPORT) {
      for (const report of fields['reports'] as readonly Fields[]) {
        this.report(report, subevent === EXTENDED_REPORT);
      }
    }
  }

  private report(report: Fields, isExtended: boolean): void {
    const address = new Address(report['address'] as BdAddr, report['addressType'] as number);
    const key = address.toString();
    const eventType = report['eventType'] as number;
    const type = isExtended ? legacyKinds.get(eventType) : eventType;
    const data = (report['data'] as Uint8Array).slice();
    let advertiser = this.advertisers.get(key);
    if (!advertiser) {
      advertiser = { address, type: undefined, data: undefined, scanResponse: undefined, times: [] };
      this.advertisers.set(key, advertiser);
    }
    if (type === SCAN_RESPONSE) {
      advertiser.scanResponse = data;
      return;
    }
    advertiser.type = type;
    advertiser.data = data;
    if (advertiser.times.length < TIME_LIMIT) advertiser.times.push(this.at);
  }

  private acl({ packet, index, sent }: CaptureRecord): void {
    const word = u16At(packet, 0);
    const key = (index << 12) | (word & 0xfff);
    if (u16At(packet, 2) !== packet.length - 4) return;
    const link = this.open.get(key) ?? this.begin(key, undefined);
    link.ways[sent ? 'sent' : 'received'].receive((word >> 12) & 3, packet, 4, packet.length);
  }

  private begin(key: number, peer: Address | undefined): OpenLink {
    const frames = (sent: boolean) =>
      new AclReassembler(
        {
          frame: (cid, bytes, start, end) => {
            const octets = bytes.slice(start, end);
            if (cid === ATT && end > start) link.att.push({ frame: this.frame, at: this.at, sent, octets });
            else if (cid === SIGNALLING && !sent && octets[0] === PARAMETER_UPDATE_REQUEST) {
              if (octets.length === 12) link.asked.push({ at: this.at, pdu: octets });
            }
          },
        },
        () => {},
      );
    const link: OpenLink = {
      handle: key & 0xfff,
      peer,
      began: this.at,
      parameters: [],
      asked: [],
      encrypted: undefined,
      att: [],
      ways: { sent: frames(true), received: frames(false) },
    };
    this.open.set(key, link);
    this.links.push(link);
    return link;
  }
}

function parametersOf(fields: Fields): CapturedParameters {
  return {
    intervalMs: (fields['connectionInterval'] as number) * 1.25,
    latency: fields['peripheralLatency'] as number,
    supervisionTimeoutMs: (fields['supervisionTimeout'] as number) * 10,
  };
}
