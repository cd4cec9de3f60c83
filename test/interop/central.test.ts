import { afterEach, expect, it } from 'vitest';
import { TimeoutError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { type Connection, Device } from '../../src/gap/index.js';
import type { RemoteCharacteristic } from '../../src/gatt/index.js';
import { btvirtControllers, bumbleControllers, gattClient, heartRateSensor } from './support/peers.js';
import { describeInterop } from './support/present.js';

const SENSOR = 'F0:00:5E:00:53:A0/random';
const NOTE = '3e7c0002-94d1-4f4b-8b1a-6e0f5d2c7a10';
const LONG_NOTE = '3e7c0003-94d1-4f4b-8b1a-6e0f5d2c7a10';

/** Discovers all, and gives the characteristics by UUID. */
async function discover(connection: Connection): Promise<(uuid: string) => RemoteCharacteristic> {
  const services = await connection.gatt.discoverAll();
  const all = services.flatMap(({ characteristics }) => [...characteristics]);
  return (uuid) => {
    const found = all.find((one) => one.uuid.toShortString().toLowerCase() === uuid);
    if (!found)
      throw new Error(`${uuid} was not found among ${all.map((one) => one.uuid.toShortString()).join(', ')}`);
    return found;
  };
}

let device: Device | undefined;

async function open(port: string): Promise<Device> {
  device = await Device.open({ transport: port });
  return device;
}

for (const [place, controllers, need] of [
  ["Bumble's controllers", (count: number) => bumbleControllers(...Array(count).fill('tcp')), 'bumble'],
  ["btvirt's controllers", btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(`device of bluewire with Bumble's hosts, on ${place}`, ['bumble', need], () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it('scans, connects, discovers, reads, writes, subscribes to notifications and indications', async () => {
      const [first, second] = await controllers(2);
      const sensor = await heartRateSensor(first!);
      const host = await open(second!.port);
      for await (const report of host.scan()) {
        if (report.address.toString() === SENSOR) break;
      }
      const connection = await host.connect(SENSOR);
      expect((await sensor.event('mtu'))['mtu']).toBe(247);
      expect(connection.mtu).toBe(247);
      const at = await discover(connection);

      expect(toHex(await at('2a38').read())).toBe('01');
      expect(await at(LONG_NOTE).readLong()).toEqual(Uint8Array.from({ length: 300 }, (_, n) => n & 0xff));
      await at('2a39').write(Uint8Array.of(1));
      expect(await sensor.event('written')).toMatchObject({ what: 'control point', value: '01' });
      await expect(connection.gatt.read(0xfffe)).rejects.toMatchObject({
        error: 0x01,
        request: 0x0a,
        handle: 0xfffe,
      });

      const rates: number[] = [];
      for await (const value of at('2a37').values()) {
        rates.push(value[1]!);
        if (rates.length === 5) break;
      }
      expect(rates).toEqual([70, 71, 72, 73, 74]);
      for await (const value of at(NOTE).values()) {
        expect(new TextDecoder().decode(value)).toBe('indicated');
        break;
      }
      const [description] = at(NOTE).descriptors.filter(({ uuid }) => uuid.short === 0x2901);
      expect(new TextDecoder().decode(await description!.read())).toBe('a note');

      await connection.disconnect();
      expect((await sensor.event('disconnected'))['reason']).toBe(0x13);
    });
  });
}

describeInterop("several links, attempts and losses, on Bumble's controllers", ['bumble'], () => {
  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  // Not on btvirt: it gives two links of one controller the same handle when their roles differ.
  it('is central and peripheral at the same time, with several links', async () => {
    const [first, second, third, own] = await bumbleControllers('tcp', 'tcp', 'tcp', 'tcp');
    const host = await open(own!.port);
    const sensors = [await heartRateSensor(first!), await heartRateSensor(second!, 'F0:00:5E:00:53:A1')];
    const client = await gattClient(third!);
    const links = [await host.connect(SENSOR), await host.connect('F0:00:5E:00:53:A1/random')];
    await host.startAdvertising({ data: { flags: 6, completeLocalName: 'both' } });
    const { address, type } = await client.call<{ address: string; type: string }>('scan', {
      name: 'both',
    });
    await client.call('connect', { address, type });
    const model = async (link: Connection) =>
      new TextDecoder().decode(await (await discover(link))('2a24').read());
    const [appearance, ...models] = await Promise.all([
      client.call('read_by_uuid', { uuid: '2A01' }),
      ...links.map(model),
    ]);
    expect(appearance).toEqual(['0000']);
    expect(models).toEqual(['HR-1', 'HR-1']);
    expect(host.connections).toHaveLength(3);
    await host.close();
    for (const sensor of sensors) expect((await sensor.event('disconnected'))['reason']).toBe(0x13);
    expect((await client.event('disconnected'))['reason']).toBe(0x13);
  });

  it('cancels an attempt at a peer that is not there, and connects to one that is', async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    const host = await open(second!.port);
    await expect(host.connect('C0:00:5E:00:53:FF/random', { timeoutMs: 300 })).rejects.toBeInstanceOf(
      TimeoutError,
    );
    await heartRateSensor(first!);
    const leaving = AbortSignal.timeout(300);
    await expect(host.connect('C0:00:5E:00:53:FF/random', { signal: leaving })).rejects.toThrow();
    const connection = await host.connect(SENSOR);
    expect(toHex((await connection.gatt.readByUuid(0x2a38))[0]!.value)).toBe('01');
  });

  it('tells why the link ended when the peer goes out of range', async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    const sensor = await heartRateSensor(first!);
    const host = await open(second!.port);
    const connection = await host.connect(SENSOR);
    const gone = new Promise((resolve) => connection.on('disconnected', resolve));
    await sensor.stop();
    expect(await gone).toMatchObject({ reason: 0x08 });
    await expect(connection.gatt.read(1)).rejects.toMatchObject({ reason: 0x08 });
    expect(connection.isConnected).toBe(false);
  });

  it('goes on without a command that the controller refuses (Vol 4, Part E, 4.4)', async () => {
    const [first, second] = await bumbleControllers('tcp', 'tcp');
    await heartRateSensor(first!);
    const host = await open(second!.port);
    const connection = await host.connect(SENSOR);
    await expect(
      connection.updateParameters({
        intervalMinMs: 15,
        intervalMaxMs: 30,
        latency: 0,
        supervisionTimeoutMs: 2000,
      }),
    ).rejects.toMatchObject({ status: 0x01 });
    expect(fromHex('01')).toEqual((await connection.gatt.readByUuid(0x2a38))[0]!.value);
  });
});
