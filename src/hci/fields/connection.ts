/** Fields of connections and of their security: Core Vol 4, Part E, 7.7 and 7.8. */
import { meaning, octets, u8, u16 } from '../../core/codec.js';

/** Whether a link is encrypted. */
export const encryptionEnabled = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'off', 1: 'on', 2: 'on, with AES-CCM on BR/EDR' },
});
/** The 37 data channels. */
export const channelMap = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(5), {
  bits: (bit) => (bit < 37 ? `channel ${bit}` : undefined),
});
/** What the PHYs are left to the controller for. */
export const allPhys = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'no preference for sending', 1: 'no preference for receiving' },
});
/** How LE Coded is to be coded. */
export const phyOptions = /* @__PURE__ */ meaning(u16, {
  names: { 0: 'no preference', 1: 'S=2 preferred', 2: 'S=8 preferred' },
});
/** How the channels are hopped through. */
export const channelSelectionAlgorithm = /* @__PURE__ */ meaning(u8, { names: { 0: '#1', 1: '#2' } });
/** What to do with the sleep clock. */
export const clockAction = /* @__PURE__ */ meaning(u8, { names: { 0: 'more accurate', 1: 'less accurate' } });
/** Who changed the frame space. */
export const frameSpaceInitiator = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'local host', 1: 'local controller', 2: 'peer' },
});
/** Which frame spaces. */
export const spacingTypes = /* @__PURE__ */ meaning(u16, {
  bits: { 0: 'T_IFS_ACL_CP', 1: 'T_IFS_ACL_PC', 2: 'T_MCES', 3: 'T_IFS_CIS', 4: 'T_MSS_CIS' },
});
/** Whether the identity address of a peer is accepted too. */
export const privacyMode = /* @__PURE__ */ meaning(u8, { names: { 0: 'network', 1: 'device' } });
/** The private key for a Diffie-Hellman key. */
export const keyType = /* @__PURE__ */ meaning(u8, { names: { 0: 'generated', 1: 'debug' } });
