import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../../src/core/hex.js';
import type { Connection } from '../../src/gap/connection.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import { ScriptedController } from '../support/scripted-controller.js';
import { User } from '../support/secure-link.js';
import { World } from '../support/world.js';

/** The Generic Access service: Core Vol 3, Part C, 12. */

let world: World;
const open: Device[] = [];
afterEach(async () => {
  for (const device of open.splice(0)) await world.run(device.close());
});

async function serving(options: Partial<DeviceOptions>, client: Partial<DeviceOptions> = {}) {
  world = new World();
  const server = await world.device(options);
  const central = await world.device(client);
  open.push(server, central);
  await world.run(server.startAdvertising({ data: { flags: 6 } }));
  const link = await world.run(central.connect(server.address));
  return { server, link };
}

/** The characteristics of Generic Access: UUID, properties, value or ATT error. */
async function listed(link: Connection) {
  const [access] = await world.run(link.gatt.discoverServices(0x1800));
  const rows: [string, number, string | number][] = [];
  for (const one of await world.run(access!.discoverCharacteristics())) {
    const value = await world.run(one.read().then(toHex, ({ error }: { error: number }) => error));
    rows.push([one.uuid.toShortString(), one.properties, value]);
  }
  return rows;
}

async function found(link: Connection, uuid: number) {
  const [access] = await world.run(link.gatt.discoverServices(0x1800));
  return (await world.run(access!.discoverCharacteristics())).find((one) => one.uuid.short === uuid)!;
}

const READ = 0x02;
const READ_WRITE = 0x0a;

describe('the Generic Access service', () => {
  it('has name and appearance, to be read, where nothing else is said (12.1, 12.2)', async () => {
    const { link } = await serving({ name: 'a', appearance: 0x0341 });
    expect(await listed(link)).toEqual([
      ['2a00', READ, '61'],
      ['2a01', READ, '4103'],
    ]);
  });

  it('has what the options say (12.3, 12.4, 12.5, 12.7)', async () => {
    const { link } = await serving({
      genericAccess: {
        writableName: true,
        writableAppearance: true,
        preferredParameters: { intervalMinMs: 10, intervalMaxMs: 20, latency: 4, supervisionTimeoutMs: 5000 },
        centralAddressResolution: true,
        resolvablePrivateAddressOnly: true,
        securityLevels: [
          { mode: 1, level: 4 },
          { mode: 2, level: 2 },
        ],
      },
    });
    expect(await listed(link)).toEqual([
      ['2a00', READ_WRITE, toHex(new TextEncoder().encode('bluewire'))],
      ['2a01', READ_WRITE, '0000'],
      ['2a04', READ, '080010000400f401'],
      ['2aa6', READ, '01'],
      ['2ac9', READ, '00'],
      ['2bf5', READ, '01040202'],
    ]);
  });

  it('of a private device says that its private addresses are resolved, and are all that it shows (12.4, 12.5)', async () => {
    world = new World();
    const server = await world.device({ privacy: true });
    const central = await world.device({ privacy: true });
    open.push(server, central);
    await world.run(server.startAdvertising({ data: { flags: 6 } }));
    const link = await world.run(central.connect(server.addressOnAir));
    expect((await listed(link)).slice(2)).toEqual([
      ['2aa6', READ, '01'],
      ['2ac9', READ, '00'],
    ]);
  });

  it('takes a name of up to 248 octets of UTF-8, and an appearance of two (12.1, 12.2)', async () => {
    const told: unknown[] = [];
    const { server, link } = await serving({
      genericAccess: {
        writableName: true,
        writableAppearance: true,
        onName: (name) => void told.push(name),
        onAppearance: (appearance) => void told.push(appearance),
      },
    });
    const [name, appearance] = [await found(link, 0x2a00), await found(link, 0x2a01)];
    const octets = new TextEncoder().encode('Größe');
    await world.run(name.write(octets));
    expect([server.name, told]).toEqual(['Größe', ['Größe']]);
    expect(await world.run(name.read())).toEqual(octets);
    const long = new Uint8Array(248).fill(0x78);
    await world.run(name.write(long));
    expect(server.name).toBe('x'.repeat(248));
    const refused = async (work: Promise<unknown>, error: number) =>
      expect(await world.run(work.catch((one: unknown) => one))).toMatchObject({ error });
    await refused(name.write(new Uint8Array(249)), 0x0d);
    await refused(name.write(Uint8Array.of(0xff)), 0x13);
    await refused(appearance.write(Uint8Array.of(1)), 0x0d);
    await world.run(appearance.write(Uint8Array.of(0x41, 0x03)));
    expect([server.name, told.at(-1)]).toEqual(['x'.repeat(248), 0x0341]);
    server.name = 'b';
    expect(await world.run(name.read())).toEqual(Uint8Array.of(0x62));
  });

  it('lets the name be written with the security that is asked for (12.1)', async () => {
    const { server, link } = await serving(
      { genericAccess: { writableName: { level: 2 } } },
      { security: { raise: false } },
    );
    const name = await found(link, 0x2a00);
    const refusal = await world.run(name.write(Uint8Array.of(0x61)).catch((error: unknown) => error));
    expect(refusal).toMatchObject({ error: 0x05 });
    await world.run(link.pair());
    await world.run(name.write(Uint8Array.of(0x61)));
    expect(server.name).toBe('a');
  });

  it('gives key material to who is authenticated and authorised, and indicates a new one to nobody else (12.6)', async () => {
    const [one, other] = [new User(), new User()];
    const compares = (user: User) => ({ displayPasskey: user.display, compare: user.compare });
    let authorized = false;
    const keyMaterial = Uint8Array.from({ length: 24 }, (_, i) => i);
    const { server, link } = await serving(
      {
        security: { delegate: compares(one) },
        genericAccess: { encryptedData: { keyMaterial, authorize: () => authorized } },
      },
      { security: { delegate: compares(other), raise: false } },
    );
    const key = await found(link, 0x2b88);
    expect(key.properties).toBe(0x22);
    const read = () => world.run(key.read().then(toHex, ({ error }: { error: number }) => error));
    const got: string[] = [];
    await world.run(key.subscribe((value) => void got.push(toHex(value))));
    expect(await read()).toBe(0x05);
    const next = keyMaterial.map((octet) => octet ^ 0xff);
    await world.run(server.setKeyMaterial(next));
    await world.run(link.pair());
    expect(await read()).toBe(0x08);
    await world.run(server.setKeyMaterial(keyMaterial));
    expect(got).toEqual([]);
    authorized = true;
    expect(await read()).toBe(toHex(keyMaterial));
    await world.run(server.setKeyMaterial(next));
    expect(got).toEqual([toHex(next)]);
    await expect(server.setKeyMaterial(new Uint8Array(23))).rejects.toThrow(/keyMaterial: 23 octets/);
  });

  it('has no key material to change where there is none', async () => {
    const { server } = await serving({});
    await expect(server.setKeyMaterial(new Uint8Array(24))).rejects.toThrow(/was opened without/);
  });

  it.each([
    [{ writeableName: true }, /unknown option "writeableName"/],
    [{ preferredParameters: { intervalMinMs: 5 } }, /intervalMinMs: 5/],
    [{ encryptedData: { keyMaterial: new Uint8Array(16) } }, /keyMaterial: 16 octets/],
    [{ encryptedData: { keyMaterial: new Uint8Array(24) } }, /authorize: a function is wanted/],
    [{ securityLevels: [{ mode: 2, level: 3 }] }, /securityLevels.level: 3/],
  ])('refuses %j before anything is opened', async (genericAccess, message) => {
    const transport = new ScriptedController();
    await expect(Device.open({ transport, genericAccess: genericAccess as never })).rejects.toThrow(message);
    expect(transport.sent).toEqual([]);
  });
});
