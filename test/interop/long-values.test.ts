import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toHex } from '../../src/core/index.js';
import { type Connection, Device } from '../../src/gap/index.js';
import { openDatabase, type RemoteCharacteristic } from '../../src/gatt/index.js';
import { heartRateMeasurement, manufacturerName } from '../../src/gatt/values/index.js';
import { temporaryFolder } from './support/folders.js';
import { bluewire, heartRateSensor, nodePeer } from './support/peers.js';
import { describeInterop } from './support/present.js';

/** Two controllers of `bluewire air`, by what each listens at. */
async function air(listen: string): Promise<{ port: string; address: string }[]> {
  const process = bluewire('air', '--json', '--controllers', '2', '--listen', listen);
  const ports: { port: string; address: string }[] = [];
  for (let controller = 1; controller <= 2; controller++) {
    const { port, address } = await process.next(
      (event) => event['event'] === 'listening' && event['controller'] === controller,
    );
    ports.push({ port: String(port), address: String(address) });
  }
  return ports;
}

const count = (size: number) => Uint8Array.from({ length: size }, (_, i) => (i * 7) & 0xff);
/** Around what one PDU holds at this MTU, and around what the value may have. */
const sizes = (mtu: number) => [
  0,
  1,
  mtu - 3,
  mtu - 2,
  mtu - 1,
  mtu,
  2 * (mtu - 1),
  2 * (mtu - 1) + 1,
  511,
  512,
];

async function writesAndReads(characteristic: RemoteCharacteristic, mtu: number): Promise<void> {
  for (const size of sizes(mtu).filter((one) => one <= 512)) {
    await characteristic.write(count(size));
    expect(toHex(await characteristic.readLong()), `${size} octets`).toBe(toHex(count(size)));
  }
}

async function withDevice(transport: string, work: (device: Device) => Promise<void>): Promise<void> {
  const device = await Device.open({ transport });
  try {
    await work(device);
  } finally {
    await device.close();
  }
}

const find = async (connection: Connection, uuid: number) =>
  (await openDatabase(connection.gatt)).characteristic(0xb1e0, uuid)!;

describeInterop(
  'long and reliable writes to servers of others, on bluewire air',
  ['bumble', 'noble', 'bluewire'],
  () => {
    it.each([23, 185, 517])('bleno takes and gives values of all lengths, at an MTU of %i', async (mtu) => {
      const [first, second] = await air(`pty:${join(temporaryFolder(), 'ttyBLE')}`);
      const bleno = nodePeer('bleno', first!.port.replace(/^serial:/, ''), 'blenny');
      await bleno.event('ready');
      await withDevice(second!.port, async (device) => {
        const connection = await device.connect(`${first!.address}/public`, { exchangeMtu: mtu > 23 });
        const value = await find(connection, 0xb1e1);
        await writesAndReads(value, connection.mtu);
        await value.writeLong(count(300), { reliable: true });
        expect(toHex(await value.readLong())).toBe(toHex(count(300)));
      });
    });

    it('ble-host takes values in parts, several reliably at once, and none of one that was left', async () => {
      const [first, second] = await air('tcp:127.0.0.1:0');
      const host = nodePeer('ble-host', first!.port.replace(/^tcp:/, ''), 'ble-host');
      await host.event('ready');
      await withDevice(second!.port, async (device) => {
        const connection = await device.connect(`${first!.address}/public`);
        const [one, other] = [await find(connection, 0xb1e1), await find(connection, 0xb1e2)];
        await writesAndReads(one, connection.mtu);
        await connection.gatt.writeReliably([
          { handle: one.valueHandle, value: count(500) },
          { handle: other.valueHandle, value: count(400).reverse() },
        ]);
        expect(toHex(await one.readLong())).toBe(toHex(count(500)));
        expect(toHex(await other.readLong())).toBe(toHex(count(400).reverse()));
        // Whoever leaves in the middle has written nothing.
        const leave = new AbortController();
        const left = one.writeLong(count(512).reverse(), { reliable: true, signal: leave.signal });
        leave.abort(new Error('enough'));
        await expect(left).rejects.toThrow('enough');
        expect(toHex(await one.readLong())).toBe(toHex(count(500)));
      });
    });

    it("Bumble's server gives long values and typed ones; what it has not, it says", async () => {
      const [first, second] = await air('tcp:127.0.0.1:0');
      const [, tcp] = /^tcp:(.*)$/.exec(first!.port)!;
      await heartRateSensor({ port: first!.port, bumble: `tcp-client:${tcp}` } as never);
      await withDevice(second!.port, async (device) => {
        const connection = await device.connect('F0:00:5E:00:53:A0/random');
        const database = await openDatabase(connection.gatt);
        const notes = database.service('3e7c0001-94d1-4f4b-8b1a-6e0f5d2c7a10')!;
        expect(await notes.characteristics[1]!.readLong()).toHaveLength(300);
        const maker = database.characteristic(0x180a, 0x2a29)!;
        expect(await maker.readAs(manufacturerName)).toBe('Bumble');
        expect((await connection.gatt.readByUuid(0x2a29)).map(({ handle }) => handle)).toEqual([
          maker.valueHandle,
        ]);
        const rates: number[] = [];
        await new Promise<void>((resolve, reject) => {
          const measurement = database.characteristic(0x180d, 0x2a37)!;
          measurement
            .subscribeAs(heartRateMeasurement, ({ heartRateMeasurementValue }) => {
              if (rates.push(heartRateMeasurementValue) === 5) resolve();
            })
            .catch(reject);
        });
        expect(rates).toEqual([70, 71, 72, 73, 74]);
        const control = database.characteristic(0x180d, 0x2a39)!;
        await expect(control.writeLong(count(3))).rejects.toMatchObject({ error: 0x06 });
        // The link goes on, and what is known of the database serves the next one.
        const cache = database.export();
        await connection.disconnect();
        const again = await device.connect('F0:00:5E:00:53:A0/random');
        const known = await openDatabase(again.gatt, { cache, bonded: false });
        expect(known.wasCached).toBe(cache?.databaseHash !== undefined);
        expect(known.export()?.services).toEqual(cache?.services);
      });
    });
  },
);
