/** Events of the controller as a whole: Core Vol 4, Part E, 7.7. */
import { handle, list, rest, struct, u8, u16 } from '../../core/codec.js';
import { event } from '../definition.js';
import { status } from '../fields/common.js';
import { linkType, opcode } from '../fields/controller.js';

/** A command is done; the return parameters are laid out by the command. Core Vol 4, Part E, 7.7.14 */
export const commandComplete = /* @__PURE__ */ event(0x0e, 'Command_Complete', {
  section: '7.7.14',
  since: '1.1',
  parameters: { numHciCommandPackets: u8, commandOpcode: opcode, returnParameters: rest },
});

/** A command has begun, or was refused. Core Vol 4, Part E, 7.7.15 */
export const commandStatus = /* @__PURE__ */ event(0x0f, 'Command_Status', {
  section: '7.7.15',
  since: '1.1',
  parameters: { status, numHciCommandPackets: u8, commandOpcode: opcode },
});

/** Data packets left the controller: as many more may be sent. Core Vol 4, Part E, 7.7.19 */
export const numberOfCompletedPackets = /* @__PURE__ */ event(0x13, 'Number_Of_Completed_Packets', {
  section: '7.7.19',
  since: '1.1',
  parameters: {
    handles: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({
        connectionHandle: handle,
        numCompletedPackets: u16,
      }),
    ),
  },
});

/** The controller is in trouble; the code is its own. Core Vol 4, Part E, 7.7.16 */
export const hardwareError = /* @__PURE__ */ event(0x10, 'Hardware_Error', {
  section: '7.7.16',
  maskBit: 15,
  since: '1.1',
  parameters: { hardwareCode: u8 },
});

/** The host has sent more data than there was room for. Core Vol 4, Part E, 7.7.26 */
export const dataBufferOverflow = /* @__PURE__ */ event(0x1a, 'Data_Buffer_Overflow', {
  section: '7.7.26',
  maskBit: 25,
  since: '1.1',
  parameters: { linkType },
});

/** The envelope of all LE events. Core Vol 4, Part E, 7.7.65 */
export const leMeta = /* @__PURE__ */ event(0x3e, 'LE_Meta', {
  section: '7.7.65',
  maskBit: 61,
  since: '4.0',
  parameters: { subeventCode: u8, parameters: rest },
});

/** What the manufacturer made of it: Core Vol 4, Part E, 5.4.4. */
export const vendorSpecific = /* @__PURE__ */ event(0xff, 'Vendor_Specific', {
  since: '1.1',
  parameters: { parameters: rest },
});
