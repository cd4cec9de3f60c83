import { Sample } from './bounded.js';
import type { ResponseTimes } from './statistics.js';

/** Requests that wait at the same time, of all keys: of more, the oldest counts as unanswered. */
const LIMIT = 256;

/** Requests and what answers them. */
export class Exchanges {
  private readonly waiting = new Map<string, number>();
  private readonly times = new Sample();
  private unanswered = 0;

  /** Something that wants an answer; the one before it with the same key gets none any more. */
  ask(key: string, at: number): void {
    if (this.waiting.delete(key)) this.unanswered++;
    this.waiting.set(key, at);
    if (this.waiting.size <= LIMIT) return;
    this.waiting.delete(this.waiting.keys().next().value!);
    this.unanswered++;
  }

  answer(key: string, at: number): void {
    const asked = this.waiting.get(key);
    if (asked === undefined) return;
    this.waiting.delete(key);
    this.times.add(Math.max(0, (at - asked) * 1000));
  }

  /** What waits and begins with this gets no answer any more: the link is gone. */
  give(up: string): void {
    for (const key of this.waiting.keys()) {
      if (!key.startsWith(up)) continue;
      this.waiting.delete(key);
      this.unanswered++;
    }
  }

  get result(): ResponseTimes {
    const { times } = this;
    return {
      count: times.count,
      p50: times.quantile(0.5),
      p95: times.quantile(0.95),
      p99: times.quantile(0.99),
      max: times.count > 0 ? times.max : undefined,
      unanswered: this.unanswered + this.waiting.size,
    };
  }
}
