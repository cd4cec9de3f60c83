import type { BleError } from './errors.js';

/**
 * A frame is an L2CAP payload with room in front of it for the headers of the layers below: H4 indicator (1), ACL
 * header (4), basic L2CAP header (4). A PDU is written once, into its final place, and the headers are filled in on its
 * way down, so that a packet that fits one ACL buffer is never copied.
 */
export const FRAME_HEADROOM = 9;

/** A new frame for a payload of `size` octets, which begins at {@link FRAME_HEADROOM}. */
export function allocateFrame(size: number): Uint8Array {
  return new Uint8Array(FRAME_HEADROOM + size);
}

/** A frame around a copy of `pdu`. */
export function frameOf(pdu: Uint8Array): Uint8Array {
  const frame = allocateFrame(pdu.length);
  frame.set(pdu, FRAME_HEADROOM);
  return frame;
}

/** A view of the payload in a frame. */
export function payloadOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(FRAME_HEADROOM);
}

/** Receives what comes on a {@link PduChannel}. */
export interface PduReceiver {
  /** One whole PDU at `bytes[start, end)`: a view into the transport's buffer, to be copied by whoever keeps it. Must not throw. */
  pdu(bytes: Uint8Array, start: number, end: number): void;
  /** The channel is gone, once: nothing comes after it and everything pending ends with `reason`. */
  closed(reason: BleError): void;
}

/** A channel of whole PDUs, as L2CAP gives to the protocols above it. Tests put a script in its place. */
export interface PduChannel {
  /** False after {@link PduReceiver.closed}. */
  readonly isOpen: boolean;
  /** Frames of this link that wait for room in the controller. */
  readonly backlog: number;
  /** Sets who receives. */
  attach(receiver: PduReceiver): void;
  /**
   * Sends one PDU. The channel owns `frame` (see {@link allocateFrame}) from here on. On a closed channel nothing happens.
   * @param sent called when the last octet was handed to the controller; not called when the link goes first
   */
  send(frame: Uint8Array, sent?: () => void): void;
}
