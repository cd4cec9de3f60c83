import {
  leReadIsoLinkQuality,
  leReadIsoTxSync,
  leRemoveIsoDataPath,
  leSetupIsoDataPath,
} from '../../../hci/commands/index.js';
import { Role } from '../../link-layer/connection-state.js';
import { LeFeature } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';
import { streamOf } from './connected-streams.js';

const streams = {
  anyFeature: [LeFeature.connectedIsochronousStreamCentral, LeFeature.connectedIsochronousStreamPeripheral],
};
/** Data_Path_Direction: Core Vol 4, Part E, 7.8.109. */
const Direction = { input: 0, output: 1 } as const;
/** Data_Path_ID of HCI. */
const HCI_PATH = 0;

/** What passes over streams, and how well: Core Vol 4, Part E, 7.8.96, 7.8.109, 7.8.110 and 7.8.116. */
export const streamDataCommands: readonly CommandHandler[] = [
  implement(
    leSetupIsoDataPath,
    (context, { connectionHandle, dataPathDirection, dataPathId, controllerDelay }) => {
      const cis = streamOf(context, connectionHandle);
      if (!cis) return HciStatus.unknownConnectionIdentifier;
      if (dataPathDirection > 1 || controllerDelay > 4_000_000) return HciStatus.invalidParameters;
      if (dataPathId !== HCI_PATH) return HciStatus.unsupportedFeatureOrParameterValue;
      const isInput = dataPathDirection === Direction.input;
      const { bn } = isInput ? cis.outgoing : cis.incoming;
      const isSet = isInput ? cis.paths.input : cis.paths.output;
      const isUndecided = cis.role === Role.peripheral && context.linkLayer.isochronous.isWaiting(cis);
      if (bn === 0 || isSet || isUndecided) return HciStatus.commandDisallowed;
      if (isInput) cis.paths.input = true;
      else cis.paths.output = true;
      return { connectionHandle };
    },
    streams,
  ),
  implement(
    leRemoveIsoDataPath,
    (context, { connectionHandle, dataPathDirection }) => {
      const cis = streamOf(context, connectionHandle);
      if (!cis) return HciStatus.unknownConnectionIdentifier;
      if (dataPathDirection < 1 || dataPathDirection > 3) return HciStatus.invalidParameters;
      const input = (dataPathDirection & 1) !== 0;
      const output = (dataPathDirection & 2) !== 0;
      if ((input && !cis.paths.input) || (output && !cis.paths.output)) return HciStatus.commandDisallowed;
      if (input) cis.paths.input = false;
      if (output) cis.paths.output = false;
      return { connectionHandle };
    },
    streams,
  ),
  implement(
    leReadIsoTxSync,
    (context, { connectionHandle }) => {
      const cis = streamOf(context, connectionHandle);
      if (!cis) return HciStatus.unknownConnectionIdentifier;
      if (cis.state !== 'established' || !cis.lastSent) return HciStatus.commandDisallowed;
      const { packetSequenceNumber, txTimeStamp } = cis.lastSent;
      // Time_Offset is for framed SDUs.
      return {
        connectionHandle,
        packetSequenceNumber,
        txTimeStamp: txTimeStamp % 0x100000000,
        timeOffset: 0,
      };
    },
    streams,
  ),
  implement(
    leReadIsoLinkQuality,
    (context, { connectionHandle }) => {
      const cis = streamOf(context, connectionHandle);
      if (!cis) return HciStatus.unknownConnectionIdentifier;
      if (cis.state !== 'established') return HciStatus.commandDisallowed;
      const { quality } = cis;
      return {
        connectionHandle,
        txUnackedPackets: quality.txUnacked,
        txFlushedPackets: quality.txFlushed,
        txLastSubeventPackets: quality.txLastSubevent,
        retransmittedPackets: quality.retransmitted,
        crcErrorPackets: quality.crcErrors,
        rxUnreceivedPackets: quality.rxUnreceived,
        duplicatePackets: quality.duplicates,
      };
    },
    streams,
  ),
];
