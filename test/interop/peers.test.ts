import { expect, it } from 'vitest';
import {
  btvirtControllers,
  bumbleControllers,
  type ControllerPort,
  gattClient,
  heartRateSensor,
} from './support/peers.js';
import { describeInterop } from './support/present.js';

/** The peers against each other: when these fail, the fault is not bluewire's. */
async function readsTheSensor([first, second]: ControllerPort[]) {
  const sensor = await heartRateSensor(first!);
  const client = await gattClient(second!);
  const { address, type } = await client.call<{ address: string; type: string }>('scan', {
    name: 'Heart Rate',
  });
  await client.call('connect', { address, type });
  await sensor.event('connected');
  expect(await client.call('mtu', { mtu: 185 })).toBe(185);
  const services = await client.call<{ uuid: string }[]>('discover');
  expect(services.map(({ uuid }) => uuid)).toEqual([
    '1800',
    '1801',
    '180D',
    '180F',
    '180A',
    '3E7C0001-94D1-4F4B-8B1A-6E0F5D2C7A10',
  ]);
  expect(await client.call('read_by_uuid', { uuid: '2A38' })).toEqual(['01']);
  await client.call('disconnect');
  expect((await sensor.event('disconnected'))['reason']).toBe(0x13);
}

describeInterop("Bumble's client reads Bumble's sensor, on Bumble's controllers", ['bumble'], () => {
  it('reads it', async () => readsTheSensor(await bumbleControllers('tcp', 'tcp')));
});

describeInterop(
  "Bumble's client reads Bumble's sensor, on btvirt's controllers",
  ['bumble', 'btvirt'],
  () => {
    it('reads it', async () => readsTheSensor(await btvirtControllers(2)));
  },
);
