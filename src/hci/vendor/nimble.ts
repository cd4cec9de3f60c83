/**
 * Commands and events of NimBLE's controller, as its own documentation lists them. They are there when it was built with
 * BLE_HCI_VS, and at these opcodes when BLE_HCI_VS_OCF_OFFSET is 0, as it is by default. Not to be mixed up with Zephyr's,
 * which have the same opcodes.
 */
import {
  bdAddr,
  handle,
  i8,
  list,
  meaning,
  octets,
  rest,
  restText,
  struct,
  u8,
  u16,
  u32,
} from '../../core/codec.js';
import { command, vendorEvent } from '../definition.js';
import { dBm, dBmOrNoPreference, enable, microseconds, microsecondsU32, status } from '../fields/common.js';

/**
 * NimBLE names no company unless its builder does: 0xFFFF. A product has its maker's identifier, which tells nothing of
 * these commands.
 */
export const nimbleCompanies: readonly number[] = [0xffff];

/** Reads the static random address of the controller. */
export const nimbleReadStaticAddress = /* @__PURE__ */ command(0xfc01, 'NimBLE Read_Static_Address', {
  returns: { status, address: bdAddr },
});

/** Sets the transmit power, which nothing may make use of meanwhile; gives the one chosen. 127 is the usual one. */
export const nimbleSetTxPower = /* @__PURE__ */ command(0xfc02, 'NimBLE Set_Tx_Power', {
  parameters: { txPower: dBmOrNoPreference },
  returns: { status, selectedTxPower: dBm },
});

/** Sets the slots in which connections are scheduled; a slot is a multiple of 1250 µs. */
export const nimbleCssConfigure = /* @__PURE__ */ command(0xfc03, 'NimBLE CSS_Configure', {
  parameters: { slot: microsecondsU32, periodSlots: u32 },
  returns: { status },
});

/** Turns scheduling in slots on or off. */
export const nimbleCssEnable = /* @__PURE__ */ command(0xfc04, 'NimBLE CSS_Enable', {
  parameters: { enable },
  returns: { status },
});

/** A slot; the controller's choice, or none. */
const slotIndex = /* @__PURE__ */ meaning(u16, { names: { 65535: 'none' } });

/** Chooses the slot of the next connection. */
export const nimbleCssSetNextSlot = /* @__PURE__ */ command(0xfc05, 'NimBLE CSS_Set_Next_Slot', {
  parameters: { slotIndex },
  returns: { status },
});

/** Moves a connection to a slot. */
export const nimbleCssSetConnectionSlot = /* @__PURE__ */ command(0xfc06, 'NimBLE CSS_Set_Conn_Slot', {
  parameters: { connectionHandle: handle, slotIndex },
  returns: { status },
});

/** Reads the slot of a connection. */
export const nimbleCssReadConnectionSlot = /* @__PURE__ */ command(0xfc07, 'NimBLE CSS_Read_Conn_Slot', {
  parameters: { connectionHandle: handle },
  returns: { status, connectionHandle: handle, slotIndex },
});

/** As LE Set Data Length, for both directions. */
export const nimbleSetDataLength = /* @__PURE__ */ command(0xfc08, 'NimBLE Set_Data_Length', {
  parameters: {
    connectionHandle: handle,
    txOctets: u16,
    txTime: microseconds,
    rxOctets: u16,
    rxTime: microseconds,
  },
  returns: { status, connectionHandle: handle },
});

/** Chooses the antenna of the front end. */
export const nimbleSetAntenna = /* @__PURE__ */ command(0xfc09, 'NimBLE Set_Antenna', {
  parameters: { antenna: /* @__PURE__ */ meaning(u8, { names: { 0: 'default', 1: 'port 1', 2: 'port 2' } }) },
  returns: { status },
});

/** Sets the key for private addresses towards peers that are on no resolving list; zeros take it away. */
export const nimbleSetLocalIrk = /* @__PURE__ */ command(0xfc0a, 'NimBLE Set_Local_IRK', {
  parameters: {
    ownAddressType: /* @__PURE__ */ meaning(u8, { names: { 0: 'public', 1: 'random' } }),
    irk: /* @__PURE__ */ octets(16),
  },
  returns: { status },
});

/** Sets what a scanner leaves out. */
export const nimbleSetScanConfiguration = /* @__PURE__ */ command(0xfc0b, 'NimBLE Set_Scan_Cfg', {
  parameters: {
    flags: /* @__PURE__ */ meaning(u32, {
      bits: { 0: 'no legacy advertising', 1: 'no extended advertising', 2: 'none below the threshold' },
    }),
    rssiThreshold: dBm,
  },
  returns: { status },
});

/** An assertion failed in the controller, which halts: `file:line`. Older ones send it with code 0. */
export const nimbleAssertion = /* @__PURE__ */ vendorEvent(0x01, 'NimBLE Assert', {
  parameters: { place: restText },
});

/** A connection came into another slot. */
export const nimbleCssSlotChanged = /* @__PURE__ */ vendorEvent(0x02, 'NimBLE CSS_Slot_Changed', {
  parameters: { connectionHandle: handle, slotIndex },
});

/** How many SDUs of a Broadcast Isochronous Group are queued, less those expected. */
export const nimbleIsoHciFeedback = /* @__PURE__ */ vendorEvent(0x03, 'NimBLE ISO_HCI_Feedback', {
  parameters: {
    bigHandle: u8,
    feedback: /* @__PURE__ */ list(
      u8,
      /* @__PURE__ */ struct({ bisHandle: handle, sduPerInterval: u8, difference: i8 }),
    ),
  },
});

/** An LL Control PDU that was sent or received. */
export const nimbleLlcpTrace = /* @__PURE__ */ vendorEvent(0x17, 'NimBLE LLCP_Trace', {
  parameters: {
    direction: /* @__PURE__ */ meaning(u8, { names: { 3: 'received', 4: 'sent' } }),
    connectionHandle: handle,
    eventCounter: u16,
    reserved: /* @__PURE__ */ octets(3),
    pdu: rest,
  },
});
