/** What tests of the captures that two hosts of another stack made with one another have in common. */
import { expect } from 'vitest';
import { BdAddr } from '../../src/core/address.js';
import type { Connection } from '../../src/gap/connection.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import {
  leSetAdvertisingData,
  leSetAdvertisingEnable,
  leSetAdvertisingParameters,
  leSetScanResponseData,
} from '../../src/hci/commands/index.js';
import { type DivergenceKind, type Replay, type ReplayReport, replay } from '../../src/replay/index.js';
import { sharedCapture } from './app.js';

/** What these replays permit: the host of the captures brings its controller up in another way. */
export const always: readonly DivergenceKind[] = [
  'ignored command',
  'synthesised answer',
  'own parameter',
  'own address',
  'event not asked for',
  'connection parameters',
  'order',
  'fragmentation',
];

/** Plays a replay at a device that does what `body` says, to its end. */
export async function playAtDevice(
  played: Replay,
  body: (device: Device, played: Replay) => Promise<void>,
  options: Partial<DeviceOptions> = {},
): Promise<ReplayReport> {
  const { clock, random } = played;
  const device = await played.run(Device.open({ transport: played, clock, random, ...options }));
  await played.run(body(device, played));
  const report = await played.end();
  await played.run(device.close());
  console.log(`${played.name}: ${report}`);
  expect(report.complete).toBe(true);
  return report;
}

/** Plays a capture at a device that does what `body` says, to its end. */
export async function play(
  capture: string,
  body: (device: Device, played: Replay) => Promise<void>,
): Promise<void> {
  const played = replay(sharedCapture(`emulated/${capture}`), { name: capture, permit: always });
  await playAtDevice(played, body);
}

/** The next link of a device. */
export const arrives = (device: Device) =>
  new Promise<Connection>((resolve) => device.once('connection', resolve));
/** Resolves when a link is gone. */
export const gone = (link: Connection) =>
  new Promise<void>((resolve) => link.once('disconnected', () => resolve()));

/** Advertises with the commands of the captured host, in its order. */
export async function advertise({ host }: Device): Promise<void> {
  const name = Uint8Array.of(7, 0x09, ...new TextEncoder().encode('Bumble'));
  await host.send(leSetAdvertisingData, { advertisingData: name });
  await host.send(leSetScanResponseData, { scanResponseData: new Uint8Array(0) });
  await host.send(leSetAdvertisingParameters, {
    // Less than a controller has to take: so the captured host has it.
    advertisingIntervalMin: 1,
    advertisingIntervalMax: 1600,
    advertisingType: 0,
    ownAddressType: 1,
    peerAddressType: 0,
    peerAddress: BdAddr.zero,
    advertisingChannelMap: 7,
    advertisingFilterPolicy: 0,
  });
  await host.send(leSetAdvertisingEnable, { advertisingEnable: 1 });
}

/** Connects to the peripheral of these captures. */
export const connect = (device: Device) => device.connect('F1:F1:F1:F1:F1:F1/random', { exchangeMtu: false });
