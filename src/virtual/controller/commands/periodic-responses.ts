import {
  leSetPeriodicAdvertisingResponseData,
  leSetPeriodicAdvertisingSubeventData,
  leSetPeriodicSyncSubevent,
} from '../../../hci/commands/index.js';
import { LeFeature } from '../../link-layer/features.js';
import { PERIODIC_TX_POWER } from '../../link-layer/periodic-advertising.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';

const advertiser = { feature: LeFeature.periodicAdvertisingWithResponsesAdvertiser };
const scanner = { feature: LeFeature.periodicAdvertisingWithResponsesScanner };
const MAX_HANDLE = 0xef;
const MAX_SUBEVENTS_WITH_DATA = 15;
const MAX_DATA = 251;
const MAX_SUBEVENTS = 0x80;

/** Periodic advertising with responses: Core Vol 4, Part E, 7.8.125 to 7.8.127. */
export const periodicResponseCommands: readonly CommandHandler[] = [
  implement(
    leSetPeriodicAdvertisingSubeventData,
    ({ linkLayer }, { advertisingHandle, subevents }) => {
      const count = subevents.length;
      const sized = subevents.every(({ subeventData }) => subeventData.length <= MAX_DATA);
      if (advertisingHandle > MAX_HANDLE || count === 0 || count > MAX_SUBEVENTS_WITH_DATA || !sized)
        return HciStatus.invalidParameters;
      const set = linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      const advertising = set.periodic?.withSubevents;
      if (!advertising) return HciStatus.commandDisallowed;
      const status = advertising.setData(subevents);
      return status === HciStatus.success ? { advertisingHandle } : status;
    },
    advertiser,
  ),
  implement(
    leSetPeriodicAdvertisingResponseData,
    ({ linkLayer }, { syncHandle, ...response }) => {
      const sync = linkLayer.synchroniser.get(syncHandle & 0x0fff);
      if (!sync) return HciStatus.unknownAdvertisingIdentifier;
      if (response.responseData.length > MAX_DATA) return HciStatus.invalidParameters;
      if (!sync.subevents) return HciStatus.commandDisallowed;
      const status = sync.subevents.respond(response);
      return status === HciStatus.success ? { syncHandle } : status;
    },
    scanner,
  ),
  implement(
    leSetPeriodicSyncSubevent,
    ({ linkLayer }, { syncHandle, periodicAdvertisingProperties: properties, subevents }) => {
      if (properties & ~PERIODIC_TX_POWER || subevents.length === 0 || subevents.length > MAX_SUBEVENTS)
        return HciStatus.invalidParameters;
      const sync = linkLayer.synchroniser.get(syncHandle & 0x0fff);
      if (!sync) return HciStatus.unknownAdvertisingIdentifier;
      if (!sync.subevents) return HciStatus.commandDisallowed;
      const { numSubevents } = sync.subevents.structure;
      if (!subevents.every((one) => one < numSubevents)) return HciStatus.unsupportedFeatureOrParameterValue;
      sync.subevents.choose(subevents, properties !== 0);
      return { syncHandle };
    },
    scanner,
  ),
];
