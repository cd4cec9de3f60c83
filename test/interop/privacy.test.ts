import { afterEach, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import { type Connection, Device, MemoryBondStore } from '../../src/gap/index.js';
import type { Child } from './support/child.js';
import { airControllers, btvirtControllers, type ControllerPort, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const OURS = 'C3:00:5E:00:53:C3';
const THEIRS = 'F1:00:5E:00:53:B7';
const identity = Address.parse(`${THEIRS}/random`);

let device: Device | undefined;
let host: Child;

/** This stack with private addresses, and Bumble's host likewise. */
async function setUp(controllers: (count: number) => Promise<ControllerPort[]>): Promise<Device> {
  const [first, second] = await controllers(2);
  host = peer('private', first!.bumble, '--address', THEIRS);
  await host.event('ready');
  device = await Device.open({
    transport: second!.port,
    address: OURS,
    privacy: true,
    security: { bonds: new MemoryBondStore() },
  });
  return device;
}

/** The first connectable advertiser that is seen under this identity, or whoever it is. */
async function seen(by: Device, wanted?: Address) {
  for await (const report of by.scan()) {
    if (report.connectable && (!wanted || report.address.equals(wanted))) return report;
  }
  throw new Error('the scan ended');
}

for (const [place, controllers, need] of [
  ['the controllers of bluewire air, which resolve addresses', airControllers, 'bluewire'],
  ["btvirt's controllers, which do not", btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(`private addresses of bluewire and of Bumble's host, on ${place}`, ['bumble', need], () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it('as a central: pairs with a private address, finds its peer again under another one, and encrypts', async () => {
      const central = await setUp(controllers);
      const before = await host.call<string>('advertise');
      const report = await seen(central);
      expect(report.address.bd.toString()).toBe(before);
      const first = await central.connect(report);
      const { onAir } = await host.event('connected');
      expect(onAir).toBe(central.addressOnAir.bd.toString());
      expect(first.peer.bd.toString()).toBe(before);
      await first.pair();
      await host.event('paired');
      expect(first.peer.equals(identity)).toBe(true);
      expect(first.peerOnAir.bd.toString()).toBe(before);
      expect(central.bonds.get(identity)?.keys.peer.identity?.address.equals(identity)).toBe(true);
      await first.disconnect();
      await host.event('disconnected');

      const after = await host.call<string>('rotate');
      expect(after).not.toBe(before);
      await central.rotateAddress();
      const connecting = central.connect(identity);
      await host.call('advertise');
      const second = await connecting;
      expect(second.peer.equals(identity)).toBe(true);
      expect(second.peerOnAir.bd.toString()).toBe(after);
      expect(second.security).toMatchObject({ level: 2, bonded: true });
      // Bumble knows us by the identity that we gave, although the address was another one.
      const again = await host.event('connected');
      expect(again['peer']).toBe(OURS);
      expect(again['onAir']).not.toBe(OURS);
      expect(again['onAir']).not.toBe(onAir);
    });

    it('as a peripheral: is found by its identity under each address, and encrypts', async () => {
      const peripheral = await setUp(controllers);
      const advertise = async () => {
        await peripheral.startAdvertising({ intervalMinMs: 50, intervalMaxMs: 60 });
        return peripheral.addressOnAir.bd.toString();
      };
      // btvirt reports an advertiser once for each start of advertising.
      const arrival = () => new Promise<Connection>((resolve) => peripheral.once('connection', resolve));
      const looking = host.call<string>('see');
      await new Promise((resolve) => setTimeout(resolve, 300));
      const before = await advertise();
      expect(await looking).toBe(before);
      const first = arrival();
      await host.call('connect', { address: before });
      const link = await first;
      const paired = host.event('paired');
      await host.call('pair');
      expect(await paired).toMatchObject({ identity: OURS, irk: true });
      await host.event('connected');
      // Our last key may still be on its way when Bumble says that it has all.
      if (!link.peer.equals(identity)) await new Promise((resolve) => link.once('paired', resolve));
      expect(link.peer.equals(identity)).toBe(true);
      await host.call('disconnect');
      await host.event('disconnected');

      await peripheral.rotateAddress();
      const finding = host.call<string>('find', { identity: OURS });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const after = await advertise();
      expect(after).not.toBe(before);
      expect(await finding).toBe(after);
      await host.call('rotate');
      const second = arrival();
      await host.call('connect', { address: after });
      const back = await second;
      expect(back.peer.equals(identity)).toBe(true);
      expect(back.peerOnAir.equals(identity)).toBe(false);
      host.take('encryption');
      await host.call('encrypt');
      expect(await host.event('encryption')).toMatchObject({ on: true });
      expect(back.security).toMatchObject({ level: 2, bonded: true });
    });
  });
}
