import {
  lePeriodicAdvertisingSetInfoTransfer,
  lePeriodicAdvertisingSyncTransfer,
  leSetDefaultPeriodicAdvertisingSyncTransferParameters,
  leSetPeriodicAdvertisingSyncTransferParameters,
} from '../../../hci/commands/index.js';
import { basePhy } from '../../air/advertising-airtime.js';
import { PeriodicTrain } from '../../air/periodic-train.js';
import { structureOctets } from '../../air/subevent-structure.js';
import type { SubeventTrain } from '../../air/subevent-train.js';
import type { Connection } from '../../link-layer/connection.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import {
  describeTrain,
  llPeriodicSyncInd,
  llPeriodicSyncWrInd,
  type TrainDescription,
  type TransferParameters,
} from '../../link-layer/sync-transfer.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { syncTimesValid } from './checks.js';
import { connectionOf } from './connections.js';

type Train = PeriodicTrain | SubeventTrain;

const sender = { feature: LeFeature.periodicAdvertisingSyncTransferSender };
const recipient = { feature: LeFeature.periodicAdvertisingSyncTransferRecipient };
const REPORTS_WITHOUT_DUPLICATES = 3;
const ALL_CTE_TYPES = 0x1f;

/** Whether the peer has said that it takes such trains: Core Vol 4, Part E, 7.8.89. */
function takes({ control: { remoteFeatures = 0n } }: Connection, train: Train): boolean {
  const { periodicAdvertisingSyncTransferRecipient, periodicAdvertisingWithResponsesScanner } = LeFeature;
  if (!supports(remoteFeatures, periodicAdvertisingSyncTransferRecipient)) return false;
  return train instanceof PeriodicTrain || supports(remoteFeatures, periodicAdvertisingWithResponsesScanner);
}

function tell(
  context: CommandContext,
  connection: Connection,
  serviceData: number,
  train: Train,
  whose: Pick<TrainDescription, 'address' | 'sid'>,
): void {
  const { linkLayer } = context;
  const { accessAddress, interval, sca, channelMap, nextCounter: counter, nextAt } = train;
  const offset = Math.max(0, nextAt - linkLayer.air.agenda.now);
  const phy = basePhy(train.phy);
  const description = { ...whose, accessAddress, interval, sca, channelMap, counter, offset, phy };
  const { eventCounter } = connection;
  const told = describeTrain(description, serviceData, eventCounter, linkLayer.sca);
  if (train instanceof PeriodicTrain) connection.control.send(llPeriodicSyncInd, told);
  else
    connection.control.send(llPeriodicSyncWrInd, {
      ...told,
      responseAccessAddress: train.responseAccessAddress,
      subevents: structureOctets(train.subevents),
    });
}

/** The parameters, or the status that refuses them: Core Vol 4, Part E, 7.8.91. */
function checkParameters(
  { personality }: CommandContext,
  p: { mode: number; skip: number; syncTimeout: number; cteType: number },
): TransferParameters | number {
  const { mode, skip, syncTimeout: timeout, cteType } = p;
  if (mode > REPORTS_WITHOUT_DUPLICATES || cteType > ALL_CTE_TYPES || !syncTimesValid(skip, timeout)) {
    return HciStatus.invalidParameters;
  }
  const hasAdi = supports(personality.leFeatures, LeFeature.periodicAdvertisingAdiSupport);
  if (mode === REPORTS_WITHOUT_DUPLICATES && !hasAdi) return HciStatus.unsupportedFeatureOrParameterValue;
  return { mode, skip, timeout, cteType };
}

/** Periodic Advertising Sync Transfer: Core Vol 4, Part E, 7.8.89 to 7.8.92. */
export const syncTransferCommands: readonly CommandHandler[] = [
  implement(
    lePeriodicAdvertisingSyncTransfer,
    (context, { connectionHandle, serviceData, syncHandle }) => {
      const sync = context.linkLayer.synchroniser.get(syncHandle & 0x0fff);
      if (!sync?.options.train) return HciStatus.unknownAdvertisingIdentifier;
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (!takes(connection, sync.options.train)) return HciStatus.unsupportedRemoteFeature;
      tell(context, connection, serviceData, sync.options.train, sync.options);
      return { connectionHandle };
    },
    sender,
  ),
  implement(
    lePeriodicAdvertisingSetInfoTransfer,
    (context, { connectionHandle, serviceData, advertisingHandle }) => {
      const set = context.linkLayer.advertiser.get(advertisingHandle);
      if (!set) return HciStatus.unknownAdvertisingIdentifier;
      const train = set.periodic?.train;
      if (!train) return HciStatus.commandDisallowed;
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (!takes(connection, train)) return HciStatus.unsupportedRemoteFeature;
      const { ownAddressType, sid } = set.parameters;
      const address = context.linkLayer.ownAddress(ownAddressType, false, set.randomAddress);
      // The train began under an address, and that is still there.
      if (!address) return HciStatus.commandDisallowed;
      tell(context, connection, serviceData, train, { address, sid });
      return { connectionHandle };
    },
    sender,
  ),
  implement(
    leSetPeriodicAdvertisingSyncTransferParameters,
    (context, { connectionHandle, ...p }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      const parameters = checkParameters(context, p);
      if (typeof parameters === 'number') return parameters;
      context.linkLayer.setTransferParameters(connection, parameters);
      return { connectionHandle };
    },
    recipient,
  ),
  implement(
    leSetDefaultPeriodicAdvertisingSyncTransferParameters,
    (context, p) => {
      const parameters = checkParameters(context, p);
      if (typeof parameters === 'number') return parameters;
      context.linkLayer.defaultTransferParameters = parameters;
      return {};
    },
    recipient,
  ),
];
