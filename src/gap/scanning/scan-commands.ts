import {
  leSetExtendedScanEnable,
  leSetExtendedScanParameters,
  leSetScanEnable,
  leSetScanParameters,
} from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';

/** A primary PHY that can be scanned. */
export type ScanPhy = '1M' | 'coded';

/** How to scan, as the commands of both kinds say it. */
export interface ScanSettings {
  /** LE_Scan_Type: 0 passive, 1 active. */
  readonly scanType: number;
  /** In units of 0.625 ms. */
  readonly interval: number;
  readonly window: number;
  /** Legacy commands have LE 1M only. */
  readonly phys: readonly ScanPhy[];
  readonly ownAddressType: number;
  readonly filterPolicy: number;
}

/** The commands that scan: legacy or extended ones, which a controller does not take side by side (Core Vol 4, Part E, 3.1.1). */
export interface ScanCommands {
  /** Says how to scan; disallowed while the controller does. */
  prepare(settings: ScanSettings): Promise<unknown>;
  /** @param filterDuplicates whether each advertiser is to be reported once */
  start(filterDuplicates: boolean): Promise<unknown>;
  stop(): Promise<unknown>;
}

/** Core Vol 4, Part E, 7.8.10 and 7.8.11. */
export function legacyScan(host: HciHost): ScanCommands {
  return {
    prepare: ({ scanType, interval, window, ownAddressType, filterPolicy }) =>
      host.send(leSetScanParameters, {
        leScanType: scanType,
        leScanInterval: interval,
        leScanWindow: window,
        ownAddressType,
        scanningFilterPolicy: filterPolicy,
      }),
    start: (filterDuplicates) =>
      host.send(leSetScanEnable, { leScanEnable: 1, filterDuplicates: filterDuplicates ? 1 : 0 }),
    stop: () => host.send(leSetScanEnable, { leScanEnable: 0, filterDuplicates: 0 }),
  };
}

const phyNumbers = { '1M': 1, coded: 3 } as const;

/** Core Vol 4, Part E, 7.8.64 and 7.8.65: until it is stopped; durations and periods are each scan's own, and kept by the host. */
export function extendedScan(host: HciHost): ScanCommands {
  const enable = (on: 0 | 1, filterDuplicates: boolean) =>
    host.send(leSetExtendedScanEnable, {
      enable: on,
      filterDuplicates: filterDuplicates ? 1 : 0,
      duration: 0,
      period: 0,
    });
  return {
    prepare: ({ scanType, interval, window, ownAddressType, filterPolicy, phys }) =>
      host.send(leSetExtendedScanParameters, {
        ownAddressType,
        scanningFilterPolicy: filterPolicy,
        scanningPhys: phys.map((phy) => ({
          phy: phyNumbers[phy],
          scanType,
          scanInterval: interval,
          scanWindow: window,
        })),
      }),
    start: (filterDuplicates) => enable(1, filterDuplicates),
    stop: () => enable(0, false),
  };
}
