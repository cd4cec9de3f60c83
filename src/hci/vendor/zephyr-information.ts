/** Commands of Zephyr's controllers that the bring-up sends: what the controller is made of, and its own addresses. */
import { bdAddr, list, meaning, octets, restText, struct, u8, u16, u32 } from '../../core/codec.js';
import { command } from '../definition.js';
import { status } from '../fields/common.js';

const octets16 = /* @__PURE__ */ octets(16);

/** The bits of {@link zephyrReadSupportedCommands}: bit `n` is command 0xFC01 + `n`. */
const supportedCommands = /* @__PURE__ */ meaning(/* @__PURE__ */ octets(64), {
  bits: {
    0: 'Read_Version_Information',
    1: 'Read_Supported_Commands',
    2: 'Read_Supported_Features',
    3: 'Set_Event_Mask',
    4: 'Reset',
    5: 'Write_BD_ADDR',
    6: 'Set_Trace_Enable',
    7: 'Read_Build_Information',
    8: 'Read_Static_Addresses',
    9: 'Read_Key_Hierarchy_Roots',
    10: 'Read_Chip_Temperature',
    11: 'Read_Host_Stack_Commands',
    12: 'Set_Scan_Request_Reports',
    13: 'Write_Tx_Power_Level',
    14: 'Read_Tx_Power_Level',
  },
});

/**
 * Reads what the controller is made of. The variant belongs to the platform: of Nordic 1 is nRF51, 2 nRF52, 3 nRF53, 4
 * nRF54H, 5 nRF54L; of Espressif 1 is ESP32, 2 -S3, 3 -C2, 4 -C3, 5 -C6, 6 -H2.
 */
export const zephyrReadVersionInformation = /* @__PURE__ */ command(
  0xfc01,
  'Zephyr Read_Version_Information',
  {
    returns: {
      status,
      hardwarePlatform: /* @__PURE__ */ meaning(u16, {
        names: { 1: 'Intel', 2: 'Nordic Semiconductor', 3: 'NXP', 4: 'Espressif' },
      }),
      hardwareVariant: u16,
      firmwareVariant: /* @__PURE__ */ meaning(u8, {
        names: {
          0: 'standard controller',
          1: 'standard controller',
          2: 'vendor specific controller',
          3: 'firmware loader',
          4: 'rescue image',
        },
      }),
      firmwareVersion: u8,
      firmwareRevision: u16,
      firmwareBuild: u32,
    },
  },
);

/** Reads a mask of the vendor commands: bit `n` is command 0xFC01 + `n`. */
export const zephyrReadSupportedCommands = /* @__PURE__ */ command(0xfc02, 'Zephyr Read_Supported_Commands', {
  returns: { status, supportedCommands },
});

/** Reads a text about the build; it may end with a zero. */
export const zephyrReadBuildInformation = /* @__PURE__ */ command(0xfc08, 'Zephyr Read_Build_Information', {
  returns: { status, buildInformation: restText },
});

/** Reads the static random addresses that the chip was made with, each with its identity root (zeros: none). */
export const zephyrReadStaticAddresses = /* @__PURE__ */ command(0xfc09, 'Zephyr Read_Static_Addresses', {
  returns: {
    status,
    addresses: /* @__PURE__ */ list(u8, /* @__PURE__ */ struct({ address: bdAddr, identityRoot: octets16 })),
  },
});
