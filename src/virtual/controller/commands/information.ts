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
import { CoreVersion } from '../personality.js';

/** BR/EDR Not Supported and LE Supported (Controller): Core Vol 2, Part C, 3.3. */
const LMP_FEATURES = (1n << 37n) | (1n << 38n);
/** Every state and combination of states up to bit 41: Core Vol 4, Part E, 7.8.27. */
const LE_STATES = (1n << 42n) - 1n;

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
  implement(leReadBufferSizeV1, ({ personality }) => ({
    leAclDataPacketLength: personality.aclDataLength,
    totalNumLeAclDataPackets: personality.aclDataPackets,
  })),
  implement(
    leReadBufferSizeV2,
    ({ personality }) => ({
      leAclDataPacketLength: personality.aclDataLength,
      totalNumLeAclDataPackets: personality.aclDataPackets,
      isoDataPacketLength: 0,
      totalNumIsoDataPackets: 0,
    }),
    { since: CoreVersion.v5_2 },
  ),
  implement(leReadLocalSupportedFeaturesPage0, ({ personality }) => ({
    leFeatures: maskOctets(personality.leFeatures),
  })),
  implement(leReadSupportedStates, () => ({ leStates: maskOctets(LE_STATES) })),
  implement(leReadAdvertisingPhysicalChannelTxPower, ({ personality }) => ({
    txPowerLevel: personality.txPower,
  })),
  implement(
    leReadTransmitPower,
    ({ personality }) => ({ minTxPower: personality.txPower, maxTxPower: personality.txPower }),
    { since: CoreVersion.v5_0 },
  ),
  implement(leRand, ({ linkLayer }) => ({
    randomNumber: new ByteReader(linkLayer.random.fill(new Uint8Array(8))).u64(),
  })),
];
