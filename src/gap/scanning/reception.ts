import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';

/** How trains are received that a peer tells of: Core Vol 4, Part E, 7.8.91. */
export interface SyncTransferOptions {
  /** Events that may be passed over after one that was received, 0–499; 0. */
  readonly skip?: number;
  /** How long nothing may come before the train is lost, in milliseconds, 100–163840; 2000. */
  readonly syncTimeoutMs?: number;
}

/** How a train is received, as the commands say it. */
export interface Reception {
  readonly skip: number;
  /** In units of 10 ms. */
  readonly syncTimeout: number;
}

/** How trains are received. @throws {RangeError} naming what is not permitted */
export function reception({ skip = 0, syncTimeoutMs = 2000 }: SyncTransferOptions): Reception {
  return {
    skip: checkInteger('skip', skip, 0, 499),
    syncTimeout: Math.round(checkNumber('syncTimeoutMs', syncTimeoutMs, 100, 163_840, 'ms') / 10),
  };
}

/** The same of options for trains that a peer tells of. */
export function transferReception(options: SyncTransferOptions): Reception {
  checkKeys('receivePeriodicSyncs', options, ['skip', 'syncTimeoutMs']);
  return reception(options);
}
