import type { Air } from '../../air/air.js';
import { BigLink, type BigTransmitter, type BisPdu } from '../../air/big-link.js';
import { leadOf, payloadOf } from '../../air/big-structure.js';
import type { Radio } from '../../air/propagation.js';
import { BIG_CONTROL_LLID, type BigAnnouncement, encodeAnnouncement, hasCome } from './big-control.js';
import { acadLength, encodeAcad, type GroupSecrets, LEAST_BIG_OFFSET } from './big-info.js';
import type { BigSchedule } from './big-schedule.js';
import { BisSource } from './bis-source.js';
import type { GroupCipher } from './group-cipher.js';

/** An instant lies at least six events ahead: Core Vol 6, Part B, 5.6.1 and 5.6.2. */
const EVENTS_AHEAD = 6;
/** Core Vol 6, Part B, 5.6.2: at most one procedure at a time, others wait. */
const MOST_ANNOUNCEMENTS = 8;

/** What a {@link Big} is made with. */
export interface BigOptions {
  readonly handle: number;
  readonly advertisingHandle: number;
  readonly schedule: BigSchedule;
  readonly seed: number;
  readonly baseCrcInit: number;
  readonly channelMap: Uint8Array;
  readonly cipher: GroupCipher | undefined;
  readonly secrets: GroupSecrets | undefined;
  /** One handle for each stream. */
  readonly streamHandles: readonly number[];
}

/** The controller around a {@link Big}. */
export interface BigHost {
  readonly air: Air;
  readonly radio: Radio;
  /** Its BIG_TERMINATE_IND has had its instant. */
  bigTerminated(big: Big): void;
  isoPacketsCompleted(handle: number, packets: number): void;
}

/** A Broadcast Isochronous Group that this controller sends: Core Vol 6, Part B, 4.4.6. */
export class Big implements BigTransmitter {
  readonly options: BigOptions;
  readonly radio: Radio;
  readonly streams: readonly BisSource[];
  channelMap: Uint8Array;
  private readonly host: BigHost;
  private readonly link: BigLink;
  private readonly announcements: BigAnnouncement[] = [];
  private announced: BigAnnouncement | undefined;
  private cssn = 0;

  constructor(host: BigHost, options: BigOptions) {
    this.host = host;
    this.options = options;
    this.radio = host.radio;
    this.channelMap = options.channelMap;
    this.streams = options.streamHandles.map((handle) => new BisSource(handle, options.schedule));
    this.link = new BigLink(host.air, this, options.seed, options.schedule);
  }

  get handle(): number {
    return this.options.handle;
  }

  /** Goes on the air; the first event is at `first` (µs). */
  begin(first: number): void {
    this.host.air.bigs.set(this.link.seed, this.link);
    this.link.begin(first);
  }

  /** Leaves the air at once, without a word. */
  vanish(): void {
    this.link.end();
    this.host.air.bigs.delete(this.link.seed);
  }

  /** Octets of the ACAD that {@link acad} gives. */
  get acadLength(): number {
    return acadLength(this.options.schedule.encrypted);
  }

  /** The ACAD of an AUX_SYNC_IND that begins at `start` (µs): Core Vol 6, Part B, 4.4.6.11. */
  acad(start: number): Uint8Array {
    const { schedule, seed, baseCrcInit, secrets } = this.options;
    const { nextAt, nextEvent } = this.link;
    const ahead = Math.max(0, Math.ceil((start + LEAST_BIG_OFFSET - nextAt) / schedule.isoInterval));
    return encodeAcad({
      schedule,
      seed,
      baseCrcInit,
      secrets,
      channelMap: this.channelMap,
      offset: nextAt + ahead * schedule.isoInterval - start,
      payloadCount: (nextEvent + ahead) * schedule.bn,
      framed: false,
    });
  }

  /** Ends it by BIG_TERMINATE_IND. @param reason that its receivers hear */
  terminate(reason: number): void {
    this.announcements.length = 0;
    this.announcements.push({ kind: 'terminate', reason, instant: 0 });
  }

  /** Whether it is about to end. */
  get isTerminating(): boolean {
    const all = [this.announced, ...this.announcements];
    return all.some((one) => one?.kind === 'terminate');
  }

  /** Changes the channels in use by BIG_CHANNEL_MAP_IND. */
  classifyChannels(channelMap: Uint8Array): void {
    if (this.isTerminating) return;
    // Of those that wait, the newest map alone counts.
    if (this.announcements.length >= MOST_ANNOUNCEMENTS) this.announcements.pop();
    this.announcements.push({ kind: 'channelMap', channelMap, instant: 0 });
  }

  beginEvent(event: number, anchor: number): boolean {
    if (!this.follow(event)) return false;
    const { schedule } = this.options;
    const lead = leadOf(schedule);
    for (const stream of this.streams) stream.fill(event + lead, anchor + lead * schedule.isoInterval);
    return true;
  }

  ended(): void {
    this.host.bigTerminated(this);
  }

  /** Does what was announced for this event, and begins what is to be announced next. Says whether it goes on. */
  private follow(event: number): boolean {
    const { announced } = this;
    if (announced && hasCome(announced.instant, event)) {
      this.announced = undefined;
      if (announced.kind === 'terminate') return false;
      this.channelMap = announced.channelMap;
    }
    if (this.announced) return true;
    const next = this.announcements.shift();
    if (!next) return true;
    this.announced = { ...next, instant: (event + EVENTS_AHEAD) & 0xffff };
    this.cssn = (this.cssn + 1) & 7;
    return true;
  }

  transmit(event: number, bis: number, subevent: number): BisPdu {
    const { schedule, cipher } = this.options;
    const number = payloadOf(schedule, event, subevent);
    const { llid, data } = this.streams[bis - 1]!.payload(number);
    return this.pdu(llid, cipher ? cipher.seal(bis, number, llid, data) : data);
  }

  control(event: number): BisPdu | undefined {
    if (!this.announced) return undefined;
    const { schedule, cipher } = this.options;
    const payload = encodeAnnouncement(this.announced);
    const llid = BIG_CONTROL_LLID;
    return this.pdu(llid, cipher ? cipher.seal(0, event * schedule.bn, llid, payload) : payload);
  }

  private pdu(llid: number, data: Uint8Array): BisPdu {
    return { llid, cssn: this.cssn, cstf: this.announced !== undefined, data };
  }

  endEvent(event: number): void {
    const next = (event + 1) * this.options.schedule.bn;
    for (const stream of this.streams) {
      const packets = stream.flush(next);
      if (packets > 0) this.host.isoPacketsCompleted(stream.handle, packets);
    }
  }
}
