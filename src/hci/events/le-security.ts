/** Events of encryption and keys: Core Vol 4, Part E, 7.7.65. */
import { handle, octets, u16, u64 } from '../../core/codec.js';
import { leEvent } from '../definition.js';
import { status } from '../fields/common.js';

const octets32 = /* @__PURE__ */ octets(32);

/** The central wants to encrypt: the controller asks for the key. Core Vol 4, Part E, 7.7.65.5 */
export const leLongTermKeyRequest = /* @__PURE__ */ leEvent(0x05, 'LE_Long_Term_Key_Request', {
  section: '7.7.65.5',
  maskBit: 4,
  features: ['leEncryption'],
  since: '4.0',
  parameters: { connectionHandle: handle, randomNumber: u64, encryptedDiversifier: u16 },
});

/** The public key of the controller; least significant octets first. Core Vol 4, Part E, 7.7.65.8 */
export const leReadLocalP256PublicKeyComplete = /* @__PURE__ */ leEvent(
  0x08,
  'LE_Read_Local_P-256_Public_Key_Complete',
  {
    section: '7.7.65.8',
    maskBit: 7,
    since: '4.2',
    parameters: { status, keyXCoordinate: octets32, keyYCoordinate: octets32 },
  },
);

/** The Diffie-Hellman key; least significant octet first. Core Vol 4, Part E, 7.7.65.9 */
export const leGenerateDhKeyComplete = /* @__PURE__ */ leEvent(0x09, 'LE_Generate_DHKey_Complete', {
  section: '7.7.65.9',
  maskBit: 8,
  since: '4.2',
  parameters: { status, dhKey: octets32 },
});
