/** Receptions that one receiver plans at most. */
const LIMIT = 8;

/** When a receiver has to be on a secondary channel, and is therefore nowhere else. Times in µs. */
export class ReceiverSchedule {
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];

  /** Plans a reception; says whether nothing else stands at that time. */
  reserve(now: number, start: number, end: number): boolean {
    this.forget(now);
    if (this.starts.length >= LIMIT || !this.isFree(start, end)) return false;
    this.starts.push(start);
    this.ends.push(end);
    return true;
  }

  /** Whether it has nothing planned from `start` to `end`. */
  isFree(start: number, end: number): boolean {
    for (let i = 0; i < this.starts.length; i++) {
      if (this.starts[i]! < end && start < this.ends[i]!) return false;
    }
    return true;
  }

  clear(): void {
    this.starts.length = 0;
    this.ends.length = 0;
  }

  /** Drops what has been over for longer than any PDU lasts: one that overlapped it may just end. */
  private forget(now: number): void {
    for (let i = this.starts.length - 1; i >= 0; i--) {
      if (this.ends[i]! + LONGEST_PDU > now) continue;
      this.starts.splice(i, 1);
      this.ends.splice(i, 1);
    }
  }
}

/** 255 octets on LE Coded with S=8, in µs. */
const LONGEST_PDU = 17_040;
