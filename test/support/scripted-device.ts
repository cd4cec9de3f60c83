import { SimulatedClock } from '../../src/core/clock.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import * as commands from '../../src/hci/commands/index.js';
import type { Diagnostic } from '../../src/hci/host-types.js';
import { zephyrReadSupportedCommands } from '../../src/hci/vendor/zephyr.js';
import { ScriptedController } from './scripted-controller.js';

/** A scripted controller that answers the bring-up of a small LE-only chip, and little else. */
export function leController(opened = { resetDone: false }): ScriptedController {
  return new ScriptedController(opened)
    .answer(commands.reset, '00')
    .answer(commands.readLocalVersionInformation, '00 0c 0100 0c f105 0200')
    .answer(commands.readLocalSupportedCommands, `00 ${'ff'.repeat(64)}`)
    .answer(commands.readLocalSupportedFeatures, '00 0000000060000000')
    .answer(commands.leReadLocalSupportedFeaturesPage0, '00 2000000000000000')
    .answer(commands.leReadBufferSizeV1, '00 fb00 03')
    .answer(commands.leReadBufferSizeV2, '00 fb00 03 0000 00')
    .answer(commands.leReadSupportedStates, '00 ffffffffff030000')
    .answer(commands.leReadFilterAcceptListSize, '00 08')
    .answer(zephyrReadSupportedCommands, `00 ${'00'.repeat(64)}`)
    .answer(commands.readBdAddr, '00 010000c0dec0')
    .answer(commands.setEventMask, '00')
    .answer(commands.leSetEventMask, '00')
    .answer(commands.leWriteSuggestedDefaultDataLength, '00')
    .answer(commands.leSetDataLength, '00 4000');
}

/** One that has extended and periodic advertising as well, and takes the commands that scan for trains. */
export function extendedController(): ScriptedController {
  const controller = leController()
    // LE Coded, extended and periodic advertising, sync transfer from and to peers.
    .answer(commands.leReadLocalSupportedFeaturesPage0, '00 2038000300000000')
    .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
    .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 04')
    .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
    .answer(commands.lePeriodicAdvertisingCreateSync, { status: 0 });
  for (const one of [
    commands.leSetExtendedScanParameters,
    commands.leSetExtendedScanEnable,
    commands.lePeriodicAdvertisingCreateSyncCancel,
    commands.lePeriodicAdvertisingTerminateSync,
    commands.leSetPeriodicAdvertisingReceiveEnable,
    commands.leClearPeriodicAdvertiserList,
    commands.leAddDeviceToPeriodicAdvertiserList,
    commands.leSetDefaultPeriodicAdvertisingSyncTransferParameters,
  ])
    controller.answer(one, '00');
  return controller;
}

/** A device on such a controller, on simulated time. */
export async function scriptedDevice(controller = leController(), options: Partial<DeviceOptions> = {}) {
  const clock = new SimulatedClock();
  const diagnostics: Diagnostic[] = [];
  const device = await clock.run(
    Device.open({
      transport: controller,
      clock,
      onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
      ...options,
    }),
  );
  controller.sent.length = 0;
  const bringUp = controller.commands.splice(0);
  return { clock, device, controller, diagnostics, bringUp };
}
