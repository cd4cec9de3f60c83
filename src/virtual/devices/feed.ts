import type { Clock, Timer } from '../../core/clock.js';
import type { ServerClient } from '../../gatt/index.js';

/** What a {@link Feed} does. */
export interface FeedOptions {
  readonly clock: Clock;
  /** Milliseconds from one measurement to the next. */
  readonly intervalMs: number;
  /** The clients that are subscribed at the moment. */
  readonly subscribers: () => readonly ServerClient[];
  /** The first client subscribed: what was before interests nobody. */
  readonly started?: () => void;
  /** Measures and tells the subscribers; resolves when the next measurement may come. */
  readonly measure: (subscribers: readonly ServerClient[]) => Promise<void>;
}

/** Measures at regular times as long as somebody is subscribed. Without subscribers there is no timer. */
export class Feed {
  private readonly options: FeedOptions;
  private readonly watched = new WeakSet<ServerClient>();
  private timer: Timer | undefined;
  private busy = false;

  constructor(options: FeedOptions) {
    this.options = options;
  }

  /** For `onSubscribe`: a client subscribed or unsubscribed. */
  subscribed(client: ServerClient): void {
    if (!this.watched.has(client)) {
      this.watched.add(client);
      client.onClosed(() => this.update());
    }
    this.update();
  }

  private update(): void {
    const { clock, subscribers, started } = this.options;
    const wanted = subscribers().length > 0;
    if (!wanted) {
      clock.clearTimeout(this.timer);
      this.timer = undefined;
    } else if (this.timer === undefined) {
      started?.();
      this.schedule();
    }
  }

  private schedule(): void {
    const { clock, intervalMs } = this.options;
    this.timer = clock.setTimeout(() => this.tick(), intervalMs);
  }

  private tick(): void {
    this.timer = undefined;
    const subscribers = this.options.subscribers();
    if (subscribers.length === 0) return;
    this.schedule();
    // A subscriber that is slower than the measurements gets fewer of them.
    if (this.busy) return;
    this.busy = true;
    this.options
      .measure(subscribers)
      // What cannot be told to a client ends its bearer, and with that its subscription.
      .catch(() => {})
      .finally(() => {
        this.busy = false;
      });
  }
}
