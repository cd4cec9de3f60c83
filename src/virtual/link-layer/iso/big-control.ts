import { ByteReader } from '../../../core/bytes.js';
import { octets, u8, u16 } from '../../../core/codec.js';
import { MalformedPacketError } from '../../../core/errors.js';
import { controlPdu } from '../control-pdu.js';

/** The LLID of BIG Control PDUs: Core Vol 6, Part B, 2.6. */
export const BIG_CONTROL_LLID = 3;

/** Instants are values of bigEventCounter. Core Vol 6, Part B, 2.6.3.1. */
export const bigChannelMapInd = controlPdu(0x00, 'BIG_CHANNEL_MAP_IND', {
  channelMap: octets(5),
  instant: u16,
});

/** Core Vol 6, Part B, 2.6.3.2. */
export const bigTerminateInd = controlPdu(0x01, 'BIG_TERMINATE_IND', { reason: u8, instant: u16 });

/** What a BIG Control PDU announces. */
export type BigAnnouncement =
  | { readonly kind: 'channelMap'; readonly channelMap: Uint8Array; readonly instant: number }
  | { readonly kind: 'terminate'; readonly reason: number; readonly instant: number };

/** The payload of a BIG Control PDU: opcode and CtrData. */
export function encodeAnnouncement(one: BigAnnouncement): Uint8Array {
  const pdu = one.kind === 'channelMap' ? bigChannelMapInd : bigTerminateInd;
  const body =
    one.kind === 'channelMap' ? bigChannelMapInd.body.encode(one) : bigTerminateInd.body.encode(one);
  const payload = new Uint8Array(1 + body.length);
  payload[0] = pdu.opcode;
  payload.set(body, 1);
  return payload;
}

/** The announcement of a payload; `undefined` for one that is unknown or of the wrong length, which is passed over. */
export function decodeAnnouncement(payload: Uint8Array): BigAnnouncement | undefined {
  const reader = new ByteReader().reset(payload, 1);
  try {
    if (payload[0] === bigChannelMapInd.opcode) {
      const { channelMap, instant } = bigChannelMapInd.body.read(reader);
      return reader.remaining === 0
        ? { kind: 'channelMap', channelMap: channelMap.slice(), instant }
        : undefined;
    }
    if (payload[0] === bigTerminateInd.opcode) {
      const { reason, instant } = bigTerminateInd.body.read(reader);
      return reader.remaining === 0 ? { kind: 'terminate', reason, instant } : undefined;
    }
  } catch (error) {
    if (!(error instanceof MalformedPacketError)) throw error;
  }
  return undefined;
}

/** Whether an instant has come, by counters of 16 bits. */
export function hasCome(instant: number, event: number): boolean {
  return ((event - instant) & 0xffff) < 0x8000;
}
