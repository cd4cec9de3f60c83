/** Which connection events a subrated connection uses: Core Vol 6, Part B, 4.5.1. */
export class EventPace {
  /** Of so many events, one is used; 1 for all of them. */
  factor = 1;
  /** So many events more are used after one with data. */
  continuationNumber = 0;
  private base = 0;
  /** How many events behind data are still to be used. */
  private left = 0;

  /** All events are used, as from the beginning. */
  reset(): void {
    this.factor = 1;
    this.continuationNumber = 0;
    this.left = 0;
  }

  /** Sets it, counted from the event `base`; says whether anything changes. */
  set(factor: number, continuationNumber: number, base: number): boolean {
    const changes = factor !== this.factor || continuationNumber !== this.continuationNumber;
    this.factor = factor;
    this.continuationNumber = continuationNumber;
    this.base = base;
    // What brings it about is a PDU that is not empty.
    this.left = continuationNumber;
    return changes;
  }

  /** There was data in the event that began last. */
  dataIn(): void {
    this.left = this.continuationNumber;
  }

  /** Whether an event is used; asked once for each, in order. */
  uses(event: number): boolean {
    const isContinued = this.left > 0;
    if (isContinued) this.left--;
    const since = (event - this.base) & 0xffff;
    if (since % this.factor === 0) {
      // What wraps at 65536 is counted from here.
      this.base = event;
      return true;
    }
    return isContinued;
  }
}
