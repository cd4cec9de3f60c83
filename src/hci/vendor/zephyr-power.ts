/** Commands of Zephyr's controllers, which Nordic's SoftDevice Controller has as well (zephyr/bluetooth/hci_vs.h). */
import { handle, i8, u8 } from '../../core/codec.js';
import { command } from '../definition.js';

/** The company identifiers of the controllers that have these commands; elsewhere the opcodes mean other things. */
export const zephyrCompanies: readonly number[] = [0x05f1, 0x0059];

/** What a transmit power belongs to. */
export const ZephyrPowerHandleType = {
  advertiser: 0,
  scanner: 1,
  connection: 2,
} as const;

/** Sets the transmit power of advertiser, scanner or one connection; gives the level chosen, in dBm. */
export const zephyrWriteTxPowerLevel = /* @__PURE__ */ command(0xfc0e, 'Zephyr Write_Tx_Power_Level', {
  parameters: { handleType: u8, handle, txPowerLevel: i8 },
  returns: { status: u8, handleType: u8, handle, selectedTxPower: i8 },
});

/** Reads the transmit power of advertiser, scanner or one connection in dBm. */
export const zephyrReadTxPowerLevel = /* @__PURE__ */ command(0xfc0f, 'Zephyr Read_Tx_Power_Level', {
  parameters: { handleType: u8, handle },
  returns: { status: u8, handleType: u8, handle, txPowerLevel: i8 },
});
