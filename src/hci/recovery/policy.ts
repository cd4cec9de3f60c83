import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import type { Fault } from './fault.js';

/**
 * What to do about a fault:
 * - `ignore`: nothing; it was told as a diagnostic
 * - `probe`: ask the controller a question; when it does not answer, that is the fault `silent`
 * - `reset`: HCI_Reset over the port as it is
 * - `reopen`: close the port and open it again
 * - `giveUp`: end with an error
 */
export type RecoveryAction = 'ignore' | 'probe' | 'reset' | 'reopen' | 'giveUp';

/** What a {@link RecoveryPolicy} decides. */
export interface RecoveryDecision {
  readonly action: RecoveryAction;
  /** Milliseconds to wait before it; 0. */
  readonly delayMs?: number;
}

/** What a {@link RecoveryPolicy} may look at. */
export interface RecoveryContext {
  /** 1 when the fault has just come; one more after each try that failed. */
  readonly attempt: number;
  /** Why the try before failed. */
  readonly lastError: Error | undefined;
  /** Whether the port can be opened again: it was given as text, or as a function. */
  readonly canReopen: boolean;
  /** Whether the port is open still. */
  readonly portIsOpen: boolean;
  /** Recoveries that succeeded, and how long ago the last one did, in milliseconds. */
  readonly recoveries: number;
  readonly sinceRecoveryMs: number;
}

/** Decides how a controller is brought back. */
export interface RecoveryPolicy {
  /** Called at each fault, and after each try that failed. */
  decide(fault: Fault, context: RecoveryContext): RecoveryDecision;
  /** A question is put to a controller from which nothing came for so many milliseconds; `Infinity` never asks. */
  readonly heartbeatMs: number;
  /** Milliseconds that an answer to a probe may take. */
  readonly probeTimeoutMs: number;
}

/** Options of {@link recoveryPolicy}. */
export interface RecoveryOptions {
  /** Tries before it gives up, 1–1000; 10. */
  readonly maxAttempts?: number;
  /** Milliseconds before the tries; the last one counts for all further ones; 0, 200, 500, 1000, 2000, 5000. */
  readonly delaysMs?: readonly number[];
  /** See {@link RecoveryPolicy.heartbeatMs}, from 1000; 60000. */
  readonly heartbeatMs?: number;
  /** See {@link RecoveryPolicy.probeTimeoutMs}, 10–60000; 1000. */
  readonly probeTimeoutMs?: number;
  /**
   * What to do when the machine slept; `probe`: a controller that lost its power, and with it what it was told, is found
   * out, and one that went on is left in peace.
   */
  readonly afterSleep?: 'reset' | 'probe' | 'ignore';
  /** A controller that needs help again so soon, in milliseconds, counts on instead of beginning anew; 30000. */
  readonly stableMs?: number;
}

/** Tries with a reset over the open port before the port is opened anew. */
const RESETS = 2;

/**
 * The usual policy: a command without an answer is followed by a question; a controller that does not answer it, reports
 * its end, or lost its framing is reset, twice, then its port is opened anew; a port that is gone is waited for. After
 * `maxAttempts` tries it gives up.
 * @throws {RangeError | TypeError} naming the option that is wrong
 */
export function recoveryPolicy(options: RecoveryOptions = {}): RecoveryPolicy {
  checkKeys('recovery', options, [
    'maxAttempts',
    'delaysMs',
    'heartbeatMs',
    'probeTimeoutMs',
    'afterSleep',
    'stableMs',
  ]);
  const maxAttempts = checkInteger('maxAttempts', options.maxAttempts ?? 10, 1, 1000);
  const delays = options.delaysMs ?? [0, 200, 500, 1000, 2000, 5000];
  if (delays.length === 0) throw new RangeError('delaysMs: at least one number is wanted');
  for (const delay of delays) checkNumber('delaysMs', delay, 0, 3_600_000, 'ms');
  const heartbeatMs = checkNumber(
    'heartbeatMs',
    options.heartbeatMs ?? 60_000,
    1000,
    Number.POSITIVE_INFINITY,
    'ms',
  );
  const probeTimeoutMs = checkNumber('probeTimeoutMs', options.probeTimeoutMs ?? 1000, 10, 60_000, 'ms');
  const stableMs = checkNumber('stableMs', options.stableMs ?? 30_000, 0, 3_600_000, 'ms');
  const afterSleep = checkOneOf('afterSleep', options.afterSleep ?? 'probe', [
    'reset',
    'probe',
    'ignore',
  ] as const);
  /** Tries spent on faults that came again before the controller was stable. */
  let spent = 0;
  return {
    heartbeatMs,
    probeTimeoutMs,
    decide(fault, context) {
      const { attempt, canReopen, portIsOpen, recoveries, sinceRecoveryMs } = context;
      if (attempt === 1) {
        if (fault.kind === 'commandTimeout') return { action: 'probe' };
        if (fault.kind === 'slept' && afterSleep !== 'reset') return { action: afterSleep };
        spent = recoveries > 0 && sinceRecoveryMs < stableMs ? spent + 1 : 0;
      }
      const tries = attempt + spent;
      if (tries > maxAttempts || (!portIsOpen && !canReopen)) return { action: 'giveUp' };
      const delayMs = delays[Math.min(tries, delays.length) - 1]!;
      const resets = portIsOpen && (tries <= RESETS || !canReopen);
      return { action: resets ? 'reset' : 'reopen', delayMs };
    },
  };
}
