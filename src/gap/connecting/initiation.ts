import type { Clock } from '../../core/clock.js';
import { HciError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
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
  afterOff,
  COMMAND_DISALLOWED,
  hasStatus,
  ignoreDisallowed,
  isReset,
  REMOTE_USER_TERMINATED,
  UNKNOWN_CONNECTION,
} from '../errors.js';
import type { RadioUser } from '../privacy/radio-gate.js';

/** How long the event of a cancelled attempt is waited for. */
const CANCEL_MS = 2000;

/**
 * The one attempt to connect that a controller makes at a time, with what it is told of it and what it tells: it begins, stops for
 * a moment and goes on, and is called off (Core Vol 4, Part E, 7.8.12 to 7.8.14, 7.8.66).
 */
export class Initiation implements RadioUser {
  private readonly host: HciHost;
  private readonly clock: Clock;
  /** Whether the controller there is takes the extended commands. */
  private readonly extended: () => boolean;
  /** What it comes to: the link, or nothing when it gave way to others. */
  private link: Transaction<Connection | undefined> | undefined;
  /** Begins again what was called off for a pause. */
  private again: (() => Promise<unknown>) | undefined;
  /** It is being called off for a pause: resolves when it is, or when a connection came after all. */
  private pausing: Transaction<void> | undefined;
  private paused = false;
  /** One was called off, and the controller may be at it all the same. */
  private stuck = false;

  constructor(host: HciHost, extended: () => boolean) {
    this.host = host;
    this.clock = host.clock;
    this.extended = extended;
  }

  /** Whether it was called off for a moment. */
  get isPaused(): boolean {
    return this.paused;
  }

  /** Makes ready for an attempt, whose end `link` is. */
  prepare(link: Transaction<Connection | undefined>): void {
    this.link = link;
  }

  /** Has the controller begin, by what is done again after a pause. In the gate only. */
  async begin(create: () => Promise<unknown>): Promise<void> {
    await create();
    this.again = create;
  }

  /** Sends the command that begins it; what could not be called off before, is now. */
  async send(command: () => Promise<unknown>): Promise<void> {
    await (this.stuck ? afterOff(command, () => this.clear()) : command());
    this.stuck = false;
  }

  /** It is over. */
  end(): void {
    this.link = undefined;
    this.again = undefined;
    this.paused = false;
  }

  /** The controller reports a link. */
  connected(): void {
    this.pausing?.resolve();
  }

  /** The controller reports that no connection came about. */
  failed(status: number): void {
    if (this.pausing && status === UNKNOWN_CONNECTION) {
      this.pausing.resolve();
      return;
    }
    this.pausing?.resolve();
    const { opcode } = this.extended() ? leExtendedCreateConnectionV1 : leCreateConnection;
    this.link?.reject(new HciError(`no connection: ${describeStatus(status)}`, status, opcode));
  }

  /** The controller is gone. */
  abort(error: Error): void {
    this.link?.reject(error);
    this.pausing?.reject(error);
  }

  async pause(): Promise<void> {
    const { link, again } = this;
    if (!link || link.settled || !again) return;
    // Disallowed: it has just come to its end, and its event is on the way.
    const cancel = () => ignoreDisallowed(this.host.send(leCreateConnectionCancel, {}));
    await this.ended('a paused connection attempt', cancel, () => link.settled);
    if (!link.settled) this.paused = true;
  }

  async resume(): Promise<void> {
    const { link, again, paused } = this;
    this.paused = false;
    if (!paused || !link || link.settled || !again) return;
    await again().catch((error: unknown) => link.reject(error));
  }

  /** Calls it off: nobody wants it any more. */
  async cancel(): Promise<void> {
    const { link } = this;
    // Called off already.
    this.again = undefined;
    if (this.paused || !link) return;
    if (this.pausing) {
      await this.pausing.promise.catch(() => {});
      if (!link.settled) return;
    }
    try {
      await this.host.send(leCreateConnectionCancel, {});
    } catch (error) {
      // Disallowed means that the attempt has just come to its end: its event is on the way, or was here.
      if (!hasStatus(error, COMMAND_DISALLOWED)) {
        this.stuck = error instanceof HciError;
        if (!isReset(error) && this.host.isOpen) this.tell(error);
        return;
      }
    }
    try {
      const connection = await within(link.promise, {
        clock: this.clock,
        what: 'end of a cancelled connection',
        timeoutMs: CANCEL_MS,
      });
      // It came about after all, and nobody wants it any more.
      await connection?.disconnect(REMOTE_USER_TERMINATED);
    } catch (error) {
      if (hasStatus(error, UNKNOWN_CONNECTION)) return;
      this.stuck = true;
      this.tell(error);
    }
  }

  /** That it was called off did not go as specified. */
  tell(error: unknown): void {
    const why = messageOf(error);
    this.host.report({
      layer: 'gap',
      message: `a cancelled connection attempt did not end as specified: ${why}`,
    });
  }

  /** Ends an attempt that the controller still makes, though it was told to call it off: no other would ever begin. */
  private clear(): Promise<void> {
    const cancel = () => this.host.send(leCreateConnectionCancel, {});
    return this.ended('an attempt that was called off', cancel, () => false);
  }

  /** Calls it off, and waits for the event that says so, unless it is over otherwise. */
  private async ended(what: string, cancel: () => Promise<unknown>, isOver: () => boolean): Promise<void> {
    const { clock } = this;
    const pausing = new Transaction<void>({ clock, what: `end of ${what}` });
    pausing.promise.catch(() => {});
    this.pausing = pausing;
    try {
      await cancel();
      if (!isOver()) await within(pausing.promise, { clock, what: `end of ${what}`, timeoutMs: CANCEL_MS });
    } finally {
      pausing.resolve();
      this.pausing = undefined;
    }
  }
}
