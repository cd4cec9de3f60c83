import { Address } from '../../../core/address.js';
import {
  leConnectionUpdate,
  leCreateConnection,
  leCreateConnectionCancel,
  leReadChannelMap,
  leReadRemoteFeaturesPage0,
  leSetHostChannelClassification,
} from '../../../hci/commands/index.js';
import { Phy } from '../../air/airtime.js';
import type { Connection } from '../../link-layer/connection.js';
import { Role } from '../../link-layer/connection-state.js';
import { ConnectionUpdate } from '../../link-layer/connection-update.js';
import { FeatureExchange } from '../../link-layer/exchanges.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import type { Procedure } from '../../link-layer/link-control.js';
import { ParameterRequest } from '../../link-layer/parameter-request.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { connectionRangeValid, needsPrivacy, ownAddressTypeKnown, scanTimesValid } from './checks.js';

/** The connection of a handle; only twelve bits of it count. */
export function connectionOf({ linkLayer }: CommandContext, handle: number): Connection | undefined {
  return linkLayer.connections.get(handle & 0x0fff);
}

/** Begins a procedure on the connection of a handle; gives the status of the command. */
export function startProcedure(
  context: CommandContext,
  handle: number,
  procedure: (connection: Connection) => Procedure,
): number {
  const connection = connectionOf(context, handle);
  if (!connection) return HciStatus.unknownConnectionIdentifier;
  if (connection.control.full) return HciStatus.controllerBusy;
  connection.control.start(procedure(connection));
  return HciStatus.success;
}

/** At least two of the 37 data channels, and no bit beside them: Core Vol 4, Part E, 7.8.19. */
function channelMapValid(map: Uint8Array): boolean {
  if (map[4]! > 0x1f) return false;
  let used = 0;
  for (const octet of map) for (let bit = 0; bit < 8; bit++) used += (octet >> bit) & 1;
  return used >= 2;
}

/** Initiating and connections: Core Vol 4, Part E, 7.8.12, 7.8.13 and 7.8.18 to 7.8.21. */
export const connectionCommands: readonly CommandHandler[] = [
  implement(leCreateConnection, ({ linkLayer }, p) => {
    const byList = p.initiatorFilterPolicy === 1;
    if (!scanTimesValid(p.leScanInterval, p.leScanWindow) || !connectionRangeValid(p)) {
      return HciStatus.invalidParameters;
    }
    if (p.initiatorFilterPolicy > 1 || !ownAddressTypeKnown(p.ownAddressType)) {
      return HciStatus.invalidParameters;
    }
    // Types 2 and 3 are identity addresses of devices that are resolved.
    const types = supports(linkLayer.features, LeFeature.llPrivacy) ? 3 : 1;
    if (!byList && p.peerAddressType > types) return HciStatus.invalidParameters;
    if (needsPrivacy(linkLayer, p.ownAddressType)) return HciStatus.unsupportedFeatureOrParameterValue;
    if (linkLayer.initiating) return HciStatus.commandDisallowed;
    const peer = byList ? undefined : new Address(p.peerAddress, p.peerAddressType);
    if (!linkLayer.addresses.own(p.ownAddressType, peer)) return HciStatus.invalidParameters;
    if (peer && linkLayer.isConnectedTo(peer)) return HciStatus.connectionAlreadyExists;
    if (!linkLayer.hasRoomForConnection) return HciStatus.connectionLimitExceeded;
    linkLayer.initiator.start({
      phys: [
        {
          phy: Phy.le1M,
          scanInterval: p.leScanInterval,
          scanWindow: p.leScanWindow,
          // The shortest that the host allows: nothing else competes for the time here.
          interval: p.connectionIntervalMin,
          latency: p.maxLatency,
          timeout: p.supervisionTimeout,
        },
      ],
      extended: false,
      peer,
      ownAddressType: p.ownAddressType,
    });
    return HciStatus.success;
  }),
  implement(leCreateConnectionCancel, ({ linkLayer }) => {
    if (!linkLayer.initiating) return HciStatus.commandDisallowed;
    linkLayer.stopInitiating();
    linkLayer.events.connectionFailed(HciStatus.unknownConnectionIdentifier, Role.central);
    return {};
  }),
  implement(leConnectionUpdate, (context, p) => {
    const connection = connectionOf(context, p.connectionHandle);
    if (!connection) return HciStatus.unknownConnectionIdentifier;
    if (!connectionRangeValid(p)) return HciStatus.invalidParameters;
    if (connection.role !== Role.central) {
      // Without the Connection Parameters Request procedure it is the central's alone; a peripheral asks by L2CAP.
      const bit = LeFeature.connectionParametersRequestProcedure;
      if (!supports(context.personality.leFeatures, bit)) return HciStatus.commandDisallowed;
      const { remoteFeatures } = connection.control;
      if (remoteFeatures !== undefined && !supports(remoteFeatures, bit)) {
        return HciStatus.unsupportedRemoteFeature;
      }
      const range = {
        intervalMin: p.connectionIntervalMin,
        intervalMax: p.connectionIntervalMax,
        latency: p.maxLatency,
        timeout: p.supervisionTimeout,
      };
      return startProcedure(context, p.connectionHandle, () => new ParameterRequest(range));
    }
    const parameters = {
      interval: p.connectionIntervalMin,
      latency: p.maxLatency,
      timeout: p.supervisionTimeout,
    };
    return startProcedure(context, p.connectionHandle, () => new ConnectionUpdate(parameters));
  }),
  implement(leSetHostChannelClassification, ({ linkLayer }, { channelMap }) => {
    if (!channelMapValid(channelMap)) return HciStatus.invalidParameters;
    linkLayer.classifyChannels(channelMap);
    return {};
  }),
  implement(leReadChannelMap, (context, { connectionHandle }) => {
    const connection = connectionOf(context, connectionHandle);
    if (!connection) return HciStatus.unknownConnectionIdentifier;
    return { connectionHandle, channelMap: connection.channelMap };
  }),
  implement(leReadRemoteFeaturesPage0, (context, { connectionHandle }) => {
    const connection = connectionOf(context, connectionHandle);
    const isCentral = connection?.role === Role.central;
    const may = supports(context.personality.leFeatures, LeFeature.peripheralInitiatedFeaturesExchange);
    if (connection && !isCentral && !may) return HciStatus.commandDisallowed;
    return startProcedure(context, connectionHandle, () => new FeatureExchange(isCentral));
  }),
];
