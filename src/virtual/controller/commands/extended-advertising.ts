import { Address } from '../../../core/address.js';
import {
  leClearAdvertisingSets,
  leReadMaximumAdvertisingDataLength,
  leReadNumberOfSupportedAdvertisingSets,
  leRemoveAdvertisingSet,
  leSetAdvertisingSetRandomAddress,
  leSetExtendedAdvertisingData,
  leSetExtendedAdvertisingEnable,
  leSetExtendedAdvertisingParametersV1,
  leSetExtendedAdvertisingParametersV2,
  leSetExtendedScanResponseData,
} from '../../../hci/commands/index.js';
import type { ParametersOf } from '../../../hci/definition.js';
import { AdvertisingPhy } from '../../air/advertising-airtime.js';
import {
  type AdvertisingParameters,
  AdvertisingProperty,
  legacyProperties,
} from '../../link-layer/advertising-parameters.js';
import type { AdvertisingSet } from '../../link-layer/advertising-set.js';
import { LeFeature } from '../../link-layer/features.js';
import { DataOperation, MAX_ADVERTISING_DATA } from '../../link-layer/fragmented-data.js';
import type { LinkLayer } from '../../link-layer/link-layer.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { needsResolving, ownAddressTypeKnown } from './checks.js';

const extended = { feature: LeFeature.leExtendedAdvertising };
const MAX_HANDLE = 0xef;
const MAX_LEGACY_DATA = 31;
const KNOWN_PROPERTIES = 0x7f;

type ParametersV1 = ParametersOf<typeof leSetExtendedAdvertisingParametersV1>;

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
function checkParameters(p: ParametersV1, phys: number): number {
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
  return needsResolving(p.ownAddressType) ? HciStatus.unsupportedFeatureOrParameterValue : HciStatus.success;
}

function isSupported(phy: number, phys: number): boolean {
  return phy >= 1 && phy <= 3 && ((phys >> (phy - 1)) & 1) === 1;
}

/** LE Coded with the coding that the host asks for; S=8 where it has no preference. */
function withCoding(phy: number, options: number): number {
  const wantsS2 = options === 1 || options === 3;
  return phy === AdvertisingPhy.leCodedS8 && wantsS2 ? AdvertisingPhy.leCodedS2 : phy;
}

/** Whether what a set holds goes with parameters that it is to have: 7.8.53. */
function checkContents(set: AdvertisingSet, properties: number): number {
  const { data, response } = set;
  if (properties & AdvertisingProperty.legacy) {
    const tooLong = data.length > MAX_LEGACY_DATA || response.length > MAX_LEGACY_DATA;
    const directed = (properties & AdvertisingProperty.directed) !== 0;
    return tooLong || (directed && data.length > 0) ? HciStatus.invalidParameters : HciStatus.success;
  }
  const scannable = (properties & AdvertisingProperty.scannable) !== 0;
  return scannable && data.length > 0 ? HciStatus.invalidParameters : HciStatus.success;
}

function setParameters(
  { linkLayer, personality }: CommandContext,
  p: ParametersV1,
  primaryOptions: number,
  secondaryOptions: number,
): number | { selectedTxPower: number } {
  const refused = checkParameters(p, linkLayer.phys);
  if (refused !== HciStatus.success) return refused;
  const properties = p.advertisingEventProperties;
  const known = linkLayer.advertiser.get(p.advertisingHandle);
  if (known?.enabled) return HciStatus.commandDisallowed;
  // A train goes on while its set is off, and is what it was.
  if (known?.periodic?.enabled) {
    const fits = (properties & ~AdvertisingProperty.txPower & ~AdvertisingProperty.directed) === 0;
    const samePhy = p.secondaryAdvertisingPhy === Math.min(known.parameters.secondaryPhy, 3);
    if (!fits || !samePhy) return HciStatus.commandDisallowed;
  }
  const contents = known ? checkContents(known, properties) : HciStatus.success;
  if (contents !== HciStatus.success) return contents;
  const parameters: AdvertisingParameters = {
    properties,
    intervalMin: p.primaryAdvertisingIntervalMin,
    intervalMax: p.primaryAdvertisingIntervalMax,
    ownAddressType: p.ownAddressType,
    peer: new Address(p.peerAddress, p.peerAddressType),
    channelMap: p.primaryAdvertisingChannelMap,
    filterPolicy: p.advertisingFilterPolicy,
    primaryPhy: withCoding(p.primaryAdvertisingPhy, primaryOptions),
    secondaryPhy: withCoding(p.secondaryAdvertisingPhy, secondaryOptions),
    sid: p.advertisingSid,
    notifyScanRequests: p.scanRequestNotificationEnable === 1,
  };
  if (known?.dataFits(parameters) === false) return HciStatus.packetTooLong;
  const set = linkLayer.advertiser.make(p.advertisingHandle);
  if (!set) return HciStatus.memoryCapacityExceeded;
  set.parameters = parameters;
  return { selectedTxPower: personality.txPower };
}

/** The status that refuses advertising data, or success: 7.8.54. */
function checkData(set: AdvertisingSet, operation: number, length: number): number {
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
function checkResponse(set: AdvertisingSet, operation: number, length: number): number {
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
function checkEnable(linkLayer: LinkLayer, set: AdvertisingSet, duration: number): number {
  if (!set.data.complete || !set.response.complete) return HciStatus.commandDisallowed;
  if (!set.legacyPdus) {
    if (set.scannable && set.response.length === 0) return HciStatus.commandDisallowed;
    if (set.connectable && !set.fitsOnePdu) return HciStatus.invalidParameters;
    if (!set.dataFits(set.parameters)) return HciStatus.packetTooLong;
  }
  if (set.highDuty && (duration === 0 || duration > 128)) return HciStatus.invalidParameters;
  if (!linkLayer.ownAddress(set.parameters.ownAddressType, false, set.randomAddress)) {
    return HciStatus.invalidParameters;
  }
  if (set.connectable && !linkLayer.hasRoomForConnection) return HciStatus.connectionLimitExceeded;
  return HciStatus.success;
}

type Enable = ParametersOf<typeof leSetExtendedAdvertisingEnable>;

function enableSets({ linkLayer }: CommandContext, { enable, sets }: Enable): number {
  const { advertiser } = linkLayer;
  if (enable > 1 || sets.length > advertiser.capacity) return HciStatus.invalidParameters;
  if (enable === 0 && sets.length === 0) {
    for (const set of advertiser.sets) set.disable();
    return HciStatus.success;
  }
  if (sets.length === 0) return HciStatus.invalidParameters;
  if (new Set(sets.map((one) => one.advertisingHandle)).size !== sets.length) {
    return HciStatus.invalidParameters;
  }
  if (sets.some((one) => one.advertisingHandle > MAX_HANDLE)) return HciStatus.invalidParameters;
  if (sets.some((one) => !advertiser.get(one.advertisingHandle))) {
    return HciStatus.unknownAdvertisingIdentifier;
  }
  if (enable === 0) {
    for (const one of sets) advertiser.get(one.advertisingHandle)!.disable();
    return HciStatus.success;
  }
  for (const one of sets) {
    const status = checkEnable(linkLayer, advertiser.get(one.advertisingHandle)!, one.duration);
    if (status !== HciStatus.success) return status;
  }
  for (const one of sets) {
    const set = advertiser.get(one.advertisingHandle)!;
    const own = linkLayer.ownAddress(set.parameters.ownAddressType, false, set.randomAddress)!;
    set.enable(own, { duration: one.duration * 10_000, maxEvents: one.maxExtendedAdvertisingEvents });
  }
  return HciStatus.success;
}

/** A status as a result without return parameters. */
function result(status: number): number | Record<never, never> {
  return status === HciStatus.success ? {} : status;
}

/** Extended advertising: Core Vol 4, Part E, 7.8.52 to 7.8.60. */
export const extendedAdvertisingCommands: readonly CommandHandler[] = [
  implement(
    leSetAdvertisingSetRandomAddress,
    ({ linkLayer }, { advertisingHandle, randomAddress }) => {
      if (advertisingHandle > MAX_HANDLE) return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      if (set.enabled && set.connectable) return HciStatus.commandDisallowed;
      set.randomAddress = randomAddress;
      return {};
    },
    extended,
  ),
  implement(leSetExtendedAdvertisingParametersV1, (context, p) => setParameters(context, p, 0, 0), extended),
  implement(
    leSetExtendedAdvertisingParametersV2,
    (context, p) => {
      const { primaryAdvertisingPhyOptions: primary, secondaryAdvertisingPhyOptions: secondary } = p;
      if (primary > 4 || secondary > 4) return HciStatus.invalidParameters;
      return setParameters(context, p, primary, secondary);
    },
    { feature: LeFeature.advertisingCodingSelection },
  ),
  implement(
    leSetExtendedAdvertisingData,
    ({ linkLayer }, { advertisingHandle, operation, fragmentPreference, advertisingData }) => {
      if (advertisingHandle > MAX_HANDLE || fragmentPreference > 1) return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      const status = checkData(set, operation, advertisingData.length);
      if (status !== HciStatus.success) return status;
      return result(takeData(set, set.data, operation, advertisingData));
    },
    extended,
  ),
  implement(
    leSetExtendedScanResponseData,
    ({ linkLayer }, { advertisingHandle, operation, fragmentPreference, scanResponseData }) => {
      if (advertisingHandle > MAX_HANDLE || fragmentPreference > 1) return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      const status = checkResponse(set, operation, scanResponseData.length);
      if (status !== HciStatus.success) return status;
      return result(takeData(set, set.response, operation, scanResponseData));
    },
    extended,
  ),
  implement(
    leSetExtendedAdvertisingEnable,
    (context, parameters) => result(enableSets(context, parameters)),
    extended,
  ),
  implement(
    leReadMaximumAdvertisingDataLength,
    () => ({ maxAdvertisingDataLength: MAX_ADVERTISING_DATA }),
    extended,
  ),
  implement(
    leReadNumberOfSupportedAdvertisingSets,
    ({ linkLayer }) => ({ numSupportedAdvertisingSets: linkLayer.advertiser.capacity }),
    extended,
  ),
  implement(
    leRemoveAdvertisingSet,
    ({ linkLayer }, { advertisingHandle }) => {
      if (advertisingHandle > MAX_HANDLE) return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      if (set.enabled || set.periodic?.enabled) return HciStatus.commandDisallowed;
      linkLayer.advertiser.remove(advertisingHandle);
      return {};
    },
    extended,
  ),
  implement(
    leClearAdvertisingSets,
    ({ linkLayer }) => {
      for (const set of linkLayer.advertiser.sets) {
        if (set.enabled || set.periodic?.enabled) return HciStatus.commandDisallowed;
      }
      linkLayer.advertiser.clear();
      return {};
    },
    extended,
  ),
];

/** Takes data that is permitted; gives the status. */
function takeData(
  set: AdvertisingSet,
  data: AdvertisingSet['data'],
  operation: number,
  fragment: Uint8Array,
): number {
  if (operation === DataOperation.unchanged) {
    set.dataChanged();
    return HciStatus.success;
  }
  // A fragment that follows nothing.
  const continues = operation === DataOperation.intermediate || operation === DataOperation.last;
  if (continues && data.complete) return HciStatus.commandDisallowed;
  if (set.enabled && !set.legacyPdus) {
    const refused = set.checkNewData(data, fragment);
    if (refused !== HciStatus.success) return refused;
  }
  if (!data.add(operation, fragment)) return HciStatus.memoryCapacityExceeded;
  set.dataChanged();
  return HciStatus.success;
}
