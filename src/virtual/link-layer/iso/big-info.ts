import { Phy, type PhyCode } from '../../air/airtime.js';
import type { BigSchedule } from './big-schedule.js';

/** The AD type of BIGInfo in the ACAD field: Assigned Numbers, 2.3. */
const BIG_INFO = 0x2c;
const PLAIN = 33;
const ENCRYPTED = 57;
const UNIT = 1250;
/** Units of BIG_Offset in µs, and how many of the finer fit. */
const FINE = 30;
const COARSE = 300;
const MAX_OFFSET = 0x3fff;
/** BIG_Offset is not less than this many µs: Core Vol 6, Part B, 4.4.6.11. */
export const LEAST_BIG_OFFSET = 600;
const SHORTEST_INTERVAL = 4;
const LONGEST_INTERVAL = 0xc80;

/** What an encrypted group tells of its keys: 8 and 16 octets, least significant first. */
export interface GroupSecrets {
  readonly giv: Uint8Array;
  readonly gskd: Uint8Array;
}

/** What BIGInfo says: Core Vol 6, Part B, 4.4.6.11. */
export interface BigInfo {
  readonly schedule: BigSchedule;
  /** µs from the start of the PDU that bears it to the anchor point; when read, the beginning of its window. */
  readonly offset: number;
  /** What `offset` is a multiple of, in µs. */
  readonly offsetUnit: number;
  readonly seed: number;
  readonly baseCrcInit: number;
  readonly channelMap: Uint8Array;
  /** bisPayloadCount of the event that it points to. */
  readonly payloadCount: number;
  readonly framed: boolean;
  readonly secrets: GroupSecrets | undefined;
}

/** How long the ACAD of a group is, in octets. */
export function acadLength(encrypted: boolean): number {
  return 2 + (encrypted ? ENCRYPTED : PLAIN);
}

/** The ACAD with a BIGInfo, an AD structure. */
export function encodeAcad(info: Omit<BigInfo, 'offsetUnit'>): Uint8Array {
  const { schedule, offset, secrets } = info;
  const length = secrets ? ENCRYPTED : PLAIN;
  const acad = new Uint8Array(2 + length);
  acad[0] = 1 + length;
  acad[1] = BIG_INFO;
  const view = new DataView(acad.buffer, 2);
  const coarse = offset > MAX_OFFSET * FINE;
  const units = Math.floor(offset / (coarse ? COARSE : FINE));
  const { numBis, nse, bn, irc, pto, subInterval, bisSpacing, maxPdu, maxSdu, sduInterval } = schedule;
  const interval = schedule.isoInterval / UNIT;
  view.setUint32(0, (units | (coarse ? 1 << 14 : 0) | (interval << 15) | (numBis << 27)) >>> 0, true);
  view.setUint32(4, (nse | (bn << 5) | (subInterval << 8) | (pto << 28)) >>> 0, true);
  view.setUint32(8, (bisSpacing | (irc << 20) | (maxPdu << 24)) >>> 0, true);
  view.setUint32(13, info.seed, true);
  view.setUint32(17, (sduInterval | (maxSdu << 20)) >>> 0, true);
  view.setUint16(21, info.baseCrcInit, true);
  acad.set(info.channelMap, 2 + 23);
  acad[2 + 27] = (acad[2 + 27]! & 0x1f) | ((schedule.phy - 1) << 5);
  view.setUint32(28, info.payloadCount >>> 0, true);
  view.setUint8(32, (Math.floor(info.payloadCount / 0x1_0000_0000) & 0x7f) | (info.framed ? 0x80 : 0));
  if (secrets) {
    acad.set(secrets.giv, 2 + 33);
    acad.set(secrets.gskd, 2 + 41);
  }
  return acad;
}

/** The BIGInfo in an ACAD; `undefined` when there is none, or none that makes sense. */
export function decodeAcad(acad: Uint8Array): BigInfo | undefined {
  for (let at = 0; at + 1 < acad.length; at += 1 + acad[at]!) {
    const length = acad[at]! - 1;
    if (length < 0 || at + 2 + length > acad.length) return undefined;
    if (acad[at + 1] === BIG_INFO) return decode(acad.slice(at + 2, at + 2 + length));
  }
  return undefined;
}

function decode(octets: Uint8Array): BigInfo | undefined {
  if (octets.length !== PLAIN && octets.length !== ENCRYPTED) return undefined;
  const view = new DataView(octets.buffer, octets.byteOffset);
  const first = view.getUint32(0, true);
  const second = view.getUint32(4, true);
  const third = view.getUint32(8, true);
  const sdu = view.getUint32(17, true);
  const encrypted = octets.length === ENCRYPTED;
  const phy: PhyCode = (octets[27]! >> 5) + 1;
  const offsetUnit = (first >>> 14) & 1 ? COARSE : FINE;
  const channelMap = octets.slice(23, 28);
  channelMap[4]! &= 0x1f;
  const interval = (first >>> 15) & 0xfff;
  const schedule: BigSchedule = {
    numBis: first >>> 27,
    isoInterval: interval * UNIT,
    nse: second & 0x1f,
    bn: (second >>> 5) & 7,
    subInterval: (second >>> 8) & 0xfffff,
    pto: second >>> 28,
    bisSpacing: third & 0xfffff,
    irc: (third >>> 20) & 0xf,
    maxPdu: third >>> 24,
    sduInterval: sdu & 0xfffff,
    maxSdu: sdu >>> 20,
    phy,
    encrypted,
  };
  const { numBis, nse, bn, irc } = schedule;
  const isPossible =
    phy <= Phy.leCoded &&
    interval >= SHORTEST_INTERVAL &&
    interval <= LONGEST_INTERVAL &&
    numBis > 0 &&
    bn > 0 &&
    nse > 0 &&
    irc > 0 &&
    nse % bn === 0 &&
    irc * bn <= nse;
  if (!isPossible) return undefined;
  return {
    schedule,
    offset: (first & MAX_OFFSET) * offsetUnit,
    offsetUnit,
    seed: view.getUint32(13, true),
    baseCrcInit: view.getUint16(21, true),
    channelMap,
    payloadCount: view.getUint32(28, true) + (octets[32]! & 0x7f) * 0x1_0000_0000,
    framed: octets[32]! >> 7 === 1,
    secrets: encrypted ? { giv: octets.slice(33, 41), gskd: octets.slice(41, 57) } : undefined,
  };
}
