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

it('a handler that throws refuses a subscription, and is in no other’s way when a bond brings them back', async () => {
  const failing = host.server.add(
    service(0x180f, {
      one: characteristic(0x2a19, {
        notify: true,
        onSubscribe: () => {
          throw new Error('a mistake');
        },
      }),
      other: characteristic(0x2a1a, { notify: true, onSubscribe: (value) => void heard.push(value) }),
    }),
  ).characteristics;
  const [first, second] = [failing.one.configurationHandle!, failing.other.configurationHandle!];
  link.channel.give(`12${first.toString(16).padStart(2, '0')}000100`);
  expect(link.channel.take()).toEqual([`0112${first.toString(16).padStart(2, '0')}000e`]);
  expect(failing.one.configuration(link.client)).toBe(0);
  link.reports.length = 0;
  const configurations = new Map([
    [first, 1],
    [second, 1],
  ]);
  const { databaseHash } = link.client.state;
  await link.client.restoreState({
    configurations,
    clientSupportedFeatures: new Uint8Array(0),
    ...(databaseHash ? { databaseHash } : {}),
  });
  expect(heard).toEqual([1]);
  expect(link.reports).toEqual([expect.stringMatching(/^onSubscribe of 2a19 failed: Error: a mistake/)]);
});
