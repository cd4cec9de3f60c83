import { bits, type Fields, meaning, octets, sized, u8, u16, u32 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { IsoBoundary, isoHeader, isoSduHeader } from '../hci/iso-packet.js';
import { PacketType } from '../hci/packet-type.js';
import type { DecodeContext } from './context.js';
import { flag, flattened } from './header.js';
import { readablePacket, unreadable } from './render.js';
import { Span } from './span.js';
import type { ReadableField, ReadablePacket } from './tree.js';

const scoFields: Fields = {
  header: bits(u16, { connectionHandle: 12, packetStatusFlag: 2 }),
  data: sized(u8),
};
const SCO_HEADER = 3;

/** An SCO data packet for a reader. Core Vol 4, Part E, 5.4.3 */
export function readableSco(bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  const { sco: type } = PacketType;
  const name = 'Synchronous_Data';
  const packet = new Span(bytes);
  if (packet.size < SCO_HEADER) {
    return unreadable(type, name, 'SCO', bytes, 'SCO data have a header of 3 octets');
  }
  const fields = flattened(context.plain.fields(scoFields, packet));
  const title = `SCO ${hexCode(packet.u16(0) & 0xfff, 4)}`;
  return readablePacket({ type, name, title, fields, shown: fields.slice(1) });
}

const boundaryNames: Readonly<Record<number, string>> = {
  [IsoBoundary.first]: 'first',
  [IsoBoundary.continuing]: 'continuing',
  [IsoBoundary.complete]: 'complete',
  [IsoBoundary.last]: 'last',
};
const isoWords: Fields = {
  header: meaning(isoHeader.fields['header']!, {
    parts: [flag('packetBoundaryFlag', boundaryNames), flag('timeStampFlag', { 0: 'none', 1: 'present' })],
  }),
  load: isoHeader.fields['load']!,
};
const isoTimeStamp: Fields = { timeStamp: meaning(u32, { unit: [1, 'µs'] }) };
const isoSdu: Fields = {
  packetSequenceNumber: isoSduHeader.fields['packetSequenceNumber']!,
  sdu: meaning(isoSduHeader.fields['sdu']!, {
    parts: [flag('packetStatusFlag', { 0: 'valid', 1: 'possibly invalid', 2: 'lost' })],
  }),
};
const ISO_HEADER = 4;
const TIME_STAMP = 4;
const SDU_HEADER = 4;
const TIME_STAMP_FLAG = 0x4000;

/** An ISO data packet for a reader. Core Vol 4, Part E, 5.4.5 */
export function readableIso(bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  const { iso: type } = PacketType;
  const name = 'ISO_Data';
  const packet = new Span(bytes);
  if (packet.size < ISO_HEADER) {
    return unreadable(type, name, 'ISO', bytes, 'ISO data have a header of 4 octets');
  }
  const word = packet.u16(0);
  const boundary = (word >> 12) & 3;
  const beginsSdu = boundary === IsoBoundary.first || boundary === IsoBoundary.complete;
  const hasTimeStamp = (word & TIME_STAMP_FLAG) !== 0;
  const load = packet.u16(2) & 0x3fff;
  const headers = (hasTimeStamp ? TIME_STAMP : 0) + (beginsSdu ? SDU_HEADER : 0);
  const declared: Fields = {
    ...isoWords,
    ...(hasTimeStamp ? isoTimeStamp : {}),
    ...(beginsSdu ? isoSdu : {}),
    ...(load > headers ? { data: octets(load - headers) } : {}),
  };
  const fields = flattened(context.plain.fields(declared, packet)).map((field) => {
    if (field.key !== 'isoDataLoadLength') return field;
    const malformed = `${headers} octets of headers belong into an ISO data load of ${load}`;
    return { ...field, structural: true, ...(load < headers ? { malformed } : {}) };
  });
  const title = `ISO ${hexCode(word & 0xfff, 4)} ${boundaryNames[boundary]}`;
  return readablePacket({ type, name, title, fields, shown: fields.filter(isTold) });
}

/** Whether the title leaves it open. */
function isTold({ key, value }: ReadableField): boolean {
  if (key === 'packetStatusFlag') return value !== 0;
  return key !== 'connectionHandle' && key !== 'packetBoundaryFlag' && key !== 'timeStampFlag';
}
