import {
  hostBufferSize,
  hostNumberOfCompletedPackets,
  setControllerToHostFlowControl,
} from '../../../hci/commands/index.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandHandler, implement } from '../command-table.js';

/** Bit 0 of Flow_Control_Enable is ACL data, bit 1 synchronous data, which LE has not. */
const ACL = 1;

/** Flow control towards the host: Core Vol 4, Part E, 7.3.38 to 7.3.40. */
export const hostFlowCommands: readonly CommandHandler[] = [
  implement(setControllerToHostFlowControl, ({ linkLayer, toHost }, { flowControlEnable }) => {
    if (flowControlEnable > 3) return HciStatus.invalidParameters;
    if (flowControlEnable > ACL) return HciStatus.unsupportedFeatureOrParameterValue;
    if (linkLayer.connections.size > 0) return HciStatus.commandDisallowed;
    if (flowControlEnable === ACL && !toHost.buffersKnown) return HciStatus.commandDisallowed;
    toHost.enable(flowControlEnable === ACL);
    return {};
  }),
  implement(hostBufferSize, ({ personality, linkLayer, toHost }, p) => {
    const { hostAclDataPacketLength: length, hostTotalNumAclDataPackets: packets } = p;
    if (length < (personality.minHostAclDataLength ?? 1) || packets < 1) return HciStatus.invalidParameters;
    if (toHost.enabled || linkLayer.connections.size > 0) return HciStatus.commandDisallowed;
    toHost.setBuffers(length, packets);
    return {};
  }),
  implement(hostNumberOfCompletedPackets, ({ toHost }, { handles }) => {
    // Ignored while flow control is off: 7.3.38.
    if (!toHost.enabled) return {};
    const counts = new Map<number, number>();
    for (const { connectionHandle, hostNumCompletedPackets } of handles) {
      const handle = connectionHandle & 0x0fff;
      counts.set(handle, (counts.get(handle) ?? 0) + hostNumCompletedPackets);
    }
    for (const [handle, count] of counts) {
      if (count > toHost.outstanding(handle)) return HciStatus.invalidParameters;
    }
    for (const [handle, count] of counts) toHost.returned(handle, count);
    return {};
  }),
];
