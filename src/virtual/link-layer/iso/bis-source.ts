import type { BigSchedule } from './big-schedule.js';
import { pdusPerSdu, sdusPerEvent } from './big-schedule.js';
import { DataPaths } from './data-paths.js';
import { fragment, type IsoFragment, IsoLlid } from './iso-sdu.js';
import type { OutgoingSdu } from './iso-sender.js';
import type { IsoStream, TxSync } from './iso-stream.js';

/** An SDU whose payloads are on the air, or will be. */
interface Pending {
  readonly sdu: OutgoingSdu;
  /** The payload after which it is done. */
  readonly last: number;
}

const PADDING: IsoFragment = { llid: IsoLlid.start, data: new Uint8Array(0) };

/** A stream of a group that this controller sends: Core Vol 6, Part B, 4.4.6.6. */
export class BisSource implements IsoStream {
  readonly handle: number;
  readonly isUp = true;
  readonly sends = true;
  readonly receives = false;
  readonly paths = new DataPaths();
  readonly quality = undefined;
  lastSent: TxSync | undefined;
  private readonly schedule: BigSchedule;
  private readonly queue: OutgoingSdu[] = [];
  private readonly pending: Pending[] = [];
  private readonly payloads = new Map<number, IsoFragment>();

  constructor(handle: number, schedule: BigSchedule) {
    this.handle = handle;
    this.schedule = schedule;
  }

  /** The longest SDU that it sends. */
  get maxSdu(): number {
    return this.schedule.maxSdu;
  }

  /** Queues an SDU: it goes out in the next event that has room. */
  send(sdu: OutgoingSdu): void {
    this.queue.push(sdu);
  }

  /**
   * The payloads of an event are made of the SDUs that wait.
   * @param reference the anchor point of that event, in µs
   */
  fill(event: number, reference: number): void {
    const { bn, maxPdu, sduInterval } = this.schedule;
    const perSdu = pdusPerSdu(this.schedule);
    for (let index = 0; index < sdusPerEvent(this.schedule); index++) {
      const sdu = this.queue.shift();
      if (!sdu) return;
      const first = event * bn + index * perSdu;
      fragment(sdu.data, maxPdu, perSdu).forEach((one, i) => {
        this.payloads.set(first + i, one);
      });
      this.pending.push({ sdu, last: first + perSdu - 1 });
      const txTimeStamp = reference + index * sduInterval;
      this.lastSent = { packetSequenceNumber: sdu.sequenceNumber, txTimeStamp };
    }
  }

  /** A payload; one without octets where the host has given nothing. */
  payload(number: number): IsoFragment {
    return this.payloads.get(number) ?? PADDING;
  }

  /** Payloads before `next` are sent no more. @returns how many HCI packets have left their buffers */
  flush(next: number): number {
    let packets = 0;
    while (this.pending.length > 0 && this.pending[0]!.last < next)
      packets += this.pending.shift()!.sdu.packets;
    for (const number of this.payloads.keys()) if (number < next) this.payloads.delete(number);
    return packets;
  }
}
