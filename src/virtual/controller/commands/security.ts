import {
  leEnableEncryption,
  leEncrypt,
  leGenerateDhKeyV1,
  leGenerateDhKeyV2,
  leLongTermKeyRequestNegativeReply,
  leLongTermKeyRequestReply,
  leReadLocalP256PublicKey,
} from '../../../hci/commands/index.js';
import { leGenerateDhKeyComplete, leReadLocalP256PublicKeyComplete } from '../../../hci/events/index.js';
import { encryptReversed } from '../../crypto/aes.js';
import type { PublicKey } from '../../crypto/p256.js';
import { Role } from '../../link-layer/connection-state.js';
import { EncryptionStart, provideKey, refuseKey } from '../../link-layer/encryption-procedure.js';
import { LeFeature } from '../../link-layer/features.js';
import { HciStatus } from '../../link-layer/status.js';
import { type CommandContext, type CommandHandler, implement } from '../command-table.js';
import { connectionOf, startProcedure } from './connections.js';

const encryption = { feature: LeFeature.leEncryption };
const NO_KEY = new Uint8Array(32).fill(0xff);

/** The event follows the Command Status: 7.8.37 and 7.7.65.9. */
function generateDhKey({ keyAgreement, port }: CommandContext, peer: PublicKey, debug: boolean): number {
  if (!debug && !keyAgreement.hasKey) return HciStatus.commandDisallowed;
  const key = keyAgreement.agree(peer, debug);
  port.event(leGenerateDhKeyComplete, {
    status: key ? HciStatus.success : HciStatus.invalidParameters,
    dhKey: key ?? NO_KEY,
  });
  return HciStatus.success;
}

/** Encryption and its keys: Core Vol 4, Part E, 7.8.22, 7.8.24 to 7.8.26, 7.8.36 and 7.8.37. */
export const securityCommands: readonly CommandHandler[] = [
  implement(
    leEncrypt,
    (_, { key, plaintextData }) => ({ encryptedData: encryptReversed(key, plaintextData) }),
    encryption,
  ),
  implement(
    leEnableEncryption,
    (context, { connectionHandle, randomNumber, encryptedDiversifier, longTermKey }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      if (connection.role !== Role.central) return HciStatus.commandDisallowed;
      const { control } = connection;
      if (control.terminating || control.has(EncryptionStart)) return HciStatus.commandDisallowed;
      const keys = { randomNumber, encryptedDiversifier, longTermKey: longTermKey.slice() };
      return startProcedure(context, connectionHandle, () => new EncryptionStart(keys));
    },
    encryption,
  ),
  implement(
    leLongTermKeyRequestReply,
    (context, { connectionHandle, longTermKey }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      return provideKey(connection.control, longTermKey) ? { connectionHandle } : HciStatus.commandDisallowed;
    },
    encryption,
  ),
  implement(
    leLongTermKeyRequestNegativeReply,
    (context, { connectionHandle }) => {
      const connection = connectionOf(context, connectionHandle);
      if (!connection) return HciStatus.unknownConnectionIdentifier;
      return refuseKey(connection.control) ? { connectionHandle } : HciStatus.commandDisallowed;
    },
    encryption,
  ),
  implement(
    leReadLocalP256PublicKey,
    ({ keyAgreement, port }) => {
      const { x, y } = keyAgreement.renew();
      port.event(leReadLocalP256PublicKeyComplete, {
        status: HciStatus.success,
        keyXCoordinate: x,
        keyYCoordinate: y,
      });
      return HciStatus.success;
    },
    encryption,
  ),
  implement(
    leGenerateDhKeyV1,
    (context, { keyXCoordinate: x, keyYCoordinate: y }) => generateDhKey(context, { x, y }, false),
    encryption,
  ),
  implement(
    leGenerateDhKeyV2,
    (context, { keyXCoordinate: x, keyYCoordinate: y, keyType }) =>
      keyType > 1 ? HciStatus.invalidParameters : generateDhKey(context, { x, y }, keyType === 1),
    encryption,
  ),
];
