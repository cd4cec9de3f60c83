import {
  leReadIsoLinkQuality,
  leReadIsoTxSync,
  leRemoveIsoDataPath,
  leSetupIsoDataPath,
} from '../../../hci/commands/index.js';
import { LeFeature } from '../../link-layer/features.js';
import type { IsoStream } from '../../link-layer/iso/iso-stream.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';

const connected = [
  LeFeature.connectedIsochronousStreamCentral,
  LeFeature.connectedIsochronousStreamPeripheral,
];
const anyStream = {
  anyFeature: [...connected, LeFeature.isochronousBroadcaster, LeFeature.synchronizedReceiver],
};
const sending = { anyFeature: [...connected, LeFeature.isochronousBroadcaster] };
const counting = { anyFeature: [...connected, LeFeature.synchronizedReceiver] };
/** Data_Path_Direction: Core Vol 4, Part E, 7.8.109. */
const Direction = { input: 0, output: 1 } as const;
/** Data_Path_ID of HCI. */
const HCI_PATH = 0;

/** The stream of a handle, connected or broadcast; only twelve bits of it count. */
function streamOf({ linkLayer }: CommandContext, connectionHandle: number): IsoStream | undefined {
  const { isochronous, broadcaster, bigReceiver } = linkLayer;
  const handle = connectionHandle & 0x0fff;
  return (
    isochronous.streams.get(handle) ?? broadcaster.streams.get(handle) ?? bigReceiver.streams.get(handle)
  );
}

/** What passes over streams, and how well: Core Vol 4, Part E, 7.8.96, 7.8.109, 7.8.110 and 7.8.116. */
export const streamDataCommands: readonly CommandHandler[] = [
  implement(
    leSetupIsoDataPath,
    (context, { connectionHandle, dataPathDirection, dataPathId, controllerDelay }) => {
      const stream = streamOf(context, connectionHandle);
      if (!stream) return HciStatus.unknownConnectionIdentifier;
      if (dataPathDirection > 1 || controllerDelay > 4_000_000) return HciStatus.invalidParameters;
      if (dataPathId !== HCI_PATH) return HciStatus.unsupportedFeatureOrParameterValue;
      const isInput = dataPathDirection === Direction.input;
      const isThere = isInput ? stream.sends : stream.receives;
      const isSet = isInput ? stream.paths.input : stream.paths.output;
      const isUndecided = context.linkLayer.isochronous.isWaiting(stream);
      if (!isThere || isSet || isUndecided) return HciStatus.commandDisallowed;
      if (isInput) stream.paths.input = true;
      else stream.paths.output = true;
      return { connectionHandle };
    },
    anyStream,
  ),
  implement(
    leRemoveIsoDataPath,
    (context, { connectionHandle, dataPathDirection }) => {
      const stream = streamOf(context, connectionHandle);
      if (!stream) return HciStatus.unknownConnectionIdentifier;
      if (dataPathDirection < 1 || dataPathDirection > 3) return HciStatus.invalidParameters;
      const input = (dataPathDirection & 1) !== 0;
      const output = (dataPathDirection & 2) !== 0;
      const { paths } = stream;
      if ((input && !paths.input) || (output && !paths.output)) return HciStatus.commandDisallowed;
      if (input) paths.input = false;
      if (output) paths.output = false;
      return { connectionHandle };
    },
    anyStream,
  ),
  implement(
    leReadIsoTxSync,
    (context, { connectionHandle }) => {
      const stream = streamOf(context, connectionHandle);
      if (!stream) return HciStatus.unknownConnectionIdentifier;
      if (!stream.isUp || !stream.lastSent) return HciStatus.commandDisallowed;
      const { packetSequenceNumber, txTimeStamp } = stream.lastSent;
      // Time_Offset is for framed SDUs.
      return {
        connectionHandle,
        packetSequenceNumber,
        txTimeStamp: txTimeStamp % 0x100000000,
        timeOffset: 0,
      };
    },
    sending,
  ),
  implement(
    leReadIsoLinkQuality,
    (context, { connectionHandle }) => {
      const stream = streamOf(context, connectionHandle);
      if (!stream) return HciStatus.unknownConnectionIdentifier;
      const { quality } = stream;
      if (!stream.isUp || !quality) return HciStatus.commandDisallowed;
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
    counting,
  ),
];
