import type { Clock, Timer } from '../../core/clock.js';
import { Emitter, type Unsubscribe } from '../../core/emitter.js';
import { HciError, TransportError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { within } from '../../core/transaction.js';
import { readBdAddr } from '../commands/information.js';
import type { HciHost } from '../host.js';
import type { HciTransport, TransportOpened } from '../transport/transport.js';
import type { Fault, FaultFound } from './fault.js';
import type { RecoveryAction, RecoveryContext, RecoveryPolicy } from './policy.js';
import { type MirroredCommand, rawCommand } from './state-mirror.js';

/** What a {@link Supervisor} works with. */
export interface SupervisorOptions {
  readonly host: HciHost;
  readonly policy: RecoveryPolicy;
  /** Makes the transport anew, not opened; absent when that cannot be done. */
  readonly reopen: (() => Promise<HciTransport>) | undefined;
  /** Brings a controller up that was reset, or is to be. */
  readonly bringUp: (opened: TransportOpened) => Promise<void>;
  /** Starts again what went on before: scanning, advertising. */
  readonly restore: () => Promise<void>;
  /**
   * Asks the controller whether it still does what it was told to. Resolves to what it has forgotten, as it was reset
   * behind the host's back; `undefined` when nothing.
   */
  readonly verify?: () => Promise<string | undefined>;
}

/** One try to bring the controller back. */
export interface RecoveryAttempt {
  readonly fault: Fault;
  readonly action: RecoveryAction;
  /** 1 for the first. */
  readonly attempt: number;
  /** Why the one before failed. */
  readonly lastError: Error | undefined;
}

/** A controller that came back. */
export interface Recovery {
  readonly fault: Fault;
  readonly attempts: number;
  /** From the fault on, in milliseconds. */
  readonly durationMs: number;
}

/** What a {@link Supervisor} tells. */
export interface SupervisorEvents {
  recovering: RecoveryAttempt;
  recovered: Recovery;
}

/** Milliseconds between two looks at clock and controller. */
const WATCH_MS = 10_000;
/** The calendar may run ahead of the timers by so many milliseconds before the machine counts as having slept. */
const SLEEP_MS = 5000;
/** Milliseconds that an old port may take to close. */
const CLOSE_MS = 2000;

/**
 * Watches over a controller and brings it back: takes the host's faults, lets a policy decide, resets the controller or
 * opens its port anew, brings it up and restores what it was told. When the policy gives up, the host is closed with one
 * error (`RECOVERY_FAILED`).
 */
export class Supervisor extends Emitter<SupervisorEvents> {
  private readonly options: SupervisorOptions;
  private readonly host: HciHost;
  private readonly clock: Clock;
  private running = false;
  private portIsOpen = true;
  private recoveries = 0;
  private recoveredAt = Number.NEGATIVE_INFINITY;
  private work: Promise<void> | undefined;
  private asking = false;
  private timer: Timer | undefined;
  private lastLook = { now: 0, wall: 0 };
  private wake: (() => void) | undefined;
  private unsubscribe: Unsubscribe | undefined;

  constructor(options: SupervisorOptions) {
    super();
    this.options = options;
    this.host = options.host;
    this.clock = options.host.clock;
  }

  /** Whether the controller is being brought back. */
  get recovering(): boolean {
    return this.work !== undefined;
  }

  /** Whether the controller is being asked if it is there. */
  get probing(): boolean {
    return this.asking;
  }

  /** Resolves when no recovery is under way any more, whatever came of it. */
  async settled(): Promise<void> {
    while (this.work) await this.work;
  }

  /** Begins to watch a host that was brought up. */
  start(): void {
    this.running = true;
    this.host.supervised = true;
    this.unsubscribe = this.host.on('fault', (fault) => this.take(fault));
    this.look();
  }

  /** Stops watching, and any recovery under way; idempotent. */
  stop(): void {
    this.running = false;
    this.host.supervised = false;
    this.unsubscribe?.();
    this.clock.clearTimeout(this.timer);
    this.wake?.();
  }

  private take(fault: Fault): void {
    if (fault.kind === 'lost') this.portIsOpen = false;
    // The try under way sees for itself that it failed.
    if (!this.running || this.work || !this.host.isOpen) return;
    const { action, delayMs } = this.options.policy.decide(fault, this.context(1, undefined));
    if (action === 'ignore') return;
    if (action === 'probe') void this.probe();
    else
      this.work = this.recover(fault, action, delayMs ?? 0).finally(() => {
        this.work = undefined;
      });
  }

  private async recover(fault: Fault, first: RecoveryAction, firstDelayMs: number): Promise<void> {
    const restoring = this.host.mirror.snapshot();
    const name = this.host.transport.name;
    let action = first;
    let delayMs = firstDelayMs;
    let lastError: Error | undefined;
    for (let attempt = 1; this.running; attempt++) {
      if (attempt > 1) {
        const decision = this.options.policy.decide(fault, this.context(attempt, lastError));
        action = decision.action;
        delayMs = decision.delayMs ?? 0;
      }
      if (action !== 'reset' && action !== 'reopen') {
        this.host.giveUp(this.failure(name, fault, attempt - 1, lastError));
        return;
      }
      this.host.suspend(
        new TransportError(`${name}: the controller has to be reset: ${fault.message}`, 'CONTROLLER_RESET'),
      );
      this.emit('recovering', { fault, action, attempt, lastError });
      await this.pause(delayMs);
      if (!this.running) return;
      try {
        await this.attempt(action, restoring);
        this.recoveries++;
        this.recoveredAt = this.clock.now();
        this.emit('recovered', { fault, attempts: attempt, durationMs: this.clock.now() - fault.at });
        return;
      } catch (error) {
        lastError = error instanceof Error ? error : new Error(String(error));
      }
    }
  }

  private async attempt(action: RecoveryAction, restoring: readonly MirroredCommand[]): Promise<void> {
    const opened = action === 'reset' ? await this.host.restart() : await this.reopen();
    await this.options.bringUp(opened);
    for (const command of restoring) await this.replay(command);
    await this.options.restore();
    if (!this.host.isOpen) throw new TransportError('the controller failed again', 'CONTROLLER_RESET');
  }

  private async reopen(): Promise<TransportOpened> {
    const { host, clock } = this;
    try {
      await within(host.transport.close(), { clock, what: 'closing the port', timeoutMs: CLOSE_MS });
    } catch (error) {
      host.report({ layer: 'transport', message: `closing the port: ${messageOf(error)}` });
    }
    const transport = await this.options.reopen!();
    const opened = await host.restart(transport);
    this.portIsOpen = true;
    return opened;
  }

  /** Another controller may come back than the one that went, with shorter lists: a refusal does not stop the rest. */
  private async replay(one: MirroredCommand): Promise<void> {
    try {
      await this.host.send(rawCommand(one), { octets: one.parameters });
    } catch (error) {
      if (!(error instanceof HciError)) throw error;
      this.host.report({ layer: 'hci', message: error.message });
    }
  }

  /** Asks whether the controller is there, and still does what it was told. */
  private async probe(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      const found = await this.examine();
      if (found && this.running && this.host.isOpen && !this.work) this.host.fault(found);
    } finally {
      this.asking = false;
    }
  }

  private async examine(): Promise<FaultFound | undefined> {
    const timeoutMs = this.options.policy.probeTimeoutMs;
    const { clock } = this;
    const asked = this.host.send(readBdAddr, {}, { timeoutMs });
    // Behind other commands that are not answered either, it is not even sent.
    const answered = within(asked, { clock, what: 'the controller', timeoutMs: 2 * timeoutMs });
    try {
      await answered;
    } catch (error) {
      if (!(error instanceof HciError))
        return { kind: 'silent', message: 'the controller does not answer any more' };
    }
    try {
      const forgotten = await this.options.verify?.();
      if (forgotten === undefined) return undefined;
      return {
        kind: 'restarted',
        message: `the controller was restarted behind the host's back: ${forgotten}`,
      };
    } catch (error) {
      return { kind: 'silent', message: `the controller does not answer any more: ${messageOf(error)}` };
    }
  }

  /** Looks at regular times whether the machine slept, and whether the controller has been silent for long. */
  private look(): void {
    const now = this.clock.now();
    const wall = this.clock.wallTime?.() ?? now;
    const sleptMs = wall - this.lastLook.wall - (now - this.lastLook.now);
    const isFirst = this.timer === undefined;
    this.lastLook = { now, wall };
    const { heartbeatMs } = this.options.policy;
    this.timer = this.clock.setTimeout(() => this.look(), Math.min(WATCH_MS, heartbeatMs));
    if (isFirst || this.work || !this.host.isOpen) return;
    if (sleptMs > SLEEP_MS) {
      this.host.fault({ kind: 'slept', message: `the machine slept for ${Math.round(sleptMs / 1000)} s` });
    } else if (this.host.silentMs >= heartbeatMs) void this.probe();
  }

  private context(attempt: number, lastError: Error | undefined): RecoveryContext {
    return {
      attempt,
      lastError,
      canReopen: this.options.reopen !== undefined,
      portIsOpen: this.portIsOpen,
      recoveries: this.recoveries,
      sinceRecoveryMs: this.clock.now() - this.recoveredAt,
    };
  }

  /** Waits, unless the supervisor is stopped. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.clock.setTimeout(resolve, ms);
      this.wake = () => {
        this.clock.clearTimeout(timer);
        resolve();
      };
    });
  }

  private failure(name: string, fault: Fault, tries: number, lastError: Error | undefined): TransportError {
    // A port that was not to be opened again is gone, and that is all there is to say.
    if (tries === 0 && this.recoveries === 0 && fault.error) return fault.error;
    const seconds = Math.round((this.clock.now() - fault.at) / 100) / 10;
    const tried =
      tries === 0
        ? `brought back ${times(this.recoveries)}, it failed again`
        : `tried ${times(tries)} in ${seconds} s${lastError ? `, at last: ${lastError.message}` : ''}`;
    return new TransportError(
      `${name}: the controller did not come back after this: ${fault.message}; ${tried}. Unplug it and plug it in again`,
      'RECOVERY_FAILED',
      { cause: lastError ?? fault.error },
    );
  }
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}
