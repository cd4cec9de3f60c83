import { describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { AdvertisingSet } from '../../src/gap/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { extendedController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';
import { deviceOf, isOf, person, personalities } from './privacy/support.js';

const ONE = Address.parse('C0:00:00:00:00:01/random');
const TWO = Address.parse('C0:00:00:00:00:02/random');

describe('a connectable set with an address of its own, by the octets (Vol 4, Part E, 7.8.52)', () => {
  const address = (hex: string) => `01352007${'01'}${hex}`;
  const enable = (on: '00' | '01') => `01392006${on}0101000000`;

  async function opened() {
    const controller = extendedController().answer(commands.leSetExtendedAdvertisingParametersV1, '00 07');
    for (const one of [
      commands.leSetRandomAddress,
      commands.leSetAdvertisingSetRandomAddress,
      commands.leSetExtendedAdvertisingData,
      commands.leSetExtendedAdvertisingEnable,
    ])
      controller.answer(one, '00');
    const scripted = await scriptedDevice(controller, { address: 'C0:DE:C0:00:00:07' });
    const set = await scripted.clock.run(
      scripted.device.createAdvertisingSet({ connectable: true, address: ONE }),
    );
    return { ...scripted, set };
  }

  const kinds = (sent: readonly string[]) =>
    sent.filter((packet) => /^01(35|36|39)20/.test(packet)).map((packet) => packet.slice(2, 4));

  it('has it before it is enabled, and another one only while it is off', async () => {
    const { clock, controller, set } = await opened();
    expect(controller.sent[0]).toBe(
      '01362019' + '010100' + 'a00000f0000007' + '01' + '00000000000000007f010001' + '0000',
    );
    expect(controller.sent[1]).toBe(address('0100000000c0'));
    expect(set.address).toEqual(ONE);
    controller.sent.length = 0;
    await clock.run(set.start());
    await clock.run(set.setAddress(TWO));
    expect(controller.sent).toEqual([
      enable('01'),
      enable('00'),
      expect.stringMatching(/^01362019010100/),
      address('0200000000c0'),
      enable('01'),
    ]);
    expect(set.address).toEqual(TWO);
    controller.sent.length = 0;
    await clock.run(set.stop());
    await clock.run(set.setAddress(ONE));
    expect(kinds(controller.sent)).toEqual(['39', '36', '35']);
  });

  it('keeps the one that it has when the controller refuses another', async () => {
    const { clock, controller, set } = await opened();
    controller.answer(commands.leSetAdvertisingSetRandomAddress, '0c');
    await expect(clock.run(set.setAddress(TWO))).rejects.toMatchObject({ status: 0x0c });
    expect(set.address).toEqual(ONE);
  });

  const complete = (handle: string, local = '000000000000') =>
    event(0x3e, `0a 00 ${handle} 01 00 563412005e00 ${local} 000000000000 1800 0000 4800 00`);
  const terminated = (handle: string, set = '01') => event(0x3e, `12 00 ${set} ${handle} 00`);

  it.each([
    ['behind the link, as it has to be', [complete('4000'), terminated('4000')]],
    ['before it, as some do', [terminated('4000'), complete('4000')]],
  ])('is that of the link that came by it, which is told %s (7.7.65.18)', async (_, packets) => {
    const { device, clock, controller, set } = await opened();
    await clock.run(set.start());
    controller.emit(...packets);
    await clock.advance(1);
    expect(device.connections.map(({ ownOnAir }) => String(ownOnAir))).toEqual([String(ONE)]);
    // What came by another advertisement has the device's.
    controller.emit(complete('4100'), terminated('4100', '00'));
    await clock.advance(1);
    expect(String(device.connections[1]!.ownOnAir)).toBe('C0:DE:C0:00:00:07/random');
    expect(set.advertising).toBe(false);
  });

  it('is not that of a link towards a peer that knows the device: the controller says its address (7.7.65.10)', async () => {
    const { device, clock, controller, set } = await opened();
    await clock.run(set.start());
    controller.emit(complete('4000', 'aabbccddee7f'), terminated('4000'));
    await clock.advance(1);
    expect(String(device.connections[0]!.ownOnAir)).toBe('7F:EE:DD:CC:BB:AA/random');
  });
});

describe('sets with addresses of their own, between devices', () => {
  async function arrival(world: World, device: Device, set: AdvertisingSet, central: Device) {
    const arrived = new Promise<Connection>((resolve) => device.once('connection', resolve));
    await world.run(set.start());
    const here = await world.run(central.connect(set.address));
    return { here, there: await world.run(arrived) };
  }

  it.each([
    ['Secure Connections (f5, f6)', 'only'],
    ['LE legacy pairing (c1)', 'never'],
  ] as const)('pair by the address that the peer connected to: %s (Vol 3, Part H, 2.2)', async (_, sc) => {
    const world = new World();
    const security = { secureConnections: sc };
    const device = await world.device({ security });
    const sets = [];
    for (const address of [ONE, TWO])
      sets.push(await world.run(device.createAdvertisingSet({ connectable: true, address })));
    for (const set of sets) {
      const central = await world.device({ security });
      const { here, there } = await arrival(world, device, set, central);
      expect([here.peerOnAir, there.ownOnAir]).toEqual([set.address, set.address]);
      await world.run(here.pair());
      expect([here.security.level, there.security.level]).toEqual([2, 2]);
      // Whose set it is, bonded peers are told.
      expect(central.bonds.list().map(({ identity }) => String(identity))).toEqual([String(device.address)]);
      await world.run(here.disconnect());
      await world.clock.advance(100);
    }
    // And that of the device, beside them.
    const central = await world.device({ security });
    await world.run(device.startAdvertising());
    const here = await world.run(central.connect(device.address));
    await world.run(here.pair());
    expect(here.security.level).toBeGreaterThan(1);
  });

  describe.each(Object.entries(personalities))('with %s', (_, personality) => {
    it('have private ones that strangers do not know for the same device, and which change when the device does', async () => {
      const world = new World();
      const [me, other, third] = [person(1), person(2), person(3)];
      const hidden = await deviceOf(world, me, [other], { privacy: { rotateMs: 10_000 }, personality });
      const friend = await deviceOf(world, other, [me], { personality });
      const stranger = await deviceOf(world, third, []);
      const sets: AdvertisingSet[] = [];
      for (const sid of [1, 2]) {
        const options = { sid, connectable: true, address: 'private' } as const;
        sets.push(await world.run(hidden.createAdvertisingSet(options)));
      }
      for (const set of sets) await world.run(set.start());
      const reports: AdvertisingReport[] = [];
      const scan = await world.run(stranger.startScan({ onReport: (report) => reports.push(report) }));
      await world.clock.advance(25_000);
      await world.run(scan.stop());
      const ofSid = (wanted: number) =>
        new Set(reports.filter(({ sid }) => sid === wanted).map(({ address }) => String(address)));
      const [first, second] = [ofSid(1), ofSid(2)];
      expect([first.size, second.size]).toEqual([3, 3]);
      expect(new Set([...first, ...second]).size).toBe(6);
      for (const { address } of reports) expect(isOf(address, me)).toBe(true);
      // A bonded peer finds it by its identity, and the link is encrypted by the bond; a stranger can pair.
      const here = await world.run(friend.connect(me.identity));
      expect(here.security.level).toBeGreaterThan(1);
      await world.run(here.disconnect());
      await world.clock.advance(100);
      const left = sets.find(({ advertising }) => advertising)!;
      const arrived = new Promise<Connection>((resolve) => hidden.once('connection', resolve));
      const link = await world.run(stranger.connect(left.address));
      const there = await world.run(arrived);
      expect(there.ownOnAir).toEqual(link.peerOnAir);
      await world.run(link.pair());
      expect(String(stranger.bonds.list()[0]!.identity)).toBe(String(me.identity));
      await world.run(Promise.all([hidden, friend, stranger].map((device) => device.close())));
    });
  });

  it('that were off while the private address changed, begin with another one', async () => {
    const world = new World();
    const me = person(1);
    const hidden = await deviceOf(world, me, [], { privacy: true });
    const stranger = await deviceOf(world, person(2), []);
    const sets = [
      await world.run(hidden.createAdvertisingSet({ sid: 1, address: 'private' })),
      await world.run(hidden.createAdvertisingSet({ sid: 2 })),
    ];
    const before = sets.map(({ address }) => String(address));
    await world.run(hidden.rotateAddress());
    for (const [i, set] of sets.entries()) {
      await world.run(set.start());
      expect(String(set.address)).not.toBe(before[i]);
      const scan = await world.run(stranger.startScan());
      const { value } = await world.run(scan[Symbol.asyncIterator]().next());
      expect(String(value!.address)).toBe(String(set.address));
      await world.run(Promise.all([scan.stop(), set.stop()]));
    }
    expect(String(sets[1]!.address)).toBe(String(hidden.addressOnAir));
  });

  it('are made anew with them when the controller is reset', async () => {
    const world = new World();
    const { FaultyTransport } = await import('../support/faulty-transport.js');
    const controller = world.controller();
    let port: InstanceType<typeof FaultyTransport>;
    const device = await world.device({
      transport: () => {
        port = new FaultyTransport(controller.transport());
        return port;
      },
    });
    const central = await world.device();
    const set = await world.run(device.createAdvertisingSet({ connectable: true, address: ONE }));
    await world.run(set.start());
    port!.inject('0410 01 42');
    await world.clock.advance(5000);
    const link = await world.run(central.connect(ONE));
    await world.run(link.pair());
    expect(link.security.level).toBeGreaterThan(1);
  });

  it('are not private on a device without privacy', async () => {
    const world = new World();
    const device = await world.device();
    await expect(world.run(device.createAdvertisingSet({ address: 'private' }))).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    const set = await world.run(device.createAdvertisingSet());
    await expect(world.run(set.setAddress('private'))).rejects.toMatchObject({ code: 'INVALID_STATE' });
    expect(() => set.setAddress('public' as never)).toThrow(/permitted/);
    expect(set.address).toEqual(device.address);
  });
});
