import {
  leEnhancedReadTransmitPowerLevel,
  leReadRemoteTransmitPowerLevel,
  leRemoteConnectionParameterRequestNegativeReply,
  leRemoteConnectionParameterRequestReply,
  leRequestPeerSca,
  leSetDefaultSubrate,
  leSetPathLossReportingEnable,
  leSetPathLossReportingParameters,
  leSetTransmitPowerReportingEnable,
  leSubrateRequest,
  readAuthenticatedPayloadTimeout,
  writeAuthenticatedPayloadTimeout,
} from '../../../hci/commands/index.js';
import type { SubrateRange } from '../../link-layer/connection-state.js';
import { Role } from '../../link-layer/connection-state.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import { acceptParameters, refuseParameters } from '../../link-layer/parameter-request.js';
import { PathLossMonitor, type PathLossParameters } from '../../link-layer/path-loss.js';
import { ClockAccuracyRequest } from '../../link-layer/peer-queries.js';
import { hasPhy, PowerRequest } from '../../link-layer/power-control.js';
import { HciStatus } from '../../link-layer/status.js';
import { hostSubrates, SubrateChange, subrateRangeValid, timeoutFits } from '../../link-layer/subrating.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { connectionRangeValid } from './checks.js';
import { connectionOf, startProcedure } from './connections.js';

const parameterRequests = { feature: LeFeature.connectionParametersRequestProcedure };
const ping = { feature: LeFeature.lePing };
const powerControl = { feature: LeFeature.lePowerControlRequest };
const pathLoss = { feature: LeFeature.lePathLossMonitoring };
const subrating = { feature: LeFeature.connectionSubrating };

/** High_Threshold that is not in use: 7.8.119. */
const UNUSED = 0xff;

/** The status that refuses a PHY with its coding, or success: 7.8.117 and 7.8.118. */
function checkPhy({ linkLayer }: CommandContext, phy: number): number {
  if (phy < 1 || phy > 4) return HciStatus.invalidParameters;
  return hasPhy(linkLayer.features, phy) ? HciStatus.success : HciStatus.unsupportedFeatureOrParameterValue;
}

/** Zones that do not overlap: 7.8.119. */
function zonesValid(p: PathLossParameters): boolean {
  if (p.minTimeSpent === 0) return false;
  if (p.highThreshold === UNUSED) return true;
  const high = p.highThreshold + p.highHysteresis;
  return (
    high <= 0xff &&
    p.lowThreshold >= p.lowHysteresis &&
    p.lowThreshold + p.lowHysteresis <= p.highThreshold - p.highHysteresis
  );
}

/** Subrates as the two commands of them give them. */
function rangeOf(p: Omit<SubrateRange, 'timeout'> & { readonly supervisionTimeout: number }): SubrateRange {
  const { subrateMin, subrateMax, maxLatency, continuationNumber, supervisionTimeout: timeout } = p;
  return { subrateMin, subrateMax, maxLatency, continuationNumber, timeout };
}

/** What both ends of a connection agree on or learn of each other: Core Vol 4, Part E, 7.3.93, 7.3.94 and 7.8. */
export const linkManagementCommands: readonly CommandHandler[] = [
  implement(
    leRemoteConnectionParameterRequestReply,
    (context, p) => {
      const { connectionHandle, intervalMin, intervalMax, maxLatency: latency, timeout } = p;
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      const valid = connectionRangeValid({
        ...p,
        connectionIntervalMin: intervalMin,
        connectionIntervalMax: intervalMax,
        supervisionTimeout: timeout,
      });
      if (!valid) return HciStatus.invalidParameters;
      const range = { intervalMin, intervalMax, latency, timeout };
      return acceptParameters(connection.control, range) ? { connectionHandle } : HciStatus.commandDisallowed;
    },
    parameterRequests,
  ),
  implement(
    leRemoteConnectionParameterRequestNegativeReply,
    (context, { connectionHandle, reason }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      return refuseParameters(connection.control, reason)
        ? { connectionHandle }
        : HciStatus.commandDisallowed;
    },
    parameterRequests,
  ),
  implement(
    leRequestPeerSca,
    (context, { connectionHandle }) =>
      startProcedure(context, connectionHandle, () => new ClockAccuracyRequest()),
    { feature: LeFeature.sleepClockAccuracyUpdates },
  ),
  implement(
    readAuthenticatedPayloadTimeout,
    (context, { connectionHandle }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      return { connectionHandle, authenticatedPayloadTimeout: connection.payloadTimeout.timeout };
    },
    ping,
  ),
  implement(
    writeAuthenticatedPayloadTimeout,
    (context, { connectionHandle, authenticatedPayloadTimeout: timeout }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      const { interval, latency } = connection.parameters;
      // Not shorter than the longest silence that the peripheral may keep: 7.3.94.
      if (timeout === 0 || timeout * 8 < interval * (1 + latency)) return HciStatus.invalidParameters;
      connection.payloadTimeout.timeout = timeout;
      return { connectionHandle };
    },
    ping,
  ),
  implement(
    leEnhancedReadTransmitPowerLevel,
    (context, { connectionHandle, phy }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      const refused = checkPhy(context, phy);
      if (refused !== HciStatus.success) return refused;
      const { current, range } = connection.power;
      return { connectionHandle, phy, currentTxPowerLevel: current, maxTxPowerLevel: range.max };
    },
    powerControl,
  ),
  implement(
    leReadRemoteTransmitPowerLevel,
    (context, { connectionHandle, phy }) => {
      if (!connectionOf(context, connectionHandle)) return HciStatus.unknownConnectionIdentifier;
      const refused = checkPhy(context, phy);
      if (refused !== HciStatus.success) return refused;
      return startProcedure(context, connectionHandle, () => new PowerRequest(phy, 0, true));
    },
    powerControl,
  ),
  implement(
    leSetTransmitPowerReportingEnable,
    (context, { connectionHandle, localEnable, remoteEnable }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (localEnable > 1 || remoteEnable > 1) return HciStatus.invalidParameters;
      connection.power.reportsLocal = localEnable === 1;
      connection.power.reportsRemote = remoteEnable === 1;
      if (remoteEnable === 1) connection.queryPower();
      return { connectionHandle };
    },
    powerControl,
  ),
  implement(
    leSetPathLossReportingParameters,
    (context, { connectionHandle, ...zones }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (!zonesValid(zones)) return HciStatus.invalidParameters;
      connection.pathLossParameters = zones;
      if (connection.pathLoss) connection.pathLoss.parameters = zones;
      return { connectionHandle };
    },
    pathLoss,
  ),
  implement(
    leSetPathLossReportingEnable,
    (context, { connectionHandle, enable }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (enable > 1) return HciStatus.invalidParameters;
      const { pathLossParameters } = connection;
      if (!pathLossParameters) return HciStatus.commandDisallowed;
      connection.pathLoss =
        enable === 0
          ? undefined
          : new PathLossMonitor(pathLossParameters, (loss, zone) =>
              context.linkLayer.events.pathLossZoneEntered(connection, loss, zone),
            );
      if (enable === 1) connection.queryPower();
      return { connectionHandle };
    },
    pathLoss,
  ),
  implement(
    leSetDefaultSubrate,
    ({ linkLayer }, p) => {
      const range = rangeOf(p);
      if (!subrateRangeValid(range)) return HciStatus.invalidParameters;
      linkLayer.defaultSubrate = range;
      return {};
    },
    subrating,
  ),
  implement(
    leSubrateRequest,
    (context, { connectionHandle, ...p }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      const range = rangeOf(p);
      if (!subrateRangeValid(range) || !timeoutFits(range, connection.parameters.interval)) {
        return HciStatus.invalidParameters;
      }
      if (!hostSubrates(context.linkLayer.features)) return HciStatus.commandDisallowed;
      const { remoteFeatures } = connection.control;
      const isKnownNotTo =
        remoteFeatures !== undefined && !supports(remoteFeatures, LeFeature.connectionSubratingHostSupport);
      if (isKnownNotTo) return HciStatus.unsupportedRemoteFeature;
      const isCentral = connection.role === Role.central;
      return startProcedure(context, connectionHandle, () => new SubrateChange(isCentral, range));
    },
    subrating,
  ),
];
