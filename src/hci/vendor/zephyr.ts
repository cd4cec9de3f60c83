/**
 * Commands and events of Zephyr's controllers, as its zephyr/bluetooth/hci_vs.h has them. Nordic's SoftDevice Controller
 * has some of the commands too: Read_Supported_Commands tells which.
 */
import {
  bdAddr,
  handle,
  i8,
  i16,
  list,
  meaning,
  octets,
  rest,
  struct,
  u8,
  u16,
  u64,
} from '../../core/codec.js';
import { command, vendorEvent } from '../definition.js';
import { addressType, dBm, enable, phy, phys, status, tenthsOfDbm } from '../fields/common.js';
import { cteType, packetStatus, slotDurations } from '../fields/direction-finding.js';
import { fatalError, zephyrPlace, zephyrStackFrame } from './zephyr-fatal-error.js';

export * from './zephyr-fatal-error.js';
export * from './zephyr-information.js';
export * from './zephyr-power.js';

const octets16 = /* @__PURE__ */ octets(16);

/** Reads a mask of the vendor features; none is defined. */
export const zephyrReadSupportedFeatures = /* @__PURE__ */ command(0xfc03, 'Zephyr Read_Supported_Features', {
  returns: { status, features: /* @__PURE__ */ octets(8) },
});

/** Chooses the vendor events: bit `n` is event `n + 1`. */
export const zephyrSetEventMask = /* @__PURE__ */ command(0xfc04, 'Zephyr Set_Event_Mask', {
  parameters: {
    eventMask: /* @__PURE__ */ meaning(u64, {
      bits: {
        1: 'Fatal_Error',
        2: 'Trace_Information',
        3: 'Scan_Request_Received',
        4: 'LE_Connectionless_IQ_Report',
        5: 'LE_Connection_IQ_Report',
      },
    }),
  },
  returns: { status },
});

/** Resets the controller: 0 the link layer only, 1 the chip. */
export const zephyrReset = /* @__PURE__ */ command(0xfc05, 'Zephyr Reset', {
  parameters: { type: /* @__PURE__ */ meaning(u8, { names: { 0: 'soft', 1: 'hard' } }) },
  returns: { status },
});

/** Sets the public address, until the controller is without power. */
export const zephyrWriteBdAddr = /* @__PURE__ */ command(0xfc06, 'Zephyr Write_BD_ADDR', {
  parameters: { bdAddr },
  returns: { status },
});

/** Turns the trace on or off: as events, or by the vendor's debugging channel. */
export const zephyrSetTraceEnable = /* @__PURE__ */ command(0xfc07, 'Zephyr Set_Trace_Enable', {
  parameters: {
    enable,
    type: /* @__PURE__ */ meaning(u8, { names: { 0: 'HCI events', 1: 'vendor debugging channel' } }),
  },
  returns: { status },
});

/** Reads the roots from which keys may be derived: Core Vol 3, Part H, Appendix B. */
export const zephyrReadKeyHierarchyRoots = /* @__PURE__ */ command(
  0xfc0a,
  'Zephyr Read_Key_Hierarchy_Roots',
  {
    returns: { status, identityRoot: octets16, encryptionRoot: octets16 },
  },
);

/** Reads the temperature of the chip in °C. */
export const zephyrReadChipTemperature = /* @__PURE__ */ command(0xfc0b, 'Zephyr Read_Chip_Temperature', {
  returns: { status, temperature: /* @__PURE__ */ meaning(i8, { unit: [1, '°C'] }) },
});

/** Reads whose further vendor commands the controller has, and where their opcodes begin. */
export const zephyrReadHostStackCommands = /* @__PURE__ */ command(
  0xfc0c,
  'Zephyr Read_Host_Stack_Commands',
  {
    returns: {
      status,
      commands: /* @__PURE__ */ list(
        u8,
        /* @__PURE__ */ struct({
          vendorId: /* @__PURE__ */ meaning(u16, { names: { 1: 'Android', 2: 'Microsoft' } }),
          opcodeBase: u16,
        }),
      ),
    },
  },
);

/** Turns the reports of scan requests on or off. */
export const zephyrSetScanRequestReports = /* @__PURE__ */ command(
  0xfc0d,
  'Zephyr Set_Scan_Request_Reports',
  {
    parameters: { enable },
    returns: { status },
  },
);

/** How HCI packets travel over USB. */
const usbMode = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'H2 (one endpoint a kind)', 1: 'H4 (one bulk endpoint)' },
});

/** Reads how the controller can talk over USB. */
export const zephyrReadUsbTransportMode = /* @__PURE__ */ command(0xfc10, 'Zephyr Read_USB_Transport_Mode', {
  returns: { status, supportedModes: /* @__PURE__ */ list(u8, usbMode) },
});

/** Chooses how the controller talks over USB. */
export const zephyrSetUsbTransportMode = /* @__PURE__ */ command(0xfc11, 'Zephyr Set_USB_Transport_Mode', {
  parameters: { mode: usbMode },
  returns: { status },
});

/** Sets how many channels a connection has to use at least on some PHYs. */
export const zephyrSetMinNumUsedChannels = /* @__PURE__ */ command(
  0xfc12,
  'Zephyr Set_Min_Num_Used_Channels',
  {
    parameters: { connectionHandle: handle, phys, minUsedChannels: u8 },
    returns: { status },
  },
);

/**
 * The firmware came to its end by an exception of the processor. Zephyr's link layer sends it under this code, which is
 * that of the kind of error where hci_vs.h has that of Fatal_Error.
 */
export const zephyrFatalException = /* @__PURE__ */ vendorEvent(0x01, 'Zephyr Fatal_Exception', {
  parameters: zephyrStackFrame,
});

/** The firmware came to its end: see {@link ZephyrFatalError}. */
export const zephyrFatalError = /* @__PURE__ */ vendorEvent(0x02, 'Zephyr Fatal_Error', {
  parameters: { error: fatalError },
});

/** What the link layer sends and receives, when its trace is on. */
export const zephyrTraceInformation = /* @__PURE__ */ vendorEvent(0x03, 'Zephyr Trace_Information', {
  parameters: {
    type: /* @__PURE__ */ meaning(u8, {
      names: { 1: 'LMP sent', 2: 'LMP received', 3: 'LLCP sent', 4: 'LLCP received', 5: 'CONNECT_IND' },
    }),
    data: rest,
  },
});

/** A scanner asked for the scan response. */
export const zephyrScanRequestReceived = /* @__PURE__ */ vendorEvent(0x04, 'Zephyr Scan_Request_Received', {
  parameters: { addressType, address: bdAddr, rssi: dBm },
});

/** 0x8000 (-32768) is no valid sample. */
const samples = /* @__PURE__ */ list(u8, /* @__PURE__ */ struct({ iSample: i16, qSample: i16 }));

/** As LE Connectionless IQ Report, with samples of 16 bits. */
export const zephyrConnectionlessIqReport = /* @__PURE__ */ vendorEvent(
  0x05,
  'Zephyr LE_Connectionless_IQ_Report',
  {
    parameters: {
      syncHandle: handle,
      channelIndex: u8,
      rssi: tenthsOfDbm,
      rssiAntennaId: u8,
      cteType,
      slotDurations,
      packetStatus,
      periodicEventCounter: u16,
      samples,
    },
  },
);

/** As LE Connection IQ Report, with samples of 16 bits. */
export const zephyrConnectionIqReport = /* @__PURE__ */ vendorEvent(0x06, 'Zephyr LE_Connection_IQ_Report', {
  parameters: {
    connectionHandle: handle,
    rxPhy: phy,
    dataChannelIndex: u8,
    rssi: tenthsOfDbm,
    rssiAntennaId: u8,
    cteType,
    slotDurations,
    packetStatus,
    connectionEventCounter: u16,
    samples,
  },
});

/** An assertion failed in the firmware of `hci_uart` and the like, which is silent from then on. */
export const zephyrAssertion = /* @__PURE__ */ vendorEvent(0xaa, 'Zephyr Assertion', {
  parameters: zephyrPlace,
});
