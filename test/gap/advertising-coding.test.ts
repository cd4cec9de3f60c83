import { describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import { fromHex } from '../../src/core/hex.js';
import type { AdvertisingSetOptions } from '../../src/gap/index.js';
import { forEachExtendedAdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { extendedController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const coded: AdvertisingSetOptions = { primaryPhy: 'coded', sid: 2 };
const set2 = commands.leSetExtendedAdvertisingParametersV2;

describe('the coding of an advertising set (Vol 4, Part E, 7.8.53)', () => {
  function controllerWith(octet46: string) {
    const mask = `${'ff'.repeat(46)}${octet46}${'ff'.repeat(17)}`;
    const controller = extendedController()
      .answer(commands.readLocalSupportedCommands, `00 ${mask}`)
      .answer(commands.leSetExtendedAdvertisingParametersV1, '00 07')
      .answer(set2, '00 07');
    for (const one of [commands.leSetExtendedAdvertisingData, commands.leSetAdvertisingSetRandomAddress])
      controller.answer(one, '00');
    return controller;
  }

  it.each([
    [{ primaryCoding: 'S2' }, '0100'],
    [{ secondaryCoding: 'S8' }, '0002'],
    [{ primaryCoding: 'S8', secondaryCoding: 'S2' }, '0201'],
    [{ primaryCoding: 'S2', secondaryCoding: 'S8', codingRequired: true }, '0304'],
    [{ primaryPhy: '1M', secondaryPhy: 'coded', secondaryCoding: 'S2', codingRequired: true }, '0003'],
  ] as const)('is %j by the second version of the command, with options %s', async (wish, options) => {
    const { device, clock, controller } = await scriptedDevice(controllerWith('ff'));
    await clock.run(device.createAdvertisingSet({ ...coded, ...wish }));
    const primary = 'primaryPhy' in wish ? '01' : '03';
    expect(controller.sent[0]).toBe(
      `017f201b010000a00000f00000070000000000000000007f${primary}00030200${options}`,
    );
    expect(controller.commands).not.toContain(commands.leSetExtendedAdvertisingParametersV1.opcode);
  });

  it('is left to the controller without a word, by the first version', async () => {
    const { device, clock, controller } = await scriptedDevice(controllerWith('ff'));
    await clock.run(device.createAdvertisingSet(coded));
    expect(controller.commands).toContain(commands.leSetExtendedAdvertisingParametersV1.opcode);
    expect(controller.commands).not.toContain(set2.opcode);
  });

  it('is refused on a controller that has no choice (Supported_Commands, octet 46, bit 2)', async () => {
    const { device, clock, controller } = await scriptedDevice(controllerWith('fb'));
    const made = clock.run(device.createAdvertisingSet({ ...coded, primaryCoding: 'S2' }));
    await expect(made).rejects.toThrow(/Advertising Coding Selection/);
    await expect(made).rejects.toBeInstanceOf(NotSupportedError);
    expect(controller.sent).toEqual([]);
  });

  it('is permitted with LE Coded only', async () => {
    const { device, clock } = await scriptedDevice(controllerWith('ff'));
    for (const [wrong, message] of [
      [{ primaryCoding: 'S2' }, /primaryCoding: permitted with primaryPhy coded/],
      [{ ...coded, secondaryPhy: '2M', secondaryCoding: 'S2' }, /secondaryCoding: permitted with/],
      [{ ...coded, primaryCoding: 'S4' }, /primaryCoding/],
      [{ ...coded, codingRequired: true }, /codingRequired: permitted with/],
    ] as const)
      await expect(clock.run(device.createAdvertisingSet(wrong as never))).rejects.toThrow(message);
  });
});

describe('the coding of an advertisement (Vol 4, Part E, 7.7.65.13)', () => {
  const report = (primary: string, secondary: string) =>
    `0d 01 0000 01 0a00000000c0 ${primary} ${secondary} 01 7f d0 0000 00 000000000000 00`;

  it.each([
    [false, '03 03', undefined, undefined],
    [true, '03 03', 'S8', 'S8'],
    [true, '04 03', 'S2', 'S8'],
    [true, '01 04', undefined, 'S2'],
    [true, '01 02', undefined, undefined],
    [true, '01 00', undefined, undefined],
  ] as const)('with Advertising Coding Selection %s: PHYs %s', (selection, phys, primary, secondary) => {
    const [one, two] = phys.split(' ') as [string, string];
    const bytes = fromHex(report(one, two));
    const seen: unknown[] = [];
    const take = (r: Parameters<Parameters<typeof forEachExtendedAdvertisingReport>[3]>[0]) =>
      seen.push([r.primaryCoding, r.secondaryCoding, r.primaryPhy, r.secondaryPhy]);
    expect(forEachExtendedAdvertisingReport(bytes, 1, bytes.length, take, selection)).toBe(true);
    // The PHY is the PHY, whatever its coding.
    const phy = (octet: string) => Math.min(3, Number(octet));
    expect(seen).toEqual([[primary, secondary, phy(one), phy(two)]]);
  });

  it('is told to a host that said that it knows of it (7.8.115), and one with S=2 is one on LE Coded', async () => {
    const features = '00 2030000000010000';
    const host: string[] = [];
    const controller = extendedController()
      .answer(commands.leReadLocalSupportedFeaturesPage0, features)
      .answer(commands.leSetHostFeatureV1, (parameters) => {
        host.push([...parameters].join(' '));
        return [event(0x0e, '01 7420 00')];
      });
    const { device, clock } = await scriptedDevice(controller);
    expect(host).toEqual(['41 1']);
    const onCoded = await clock.run(device.startScan({ phys: ['coded'] }));
    const on1M = await clock.run(device.startScan());
    controller.emit(event(0x3e, report('04', '04')));
    const { value } = await clock.run(onCoded[Symbol.asyncIterator]().next());
    expect([value!.primaryCoding, value!.secondaryCoding]).toEqual(['S2', 'S2']);
    expect(on1M.received).toBe(0);
  });

  it('is heard between devices as it was chosen', async () => {
    const world = new World();
    const sender = await world.device();
    const receiver = await world.device();
    for (const [primaryCoding, secondaryCoding] of [
      ['S2', 'S8'],
      ['S8', 'S2'],
    ] as const) {
      const codings = { primaryCoding, secondaryCoding, codingRequired: true };
      const set = await world.run(
        sender.createAdvertisingSet({ ...coded, ...codings, data: Uint8Array.of(1, 9) }),
      );
      await world.run(set.start());
      const scan = await world.run(receiver.startScan({ phys: ['coded'] }));
      const { value } = await world.run(scan[Symbol.asyncIterator]().next());
      expect(value).toMatchObject({ primaryPhy: 3, secondaryPhy: 3, primaryCoding, secondaryCoding });
      await world.run(Promise.all([scan.stop(), set.remove()]));
    }
    await world.run(Promise.all([sender.close(), receiver.close()]));
  });
});
