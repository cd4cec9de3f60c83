import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bluetooth, type GATTSCharacteristic, type GATTSService, ValueError } from '../../src/api/index.js';
import { AttError } from '../../src/core/index.js';
import type { Connection } from '../../src/gap/index.js';
import type { RemoteCharacteristic, RemoteService } from '../../src/gatt/index.js';
import { ascii, World } from './world.js';

let world: World;
let server: Bluetooth;
beforeEach(async () => {
  world = new World();
  server = world.bluetooth({ mtu: 100 });
  await world.run(server.advertise(true));
});
afterEach(() => world.close());

/** A client of another stack's making: the layer below, without the API under test. */
async function connect(): Promise<Connection> {
  const device = await world.device();
  await world.run(server.advertise(true));
  return world.run(device.connect(`${server.device!.address.bd}/public`));
}

async function find(link: Connection, uuid: number): Promise<RemoteCharacteristic> {
  for (const service of await world.run(link.gatt.discoverServices())) {
    const found = (await world.run(service.discoverCharacteristics())).find((one) => one.uuid.short === uuid);
    if (found) return found;
  }
  throw new Error(`no characteristic ${uuid}`);
}

const services = async (link: Connection): Promise<RemoteService[]> =>
  world.run(link.gatt.discoverServices());
const uuids = async (link: Connection) =>
  (await services(link)).map(({ uuid }) => uuid.short ?? [...uuid.wire128]);

describe('service', () => {
  it('takes 16- and 32-bit numbers and 16 octets, by place and by name', async () => {
    server.service(0x180d);
    server.service({ uuid: 0x12345678, nbr_chars: 2 });
    server.service('1234567890123456', { isprimary: true });
    expect(await uuids(await connect())).toEqual([
      0x1800,
      0x1801,
      0x180d,
      0x12345678,
      [...ascii('1234567890123456')],
    ]);
  });

  it('refuses anything else: invalid argument(s) value', () => {
    for (const uuid of ['abc123', new Uint8Array(4), -1, 2 ** 32, null, undefined]) {
      expect(() => server.service(uuid as never)).toThrow(new ValueError('invalid argument(s) value'));
    }
    expect(() => server.service(0x180d, { nbr_chars: -1 })).toThrow(ValueError);
    expect(() => server.service(0x180d, { primary: true } as never)).toThrow(/unknown argument primary/);
  });

  it('is secondary when it is not primary', async () => {
    server.service(0xaaaa, { isprimary: false });
    const link = await connect();
    expect(await uuids(link)).not.toContain(0xaaaa);
    expect((await world.run(link.gatt.discoverSecondaryServices())).map(({ uuid }) => uuid.short)).toEqual([
      0xaaaa,
    ]);
  });

  it('is served from the beginning when it was made before the radio was up', async () => {
    const early = world.bluetooth();
    early.service(0xaaaa).characteristic(0xbbbb, { value: 7 });
    await world.run(early.advertise(true));
    const device = await world.device();
    const link = await world.run(device.connect(`${early.device!.address.bd}/public`));
    expect(await world.run((await find(link, 0xbbbb)).read())).toEqual(Uint8Array.of(7));
  });

  it('starts the radio by itself', async () => {
    const bt = new Bluetooth({
      transport: world.controller().transport(),
      clock: world.clock,
      random: world.random,
    });
    bt.service(0xaaaa);
    await world.clock.advance(10);
    expect(bt.device?.isOpen).toBe(true);
    await world.run(bt.deinit());
  });

  it('may have more characteristics than announced, added at any time and whatever is beside it', async () => {
    const first = server.service(0xaaaa, { nbr_chars: 1 });
    const second = server.service(0xbbbb);
    second.characteristic(0x2000, { value: 200 });
    const link = await connect();
    for (let i = 0; i < 20; i++) first.characteristic(0x1000 + i, { value: i });
    for (let i = 0; i < 20; i++) {
      expect(await world.run((await find(link, 0x1000 + i)).read())).toEqual(Uint8Array.of(i));
    }
    expect(await world.run((await find(link, 0x2000)).read())).toEqual(Uint8Array.of(200));
    expect(world.errors).toEqual([]);
  });

  it('keeps its handles, and the subscriptions to it, when a characteristic is added', async () => {
    const service = server.service(0xaaaa);
    const chr = service.characteristic(0x1000, { value: 1 });
    const link = await connect();
    const remote = await find(link, 0x1000);
    const got: number[] = [];
    await world.run(remote.subscribe((value) => got.push(value[0]!)));
    service.characteristic(0x1001);
    await world.run(chr.value(9));
    await world.clock.advance(100);
    expect(got).toEqual([1, 9]);
    expect((await find(link, 0x1000)).valueHandle).toBe(remote.valueHandle);
  });
});

describe('start and stop', () => {
  let service: GATTSService;
  let link: Connection;
  beforeEach(async () => {
    service = server.service(0xaaaa, { start: false });
    service.characteristic(0xbbbb, { value: 5 });
    link = await connect();
  });

  it('serves a service once it is started', async () => {
    expect(await uuids(link)).not.toContain(0xaaaa);
    service.start();
    service.start();
    expect(await uuids(link)).toContain(0xaaaa);
  });

  it('hides a stopped service, whose attributes answer Invalid Handle (0x01)', async () => {
    service.start();
    const remote = await find(link, 0xbbbb);
    service.stop();
    service.stop();
    expect(await uuids(link)).not.toContain(0xaaaa);
    const error = await world.failure(remote.read());
    expect(error).toBeInstanceOf(AttError);
    expect((error as AttError).error).toBe(0x01);
    service.start();
    expect(await world.run(remote.read())).toEqual(Uint8Array.of(5));
  });
});

describe('characteristic', () => {
  const make = (options = {}, uuid = 0xbbbb) => server.service(0xaaaa).characteristic(uuid, options);

  it('can be read, written and notifies by default, holds one zero octet, and has a CCCD', async () => {
    const chr = make();
    expect(chr.value()).toEqual(Uint8Array.of(0));
    const remote = await find(await connect(), 0xbbbb);
    expect(remote.properties).toBe(Bluetooth.PROP_READ | Bluetooth.PROP_WRITE | Bluetooth.PROP_NOTIFY);
    expect(await world.run(remote.read())).toEqual(Uint8Array.of(0));
    await world.run(remote.write(Uint8Array.of(1, 2)));
    expect(chr.value()).toEqual(Uint8Array.of(1, 2));
    const [cccd] = await world.run(remote.discoverDescriptors());
    expect(cccd?.uuid.short).toBe(0x2902);
    expect(await world.run(cccd!.read())).toEqual(Uint8Array.of(0, 0));
  });

  it('has a CCCD whatever its properties', async () => {
    make({ properties: Bluetooth.PROP_READ });
    const remote = await find(await connect(), 0xbbbb);
    expect((await world.run(remote.discoverDescriptors())).map(({ uuid }) => uuid.short)).toEqual([0x2902]);
  });

  it('takes its UUID by place and by name, and refuses what is none: invalid argument(s) value', () => {
    const service = server.service(0xaaaa);
    expect(service.characteristic({ uuid: 'ab34567890123456', value: 5 }).value()).toEqual(Uint8Array.of(5));
    for (const uuid of ['temp', null, undefined, -1]) {
      expect(() => service.characteristic(uuid as never)).toThrow(
        new ValueError('invalid argument(s) value'),
      );
    }
    expect(() => service.characteristic(0x1, { perm: 1 } as never)).toThrow(/unknown argument perm/);
    expect(() => service.characteristic(0x1, { properties: 256 })).toThrow(ValueError);
  });

  it('is open to those whom its permissions name', async () => {
    make({ permissions: Bluetooth.PERM_READ }, 0x1000);
    make({ permissions: Bluetooth.PERM_WRITE }, 0x1001);
    const link = await connect();
    const readable = await find(link, 0x1000);
    const writable = await find(link, 0x1001);
    expect(await world.run(readable.read())).toEqual(Uint8Array.of(0));
    expect(await world.failure(readable.write(Uint8Array.of(1)))).toMatchObject({ error: 0x03 });
    expect(await world.failure(writable.read())).toMatchObject({ error: 0x02 });
    await world.run(writable.write(Uint8Array.of(1)));
  });

  it('refuses unknown permissions', () => {
    for (const permissions of [0x008, 0x200, -1, 1.5]) {
      expect(() => make({ permissions })).toThrow(new ValueError('invalid argument(s) value'));
    }
  });
});

describe('value', () => {
  let chr: GATTSCharacteristic;
  const make = (value: number) => server.service(0xaaaa).characteristic(0xbbbb, { value }).value();
  beforeEach(() => {
    chr = server.service(0xaaaa).characteristic(0xcccc);
  });

  it('puts an initial number most significant octet first', () => {
    expect(make(0x12)).toEqual(Uint8Array.of(0x12));
    expect(make(0x1234)).toEqual(Uint8Array.of(0x12, 0x34));
    expect(make(0x12345678)).toEqual(Uint8Array.of(0x12, 0x34, 0x56, 0x78));
  });

  it('puts a number that is set least significant octet first, in 4 octets too', () => {
    chr.value(0x12);
    expect(chr.value()).toEqual(Uint8Array.of(0x12));
    chr.value(0x1234);
    expect(chr.value()).toEqual(Uint8Array.of(0x34, 0x12));
    chr.value(0x12345678);
    expect(chr.value()).toEqual(Uint8Array.of(0x78, 0x56, 0x34, 0x12));
  });

  it('takes text as UTF-8, octets as they are, and cuts at 512', () => {
    chr.value('é');
    expect(chr.value()).toEqual(Uint8Array.of(0xc3, 0xa9));
    chr.value(new Uint8Array(600).fill(7));
    expect(chr.value()).toEqual(new Uint8Array(512).fill(7));
    expect(() => chr.value(1.5)).toThrow(ValueError);
  });

  it('only stores without a client', async () => {
    await world.run(chr.value(5));
    expect(chr.value()).toEqual(Uint8Array.of(5));
    expect(world.errors).toEqual([]);
  });

  it('notifies whoever subscribed, with what the MTU permits, and stores the whole', async () => {
    const [one, two] = [await connect(), await connect()];
    const got: [string, number, boolean][] = [];
    await world.run((await find(one, 0xcccc)).subscribe((v, ind) => got.push(['one', v.length, ind])));
    await find(two, 0xcccc);
    await world.clock.advance(100);
    got.length = 0;
    await world.run(chr.value(new Uint8Array(300)));
    await world.clock.advance(200);
    expect(got).toEqual([['one', 97, false]]);
    expect(chr.value()).toHaveLength(300);
  });

  it('indicates with PROP_INDICATE, and resolves when it is confirmed', async () => {
    const both = server
      .service(0xaaab)
      .characteristic(0xdddd, { properties: Bluetooth.PROP_NOTIFY | Bluetooth.PROP_INDICATE });
    const [one, two] = [await connect(), await connect()];
    const got: [string, boolean][] = [];
    await world.run(
      (await find(one, 0xdddd)).subscribe((_v, ind) => got.push(['one', ind]), { indicate: true }),
    );
    await world.run((await find(two, 0xdddd)).subscribe((_v, ind) => got.push(['two', ind])));
    await world.clock.advance(200);
    got.length = 0;
    await world.run(both.value(1));
    await world.clock.advance(200);
    expect(got.sort()).toEqual([
      ['one', true],
      ['two', false],
    ]);
  });
});

describe('callback', () => {
  let chr: GATTSCharacteristic;
  let link: Connection;
  let remote: RemoteCharacteristic;
  beforeEach(async () => {
    chr = server.service(0xaaaa).characteristic(0xbbbb, { value: 5 });
    link = await connect();
    remote = await find(link, 0xbbbb);
  });
  const all = Bluetooth.CHAR_READ_EVENT | Bluetooth.CHAR_WRITE_EVENT | Bluetooth.CHAR_SUBSCRIBE_EVENT;

  it('gives the event and what was written; null for reads and subscriptions', async () => {
    const got: unknown[] = [];
    chr.callback(all, (arg, [event, value]) => void got.push([arg, event, value]), 'mine');
    await world.run(remote.write(ascii('hi')));
    await world.run(remote.read());
    const off = await world.run(remote.subscribe(() => {}));
    await world.run(off());
    await world.clock.advance(100);
    expect(got).toEqual([
      ['mine', 0x10, ascii('hi')],
      ['mine', 0x08, null],
      ['mine', 0x80, null],
      ['mine', 0x80, null],
    ]);
  });

  it('takes old handlers, which have the characteristic alone', async () => {
    const got: unknown[] = [];
    chr.callback({
      trigger: Bluetooth.CHAR_WRITE_EVENT,
      handler: (chr_) => void got.push(chr_.events(), chr_.value()),
    });
    await world.run(remote.write(ascii('x')));
    expect(got).toEqual([Bluetooth.CHAR_WRITE_EVENT, ascii('x')]);
  });

  it('answers a read with what the handler gives back, without storing it', async () => {
    for (const [answer, wanted] of [
      ['ABC DEF', ascii('ABC DEF')],
      [0xf2, Uint8Array.of(0xf2)],
      [0x1234, Uint8Array.of(0x12, 0x34)],
      [Uint8Array.of(9), Uint8Array.of(9)],
      ['', new Uint8Array(0)],
    ] as const) {
      chr.callback(Bluetooth.CHAR_READ_EVENT, () => answer);
      expect(await world.run(remote.read())).toEqual(wanted);
      expect(chr.value()).toEqual(Uint8Array.of(5));
    }
  });

  it('answers with the value as it is after the handler ran, when that gives nothing', async () => {
    chr.callback(Bluetooth.CHAR_READ_EVENT, (one) => void one.value(42));
    expect(await world.run(remote.read())).toEqual(Uint8Array.of(42));
    chr.callback(Bluetooth.CHAR_READ_EVENT, () => null);
    expect(await world.run(remote.read())).toEqual(Uint8Array.of(42));
  });

  it('waits for a handler that is async', async () => {
    chr.callback(Bluetooth.CHAR_READ_EVENT, async () => {
      await new Promise<void>((resolve) => void world.clock.setTimeout(resolve, 500));
      return 'late';
    });
    expect(await world.run(remote.read())).toEqual(ascii('late'));
  });

  it('is called once for a long read, whose parts are of one value', async () => {
    let calls = 0;
    chr.callback(Bluetooth.CHAR_READ_EVENT, () => {
      calls++;
      return new Uint8Array(300).fill(calls);
    });
    expect(await world.run(remote.readLong())).toEqual(new Uint8Array(300).fill(1));
    expect(await world.run(remote.readLong())).toEqual(new Uint8Array(300).fill(2));
    expect(calls).toBe(2);
  });

  it('takes a long write as one', async () => {
    const got: unknown[] = [];
    chr.callback(Bluetooth.CHAR_WRITE_EVENT, (_chr, [, value]) => void got.push(value));
    await world.run(remote.write(new Uint8Array(400).fill(3)));
    expect(got).toEqual([new Uint8Array(400).fill(3)]);
  });

  it('is taken off without trigger or handler', async () => {
    let calls = 0;
    chr.callback(all, () => void calls++);
    chr.callback(null);
    await world.run(remote.read());
    expect(calls).toBe(0);
    expect(chr.events()).toBe(Bluetooth.CHAR_READ_EVENT);
  });

  it('collects events until they are asked for', async () => {
    await world.run(remote.read());
    await world.run(remote.write(Uint8Array.of(1)));
    expect(chr.events()).toBe(Bluetooth.CHAR_READ_EVENT | Bluetooth.CHAR_WRITE_EVENT);
    expect(chr.events()).toBe(0);
  });
});

describe('subscribing', () => {
  it('with notify sends the present value at once, and raises the event each time', async () => {
    const chr = server.service(0xaaaa).characteristic(0xbbbb, { value: 'now' });
    const link = await connect();
    const remote = await find(link, 0xbbbb);
    const got: Uint8Array[] = [];
    const off = await world.run(remote.subscribe((value) => got.push(value)));
    await world.clock.advance(100);
    expect(got).toEqual([ascii('now')]);
    expect(chr.config()).toBe(Bluetooth.CHAR_CONFIG_NOTIFY);
    expect(chr.events()).toBe(Bluetooth.CHAR_SUBSCRIBE_EVENT);
    await world.run(off());
    await world.clock.advance(100);
    expect(chr.config()).toBe(0);
    expect(chr.events()).toBe(Bluetooth.CHAR_SUBSCRIBE_EVENT);
    expect(got).toHaveLength(1);
  });

  it('with indicate sends nothing by itself', async () => {
    const chr = server.service(0xaaaa).characteristic(0xbbbb, { properties: Bluetooth.PROP_INDICATE });
    const remote = await find(await connect(), 0xbbbb);
    const got: Uint8Array[] = [];
    await world.run(remote.subscribe((value) => got.push(value)));
    await world.clock.advance(100);
    expect(got).toEqual([]);
    expect(chr.config()).toBe(Bluetooth.CHAR_CONFIG_INDICATE);
  });

  it('ends with the connection', async () => {
    const chr = server.service(0xaaaa).characteristic(0xbbbb);
    const link = await connect();
    await world.run((await find(link, 0xbbbb)).subscribe(() => {}));
    await world.run(link.disconnect());
    await world.clock.advance(100);
    expect(chr.config()).toBe(0);
    await world.run(chr.value(1));
    expect(world.errors).toEqual([]);
  });
});
