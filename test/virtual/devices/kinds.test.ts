import { describe, expect, it } from 'vitest';
import { AttError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import type { UuidLike } from '../../../src/core/uuid.js';
import { AdvertisingData, type Connection, type Device } from '../../../src/gap/index.js';
import type { RemoteCharacteristic } from '../../../src/gatt/index.js';
import {
  createWorld,
  type DeviceSpec,
  keyReports,
  lockUuids,
  nordicUart,
  simulatedDevice,
  type World,
} from '../../../src/virtual/devices/index.js';

const address = 'C0:DE:C0:00:00:0A/random';
const text = (value: string) => new TextEncoder().encode(value);

/** A world with one device in it, and a link to it. */
async function linked(spec: DeviceSpec): Promise<{ world: World; device: Device; link: Connection }> {
  const world = await createWorld({ seed: 5, devices: [simulatedDevice(spec)] });
  const device = await world.device();
  return { world, device, link: await device.connect(spec.address) };
}

async function find(
  link: Connection,
  service: UuidLike,
  uuid: UuidLike,
  nth = 0,
): Promise<RemoteCharacteristic> {
  const [found] = await link.gatt.discoverServices(service);
  const all = await found!.discoverCharacteristics();
  return all.filter((one) => one.uuid.equals(uuid))[nth]!;
}

/** What a device advertises within some time: each advertising report's data, without scan responses. */
async function advertised(spec: DeviceSpec, ms = 500): Promise<AdvertisingData[]> {
  await using world = await createWorld({ seed: 5, devices: [simulatedDevice(spec)] });
  const device = await world.device();
  const seen: AdvertisingData[] = [];
  await device.startScan({
    onReport: (report) => {
      if (!report.scanResponse) seen.push(new AdvertisingData(report.data.slice()));
    },
  });
  await world.run(ms);
  return seen;
}

describe('the UART', () => {
  it('echoes what is written, in notifications', async () => {
    const { world, link } = await linked({ kind: 'uart', address });
    const heard: string[] = [];
    const tx = await find(link, nordicUart.service, nordicUart.tx);
    const rx = await find(link, nordicUart.service, nordicUart.rx);
    await tx.subscribe((value) => heard.push(new TextDecoder().decode(value)));
    await rx.write(text('hello'));
    await rx.writeWithoutResponse(text('world'));
    await world.run(500);
    expect(heard).toEqual(['hello', 'world']);
    await world.close();
  });

  it('says what its script says, when it says it', async () => {
    const { world, link } = await linked({
      kind: 'uart',
      address,
      greeting: { text: 'ready' },
      script: [
        { when: { text: 'AT+GMR' }, say: [{ text: 'v1' }, { text: 'OK' }], afterMs: 200 },
        { when: '0102', say: ['ff'] },
        { say: [{ text: 'ERROR' }] },
      ],
    });
    const heard: [number, string][] = [];
    const tx = await find(link, nordicUart.service, nordicUart.tx);
    const rx = await find(link, nordicUart.service, nordicUart.rx);
    await tx.subscribe((value) => heard.push([world.now, toHex(value)]));
    await world.run(200);
    const asked = world.now;
    await rx.write(text('AT+GMR\r'));
    await world.run(1000);
    await rx.write(Uint8Array.of(1, 2, 3));
    await rx.write(Uint8Array.of(9));
    await world.run(500);
    expect(heard.map(([, value]) => value)).toEqual(
      ['ready', 'v1', 'OK'].map((value) => toHex(text(value))).concat('ff', toHex(text('ERROR'))),
    );
    expect(heard[1]![0] - asked).toBeGreaterThan(190);
    expect(heard[2]![0] - heard[1]![0]).toBeGreaterThan(150);
    await world.close();
  });

  it('cuts what it says to the ATT_MTU', async () => {
    const { world, link } = await linked({ kind: 'uart', address, greeting: { text: 'x'.repeat(1000) } });
    const heard: number[] = [];
    const tx = await find(link, nordicUart.service, nordicUart.tx);
    await tx.subscribe((value) => heard.push(value.length));
    await world.run(2000);
    expect(heard.reduce((sum, length) => sum + length, 0)).toBe(1000);
    expect(Math.max(...heard)).toBe(link.gatt.mtu - 3);
    await world.close();
  });
});

describe('the beacons', () => {
  const only = (data: AdvertisingData) => toHex(data.serviceData[0]!.data);

  it('send Eddystone-UID: power, namespace, instance, and two octets for later', async () => {
    const [data] = await advertised({
      kind: 'eddystone-uid',
      address,
      namespace: '00112233445566778899',
      instance: 'aabbccddeeff',
      txPower: -12,
    });
    expect(only(data!)).toBe('00f400112233445566778899aabbccddeeff0000');
  });

  it('send Eddystone-URL with its scheme and its endings as codes', async () => {
    const [data] = await advertised({ kind: 'eddystone-url', address, url: 'https://www.example.com/a' });
    expect(only(data!)).toBe(`100001${toHex(text('example'))}00${toHex(text('a'))}`);
  });

  it('send Eddystone-TLM whose counters go on', async () => {
    const all = await advertised({ kind: 'eddystone-tlm', address, battery: 2950, temperature: -1.5 }, 5000);
    const frames = all.map(only);
    // Version 0, 2950 mV, −1.5 °C as fixed-point number of 8 and 8 bits.
    expect(frames.every((frame) => frame.startsWith('20000b86fe80'))).toBe(true);
    const uptimes = frames.map((frame) => Number.parseInt(frame.slice(20), 16));
    expect(uptimes.at(-1)).toBeGreaterThanOrEqual(40);
    expect(new Set(uptimes).size).toBeGreaterThanOrEqual(4);
  });

  it('send iBeacon', async () => {
    const [data] = await advertised({
      kind: 'ibeacon',
      address,
      uuid: '2f234454-cf6d-4a0f-adf2-f4911ba9ffa6',
      major: 1,
      minor: 2,
    });
    expect(toHex(data!.manufacturerData!.data)).toBe('02152f234454cf6d4a0fadf2f4911ba9ffa600010002d8');
  });

  it.each<[DeviceSpec, RegExp]>([
    [{ kind: 'eddystone-url', address, url: 'ftp://example.com' }, /begins with http/],
    [{ kind: 'eddystone-url', address, url: `https://${'x'.repeat(18)}` }, /18 octets/],
    [{ kind: 'eddystone-url', address, url: 'https://ex ample' }, /" " is not permitted/],
    [{ kind: 'eddystone-uid', address, namespace: '00', instance: 'aabbccddeeff' }, /namespace/],
    [{ kind: 'ibeacon', address, uuid: '180d', major: -1, minor: 0 }, /major: -1/],
  ])('refuse %o', (spec, message) => {
    expect(() => simulatedDevice(spec)).toThrow(message);
  });
});

describe('the lock', () => {
  it('does nothing for whoever does not know its PIN, and tells nothing', async () => {
    const { world, link } = await linked({ kind: 'lock', address });
    const [found] = await link.gatt.discoverServices(lockUuids.service);
    const [state, control] = await found!.discoverCharacteristics();
    for (const refused of [state!.read(), control!.write(Uint8Array.of(0))]) {
      const error = (await refused.catch((thrown: unknown) => thrown)) as AttError;
      expect(error).toBeInstanceOf(AttError);
      expect(error.error).toBe(0x05);
    }
    await world.close();
  });

  it('opens for who enters the PIN, and keeps what it does to itself until then', async () => {
    const { world, link, device } = await linked({ kind: 'lock', address, pin: 42 });
    device.setSecurity({ delegate: { enterPasskey: () => 42 } });
    await link.disconnect();
    const again = await device.connect(address);
    const [found] = await again.gatt.discoverServices(lockUuids.service);
    const [state, control] = await found!.discoverCharacteristics();
    const seen: number[] = [];
    await state!.subscribe((value) => seen.push(value[0]!));
    expect(await state!.read()).toEqual(Uint8Array.of(1));
    expect(again.security).toMatchObject({ level: 4, bonded: true });
    await control!.write(Uint8Array.of(0));
    expect(await state!.read()).toEqual(Uint8Array.of(0));
    expect(seen).toEqual([0]);
    const refused = (await control!.write(Uint8Array.of(2)).catch((thrown: unknown) => thrown)) as AttError;
    expect(refused.error).toBe(0x13);
    await world.close();
  });

  it('refuses a PIN of seven digits', () => {
    expect(() => simulatedDevice({ kind: 'lock', address, pin: 1_000_000 })).toThrow(
      /pin: 1000000 is not permitted/,
    );
  });
});

describe('the keyboard', () => {
  it('types its text, each key down and up (HID 1.11, appendix B.1)', async () => {
    const { world, link } = await linked({ kind: 'keyboard', address, text: 'Hi!', securityLevel: 1 });
    const input = await find(link, 0x1812, 0x2a4d);
    const typed: string[] = [];
    await input.subscribe((value) => typed.push(toHex(value)));
    await world.run(320);
    const up = '0000000000000000';
    // H is usage 0x0B with the left shift, i is 0x0C, ! is 0x1E with shift.
    expect(typed.slice(0, 6)).toEqual([
      '02000b0000000000',
      up,
      '00000c0000000000',
      up,
      '02001e0000000000',
      up,
    ]);
    await world.close();
  });

  it('has what a host needs to know it: report map, references, information (HID Service 1.0)', async () => {
    const { world, link } = await linked({ kind: 'keyboard', address, securityLevel: 1 });
    const read = async (uuid: number) => (await find(link, 0x1812, uuid)).read();
    const map = toHex(await read(0x2a4b));
    expect(map.startsWith('05010906a1018501')).toBe(true);
    expect(map.endsWith('c0')).toBe(true);
    expect(toHex(await read(0x2a4a))).toBe('11010003');
    for (const [nth, reference] of [
      [0, '0101'],
      [1, '0102'],
    ] as const) {
      const report = await find(link, 0x1812, 0x2a4d, nth);
      const descriptor = (await report.discoverDescriptors()).find(({ uuid }) => uuid.equals(0x2908))!;
      expect(toHex(await descriptor.read())).toBe(reference);
    }
    await world.close();
  });

  it('asks for encryption unless it is told otherwise (HID over GATT Profile 1.0, 6.1)', async () => {
    const { world, link } = await linked({ kind: 'keyboard', address });
    expect(link.security.level).toBe(1);
    const map = await (await find(link, 0x1812, 0x2a4b)).read();
    expect(toHex(map).startsWith('05010906a1018501')).toBe(true);
    expect(link.security.level).toBe(2);
    await world.close();
  });

  it('switches to the boot report (HID Service 1.0, 2.4)', async () => {
    const { world, link } = await linked({ kind: 'keyboard', address, text: 'a', securityLevel: 1 });
    const [reports, boots]: [string[], string[]] = [[], []];
    await (await find(link, 0x1812, 0x2a4d)).subscribe((value) => reports.push(toHex(value)));
    await (await find(link, 0x1812, 0x2a22)).subscribe((value) => boots.push(toHex(value)));
    await (await find(link, 0x1812, 0x2a4e)).writeWithoutResponse(Uint8Array.of(0));
    await world.run(100);
    reports.length = 0;
    await world.run(300);
    expect(reports).toEqual([]);
    expect(boots.length).toBeGreaterThan(3);
    await world.close();
  });

  it('refuses a text that is on no key', () => {
    expect(() => keyReports('é')).toThrow(/"é" is on no key/);
    expect(keyReports('\n\t ').map((report) => report[2])).toEqual([0x28, 0, 0x2b, 0, 0x2c, 0]);
  });
});

describe('the other kinds', () => {
  it.each<[DeviceSpec, UuidLike, UuidLike, string]>([
    [{ kind: 'battery', address, battery: 42 }, 0x180f, 0x2a19, '2a'],
    [{ kind: 'heart-rate', address, location: 2 }, 0x180d, 0x2a38, '02'],
    [{ kind: 'thermometer', address, type: 6 }, 0x1809, 0x2a1d, '06'],
  ])('serve what they are: %o', async (spec, service, uuid, value) => {
    const { world, link } = await linked(spec);
    expect(toHex(await (await find(link, service, uuid)).read())).toBe(value);
    await world.close();
  });

  it('shorten a name that does not fit', async () => {
    const name = 'A device with quite a long name 🙂';
    const device = simulatedDevice({ kind: 'battery', address, name });
    await using world = await createWorld({ seed: 1, devices: [device] });
    expect(world.devices.get(name)!.isOn).toBe(true);
  });
});
