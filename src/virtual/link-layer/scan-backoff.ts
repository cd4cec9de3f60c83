import type { Dice } from '../air/dice.js';

const MAX_LIMIT = 256;

/** How an active scanner holds back when its requests collide with those of others: Core Vol 6, Part B, 4.4.3.2. */
export class ScanBackoff {
  private readonly dice: Dice;
  private upperLimit = 1;
  private count = 1;
  private successes = 0;
  private failures = 0;

  constructor(dice: Dice) {
    this.dice = dice;
  }

  /** As when scanning begins. */
  reset(): void {
    this.upperLimit = 1;
    this.count = 1;
    this.successes = 0;
    this.failures = 0;
  }

  /** An advertisement that may be answered has been received; says whether to answer this one. */
  permits(): boolean {
    return --this.count === 0;
  }

  /** A request has been sent; `answered` says whether its response was received. */
  sent(answered: boolean): void {
    if (answered) {
      this.failures = 0;
      if (++this.successes === 2) {
        this.successes = 0;
        this.upperLimit = Math.max(1, this.upperLimit >> 1);
      }
    } else {
      this.successes = 0;
      if (++this.failures === 2) {
        this.failures = 0;
        this.upperLimit = Math.min(MAX_LIMIT, this.upperLimit * 2);
      }
    }
    this.count = 1 + (this.upperLimit === 1 ? 0 : this.dice.below(this.upperLimit));
  }

  /** The request was permitted and could not be sent after all: the next one may. */
  withheld(): void {
    this.count = 1;
  }
}
