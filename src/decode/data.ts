import { u16At } from '../core/bytes.js';
import { bits, type Fields, meaning, octets, sized, u8, u16, u32 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { AclBoundary, aclHeader } from '../hci/acl-packet.js';
import { IsoBoundary, isoHeader, isoSduHeader } from '../hci/iso-packet.js';
import { PacketType } from '../hci/packet-type.js';
import type { DecodeContext } from './context.js';
import { frameFields } from './l2cap.js';
import type { Layer } from './layer.js';
import { inline, readablePacket, unreadable } from './render.js';
import type { LinkState, Side } from './state.js';
import type { ReadableField, ReadablePacket } from './tree.js';

const aclBoundaryNames = {
  [AclBoundary.firstNonFlushable]: 'first, not flushable',
  [AclBoundary.continuing]: 'continuing',
  [AclBoundary.firstFlushable]: 'first, flushable',
  [AclBoundary.complete]: 'complete',
};
const isoBoundaryNames = {
  [IsoBoundary.first]: 'first',
  [IsoBoundary.continuing]: 'continuing',
  [IsoBoundary.complete]: 'complete',
  [IsoBoundary.last]: 'last',
};
const flag = (name: string, names: Readonly<Record<number, string>>) => ({ name, bit: 0, width: 0, names });

const aclFields: Fields = {
  header: meaning(aclHeader, {
    parts: [
      flag('packetBoundaryFlag', aclBoundaryNames),
      flag('broadcastFlag', { 0: 'point-to-point', 1: 'BR/EDR broadcast' }),
    ],
  }),
  data: sized(u16),
};
const scoFields: Fields = {
  header: bits(u16, { connectionHandle: 12, packetStatusFlag: 2 }),
  data: sized(u8),
};
const isoWords: Fields = {
  header: meaning(isoHeader.fields['header']!, {
    parts: [flag('packetBoundaryFlag', isoBoundaryNames), flag('timeStampFlag', { 0: 'none', 1: 'present' })],
  }),
  load: isoHeader.fields['load']!,
};
const HEADER = 4;
const L2CAP_HEADER = 4;
/** Controllers of Qualcomm put their trace on this handle, which is no connection. */
const TRACE_HANDLE = 0xedc;

/** What is remembered of the connection of a packet, and who sent it. */
export interface AclWhere {
  readonly link: LinkState;
  readonly sender: Side;
  /** Whether the connection was seen to come about. */
  readonly isConnection: boolean;
}

/** An ACL data packet for a reader: with what its L2CAP frame holds, where the packet has or completes one. */
export function readableAcl(bytes: Uint8Array, context: DecodeContext, where?: AclWhere): ReadablePacket {
  const { acl: type } = PacketType;
  if (bytes.length < HEADER) {
    return unreadable(type, 'ACL_Data', 'ACL', bytes, 'ACL data have a header of 4 octets');
  }
  const word = u16At(bytes, 0);
  const handle = word & 0xfff;
  const title = `ACL ${hexCode(handle, 4)}`;
  const fields = flattened(context.plain.fields(aclFields, bytes, 0, bytes.length));
  const data = fields.find(({ key }) => key === 'data');
  if (!data || data.malformed) return readablePacket(type, 'ACL_Data', title, fields, undefined, []);
  const end = data.offset + data.length;
  if (handle === TRACE_HANDLE && where && !where.isConnection) {
    return readablePacket(
      type,
      'ACL_Data',
      `${title} of no connection, a vendor's trace`,
      fields,
      undefined,
      [data],
    );
  }
  const boundary = (word >> 12) & 3;
  const found = where
    ? reassembled(bytes, end, boundary, context, where)
    : whole(bytes, end, boundary, context);
  return found.read(type, title, fields, data);
}

/** What a packet's data turned out to be. */
interface Found {
  read(type: number, title: string, fields: readonly ReadableField[], data: ReadableField): ReadablePacket;
}

/** Replaces the bits of the header by the fields in them, and hides the lengths. */
function flattened(fields: readonly ReadableField[]): ReadableField[] {
  return fields.flatMap((field) => {
    if (field.key === 'dataLength') return [{ ...field, label: 'Data_Total_Length' }];
    return (field.key === 'header' || field.key === 'load' || field.key === 'sdu') && field.fields
      ? field.fields
      : [field];
  });
}

/** Without a stream: a frame is there whole, or it is a fragment. */
function whole(bytes: Uint8Array, end: number, boundary: number, context: DecodeContext): Found {
  const size = end - HEADER;
  if (boundary === AclBoundary.continuing || size < L2CAP_HEADER) return fragment(bytes, end, boundary);
  if (L2CAP_HEADER + u16At(bytes, HEADER) !== size) return fragment(bytes, end, boundary);
  return inPacket(frameFields(bytes, HEADER, end, 0, context));
}

/** In a stream: a frame is there when its last fragment has come. */
function reassembled(
  bytes: Uint8Array,
  end: number,
  boundary: number,
  context: DecodeContext,
  { link, sender }: AclWhere,
): Found {
  const { completed, problem } = link.receive(sender, boundary, bytes, HEADER, end);
  if (!completed) return fragment(bytes, end, boundary, problem);
  const where = { link, sender };
  if (completed.bytes === bytes) {
    return inPacket(frameFields(bytes, completed.start, completed.end, 0, context, where), problem);
  }
  const { start, end: frameEnd } = completed;
  const frame = frameFields(completed.bytes, start, frameEnd, start, context, where);
  return {
    read(type, title, fields, data) {
      const { names, about, shown } = titleOf(frame.layers);
      const node: ReadableField = {
        key: 'frame',
        label: 'L2CAP frame',
        offset: 0,
        length: frameEnd - start,
        text: '',
        fields: frame.fields,
        source: 'reassembled',
      };
      const all = [...fields.map((field) => (field === data ? { ...data, structural: true } : field)), node];
      return readablePacket(type, names, `${title} ${names}${about}`, all, undefined, shown);
    },
  };
}

type Frame = ReturnType<typeof frameFields>;

/** A frame that is in one packet. */
function inPacket(frame: Frame, problem?: string): Found {
  return {
    read(type, title, fields, data) {
      const { names, about, shown } = titleOf(frame.layers);
      const { value: _, ...place } = data;
      const inside: ReadableField = {
        ...place,
        text: '',
        fields: frame.fields,
        ...(problem === undefined ? {} : { malformed: problem }),
      };
      const all = fields.map((field) => (field === data ? inside : field));
      return readablePacket(type, names, `${title} ${names}${about}`, all, undefined, shown);
    },
  };
}

/** A part of a frame. */
function fragment(bytes: Uint8Array, end: number, boundary: number, problem?: string): Found {
  const size = end - HEADER;
  const isFirst = boundary !== AclBoundary.continuing;
  const hasHeader = isFirst && size >= L2CAP_HEADER;
  const of = hasHeader
    ? ` of ${L2CAP_HEADER + u16At(bytes, HEADER)}, CID ${hexCode(u16At(bytes, HEADER + 2), 4)}`
    : '';
  const what = `${isFirst ? 'first' : 'continuing'} fragment of an L2CAP frame, ${size}${of === '' ? ' octets' : of}`;
  return {
    read(type, title, fields, data) {
      const all = fields.map((field) =>
        field === data && problem !== undefined ? { ...data, malformed: problem } : field,
      );
      return readablePacket(type, 'ACL_Data', `${title} ${what}`, all, undefined, []);
    },
  };
}

/** The name of what the frame holds, and the fields of it that are in the line. */
function titleOf(layers: readonly Layer[]) {
  const named = layers.filter(({ name }) => name !== '');
  const last = named.at(-1);
  const shown = named.flatMap(({ field }) => field.fields ?? [field]);
  return {
    names: named.map(({ name }) => name).join(' + ') || 'L2CAP frame',
    about: last?.about ?? '',
    shown: inline(shown) === '' ? [] : shown,
  };
}

/** An SCO data packet for a reader. Core Vol 4, Part E, 5.4.3 */
export function readableSco(bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  const { sco: type } = PacketType;
  const name = 'Synchronous_Data';
  if (bytes.length < 3) return unreadable(type, name, 'SCO', bytes, 'SCO data have a header of 3 octets');
  const fields = flattened(context.plain.fields(scoFields, bytes, 0, bytes.length));
  return readablePacket(
    type,
    name,
    `SCO ${hexCode(u16At(bytes, 0) & 0xfff, 4)}`,
    fields,
    undefined,
    fields.slice(1),
  );
}

/** An ISO data packet for a reader. Core Vol 4, Part E, 5.4.5 */
export function readableIso(bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  const { iso: type } = PacketType;
  const name = 'ISO_Data';
  if (bytes.length < HEADER) {
    return unreadable(type, name, 'ISO', bytes, 'ISO data have a header of 4 octets');
  }
  const word = u16At(bytes, 0);
  const boundary = (word >> 12) & 3;
  const beginsSdu = boundary === IsoBoundary.first || boundary === IsoBoundary.complete;
  const timeStamp: Fields = word & 0x4000 ? { timeStamp: meaning(u32, { unit: [1, 'µs'] }) } : {};
  const extra = (word & 0x4000 ? 4 : 0) + (beginsSdu ? 4 : 0);
  const size = (u16At(bytes, 2) & 0x3fff) - extra;
  const declared: Fields = { ...isoWords, ...timeStamp, ...(beginsSdu ? isoSdu : {}), ...payload(size) };
  const all = context.plain.fields(declared, bytes, 0, bytes.length);
  const fields = flattened(all).map((field) => {
    if (field.key !== 'isoDataLoadLength') return field;
    const malformed = `${extra} octets of headers belong into an ISO data load of ${size + extra}`;
    return { ...field, structural: true, ...(size < 0 ? { malformed } : {}) };
  });
  const title = `ISO ${hexCode(word & 0xfff, 4)} ${isoBoundaryNames[boundary as 0]}`;
  const shown = fields.filter(({ key, value }) => {
    if (key === 'packetStatusFlag') return value !== 0;
    return key !== 'connectionHandle' && key !== 'packetBoundaryFlag' && key !== 'timeStampFlag';
  });
  return readablePacket(type, name, title, fields, undefined, shown);
}

const isoSdu: Fields = {
  packetSequenceNumber: isoSduHeader.fields['packetSequenceNumber']!,
  sdu: meaning(isoSduHeader.fields['sdu']!, {
    parts: [flag('packetStatusFlag', { 0: 'valid', 1: 'possibly invalid', 2: 'lost' })],
  }),
};

function payload(size: number): Fields {
  return size > 0 ? { data: octets(size) } : {};
}
