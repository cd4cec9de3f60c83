import { afterEach, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import { type Connection, Device, MemoryBondStore } from '../../src/gap/index.js';
import { airControllers, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const OURS = 'C3:00:5E:00:53:C3';
const SET = Address.parse('C7:00:5E:00:53:C7/random');

let device: Device | undefined;
afterEach(async () => {
  await device?.close();
  device = undefined;
});

// btvirt's controllers have legacy advertising only.
describeInterop(
  "a set with an address of its own, to Bumble's host on bluewire air",
  ['bumble', 'bluewire'],
  () => {
    // The confirm values and check values have the addresses in them: c1, f5, f6 (Core Vol 3, Part H, 2.2).
    it.each([
      ['LE Secure Connections', true],
      ['LE legacy pairing', false],
    ])('is whom it pairs with: %s', async (_, sc) => {
      const [first, second] = await airControllers(2);
      const flags = ['--role', 'central', '--io', 'none', '--sc', sc ? '1' : '0'];
      const host = peer('pairing', first!.bumble, ...flags);
      await host.event('ready');
      device = await Device.open({
        transport: second!.port,
        address: OURS,
        security: { secureConnections: sc ? 'only' : 'never', bonds: new MemoryBondStore() },
      });
      const set = await device.createAdvertisingSet({
        connectable: true,
        scannable: true,
        legacyPdus: true,
        address: SET,
        data: { flags: 6 },
      });
      // Another one at the same time, with the device's address.
      await device.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' });
      await set.start();
      const connected = new Promise<Connection>((resolve) => device!.once('connection', resolve));
      await host.call('connect', { address: String(SET.bd) });
      const link = await connected;
      expect(String(link.ownOnAir)).toBe(String(SET));
      const paired = new Promise((resolve, reject) => {
        link.once('paired', resolve);
        link.once('pairingFailed', reject);
      });
      await host.call('pair');
      expect(await paired).toMatchObject({ secureConnections: sc, bonded: true });
      await host.event('paired');
    });
  },
);
