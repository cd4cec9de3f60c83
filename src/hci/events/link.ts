/** Events of links that BR/EDR and LE share: Core Vol 4, Part E, 7.7. */
import { handle, u8, u16 } from '../../core/codec.js';
import { event } from '../definition.js';
import { reason, status } from '../fields/common.js';
import { encryptionEnabled } from '../fields/connection.js';
import { companyIdentifier, coreVersion } from '../fields/controller.js';

/** A connection is gone. Core Vol 4, Part E, 7.7.5 */
export const disconnectionComplete = /* @__PURE__ */ event(0x05, 'Disconnection_Complete', {
  section: '7.7.5',
  maskBit: 4,
  since: '1.1',
  parameters: { status, connectionHandle: handle, reason },
});

/** Encryption of a link was turned on or off. Core Vol 4, Part E, 7.7.8 */
export const encryptionChangeV1 = /* @__PURE__ */ event(0x08, 'Encryption_Change [v1]', {
  section: '7.7.8',
  maskBit: 7,
  since: '1.1',
  parameters: { status, connectionHandle: handle, encryptionEnabled },
});

/** Encryption of a link was turned on or off, with the size of the key. Core Vol 4, Part E, 7.7.8 */
export const encryptionChangeV2 = /* @__PURE__ */ event(0x59, 'Encryption_Change [v2]', {
  section: '7.7.8',
  maskPage2Bit: 25,
  since: '5.3',
  parameters: {
    status,
    connectionHandle: handle,
    encryptionEnabled,
    encryptionKeySize: u8,
  },
});

/** The encryption key of a link was changed. Core Vol 4, Part E, 7.7.39 */
export const encryptionKeyRefreshComplete = /* @__PURE__ */ event(0x30, 'Encryption_Key_Refresh_Complete', {
  section: '7.7.39',
  maskBit: 47,
  since: '2.1',
  parameters: { status, connectionHandle: handle },
});

/** The versions of a peer. Core Vol 4, Part E, 7.7.12 */
export const readRemoteVersionInformationComplete = /* @__PURE__ */ event(
  0x0c,
  'Read_Remote_Version_Information_Complete',
  {
    section: '7.7.12',
    maskBit: 11,
    since: '1.1',
    parameters: {
      status,
      connectionHandle: handle,
      version: coreVersion,
      companyIdentifier,
      subversion: u16,
    },
  },
);

/** An encrypted link went too long without an authenticated packet. Core Vol 4, Part E, 7.7.75 */
export const authenticatedPayloadTimeoutExpired = /* @__PURE__ */ event(
  0x57,
  'Authenticated_Payload_Timeout_Expired',
  {
    section: '7.7.75',
    maskPage2Bit: 23,
    features: ['lePing'],
    since: '4.1',
    parameters: { connectionHandle: handle },
  },
);
