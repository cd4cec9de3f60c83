import {
  leSetPeriodicAdvertisingData,
  leSetPeriodicAdvertisingEnable,
  leSetPeriodicAdvertisingParametersV1,
  leSetPeriodicAdvertisingParametersV2,
} from '../../../hci/commands/index.js';
import type { ParametersOf } from '../../../hci/definition.js';
import { AdvertisingProperty } from '../../link-layer/advertising-parameters.js';
import type { AdvertisingSet } from '../../link-layer/advertising-set.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { DataOperation } from '../../link-layer/fragmented-data.js';
import type { LinkLayer } from '../../link-layer/link-layer.js';
import { PERIODIC_TX_POWER, PeriodicAdvertising } from '../../link-layer/periodic-advertising.js';
import type { SubeventPlan } from '../../link-layer/periodic-host.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';

const periodic = { feature: LeFeature.lePeriodicAdvertising };
const MAX_HANDLE = 0xef;
const ENABLE = 1;
const WITH_ADI = 2;

/** Whether a set may have periodic advertising: extended, with an address, inviting nobody (7.8.61). */
function mayBePeriodic({ parameters }: AdvertisingSet): boolean {
  const { connectable, scannable, legacy, anonymous } = AdvertisingProperty;
  return (parameters.properties & (connectable | scannable | legacy | anonymous)) === 0;
}

type Parameters = ParametersOf<typeof leSetPeriodicAdvertisingParametersV1>;
type Subevents = Omit<ParametersOf<typeof leSetPeriodicAdvertisingParametersV2>, 'advertisingHandle'>;

/** What both versions do: 7.8.61. @returns the status */
function setParameters(linkLayer: LinkLayer, p: Parameters, subevents: SubeventPlan | undefined): number {
  const { periodicAdvertisingIntervalMin: intervalMin, periodicAdvertisingIntervalMax: intervalMax } = p;
  const { periodicAdvertisingProperties: properties } = p;
  if (p.advertisingHandle > MAX_HANDLE || intervalMin < 0x0006 || intervalMin > intervalMax) {
    return HciStatus.invalidParameters;
  }
  if (properties & ~PERIODIC_TX_POWER) return HciStatus.invalidParameters;
  const set = linkLayer.advertiser.get(p.advertisingHandle);
  if (!set) return HciStatus.unknownAdvertisingIdentifier;
  if (!mayBePeriodic(set)) return HciStatus.invalidParameters;
  if (set.periodic?.enabled) return HciStatus.commandDisallowed;
  const parameters = { intervalMin, intervalMax, properties, subevents };
  if (!subevents && set.periodic?.fits(set.periodic.data.octets, parameters) === false)
    return HciStatus.packetTooLong;
  if (set.periodic) set.periodic.parameters = parameters;
  else set.periodic = new PeriodicAdvertising(linkLayer, set, parameters);
  return HciStatus.success;
}

/** Subevents that keep the ranges, and the rules between them; `undefined` when they do not: 7.8.61. */
function planOf(p: Subevents): SubeventPlan | undefined {
  const { numSubevents, subeventInterval, numResponseSlots } = p;
  if (numSubevents > 0x80 || subeventInterval < 0x06) return undefined;
  if (numSubevents * subeventInterval > p.periodicAdvertisingIntervalMin) return undefined;
  if (numResponseSlots === 0) {
    return { numSubevents, subeventInterval, numResponseSlots, responseSlotDelay: 0, responseSlotSpacing: 0 };
  }
  const { responseSlotDelay } = p;
  if (responseSlotDelay === 0 || responseSlotDelay >= subeventInterval) return undefined;
  // One slot is at no distance from another.
  const responseSlotSpacing = numResponseSlots === 1 ? 0 : p.responseSlotSpacing;
  if (numResponseSlots > 1 && responseSlotSpacing < 0x02) return undefined;
  if (responseSlotSpacing * numResponseSlots > 10 * (subeventInterval - responseSlotDelay)) return undefined;
  return { numSubevents, subeventInterval, numResponseSlots, responseSlotDelay, responseSlotSpacing };
}

/** The status that refuses periodic advertising data, or success: 7.8.62. */
function checkData(train: PeriodicAdvertising, operation: number, data: Uint8Array): number {
  const unchanged = operation === DataOperation.unchanged;
  const fragment = operation !== DataOperation.complete && !unchanged;
  if (operation > DataOperation.unchanged) return HciStatus.invalidParameters;
  if (unchanged) {
    const makesSense = train.enabled && train.includesAdi && train.data.length > 0 && data.length === 0;
    return makesSense ? HciStatus.success : HciStatus.invalidParameters;
  }
  if (fragment && data.length === 0) return HciStatus.invalidParameters;
  if (fragment && train.enabled) return HciStatus.commandDisallowed;
  const continues = operation === DataOperation.intermediate || operation === DataOperation.last;
  if (continues && train.data.complete) return HciStatus.commandDisallowed;
  return train.enabled && !train.fits(data) ? HciStatus.packetTooLong : HciStatus.success;
}

/** Periodic advertising: Core Vol 4, Part E, 7.8.61 to 7.8.63. */
export const periodicAdvertisingCommands: readonly CommandHandler[] = [
  implement(
    leSetPeriodicAdvertisingParametersV1,
    ({ linkLayer }, p) => {
      const status = setParameters(linkLayer, p, undefined);
      return status === HciStatus.success ? {} : status;
    },
    periodic,
  ),
  implement(
    leSetPeriodicAdvertisingParametersV2,
    ({ linkLayer }, { advertisingHandle, ...p }) => {
      // Without subevents the rest says nothing.
      const plan = p.numSubevents === 0 ? undefined : planOf(p);
      if (p.numSubevents > 0 && !plan) return HciStatus.invalidParameters;
      const status = setParameters(linkLayer, { advertisingHandle, ...p }, plan);
      return status === HciStatus.success ? { advertisingHandle } : status;
    },
    { feature: LeFeature.periodicAdvertisingWithResponsesAdvertiser },
  ),
  implement(
    leSetPeriodicAdvertisingData,
    ({ linkLayer }, { advertisingHandle, operation, advertisingData }) => {
      if (advertisingHandle > MAX_HANDLE) return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      // The data of subevents is asked for.
      if (!set.periodic || set.periodic.parameters.subevents) return HciStatus.commandDisallowed;
      const status = checkData(set.periodic, operation, advertisingData);
      if (status !== HciStatus.success) return status;
      if (operation !== DataOperation.unchanged && !set.periodic.data.add(operation, advertisingData)) {
        return HciStatus.memoryCapacityExceeded;
      }
      set.periodic.dataChanged();
      return {};
    },
    periodic,
  ),
  implement(
    leSetPeriodicAdvertisingEnable,
    ({ linkLayer, personality }, { enable, advertisingHandle }) => {
      if (advertisingHandle > MAX_HANDLE || enable > (ENABLE | WITH_ADI)) return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      if ((enable & ENABLE) === 0) {
        set.periodic?.stop();
        return {};
      }
      const withAdi = (enable & WITH_ADI) !== 0;
      if (withAdi && !supports(personality.leFeatures, LeFeature.periodicAdvertisingAdiSupport)) {
        return HciStatus.unsupportedFeatureOrParameterValue;
      }
      if (!set.periodic || !mayBePeriodic(set)) return HciStatus.commandDisallowed;
      if (set.periodic.parameters.subevents) {
        if (withAdi) return HciStatus.unsupportedFeatureOrParameterValue;
      } else if (!set.periodic.data.complete) return HciStatus.commandDisallowed;
      else if (!set.periodic.fits(set.periodic.data.octets)) return HciStatus.packetTooLong;
      set.periodic.enable(withAdi);
      return {};
    },
    periodic,
  ),
];
