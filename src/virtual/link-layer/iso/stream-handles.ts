/** Handles of streams come from the top: those of connections begin at the bottom. */
const TOP_HANDLE = 0x0eff;

/** The Connection_Handles that streams of any kind have, so that no two have the same: Core Vol 4, Part E, 5.3. */
export class StreamHandles {
  private readonly taken = new Set<number>();

  /** The highest that is free. */
  take(): number {
    let handle = TOP_HANDLE;
    while (this.taken.has(handle)) handle--;
    this.taken.add(handle);
    return handle;
  }

  release(handle: number): void {
    this.taken.delete(handle);
  }

  clear(): void {
    this.taken.clear();
  }
}
