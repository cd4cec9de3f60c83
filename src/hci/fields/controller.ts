/** Fields of the commands and events that concern the controller as a whole: Core Vol 4, Part E, 7.3, 7.4 and 7.8. */
import { meaning, octets, u8, u16, u64 } from '../../core/codec.js';
import { leFeatureName } from '../features.js';

/** The version of the Core specification: Assigned Numbers, 2.1. */
export const coreVersion = /* @__PURE__ */ meaning(u8, {
  names: {
    1: 'Core 1.1',
    2: 'Core 1.2',
    3: 'Core 2.0',
    4: 'Core 2.1',
    5: 'Core 3.0',
    6: 'Core 4.0',
    7: 'Core 4.1',
    8: 'Core 4.2',
    9: 'Core 5.0',
    10: 'Core 5.1',
    11: 'Core 5.2',
    12: 'Core 5.3',
    13: 'Core 5.4',
    14: 'Core 6.0',
    15: 'Core 6.1',
    16: 'Core 6.2',
  },
});
/** Who made a controller: Assigned Numbers, 7. */
export const companyIdentifier = /* @__PURE__ */ meaning(u16, { refersTo: 'company' });
/** OGF << 10 | OCF. */
export const opcode = /* @__PURE__ */ meaning(u16, { refersTo: 'opcode' });

/** The 64 octets of the Supported_Commands mask: Core Vol 4, Part E, 6.27. */
export const supportedCommands = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(64), {
  refersTo: 'supportedCommands',
});
/** Page 0 of the LMP features, as far as they concern LE: Core Vol 2, Part C, 3.3. */
export const lmpFeatures = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(8), {
  bits: {
    37: 'BR/EDR Not Supported',
    38: 'LE Supported (Controller)',
    49: 'Simultaneous LE and BR/EDR to Same Device Capable (Controller)',
    63: 'Extended features',
  },
});
/** Page 0 of the LE features: Core Vol 6, Part B, 4.6. */
export const leFeatures = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(8), { bits: leFeatureName });
/** All pages of the LE features: Core Vol 6, Part B, 4.6. */
export const leFeaturePages = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(248), { bits: leFeatureName });
/** The number of a bit of the LE features. */
export const leFeatureBit = /* @__PURE__ */ meaning(u8, { names: leFeatureName });
/** The number of a bit of the LE features, in two octets. */
export const leFeatureBitU16 = /* @__PURE__ */ meaning(u16, { names: leFeatureName });

/** Page 1 of the event mask, as far as its events concern LE: Core Vol 4, Part E, 7.3.1. */
export const eventMask = /* @__PURE__ */ meaning(u64, {
  bits: {
    4: 'Disconnection_Complete',
    7: 'Encryption_Change [v1]',
    11: 'Read_Remote_Version_Information_Complete',
    15: 'Hardware_Error',
    25: 'Data_Buffer_Overflow',
    47: 'Encryption_Key_Refresh_Complete',
    61: 'LE_Meta',
  },
});
/** Page 2 of the event mask, as far as its events concern LE: Core Vol 4, Part E, 7.3.69. */
export const eventMaskPage2 = /* @__PURE__ */ meaning(u64, {
  bits: { 23: 'Authenticated_Payload_Timeout_Expired', 25: 'Encryption_Change [v2]' },
});
/** The mask of the LE events: Core Vol 4, Part E, 7.8.1. */
export const leEventMask = /* @__PURE__ */ meaning(u64, { refersTo: 'leEventMask' });

/** Which data from the controller are under flow control. */
export const flowControlEnable = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'off', 1: 'ACL', 2: 'synchronous', 3: 'ACL and synchronous' },
});
/** Which buffers overflowed. */
export const linkType = /* @__PURE__ */ meaning(u8, { names: { 0: 'synchronous', 1: 'ACL', 2: 'ISO' } });
/** Which transmit power of a link. */
export const txPowerType = /* @__PURE__ */ meaning(u8, { names: { 0: 'current', 1: 'maximum' } });

/** Where data flow, as seen from the host. */
export const dataPathDirection = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'input (host to controller)', 1: 'output (controller to host)' },
});
/** Where data come from or go to; other numbers are the vendor's. */
export const dataPathId = /* @__PURE__ */ meaning(u8, { names: { 0: 'HCI', 255: 'disabled' } });
/** A coding format: Assigned Numbers, 2.11. */
export const codingFormat = /* @__PURE__ */ meaning(u8, {
  names: {
    0: 'µ-law log',
    1: 'A-law log',
    2: 'CVSD',
    3: 'Transparent',
    4: 'Linear PCM',
    5: 'mSBC',
    6: 'LC3',
    7: 'G.729A',
    255: 'vendor specific',
  },
});
/** The transports that a codec serves. */
export const codecTransports = /* @__PURE__ */ meaning(u8, {
  bits: { 0: 'BR/EDR ACL', 1: 'BR/EDR SCO and eSCO', 2: 'LE CIS', 3: 'LE BIS' },
});
/** One transport of a codec. */
export const logicalTransportType = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'BR/EDR ACL', 1: 'BR/EDR SCO or eSCO', 2: 'LE CIS', 3: 'LE BIS' },
});
