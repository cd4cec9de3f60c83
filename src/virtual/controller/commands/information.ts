import { ByteReader } from '../../../core/bytes.js';
import {
  leRand,
  leReadAdvertisingPhysicalChannelTxPower,
  leReadBufferSizeV1,
  leReadBufferSizeV2,
  leReadLocalSupportedFeaturesPage0,
  leReadSupportedStates,
  leReadTransmitPower,
  readBdAddr,
  readBufferSize,
  readLocalSupportedCommands,
  readLocalSupportedFeatures,
  readLocalVersionInformation,
} from '../../../hci/commands/index.js';
import { type CommandHandler, implement } from '../command-table.js';
import { maskOctets } from '../octets.js';
import type { Personality } from '../personality.js';

/** BR/EDR Not Supported and LE Supported (Controller): Core Vol 2, Part C, 3.3. */
const LMP_FEATURES = (1n << 37n) | (1n << 38n);
/** Every state and combination of states up to bit 41: Core Vol 4, Part E, 7.8.27. */
const LE_STATES = (1n << 42n) - 1n;

/** Zeros where LE shares the buffers that Read Buffer Size tells of: Core Vol 4, Part E, 7.8.2. */
function leAclBuffers({ sharesAclBuffers, aclDataLength, aclDataPackets }: Personality) {
  return {
    leAclDataPacketLength: sharesAclBuffers ? 0 : aclDataLength,
    totalNumLeAclDataPackets: sharesAclBuffers ? 0 : aclDataPackets,
  };
}

/** What the controller is and has: Core Vol 4, Part E, 7.4 and 7.8. */
export const informationCommands: readonly CommandHandler[] = [
  implement(readLocalVersionInformation, ({ personality }) => ({
    hciVersion: personality.coreVersion,
    hciSubversion: personality.hciSubversion,
    lmpVersion: personality.coreVersion,
    companyIdentifier: personality.manufacturer,
    lmpSubversion: personality.lmpSubversion,
  })),
  implement(readLocalSupportedCommands, ({ supportedCommands }) => ({ supportedCommands })),
  implement(readLocalSupportedFeatures, () => ({ lmpFeatures: maskOctets(LMP_FEATURES) })),
  implement(readBufferSize, ({ personality }) => ({
    aclDataPacketLength: personality.aclDataLength,
    synchronousDataPacketLength: 0,
    totalNumAclDataPackets: personality.aclDataPackets,
    totalNumSynchronousDataPackets: 0,
  })),
  implement(readBdAddr, ({ linkLayer }) => ({ bdAddr: linkLayer.address })),
  implement(leReadBufferSizeV1, ({ personality }) => leAclBuffers(personality)),
  implement(leReadBufferSizeV2, ({ personality }) => ({
    ...leAclBuffers(personality),
    isoDataPacketLength: personality.isoDataLength ?? 0,
    totalNumIsoDataPackets: personality.isoDataPackets ?? 0,
  })),
  implement(leReadLocalSupportedFeaturesPage0, ({ linkLayer }) => ({
    leFeatures: maskOctets(linkLayer.features),
  })),
  implement(leReadSupportedStates, ({ personality }) => ({
    leStates: maskOctets(personality.leStates ?? LE_STATES),
  })),
  implement(leReadAdvertisingPhysicalChannelTxPower, ({ personality }) => ({
    txPowerLevel: personality.txPower,
  })),
  implement(
    leReadTransmitPower,
    ({ personality: { txPower, txPowerRange = { min: txPower, max: txPower } } }) => ({
      minTxPower: txPowerRange.min,
      maxTxPower: txPowerRange.max,
    }),
  ),
  implement(leRand, ({ linkLayer }) => ({
    randomNumber: new ByteReader(linkLayer.random.fill(new Uint8Array(8))).u64(),
  })),
];
