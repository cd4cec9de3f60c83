/** Operation of the commands that set data: Core Vol 4, Part E, 7.8.54. */
export const DataOperation = { intermediate: 0, first: 1, last: 2, complete: 3, unchanged: 4 } as const;

/** Maximum_Advertising_Data_Length: what a set takes of each kind of data, in octets (Core Vol 4, Part E, 7.8.57). */
export const MAX_ADVERTISING_DATA = 1650;

const EMPTY = new Uint8Array(0);

/** Advertising, scan response or periodic data, as a host brings it piece by piece: Core Vol 4, Part E, 7.8.54. */
export class FragmentedData {
  private data: Uint8Array = EMPTY;
  private whole = true;

  /** The octets that there are so far. Not to be changed. */
  get octets(): Uint8Array {
    return this.data;
  }

  get length(): number {
    return this.data.length;
  }

  /** False between a first fragment and the last. */
  get complete(): boolean {
    return this.whole;
  }

  clear(): void {
    this.data = EMPTY;
    this.whole = true;
  }

  /**
   * Takes a fragment, copied.
   * @param operation one of {@link DataOperation}, without `unchanged`
   * @returns false when it does not fit: all the data is gone then
   */
  add(operation: number, fragment: Uint8Array): boolean {
    const anew = operation === DataOperation.first || operation === DataOperation.complete;
    const before = anew ? EMPTY : this.data;
    if (before.length + fragment.length > MAX_ADVERTISING_DATA) {
      this.clear();
      return false;
    }
    const joined = new Uint8Array(before.length + fragment.length);
    joined.set(before);
    joined.set(fragment, before.length);
    this.data = joined;
    this.whole = operation === DataOperation.complete || operation === DataOperation.last;
    return true;
  }
}
