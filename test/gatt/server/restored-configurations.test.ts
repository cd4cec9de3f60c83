import { beforeEach, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import type { LocalCharacteristic } from '../../../src/gatt/server/local.js';
import { ScriptedServer } from '../../support/gatt.js';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;
let heard: number[];
let local: Record<'measurement' | 'changed', LocalCharacteristic>;

beforeEach(() => {
  heard = [];
  host = new ScriptedServer();
  local = host.server.add(
    service(0x180d, {
      measurement: characteristic(0x2a37, {
        notify: true,
        onSubscribe: (configuration) => void heard.push(configuration),
      }),
      changed: characteristic(0x2a05, { indicate: true }),
    }),
  ).characteristics;
  link = host.connect();
});

it('a client has its configurations back, and gets values without writing them (Vol 3, Part G, 2.5.2)', async () => {
  host.server.restoreConfigurations(link.client, [
    [4, 1],
    [7, 2],
  ]);
  expect(heard).toEqual([1]);
  await local.measurement.notify(Uint8Array.of(0x55));
  expect(link.channel.take()).toEqual(['1b030055']);
});

it('what fits no descriptor any more is left out', async () => {
  host.server.restoreConfigurations(link.client, [
    [3, 1],
    [4, 2],
    [99, 1],
  ]);
  expect([...link.client.configurations]).toEqual([]);
  await local.measurement.notify(Uint8Array.of(0x55));
  expect(link.channel.take()).toEqual([]);
});

it('whoever keeps them hears of each change', async () => {
  const changes: unknown[] = [];
  link.client.onStateChange(({ configurations }) => void changes.push([...configurations]));
  await settle();
  changes.length = 0; // the first tells the hash of the services
  link.channel.give('1204000100');
  await settle();
  expect(changes).toEqual([[[4, 1]]]);
  expect([...link.client.configurations]).toEqual([[4, 1]]);
  link.channel.give('120400ffff');
  await settle();
  expect(changes).toEqual([[[4, 1]]]);
});
