/** The packets of the Security Manager: Core Vol 3, Part H, 3. */
import {
  bdAddr,
  type Fields,
  meaning,
  octets,
  type Struct,
  struct,
  u8,
  u16,
  type Values,
} from '../core/codec.js';
import { pairingFailedReasons } from './failure-reasons.js';

export { pairingFailedReasons };

/** An SMP packet, declared: Core Vol 3, Part H, 3.3. */
export interface SmpPduDefinition<P> {
  readonly code: number;
  readonly name: string;
  readonly parameters: Struct<P>;
}

function pdu<F extends Fields>(code: number, name: string, fields: F): SmpPduDefinition<Values<F>> {
  return { code, name, parameters: struct(fields) };
}

const octets8 = /* @__PURE__ */ octets(8);
const octets16 = /* @__PURE__ */ octets(16);
const octets32 = /* @__PURE__ */ octets(32);

/** 3.5.1, table 3.4 */
const ioCapability = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'DisplayOnly',
    1: 'DisplayYesNo',
    2: 'KeyboardOnly',
    3: 'NoInputNoOutput',
    4: 'KeyboardDisplay',
  },
});
/** 3.5.1, table 3.5 */
const oobDataFlag = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'OOB data not present', 1: 'OOB data of the remote device present' },
});
/** 3.5.1, figure 3.3 */
const authReq = /* @__PURE__ */ meaning(u8, {
  parts: [{ name: 'Bonding_Flags', bit: 0, width: 2, names: { 0: 'no bonding', 1: 'bonding' } }],
  bits: { 2: 'MITM', 3: 'SC', 4: 'Keypress', 5: 'CT2' },
});
/** 3.6.1, figure 3.11 */
const keyDistribution = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'EncKey', 1: 'IdKey', 2: 'SignKey', 3: 'LinkKey' },
});

const features = /* @__PURE__ */ {
  ioCapability,
  oobDataFlag,
  authReq,
  /** 7 to 16 octets. */
  maximumEncryptionKeySize: /* @__PURE__ */ meaning(u8, { unit: [1, 'octets'] }),
  initiatorKeyDistribution: keyDistribution,
  responderKeyDistribution: keyDistribution,
} as const;

/** 3.5.1 */
export const pairingRequest = /* @__PURE__ */ pdu(0x01, 'Pairing Request', features);
/** 3.5.2 */
export const pairingResponse = /* @__PURE__ */ pdu(0x02, 'Pairing Response', features);
/** 3.5.3 */
export const pairingConfirm = /* @__PURE__ */ pdu(0x03, 'Pairing Confirm', { confirmValue: octets16 });
/** 3.5.4 */
export const pairingRandom = /* @__PURE__ */ pdu(0x04, 'Pairing Random', { randomValue: octets16 });
/** 3.5.5 */
export const pairingFailed = /* @__PURE__ */ pdu(0x05, 'Pairing Failed', {
  reason: /* @__PURE__ */ meaning(u8, { names: (reason) => pairingFailedReasons[reason] }),
});
/** 3.6.2 */
export const encryptionInformation = /* @__PURE__ */ pdu(0x06, 'Encryption Information', {
  longTermKey: octets16,
});
/** 3.6.3 */
export const centralIdentification = /* @__PURE__ */ pdu(0x07, 'Central Identification', {
  ediv: u16,
  rand: octets8,
});
/** 3.6.4 */
export const identityInformation = /* @__PURE__ */ pdu(0x08, 'Identity Information', {
  identityResolvingKey: octets16,
});
/** 3.6.5 */
export const identityAddressInformation = /* @__PURE__ */ pdu(0x09, 'Identity Address Information', {
  bdAddrType: /* @__PURE__ */ meaning(u8, { names: { 0: 'public', 1: 'static random' } }),
  bdAddr,
});
/** 3.6.6 */
export const signingInformation = /* @__PURE__ */ pdu(0x0a, 'Signing Information', {
  signatureKey: octets16,
});
/** 3.6.7 */
export const securityRequest = /* @__PURE__ */ pdu(0x0b, 'Security Request', { authReq });
/** 3.5.6: the coordinates least significant octet first. */
export const pairingPublicKey = /* @__PURE__ */ pdu(0x0c, 'Pairing Public Key', {
  publicKeyX: octets32,
  publicKeyY: octets32,
});
/** 3.5.7 */
export const pairingDhKeyCheck = /* @__PURE__ */ pdu(0x0d, 'Pairing DHKey Check', { dhKeyCheck: octets16 });
/** 3.5.8 */
export const pairingKeypressNotification = /* @__PURE__ */ pdu(0x0e, 'Pairing Keypress Notification', {
  notificationType: /* @__PURE__ */ meaning(u8, {
    names: {
      0: 'Passkey entry started',
      1: 'Passkey digit entered',
      2: 'Passkey digit erased',
      3: 'Passkey cleared',
      4: 'Passkey entry completed',
    },
  }),
});

/** All of them, for decoders. */
export const all: readonly SmpPduDefinition<unknown>[] = [
  pairingRequest,
  pairingResponse,
  pairingConfirm,
  pairingRandom,
  pairingFailed,
  encryptionInformation,
  centralIdentification,
  identityInformation,
  identityAddressInformation,
  signingInformation,
  securityRequest,
  pairingPublicKey,
  pairingDhKeyCheck,
  pairingKeypressNotification,
] as readonly unknown[] as readonly SmpPduDefinition<unknown>[];
