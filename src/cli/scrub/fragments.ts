import type { CaptureRecord } from '../../hci/capture/index.js';

/** A record on its way out. */
export interface Held {
  readonly record: CaptureRecord;
  isDone: boolean;
}

/** Records that may wait for the rest of a frame. */
const LIMIT = 4096;

/** Keeps the records in their order while the fragments of L2CAP frames wait for their last. */
export class Fragments {
  private readonly target: (record: CaptureRecord) => void;
  private readonly abandon: (held: Held) => void;
  private queue: Held[] = [];
  private readonly links = new Map<string, Held[]>();

  /** @param abandon is to change a record whose frame will not be whole */
  constructor(target: (record: CaptureRecord) => void, abandon: (held: Held) => void) {
    this.target = target;
    this.abandon = abandon;
  }

  /** A record came. */
  add(held: Held): void {
    this.queue.push(held);
    if (this.queue.length <= LIMIT) return;
    // Whoever still waits has waited too long.
    for (const link of [...this.links.keys()]) this.giveUp(link);
  }

  /** A record waits for the rest of its frame. */
  hold(link: string, held: Held): void {
    const pending = this.links.get(link);
    if (pending) pending.push(held);
    else this.links.set(link, [held]);
  }

  /** The fragments that wait on a link. */
  pending(link: string): readonly Held[] {
    return this.links.get(link) ?? [];
  }

  /** The frame of a link is whole: its fragments are the caller's. */
  release(link: string): void {
    this.links.delete(link);
  }

  /** The frame of a link will not be whole. */
  giveUp(link: string): void {
    const pending = this.pending(link);
    this.links.delete(link);
    for (const held of pending) this.abandon(held);
    this.done(pending);
  }

  /** These records are as they are to be. */
  done(parts: readonly Held[]): void {
    for (const part of parts) part.isDone = true;
    let count = 0;
    while (count < this.queue.length && this.queue[count]!.isDone) {
      this.target(this.queue[count]!.record);
      count++;
    }
    if (count > 0) this.queue = this.queue.slice(count);
  }

  /** Nothing comes any more. */
  end(): void {
    for (const link of [...this.links.keys()]) this.giveUp(link);
  }
}
