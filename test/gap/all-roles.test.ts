import { expect, it } from 'vitest';
import { Uuid } from '../../src/core/uuid.js';
import type { Connection } from '../../src/gap/connection.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { World } from '../support/world.js';

it.each(['legacy', 'extended'] as const)(
  'a device is central of two, peripheral of two, advertises, scans and connects, all at once (Vol 3, Part C, 2.2), with %s commands',
  async (advertisingCommands) => {
    const world = new World();
    world.defaults = { advertisingCommands };
    const device = await world.device();
    const others = [];
    for (let i = 0; i < 5; i++) others.push(await world.device());
    const [sensor, lamp, phone, watch, late] = others as [
      typeof device,
      typeof device,
      typeof device,
      typeof device,
      typeof device,
    ];
    const value = (text: string) => ({
      value: characteristic(0x2a00, { read: true, value: new TextEncoder().encode(text) }),
    });
    for (const [i, one] of [device, ...others].entries())
      one.server.add(service(0xfff0, value(`number ${i}`)));
    const asPeripheral: Connection[] = [];
    device.on('connection', (link) => link.role === 'peripheral' && asPeripheral.push(link));

    let reports = 0;
    const scan = await world.run(device.startScan({ onReport: () => reports++ }));
    await world.run(device.startAdvertising({ data: { flags: 6 }, restart: 'always' }));
    for (const one of [sensor, lamp]) await world.run(one.startAdvertising({ data: { flags: 6 } }));
    const waiting = device.connect(late.address, { timeoutMs: 120_000 });
    const mine = Promise.all([sensor, lamp].map(({ address }) => device.connect(address)));
    const theirs = Promise.all([phone, watch].map((one) => one.connect(device.address)));
    const [asCentral, links] = await world.run(Promise.all([mine, theirs]));
    expect(device.connections.map(({ role }) => role).sort()).toEqual([
      'central',
      'central',
      'peripheral',
      'peripheral',
    ]);
    expect(device.advertising && device.scanning).toBe(true);

    const read = async (link: Connection) => {
      const [found] = await link.gatt.discoverServices(0xfff0);
      const one = (await found!.discoverCharacteristics()).find(({ uuid }) => uuid.equals(Uuid.from(0x2a00)));
      return new TextDecoder().decode(await one!.read());
    };
    // Both ways on each link: what is a peripheral is a client, too.
    const texts = await world.run(Promise.all([...asCentral, ...links, ...asPeripheral].map(read)));
    expect(texts.slice(0, 4)).toEqual(['number 1', 'number 2', 'number 0', 'number 0']);
    expect(texts.slice(4).sort()).toEqual(['number 3', 'number 4']);

    await world.run(late.startAdvertising({ data: { flags: 6 } }));
    expect((await world.run(waiting)).peer.equals(late.address)).toBe(true);
    reports = 0;
    await world.run(sensor.startAdvertising({ data: { flags: 6 }, restart: 'always' }));
    await world.clock.advance(1000);
    expect(reports).toBeGreaterThan(0);
    await world.run(scan.stop());
    await world.run(Promise.all([device, ...others].map((one) => one.close())));
    // Two who connect to one advertiser may talk at the same time; one of them asks again.
    expect(world.diagnostics.filter(({ message }) => !/did not answer on the link/.test(message))).toEqual(
      [],
    );
  },
);
