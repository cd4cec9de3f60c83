import { Address } from '../core/address.js';
import { checkInteger, checkKeys, checkNumber } from '../core/check.js';
import { Emitter } from '../core/emitter.js';
import { type DisconnectedError, TimeoutError } from '../core/errors.js';
import { connectOptions } from './connect-option-names.js';
import type { PeerLike } from './connecting/central.js';
import type { ConnectOptions } from './connecting/connect-options.js';
import type { Connection } from './connection.js';
import type { Device } from './device.js';

/** How {@link keepConnected} goes on after a failure: not for a peer that is not there, which is waited for. */
export interface RetryPolicy {
  /** The wait after the first failure in milliseconds, 0–3600000; 500. */
  readonly firstMs?: number;
  /** By what each further wait is longer, 1–10; 2. */
  readonly factor?: number;
  /** The longest wait in milliseconds; 30000. */
  readonly longestMs?: number;
  /** Failures in a row after which it is given up; without, it never is. */
  readonly attempts?: number;
}

/** Options of {@link keepConnected}. */
export interface KeepConnectedOptions extends Omit<ConnectOptions, 'timeoutMs' | 'signal'> {
  readonly retry?: RetryPolicy;
  /** Ends it, as {@link KeptConnection.stop} does. */
  readonly signal?: AbortSignal;
}

/** What a {@link KeptConnection} tells. */
export interface KeptConnectionEvents {
  /** There is a link, as `Device.connect` gives it: encrypted where there is a bond. */
  connected: Connection;
  /** The link is gone; the peer is looked for again. */
  disconnected: DisconnectedError;
  /** An attempt failed, so many in a row; the next one begins after a wait. */
  failed: { readonly error: Error; readonly failures: number; readonly retryInMs: number };
  /** It is over: stopped, or with the error for which it was given up. */
  ended: Error | undefined;
}

/** How long the peer is looked for as in the foreground: Core Vol 3, Part C, appendix A, TGAP(scan_fast_period). */
const FAST_MS = 30_000;
/** Then as in the background: TGAP(scan_slow_interval1), and a tenth of it as the window. */
const slow = { scanIntervalMs: 1280, scanWindowMs: 127.5 };
const known = [...connectOptions.filter((one) => one !== 'timeoutMs'), 'retry'];

/** A link to a peer that is made again and again, whenever the peer is there. */
export class KeptConnection extends Emitter<KeptConnectionEvents> implements AsyncDisposable {
  private readonly device: Device;
  private readonly peer: PeerLike;
  private readonly options: Omit<ConnectOptions, 'timeoutMs' | 'signal'>;
  private readonly retry: Required<RetryPolicy>;
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;
  private link: Connection | undefined;

  /** @internal Made by {@link keepConnected}. */
  constructor(device: Device, peer: PeerLike, { retry = {}, signal, ...options }: KeepConnectedOptions) {
    super();
    this.device = device;
    this.peer = peer;
    this.options = options;
    this.retry = checkRetry(retry);
    const stop = () => void this.stop();
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
    this.running = this.run().finally(() => signal?.removeEventListener('abort', stop));
  }

  /** The link; `undefined` while there is none. */
  get connection(): Connection | undefined {
    return this.link;
  }

  /** Ends it, and the link; idempotent. Resolves when both are over. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('stopped'));
    await this.link?.disconnect().catch(() => {});
    await this.running;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    let failures = 0;
    let background = false;
    let end: Error | undefined;
    // Whoever made this has its listeners on by then.
    await Promise.resolve();
    while (!signal.aborted) {
      try {
        const link = await this.device.connect(this.peer, {
          ...(background && !saysHowToListen(this.options) ? slow : {}),
          ...this.options,
          timeoutMs: background ? Number.POSITIVE_INFINITY : FAST_MS,
          signal,
        });
        failures = 0;
        background = false;
        await this.hold(link);
      } catch (error) {
        if (signal.aborted) break;
        end = this.isFinal(error, failures + 1);
        if (end) break;
        background = true;
        // Not there: nothing has failed.
        if (error instanceof TimeoutError) continue;
        failures++;
        await this.pause(error as Error, failures);
      }
    }
    this.emit('ended', end);
  }

  /** Until the link is gone. */
  private async hold(link: Connection): Promise<void> {
    if (this.stopping.signal.aborted) {
      await link.disconnect().catch(() => {});
      return;
    }
    this.link = link;
    const gone = new Promise<DisconnectedError>((resolve) => {
      if (link.disconnectReason) resolve(link.disconnectReason);
      else link.once('disconnected', resolve);
    });
    this.emit('connected', link);
    const reason = await gone;
    this.link = undefined;
    this.emit('disconnected', reason);
  }

  /** The error, when there is no sense in going on: the device is closed, the call is wrong, or it has failed often enough. */
  private isFinal(error: unknown, failures: number): Error | undefined {
    const wrong = error instanceof TypeError || error instanceof RangeError;
    const often = !(error instanceof TimeoutError) && failures >= this.retry.attempts;
    return wrong || often || !this.device.isOpen ? (error as Error) : undefined;
  }

  private async pause(error: Error, failures: number): Promise<void> {
    const { firstMs, factor, longestMs } = this.retry;
    const retryInMs = Math.min(longestMs, firstMs * factor ** Math.min(failures - 1, 64));
    this.emit('failed', { error, failures, retryInMs });
    const { clock } = this.device.host;
    const { signal } = this.stopping;
    // Whoever was told may have stopped it.
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, retryInMs);
      const stop = () => {
        clock.clearTimeout(timer);
        resolve();
      };
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

/**
 * Keeps a link to a peer: connects when the peer is there, and again whenever the link is lost, in the background, until it is
 * stopped or the device is closed. Several share the radio; with a bond the link is encrypted before it is told.
 *
 * ```ts
 * const kept = keepConnected(device, 'C0:DE:C0:00:00:01/random');
 * kept.on('connected', async (link) => { … });
 * ```
 * @param peer as for `Device.connect`: an address, or a name, a service or a predicate
 * @throws {RangeError | TypeError} naming the option that is not known, or the one of `retry` that is wrong, and of a peer that can be
 * nobody; what else is wrong ends it
 */
export function keepConnected(
  device: Device,
  peer: PeerLike,
  options: KeepConnectedOptions = {},
): KeptConnection {
  checkKeys('keepConnected', options, known);
  if (peer === undefined || peer === null) throw new TypeError('keepConnected: a peer is wanted');
  if (typeof peer === 'string') Address.parse(peer);
  return new KeptConnection(device, peer, options);
}

/** Whether a program has said itself how it listens for the peer: times of two sources do not go together. */
function saysHowToListen({ scanIntervalMs, scanWindowMs, phys = [] }: ConnectOptions): boolean {
  const each = Array.isArray(phys) ? [] : Object.values(phys as Record<string, ConnectOptions>);
  return [{ scanIntervalMs, scanWindowMs }, ...each].some(
    (one) => one?.scanIntervalMs !== undefined || one?.scanWindowMs !== undefined,
  );
}

function checkRetry(retry: RetryPolicy): Required<RetryPolicy> {
  checkKeys('retry', retry, ['firstMs', 'factor', 'longestMs', 'attempts']);
  const firstMs = checkNumber('retry.firstMs', retry.firstMs ?? 500, 0, 3_600_000, 'ms');
  return {
    firstMs,
    factor: checkNumber('retry.factor', retry.factor ?? 2, 1, 10, ''),
    longestMs: checkNumber(
      'retry.longestMs',
      retry.longestMs ?? Math.max(30_000, firstMs),
      firstMs,
      86_400_000,
      'ms',
    ),
    attempts:
      retry.attempts === undefined
        ? Number.POSITIVE_INFINITY
        : checkInteger('retry.attempts', retry.attempts, 1, 1_000_000),
  };
}
