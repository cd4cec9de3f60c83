import { BluetoothConstants as C } from './constants.js';
import { texts, ValueError } from './errors.js';
import { checkWhole } from './values.js';

/** The levels in dBm, by `Bluetooth.TX_PWR_N12` to `TX_PWR_P9`. */
export const txPowerLevels = [-12, -9, -6, -3, 0, 3, 6, 9];
const types: readonly unknown[] = [C.TX_PWR_CONN, C.TX_PWR_ADV, C.TX_PWR_SCAN, C.TX_PWR_DEFAULT];

/** @throws {ValueError} when type or level is not one of the constants */
export function checkTxPower(type: unknown, level: unknown): void {
  if (!types.includes(type)) throw new ValueError(texts.powerType(type));
  if (level !== undefined) checkWhole(level, 0, txPowerLevels.length - 1, texts.powerLevel(level));
}
