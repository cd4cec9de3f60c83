import type { Address } from '../../core/address.js';
import { checkNumber } from '../../core/check.js';
import type { Clock, Timer } from '../../core/clock.js';
import { HciError, TimeoutError } from '../../core/errors.js';
import { Mutex, raceAbort } from '../../core/mutex.js';
import { Transaction, within } from '../../core/transaction.js';
import {
  leCreateConnection,
  leCreateConnectionCancel,
  leExtendedCreateConnectionV1,
} from '../../hci/commands/index.js';
import { describeStatus } from '../../hci/error-names.js';
import type { HciHost } from '../../hci/host.js';
import type { Connection } from '../connection.js';
import {
  COMMAND_DISALLOWED,
  ignoreDisallowed,
  REMOTE_USER_TERMINATED,
  UNKNOWN_CONNECTION,
} from '../errors.js';
import type { RadioGate, RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import {
  type ConnectOptions,
  createConnection,
  createParameters,
  type InitiatingParameters,
} from './connect-options.js';

/** How long an attempt goes on while others wait: more than the usual advertising intervals. */
const SHARE_MS = 2500;

/** How long the event of a cancelled attempt is waited for. */
const CANCEL_MS = 2000;

/** Initiating as a central: Core Vol 4, Part E, 7.8.12 and 7.8.13. The controller takes one attempt at a time. */
export class Initiator implements RadioUser {
  private readonly host: HciHost;
  private readonly clock: Clock;
  private readonly radio: Radio;
  private readonly gate: RadioGate;
  /** Whether the controller there is takes the extended commands. */
  private readonly extended: () => boolean;
  private readonly turn = new Mutex();
  private attempt: Transaction<Connection> | undefined;
  /** Begins the attempt again that was called off for a pause. */
  private again: (() => Promise<unknown>) | undefined;
  /** The attempt is being called off for a pause: resolves when it is, or when a connection came after all. */
  private pausing: Transaction<void> | undefined;
  private paused = false;
  /** Attempts that wait for their turn. */
  private waiting = 0;
  private shareTimer: Timer | undefined;
  /** Ends the attempt, which is paused, for others. */
  private gaveWay: (() => void) | undefined;

  constructor(radio: Radio) {
    const { host, gate, controller } = radio;
    this.extended = () => controller().advertisingCommands === 'extended';
    this.host = host;
    this.clock = host.clock;
    this.radio = radio;
    this.gate = gate;
    gate.add(this);
  }

  /** Whether an attempt is under way. */
  get connecting(): boolean {
    return this.attempt !== undefined;
  }

  /**
   * Whether an attempt could begin with these options.
   * @throws {RangeError | TypeError | NotSupportedError} naming the option that is not permitted, or what the controller has not
   */
  check(options: ConnectOptions): void {
    createParameters(undefined, options, this.radio);
  }

  /** Connects to `peer`. The controller takes one attempt at a time: several take turns, until each has its time or its link. */
  connect(peer: Address, options: ConnectOptions): Promise<Connection> {
    return this.begin(peer, options);
  }

  /** Connects to the first peer of the controller's filter accept list, in turns with other attempts. */
  connectListed(options: ConnectOptions): Promise<Connection> {
    return this.begin(undefined, options);
  }

  /** For the device: the controller reports a connection as central. Says whether somebody waited for it. */
  connected(connection: Connection): boolean {
    const { attempt } = this;
    if (!attempt) return false;
    this.pausing?.resolve();
    attempt.resolve(connection);
    return true;
  }

  /** For the device: the controller reports that no connection came about. */
  failed(status: number): void {
    if (this.pausing && status === UNKNOWN_CONNECTION) {
      this.pausing.resolve();
      return;
    }
    this.pausing?.resolve();
    this.attempt?.reject(new HciError(`no connection: ${describeStatus(status)}`, status, this.opcode));
  }

  private get opcode(): number {
    return (this.extended() ? leExtendedCreateConnectionV1 : leCreateConnection).opcode;
  }

  /** For the device: the controller is gone. */
  abort(error: Error): void {
    this.attempt?.reject(error);
    this.pausing?.reject(error);
  }

  async pause(): Promise<void> {
    const { attempt, again } = this;
    if (!attempt || attempt.settled || !again) return;
    const pausing = new Transaction<void>({ clock: this.clock, what: 'pause of a connection attempt' });
    pausing.promise.catch(() => {});
    this.pausing = pausing;
    try {
      // Disallowed: it has just come to its end, and its event is on the way.
      await ignoreDisallowed(this.host.send(leCreateConnectionCancel, {}));
      if (!attempt.settled)
        await within(pausing.promise, {
          clock: this.clock,
          what: 'end of a paused connection attempt',
          timeoutMs: CANCEL_MS,
        });
    } finally {
      pausing.resolve();
      this.pausing = undefined;
    }
    if (!attempt.settled) this.paused = true;
  }

  async resume(): Promise<void> {
    const { attempt, again, paused } = this;
    this.paused = false;
    if (!paused || !attempt || attempt.settled || !again) return;
    await again().catch((error: unknown) => attempt.reject(error as Error));
  }

  private async begin(peer: Address | undefined, options: ConnectOptions): Promise<Connection> {
    const parameters = createParameters(peer, options, this.radio);
    const { timeoutMs = 30_000, signal } = options;
    if (timeoutMs !== Number.POSITIVE_INFINITY) checkNumber('timeoutMs', timeoutMs, 1, 2 ** 31 - 1, 'ms');
    signal?.throwIfAborted();
    const what = `connection to ${peer ?? 'a peer of the accept list'}`;
    // The time is over, or the caller leaves: whether the attempt has its turn then, or waits for another one.
    const stop = new AbortController();
    const leave = () => stop.abort(signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    let timer: Timer | undefined;
    const first = () => {
      if (timer !== undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
      timer = this.clock.setTimeout(() => stop.abort(timeoutOf(what, timeoutMs)), timeoutMs);
    };
    try {
      for (;;) {
        const connection = await this.inTurn(async () => {
          first();
          return this.run(what, parameters, stop.signal);
        }, stop.signal);
        if (connection) return connection;
      }
    } finally {
      this.clock.clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  }

  private async inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    this.waiting++;
    this.shareTime();
    let waits = true;
    const begun = () => {
      if (waits) this.waiting--;
      waits = false;
    };
    try {
      return await this.turn.run(() => {
        begun();
        return work();
      }, signal);
    } finally {
      begun();
    }
  }

  /** Others wait: the attempt that is under way gives way after its share of time. */
  private shareTime(): void {
    if (this.waiting === 0 || !this.attempt || this.shareTimer !== undefined) return;
    const { attempt } = this;
    this.shareTimer = this.clock.setTimeout(() => {
      this.shareTimer = undefined;
      if (this.waiting === 0 || this.attempt !== attempt) return;
      this.gate.use(() => this.giveWay(attempt)).catch(() => {});
    }, SHARE_MS);
  }

  private async giveWay(attempt: Transaction<Connection>): Promise<void> {
    if (this.attempt !== attempt) return;
    await this.pause();
    if (this.paused && this.attempt === attempt) this.gaveWay?.();
  }

  /** @returns the link; nothing when it gave way to others */
  private async run(
    what: string,
    parameters: () => InitiatingParameters,
    signal: AbortSignal,
  ): Promise<Connection | undefined> {
    const attempt = new Transaction<Connection>({ clock: this.clock, what });
    attempt.promise.catch(() => {});
    this.attempt = attempt;
    this.host.trace?.(`connect(${what.replace('connection to ', '')}) →`);
    const create = () => createConnection(this.host, this.extended(), parameters());
    const others = new Promise<undefined>((resolve) => {
      this.gaveWay = () => resolve(undefined);
    });
    try {
      await this.gate.use(create);
      this.again = create;
      this.shareTime();
      return await this.orCancel(attempt, others, signal);
    } finally {
      this.clock.clearTimeout(this.shareTimer);
      this.shareTimer = undefined;
      this.gaveWay = undefined;
      this.attempt = undefined;
      this.again = undefined;
      this.paused = false;
    }
  }

  /** What the attempt gives, unless time or the caller end it first: then it is cancelled and the race is settled. */
  private async orCancel(
    attempt: Transaction<Connection>,
    others: Promise<undefined>,
    signal: AbortSignal,
  ): Promise<Connection | undefined> {
    try {
      return await raceAbort(Promise.race([attempt.promise, others]), signal);
    } catch (error) {
      if (!attempt.settled) await this.cancel(attempt);
      throw error;
    }
  }

  private async cancel(attempt: Transaction<Connection>): Promise<void> {
    // Called off already.
    this.again = undefined;
    if (this.paused) return;
    if (this.pausing) {
      await this.pausing.promise.catch(() => {});
      if (!attempt.settled) return;
    }
    try {
      await this.host.send(leCreateConnectionCancel, {});
    } catch (error) {
      // Disallowed means that the attempt has just come to its end: its event is on the way, or was here.
      if (!(error instanceof HciError && error.status === COMMAND_DISALLOWED)) return;
    }
    try {
      const connection = await within(attempt.promise, {
        clock: this.clock,
        what: 'end of a cancelled connection',
        timeoutMs: CANCEL_MS,
      });
      // It came about after all, and nobody wants it any more.
      await connection.disconnect(REMOTE_USER_TERMINATED);
    } catch (error) {
      if (!(error instanceof HciError && error.status === UNKNOWN_CONNECTION)) {
        const why = error instanceof Error ? error.message : String(error);
        this.host.report({
          layer: 'gap',
          message: `a cancelled connection attempt did not end as specified: ${why}`,
        });
      }
    }
  }
}

function timeoutOf(what: string, timeoutMs: number): TimeoutError {
  return new TimeoutError(
    `${what}: the device was not seen advertising connectably, or did not answer`,
    timeoutMs,
  );
}
