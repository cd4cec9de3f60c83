import { Address, AddressType, BdAddr } from '../../../src/core/index.js';
import * as commands from '../../../src/hci/commands/index.js';
import { leConnectionComplete } from '../../../src/hci/events/index.js';
import { advertisingParameters, createConnection } from '../../virtual/world.js';
import type { Controller, ParametersOf } from '../bench.js';

export { advertisingParameters, createConnection };

/** A static random address: Core Vol 6, Part B, 1.3.2.1. */
export const staticAddress = (last: number) =>
  BdAddr.parse(`F0F1F2F3F4${last.toString(16).padStart(2, '0')}`);

/** Advertises under a static random address, every 100 ms, connectable unless told otherwise. */
export async function advertise(
  controller: Controller,
  address: BdAddr,
  data: Uint8Array = Uint8Array.of(2, 1, 6),
  change: Partial<ParametersOf<typeof commands.leSetAdvertisingParameters>> = {},
): Promise<void> {
  await controller.command(commands.leSetRandomAddress, { randomAddress: address });
  await controller.command(
    commands.leSetAdvertisingParameters,
    advertisingParameters({ ownAddressType: AddressType.random, ...change }),
  );
  await controller.command(commands.leSetAdvertisingData, { advertisingData: data });
  await controller.command(commands.leSetAdvertisingEnable, { advertisingEnable: 1 });
}

/** Begins to scan, all the time, passively unless told otherwise. */
export async function scan(
  controller: Controller,
  change: Partial<ParametersOf<typeof commands.leSetScanParameters>> & { filterDuplicates?: number } = {},
): Promise<void> {
  const { filterDuplicates = 0, ...parameters } = change;
  await controller.command(commands.leSetScanParameters, {
    leScanType: 0,
    leScanInterval: 16,
    leScanWindow: 16,
    ownAddressType: AddressType.public,
    scanningFilterPolicy: 0,
    ...parameters,
  });
  await controller.command(commands.leSetScanEnable, { leScanEnable: 1, filterDuplicates });
}

/** Two ends of a connection, by their handles. */
export interface Connected {
  readonly central: number;
  readonly peripheral: number;
}

/** Connects `central` to `peripheral`, which advertises under a static random address until then. */
export async function connect(
  central: Controller,
  peripheral: Controller,
  change: Partial<ParametersOf<typeof commands.leCreateConnection>> = {},
): Promise<Connected> {
  const address = staticAddress(0x99);
  await central.command(commands.leSetRandomAddress, { randomAddress: staticAddress(0x98) });
  await advertise(peripheral, address);
  await central.command(
    commands.leCreateConnection,
    createConnection(address, {
      peerAddressType: AddressType.random,
      ownAddressType: AddressType.random,
      ...change,
    }),
  );
  const ours = await central.event(leConnectionComplete, { status: 0, role: 0 });
  const theirs = await peripheral.event(leConnectionComplete, { status: 0, role: 1 });
  return { central: ours.connectionHandle, peripheral: theirs.connectionHandle };
}

export { Address, AddressType };
