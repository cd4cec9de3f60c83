import { describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import { encodeConnectionParameters } from '../../src/gap/connection-parameters.js';
import { connectionPresets } from '../../src/gap/index.js';
import * as commands from '../../src/hci/commands/index.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

describe('presets of connection parameters', () => {
  it.each(Object.entries(connectionPresets))(
    '%s is permitted (7.8.12), and answers as it says',
    async (name, preset) => {
      expect(encodeConnectionParameters(preset).supervisionTimeout).toBe(preset.supervisionTimeoutMs / 10);
      const answer = preset.intervalMaxMs * (1 + preset.latency);
      expect(answer).toBe({ lowLatency: 15, balanced: 50, lowPower: 375 }[name]);
      const world = new World();
      const [central, peripheral] = [await world.device(), await world.device()];
      await world.run(peripheral.startAdvertising({ data: { flags: 6 } }));
      const link = await world.run(central.connect(peripheral.address, { parameters: preset }));
      expect(link.parameters.latency).toBe(preset.latency);
      for (const other of Object.values(connectionPresets)) {
        const { intervalMs } = await world.run(link.updateParameters(other));
        expect(intervalMs).toBeGreaterThanOrEqual(other.intervalMinMs);
        expect(intervalMs).toBeLessThanOrEqual(other.intervalMaxMs);
      }
      await world.run(Promise.all([central.close(), peripheral.close()]));
    },
  );
});

describe('channels that are avoided (7.8.19)', () => {
  it('are told to the controller, least significant bit first, a second apart at least', async () => {
    const { device, controller, clock } = await scriptedDevice();
    controller.answer(commands.leSetHostChannelClassification, '00');
    const all = Promise.all([device.avoidChannels([0, 9, 36]), device.avoidChannels([])]);
    await clock.advance(999);
    expect(controller.sent).toEqual(['01142005' + 'fefdffff0f']);
    await clock.run(all);
    expect(controller.sent).toEqual(['01142005' + 'fefdffff0f', '01142005' + 'ffffffff1f']);
  });

  it('are refused when they are none, or all, or the controller does not take it', async () => {
    const { device, controller, clock } = await scriptedDevice();
    for (const [channels, error] of [
      [[37], /channel: 37/],
      [[1.5], /channel: 1.5/],
      ['1', /a list/],
      [Array.from({ length: 37 }, (_, i) => i), /one channel/],
    ] as const)
      await expect(clock.run(device.avoidChannels(channels as never))).rejects.toThrow(error);
    expect(controller.sent).toEqual([]);
    // Octet 27 bit 3.
    const old = leController().answer(
      commands.readLocalSupportedCommands,
      `00 ${'ff'.repeat(27)}f7${'ff'.repeat(36)}`,
    );
    const without = await scriptedDevice(old);
    await expect(without.clock.run(without.device.avoidChannels([1]))).rejects.toBeInstanceOf(
      NotSupportedError,
    );
  });

  it('are not used on links that come about after it', async () => {
    const world = new World();
    const [central, peripheral] = [await world.device(), await world.device()];
    await world.run(central.avoidChannels([0, 1, 2, 3]));
    await world.run(peripheral.startAdvertising({ data: { flags: 6 } }));
    const link = await world.run(central.connect(peripheral.address));
    expect([...(await world.run(link.radio.readChannelMap()))]).toEqual([0xf0, 0xff, 0xff, 0xff, 0x1f]);
    await world.run(Promise.all([central.close(), peripheral.close()]));
  });
});
