import type { Moment } from './moment.js';
import type { ErrorCount } from './statistics.js';

const LIMIT = 500;

/** What went wrong, counted by what it was. */
export class ErrorCounter {
  /** Kinds of errors that there was no room for. */
  leftOut = 0;
  private readonly byText = new Map<string, { count: number; first: Moment }>();

  add(what: string, moment: Moment): void {
    const known = this.byText.get(what);
    if (known) known.count++;
    else if (this.byText.size < LIMIT) this.byText.set(what, { count: 1, first: moment });
    else this.leftOut++;
  }

  /** The most frequent first. */
  get list(): readonly ErrorCount[] {
    return [...this.byText]
      .map(([what, { count, first }]) => ({ what, count, record: first.record, at: first.at }))
      .sort((a, b) => b.count - a.count || a.record - b.record);
  }
}
