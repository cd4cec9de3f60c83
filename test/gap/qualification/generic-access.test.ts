import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import type { Connection } from '../../../src/gap/connection.js';
import type { Device } from '../../../src/gap/device.js';
import type { GenericAccessOptions } from '../../../src/gap/index.js';
import { World } from '../../support/world.js';
import { comparing } from './support.js';

/** GAP/GAT: the characteristics of the Generic Access service, as a client finds them (Core Vol 3, Part C, 12). */

const keyMaterial = Uint8Array.from({ length: 24 }, (_, i) => 255 - i);
let world: World;
let devices: Device[] = [];
afterEach(() => world.run(Promise.all(devices.map((device) => device.close()))));

async function client(genericAccess: GenericAccessOptions): Promise<Connection> {
  world = new World();
  const security = () => ({ delegate: comparing().delegate!, raise: false });
  const server = await world.device({ genericAccess, name: 'bw', appearance: 0x0341, security: security() });
  const central = await world.device({ security: security() });
  devices = [server, central];
  await world.run(server.startAdvertising({ data: { flags: 6 } }));
  return world.run(central.connect(server.address));
}

async function characteristic(link: Connection, uuid: number) {
  const [access] = await world.run(link.gatt.discoverServices(0x1800));
  const found = await world.run(access!.discoverCharacteristics());
  return found.filter((one) => one.uuid.short === uuid);
}

/** A value in hexadecimal, or the code of the error. */
const outcome = (work: Promise<Uint8Array>) =>
  world.run(work.then(toHex, ({ error }: { error: number }) => error));

describe('the Generic Access service', () => {
  it.each<[string, GenericAccessOptions, number, string]>([
    ['GAP/GAT/BV-12-C', { securityLevels: [{ mode: 1, level: 3 }] }, 0x2bf5, '0103'],
    ['GAP/GAT/BV-16-C', {}, 0x2a00, '6277'],
    ['GAP/GAT/BV-17-C', {}, 0x2a01, '4103'],
    ['GAP/GAT/BV-18-C', { centralAddressResolution: true }, 0x2aa6, '01'],
    ['GAP/GAT/BV-19-C', { resolvablePrivateAddressOnly: true }, 0x2ac9, '00'],
  ])('%s: of %j one characteristic is found, with its value', async (_name, options, uuid, value) => {
    const found = await characteristic(await client(options), uuid);
    expect(found).toHaveLength(1);
    expect(found[0]!.properties & 0x02).toBe(0x02);
    expect(await outcome(found[0]!.read())).toBe(value);
  });

  it.each<[string, GenericAccessOptions, number, string]>([
    ['GAP/GAT/BV-05-C', { writableName: true }, 0x2a00, '7a7a7a'],
    ['GAP/GAT/BV-06-C', { writableAppearance: true }, 0x2a01, '4003'],
  ])('%s: with %j it can be written, and has what was written', async (_name, options, uuid, value) => {
    const [found] = await characteristic(await client(options), uuid);
    expect(found!.properties).toBe(0x0a);
    await world.run(found!.write(Buffer.from(value, 'hex')));
    expect(await outcome(found!.read())).toBe(value);
  });

  it.each([
    ['GAP/GAT/BV-09-C', true, true, toHex(keyMaterial)],
    ['GAP/GAT/BV-10-C', false, true, 0x05],
    ['GAP/GAT/BV-11-C', true, false, 0x08],
  ] as const)(
    '%s: key material, of a client that is authenticated: %s, authorised: %s (12.6)',
    async (_name, authenticated, authorized, expected) => {
      const link = await client({ encryptedData: { keyMaterial, authorize: () => authorized } });
      if (authenticated) await world.run(link.pair());
      const [found] = await characteristic(link, 0x2b88);
      expect(await outcome(found!.read())).toBe(expected);
    },
  );

  it('GAP/GAT/BV-15-C: key material that changes is indicated', async () => {
    const link = await client({ encryptedData: { keyMaterial, authorize: () => true } });
    await world.run(link.pair());
    const [found] = await characteristic(link, 0x2b88);
    const got: [string, boolean][] = [];
    await world.run(found!.subscribe((value, indication) => void got.push([toHex(value), indication])));
    await world.run(devices[0]!.setKeyMaterial(new Uint8Array(24)));
    expect(got).toEqual([['00'.repeat(24), true]]);
  });
});
