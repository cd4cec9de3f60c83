import type { Clock } from '../../core/clock.js';

/** Options of an `H5Transport`. */
export interface H5Options {
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /** The window to offer, 1–7; 4. */
  readonly window?: number;
  /** Whether to offer a CRC on each packet; true. */
  readonly crc?: boolean;
  /** Whether to offer that XON and XOFF hold this side up; false. */
  readonly flowControl?: boolean;
  /** How long the other side may take to answer at opening, in milliseconds; 3000. */
  readonly establishMs?: number;
  /** Milliseconds without acknowledgement after which packets are sent again; 400. */
  readonly retransmitMs?: number;
  /** How often that may happen without any acknowledgement before the link counts as lost; 10. */
  readonly retransmissions?: number;
  /** Milliseconds that an acknowledgement may wait for a packet to go with; 5. */
  readonly ackDelayMs?: number;
  /** Milliseconds without any packet after which this side says that it sleeps; never without. */
  readonly sleepAfterMs?: number;
  /** Whether SCO data is reliable, as it is where HCI synchronous flow control is on (4.5); false. */
  readonly reliableSco?: boolean;
}

/** What {@link H5Options} are where they are not given. */
export const h5Defaults = {
  window: 4,
  crc: true,
  flowControl: false,
  establishMs: 3000,
  retransmitMs: 400,
  retransmissions: 10,
  ackDelayMs: 5,
  reliableSco: false,
};
