import { afterEach, expect, it } from 'vitest';
import { type Connection, Device } from '../../src/gap/index.js';
import type { Child } from './support/child.js';
import { airControllers, btvirtControllers, type ControllerPort, gattClient } from './support/peers.js';
import { describeInterop } from './support/present.js';

const OURS = 'C3:00:5E:00:53:C4';

for (const [place, controllers, need] of [
  // Bumble's own controllers know no connection update (0x01).
  ['the controllers of bluewire air', airControllers, 'bluewire'],
  ["btvirt's controllers", btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(`a peripheral of bluewire with Bumble's central, on ${place}`, ['bumble', need], () => {
    let device: Device | undefined;
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    async function connected(): Promise<{ device: Device; link: Connection; client: Child }> {
      const [first, second] = (await controllers(2)) as [ControllerPort, ControllerPort];
      const client = await gattClient(second);
      device = await Device.open({
        transport: first.port,
        address: OURS,
        name: 'before',
        genericAccess: {
          writableName: true,
          preferredParameters: { intervalMinMs: 30, intervalMaxMs: 50, supervisionTimeoutMs: 5000 },
        },
      });
      const arrived = new Promise<Connection>((resolve) => device!.once('connection', resolve));
      await device.startAdvertising({ data: { flags: 6 } });
      await client.call('connect', { address: OURS, type: 'random' });
      return { device, link: await arrived, client };
    }

    it('gets other connection parameters, by the Link Layer or by L2CAP (Vol 3, Part C, 9.3.9)', async () => {
      const { link } = await connected();
      const wanted = { intervalMinMs: 40, intervalMaxMs: 40, latency: 1, supervisionTimeoutMs: 3000 };
      const parameters = await link.updateParameters(wanted);
      expect(parameters).toEqual({ intervalMs: 40, latency: 1, supervisionTimeoutMs: 3000 });
      expect(link.parameters).toEqual(parameters);
      expect(link.isConnected).toBe(true);
    });

    it('has a name that can be written, and tells what parameters it prefers (Vol 3, Part C, 12)', async () => {
      const { device: own, client } = await connected();
      const services =
        await client.call<{ characteristics: { uuid: string; handle: number }[] }[]>('discover');
      const found = new Map(
        services.flatMap(({ characteristics }) => characteristics).map(({ uuid, handle }) => [uuid, handle]),
      );
      expect(await client.call('read', { handle: found.get('2A04') })).toBe('180028000000f401');
      await client.call('write', { handle: found.get('2A00'), value: Buffer.from('after').toString('hex') });
      expect(own.name).toBe('after');
    });
  });
}
