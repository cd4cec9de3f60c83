import type { leSetExtendedAdvertisingParametersV1 } from '../../../hci/commands/index.js';
import type { ParametersOf } from '../../../hci/definition.js';
import { AdvertisingPhy } from '../../air/advertising-airtime.js';
import { AdvertisingProperty, legacyProperties } from '../../link-layer/advertising-parameters.js';
import type { AdvertisingSet } from '../../link-layer/advertising-set.js';
import { DataOperation } from '../../link-layer/fragmented-data.js';
import type { LinkLayer } from '../../link-layer/link-layer.js';
import { HciStatus } from '../../link-layer/status.js';
import type { Personality } from '../personality.js';
import { needsPrivacy, ownAddressTypeKnown } from './checks.js';

/** What keeps the host from setting, filling and starting an advertising set: Core Vol 4, Part E, 7.8.53 to 7.8.56. */

/** The highest Advertising_Handle. */
export const MAX_HANDLE = 0xef;
const MAX_LEGACY_DATA = 31;
const KNOWN_PROPERTIES = 0x7f;
const NO_PREFERENCE = 127;

/** The power that a set sends with: what the host permits at most, as far as the radio can. */
export function selectTxPower(requested: number, personality: Personality): number {
  const { txPower, txPowerRange } = personality;
  if (requested === NO_PREFERENCE) return txPower;
  return Math.max(txPowerRange?.min ?? txPower, Math.min(requested, txPower));
}

export type ParametersV1 = ParametersOf<typeof leSetExtendedAdvertisingParametersV1>;

/** Advertising_Event_Properties that describe a kind of event which there is: 7.8.53. */
function propertiesValid(properties: number): boolean {
  if (properties & AdvertisingProperty.legacy) return legacyProperties.includes(properties);
  const { connectable, scannable, highDuty, anonymous } = AdvertisingProperty;
  if ((properties & ~KNOWN_PROPERTIES) !== 0 || properties & highDuty) return false;
  const inviting = properties & (connectable | scannable);
  if (inviting === (connectable | scannable)) return false;
  // Without an address nobody can answer.
  return inviting === 0 || (properties & anonymous) === 0;
}

/** The status that refuses the parameters of a set, or success: 7.8.53. */
export function checkParameters(p: ParametersV1, linkLayer: LinkLayer): number {
  const { phys } = linkLayer;
  const properties = p.advertisingEventProperties;
  const legacy = (properties & AdvertisingProperty.legacy) !== 0;
  const { primaryAdvertisingPhy: primary, secondaryAdvertisingPhy: secondary } = p;
  const highDuty = (properties & AdvertisingProperty.highDuty) !== 0;
  const { primaryAdvertisingIntervalMin: min, primaryAdvertisingIntervalMax: max } = p;
  const valid =
    p.advertisingHandle <= MAX_HANDLE &&
    propertiesValid(properties) &&
    (highDuty || (min >= 0x20 && min <= max)) &&
    p.primaryAdvertisingChannelMap >= 1 &&
    p.primaryAdvertisingChannelMap <= 7 &&
    ownAddressTypeKnown(p.ownAddressType) &&
    p.peerAddressType <= 1 &&
    p.advertisingFilterPolicy <= 3 &&
    (p.advertisingTxPower <= 20 || p.advertisingTxPower === 127) &&
    p.advertisingTxPower >= -127 &&
    p.advertisingSid <= 0x0f &&
    p.scanRequestNotificationEnable <= 1 &&
    primary !== AdvertisingPhy.le2M &&
    (!legacy || primary === AdvertisingPhy.le1M);
  if (!valid) return HciStatus.invalidParameters;
  // With legacy PDUs there is no secondary PHY.
  if (!isSupported(primary, phys) || (!legacy && !isSupported(secondary, phys))) {
    return HciStatus.unsupportedFeatureOrParameterValue;
  }
  return needsPrivacy(linkLayer, p.ownAddressType)
    ? HciStatus.unsupportedFeatureOrParameterValue
    : HciStatus.success;
}

function isSupported(phy: number, phys: number): boolean {
  return phy >= 1 && phy <= 3 && ((phys >> (phy - 1)) & 1) === 1;
}

/** LE Coded with the coding that the host asks for; S=8 where it has no preference. */
export function withCoding(phy: number, options: number): number {
  const wantsS2 = options === 1 || options === 3;
  return phy === AdvertisingPhy.leCodedS8 && wantsS2 ? AdvertisingPhy.leCodedS2 : phy;
}

/** Whether what a set holds goes with parameters that it is to have: 7.8.53. */
export function checkContents(set: AdvertisingSet, properties: number): number {
  const { data, response } = set;
  if (properties & AdvertisingProperty.legacy) {
    const tooLong = data.length > MAX_LEGACY_DATA || response.length > MAX_LEGACY_DATA;
    const directed = (properties & AdvertisingProperty.directed) !== 0;
    return tooLong || (directed && data.length > 0) ? HciStatus.invalidParameters : HciStatus.success;
  }
  const scannable = (properties & AdvertisingProperty.scannable) !== 0;
  return scannable && data.length > 0 ? HciStatus.invalidParameters : HciStatus.success;
}

/** The status that refuses advertising data, or success: 7.8.54. */
export function checkData(set: AdvertisingSet, operation: number, length: number): number {
  const { parameters } = set;
  const unchanged = operation === DataOperation.unchanged;
  const fragment = operation !== DataOperation.complete && !unchanged;
  if (operation > DataOperation.unchanged) return HciStatus.invalidParameters;
  if (set.legacyPdus) {
    const takesData = (parameters.properties & AdvertisingProperty.directed) === 0;
    if (!takesData || operation !== DataOperation.complete || length > MAX_LEGACY_DATA) {
      return HciStatus.invalidParameters;
    }
  } else if (set.scannable) return HciStatus.invalidParameters;
  if (unchanged && (!set.enabled || set.data.length === 0 || length > 0)) return HciStatus.invalidParameters;
  if (fragment && length === 0) return HciStatus.invalidParameters;
  return set.enabled && fragment ? HciStatus.commandDisallowed : HciStatus.success;
}

/** The status that refuses scan response data, or success: 7.8.55. */
export function checkResponse(set: AdvertisingSet, operation: number, length: number): number {
  if (operation > DataOperation.complete) return HciStatus.invalidParameters;
  const complete = operation === DataOperation.complete;
  // Data can always be thrown away, whatever the set is.
  if (!set.scannable && !(complete && length === 0)) return HciStatus.invalidParameters;
  if (set.legacyPdus && (!complete || length > MAX_LEGACY_DATA)) return HciStatus.invalidParameters;
  if (!complete && length === 0) return HciStatus.invalidParameters;
  if (!set.enabled) return HciStatus.success;
  const wouldBeEmpty = set.scannable && !set.legacyPdus && length === 0;
  return complete && !wouldBeEmpty ? HciStatus.success : HciStatus.commandDisallowed;
}

/** The status that keeps a set from advertising, or success: 7.8.56. */
export function checkEnable(linkLayer: LinkLayer, set: AdvertisingSet, duration: number): number {
  if (!set.data.complete || !set.response.complete) return HciStatus.commandDisallowed;
  if (!set.legacyPdus) {
    if (set.scannable && set.response.length === 0) return HciStatus.commandDisallowed;
    if (set.connectable && !set.fitsOnePdu) return HciStatus.invalidParameters;
    if (!set.dataFits(set.parameters)) return HciStatus.packetTooLong;
  }
  if (set.highDuty && (duration === 0 || duration > 128)) return HciStatus.invalidParameters;
  const { ownAddressType, peer } = set.parameters;
  if (!linkLayer.addresses.own(ownAddressType, peer, set.randomAddress)) {
    return HciStatus.invalidParameters;
  }
  if (set.connectable && !linkLayer.hasRoomForConnection) return HciStatus.connectionLimitExceeded;
  return HciStatus.success;
}
