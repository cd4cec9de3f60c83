import { type Fields, meaning, sized, u16 } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { AclBoundary, aclHeader } from '../hci/acl-packet.js';
import { PacketType } from '../hci/packet-type.js';
import type { DecodeContext } from './context.js';
import { flag, flattened } from './header.js';
import { type ReadableFrame, readableFrame } from './l2cap.js';
import type { Layer } from './layer.js';
import { readablePacket, unreadable } from './render.js';
import { Span } from './span.js';
import type { Where } from './state.js';
import type { ReadableField, ReadablePacket } from './tree.js';

const declared: Fields = {
  header: meaning(aclHeader, {
    parts: [
      flag('packetBoundaryFlag', {
        [AclBoundary.firstNonFlushable]: 'first, not flushable',
        [AclBoundary.continuing]: 'continuing',
        [AclBoundary.firstFlushable]: 'first, flushable',
        [AclBoundary.complete]: 'complete',
      }),
      flag('broadcastFlag', { 0: 'point-to-point', 1: 'BR/EDR broadcast' }),
    ],
  }),
  data: sized(u16),
};
const HEADER = 4;
const L2CAP_HEADER = 4;
/** Controllers of Qualcomm put their trace on this handle, which is no connection. */
const TRACE_HANDLE = 0xedc;

/** An ACL data packet for a reader: with what its L2CAP frame holds, where the packet has or completes one. */
export function readableAcl(bytes: Uint8Array, context: DecodeContext, where?: Where): ReadablePacket {
  const { acl: type } = PacketType;
  const packet = new Span(bytes);
  if (packet.size < HEADER) {
    return unreadable(type, 'ACL_Data', 'ACL', bytes, 'ACL data have a header of 4 octets');
  }
  const word = packet.u16(0);
  const handle = word & 0xfff;
  const title = `ACL ${hexCode(handle, 4)}`;
  const fields = flattened(context.plain.fields(declared, packet));
  const data = fields.find(({ key }) => key === 'data');
  if (!data || data.malformed) {
    return readablePacket({ type, name: 'ACL_Data', title, fields, shown: [] });
  }
  if (handle === TRACE_HANDLE && where && !where.link.isKnown) {
    const what = `${title} of no connection, a vendor's trace`;
    return readablePacket({ type, name: 'ACL_Data', title: what, fields, shown: [data] });
  }
  const boundary = (word >> 12) & 3;
  const span = packet.part(HEADER, HEADER + data.length);
  const { frame, problem } = where ? received(span, boundary, where) : { frame: wholeFrame(span, boundary) };
  const wrong = problem === undefined ? {} : { malformed: problem };
  if (!frame) {
    const what = `${title} ${fragmentText(span, boundary)}`;
    const all = replaced(fields, data, { ...data, ...wrong });
    return readablePacket({ type, name: 'ACL_Data', title: what, fields: all, shown: [] });
  }
  const readable = readableFrame(frame, context, where);
  const inside = { text: '', fields: readable.fields };
  const { value: _, ...place } = data;
  const all =
    frame.bytes === bytes
      ? replaced(fields, data, { ...place, ...inside, ...wrong })
      : [
          ...replaced(fields, data, { ...data, structural: true }),
          { key: 'frame', label: 'L2CAP frame', ...frame.place, ...inside, source: 'reassembled' as const },
        ];
  const { name, about, shown } = upperMost(readable);
  return readablePacket({ type, name, title: `${title} ${name}${about}`, fields: all, shown });
}

function replaced(
  fields: readonly ReadableField[],
  field: ReadableField,
  by: ReadableField,
): readonly ReadableField[] {
  return fields.map((one) => (one === field ? by : one));
}

/** Without a stream: the frame that is whole in one packet. */
function wholeFrame(span: Span, boundary: number): Span | undefined {
  if (boundary === AclBoundary.continuing || span.size < L2CAP_HEADER) return undefined;
  return L2CAP_HEADER + span.u16(0) === span.size ? span : undefined;
}

/** In a stream: the frame whose last fragment has come, and what was wrong with the fragment. */
function received(span: Span, boundary: number, { link, sender }: Where) {
  const { completed, problem } = link.receive(sender, boundary, span.bytes, span.start, span.end);
  if (!completed) return { frame: undefined, problem };
  const { bytes, start, end } = completed;
  // Of a frame that was put together, places count from its own first octet.
  return { frame: new Span(bytes, start, end, bytes === span.bytes ? span.origin : start), problem };
}

/** What a part of a frame is. */
function fragmentText(span: Span, boundary: number): string {
  const { size } = span;
  if (boundary === AclBoundary.continuing) return `continuing fragment of an L2CAP frame, ${size} octets`;
  if (size < L2CAP_HEADER) return `first fragment of an L2CAP frame, ${size} octets`;
  const cid = hexCode(span.u16(2), 4);
  return `first fragment of an L2CAP frame, ${size} of ${L2CAP_HEADER + span.u16(0)}, CID ${cid}`;
}

/** The name of what a frame holds, and the fields of it that are in the line. */
function upperMost({ layers }: ReadableFrame) {
  const named: readonly Layer[] = layers.filter(({ name }) => name !== '');
  return {
    name: named.map(({ name }) => name).join(' + '),
    about: named.at(-1)?.about ?? '',
    shown: named.flatMap(({ field }) => field.fields ?? [field]),
  };
}
