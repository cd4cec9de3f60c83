import { AttError } from '../../core/errors.js';
import { FRAME_HEADROOM } from '../../core/frame.js';
import type { AttBearer, ResponseParser } from '../att/bearer.js';

/**
 * Asked when the peer refused a request: whether to send it once more, after what this handler did about it. It gives
 * `undefined` where the error is none of its business.
 * @param signal of the caller who waits
 * @param handle the attribute that the request was about, or the first one of a range; 0 without
 */
export type RefusalHandler = (
  error: AttError,
  signal: AbortSignal | undefined,
  handle: number,
) => Promise<boolean> | undefined;

/**
 * How the procedures of a client reach the bearer. What makes a request worth repeating (a link that has to be secured
 * first, a database that has changed) is known to handlers, and to nobody else: each request is repeated once at most.
 */
export class Requester {
  /** The bearer that every link has: what has to keep its order goes on this one. */
  readonly bearer: AttBearer;
  private readonly bearers: AttBearer[];
  private handlers: readonly RefusalHandler[] = [];

  constructor(bearer: AttBearer) {
    this.bearer = bearer;
    this.bearers = [bearer];
  }

  /** Adds an enhanced bearer (Core Vol 3, Part G, 5.3.2), until it is gone. */
  add(bearer: AttBearer): void {
    const { bearers } = this;
    bearers.push(bearer);
    for (const one of bearers) one.siblings ??= () => bearers.filter((other) => other !== one);
    bearer.onClosed(() => void bearers.splice(bearers.indexOf(bearer), 1));
  }

  /**
   * The bearer with the least to do: for a procedure whose requests have to stay together.
   * @param size octets that its ATT_MTU has to hold
   * @param more what else there is to do on a bearer, of which it knows nothing yet
   */
  pick(size = 0, more?: (bearer: AttBearer) => number): AttBearer {
    let best = this.bearer;
    let least = best.isOpen && best.mtu >= size ? best.load + (more?.(best) ?? 0) : Infinity;
    for (const one of this.bearers) {
      if (!one.isOpen || one.mtu < size) continue;
      const load = one.load + (more?.(one) ?? 0);
      if (load >= least) continue;
      best = one;
      least = load;
    }
    return best;
  }

  /** Adds a handler, which is asked after those before it; gives a function that takes it off. */
  onRefused(handler: RefusalHandler): () => void {
    this.handlers = [...this.handlers, handler];
    return () => {
      this.handlers = this.handlers.filter((one) => one !== handler);
    };
  }

  /**
   * As {@link AttBearer.request}, and once more where a handler says so. With several bearers, requests go where there is the
   * least to do, and wait for the first that is free.
   * @param on the bearer to go on, as {@link pick} gave it
   */
  request<T>(
    frame: Uint8Array,
    handle: number,
    responseOpcode: number,
    parse: ResponseParser<T>,
    signal?: AbortSignal,
    on?: AttBearer,
  ): Promise<T> {
    const { handlers } = this;
    const bearer = on ?? (this.bearers.length > 1 ? this.pick(frame.length - FRAME_HEADROOM) : this.bearer);
    if (bearer !== this.bearer) this.bearer.passCalls(bearer);
    const place = on || this.bearers.length === 1 ? undefined : { bearer };
    if (handlers.length === 0) return bearer.request(frame, handle, responseOpcode, parse, signal, place);
    // A frame that was sent is the channel's, and the caller's octets may have changed by then.
    const again = frame.slice();
    return bearer
      .request(frame, handle, responseOpcode, parse, signal, place)
      .catch(async (error: unknown) => {
        if (error instanceof AttError) {
          for (const handler of handlers) {
            if (await handler(error, signal, handle)) {
              // Where it went is where it is repeated: a server takes a client for aware that asks again on the bearer on which
              // it was told that its database is out of sync (Core Vol 3, Part G, 2.5.2.1).
              return (place?.bearer ?? bearer).request(again, handle, responseOpcode, parse, signal);
            }
          }
        }
        throw error;
      });
  }
}
