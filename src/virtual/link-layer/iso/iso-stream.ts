import type { DataPaths } from './data-paths.js';
import type { LinkQuality } from './link-quality.js';

/** What LE Read ISO TX Sync gives: Core Vol 4, Part E, 7.8.96. */
export interface TxSync {
  readonly packetSequenceNumber: number;
  /** µs */
  readonly txTimeStamp: number;
}

/** A stream of any kind, as the commands about data see it. */
export interface IsoStream {
  readonly handle: number;
  /** Whether PDUs go over it. */
  readonly isUp: boolean;
  /** Whether this end sends, and whether it receives. */
  readonly sends: boolean;
  readonly receives: boolean;
  readonly paths: DataPaths;
  readonly lastSent: TxSync | undefined;
  /** What it counts; `undefined` where there is nothing to count. */
  readonly quality: LinkQuality | undefined;
}
