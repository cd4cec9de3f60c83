import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import type { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const PEER = 'C0:00:00:00:00:02/random';
const hex = (text: string) => text.replace(/ /g, '');

/** A controller with extended commands and the PHYs of a mask: bit 0 LE 2M, bit 3 LE Coded, in octet 1 of its features. */
function controllerWith(phys: number) {
  const octet = (0x10 | phys).toString(16).padStart(2, '0');
  return leController()
    .answer(commands.leReadLocalSupportedFeaturesPage0, `00 00${octet}000000000000`)
    .answer(commands.leReadMaximumAdvertisingDataLength, '00 7206')
    .answer(commands.leReadNumberOfSupportedAdvertisingSets, '00 02')
    .answer(commands.leReadPeriodicAdvertiserListSize, '00 04')
    .answer(commands.leSetExtendedScanParameters, '00')
    .answer(commands.leSetExtendedScanEnable, '00')
    .answer(commands.leExtendedCreateConnectionV1, { status: 0 });
}

describe('the PHYs that an attempt to connect begins on (7.8.66), by the octets', () => {
  const open = (phys = 9, options: Partial<DeviceOptions> = {}) =>
    scriptedDevice(controllerWith(phys), { advertisingCommands: 'extended', ...options });
  const head = '00 00 01 0200000000c0';

  it.each([
    [
      ['1M', '2M'],
      '03',
      '6000 6000 0c00 1800 0000 9001 0000 0000',
      '6000 6000 0c00 1800 0000 9001 0000 0000',
    ],
    // Two are listened on: each has half of the time.
    [
      ['coded', '1M'],
      '05',
      '6000 3000 0c00 1800 0000 9001 0000 0000',
      '6000 3000 0c00 1800 0000 9001 0000 0000',
    ],
    [['coded'], '04', '6000 6000 0c00 1800 0000 9001 0000 0000'],
    [
      {
        '1M': {},
        coded: {
          scanIntervalMs: 100,
          scanWindowMs: 50,
          parameters: { intervalMinMs: 50, intervalMaxMs: 100 },
        },
      },
      '05',
      '6000 3000 0c00 1800 0000 9001 0000 0000',
      'a000 5000 2800 5000 0000 9001 0000 0000',
    ],
  ] as const)('%j', async (phys, mask, ...each) => {
    const { device, controller, clock } = await open();
    device.connect(PEER, { phys }).catch(() => {});
    await clock.advance(1);
    const parameters = hex(`${head} ${mask} ${each.join(' ')}`);
    const length = (parameters.length / 2).toString(16).padStart(2, '0');
    expect(controller.sent).toEqual([`014320${length}${parameters}`]);
  });

  it('are refused when one is unknown, none is listened on, or the controller has it not', async () => {
    const { device, clock, controller } = await open(0);
    for (const [phys, error] of [
      [['2M'], /1M or coded has to be among them/],
      [[], /1M or coded/],
      [{}, /1M or coded/],
      [['3M'], /phys: "3M" is not permitted/],
      [{ '3M': {} }, /unknown option "3M"/],
      [{ '1M': { timeoutMs: 1 } }, /phys\.1M: unknown option/],
      [{ '1M': { scanWindowMs: 61 } }, /scanWindowMs/],
      [{ '1M': 1 }, /phys\.1M: options are wanted/],
      ['1M', /a list of PHYs, or options for each/],
    ] as const)
      await expect(clock.run(device.connect(PEER, { phys: phys as never }))).rejects.toThrow(error);
    for (const [phys, name] of [
      [['1M', '2M'], /no LE 2M PHY/],
      [['coded'], /no LE Coded PHY/],
    ] as const)
      for (const peer of [PEER, { name: 'x' }]) {
        const attempt = clock.run(device.connect(peer, { phys }));
        await expect(attempt).rejects.toBeInstanceOf(NotSupportedError);
        await expect(attempt).rejects.toThrow(name);
      }
    expect(controller.sent).toEqual([]);
    const old = await open(9, { advertisingCommands: 'legacy' });
    await expect(old.clock.run(old.device.connect(PEER, { phys: ['coded'] }))).rejects.toThrow(
      /LE Coded wants a controller with extended advertising/,
    );
  });

  it('are listened on in the search for a peer by its name, too (7.8.64)', async () => {
    const { device, controller, clock } = await open();
    device.connect({ name: 'far' }, { phys: ['coded', '2M'] }).catch(() => {});
    await clock.advance(1);
    expect(controller.sent[0]).toBe(hex('01412008 00 00 04 01 6000 3000'));
  });

  it('are listened on for as much of the time as is said, in a search as well', async () => {
    const { device, controller, clock } = await open();
    const options = { scanIntervalMs: 1280, scanWindowMs: 127.5 };
    device.connect({ name: 'far' }, options).catch(() => {});
    await clock.advance(1);
    expect(controller.sent[0]).toBe(hex('01412008 00 00 01 01 0008 cc00'));
  });
});

describe('a peer that advertises on LE Coded', () => {
  let world: World;
  let central: Device;
  let far: Device;

  beforeEach(async () => {
    world = new World();
    world.defaults = { advertisingCommands: 'extended' };
    central = await world.device();
    far = await world.device();
    const set = await world.run(
      far.createAdvertisingSet({
        connectable: true,
        primaryPhy: 'coded',
        secondaryPhy: 'coded',
        data: { completeLocalName: 'far' },
      }),
    );
    await world.run(set.start());
  });
  afterEach(() => world.run(Promise.all([central.close(), far.close()])));

  it('is connected to on LE Coded where that is asked for, with the parameters for it, and else not', async () => {
    await expect(world.run(central.connect(far.address, { timeoutMs: 5000 }))).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const phys = { '1M': {}, coded: { parameters: { intervalMinMs: 60, intervalMaxMs: 60 } } };
    const link = await world.run(central.connect(far.address, { phys }));
    expect(link.parameters.intervalMs).toBe(60);
    expect(await world.run(link.radio.readPhy())).toEqual({ tx: 'coded', rx: 'coded' });
  });

  it('is found by its name there', async () => {
    const link = await world.run(central.connect({ name: 'far' }, { phys: ['1M', 'coded'] }));
    expect(await world.run(link.radio.readPhy())).toEqual({ tx: 'coded', rx: 'coded' });
  });

  it('is answered where it was heard, when it is given by its advertisement', async () => {
    let seen: AdvertisingReport | undefined;
    const heard = async () => {
      for await (const report of central.scan({ phys: ['coded'] })) {
        seen = report;
        return;
      }
    };
    await world.run(heard());
    const link = await world.run(central.connect(seen!));
    expect(await world.run(link.radio.readPhy())).toEqual({ tx: 'coded', rx: 'coded' });
  });
});
