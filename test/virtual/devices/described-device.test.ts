import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { AttError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { type Connection, Device } from '../../../src/gap/index.js';
import {
  DescriptionError,
  type DeviceDescription,
  describedDevice,
  World,
} from '../../../src/virtual/devices/index.js';

const scale: DeviceDescription = {
  name: 'Scale',
  address: 'C0:DE:C0:00:00:07/random',
  appearance: 0x0c80,
  mtu: 100,
  advertising: {
    data: { flags: 6, serviceUuids: ['181d'] },
    scanResponse: '06 09 53 63 61 6c 65',
    intervalMinMs: 40,
    intervalMaxMs: 60,
  },
  connection: { afterMs: 500, intervalMinMs: 30, intervalMaxMs: 50, latency: 2, supervisionTimeoutMs: 3000 },
  services: [
    {
      uuid: '1800',
      handle: 1,
      endHandle: 9,
      characteristics: [{ uuid: '2a00', properties: ['read'], handle: 2, value: { text: 'Scale' } }],
    },
    {
      uuid: '181d',
      handle: 0x10,
      includes: [{ service: 2, handle: 0x11 }],
      characteristics: [
        {
          uuid: '2a9d',
          properties: ['read', 'notify'],
          handle: 0x14,
          valueHandle: 0x16,
          value: '00 e8 03',
          notifications: {
            values: [
              { afterMs: 100, value: '00 01 00' },
              { afterMs: 250, value: '00 02 00' },
            ],
            repeat: true,
          },
          descriptors: [
            { uuid: '2901', handle: 0x17, value: { text: 'Weight' } },
            { uuid: '2902', handle: 0x19 },
          ],
        },
        {
          uuid: 'fff1',
          properties: ['write', 'writeWithoutResponse'],
          handle: 0x20,
          answers: [
            {
              when: '01',
              notify: [
                { characteristic: 0x16, afterMs: 20, value: 'aa' },
                { characteristic: '2a9d', afterMs: 30, value: 'bb' },
              ],
            },
            { error: 0x81 },
          ],
        },
        { uuid: 'fff2', properties: ['read'], read: { error: 0x05 } },
        { uuid: 'fff3', properties: ['read'], read: { level: 2, error: 0x0f }, value: '01' },
        { uuid: 'fff4', properties: ['read', 'write'], read: false, write: true },
      ],
    },
    {
      uuid: '7d1f0001-2c5b-4e0a-9a35-5d1c9be0a7f4',
      handle: 0x40,
      primary: false,
      characteristics: [
        { uuid: 'fff9', properties: ['indicate'], notifications: { values: [{ afterMs: 5, value: '07' }] } },
      ],
    },
  ],
};

describe('a device that is described', () => {
  let clock: SimulatedClock;
  let world: World;
  let device: Device;
  let link: Connection;

  beforeEach(async () => {
    clock = new SimulatedClock();
    const random = seededRandom(7);
    const simulated = await describedDevice(JSON.parse(JSON.stringify(scale)));
    world = await clock.run(World.open({ clock, random, devices: [simulated] }));
    const transport = world.controller('00:00:5E:00:53:01').transport();
    device = await clock.run(Device.open({ transport, clock, random }));
    link = await clock.run(device.connect(scale.address));
  });

  afterEach(async () => {
    await clock.run(device.close());
    await clock.run(world.close());
    expect(clock.pending).toBe(0);
  });

  async function characteristics(service: string) {
    const [found] = await clock.run(link.gatt.discoverServices(service));
    return { found: found!, all: await clock.run(found!.discoverCharacteristics()) };
  }

  it('has its services, characteristics and descriptors at their handles, gaps as well (Vol 3, Part G, 2.6)', async () => {
    expect(link.bearer.mtu).toBe(100);
    const services = await clock.run(link.gatt.discoverServices());
    // A secondary service is found by who includes it only.
    expect(services.map((one) => [one.uuid.toShortString(), one.startHandle, one.endHandle])).toEqual([
      ['1800', 1, 9],
      ['181d', 0x10, 0x27],
    ]);
    const { found, all } = await characteristics('181d');
    expect(all.map((one) => [one.uuid.toShortString(), one.handle, one.valueHandle, one.properties])).toEqual(
      [
        ['2a9d', 0x14, 0x16, 0x12],
        ['fff1', 0x20, 0x21, 0x0c],
        ['fff2', 0x22, 0x23, 0x02],
        ['fff3', 0x24, 0x25, 0x02],
        ['fff4', 0x26, 0x27, 0x0a],
      ],
    );
    const descriptors = await clock.run(all[0]!.discoverDescriptors());
    expect(descriptors.map((one) => [one.uuid.toShortString(), one.handle])).toEqual([
      ['2901', 0x17],
      ['2902', 0x19],
    ]);
    expect(new TextDecoder().decode(await clock.run(descriptors[0]!.read()))).toBe('Weight');
    // 3.2: the UUID of the included service has 128 bits, so it is read from its declaration.
    const [included] = await clock.run(found.discoverIncludedServices());
    expect([included!.uuid.toString(), included!.startHandle, included!.endHandle]).toEqual([
      '7d1f0001-2c5b-4e0a-9a35-5d1c9be0a7f4',
      0x40,
      0x43,
    ]);
    const [name] = (await characteristics('1800')).all;
    expect(new TextDecoder().decode(await clock.run(name!.read()))).toBe('Scale');
  });

  it('notifies its script from the subscription on, again and again, and no more after the end of it', async () => {
    const [weight] = (await characteristics('181d')).all;
    const seen: string[] = [];
    const began = clock.now();
    const at: number[] = [];
    const stop = await clock.run(
      weight!.subscribe((value) => {
        seen.push(toHex(value));
        at.push(clock.now() - began);
      }),
    );
    await clock.advance(1000);
    expect(seen).toEqual(['000100', '000200', '000100', '000200', '000100']);
    // 100, 350, 450, 700, 800 ms, and a connection event or two more.
    expect(
      at.map((ms, i) => ms >= [100, 350, 450, 700, 800][i]! && ms < [100, 350, 450, 700, 800][i]! + 160),
    ).not.toContain(false);
    await clock.run(stop());
    const before = seen.length;
    await clock.advance(1000);
    expect(seen.length).toBe(before);
  });

  it('indicates where it cannot notify, once', async () => {
    const [service] = (await characteristics('181d')).found.includedServices;
    const [included] = service
      ? [service]
      : await clock.run((await characteristics('181d')).found.discoverIncludedServices());
    const [one] = await clock.run(included!.discoverCharacteristics());
    const seen: string[] = [];
    await clock.run(one!.subscribe((value) => seen.push(toHex(value))));
    await clock.advance(1000);
    expect(seen).toEqual(['07']);
  });

  it('answers what is written, by the value', async () => {
    const [weight, control] = (await characteristics('181d')).all;
    const seen: string[] = [];
    await clock.run(weight!.subscribe((value) => seen.push(toHex(value))));
    await clock.run(control!.write(Uint8Array.of(1)));
    await clock.advance(60);
    await clock.advance(300);
    expect(seen.filter((value) => value.length === 2)).toEqual(['aa', 'bb']);
    const refused = await clock.run(control!.write(Uint8Array.of(2)).catch((error: unknown) => error));
    expect((refused as AttError).error).toBe(0x81);
  });

  it('refuses reads with the errors that are described, or those of the specification (Vol 3, Part C, 10.3.1)', async () => {
    const [, , two, three, four] = (await characteristics('181d')).all;
    const errors = [];
    for (const one of [two!, three!, four!]) {
      const error = await clock.run(one.read().catch((thrown: unknown) => thrown));
      errors.push(error instanceof AttError ? error.error : error);
    }
    expect(errors).toEqual([0x05, 0x0f, 0x02]);
    await clock.run(four!.write(Uint8Array.of(1)));
  });

  it('asks for its connection parameters (Vol 3, Part A, 4.20)', async () => {
    await clock.advance(2000);
    expect(link.parameters).toMatchObject({ latency: 2, supervisionTimeoutMs: 3000 });
    expect(link.parameters.intervalMs).toBeGreaterThanOrEqual(30);
    expect(link.parameters.intervalMs).toBeLessThanOrEqual(50);
  });
});

describe('a description', () => {
  const small = { name: 'x', address: '00:00:5E:00:53:02/public' };
  const withService = (service: object) => ({ ...small, services: [{ uuid: '180d', ...service }] });
  const withOne = (one: object) =>
    withService({ characteristics: [{ uuid: '2a37', properties: ['read'], ...one }] });
  const at = 'services.0.characteristics.0';

  it('of a name and an address is enough, and has the usual services', async () => {
    const simulated = await describedDevice(small);
    expect(simulated).toMatchObject({ name: 'x', advertising: { data: { completeLocalName: 'x' } } });
  });

  const cases: readonly (readonly [unknown, string, RegExp])[] = [
    [undefined, '', /wanted/],
    [[], '', /wanted/],
    [{ address: small.address }, 'name', /text is wanted/],
    [{ ...small, colour: 'red' }, 'colour', /no such field/],
    [{ ...small, address: 'here' }, 'address', /no Bluetooth address/],
    [{ ...small, address: '40:00:00:00:00:01/random' }, 'address', /no static random address/],
    [{ ...small, mtu: 22 }, 'mtu', /at least 23/],
    [{ ...small, appearance: 1.5 }, 'appearance', /whole number/],
    [{ ...small, advertising: { data: 'zz' } }, 'advertising.data', /not hexadecimal/],
    [{ ...small, advertising: { data: '00'.repeat(32) } }, 'advertising.data', /up to 31/],
    [
      { ...small, advertising: { data: { completeLocalName: 'x'.repeat(30) } } },
      'advertising.data.completeLocalName',
      /29/,
    ],
    [
      { ...small, advertising: { data: { completeLocalName: 'x'.repeat(29), flags: 6 } } },
      'advertising.data',
      /do not fit in 31/,
    ],
    [
      { ...small, advertising: { intervalMinMs: 100, intervalMaxMs: 50 } },
      'advertising.intervalMaxMs',
      /below/,
    ],
    [{ ...small, connection: { intervalMinMs: 40, intervalMaxMs: 30 } }, 'connection.intervalMaxMs', /40/],
    [{ ...small, services: {} }, 'services', /a list is wanted/],
    [withService({ uuid: '18' }), 'services.0.uuid', /no UUID/],
    [withService({ handle: 0x10000 }), 'services.0.handle', /at most 65535/],
    [withService({ handle: 3 }), 'services.0', /taken/],
    [withService({ includes: [{ service: 4 }] }), 'services.0.includes.0.service', /no service 4/],
    [withOne({ properties: ['reed'] }), `${at}.properties.0`, /a property is wanted/],
    [withOne({ value: '0' }), `${at}.value`, /hexadecimal/],
    [withOne({ value: 'ab'.repeat(513) }), `${at}.value`, /up to 512/],
    [withOne({ value: { text: 7 } }), `${at}.value.text`, /text is wanted/],
    [withOne({ value: 7 }), `${at}.value`, /octets are wanted/],
    [withOne({ read: { level: 5 } }), `${at}.read.level`, /1 to 4/],
    [withOne({ handle: 9 }), 'services.0', /0x0009 is out of order/],
    [withOne({ notifications: { values: [{ afterMs: 1, value: '' }] } }), `${at}.notifications`, /neither/],
    [
      withOne({
        properties: ['notify'],
        notifications: { values: [{ afterMs: 0, value: '' }], repeat: true },
      }),
      `${at}.notifications.repeat`,
      /without end/,
    ],
    [
      withOne({ answers: [{ notify: [{ characteristic: 'ffff', afterMs: 0, value: '' }] }] }),
      `${at}.answers.0.notify.0.characteristic`,
      /there is no characteristic ffff/,
    ],
    [
      withService({
        handle: 0x20,
        characteristics: [{ uuid: '2a37', properties: ['read'], handle: 0x22, valueHandle: 0x22 }],
      }),
      `${at}.valueHandle`,
      /not behind/,
    ],
    [
      withService({ handle: 0x20, endHandle: 0x20, characteristics: [{ uuid: '2a37', properties: [] }] }),
      'services.0.endHandle',
      /0x0022/,
    ],
  ];
  it.each(cases)('is refused with the path of what is wrong: %j', async (wrong, path, message) => {
    const error = await describedDevice(wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DescriptionError);
    expect(error).toMatchObject({
      path,
      code: 'DEVICE_DESCRIPTION',
      message: expect.stringMatching(message),
    });
  });
});
