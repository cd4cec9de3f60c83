import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Device } from '../../src/gap/device.js';
import { World } from '../support/world.js';

/** What people who have no types to help them get wrong. */
describe('a mistake is told by its name', () => {
  let world: World;
  let central: Device;
  let peripheral: Device;

  beforeEach(async () => {
    world = new World();
    central = await world.device({ name: 'central' });
    peripheral = await world.device({ name: 'peripheral' });
  });

  afterEach(async () => {
    await world.run(Promise.all([central.close(), peripheral.close()]));
  });

  it.each([
    ['nothing', undefined, /Device\.open: undefined is not permitted; an object with options is/],
    ['a port alone', 'virtual:', /Device\.open: "virtual:" is not permitted; an object with options is/],
    ['no transport', {}, /transport: a port .* is wanted/],
    ['no transport at all', { transport: null }, /transport: a port .* is wanted/],
    ['half a transport', { transport: { open: () => {} } }, /transport: a port .* is wanted/],
  ])('when a device is opened with %s', async (_, options, message) => {
    await expect(Device.open(options as never)).rejects.toThrow(message);
  });

  it.each([
    ['nobody', undefined, /connect: an address, an advertisement, or a name/],
    ['null', null, /connect: an address, an advertisement, or a name/],
    ['a number', 7, /connect: 7 is not permitted; an object with options is/],
    ['an empty wish', {}, /connect: an address, or a name, a service or a predicate is wanted/],
  ])('when it connects to %s', async (_, peer, message) => {
    await expect(central.connect(peer as never)).rejects.toThrow(message);
  });

  it.each(['x', 1.5, -1, 0x10000, undefined, null])(
    'when %j is taken for a handle, and nothing is sent',
    async (handle) => {
      await world.run(peripheral.startAdvertising());
      const { gatt } = await world.run(central.connect(peripheral.address));
      const value = Uint8Array.of(1);
      const wrong = handle as number;
      const calls: (() => unknown)[] = [
        () => gatt.read(wrong),
        () => gatt.readBlob(wrong, 0),
        () => gatt.readLong(wrong),
        () => gatt.readMultiple([3, wrong]),
        () => gatt.write(wrong, value),
        () => gatt.writeLong(wrong, value),
        () => gatt.writeReliably([{ handle: wrong, value }]),
        () => gatt.writeWithoutResponse(wrong, value),
        () => gatt.writeSigned(wrong, value),
      ];
      for (const call of calls)
        await expect(async () => call()).rejects.toThrow(/^handle: .* is not permitted/);
      await expect(async () => gatt.readBlob(3, 0x10000)).rejects.toThrow(/^offset: 65536 is not permitted/);
    },
  );
});
