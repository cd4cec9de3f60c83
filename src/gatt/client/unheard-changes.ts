import { copyOctets, u16At } from '../../core/bytes.js';

const LAST = 0xffff;
/** Attributes that are remembered; beyond it, any may have been indicated. */
const LIMIT = 16;

/** A range of handles, as Service Changed names it. */
interface ChangedRange {
  readonly startHandle: number;
  readonly endHandle: number;
}

/**
 * What the peer told of changes of its database while nobody kept it here, and will not tell again: indications are confirmed
 * in any case, and Database Out Of Sync comes once (Core Vol 3, Part G, 2.5.2, 7.1). It must not be lost to whoever opens the
 * database later. Which attribute is Service Changed is not known here.
 */
export class UnheardChanges {
  /** Told of each attribute that was indicated to nobody; of a refusal as out of sync without one. */
  onUnheard: ((handle?: number) => void) | undefined;
  private readonly ranges = new Map<number, ChangedRange>();
  private overflown = false;
  private refusal = false;
  private keeper = false;

  /** @internal An indication that nobody took. */
  indicated(handle: number, bytes: Uint8Array, start: number, end: number): void {
    const range = changedRange(copyOctets(bytes, start, end));
    const before = this.ranges.get(handle);
    if (before) {
      const startHandle = Math.min(before.startHandle, range.startHandle);
      this.ranges.set(handle, { startHandle, endHandle: Math.max(before.endHandle, range.endHandle) });
    } else if (this.ranges.size < LIMIT) this.ranges.set(handle, range);
    else this.overflown = true;
    this.onUnheard?.(handle);
  }

  /** @internal A request was refused with Database Out Of Sync. */
  refused(): void {
    if (this.keeper) return;
    this.refusal = true;
    this.onUnheard?.();
  }

  /** What the indications of an attribute said had changed, if it is Service Changed; from then on they are heard. */
  take(handle: number): ChangedRange | undefined {
    const range = this.ranges.get(handle) ?? (this.overflown ? changedRange() : undefined);
    this.ranges.delete(handle);
    return range;
  }

  /** Whether the peer told of anything that may be a change. */
  get isAny(): boolean {
    return this.refusal || this.overflown || this.ranges.size > 0;
  }

  /** Whether a request was refused, so that what was known before the link is not right. */
  get wasRefused(): boolean {
    return this.refusal;
  }

  /** Whether somebody keeps the database, and does what is due when a request is refused. */
  set isKept(kept: boolean) {
    this.keeper = kept;
    if (kept) this.refusal = false;
  }
}

/** The range in a Service Changed value (7.1); all handles where there is none in it. */
export function changedRange(value?: Uint8Array): ChangedRange & { readonly isRange: boolean } {
  const [startHandle, endHandle] = value?.length === 4 ? [u16At(value, 0), u16At(value, 2)] : [0, 0];
  if (startHandle === 0 || endHandle < startHandle)
    return { startHandle: 1, endHandle: LAST, isRange: false };
  return { startHandle, endHandle, isRange: true };
}
