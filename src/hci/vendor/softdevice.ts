/**
 * Commands and events that only Nordic's SoftDevice Controller has, as its sdc_hci_vs.h has them. It has some of Zephyr's
 * as well: see `zephyr`.
 */
import { handle, meaning, octets, rest, u8, u16, u32, u64 } from '../../core/codec.js';
import { command, vendorEvent } from '../definition.js';
import {
  dB,
  dBm,
  enable,
  microseconds,
  microsecondsU32,
  milliseconds,
  phyAndCoding,
  status,
  timeout10,
} from '../fields/common.js';

/** The company identifier of the controllers that have these. */
export const softdeviceCompanies: readonly number[] = [0x0059];

/** Turns Low Latency Packet Mode on or off: connection intervals of 1 to 7 ms. */
export const sdcLlpmModeSet = /* @__PURE__ */ command(0xfd01, 'SDC LLPM_Mode_Set', {
  parameters: { enable },
  returns: { status },
});

/**
 * As LE Connection Update, with the interval in microseconds: 7500 to 4,000,000 in steps of 1250, in Low Latency Packet
 * Mode also 1000 to 7000 in steps of 1000. A Command Status answers; the code of the event that follows is not published.
 */
export const sdcConnectionUpdate = /* @__PURE__ */ command(0xfd02, 'SDC Connection_Update', {
  parameters: {
    connectionHandle: handle,
    connectionInterval: microsecondsU32,
    connectionLatency: u16,
    supervisionTimeout: timeout10,
  },
});

/** Lets connection events go on while there are data. */
export const sdcConnectionEventExtend = /* @__PURE__ */ command(0xfd03, 'SDC Connection_Event_Extend', {
  parameters: { enable },
  returns: { status },
});

/** Turns the reports of connection events on or off. */
export const sdcQosConnectionEventReportEnable = /* @__PURE__ */ command(
  0xfd04,
  'SDC QoS_Connection_Event_Report_Enable',
  { parameters: { enable }, returns: { status } },
);

/** Sets how long the events of connections to come are. */
export const sdcEventLengthSet = /* @__PURE__ */ command(0xfd05, 'SDC Event_Length_Set', {
  parameters: { eventLength: microsecondsU32 },
  returns: { status },
});

/** Sets how long the events of periodic advertising to come are. */
export const sdcPeriodicAdvertisingEventLengthSet = /* @__PURE__ */ command(
  0xfd06,
  'SDC Periodic_Advertising_Event_Length_Set',
  { parameters: { eventLength: microsecondsU32 }, returns: { status } },
);

/** Chooses whether a peripheral makes use of its latency. */
export const sdcPeripheralLatencyModeSet = /* @__PURE__ */ command(
  0xfd09,
  'SDC Peripheral_Latency_Mode_Set',
  {
    parameters: {
      connectionHandle: handle,
      mode: /* @__PURE__ */ meaning(u8, {
        names: { 0: 'enabled', 1: 'disabled', 2: 'until acknowledged' },
      }),
    },
    returns: { status },
  },
);

/** Asks a peer to change its transmit power; LE Transmit Power Reporting tells when it did. */
export const sdcWriteRemoteTxPower = /* @__PURE__ */ command(0xfd0a, 'SDC Write_Remote_Tx_Power', {
  finishedBy: [[0x3e, 0x21]],
  parameters: { connectionHandle: handle, phy: phyAndCoding, delta: dB },
});

/** Sets the random delay of an advertising set, or of the first event (handle 0xFF); 0 is none. */
export const sdcSetAdvertisingRandomness = /* @__PURE__ */ command(0xfd0c, 'SDC Set_Advertising_Randomness', {
  parameters: { advertisingHandle: u8, maximumDelay: microseconds },
  returns: { status },
});

/** Avoids a window offset of 0 towards peripherals that cannot have it. */
export const sdcCompatModeWindowOffsetSet = /* @__PURE__ */ command(
  0xfd0d,
  'SDC Compat_Mode_Window_Offset_Set',
  { parameters: { enable }, returns: { status } },
);

/** Turns the survey of the channels on or off; the interval is 3000 to 4,000,000 µs, or 0 for as often as possible. */
export const sdcQosChannelSurveyEnable = /* @__PURE__ */ command(0xfd0e, 'SDC QoS_Channel_Survey_Enable', {
  parameters: { enable, interval: microsecondsU32 },
  returns: { status },
});

/** Sets how the controller asks peers to change their power by itself. */
export const sdcSetPowerControlRequestParameters = /* @__PURE__ */ command(
  0xfd10,
  'SDC Set_Power_Control_Request_Parameters',
  {
    parameters: {
      autoEnable: enable,
      aprEnable: enable,
      beta: u16,
      lowerLimit: dBm,
      upperLimit: dBm,
      lowerTargetRssi: dBm,
      upperTargetRssi: dBm,
      waitPeriod: milliseconds,
      aprMargin: /* @__PURE__ */ meaning(u8, { unit: [1, 'dB'] }),
    },
    returns: { status },
  },
);

/** Reads the mean strength of a connection. */
export const sdcReadAverageRssi = /* @__PURE__ */ command(0xfd11, 'SDC Read_Average_RSSI', {
  parameters: { connectionHandle: handle },
  returns: { status, connectionHandle: handle, averageRssi: dBm },
});

/** Sets how far apart the events of a central's connections are. */
export const sdcCentralAclEventSpacingSet = /* @__PURE__ */ command(
  0xfd12,
  'SDC Central_ACL_Event_Spacing_Set',
  { parameters: { spacing: microsecondsU32 }, returns: { status } },
);

/** Reads the number of the next event of a connection. */
export const sdcGetNextConnectionEventCounter = /* @__PURE__ */ command(
  0xfd14,
  'SDC Get_Next_Connection_Event_Counter',
  {
    parameters: { connectionHandle: handle },
    returns: { status, connectionHandle: handle, nextEventCounter: u16 },
  },
);

/** Permits to connect as central while another connection is being established. */
export const sdcAllowParallelConnectionEstablishments = /* @__PURE__ */ command(
  0xfd15,
  'SDC Allow_Parallel_Connection_Establishments',
  { parameters: { enable }, returns: { status } },
);

/** Sets the least value that is used for the maximum octets to send on a connection. */
export const sdcMinValueOfMaxAclTxPayloadSet = /* @__PURE__ */ command(
  0xfd16,
  'SDC Min_Value_Of_Max_ACL_Tx_Payload_Set',
  { parameters: { octets: u8 }, returns: { status } },
);

/** Reads the time stamp of the last SDU sent. */
export const sdcIsoReadTxTimestamp = /* @__PURE__ */ command(0xfd17, 'SDC ISO_Read_Tx_Timestamp', {
  parameters: { connectionHandle: handle },
  returns: {
    status,
    connectionHandle: handle,
    packetSequenceNumber: u16,
    txTimeStamp: microsecondsU32,
  },
});

/** Sets the time that is kept free beside a Broadcast Isochronous Group. */
export const sdcBigReservedTimeSet = /* @__PURE__ */ command(0xfd18, 'SDC BIG_Reserved_Time_Set', {
  parameters: { reservedTime: microsecondsU32 },
  returns: { status },
});

/** Sets the time that is kept free beside a Connected Isochronous Group. */
export const sdcCigReservedTimeSet = /* @__PURE__ */ command(0xfd19, 'SDC CIG_Reserved_Time_Set', {
  parameters: { reservedTime: microsecondsU32 },
  returns: { status },
});

/** Sets the length of the subevents of connected streams. */
export const sdcCisSubeventLengthSet = /* @__PURE__ */ command(0xfd1a, 'SDC CIS_Subevent_Length_Set', {
  parameters: { subeventLength: microsecondsU32 },
  returns: { status },
});

/** Chooses the primary channels for scanning and initiating: bits 37 to 39; all others are set. */
export const sdcScanChannelMapSet = /* @__PURE__ */ command(0xfd1b, 'SDC Scan_Channel_Map_Set', {
  parameters: {
    channelMap: /* @__PURE__ */ meaning(/* @__PURE__ */ octets(5), {
      bits: (bit) => (bit < 40 ? `channel ${bit}` : undefined),
    }),
  },
  returns: { status },
});

/** Chooses whether extended advertising is received. */
export const sdcScanAcceptExtendedAdvertisingSet = /* @__PURE__ */ command(
  0xfd1c,
  'SDC Scan_Accept_Extended_Advertising_Packets_Set',
  { parameters: { accept: enable }, returns: { status } },
);

/** Sets the priority of a role: 1 to 5, or 255 for the usual one. */
export const sdcSetRolePriority = /* @__PURE__ */ command(0xfd1d, 'SDC Set_Role_Priority', {
  parameters: {
    handleType: /* @__PURE__ */ meaning(u8, { names: { 4: 'initiator, secondary channels' } }),
    handle,
    priority: u8,
  },
  returns: { status },
});

/** Sets the task of the chip that the start of an event triggers; address 0 is none. */
export const sdcSetEventStartTask = /* @__PURE__ */ command(0xfd1e, 'SDC Set_Event_Start_Task', {
  parameters: {
    handleType: /* @__PURE__ */ meaning(u8, {
      names: { 1: 'scanner', 2: 'initiator', 3: 'connection', 4: 'advertiser' },
    }),
    handle,
    taskAddress: u32,
  },
  returns: { status },
});

/** Turns the reports of anchor points on or off. */
export const sdcConnectionAnchorPointUpdateReportEnable = /* @__PURE__ */ command(
  0xfd1f,
  'SDC Connection_Anchor_Point_Update_Event_Report_Enable',
  { parameters: { enable }, returns: { status } },
);

/** Turns the reports of the event counters of periodic advertising on or off. */
export const sdcEnablePeriodicAdvertisingEventCounterReports = /* @__PURE__ */ command(
  0xfd20,
  'SDC Enable_Periodic_Advertising_Event_Counter_Reports',
  { parameters: { enable }, returns: { status } },
);

/** Sets a detail of Channel Sounding; what the data are depends on the type. */
export const sdcCsParametersSet = /* @__PURE__ */ command(0xfd22, 'SDC CS_Parameters_Set', {
  parameters: {
    type: /* @__PURE__ */ meaning(u8, {
      names: { 0: 'event length (µs, u32)', 1: 'T_PM (µs, u8)', 2: 'distance offset (cm, i16)' },
    }),
    data: rest,
  },
  returns: { status },
});

/** Sends a carrier without modulation. */
export const sdcTransmitterCarrierTest = /* @__PURE__ */ command(0xfd23, 'SDC Transmitter_Carrier_Test', {
  parameters: { txChannel: u8, txPowerLevel: dBm },
  returns: { status },
});

/** How a connection event went. */
export const sdcQosConnectionEventReport = /* @__PURE__ */ vendorEvent(
  0x80,
  'SDC QoS_Connection_Event_Report',
  {
    parameters: {
      connectionHandle: handle,
      eventCounter: u16,
      channelIndex: u8,
      crcOkCount: u16,
      crcErrorCount: u16,
      nakCount: u16,
      flags: /* @__PURE__ */ meaning(u8, { bits: { 0: 'ended by a packet that did not come' } }),
    },
  },
);

/** The energy on each of the 40 channels, as signed octets in dBm; 127 is not measured. */
export const sdcQosChannelSurveyReport = /* @__PURE__ */ vendorEvent(0x81, 'SDC QoS_Channel_Survey_Report', {
  parameters: { channelEnergy: /* @__PURE__ */ octets(40) },
});

/** When the first packet of a connection event began, in microseconds of the controller's clock. */
export const sdcConnectionAnchorPointUpdateReport = /* @__PURE__ */ vendorEvent(
  0x82,
  'SDC Connection_Anchor_Point_Update_Report',
  { parameters: { connectionHandle: handle, eventCounter: u16, anchorPoint: u64 } },
);

/** The event counter of a train. */
export const sdcPeriodicAdvertisingEventCounterReport = /* @__PURE__ */ vendorEvent(
  0x84,
  'SDC Periodic_Advertising_Event_Counter_Report',
  { parameters: { advertisingHandle: u8, eventCounter: u16 } },
);
