/** Encryption, keys and private addresses: Core Vol 4, Part E, 7.8.22 to 7.8.26, 7.8.36 to 7.8.45 and 7.8.77. */
import { bdAddr, handle, octets, u16, u64 } from '../../core/codec.js';
import { command } from '../definition.js';
import { addressType, enable, seconds, status } from '../fields/common.js';
import { keyType, privacyMode } from '../fields/connection.js';

const octets16 = /* @__PURE__ */ octets(16);
const octets32 = /* @__PURE__ */ octets(32);

/** Encrypts one block with AES-128; least significant octets first. Core Vol 4, Part E, 7.8.22 */
export const leEncrypt = /* @__PURE__ */ command(0x2017, 'LE_Encrypt', {
  section: '7.8.22',
  supported: [27, 6],
  features: ['leEncryption'],
  since: '4.0',
  parameters: { key: octets16, plaintextData: octets16 },
  returns: { status, encryptedData: octets16 },
});

/** Gives 8 random octets. Core Vol 4, Part E, 7.8.23 */
export const leRand = /* @__PURE__ */ command(0x2018, 'LE_Rand', {
  section: '7.8.23',
  supported: [27, 7],
  features: ['leEncryption'],
  since: '4.0',
  returns: { status, randomNumber: u64 },
});

/** As central: encrypts a connection, or changes its key. Core Vol 4, Part E, 7.8.24 */
export const leEnableEncryption = /* @__PURE__ */ command(0x2019, 'LE_Enable_Encryption', {
  section: '7.8.24',
  supported: [28, 0],
  finishedBy: [[0x08], [0x59], [0x30]],
  features: ['leEncryption'],
  since: '4.0',
  parameters: {
    connectionHandle: handle,
    randomNumber: u64,
    encryptedDiversifier: u16,
    longTermKey: octets16,
  },
});

/** As peripheral: gives the key that the controller asks for. Core Vol 4, Part E, 7.8.25 */
export const leLongTermKeyRequestReply = /* @__PURE__ */ command(0x201a, 'LE_Long_Term_Key_Request_Reply', {
  section: '7.8.25',
  supported: [28, 1],
  features: ['leEncryption'],
  since: '4.0',
  parameters: { connectionHandle: handle, longTermKey: octets16 },
  returns: { status, connectionHandle: handle },
});

/** As peripheral: tells that there is no such key. Core Vol 4, Part E, 7.8.26 */
export const leLongTermKeyRequestNegativeReply = /* @__PURE__ */ command(
  0x201b,
  'LE_Long_Term_Key_Request_Negative_Reply',
  {
    section: '7.8.26',
    supported: [28, 2],
    features: ['leEncryption'],
    since: '4.0',
    parameters: { connectionHandle: handle },
    returns: { status, connectionHandle: handle },
  },
);

/** Makes a P-256 key pair; an event brings the public key. Core Vol 4, Part E, 7.8.36 */
export const leReadLocalP256PublicKey = /* @__PURE__ */ command(0x2025, 'LE_Read_Local_P-256_Public_Key', {
  section: '7.8.36',
  supported: [34, 1],
  finishedBy: [[0x3e, 0x08]],
  since: '4.2',
});

/**
 * Makes the Diffie-Hellman key with the private key of the controller and the public key of the peer.
 * Core Vol 4, Part E, 7.8.37
 */
export const leGenerateDhKeyV1 = /* @__PURE__ */ command(0x2026, 'LE_Generate_DHKey [v1]', {
  section: '7.8.37',
  supported: [34, 2],
  finishedBy: [[0x3e, 0x09]],
  since: '4.2',
  parameters: { keyXCoordinate: octets32, keyYCoordinate: octets32 },
});

/** As [v1], with the choice of the debug private key. Core Vol 4, Part E, 7.8.37 */
export const leGenerateDhKeyV2 = /* @__PURE__ */ command(0x205e, 'LE_Generate_DHKey [v2]', {
  section: '7.8.37',
  supported: [41, 2],
  finishedBy: [[0x3e, 0x09]],
  since: '5.1',
  parameters: { keyXCoordinate: octets32, keyYCoordinate: octets32, keyType },
});

/** Adds a peer and the two IRKs to the resolving list. Core Vol 4, Part E, 7.8.38 */
export const leAddDeviceToResolvingList = /* @__PURE__ */ command(0x2027, 'LE_Add_Device_To_Resolving_List', {
  section: '7.8.38',
  supported: [34, 3],
  features: ['llPrivacy'],
  since: '4.2',
  parameters: {
    peerIdentityAddressType: addressType,
    peerIdentityAddress: bdAddr,
    peerIrk: octets16,
    localIrk: octets16,
  },
  returns: { status },
});

/** Removes a peer from the resolving list. Core Vol 4, Part E, 7.8.39 */
export const leRemoveDeviceFromResolvingList = /* @__PURE__ */ command(
  0x2028,
  'LE_Remove_Device_From_Resolving_List',
  {
    section: '7.8.39',
    supported: [34, 4],
    features: ['llPrivacy'],
    since: '4.2',
    parameters: { peerIdentityAddressType: addressType, peerIdentityAddress: bdAddr },
    returns: { status },
  },
);

/** Empties the resolving list. Core Vol 4, Part E, 7.8.40 */
export const leClearResolvingList = /* @__PURE__ */ command(0x2029, 'LE_Clear_Resolving_List', {
  section: '7.8.40',
  supported: [34, 5],
  features: ['llPrivacy'],
  since: '4.2',
  returns: { status },
});

/** Reads the resolvable private address that a peer uses now. Core Vol 4, Part E, 7.8.42 */
export const leReadPeerResolvableAddress = /* @__PURE__ */ command(
  0x202b,
  'LE_Read_Peer_Resolvable_Address',
  {
    section: '7.8.42',
    supported: [34, 7],
    features: ['llPrivacy'],
    since: '4.2',
    parameters: { peerIdentityAddressType: addressType, peerIdentityAddress: bdAddr },
    returns: { status, peerResolvableAddress: bdAddr },
  },
);

/** Reads the resolvable private address that is used towards a peer now. Core Vol 4, Part E, 7.8.43 */
export const leReadLocalResolvableAddress = /* @__PURE__ */ command(
  0x202c,
  'LE_Read_Local_Resolvable_Address',
  {
    section: '7.8.43',
    supported: [35, 0],
    features: ['llPrivacy'],
    since: '4.2',
    parameters: { peerIdentityAddressType: addressType, peerIdentityAddress: bdAddr },
    returns: { status, localResolvableAddress: bdAddr },
  },
);

/** Turns the resolution of private addresses in the controller on or off. Core Vol 4, Part E, 7.8.44 */
export const leSetAddressResolutionEnable = /* @__PURE__ */ command(
  0x202d,
  'LE_Set_Address_Resolution_Enable',
  {
    section: '7.8.44',
    supported: [35, 1],
    features: ['llPrivacy'],
    since: '4.2',
    parameters: { addressResolutionEnable: enable },
    returns: { status },
  },
);

/** Sets how long a resolvable private address is used, in seconds. Core Vol 4, Part E, 7.8.45 */
export const leSetResolvablePrivateAddressTimeoutV1 = /* @__PURE__ */ command(
  0x202e,
  'LE_Set_Resolvable_Private_Address_Timeout [v1]',
  {
    section: '7.8.45',
    supported: [35, 2],
    features: ['llPrivacy'],
    since: '4.2',
    parameters: { rpaTimeout: seconds },
    returns: { status },
  },
);

/**
 * Sets the range in which the life of a resolvable private address is drawn, in seconds.
 * Core Vol 4, Part E, 7.8.45
 */
export const leSetResolvablePrivateAddressTimeoutV2 = /* @__PURE__ */ command(
  0x209e,
  'LE_Set_Resolvable_Private_Address_Timeout [v2]',
  {
    section: '7.8.45',
    supported: [48, 2],
    features: ['llPrivacy'],
    since: '6.1',
    parameters: { rpaTimeoutMin: seconds, rpaTimeoutMax: seconds },
    returns: { status },
  },
);

/**
 * Chooses whether the identity address of a peer is accepted too: 0 network privacy, 1 device privacy.
 * Core Vol 4, Part E, 7.8.77
 */
export const leSetPrivacyMode = /* @__PURE__ */ command(0x204e, 'LE_Set_Privacy_Mode', {
  section: '7.8.77',
  supported: [39, 2],
  features: ['llPrivacy'],
  since: '5.0',
  parameters: { peerIdentityAddressType: addressType, peerIdentityAddress: bdAddr, privacyMode },
  returns: { status },
});
