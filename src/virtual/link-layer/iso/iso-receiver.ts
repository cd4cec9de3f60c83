import { type ReceivedSdu, reassemble } from './iso-sdu.js';
import type { IsoPayload } from './iso-sender.js';

/** How a stream is received in one direction. */
export interface ReceiverShape {
  readonly bn: number;
  readonly ft: number;
  readonly perSdu: number;
}

/** The receiving side of one direction of a stream: payloads in, SDUs out when the last of them can have come. */
export class IsoReceiver {
  private readonly shape: ReceiverShape;
  private readonly payloads = new Map<number, IsoPayload>();

  constructor(shape: ReceiverShape) {
    this.shape = shape;
  }

  /** Whether a payload has come. */
  has(number: number): boolean {
    return this.payloads.has(number);
  }

  /** Takes a payload; says whether it is the first time. */
  receive(payload: IsoPayload): boolean {
    if (this.payloads.has(payload.number)) return false;
    this.payloads.set(payload.number, { ...payload, data: payload.data.slice() });
    return true;
  }

  /** The event `event` is over: gives the SDUs of the event whose payloads cannot come any more, in order. */
  endEvent(event: number): readonly { readonly sdu: ReceivedSdu; readonly missing: number }[] {
    const { bn, ft, perSdu } = this.shape;
    const of = event - ft + 1;
    if (bn === 0 || of < 0) return [];
    const sdus: { sdu: ReceivedSdu; missing: number }[] = [];
    for (let first = of * bn; first < (of + 1) * bn; first += perSdu) {
      const fragments = Array.from({ length: perSdu }, (_, i) => this.payloads.get(first + i));
      for (let i = 0; i < perSdu; i++) this.payloads.delete(first + i);
      sdus.push({ sdu: reassemble(fragments), missing: fragments.filter((one) => !one).length });
    }
    return sdus;
  }
}
