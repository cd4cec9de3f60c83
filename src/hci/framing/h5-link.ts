import type { Clock, Timer } from '../../core/clock.js';

/** What both sides of a three-wire link agree on: Core Vol 4, Part D, 8.7. */
export interface H5Configuration {
  /** Reliable packets that may be on their way without acknowledgement, 1–7. */
  readonly window: number;
  /** Whether packets carry a CRC. */
  readonly crc: boolean;
  /** Whether XON and XOFF hold a side up. */
  readonly flowControl: boolean;
}

/** Link control messages: Core Vol 4, Part D, 8. */
const Message = {
  sync: [0x01, 0x7e],
  syncResponse: [0x02, 0x7d],
  config: [0x03, 0xfc],
  configResponse: [0x04, 0x7b],
  wakeup: [0x05, 0xfa],
  woken: [0x06, 0xf9],
  sleep: [0x07, 0x78],
} as const;

type MessageName = keyof typeof Message;

/** Milliseconds between two SYNC, CONFIG or WAKEUP messages (8.2, 8.3). */
const INTERVAL_MS = 250;

/** What an {@link H5Link} needs, and whom it tells. */
export interface H5LinkOptions {
  readonly clock: Clock;
  readonly offer: H5Configuration;
  readonly send: (message: Uint8Array) => void;
  /** The link is active, with this configuration. */
  readonly active: (configuration: H5Configuration) => void;
  /** The other side began anew while the link was active. */
  readonly peerReset: () => void;
  /** The other side is awake again: what waits may be sent. */
  readonly awake: () => void;
}

/** Link establishment and low power of the three-wire layer: Core Vol 4, Part D, 8. */
export class H5Link {
  private readonly options: H5LinkOptions;
  private state: 'off' | 'uninitialised' | 'initialised' | 'active' = 'off';
  private timer: Timer | undefined;
  private peerSleeps = false;

  constructor(options: H5LinkOptions) {
    this.options = options;
  }

  get isActive(): boolean {
    return this.state === 'active';
  }

  /** Whether the other side has said that it sleeps. */
  get isAsleep(): boolean {
    return this.peerSleeps;
  }

  /** Begins to look for the other side. */
  start(): void {
    this.state = 'uninitialised';
    this.repeat('sync');
  }

  /** Stops all timers. */
  stop(): void {
    this.state = 'off';
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** Wakes the other side: WAKEUP goes out until WOKEN comes. */
  wake(): void {
    if (this.state === 'active' && this.peerSleeps && this.timer === undefined) this.repeat('wakeup');
  }

  /** Tells the other side that this one has nothing to send for a while. */
  sleep(): void {
    if (this.state === 'active') this.say('sleep');
  }

  /** A packet of another type came from a peer that was thought asleep: it is not. */
  heard(): void {
    if (!this.peerSleeps) return;
    this.woken();
  }

  /** A link control message, `bytes[start, end)`. Others than the specified ones are passed over. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    const is = (name: MessageName) =>
      end - start >= 2 && bytes[start] === Message[name][0] && bytes[start + 1] === Message[name][1];
    const field = end - start > 2 ? bytes[start + 2] : undefined;
    if (is('sync')) this.sync();
    else if (is('syncResponse')) this.syncResponse();
    else if (is('config')) this.config(field);
    else if (is('configResponse')) this.configResponse(field);
    else if (this.state !== 'active') return;
    else if (is('wakeup')) this.say('woken');
    else if (is('woken')) this.woken();
    else if (is('sleep')) this.peerSleeps = true;
  }

  private sync(): void {
    if (this.state === 'active') {
      this.stop();
      this.options.peerReset();
    } else if (this.state !== 'off') this.say('syncResponse');
  }

  private syncResponse(): void {
    if (this.state !== 'uninitialised') return;
    this.state = 'initialised';
    this.repeat('config');
  }

  /** In the uninitialised state it is not answered (8.2): the other side has to be synchronised first. */
  private config(field: number | undefined): void {
    if (this.state !== 'initialised' && this.state !== 'active') return;
    // A CONFIG without field means all defaults, and gets an answer without field (8.7).
    const common = field === undefined ? undefined : encode(agreed(this.options.offer, decode(field)));
    this.say('configResponse', common);
  }

  private configResponse(field: number | undefined): void {
    if (this.state !== 'initialised') return;
    this.state = 'active';
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.peerSleeps = false;
    this.options.active(agreed(this.options.offer, decode(field ?? 0x01)));
  }

  private woken(): void {
    this.peerSleeps = false;
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
    this.options.awake();
  }

  private repeat(name: MessageName): void {
    const { clock, offer } = this.options;
    clock.clearTimeout(this.timer);
    this.say(name, name === 'config' ? encode(offer) : undefined);
    this.timer = clock.setTimeout(() => this.repeat(name), INTERVAL_MS);
  }

  private say(name: MessageName, field?: number): void {
    this.options.send(Uint8Array.from(field === undefined ? Message[name] : [...Message[name], field]));
  }
}

/** The configuration field: window, out-of-frame flow control, data integrity check, version 1.0 (8.7). */
function encode({ window, crc, flowControl }: H5Configuration): number {
  return window | (flowControl ? 0x08 : 0) | (crc ? 0x10 : 0);
}

function decode(field: number): H5Configuration {
  return { window: field & 7, flowControl: (field & 0x08) !== 0, crc: (field & 0x10) !== 0 };
}

/** The lower window, and what both sides offer. */
function agreed(one: H5Configuration, other: H5Configuration): H5Configuration {
  return {
    // A window of 0 is reserved: the smallest that works.
    window: Math.max(1, Math.min(one.window, other.window)),
    crc: one.crc && other.crc,
    flowControl: one.flowControl && other.flowControl,
  };
}
