import { hexCode } from '../../core/hex.js';
import { StaleAttributeError } from './errors.js';

/** How many changes are told apart; older ones are taken together. */
const REMEMBERED = 32;

interface Change {
  startHandle: number;
  endHandle: number;
  at: number;
}

/** Something that stands at handles of the peer's: a service, a characteristic, a descriptor. */
export interface Located {
  readonly startHandle: number;
  readonly endHandle: number;
  /** The {@link DatabaseChanges.now} up to which it is known to be right. */
  knownAt: number;
}

/** What is known of changes of the peer's database during a link: Core Vol 3, Part G, 2.5.2. */
export class DatabaseChanges {
  private readonly changes: Change[] = [];
  private count = 0;
  private update: Promise<void> | undefined;

  /** How many changes there were. */
  get now(): number {
    return this.count;
  }

  /**
   * The attributes of a range are not what they were.
   * @param update what is being done to know them again; whoever wants one of them waits for its end
   */
  changed(startHandle: number, endHandle: number, update?: Promise<void>): void {
    this.count++;
    this.changes.push({ startHandle, endHandle, at: this.count });
    if (this.changes.length > REMEMBERED) {
      const oldest = this.changes.shift()!;
      const next = this.changes[0]!;
      next.startHandle = Math.min(next.startHandle, oldest.startHandle);
      next.endHandle = Math.max(next.endHandle, oldest.endHandle);
    }
    if (!update) return;
    const settled = update.then(
      () => {},
      () => {},
    );
    this.update = settled;
    void settled.then(() => {
      if (this.update === settled) this.update = undefined;
    });
  }

  /** Whether something may have become something else since it was found. */
  concerns(one: Located): boolean {
    if (one.knownAt === this.count) return false;
    const { startHandle, endHandle, knownAt } = one;
    const touched = this.changes.some(
      (change) => change.at > knownAt && change.startHandle <= endHandle && change.endHandle >= startHandle,
    );
    if (!touched) one.knownAt = this.count;
    return touched;
  }

  /**
   * Does `work` with something of the peer's, if it is still what it was.
   * @throws {StaleAttributeError} when it is not, or this is not known
   */
  use<T>(one: Located, what: () => string, work: () => Promise<T>): Promise<T> {
    return one.knownAt === this.count ? work() : this.check(one, what, work);
  }

  private async check<T>(one: Located, what: () => string, work: () => Promise<T>): Promise<T> {
    if (this.concerns(one) && this.update) await this.update;
    if (this.concerns(one)) throw stale(what(), one.startHandle);
    return work();
  }
}

function stale(what: string, handle: number): StaleAttributeError {
  return new StaleAttributeError(
    `the ${what} at handle ${hexCode(handle, 4)} is not what it was: the peer's database has changed, discover it again`,
  );
}
