import { fragment, type IsoFragment } from './iso-sdu.js';

/** An SDU on its way to the air. */
export interface OutgoingSdu {
  readonly sequenceNumber: number;
  readonly data: Uint8Array;
  /** How many HCI packets it came in. */
  readonly packets: number;
}

/** A payload of a stream, with its number: Core Vol 6, Part B, 4.5.13.5. */
export interface IsoPayload extends IsoFragment {
  readonly number: number;
}

interface PendingPayload extends IsoPayload {
  readonly sdu: OutgoingSdu;
  /** After which subevent of which event it is given up: Core Vol 6, Part B, 4.5.13.5. */
  readonly flushEvent: number;
  readonly flushSubevent: number;
  readonly isLast: boolean;
  wasSent: boolean;
}

/** How a stream sends in one direction. */
export interface SenderShape {
  readonly bn: number;
  readonly ft: number;
  readonly nse: number;
  readonly maxPdu: number;
  /** PDUs for each SDU. */
  readonly perSdu: number;
}

/** What an {@link IsoSender} tells. */
export interface SenderEvents {
  /** The last payload of an SDU was acknowledged or given up. */
  sduDone(sdu: OutgoingSdu): void;
  /** A payload was given up; says whether it was sent at least once. */
  flushed(wasSent: boolean): void;
  /** An SDU begins to be sent, in the event `event`, as the `index`th SDU of it. */
  sduTaken(sdu: OutgoingSdu, event: number, index: number): void;
}

/** The sending side of one direction of a connected stream. */
export class IsoSender {
  private readonly shape: SenderShape;
  private readonly events: SenderEvents;
  private readonly queue: OutgoingSdu[] = [];
  private readonly pending: PendingPayload[] = [];

  constructor(shape: SenderShape, events: SenderEvents) {
    this.shape = shape;
    this.events = events;
  }

  /** Queues an SDU: it goes out in the next event that has room. */
  send(sdu: OutgoingSdu): void {
    this.queue.push(sdu);
  }

  /** Whether nothing waits for the air. */
  get idle(): boolean {
    return this.queue.length === 0 && this.pending.length === 0;
  }

  /** An event begins: the payloads that belong to it are made of the SDUs that wait. */
  beginEvent(event: number): void {
    const { bn, ft, nse, perSdu, maxPdu } = this.shape;
    for (let index = 0; bn > 0 && index < bn / perSdu; index++) {
      const sdu = this.queue.shift();
      if (!sdu) return;
      this.events.sduTaken(sdu, event, index);
      fragment(sdu.data, maxPdu, perSdu).forEach((one, i) => {
        const u = index * perSdu + i;
        this.pending.push({
          ...one,
          number: event * bn + u,
          sdu,
          flushEvent: event + ft - 1,
          flushSubevent: nse - Math.floor(nse / bn) * (bn - 1 - u),
          isLast: i === perSdu - 1,
          wasSent: false,
        });
      });
    }
  }

  /** The payload that is next in a subevent (counted from 0), if any. What is too old by then is given up. */
  next(event: number, subevent: number): IsoPayload | undefined {
    for (;;) {
      const first = this.pending[0];
      if (!first) return undefined;
      const { flushEvent, flushSubevent } = first;
      if (event < flushEvent || (event === flushEvent && subevent < flushSubevent)) return first;
      this.pending.shift();
      this.events.flushed(first.wasSent);
      this.finish(first);
    }
  }

  /** The payload that is next goes out. */
  sent(): void {
    this.pending[0]!.wasSent = true;
  }

  /** The peer has it. */
  acknowledged(number: number): void {
    const first = this.pending[0];
    if (first?.number !== number) return;
    this.pending.shift();
    this.finish(first);
  }

  private finish({ isLast, sdu }: PendingPayload): void {
    if (isLast) this.events.sduDone(sdu);
  }
}
