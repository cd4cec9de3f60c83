/** Which connection events a subrated connection uses: Core Vol 6, Part B, 4.5.1. */
export class EventPace {
  /** Of so many events, one is used; 1 for all of them. */
  factor = 1;
  /** So many events more are used after one with data. */
  continuationNumber = 0;
  private base = 0;
  private lastData = 0;

  /** All events are used, as from the beginning. */
  reset(): void {
    this.factor = 1;
    this.continuationNumber = 0;
  }

  /** Sets it, counted from the event `base`; says whether anything changes. */
  set(factor: number, continuationNumber: number, base: number): boolean {
    const changes = factor !== this.factor || continuationNumber !== this.continuationNumber;
    this.factor = factor;
    this.continuationNumber = continuationNumber;
    this.base = base;
    return changes;
  }

  /** There was data in this event. */
  dataIn(event: number): void {
    this.lastData = event;
  }

  /** Whether an event is used. */
  uses(event: number): boolean {
    const since = (event - this.base) & 0xffff;
    if (since % this.factor === 0) {
      // What wraps at 65536 is counted from here.
      this.base = event;
      return true;
    }
    return ((event - this.lastData) & 0xffff) <= this.continuationNumber;
  }
}
