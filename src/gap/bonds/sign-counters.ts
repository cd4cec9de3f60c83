import { StateError } from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import type { Bond, SignCounters } from './bond.js';

/** Counters that are reserved at once: the file is written once for so many signatures. */
export const RESERVED = 64;
const END = 2 ** 32;

/** Puts changed counters of a bond into the store; rejects when they could not be kept. */
export type KeepCounters = (bond: Bond, counters: SignCounters) => Promise<void>;

interface Reservation {
  /** The next to use. */
  next: number;
  /** The first that is not reserved. */
  end: number;
  readonly turn: Mutex;
}

/**
 * The SignCounters of all bonds: Core Vol 3, Part H, 2.4.5. No counter is ever used twice, whenever the process dies: they
 * are reserved in blocks, and a block is in the store before its first counter is given out; what is left of it after a
 * crash is lost. A peer's counter is in the store before the caller learns that it was new.
 */
export class SignCounterKeeper {
  private readonly keep: KeepCounters;
  private readonly reserved = new Map<number, Reservation>();

  constructor(keep: KeepCounters) {
    this.keep = keep;
  }

  /** Forgets what is reserved: the bond is gone, or has other keys. */
  forget(key: number): void {
    this.reserved.delete(key);
  }

  /**
   * The next counter to sign with.
   * @param bond gives the bond as it is; called again after each wait
   * @throws {StateError} when the bond is gone, or its 2^32 counters are used up: then only pairing anew helps
   */
  next(bond: () => Bond): Promise<number> {
    const { key } = bond().identity;
    let own = this.reserved.get(key);
    if (!own) {
      // All below may have been used by the process before this one.
      const { own: first } = bond().signCounters;
      own = { next: first, end: first, turn: new Mutex() };
      this.reserved.set(key, own);
    }
    const mine = own;
    return mine.turn.run(async () => {
      if (this.reserved.get(key) !== mine) throw new StateError('signing: the bond was replaced meanwhile');
      if (mine.next === mine.end) {
        const now = bond();
        if (mine.end >= END)
          throw new StateError(`signing: all counters of the key for ${now.identity} are used; pair again`);
        const end = Math.min(mine.end + RESERVED, END);
        await this.keep(now, { ...now.signCounters, own: end });
        mine.end = end;
      }
      return mine.next++;
    });
  }

  /**
   * Takes a counter of a signature that was found right, once.
   * @returns whether it is a new one; resolves when that is kept
   */
  async accept(bond: Bond, counter: number): Promise<boolean> {
    if (counter < bond.signCounters.peer || counter >= END) return false;
    await this.keep(bond, { ...bond.signCounters, peer: counter + 1 });
    return true;
  }
}
