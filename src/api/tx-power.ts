import { NotSupportedError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import type { Device } from '../gap/index.js';
import { readTransmitPowerLevel } from '../hci/commands/index.js';
import {
  ZephyrPowerHandleType as HandleType,
  zephyrCompanies,
  zephyrReadTxPowerLevel,
  zephyrWriteTxPowerLevel,
} from '../hci/vendor/zephyr-power.js';
import { BluetoothConstants as C } from './constants.js';
import { failed, OSError } from './errors.js';
import { txPowerLevels } from './tx-power-levels.js';

/** The power of the advertising channels in dBm; `undefined` when the controller cannot tell. */
export async function advertisingTxPower(device: Device): Promise<number | undefined> {
  try {
    return await device.readAdvertisingTxPower();
  } catch (error) {
    if (!device.isOpen) throw error;
    return undefined;
  }
}

/** The transmit power of a type in dBm. */
export async function readTxPower(device: Device, type: number): Promise<number> {
  try {
    if (hasZephyrCommands(device)) {
      const [target] = targets(device, type);
      return (await device.host.send(zephyrReadTxPowerLevel, target!)).txPowerLevel;
    }
    if (type === C.TX_PWR_CONN) return await connectionTxPower(device);
    const power = type === C.TX_PWR_SCAN ? undefined : await advertisingTxPower(device);
    if (power !== undefined) return power;
  } catch (error) {
    throw failed(error);
  }
  throw new NotSupportedError(
    `tx_power: this controller (${company(device)}) has no command that reads this transmit power`,
  );
}

/** Sets the transmit power of a type to a level. */
export async function writeTxPower(device: Device, type: number, level: number): Promise<void> {
  if (!hasZephyrCommands(device)) {
    throw new NotSupportedError(
      `tx_power: this controller (${company(device)}) has no command known that sets the transmit power; standard HCI has none for it`,
    );
  }
  try {
    for (const target of targets(device, type)) {
      await device.host.send(zephyrWriteTxPowerLevel, { ...target, txPowerLevel: txPowerLevels[level]! });
    }
  } catch (error) {
    throw failed(error);
  }
}

function hasZephyrCommands(device: Device): boolean {
  return zephyrCompanies.includes(device.controller.companyIdentifier);
}

/** What a type stands for at the controller. The default is that of all that has none of its own. */
function targets(device: Device, type: number): { handleType: number; handle: number }[] {
  const links = device.connections.map(({ handle }) => ({ handleType: HandleType.connection, handle }));
  if (type === C.TX_PWR_CONN) {
    if (links.length === 0) throw noConnection();
    return links;
  }
  const advertiser = { handleType: HandleType.advertiser, handle: 0 };
  const scanner = { handleType: HandleType.scanner, handle: 0 };
  if (type === C.TX_PWR_ADV) return [advertiser];
  if (type === C.TX_PWR_SCAN) return [scanner];
  return [advertiser, scanner, ...links];
}

async function connectionTxPower(device: Device): Promise<number> {
  const [link] = device.connections;
  if (!link) throw noConnection();
  // Type 0 is the level as it is now (Core Vol 4, Part E, 7.3.35).
  const { txPowerLevel } = await device.host.send(readTransmitPowerLevel, {
    connectionHandle: link.handle,
    type: 0,
  });
  return txPowerLevel;
}

function noConnection(): OSError {
  return new OSError('tx_power: there is no connection');
}

function company(device: Device): string {
  return `company ${hexCode(device.controller.companyIdentifier, 4)}`;
}
