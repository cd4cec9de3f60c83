import { fromHex, toHex } from '../../../src/core/hex.js';
import type { DeviceOptions } from '../../../src/gap/device-options.js';
import * as commands from '../../../src/hci/commands/index.js';
import type { AnyCommand } from '../../../src/hci/definition.js';
import { event, type ScriptedController } from '../../support/scripted-controller.js';
import { leController, scriptedDevice } from '../../support/scripted-device.js';

/** A controller that advertises, scans and connects by the legacy commands, and says yes to all of them. */
export function legacyController(): ScriptedController {
  const controller = leController();
  for (const one of [
    commands.leSetAdvertisingParameters,
    commands.leSetAdvertisingData,
    commands.leSetScanResponseData,
    commands.leSetAdvertisingEnable,
    commands.leSetScanParameters,
    commands.leSetScanEnable,
    commands.leCreateConnectionCancel,
    commands.leClearFilterAcceptList,
    commands.leAddDeviceToFilterAcceptList,
    commands.leRemoveDeviceFromFilterAcceptList,
  ])
    controller.answer(one, '00');
  return controller
    .answer(commands.leReadAdvertisingPhysicalChannelTxPower, '00 04')
    .answer(commands.leCreateConnection, { status: 0 })
    .answer(commands.leConnectionUpdate, { status: 0 });
}

/** A device on such a controller, with what it sends by command. */
export async function legacyDevice(controller = legacyController(), options: Partial<DeviceOptions> = {}) {
  const made = await scriptedDevice(controller, options);
  /** The parameters of the commands of one kind that were sent, in hexadecimal. */
  const sent = ({ opcode }: AnyCommand) =>
    made.controller.sent
      .map(fromHex)
      .filter((packet) => packet[0] === 1 && (packet[1]! | (packet[2]! << 8)) === opcode)
      .map((packet) => toHex(packet.subarray(4)));
  /** What the controller was last told to advertise. */
  const advertised = () => {
    const parameters = fromHex(sent(commands.leSetAdvertisingParameters).at(-1)!);
    const content = (command: AnyCommand) => {
      const octets = fromHex(sent(command).at(-1) ?? '00');
      return toHex(octets.subarray(1, 1 + octets[0]!));
    };
    return {
      intervals: [parameters[0]! | (parameters[1]! << 8), parameters[2]! | (parameters[3]! << 8)],
      type: parameters[4]!,
      own: parameters[5]!,
      peer: toHex(parameters.subarray(6, 13)),
      data: content(commands.leSetAdvertisingData),
      scanResponse: content(commands.leSetScanResponseData),
      enabled: sent(commands.leSetAdvertisingEnable).at(-1) === '01',
    };
  };
  return { ...made, sent, advertised };
}

/** LE Connection Complete: interval 30 ms, latency 0, timeout 4 s. */
export const connectionComplete = (role: 'central' | 'peripheral', peer = '01 0200000000c0') =>
  event(0x3e, `01 00 4000 ${role === 'central' ? '00' : '01'} ${peer} 1800 0000 9001 00`);

/** LE Connection Update Complete, in the units of the event. */
export const updateComplete = (interval: string, latency: string, timeout: string, status = '00') =>
  event(0x3e, `03 ${status} 4000 ${interval} ${latency} ${timeout}`);

/** A frame on the LE signalling channel of that connection, as it comes. */
export function signalling(pdu: string): string {
  const octets = pdu.replaceAll(' ', '');
  const length = octets.length / 2;
  const hex = (value: number) => toHex(Uint8Array.of(value & 255, value >> 8));
  return `02 4020 ${hex(length + 4)} ${hex(length)} 0500 ${octets}`;
}
