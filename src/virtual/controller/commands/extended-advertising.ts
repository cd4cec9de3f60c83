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
import { type AdvertisingParameters, AdvertisingProperty } from '../../link-layer/advertising-parameters.js';
import type { AdvertisingSet } from '../../link-layer/advertising-set.js';
import { LeFeature } from '../../link-layer/features.js';
import { DataOperation, MAX_ADVERTISING_DATA } from '../../link-layer/fragmented-data.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import {
  checkContents,
  checkData,
  checkEnable,
  checkParameters,
  checkResponse,
  MAX_HANDLE,
  type ParametersV1,
  selectTxPower,
  withCoding,
} from './advertising-set-checks.js';

const extended = { feature: LeFeature.leExtendedAdvertising };
function setParameters(
  { linkLayer, personality }: CommandContext,
  p: ParametersV1,
  primaryOptions: number,
  secondaryOptions: number,
): number | { selectedTxPower: number } {
  const refused = checkParameters(p, linkLayer);
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
  const txPower = selectTxPower(p.advertisingTxPower, personality);
  const parameters: AdvertisingParameters = {
    properties,
    intervalMin: p.primaryAdvertisingIntervalMin,
    intervalMax: p.primaryAdvertisingIntervalMax,
    ownAddressType: p.ownAddressType,
    peer: new Address(p.peerAddress, p.peerAddressType),
    channelMap: p.primaryAdvertisingChannelMap,
    filterPolicy: p.advertisingFilterPolicy,
    txPower,
    primaryPhy: withCoding(p.primaryAdvertisingPhy, primaryOptions),
    secondaryPhy: withCoding(p.secondaryAdvertisingPhy, secondaryOptions),
    sid: p.advertisingSid,
    notifyScanRequests: p.scanRequestNotificationEnable === 1,
  };
  if (known?.dataFits(parameters) === false) return HciStatus.packetTooLong;
  const set = linkLayer.advertiser.make(p.advertisingHandle);
  if (!set) return HciStatus.memoryCapacityExceeded;
  set.parameters = parameters;
  return { selectedTxPower: txPower };
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
    const { ownAddressType, peer } = set.parameters;
    const own = linkLayer.addresses.own(ownAddressType, peer, set.randomAddress)!;
    set.enable(own, { duration: one.duration * 10_000, maxEvents: one.maxExtendedAdvertisingEvents });
  }
  return HciStatus.success;
}

/** Whether a set may not be removed: it advertises, or a group belongs to it. */
function isInUse({ broadcaster }: CommandContext['linkLayer'], set: AdvertisingSet): boolean {
  return set.enabled || set.periodic?.enabled === true || broadcaster.isUsing(set);
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
      if (isInUse(linkLayer, set)) return HciStatus.commandDisallowed;
      linkLayer.advertiser.remove(advertisingHandle);
      return {};
    },
    extended,
  ),
  implement(
    leClearAdvertisingSets,
    ({ linkLayer }) => {
      for (const set of linkLayer.advertiser.sets) {
        if (isInUse(linkLayer, set)) return HciStatus.commandDisallowed;
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
