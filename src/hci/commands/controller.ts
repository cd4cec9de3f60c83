/** Commands that set up the controller as a whole: Core Vol 4, Part E, 7.3 and 7.8. */
import { handle, list, sized, struct, u8, u16 } from '../../core/codec.js';
import { command } from '../definition.js';
import { enable, interval125, status } from '../fields/common.js';
import {
  dataPathDirection,
  dataPathId,
  eventMask,
  eventMaskPage2,
  flowControlEnable,
  leEventMask,
  leFeatureBit,
  leFeatureBitU16,
} from '../fields/controller.js';

const sizedU8 = /* @__PURE__ */ sized(u8);

/** Chooses the events that the controller may send, by their bits. Core Vol 4, Part E, 7.3.1 */
export const setEventMask = /* @__PURE__ */ command(0x0c01, 'Set_Event_Mask', {
  section: '7.3.1',
  supported: [5, 6],
  since: '1.1',
  parameters: { eventMask },
  returns: { status },
});

/** Chooses further events, by their bits on page 2 of the mask. Core Vol 4, Part E, 7.3.69 */
export const setEventMaskPage2 = /* @__PURE__ */ command(0x0c63, 'Set_Event_Mask_Page_2', {
  section: '7.3.69',
  supported: [22, 2],
  since: '3.0',
  parameters: { eventMaskPage2 },
  returns: { status },
});

/** Chooses the subevents of LE Meta: bit 0 is subevent 1. Core Vol 4, Part E, 7.8.1 */
export const leSetEventMask = /* @__PURE__ */ command(0x2001, 'LE_Set_Event_Mask', {
  section: '7.8.1',
  supported: [25, 0],
  since: '4.0',
  parameters: { leEventMask },
  returns: { status },
});

/**
 * Brings the controller back to its state after power-on; links are gone without events.
 * Core Vol 4, Part E, 7.3.2
 */
export const reset = /* @__PURE__ */ command(0x0c03, 'Reset', {
  section: '7.3.2',
  supported: [5, 7],
  since: '1.1',
  returns: { status },
});

/**
 * Turns flow control of data from the controller on or off: bit 0 for ACL, bit 1 for synchronous data.
 * Core Vol 4, Part E, 7.3.38
 */
export const setControllerToHostFlowControl = /* @__PURE__ */ command(
  0x0c31,
  'Set_Controller_To_Host_Flow_Control',
  {
    section: '7.3.38',
    supported: [10, 5],
    since: '1.1',
    parameters: { flowControlEnable },
    returns: { status },
  },
);

/** Tells the controller what buffers the host has for data from it. Core Vol 4, Part E, 7.3.39 */
export const hostBufferSize = /* @__PURE__ */ command(0x0c33, 'Host_Buffer_Size', {
  section: '7.3.39',
  supported: [10, 6],
  since: '1.1',
  parameters: {
    hostAclDataPacketLength: u16,
    hostSynchronousDataPacketLength: u8,
    hostTotalNumAclDataPackets: u16,
    hostTotalNumSynchronousDataPackets: u16,
  },
  returns: { status },
});

/**
 * Returns credits for data packets to the controller; not answered on success, and it costs no command credit.
 * Core Vol 4, Part E, 7.3.40
 */
export const hostNumberOfCompletedPackets = /* @__PURE__ */ command(
  0x0c35,
  'Host_Number_Of_Completed_Packets',
  {
    section: '7.3.40',
    supported: [10, 7],
    since: '1.1',
    parameters: {
      handles: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          connectionHandle: handle,
          hostNumCompletedPackets: u16,
        }),
      ),
    },
    returns: { status },
    completes: 'none',
  },
);

/** Reads whether the host has told the controller that it knows LE. Core Vol 4, Part E, 7.3.78 */
export const readLeHostSupport = /* @__PURE__ */ command(0x0c6c, 'Read_LE_Host_Support', {
  section: '7.3.78',
  supported: [24, 5],
  since: '4.0',
  returns: { status, leSupportedHost: enable, unused: u8 },
});

/** Tells a dual-mode controller that the host knows LE. Core Vol 4, Part E, 7.3.79 */
export const writeLeHostSupport = /* @__PURE__ */ command(0x0c6d, 'Write_LE_Host_Support', {
  section: '7.3.79',
  supported: [24, 6],
  since: '4.0',
  parameters: { leSupportedHost: enable, unused: u8 },
  returns: { status },
});

/** Sets a host feature bit 0–63 of the feature set. Core Vol 4, Part E, 7.8.115 */
export const leSetHostFeatureV1 = /* @__PURE__ */ command(0x2074, 'LE_Set_Host_Feature [v1]', {
  section: '7.8.115',
  supported: [44, 1],
  since: '5.2',
  parameters: { bitNumber: leFeatureBit, bitValue: enable },
  returns: { status },
});

/** Sets any host feature bit of the feature set, those of the further pages too. Core Vol 4, Part E, 7.8.115 */
export const leSetHostFeatureV2 = /* @__PURE__ */ command(0x2097, 'LE_Set_Host_Feature [v2]', {
  section: '7.8.115',
  supported: [47, 4],
  features: ['llExtendedFeatureSet'],
  since: '6.0',
  parameters: { bitNumber: leFeatureBitU16, bitValue: enable },
  returns: { status },
});

/** Tells the interval that the host prefers others to be multiples of. Core Vol 4, Part E, 7.3.100 */
export const setEcosystemBaseInterval = /* @__PURE__ */ command(0x0c82, 'Set_Ecosystem_Base_Interval', {
  section: '7.3.100',
  supported: [45, 1],
  since: '5.2',
  parameters: {
    interval: interval125,
  },
  returns: { status },
});

/** Sets up a data path between the controller and a codec or the host. Core Vol 4, Part E, 7.3.101 */
export const configureDataPath = /* @__PURE__ */ command(0x0c83, 'Configure_Data_Path', {
  section: '7.3.101',
  supported: [45, 5],
  since: '5.2',
  parameters: { dataPathDirection, dataPathId, vendorSpecificConfig: sizedU8 },
  returns: { status },
});
