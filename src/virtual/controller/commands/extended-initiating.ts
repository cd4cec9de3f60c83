import { Address } from '../../../core/address.js';
import { leExtendedCreateConnectionV1 } from '../../../hci/commands/index.js';
import { Phy } from '../../air/airtime.js';
import { LeFeature } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';
import { connectionRangeValid, extendedScanTimesValid, needsPrivacy, ownAddressTypeKnown } from './checks.js';

/** Extended initiating: Core Vol 4, Part E, 7.8.66. */
export const extendedInitiatingCommands: readonly CommandHandler[] = [
  implement(
    leExtendedCreateConnectionV1,
    ({ linkLayer }, p) => {
      const phys = p.initiatingPhys;
      const mask = phys.reduce((sum, { phy }) => sum | (1 << (phy - 1)), 0);
      if ((mask & ~linkLayer.phys) !== 0) return HciStatus.unsupportedFeatureOrParameterValue;
      // LE 2M has no primary channels: it cannot be alone.
      const primary = phys.filter(({ phy }) => phy !== Phy.le2M);
      if (primary.length === 0) return HciStatus.invalidParameters;
      if (!primary.every((one) => extendedScanTimesValid(one.scanInterval, one.scanWindow))) {
        return HciStatus.invalidParameters;
      }
      if (!phys.every((one) => connectionRangeValid(one))) return HciStatus.invalidParameters;
      const byList = p.initiatorFilterPolicy === 1;
      if (p.initiatorFilterPolicy > 1 || !ownAddressTypeKnown(p.ownAddressType)) {
        return HciStatus.invalidParameters;
      }
      if (!byList && p.peerAddressType > 1) return HciStatus.invalidParameters;
      if (needsPrivacy(linkLayer, p.ownAddressType)) return HciStatus.unsupportedFeatureOrParameterValue;
      if (linkLayer.initiator.enabled) return HciStatus.commandDisallowed;
      const peer = byList ? undefined : new Address(p.peerAddress, p.peerAddressType);
      if (!linkLayer.addresses.own(p.ownAddressType, peer)) return HciStatus.invalidParameters;
      if (peer && linkLayer.isConnectedTo(peer)) return HciStatus.connectionAlreadyExists;
      if (!linkLayer.hasRoomForConnection) return HciStatus.connectionLimitExceeded;
      linkLayer.initiator.start({
        phys: phys.map((one) => ({
          phy: one.phy,
          scanInterval: one.scanInterval,
          scanWindow: one.scanWindow,
          interval: one.connectionIntervalMin,
          latency: one.maxLatency,
          timeout: one.supervisionTimeout,
        })),
        extended: true,
        peer,
        ownAddressType: p.ownAddressType,
      });
      return HciStatus.success;
    },
    { feature: LeFeature.leExtendedAdvertising },
  ),
];
