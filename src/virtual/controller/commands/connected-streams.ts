import {
  leAcceptCisRequest,
  leCreateCis,
  leRejectCisRequest,
  leRemoveCig,
  leSetCigParameters,
  readConnectionAcceptTimeout,
  writeConnectionAcceptTimeout,
} from '../../../hci/commands/index.js';
import { Role } from '../../link-layer/connection-state.js';
import { LeFeature, supports } from '../../link-layer/features.js';
import type { Cis } from '../../link-layer/iso/cis.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { connectionOf } from './connections.js';

const central = { feature: LeFeature.connectedIsochronousStreamCentral };
const peripheral = { feature: LeFeature.connectedIsochronousStreamPeripheral };
const TOP_ID = 0xef;
/** Units of 0.625 ms: Core Vol 4, Part E, 7.3.13. */
const SLOT = 625;

/** The stream of a handle; only twelve bits of it count. */
export function streamOf({ linkLayer }: CommandContext, handle: number): Cis | undefined {
  return linkLayer.isochronous.streams.get(handle & 0x0fff);
}

interface CigParameters {
  readonly cigId: number;
  readonly sduIntervalCToP: number;
  readonly sduIntervalPToC: number;
  readonly worstCaseSca: number;
  readonly packing: number;
  readonly framing: number;
  readonly maxTransportLatencyCToP: number;
  readonly maxTransportLatencyPToC: number;
  readonly cises: readonly {
    readonly cisId: number;
    readonly maxSduCToP: number;
    readonly maxSduPToC: number;
    readonly phyCToP: number;
    readonly phyPToC: number;
    readonly rtnCToP: number;
    readonly rtnPToC: number;
  }[];
}

function cigParametersValid(p: CigParameters): boolean {
  const within = (value: number, low: number, high: number) => value >= low && value <= high;
  if (p.cigId > TOP_ID || p.worstCaseSca > 7 || p.packing > 1 || p.framing > 1) return false;
  if (![p.sduIntervalCToP, p.sduIntervalPToC].every((one) => within(one, 0xff, 0xfffff))) return false;
  const latencies = [p.maxTransportLatencyCToP, p.maxTransportLatencyPToC];
  if (!latencies.every((one) => within(one, 0x0005, 0x0fa0)) || p.cises.length > 0x1f) return false;
  if (new Set(p.cises.map(({ cisId }) => cisId)).size < p.cises.length) return false;
  return p.cises.every(
    (one) =>
      one.cisId <= TOP_ID &&
      one.maxSduCToP <= 0x0fff &&
      one.maxSduPToC <= 0x0fff &&
      within(one.phyCToP, 1, 7) &&
      within(one.phyPToC, 1, 7) &&
      one.rtnCToP <= 0x1e &&
      one.rtnPToC <= 0x1e,
  );
}

/** Why streams cannot be created now, or success: Core Vol 4, Part E, 7.8.99. */
function mayCreate(
  context: CommandContext,
  cises: readonly { readonly cisConnectionHandle: number; readonly aclConnectionHandle: number }[],
): number {
  const { linkLayer } = context;
  const handles = cises.map(({ cisConnectionHandle }) => cisConnectionHandle & 0x0fff);
  if (cises.length < 1 || cises.length > 0x1f || new Set(handles).size < handles.length) {
    return HciStatus.invalidParameters;
  }
  if (!supports(linkLayer.features, LeFeature.connectedIsochronousStreamHostSupport)) {
    return HciStatus.commandDisallowed;
  }
  for (const { cisConnectionHandle, aclConnectionHandle } of cises) {
    const cis = streamOf(context, cisConnectionHandle);
    const connection = connectionOf(context, aclConnectionHandle);
    if (!cis || !connection) return HciStatus.unknownConnectionIdentifier;
    if (cis.role !== Role.central || connection.role !== Role.central) return HciStatus.commandDisallowed;
    if (cis.state === 'established') return HciStatus.connectionAlreadyExists;
  }
  return linkLayer.isochronous.isCreating ? HciStatus.commandDisallowed : HciStatus.success;
}

/** Connected isochronous streams: Core Vol 4, Part E, 7.3.13, 7.3.14 and 7.8.97 to 7.8.102. */
export const connectedStreamCommands: readonly CommandHandler[] = [
  implement(
    leSetCigParameters,
    ({ linkLayer }, p) => {
      if (!cigParametersValid(p)) return HciStatus.invalidParameters;
      // Framed SDUs are not implemented.
      if (p.framing !== 0) return HciStatus.unsupportedFeatureOrParameterValue;
      const handles = linkLayer.isochronous.configure(p.cigId, p);
      return typeof handles === 'number' ? handles : { cigId: p.cigId, connectionHandles: [...handles] };
    },
    central,
  ),
  implement(
    leCreateCis,
    (context, { cises }) => {
      const status = mayCreate(context, cises);
      if (status !== HciStatus.success) return status;
      for (const { cisConnectionHandle, aclConnectionHandle } of cises) {
        const connection = connectionOf(context, aclConnectionHandle)!;
        context.linkLayer.isochronous.create(streamOf(context, cisConnectionHandle)!, connection);
      }
      return HciStatus.success;
    },
    central,
  ),
  implement(
    leRemoveCig,
    ({ linkLayer }, { cigId }) => {
      const status = linkLayer.isochronous.remove(cigId);
      return status === HciStatus.success ? { cigId } : status;
    },
    central,
  ),
  implement(
    leAcceptCisRequest,
    (context, { connectionHandle }) => {
      const cis = streamOf(context, connectionHandle);
      if (!cis) return HciStatus.unknownConnectionIdentifier;
      if (!context.linkLayer.isochronous.isWaiting(cis)) return HciStatus.commandDisallowed;
      context.linkLayer.isochronous.accept(cis);
      return HciStatus.success;
    },
    peripheral,
  ),
  implement(
    leRejectCisRequest,
    (context, { connectionHandle, reason }) => {
      const cis = streamOf(context, connectionHandle);
      if (!cis) return HciStatus.unknownConnectionIdentifier;
      if (!context.linkLayer.isochronous.isWaiting(cis)) return HciStatus.commandDisallowed;
      // 0 stands for Remote User Terminated Connection: 7.8.102.
      context.linkLayer.isochronous.reject(cis, reason || HciStatus.remoteUserTerminated);
      return { connectionHandle };
    },
    peripheral,
  ),
  implement(
    readConnectionAcceptTimeout,
    ({ linkLayer }) => ({ connectionAcceptTimeout: linkLayer.isochronous.acceptTimeout / SLOT }),
    peripheral,
  ),
  implement(
    writeConnectionAcceptTimeout,
    ({ linkLayer }, { connectionAcceptTimeout }) => {
      if (connectionAcceptTimeout < 0x0001 || connectionAcceptTimeout > 0xb540)
        return HciStatus.invalidParameters;
      linkLayer.isochronous.acceptTimeout = connectionAcceptTimeout * SLOT;
      return {};
    },
    peripheral,
  ),
];
