import {
  leReceiverTestV1,
  leReceiverTestV2,
  leTestEnd,
  leTransmitterTestV1,
  leTransmitterTestV2,
} from '../../../hci/commands/index.js';
import { AdvertisingPhy } from '../../air/advertising-airtime.js';
import { Phy } from '../../air/airtime.js';
import { LeFeature } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, type CommandResult, implement } from '../command-table.js';

const HIGHEST_RF_CHANNEL = 39;
const HIGHEST_PAYLOAD = 7;
const phyChoice = { anyFeature: [LeFeature.le2MPhy, LeFeature.leCodedPhy] };

/** The status that keeps a test from beginning, or success: Core Vol 4, Part E, 7.8.28 and 7.8.29. */
function check({ linkLayer }: CommandContext, rfChannel: number, phy: number): number {
  if (rfChannel > HIGHEST_RF_CHANNEL || phy < 1 || phy > AdvertisingPhy.leCodedS2)
    return HciStatus.invalidParameters;
  if (((linkLayer.phys >> (Math.min(phy, Phy.leCoded) - 1)) & 1) === 0) {
    return HciStatus.unsupportedFeatureOrParameterValue;
  }
  const isBusy = linkLayer.usesAddresses || linkLayer.connections.size > 0 || linkLayer.directTest.running;
  return isBusy ? HciStatus.commandDisallowed : HciStatus.success;
}

function receive(context: CommandContext, rfChannel: number, phy: number): CommandResult<{ status: number }> {
  if (phy > Phy.leCoded) return HciStatus.invalidParameters;
  const status = check(context, rfChannel, phy);
  if (status !== HciStatus.success) return status;
  context.linkLayer.directTest.start({ rfChannel, phy, length: undefined });
  return {};
}

function transmit(
  context: CommandContext,
  rfChannel: number,
  length: number,
  payload: number,
  phy: number,
): CommandResult<{ status: number }> {
  if (payload > HIGHEST_PAYLOAD) return HciStatus.invalidParameters;
  const status = check(context, rfChannel, phy);
  if (status !== HciStatus.success) return status;
  // What is in the packets makes no difference here: none of the bits are special to this radio.
  context.linkLayer.directTest.start({ rfChannel, phy, length });
  return {};
}

/** Direct test mode: Core Vol 4, Part E, 7.8.28 to 7.8.30. Without Constant Tone Extensions and chosen powers ([v3], [v4]). */
export const directTestCommands: readonly CommandHandler[] = [
  implement(leReceiverTestV1, (context, { rxChannel }) => receive(context, rxChannel, Phy.le1M)),
  implement(
    leReceiverTestV2,
    (context, { rxChannel, phy, modulationIndex }) => {
      if (modulationIndex > 1) return HciStatus.invalidParameters;
      // A stable modulation index is a feature that it does not have.
      if (modulationIndex === 1) return HciStatus.unsupportedFeatureOrParameterValue;
      return receive(context, rxChannel, phy);
    },
    phyChoice,
  ),
  implement(leTransmitterTestV1, (context, { txChannel, testDataLength, packetPayload }) =>
    transmit(context, txChannel, testDataLength, packetPayload, Phy.le1M),
  ),
  implement(
    leTransmitterTestV2,
    (context, { txChannel, testDataLength, packetPayload, phy }) =>
      transmit(context, txChannel, testDataLength, packetPayload, phy),
    phyChoice,
  ),
  implement(leTestEnd, ({ linkLayer }) => {
    if (!linkLayer.directTest.running) return HciStatus.commandDisallowed;
    return { numPackets: linkLayer.directTest.end() };
  }),
];
