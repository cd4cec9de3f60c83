import {
  disconnect,
  leSetEventMask,
  readRemoteVersionInformation,
  readRssi,
  readTransmitPowerLevel,
  reset,
  setEventMask,
  setEventMaskPage2,
} from '../../../hci/commands/index.js';
import { Role } from '../../link-layer/connection-state.js';
import { VersionExchange } from '../../link-layer/exchanges.js';
import type { Cis } from '../../link-layer/iso/cis.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { streamOf } from './connected-streams.js';
import { connectionOf, startProcedure } from './connections.js';

/** Reasons that a host may give: Core Vol 4, Part E, 7.1.6. */
const DISCONNECT_REASONS: readonly number[] = [0x05, 0x13, 0x14, 0x15, 0x1a, 0x29, 0x3b];

/** Ends a stream, or gives up its creation: Core Vol 4, Part E, 7.1.6. */
function disconnectStream({ linkLayer }: CommandContext, stream: Cis, reason: number): number {
  if (!DISCONNECT_REASONS.includes(reason)) return HciStatus.invalidParameters;
  const isPending = stream.state === 'pending' && stream.role === Role.central && !stream.cancelled;
  if (stream.state !== 'established' && !isPending) return HciStatus.commandDisallowed;
  linkLayer.isochronous.disconnect(stream, reason);
  return HciStatus.success;
}

/** Reset, event masks, disconnection and what is read of a link: Core Vol 4, Part E, 7.1, 7.3 and 7.5. */
export const basebandCommands: readonly CommandHandler[] = [
  implement(reset, (context) => {
    context.reset();
    return {};
  }),
  implement(setEventMask, ({ port }, { eventMask }) => {
    port.setMask(eventMask);
    return {};
  }),
  implement(setEventMaskPage2, ({ port }, { eventMaskPage2 }) => {
    port.setMaskPage2(eventMaskPage2);
    return {};
  }),
  implement(leSetEventMask, ({ port }, { leEventMask }) => {
    port.setLeMask(leEventMask);
    return {};
  }),
  implement(disconnect, (context, { connectionHandle, reason }) => {
    const stream = streamOf(context, connectionHandle);
    if (stream) return disconnectStream(context, stream, reason);
    const connection = connectionOf(context, connectionHandle);
    if (!connection) return HciStatus.unknownConnectionIdentifier;
    if (!DISCONNECT_REASONS.includes(reason)) return HciStatus.invalidParameters;
    if (connection.control.terminating) return HciStatus.commandDisallowed;
    connection.control.terminate(reason);
    return HciStatus.success;
  }),
  implement(readRemoteVersionInformation, (context, { connectionHandle }) =>
    startProcedure(context, connectionHandle, () => new VersionExchange()),
  ),
  implement(readTransmitPowerLevel, (context, { connectionHandle, type }) => {
    const connection = connectionOf(context, connectionHandle);
    if (!connection) return HciStatus.unknownConnectionIdentifier;
    if (type > 1) return HciStatus.invalidParameters;
    const { current, range } = connection.power;
    return { connectionHandle, txPowerLevel: type === 0 ? current : range.max };
  }),
  implement(readRssi, (context, { handle }) => {
    const connection = connectionOf(context, handle);
    if (!connection) return HciStatus.unknownConnectionIdentifier;
    return { handle, rssi: connection.rssi };
  }),
];
