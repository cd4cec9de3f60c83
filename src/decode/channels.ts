import { type Fields, rest } from '../core/codec.js';
import { hexCode } from '../core/hex.js';
import { decodeSignal, firstKFrame } from '../l2cap/decode.js';
import * as signals from '../l2cap/signalling-pdus.js';
import type { DecodeContext } from './context.js';
import type { Layer } from './layer.js';
import type { Span } from './span.js';
import { type ChannelState, otherSide, type Where } from './state.js';

/** Follows the channels that a signalling command opens and closes: Core Vol 3, Part A, 4.22 to 4.26 and 4.6. */
export function followChannels({ bytes, start, end }: Span, { link, sender }: Where): void {
  const { code, identifier, fields, malformed } = decodeSignal(bytes, start, end);
  if (malformed || identifier === undefined) return;
  const receiver = otherSide(sender);
  switch (code) {
    case signals.leCreditBasedConnectionRequest.code: {
      const { spsm, sourceCid } = fields as { spsm: number; sourceCid: number };
      link.askedFor(sender, identifier, { spsm, sourceCids: [sourceCid] });
      return;
    }
    case signals.creditBasedConnectionRequest.code: {
      const { spsm, sourceCids } = fields as { spsm: number; sourceCids: number[] };
      link.askedFor(sender, identifier, { spsm, sourceCids });
      return;
    }
    case signals.leCreditBasedConnectionResponse.code: {
      const { destinationCid, result } = fields as { destinationCid: number; result: number };
      link.opened(receiver, identifier, result === 0 ? [destinationCid] : []);
      return;
    }
    case signals.creditBasedConnectionResponse.code:
      // What was refused has a Destination CID of 0.
      link.opened(receiver, identifier, (fields as { destinationCids: number[] }).destinationCids);
      return;
    case signals.disconnectionResponse.code: {
      // The CIDs are those of the request: the Destination CID is an end of who answers (4.7).
      const { destinationCid, sourceCid } = fields as { destinationCid: number; sourceCid: number };
      link.closed(receiver, destinationCid, sourceCid);
      return;
    }
  }
}

/** A frame of a credit-based channel. */
export interface KFrame {
  readonly layer: Layer;
  /** The SDU that it completes. */
  readonly sdu: Uint8Array | undefined;
}

/** Takes a frame of a credit-based channel, of which the first of an SDU says how long that is: Core Vol 3, Part A, 3.4.3. */
export function takeKFrame(channel: ChannelState, cid: number, span: Span, context: DecodeContext): KFrame {
  const isFirst = channel.sdu === undefined;
  const declared: Fields = isFirst ? firstKFrame.fields : { informationPayload: rest };
  const fields = context.plain
    .fields(declared, span)
    .map((field) => (field.key === 'sduLength' ? { ...field, structural: true } : field));
  const what = `of SPSM ${hexCode(channel.spsm, 4)} on CID ${hexCode(cid, 4)}`;
  const frame = (name: string, sdu?: Uint8Array, malformed?: string): KFrame => ({
    sdu,
    layer: {
      name: `L2CAP ${name}`,
      field: {
        ...{ key: 'kFrame', label: 'K-frame', ...span.place, text: '', fields },
        ...(malformed === undefined ? {} : { malformed }),
      },
    },
  });
  if (isFirst && span.size < 2) return frame(`K-frame ${what}`);
  const payload = isFirst ? span.part(2) : span;
  channel.sdu ??= { octets: new Uint8Array(span.u16(0)), have: 0 };
  const { sdu } = channel;
  const whole = sdu.octets.length;
  if (sdu.have + payload.size > whole) {
    channel.sdu = undefined;
    return frame(`K-frame ${what}`, undefined, `more octets than the SDU has, which is ${whole}`);
  }
  sdu.octets.set(payload.octets, sdu.have);
  sdu.have += payload.size;
  if (sdu.have < whole) return frame(`K-frame ${what}, ${sdu.have} of ${whole} octets of the SDU`);
  channel.sdu = undefined;
  return frame(`SDU ${what}, ${whole} octets`, sdu.octets);
}
