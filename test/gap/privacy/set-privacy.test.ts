import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Address } from '../../../src/core/address.js';
import { AdvertisingData } from '../../../src/gap/advertising-data.js';
import type { Device } from '../../../src/gap/device.js';
import { World } from '../../support/world.js';
import { deviceOf, isOf, type Person, person, personalities } from './support.js';

const [me, peer, other] = [person(1), person(2), person(3)];

describe.each(['legacy', 'extended'] as const)('with %s commands', (advertisingCommands) => {
  let world: World;

  beforeEach(() => {
    world = new World();
    world.defaults = { advertisingCommands };
  });
  afterEach(() => world.close());

  const make = (who: Person, others: readonly Person[], options?: Parameters<typeof deviceOf>[3]) =>
    deviceOf(world, who, others, options);

  /** The addresses that a device sees on air during so many milliseconds; by the identity where it knows that. */
  async function seen(by: Device, ms: number): Promise<Address[]> {
    const list: Address[] = [];
    const scan = await world.run(
      by.startScan({ active: false, onReport: ({ address }) => void list.push(address) }),
    );
    await world.clock.advance(ms);
    await world.run(scan.stop());
    return list;
  }
  const distinct = (addresses: readonly Address[]) => new Set(addresses.map(String)).size;

  describe.each(Object.entries(personalities))('setPrivacy, with %s', (_, personality) => {
    it('hides what is being advertised, rotates it, and shows it again (Vol 3, Part C, 10.7)', async () => {
      const device = await make(me, [], { personality });
      const stranger = await make(other, []);
      await world.run(device.startAdvertising({ data: { flags: 6 } }));
      const before = await seen(stranger, 2000);
      expect(before.length).toBeGreaterThan(5);
      for (const address of before) expect(address.equals(me.identity)).toBe(true);
      await world.run(device.setPrivacy({ rotateMs: 10_000 }));
      expect(isOf(device.addressOnAir, me)).toBe(true);
      expect(device.address).toEqual(me.identity);
      const hidden = await seen(stranger, 25_000);
      expect(distinct(hidden)).toBe(3);
      for (const address of hidden) expect(isOf(address, me)).toBe(true);
      await world.run(device.setPrivacy(false));
      expect(device.addressOnAir).toEqual(me.identity);
      const after = await seen(stranger, 25_000);
      expect(after.length).toBeGreaterThan(50);
      for (const address of after) expect(address.equals(me.identity)).toBe(true);
      expect(device.advertising).toBe(true);
    });

    it('leaves bonded peers able to connect, hidden or not, from both sides', async () => {
      const device = await make(me, [peer], { personality });
      const friend = await make(peer, [me]);
      for (const privacy of [true, false, true]) {
        await world.run(device.setPrivacy(privacy));
        await world.run(device.startAdvertising({ data: { flags: 6 } }));
        const link = await world.run(friend.connect(me.identity));
        expect(link.peer).toEqual(me.identity);
        expect(link.security.level).toBe(4);
        await world.run(link.disconnect());
        await world.clock.advance(500);
        await world.run(friend.startAdvertising({ data: { flags: 6 } }));
        const mine = await world.run(device.connect(peer.identity));
        expect(mine.security.level).toBe(4);
        await world.run(mine.disconnect());
        await world.clock.advance(500);
      }
    });

    it('a bonded peer is connected by a private address that it has, or had', async () => {
      const device = await make(me, [peer], { personality });
      const friend = await make(peer, [me], { privacy: true });
      const before = friend.addressOnAir;
      for (const rotated of [false, true]) {
        if (rotated) await world.run(friend.rotateAddress());
        await world.run(friend.startAdvertising({ data: { flags: 6 } }));
        const link = await world.run(device.connect(before));
        expect(link.peer).toEqual(peer.identity);
        await expect(world.run(device.connect(before))).rejects.toThrow(/there is a link/);
        await world.run(link.disconnect());
        await world.clock.advance(500);
      }
    });

    it('keeps a static random address for when it is switched off', async () => {
      const device = await make(me, [], { personality, address: 'C0:DE:C0:00:00:77' });
      const identity = device.address;
      expect(identity.isRandom).toBe(true);
      const stranger = await make(other, []);
      await world.run(device.setPrivacy(true));
      await world.run(device.startAdvertising({ data: { flags: 6 } }));
      for (const address of await seen(stranger, 2000)) expect(address.equals(identity)).toBe(false);
      await world.run(device.setPrivacy(false));
      const after = await seen(stranger, 2000);
      expect(after.length).toBeGreaterThan(5);
      for (const address of after) expect(address.equals(identity)).toBe(true);
    });
  });

  it('refuses wrong options, and a device without security', async () => {
    const device = await make(me, []);
    await expect(world.run(device.setPrivacy({ rotateMs: 5 }))).rejects.toThrow(/rotateMs/);
    await expect(world.run(device.setPrivacy('on' as never))).rejects.toThrow(TypeError);
    await expect(world.run(device.rotateAddress())).rejects.toThrow(/no privacy, or it is off/);
    const open = await make(other, [], { security: false });
    await expect(world.run(open.setPrivacy(true))).rejects.toThrow(/security: false/);
  });
});

describe('advertising sets', () => {
  it('go over to private addresses with the device, also those that are off in the meantime', async () => {
    const world = new World();
    const device = await deviceOf(world, me, []);
    const stranger = await deviceOf(world, other, []);
    const sets = [];
    for (const completeLocalName of ['on', 'off']) {
      const set = await world.run(
        device.createAdvertisingSet({ connectable: true, data: { completeLocalName } }),
      );
      sets.push(set);
    }
    await world.run(sets[0]!.start());
    await world.run(device.setPrivacy(true));
    await world.run(sets[1]!.start());
    const names = new Set<string | undefined>();
    const scan = await world.run(
      stranger.startScan({
        active: false,
        onReport: ({ address, data }) => {
          names.add(new AdvertisingData(data).localName);
          expect(isOf(address, me)).toBe(true);
        },
      }),
    );
    await world.clock.advance(2000);
    await world.run(scan.stop());
    expect([...names].sort()).toEqual(['off', 'on']);
    for (const one of [device, stranger]) await world.run(one.close());
  });
});
