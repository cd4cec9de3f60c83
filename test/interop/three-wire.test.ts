import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import { temporaryFolder } from './support/folders.js';
import { bluewire, bumbleControllers, heartRateSensor } from './support/peers.js';
import { describeInterop } from './support/present.js';

const SENSOR = 'F0:00:5E:00:53:A0/random';

describeInterop(
  'a controller that speaks three-wire (H5), on a pseudo-terminal',
  ['bluewire', 'bumble'],
  () => {
    let device: Device | undefined;
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it.each(['h5-pty', 'bad-h5-pty'])('%s: connects, discovers and takes notifications', async (kind) => {
      const [first, second] = await bumbleControllers('tcp', `${kind}:${join(temporaryFolder(), 'tty')}`);
      await heartRateSensor(first!);
      device = await Device.open({ transport: `${second!.port}?h5` });
      for (let tries = 0; tries < 2; tries++) {
        const connection = await device.connect(SENSOR);
        const services = await connection.gatt.discoverAll();
        const rate = services
          .flatMap(({ characteristics }) => [...characteristics])
          .find(({ uuid }) => uuid.toShortString() === '2a37')!;
        let values = 0;
        for await (const value of rate.values()) {
          expect(value.length).toBeGreaterThan(1);
          if (++values === 5) break;
        }
        await connection.disconnect();
      }
      await device.close();
      // The same board, opened again: SYNC begins everything anew.
      device = await Device.open({ transport: `${second!.port}?h5&window=7` });
      await (await device.connect(SENSOR)).disconnect();
    });

    it('is recognised by a host that takes it for H4', async () => {
      const [board] = await bumbleControllers(`h5-pty:${join(temporaryFolder(), 'tty')}`);
      const { code, stderr } = await bluewire('scan', '--port', board!.port, '--seconds', '1').ended;
      expect(stderr).toMatch(/answers by H5 \(three-wire\).*Add the option h5/s);
      expect(code).not.toBe(0);
    });

    it('is looked for in vain on a controller that speaks H4', async () => {
      const [board] = await bumbleControllers(`pty:${join(temporaryFolder(), 'tty')}`);
      await expect(Device.open({ transport: `${board!.port}?h5` })).rejects.toMatchObject({ code: 'NO_HCI' });
    });
  },
);
