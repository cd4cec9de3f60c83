import { AttError } from '../../core/errors.js';
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
  readonly bearer: AttBearer;
  private handlers: readonly RefusalHandler[] = [];

  constructor(bearer: AttBearer) {
    this.bearer = bearer;
  }

  /** Adds a handler, which is asked after those before it; gives a function that takes it off. */
  onRefused(handler: RefusalHandler): () => void {
    this.handlers = [...this.handlers, handler];
    return () => {
      this.handlers = this.handlers.filter((one) => one !== handler);
    };
  }

  /** As {@link AttBearer.request}, and once more where a handler says so. */
  request<T>(
    frame: Uint8Array,
    handle: number,
    responseOpcode: number,
    parse: ResponseParser<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const { bearer, handlers } = this;
    if (handlers.length === 0) return bearer.request(frame, handle, responseOpcode, parse, signal);
    // A frame that was sent is the channel's, and the caller's octets may have changed by then.
    const again = frame.slice();
    return bearer.request(frame, handle, responseOpcode, parse, signal).catch(async (error: unknown) => {
      if (error instanceof AttError) {
        for (const handler of handlers) {
          if (await handler(error, signal, handle))
            return bearer.request(again, handle, responseOpcode, parse, signal);
        }
      }
      throw error;
    });
  }
}
