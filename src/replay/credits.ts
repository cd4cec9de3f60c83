import { u16At } from '../core/bytes.js';

/** Counts the ACL packets of a host that a controller has not told to be gone: Core Vol 4, Part E, 4.1.1. */
export class Credits {
  private readonly held = new Map<number, number>();

  /** A packet came. */
  took(handle: number): void {
    this.held.set(handle, (this.held.get(handle) ?? 0) + 1);
  }

  /** How many packets there are. */
  get total(): number {
    let total = 0;
    for (const count of this.held.values()) total += count;
    return total;
  }

  /** A link is gone, and its packets with it (4.3). */
  drop(handle: number): void {
    this.held.delete(handle);
  }

  /** Number Of Completed Packets for all that there are on these links, or on all; `undefined` where there is none. */
  release(handles: Iterable<number> = [...this.held.keys()]): Uint8Array | undefined {
    const groups: number[] = [];
    for (const handle of new Set(handles)) {
      const count = this.held.get(handle) ?? 0;
      if (count > 0) groups.push(handle & 0xff, handle >> 8, count & 0xff, count >> 8);
      this.held.delete(handle);
    }
    if (groups.length === 0) return undefined;
    return Uint8Array.of(0x13, 1 + groups.length, groups.length / 4, ...groups);
  }
}

/** The links in a Number Of Completed Packets event. */
export function creditedHandles(event: Uint8Array): number[] {
  const count = event[2] ?? 0;
  const handles: number[] = [];
  for (let i = 0; i < count && 7 + 4 * i <= event.length; i++) handles.push(u16At(event, 3 + 4 * i) & 0xfff);
  return handles;
}
