/** When and where in a capture something is. */
export interface Moment {
  /** Seconds since the first record. */
  readonly at: number;
  /** The number of the record, from 1. */
  readonly record: number;
}
