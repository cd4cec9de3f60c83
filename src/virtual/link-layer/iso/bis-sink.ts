import { type BigSchedule, pdusPerSdu, sdusPerEvent } from './big-schedule.js';
import { DataPaths } from './data-paths.js';
import { IsoReceiver } from './iso-receiver.js';
import type { IsoFragment, ReceivedSdu } from './iso-sdu.js';
import type { IsoStream } from './iso-stream.js';
import { LinkQuality } from './link-quality.js';

/** An SDU, with what the host is told of it. */
export interface DatedSdu {
  readonly sequenceNumber: number;
  /** µs */
  readonly timeStamp: number;
  readonly sdu: ReceivedSdu;
}

/** A stream of a group that this controller receives. */
export class BisSink implements IsoStream {
  /** Its number in the group, from 1. */
  readonly bis: number;
  readonly handle: number;
  readonly sends = false;
  readonly receives = true;
  readonly paths = new DataPaths();
  readonly lastSent = undefined;
  readonly quality = new LinkQuality();
  isUp = false;
  private readonly schedule: BigSchedule;
  private readonly receiver: IsoReceiver;
  /** Subevents of this event that were listened to for data. */
  private attempts = 0;

  constructor(bis: number, handle: number, schedule: BigSchedule) {
    this.bis = bis;
    this.handle = handle;
    this.schedule = schedule;
    this.receiver = new IsoReceiver({ bn: schedule.bn, ft: 1, perSdu: pdusPerSdu(schedule) });
  }

  beginEvent(): void {
    this.attempts = 0;
  }

  /** Whether it listens for a payload. @param most how many subevents of an event it may use, 0 for all */
  wants(payloadNumber: number, most: number): boolean {
    if (this.receiver.has(payloadNumber) || (most > 0 && this.attempts >= most)) return false;
    this.attempts++;
    return true;
  }

  /** Takes a payload in clear. */
  receive(number: number, fragment: IsoFragment): void {
    if (!this.receiver.receive({ ...fragment, number })) this.quality.duplicates++;
  }

  /** An event is over: gives its SDUs. @param reference of the first of them, in µs */
  endEvent(event: number, reference: number): DatedSdu[] {
    const { sduInterval } = this.schedule;
    const sdus = sdusPerEvent(this.schedule);
    return this.receiver.endEvent(event).map(({ sdu, missing }, index) => {
      this.quality.rxUnreceived += missing;
      const timeStamp = reference + index * sduInterval;
      return { sequenceNumber: (event * sdus + index) & 0xffff, timeStamp, sdu };
    });
  }
}
