import type { Address } from '../../core/address.js';
import { AdvertisingPhy, advertisingAirtime, T_MAFS } from '../air/advertising-airtime.js';
import { AdvMode, chainOf, type ExtendedPdu, extendedPayload, type SyncInfo } from '../air/extended-pdu.js';
import { type AdvertisingParameters, AdvertisingProperty } from './advertising-parameters.js';
import type { ExtendedTransmission } from './extended-owner.js';

const EMPTY = new Uint8Array(0);

/** What the PDUs of a set are made of. */
export interface ExtendedContents {
  readonly parameters: AdvertisingParameters;
  readonly own: Address;
  /** DID, twelve bits. */
  readonly did: number;
  /** dBm. */
  readonly txPower: number;
  readonly data: Uint8Array;
  /** Where its periodic advertising is, when that is on. */
  readonly syncInfo: SyncInfo | undefined;
  /** What its ACAD tells of the subevents of that, when it has some. */
  readonly timing: Uint8Array | undefined;
}

function modeOf(properties: number): number {
  if (properties & AdvertisingProperty.connectable) return AdvMode.connectable;
  return properties & AdvertisingProperty.scannable ? AdvMode.scannable : AdvMode.neither;
}

/** Extended PDUs of a set, by the tables of Core Vol 6, Part B, 2.3.1.5 and 2.3.1.6. */
export function extendedTransmission(
  contents: ExtendedContents,
  channels: readonly number[],
): ExtendedTransmission {
  const { parameters, own, data, syncInfo } = contents;
  const { properties, peer, primaryPhy, secondaryPhy } = parameters;
  const mode = modeOf(properties);
  const anonymous = (properties & AdvertisingProperty.anonymous) !== 0;
  const targetA = properties & AdvertisingProperty.directed ? peer : undefined;
  const txPower = properties & AdvertisingProperty.txPower ? contents.txPower : undefined;
  const common = { channels, primaryPhy, secondaryPhy };
  const needsAuxiliary = mode !== AdvMode.neither || anonymous || data.length > 0 || syncInfo !== undefined;
  if (!needsAuxiliary) {
    const indication = {
      mode,
      advA: own,
      targetA,
      adi: undefined,
      auxPtr: undefined,
      syncInfo: undefined,
      txPower,
      data: EMPTY,
    };
    return { ...common, indication, chain: [] };
  }
  const adi = (parameters.sid << 12) | contents.did;
  const indication: ExtendedPdu = {
    mode,
    advA: undefined,
    targetA: undefined,
    adi,
    auxPtr: { channel: 0, offset: 0, phy: secondaryPhy },
    syncInfo: undefined,
    txPower: undefined,
    data: EMPTY,
  };
  const advA = anonymous ? undefined : own;
  const head = { mode, advA, targetA, adi, syncInfo, txPower, acad: contents.timing };
  // Scannable advertising has its data in the scan response alone.
  const chain = chainOf(head, mode === AdvMode.scannable ? EMPTY : data, secondaryPhy);
  return { ...common, indication, chain };
}

/** AUX_SCAN_RSP and its AUX_CHAIN_INDs: Core Vol 6, Part B, 2.3.2.3. */
export function scanResponseChain(contents: ExtendedContents): ExtendedPdu[] {
  const { parameters, own, did } = contents;
  const adi = (parameters.sid << 12) | did;
  const withTxPower = (parameters.properties & AdvertisingProperty.txPower) !== 0;
  const txPower = withTxPower ? contents.txPower : undefined;
  const head = { mode: AdvMode.neither, advA: own, targetA: undefined, adi, syncInfo: undefined, txPower };
  return chainOf(head, contents.data, parameters.secondaryPhy);
}

/** µs from the start of a chain to its end, LE Coded with S=8 whatever its coding (Core Vol 4, Part E, 7.8.54). */
export function chainDuration(chain: readonly ExtendedPdu[], phy: number): number {
  const slowest = phy === AdvertisingPhy.leCodedS2 ? AdvertisingPhy.leCodedS8 : phy;
  let time = -T_MAFS;
  for (const pdu of chain) time += T_MAFS + advertisingAirtime(extendedPayload(pdu), slowest);
  return Math.max(0, time);
}

/** Whether a chain has room in the longest interval that the host permits: Core Vol 4, Part E, 7.8.53. */
export function chainFits(chain: readonly ExtendedPdu[], parameters: AdvertisingParameters): boolean {
  return chainDuration(chain, parameters.secondaryPhy) < parameters.intervalMax * 625;
}
