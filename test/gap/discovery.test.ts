import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import { type Device, discover } from '../../src/gap/index.js';
import { World } from '../support/world.js';

describe.each(['legacy', 'extended'] as const)('discovery with %s commands', (advertisingCommands) => {
  let world: World;
  let seeker: Device;
  let general: Device;
  let limited: Device;

  beforeEach(async () => {
    world = new World();
    world.defaults = { advertisingCommands };
    seeker = await world.device();
    general = await world.device();
    limited = await world.device();
    const start = (device: Device, flags: number, completeLocalName: string) =>
      world.run(device.startAdvertising({ data: { flags }, scanResponse: { completeLocalName } }));
    await start(general, 0x06, 'general');
    await start(limited, 0x05, 'limited');
  });
  afterEach(() => world.run(Promise.all([seeker, general, limited].map((device) => device.close()))));

  it('runs beside a scan of the program and another discovery, and leaves them (9.2.5, 9.2.6)', async () => {
    const scan = await world.run(seeker.startScan({ active: false, onReport: () => {} }));
    const both = Promise.all([
      discover(seeker, { durationMs: 1000 }),
      discover(seeker, { durationMs: 2000, mode: 'limited' }),
    ]);
    const [all, some] = await world.run(both);
    expect(all.map(({ name }) => name).sort()).toEqual(['general', 'limited']);
    expect(some.map(({ name }) => name)).toEqual(['limited']);
    const { received } = scan;
    await world.clock.advance(1000);
    expect(scan.received).toBeGreaterThan(received);
    await world.run(scan.stop());
    expect(seeker.scanning).toBe(false);
  });

  it('finds what fits a filter, by what a scan response says as well', async () => {
    const found = await world.run(discover(seeker, { durationMs: 2000, filter: { name: /^gen/ } }));
    expect(found.map(({ name, address }) => [name, String(address)])).toEqual([
      ['general', String(general.address)],
    ]);
  });

  it('takes 30.72 s on LE Coded: TGAP(gen_disc_scan_min_coded); legacy commands have no such PHY', async () => {
    const before = world.clock.now();
    const search = world.run(discover(seeker, { phys: ['coded'] }));
    if (advertisingCommands === 'legacy') {
      await expect(search).rejects.toThrow(NotSupportedError);
      return;
    }
    expect(await search).toEqual([]);
    expect(world.clock.now() - before).toBeGreaterThanOrEqual(30_720);
    expect(world.clock.now() - before).toBeLessThan(30_730);
  });
});

it('finds a device whose Flags are in the scan response, where it has no other data: by extended PDUs (9.2.6)', async () => {
  const world = new World();
  const [seeker, advertiser] = [await world.device(), await world.device()];
  const scanResponse = { flags: 6, completeLocalName: 'far' };
  const options = { scannable: true, connectable: false, legacyPdus: false, scanResponse };
  const set = await world.run(advertiser.createAdvertisingSet(options));
  await world.run(set.start());
  const found = await world.run(discover(seeker, { durationMs: 2000 }));
  expect(found.map((one) => [one.name, one.scanResponse?.flags])).toEqual([['far', 6]]);
  await world.run(Promise.all([seeker.close(), advertiser.close()]));
});
