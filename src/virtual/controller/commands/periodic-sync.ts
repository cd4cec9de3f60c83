import { Address } from '../../../core/address.js';
import {
  leAddDeviceToPeriodicAdvertiserList,
  leClearPeriodicAdvertiserList,
  lePeriodicAdvertisingCreateSync,
  lePeriodicAdvertisingCreateSyncCancel,
  lePeriodicAdvertisingTerminateSync,
  leReadPeriodicAdvertiserListSize,
  leRemoveDeviceFromPeriodicAdvertiserList,
  leSetPeriodicAdvertisingReceiveEnable,
} from '../../../hci/commands/index.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { syncTimesValid } from './checks.js';

const periodic = { feature: LeFeature.lePeriodicAdvertising };
const MAX_SID = 0x0f;
/** Bits of Options: Core Vol 4, Part E, 7.8.67. */
const Option = { useList: 1, reportsDisabled: 2, filterDuplicates: 4 } as const;
const ALL_CTE_TYPES = 0x1f;
/** Bits of Enable: Core Vol 4, Part E, 7.8.88. */
const REPORTS = 1;
const FILTER_DUPLICATES = 2;

function hasAdi({ personality }: CommandContext): boolean {
  return supports(personality.leFeatures, LeFeature.periodicAdvertisingAdiSupport);
}

interface ListEntry {
  readonly advertiserAddressType: number;
  readonly advertisingSid: number;
}

function isListable({ advertiserAddressType, advertisingSid }: ListEntry): boolean {
  return advertiserAddressType <= 1 && advertisingSid <= MAX_SID;
}

/** The reception of periodic advertising: Core Vol 4, Part E, 7.8.67 to 7.8.73 and 7.8.88. */
export const periodicSyncCommands: readonly CommandHandler[] = [
  implement(
    lePeriodicAdvertisingCreateSync,
    (context, p) => {
      const { synchroniser } = context.linkLayer;
      const useList = (p.options & Option.useList) !== 0;
      const filterDuplicates = (p.options & Option.filterDuplicates) !== 0;
      if (p.options > 7 || p.syncCteType > ALL_CTE_TYPES || !syncTimesValid(p.skip, p.syncTimeout)) {
        return HciStatus.invalidParameters;
      }
      if (!useList && (p.advertisingSid > MAX_SID || p.advertiserAddressType > 1)) {
        return HciStatus.invalidParameters;
      }
      if (filterDuplicates && !hasAdi(context)) return HciStatus.unsupportedFeatureOrParameterValue;
      if (synchroniser.pending) return HciStatus.commandDisallowed;
      const address = new Address(p.advertiserAddress, p.advertiserAddressType);
      if (!useList && synchroniser.receives(address, p.advertisingSid)) {
        return HciStatus.connectionAlreadyExists;
      }
      if (synchroniser.isFull) return HciStatus.memoryCapacityExceeded;
      synchroniser.create({
        advertiser: useList ? undefined : { address, sid: p.advertisingSid },
        skip: p.skip,
        timeout: p.syncTimeout,
        cteType: p.syncCteType,
        reports: (p.options & Option.reportsDisabled) === 0,
        filterDuplicates,
      });
      return HciStatus.success;
    },
    periodic,
  ),
  implement(
    lePeriodicAdvertisingCreateSyncCancel,
    ({ linkLayer: { synchroniser } }) => {
      if (!synchroniser.pending) return HciStatus.commandDisallowed;
      synchroniser.cancel();
      return {};
    },
    periodic,
  ),
  implement(
    lePeriodicAdvertisingTerminateSync,
    ({ linkLayer: { synchroniser } }, { syncHandle }) => {
      if (synchroniser.pending) return HciStatus.commandDisallowed;
      const sync = synchroniser.get(syncHandle & 0x0fff);
      if (!sync) return HciStatus.unknownAdvertisingIdentifier;
      synchroniser.terminate(sync);
      return {};
    },
    periodic,
  ),
  implement(
    leSetPeriodicAdvertisingReceiveEnable,
    (context, { syncHandle, enable }) => {
      if (enable > (REPORTS | FILTER_DUPLICATES)) return HciStatus.invalidParameters;
      const filterDuplicates = (enable & FILTER_DUPLICATES) !== 0;
      if (filterDuplicates && !hasAdi(context)) return HciStatus.unsupportedFeatureOrParameterValue;
      const sync = context.linkLayer.synchroniser.get(syncHandle & 0x0fff);
      if (!sync) return HciStatus.unknownAdvertisingIdentifier;
      sync.setReports((enable & REPORTS) !== 0, filterDuplicates);
      return {};
    },
    periodic,
  ),
  implement(
    leAddDeviceToPeriodicAdvertiserList,
    ({ linkLayer: { synchroniser } }, p) => {
      if (!isListable(p)) return HciStatus.invalidParameters;
      if (synchroniser.pending) return HciStatus.commandDisallowed;
      const { list } = synchroniser;
      if (list.has(new Address(p.advertiserAddress, p.advertiserAddressType), p.advertisingSid)) {
        return HciStatus.invalidParameters;
      }
      if (list.isFull) return HciStatus.memoryCapacityExceeded;
      list.add(p.advertiserAddressType, p.advertiserAddress, p.advertisingSid);
      return {};
    },
    periodic,
  ),
  implement(
    leRemoveDeviceFromPeriodicAdvertiserList,
    ({ linkLayer: { synchroniser } }, p) => {
      if (!isListable(p)) return HciStatus.invalidParameters;
      if (synchroniser.pending) return HciStatus.commandDisallowed;
      const { advertiserAddressType: type, advertiserAddress, advertisingSid } = p;
      const wasThere = synchroniser.list.remove(type, advertiserAddress, advertisingSid);
      return wasThere ? {} : HciStatus.unknownAdvertisingIdentifier;
    },
    periodic,
  ),
  implement(
    leClearPeriodicAdvertiserList,
    ({ linkLayer: { synchroniser } }) => {
      if (synchroniser.pending) return HciStatus.commandDisallowed;
      synchroniser.list.clear();
      return {};
    },
    periodic,
  ),
  implement(
    leReadPeriodicAdvertiserListSize,
    ({ linkLayer }) => ({ periodicAdvertiserListSize: linkLayer.synchroniser.list.capacity }),
    periodic,
  ),
];
