import { checkOneOf } from '../../core/check.js';

/** A PHY of a link. */
export type LinkPhy = '1M' | '2M' | 'coded';

/** The PHYs of a link, for each direction as this side sees it. */
export interface LinkPhys {
  readonly tx: LinkPhy;
  readonly rx: LinkPhy;
}

/** A PHY, with the coding of LE Coded. */
export type PhyAndCoding = '1M' | '2M' | 'codedS8' | 'codedS2';

/** What a peer is: Core Vol 4, Part E, 7.7.12. */
export interface RemoteVersion {
  /** The version of the Link Layer: 6 is 4.0, 9 is 5.0, 13 is 5.4 (assigned numbers, 2.1). */
  readonly version: number;
  /** Whose it is (assigned numbers, 7). */
  readonly companyIdentifier: number;
  readonly subversion: number;
}

/** What to ask for of subrating: Core Vol 6, Part B, 4.5.1. */
export interface SubrateOptions {
  /** The smallest factor, 1–500; 1. */
  readonly subrateMin?: number;
  /** The greatest factor, 1–500. */
  readonly subrateMax: number;
  /** Subrated events that the peripheral may sleep through, 0–499; 0. */
  readonly maxLatency?: number;
  /** Further events that are used after one with data, 0–499; 0. */
  readonly continuationNumber?: number;
  /** Milliseconds, 100–32000; 4000. */
  readonly supervisionTimeoutMs?: number;
}

/** The subrate of a link: Core Vol 4, Part E, 7.7.65.35. */
export interface Subrating {
  readonly factor: number;
  readonly latency: number;
  readonly continuationNumber: number;
  readonly supervisionTimeoutMs: number;
}

/** The zones of path loss, in dB: Core Vol 4, Part E, 7.8.119. */
export interface PathLossOptions {
  /** Above it begins the high zone. */
  readonly highThreshold: number;
  /** Below it begins the low zone. */
  readonly lowThreshold: number;
  /** What it has to be over or under a threshold; 0. */
  readonly highHysteresis?: number;
  readonly lowHysteresis?: number;
  /** Connection events that it has to stay in a zone before it is told; 1. */
  readonly minEvents?: number;
}

/** Core Vol 4, Part E, 7.7.65.32. */
export interface PathLossReport {
  /** In dB; `undefined` when the controller cannot tell. */
  readonly pathLoss: number | undefined;
  readonly zone: 'low' | 'middle' | 'high';
}

/** Core Vol 4, Part E, 7.7.65.33. */
export interface TxPowerReport {
  readonly side: 'local' | 'remote';
  readonly phy: PhyAndCoding | undefined;
  /** In dBm; `undefined` when the peer does not say it, or does not manage its power on this PHY. */
  readonly level: number | undefined;
  readonly atMinimum: boolean;
  readonly atMaximum: boolean;
  /** By how much it changed, in dB; `undefined` when that is not known. */
  readonly delta: number | undefined;
}

export const codings = { S2: 1, S8: 2 } as const;
export const physAndCodings = { '1M': 1, '2M': 2, codedS8: 3, codedS2: 4 } as const;

const phys: readonly LinkPhy[] = ['1M', '2M', 'coded'];

/** The name of a PHY as events carry it. */
export function phyName(code: number): LinkPhy {
  return phys[code - 1] ?? '1M';
}

/** The name of a PHY and its coding as events carry it. */
export function phyAndCodingName(code: number): PhyAndCoding | undefined {
  return (['1M', '2M', 'codedS8', 'codedS2'] as const)[code - 1];
}

/** A mask of PHYs; 0 where there is no wish. @throws {RangeError | TypeError} when it is no list of PHYs */
export function maskOf(option: string, wish: readonly LinkPhy[] | undefined): number {
  if (wish === undefined) return 0;
  if (!Array.isArray(wish) || wish.length === 0) throw new TypeError(`${option}: a list of PHYs is wanted`);
  return wish.reduce((mask, one) => mask | (1 << phys.indexOf(checkOneOf(option, one, phys))), 0);
}
