import { expect, it } from 'vitest';
import type { Connection } from '../../src/gap/connection.js';
import { World } from '../support/world.js';

it('connection parameters that both sides ask for at the same time are all brought about, one after the other (Vol 6, Part B, 5.3)', async () => {
  const world = new World();
  const peripheral = await world.device();
  const central = await world.device();
  await world.run(peripheral.startAdvertising());
  const arrived = new Promise<Connection>((resolve) => peripheral.once('connection', resolve));
  const here = await world.run(central.connect(peripheral.address));
  const there = await world.run(arrived);
  await world.clock.advance(1000);
  const asked = Promise.all([
    there.updateParameters({ intervalMinMs: 100, intervalMaxMs: 100 }),
    here.updateParameters({ intervalMinMs: 50, intervalMaxMs: 50 }),
  ]);
  expect((await world.run(asked)).map(({ intervalMs }) => intervalMs)).toEqual([100, 50]);
  await world.run(Promise.all([peripheral.close(), central.close()]));
});
