import type { AdvertisingAnswer } from './advertising-pdu.js';
import type { ExtendedPdu } from './extended-pdu.js';

/**
 * What a receiver does behind a PDU on a secondary channel: it answers it, goes on to the PDU that follows, or neither
 * (`undefined`).
 */
export type AuxiliaryStep = AdvertisingAnswer | 'follow' | undefined;

/** One receiver on its way through the auxiliary packets of one extended advertising event. */
export interface AuxiliaryReception {
  /**
   * It received `pdu`, which ended now.
   * @param phy the PHY that it came on
   * @param nextStart when the PDU that its AuxPtr points to begins, in µs; meaningless without an AuxPtr
   * @param nextEnd when that ends
   */
  received(pdu: ExtendedPdu, phy: number, rssi: number, nextStart: number, nextEnd: number): AuxiliaryStep;
  /**
   * The time of its answer is over: it has been sent, unless this says that it has not.
   * @param start when the response to it will begin, in µs, if there is one
   * @param end when that will end
   */
  answered(answer: AdvertisingAnswer, start: number, end: number): boolean;
  /** What it waited for did not come. */
  lost(): void;
}
