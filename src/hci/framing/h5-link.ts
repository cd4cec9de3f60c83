import type { Clock, Timer } from '../../core/clock.js';

/** What both sides of a three-wire link agree on: Core Vol 4, Part D, 8.8. */
export interface H5Configuration {
  /** Reliable packets that may be on their way without acknowledgement, 1–7. */
  readonly window: number;
  /** Whether packets carry a CRC. */
  readonly crc: boolean;
  /** Whether XON and XOFF hold a side up. */
  readonly flowControl: boolean;
}

/** Link control messages: Core Vol 4, Part D, 8 and 9. */
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

/** Milliseconds between two SYNC or CONFIG messages (8.1, 8.2). */
const INTERVAL_MS = 250;
/** Milliseconds between two WAKEUP messages, of which the first ones only start the other side's clock. */
const WAKEUP_MS = 50;
/** WAKEUP messages without WOKEN after which the other side counts as lost: two seconds. */
const WAKEUPS = 40;

/** What an {@link H5Link} needs, and whom it tells. */
export interface H5LinkOptions {
  readonly clock: Clock;
  readonly offer: H5Configuration;
  readonly send: (message: Uint8Array) => void;
  /** Whether packets have gone to and fro since the link became active. */
  readonly isUsed: () => boolean;
  /** The link is active, with this configuration. */
  readonly active: (configuration: H5Configuration) => void;
  /** The other side is not there any more; `why` is half a sentence. */
  readonly lost: (why: string, wasReset: boolean) => void;
  /** The other side is awake again: what waits may be sent. */
  readonly awake: () => void;
}

/** Link establishment and low power of the three-wire layer: Core Vol 4, Part D, 8 and 9. */
export class H5Link {
  private readonly options: H5LinkOptions;
  private state: 'off' | 'uninitialised' | 'initialised' | 'active' = 'off';
  private timer: Timer | undefined;
  private peerSleeps = false;
  private sleeps = false;
  private wakeups = 0;

  constructor(options: H5LinkOptions) {
    this.options = options;
  }

  get isActive(): boolean {
    return this.state === 'active';
  }

  /** How far the other side has answered: for the diagnosis of a link that does not come about. */
  get hasSynchronised(): boolean {
    return this.state === 'initialised' || this.state === 'active';
  }

  /** Whether the other side has said that it sleeps. */
  get isPeerAsleep(): boolean {
    return this.peerSleeps;
  }

  /** Begins to look for the other side, which takes a SYNC for a restart of this one. */
  start(): void {
    this.state = 'uninitialised';
    this.peerSleeps = this.sleeps = false;
    this.repeat('sync');
  }

  /** Stops all timers. */
  stop(): void {
    this.state = 'off';
    this.rest();
  }

  /** Wakes the other side: WAKEUP goes out until WOKEN comes (9.1). */
  wake(): void {
    if (this.state !== 'active' || !this.peerSleeps || this.timer !== undefined) return;
    this.wakeups = 0;
    this.sendWakeup();
  }

  /** Tells the other side that this one sleeps: it has to be woken before anything is sent to it (9.3). */
  sleep(): void {
    if (this.state !== 'active' || this.sleeps) return;
    this.sleeps = true;
    this.say('sleep');
  }

  /** Tells the other side, when it was told that this one sleeps, that it does not any more (9.2). */
  rouse(): void {
    if (!this.sleeps) return;
    this.sleeps = false;
    this.say('woken');
  }

  /** An HCI packet came: whoever sends one is awake. */
  heard(): void {
    if (this.peerSleeps) this.woken();
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
    else if (is('wakeup')) this.wakeup();
    else if (is('woken')) this.woken();
    else if (is('sleep')) this.peerSleeps = true;
  }

  /** In the active state it says that the other side was reset (8.3). */
  private sync(): void {
    if (this.state === 'off') return;
    if (this.state === 'active' && this.options.isUsed()) {
      this.stop();
      this.options.lost('the controller restarted (SYNC came while the link was active)', true);
      return;
    }
    this.say('syncResponse');
    if (this.state !== 'active') return;
    // Nothing was sent that a reset could lose: the other side, which is only starting, is configured once more.
    this.state = 'initialised';
    this.repeat('config');
  }

  private syncResponse(): void {
    if (this.state !== 'uninitialised') return;
    this.state = 'initialised';
    this.repeat('config');
  }

  /** In the uninitialised state it is not answered (8.1): the other side has to be synchronised first. */
  private config(field: number | undefined): void {
    if (this.state !== 'initialised' && this.state !== 'active') return;
    // A CONFIG without field means all defaults, and gets an answer without field.
    const common = field === undefined ? undefined : encode(agreed(this.options.offer, decode(field)));
    this.say('configResponse', common);
  }

  private configResponse(field: number | undefined): void {
    if (this.state !== 'initialised') return;
    this.state = 'active';
    this.rest();
    this.peerSleeps = this.sleeps = false;
    this.options.active(agreed(this.options.offer, decode(field ?? 0x01)));
  }

  private wakeup(): void {
    this.sleeps = false;
    this.say('woken');
    // Whoever wakes others is awake.
    this.heard();
  }

  private woken(): void {
    if (!this.peerSleeps) return;
    this.peerSleeps = false;
    this.rest();
    this.options.awake();
  }

  private sendWakeup(): void {
    this.timer = undefined;
    if (this.wakeups++ === WAKEUPS) {
      this.stop();
      this.options.lost(
        `the controller sleeps and does not wake up: WAKEUP was sent ${WAKEUPS} times`,
        false,
      );
      return;
    }
    this.say('wakeup');
    this.timer = this.options.clock.setTimeout(() => this.sendWakeup(), WAKEUP_MS);
  }

  private repeat(name: 'sync' | 'config'): void {
    const { clock, offer } = this.options;
    this.rest();
    this.say(name, name === 'config' ? encode(offer) : undefined);
    this.timer = clock.setTimeout(() => this.repeat(name), INTERVAL_MS);
  }

  private rest(): void {
    this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private say(name: MessageName, field?: number): void {
    this.options.send(Uint8Array.from(field === undefined ? Message[name] : [...Message[name], field]));
  }
}

/** The configuration field: window, out-of-frame flow control, data integrity check, version 1.0 (8.8). */
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
