import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../src/core/hex.js';
import { type Connection, Device } from '../../src/gap/index.js';
import { airControllers, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const SCANNER = 'F1:00:5E:00:53:E1';
const octets = (count: number) => Uint8Array.from({ length: count }, (_, i) => (i * 3) & 0xff);

let device: Device | undefined;

describeInterop(
  "extended advertising of bluewire, to Bumble's host, on bluewire air",
  ['bumble', 'bluewire'],
  () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it.each([
      ['its public address', undefined],
      ['a static random address', 'C3:00:5E:00:53:C7'],
    ])(
      'is heard with its data, on its PHY, with its train, and connected to, from %s',
      async (_, address) => {
        const [ours, theirs] = await airControllers(2);
        device = await Device.open({ transport: ours!.port, ...(address ? { address } : {}) });
        const beacon = await device.createAdvertisingSet({ sid: 1, secondaryPhy: '2M', data: octets(200) });
        await beacon.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50, data: octets(100) });
        const door = await device.createAdvertisingSet({ sid: 2, connectable: true, data: octets(50) });
        const long = await device.createAdvertisingSet({ sid: 3, data: octets(1650) });
        await long.start();
        await beacon.start();
        await door.start();
        const args = [theirs!.bumble, String(device.address.bd), '--address', SCANNER];
        const host = peer('extended_scanner', ...args, ...(address ? ['--random'] : []));
        const found = [await host.event('advertisement'), await host.event('advertisement')];
        const bySid = new Map(found.map((one) => [one['sid'], one]));
        expect(bySid.get(1)).toMatchObject({ data: toHex(octets(200)), connectable: false, secondary: 2 });
        expect(bySid.get(2)).toMatchObject({ data: toHex(octets(50)), connectable: true, secondary: 1 });
        expect(await host.event('long')).toMatchObject({ data: toHex(octets(1650)) });
        expect(await host.event('train')).toMatchObject({ data: toHex(octets(100)) });
        const terminated = new Promise((resolve) => door.once('terminated', resolve));
        // The host ends it soon.
        const arrived = new Promise<Connection>((resolve) => device!.once('connection', resolve));
        await host.event('connected');
        expect(await terminated).toMatchObject({ by: 'connection' });
        expect(String((await arrived).peer)).toBe(`${SCANNER}/random`);
        const { advertising } = long;
        expect([advertising, beacon.advertising, beacon.periodic, door.advertising]).toEqual([
          true,
          true,
          true,
          false,
        ]);
        await host.event('done');
      },
    );
  },
);
