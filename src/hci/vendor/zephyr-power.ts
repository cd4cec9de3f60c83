/** The transmit power of Zephyr's and Nordic's controllers, apart from their other commands: upper layers set it. */
import { handle, meaning, u8 } from '../../core/codec.js';
import { command } from '../definition.js';
import { dBm, dBmOrNoPreference, status } from '../fields/common.js';

/** The company identifiers of the controllers that have these commands; elsewhere the opcodes mean other things. */
export const zephyrCompanies: readonly number[] = [0x05f1, 0x0059];

/** What a transmit power belongs to. */
export const ZephyrPowerHandleType = {
  advertiser: 0,
  scanner: 1,
  connection: 2,
} as const;

/** See {@link ZephyrPowerHandleType}; the last two are Nordic's. */
const handleType = /* @__PURE__ */ meaning(u8, {
  names: { 0: 'advertiser', 1: 'scanner', 2: 'connection', 3: 'periodic sync', 4: 'ISO broadcaster' },
});

/** Sets the transmit power of advertiser, scanner or one connection; gives the level chosen, in dBm. */
export const zephyrWriteTxPowerLevel = /* @__PURE__ */ command(0xfc0e, 'Zephyr Write_Tx_Power_Level', {
  parameters: { handleType, handle, txPowerLevel: dBmOrNoPreference },
  returns: { status, handleType, handle, selectedTxPower: dBm },
});

/** Reads the transmit power of advertiser, scanner or one connection in dBm. */
export const zephyrReadTxPowerLevel = /* @__PURE__ */ command(0xfc0f, 'Zephyr Read_Tx_Power_Level', {
  parameters: { handleType, handle },
  returns: { status, handleType, handle, txPowerLevel: dBm },
});
