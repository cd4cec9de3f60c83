import {
  leReadMaximumDataLength,
  leReadPhy,
  leReadSuggestedDefaultDataLength,
  leSetDataLength,
  leSetDefaultPhy,
  leSetPhy,
  leWriteSuggestedDefaultDataLength,
} from '../../../hci/commands/index.js';
import { LeFeature } from '../../link-layer/features.js';
import { LengthUpdate } from '../../link-layer/length-update.js';
import { PhyUpdate } from '../../link-layer/phy-update.js';
import { supportedPhys } from '../../link-layer/phys.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { connectionOf, startProcedure } from './connections.js';

const dataLengthExtension = { feature: LeFeature.dataPacketLengthExtension };
const phyCommands = { anyFeature: [LeFeature.le2MPhy, LeFeature.leCodedPhy] };
/** PHY_options: 7.8.49. */
const PREFERS_S2 = 1;

/** Octets and µs as Core Vol 4, Part E, 7.8.33 and 7.8.35 permit them. */
function txLengthValid(octets: number, time: number): boolean {
  return octets >= 0x001b && octets <= 0x00fb && time >= 0x0148 && time <= 0x4290;
}

interface PhyWish {
  readonly allPhys: number;
  readonly txPhys: number;
  readonly rxPhys: number;
}

/** The masks that a host prefers, 0 for no preference; or the status that refuses them (7.8.48 and 7.8.49). */
function phyPreferences(
  { personality }: CommandContext,
  { allPhys, txPhys, rxPhys }: PhyWish,
): { tx: number; rx: number } | number {
  const tx = allPhys & 1 ? 0 : txPhys;
  const rx = allPhys & 2 ? 0 : rxPhys;
  if ((tx === 0 && !(allPhys & 1)) || (rx === 0 && !(allPhys & 2))) return HciStatus.invalidParameters;
  if ((tx | rx) & ~supportedPhys(personality.leFeatures)) return HciStatus.unsupportedFeatureOrParameterValue;
  return { tx, rx };
}

/** How long packets are and on which PHY they travel: Core Vol 4, Part E, 7.8.33 to 7.8.35 and 7.8.46 to 7.8.49. */
export const packetCommands: readonly CommandHandler[] = [
  implement(
    leSetDataLength,
    (context, { connectionHandle, txOctets, txTime }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (!txLengthValid(txOctets, txTime)) return HciStatus.invalidParameters;
      const { supportedLengths } = context.linkLayer;
      const { dataLength } = connection;
      const status = startProcedure(context, connectionHandle, () => {
        dataLength.local = {
          ...dataLength.local,
          maxTxOctets: Math.min(txOctets, supportedLengths.maxTxOctets),
          maxTxTime: Math.min(txTime, supportedLengths.maxTxTime),
        };
        return new LengthUpdate();
      });
      return status === HciStatus.success ? { connectionHandle } : status;
    },
    dataLengthExtension,
  ),
  implement(
    leReadSuggestedDefaultDataLength,
    ({ linkLayer }) => ({
      suggestedMaxTxOctets: linkLayer.suggestedLengths.maxTxOctets,
      suggestedMaxTxTime: linkLayer.suggestedLengths.maxTxTime,
    }),
    dataLengthExtension,
  ),
  implement(
    leWriteSuggestedDefaultDataLength,
    ({ linkLayer }, { suggestedMaxTxOctets, suggestedMaxTxTime }) => {
      if (!txLengthValid(suggestedMaxTxOctets, suggestedMaxTxTime)) return HciStatus.invalidParameters;
      linkLayer.suggestedLengths = { maxTxOctets: suggestedMaxTxOctets, maxTxTime: suggestedMaxTxTime };
      return {};
    },
    dataLengthExtension,
  ),
  implement(
    leReadMaximumDataLength,
    ({ linkLayer }) => {
      const { maxTxOctets, maxTxTime, maxRxOctets, maxRxTime } = linkLayer.supportedLengths;
      return {
        supportedMaxTxOctets: maxTxOctets,
        supportedMaxTxTime: maxTxTime,
        supportedMaxRxOctets: maxRxOctets,
        supportedMaxRxTime: maxRxTime,
      };
    },
    dataLengthExtension,
  ),
  implement(
    leReadPhy,
    (context, { connectionHandle }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      return { connectionHandle, txPhy: connection.txPhy, rxPhy: connection.rxPhy };
    },
    phyCommands,
  ),
  implement(
    leSetDefaultPhy,
    (context, wish) => {
      const preferences = phyPreferences(context, wish);
      if (typeof preferences === 'number') return preferences;
      context.linkLayer.preferredTxPhys = preferences.tx;
      context.linkLayer.preferredRxPhys = preferences.rx;
      return {};
    },
    phyCommands,
  ),
  implement(
    leSetPhy,
    (context, { connectionHandle, phyOptions, ...wish }) => {
      if (!connectionOf(context, connectionHandle)) return HciStatus.unknownConnectionIdentifier;
      const preferences = phyPreferences(context, wish);
      if (typeof preferences === 'number') return preferences;
      if (phyOptions > 2) return HciStatus.invalidParameters;
      return startProcedure(context, connectionHandle, (connection) => {
        connection.preferredTxPhys = preferences.tx;
        connection.preferredRxPhys = preferences.rx;
        connection.prefersS2 = phyOptions === PREFERS_S2;
        return new PhyUpdate(preferences.tx, preferences.rx);
      });
    },
    phyCommands,
  ),
];
