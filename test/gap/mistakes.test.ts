import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Device } from '../../src/gap/device.js';
import { keepConnected } from '../../src/gap/keep-connected.js';
import { characteristic, openDatabase, service } from '../../src/gatt/index.js';
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

  it.each([
    [{ name: 5 }, /name: text is wanted/],
    [{ acceptParameters: 5 }, /acceptParameters: 5 is not permitted; a function is/],
    [{ onDiagnostic: 'log' }, /onDiagnostic: "log" is not permitted; a function is/],
    [{ mtu: Number.NaN }, /mtu: NaN is not permitted/],
    [{ genericAccess: { writableName: { lvl: 3 } } }, /unknown option "lvl"/],
  ])('when a device is opened with %j', async (options, message) => {
    await expect(world.device(options as never)).rejects.toThrow(message);
  });

  it('when its name becomes a number', () => {
    expect(() => {
      central.name = 5 as never;
    }).toThrow(/name: text is wanted/);
    expect(central.name).toBe('central');
  });

  it.each([
    [{ onReport: 5 }, /onReport: 5 is not permitted; a function is/],
    [{ filter: { services: [] } }, /services: a list of UUIDs is permitted/],
    [{ filter: { address: 5 } }, /5 is no Bluetooth address/],
    [{ filter: { address: [null] } }, /null is no Bluetooth address/],
    [{ intervalMs: Number.POSITIVE_INFINITY }, /intervalMs: Infinity is not permitted/],
  ])('when it scans with %j', async (options, message) => {
    await expect(central.startScan(options as never)).rejects.toThrow(message);
    expect(central.scanning).toBe(false);
  });

  it('when it advertises a service that is no list', async () => {
    await expect(central.startAdvertising({ data: { serviceUuids: 0x180d as never } })).rejects.toThrow(
      /serviceUuids: a list of UUIDs is permitted/,
    );
  });

  it.each([5, undefined, null, {}, 'zz'])(
    'when %j is put on the accept list, which stays as it was, and of use',
    async (nobody) => {
      const { acceptList } = central;
      const wrong = nobody as string;
      await expect(acceptList.add(peripheral.address, wrong)).rejects.toThrow(/is no Bluetooth address/);
      await expect(acceptList.remove(wrong)).rejects.toThrow(/is no Bluetooth address/);
      expect(acceptList.size).toBe(0);
      await world.run(acceptList.add(peripheral.address));
      expect(acceptList.has(peripheral.address)).toBe(true);
    },
  );

  it.each([
    [{ foo: 1 }, /keepConnected: unknown option "foo"/],
    [{ timeoutMs: 1000 }, /keepConnected: unknown option "timeoutMs"/],
    [5, /keepConnected: 5 is not permitted/],
  ])('when a link is kept with %j', (options, message) => {
    expect(() => keepConnected(central, peripheral.address, options as never)).toThrow(message);
  });

  it.each([undefined, null, 'zz', '00:00:5E:00:53:02/foo'])('when a link to %j is kept', (peer) => {
    expect(() => keepConnected(central, peer as never)).toThrow(/a peer is wanted|is no /);
  });

  it.each([
    [{ modes: [] }, /modes: a list of modes is wanted/],
    [{ modes: 'leCreditBased' }, /modes: a list of modes is wanted/],
    [{ modes: ['basic'] }, /modes: "basic" is not permitted/],
    [{ security: 2 }, /security: 2 is not permitted/],
    [{ security: { lvl: 2 } }, /security: unknown option "lvl"/],
    [{ security: { level: Number.NaN } }, /security\.level: NaN is not permitted/],
    [{ authorize: true }, /authorize: true is not permitted; a function is/],
  ])('when it listens with %j', (options, message) => {
    expect(() => central.listen(() => {}, options as never)).toThrow(message);
  });

  it('when it subscribes, writes, or asks for a database by words that nobody knows', async () => {
    const { level } = peripheral.server.add(
      service(0x180f, { level: characteristic(0x2a19, { notify: true, write: true }) }),
    ).characteristics;
    await world.run(peripheral.startAdvertising());
    const { gatt } = await world.run(central.connect(peripheral.address));
    const [found] = await world.run(gatt.discoverServices(0x180f));
    const [one] = await world.run(found!.discoverCharacteristics());
    const { subscribers } = level;
    await expect(one!.subscribe(5 as never)).rejects.toThrow(/a function that takes values is wanted/);
    await expect(one!.subscribe(() => {}, { indicat: true } as never)).rejects.toThrow(
      /unknown option "indicat"/,
    );
    await expect(one!.values({ queueLimit: Number.NaN }).next()).rejects.toThrow(/queueLimit: NaN/);
    const octets = Uint8Array.of(1);
    await expect(one!.writeLong(octets, { relyable: true } as never)).rejects.toThrow(/"relyable"/);
    await expect(one!.writeLong(undefined as never)).rejects.toThrow(/value: undefined is not permitted/);
    await expect(openDatabase(gatt, { bondet: true } as never)).rejects.toThrow(/"bondet"/);
    expect(subscribers).toEqual([]);
  });

  it('when zones of path loss are said in other words', async () => {
    await world.run(peripheral.startAdvertising());
    const { radio } = await world.run(central.connect(peripheral.address));
    const zones = { lowThreshold: 40, highThreshold: 60, minTime: 5 };
    await expect(radio.monitorPathLoss(zones as never)).rejects.toThrow(
      /monitorPathLoss: unknown option "minTime"/,
    );
    await expect(radio.monitorPathLoss(undefined as never)).rejects.toThrow(/monitorPathLoss: undefined/);
  });
});
