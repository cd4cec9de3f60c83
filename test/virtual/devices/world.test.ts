import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Address } from '../../../src/core/address.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { AttError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import type { UuidLike } from '../../../src/core/uuid.js';
import { AdvertisingData, type AdvertisingReport, type Connection, Device } from '../../../src/gap/index.js';
import type { RemoteCharacteristic } from '../../../src/gatt/index.js';
import { decodeFloat } from '../../../src/gatt/values/float.js';
import { beacon, heartRateSensor, thermometer, World } from '../../../src/virtual/devices/index.js';

let clock: SimulatedClock;
let world: World;
let device: Device;

beforeEach(async () => {
  clock = new SimulatedClock();
  const random = seededRandom(7);
  world = await clock.run(World.open({ clock, random }));
  const transport = world.controller('00:00:5E:00:53:01').transport();
  device = await clock.run(Device.open({ transport, clock, random }));
});

afterEach(async () => {
  await clock.run(device.close());
  await clock.run(world.close());
  expect(clock.pending).toBe(0);
});

const connect = (declared: { readonly address: string }): Promise<Connection> =>
  clock.run(device.connect(declared.address));

async function find(link: Connection, service: UuidLike, uuid: UuidLike): Promise<RemoteCharacteristic> {
  const [found] = await clock.run(link.gatt.discoverServices(service));
  const characteristics = await clock.run(found!.discoverCharacteristics());
  return characteristics.find((one) => one.uuid.equals(uuid))!;
}

/** What a characteristic sends within so many milliseconds. */
async function listen(characteristic: RemoteCharacteristic, ms: number): Promise<Uint8Array[]> {
  const values: Uint8Array[] = [];
  const stop = await clock.run(characteristic.subscribe((value) => values.push(value)));
  await clock.advance(ms);
  await clock.run(stop());
  return values;
}

describe('the world', () => {
  it('has a heart rate sensor, a thermometer and a beacon in range, as strong as they are far', async () => {
    const reports = new Map<string, AdvertisingReport>();
    const onReport = (report: AdvertisingReport) => {
      if (!report.scanResponse) reports.set(report.address.toString(), report);
    };
    const scan = await clock.run(device.startScan({ onReport }));
    await clock.advance(2000);
    await clock.run(scan.stop());
    expect(reports.size).toBe(3);
    const of = ({ address }: { readonly address: string }) => reports.get(Address.parse(address).toString())!;
    expect([heartRateSensor, thermometer, beacon].map((one) => of(one).rssi)).toEqual([-43, -51, -74]);
    expect([heartRateSensor, thermometer, beacon].map((one) => of(one).connectable)).toEqual([
      true,
      true,
      false,
    ]);
    expect(new AdvertisingData(of(heartRateSensor).data).localName).toBe('Heart Rate');
  });

  it('is the same for the same seed', async () => {
    const run = async () => {
      const time = new SimulatedClock();
      const seen: string[] = [];
      const random = seededRandom(42);
      const other = await time.run(World.open({ clock: time, random }));
      const transport = other.controller('00:00:5E:00:53:01').transport();
      const host = await time.run(Device.open({ transport, clock: time, random }));
      const onReport = (report: AdvertisingReport) =>
        seen.push(`${time.now()} ${report.address} ${report.rssi}`);
      await time.run(host.startScan({ onReport }));
      await time.advance(3000);
      await time.run(host.close());
      await time.run(other.close());
      return seen;
    };
    const first = await run();
    expect(first.length).toBeGreaterThan(30);
    expect(await run()).toEqual(first);
  });

  it('advertises again when a client has left', async () => {
    const first = await connect(heartRateSensor);
    await clock.run(first.disconnect());
    const second = await connect(heartRateSensor);
    expect(second.isConnected).toBe(true);
  });

  it('ends the links to it when it is closed, and leaves no timer, whoever is subscribed', async () => {
    const link = await connect(heartRateSensor);
    for (const [service, uuid] of [
      [0x180d, 0x2a37],
      [0x180f, 0x2a19],
    ] as const) {
      const characteristic = await find(link, service, uuid);
      await clock.run(characteristic.subscribe(() => {}));
    }
    await clock.run(world.close());
    await clock.run(world.close());
    await clock.advance(10_000);
    expect(link.isConnected).toBe(false);
    expect(device.isOpen).toBe(false);
  });
});

describe('the heart rate sensor', () => {
  it('notifies a measurement once a second while somebody is subscribed', async () => {
    const link = await connect(heartRateSensor);
    const values = await listen(await find(link, 0x180d, 0x2a37), 120_500);
    expect(values.length).toBe(120);
    const rates = values.map((value) => value[1]!);
    expect(Math.min(...rates)).toBeGreaterThan(45);
    expect(Math.max(...rates)).toBeLessThan(180);
    expect(new Set(rates).size).toBeGreaterThan(3);
    // Sensor contact is told each time, RR intervals whenever there was a beat, the energy every tenth time.
    expect(values.every((value) => (value[0]! & 0x07) === 0x06)).toBe(true);
    expect(values.filter((value) => (value[0]! & 0x08) !== 0).length).toBe(12);
    const beats = values.map((value) => (value.length - ((value[0]! & 0x08) === 0 ? 2 : 4)) / 2);
    expect(beats.reduce((sum, count) => sum + count, 0)).toBeGreaterThan(90);
    const before = clock.pending;
    await clock.advance(5000);
    expect(clock.pending).toBeLessThanOrEqual(before);
  });

  it('resets the energy expended by its control point, and refuses all else (Heart Rate Service 1.0, 3.3)', async () => {
    const link = await connect(heartRateSensor);
    const measurement = await find(link, 0x180d, 0x2a37);
    const controlPoint = await find(link, 0x180d, 0x2a39);
    const energy = (values: Uint8Array[]) =>
      values.filter((value) => (value[0]! & 0x08) !== 0).map((value) => value[2]! | (value[3]! << 8));
    const before = energy(await listen(measurement, 120_500));
    expect(before.at(-1)).toBeGreaterThan(before[0]!);
    await clock.run(controlPoint.write(Uint8Array.of(1)));
    const after = energy(await listen(measurement, 20_500));
    expect(after[0]).toBeLessThan(before.at(-1)!);
    for (const [value, error] of [
      [Uint8Array.of(2), 0x80],
      [Uint8Array.of(), 0x0d],
      [Uint8Array.of(1, 1), 0x0d],
    ] as const) {
      const refused = await clock.run(controlPoint.write(value).catch((reason: unknown) => reason));
      expect(refused).toBeInstanceOf(AttError);
      expect((refused as AttError).error).toBe(error);
    }
  });

  it('tells where it sits, how full its battery is, and what it is', async () => {
    const link = await connect(heartRateSensor);
    const read = async (service: UuidLike, uuid: UuidLike) =>
      clock.run((await find(link, service, uuid)).read());
    expect(await read(0x180d, 0x2a38)).toEqual(Uint8Array.of(1));
    expect(await read(0x180f, 0x2a19)).toEqual(Uint8Array.of(87));
    expect(new TextDecoder().decode(await read(0x180a, 0x2a24))).toBe('Simulated heart rate belt');
    const wearer = await read('7d1f0001-2c5b-4e0a-9a35-5d1c9be0a7f4', '7d1f0002-2c5b-4e0a-9a35-5d1c9be0a7f4');
    expect(new TextDecoder().decode(wearer)).toBe('35 years, 70 kg');
  });

  it('loses a percent of its battery every quarter of an hour, and notifies it', async () => {
    const link = await connect(heartRateSensor);
    const level = await find(link, 0x180f, 0x2a19);
    const values = await listen(level, 46 * 60_000);
    expect(values.map((value) => toHex(value))).toEqual(['56', '55', '54']);
    expect(await clock.run(level.read())).toEqual(Uint8Array.of(84));
  });
});

describe('the thermometer', () => {
  it('indicates a temperature of a body every five seconds (Health Thermometer Service 1.0, 3.1)', async () => {
    const link = await connect(thermometer);
    const values = await listen(await find(link, 0x1809, 0x2a1c), 60_900);
    expect(values.length).toBe(12);
    const degrees = values.map((value) => decodeFloat(value.subarray(1)));
    expect(values.every((value) => value.length === 5 && value[0] === 0)).toBe(true);
    expect(Math.min(...degrees)).toBeGreaterThan(35);
    expect(Math.max(...degrees)).toBeLessThan(38.5);
    expect(await clock.run((await find(link, 0x1809, 0x2a1d)).read())).toEqual(Uint8Array.of(2));
    expect(await clock.run((await find(link, 0x1809, 0x2a21)).read())).toEqual(Uint8Array.of(5, 0));
  });
});

describe('the beacon', () => {
  it('is an iBeacon', async () => {
    const seen = new Promise<AdvertisingReport>((resolve) => {
      void device.startScan({
        onReport: (report) => {
          if (report.address.equals(Address.parse(beacon.address))) resolve(report);
        },
      });
    });
    const { data } = await clock.run(seen);
    const { companyIdentifier, data: content } = new AdvertisingData(data).manufacturerData!;
    expect(companyIdentifier).toBe(0x004c);
    expect(toHex(content)).toBe(`0215${'2f234454cf6d4a0fadf2f4911ba9ffa6'}00010007cc`);
  });
});
