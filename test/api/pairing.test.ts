import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bluetooth } from '../../src/api/index.js';
import { ServerSecurity } from '../../src/api/pairing.js';
import { Address, BdAddr, randomAddressKind } from '../../src/core/address.js';
import {
  type BondStore,
  BondStoreError,
  type Connection,
  Device,
  MemoryBondStore,
  type SecurityOptions,
} from '../../src/gap/index.js';
import { World } from './world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(async () => {
  await world.close();
});

const PIN = 123456;
const opened: Device[] = [];
afterEach(async () => {
  for (const device of opened.splice(0)) await world.run(device.close());
});

/** A client of the layer below. */
async function client(security: SecurityOptions | false): Promise<Device> {
  const { clock, random } = world;
  const device = await world.run(
    Device.open({ transport: world.controller().transport(), clock, random, security }),
  );
  opened.push(device);
  return device;
}

const enters = (passkey: number): SecurityOptions => ({ delegate: { enterPasskey: () => passkey } });

/** A secure server with one service, advertising. */
async function server(options: object = { pin: PIN }): Promise<Bluetooth> {
  const bt = world.bluetooth(options);
  await world.run(bt.init(options));
  await world.run(bt.set_advertisement({ name: 'door' }));
  return bt;
}

async function connect(device: Device, bt: Bluetooth): Promise<Connection> {
  return world.run(device.connect(bt.device!.addressOnAir));
}

async function find(link: Connection, uuid: number) {
  const [service] = await world.run(link.gatt.discoverServices(0x2000));
  const all = await world.run(service!.discoverCharacteristics());
  return all.find((one) => one.uuid.equals(uuid))!;
}

describe('a server with a pin', () => {
  it('lets whoever enters it read and write, over Secure Connections, and keeps the bond', async () => {
    const bt = await server();
    const chr = bt.service(0x2000).characteristic(0x2001, { value: 5 });
    await world.run(bt.advertise(true));
    const device = await client(enters(PIN));
    const link = await connect(device, bt);
    const remote = await find(link, 0x2001);
    expect(await world.run(remote.read())).toEqual(Uint8Array.of(5));
    await world.run(remote.write(Uint8Array.of(6)));
    expect(chr.value()).toEqual(Uint8Array.of(6));
    expect(link.security).toEqual({ level: 4, keySize: 16, bonded: true });
    expect(bt.device!.bonds.size).toBe(1);
  });

  it('refuses who enters another, and who can enter none', async () => {
    const bt = await server();
    bt.service(0x2000).characteristic(0x2001);
    await world.run(bt.advertise(true));
    for (const security of [enters(1), {}, false as const]) {
      const device = await client(security);
      const link = await connect(device, bt);
      const remote = await find(link, 0x2001);
      expect(await world.failure(remote.read())).toMatchObject({ code: 'ATT_ERROR', error: 0x05 });
      expect(link.security.level).toBe(1);
      await world.run(link.disconnect());
    }
    expect(bt.device!.bonds.size).toBe(0);
  });

  it('lets the configuration be read and written without encryption, as the firmware does', async () => {
    const bt = await server();
    bt.service(0x2000).characteristic(0x2001);
    await world.run(bt.advertise(true));
    const link = await connect(await client(false), bt);
    const remote = await find(link, 0x2001);
    const [configuration] = await world.run(remote.discoverDescriptors());
    expect(await world.run(configuration!.read())).toEqual(Uint8Array.of(0, 0));
    await world.run(configuration!.write(Uint8Array.of(1, 0)));
  });

  it('pairs without protection and without the pin when Secure Connections are off, as the firmware does', async () => {
    const bt = await server({ pin: PIN, secure_connections: false });
    bt.service(0x2000).characteristic(0x2001, { value: 5 });
    await world.run(bt.advertise(true));
    const link = await connect(await client({}), bt);
    expect(await world.run((await find(link, 0x2001)).read())).toEqual(Uint8Array.of(5));
    expect(link.security.level).toBe(2);
  });

  it('advertises every 160 ms', async () => {
    const bt = await server();
    await world.run(bt.advertise(true));
    const device = await client(false);
    let seen = 0;
    await world.run(
      device.startScan({ intervalMs: 10, windowMs: 10, onReport: (report) => report.scanResponse || seen++ }),
    );
    await world.clock.advance(16_000);
    // With the random delay of 0 to 10 ms: 16000 / 165.
    expect(seen).toBeGreaterThan(90);
    expect(seen).toBeLessThan(101);
  });

  it('shows a resolvable private address, unless privacy is off; without a pin it shows its own', async () => {
    for (const [options, hidden] of [
      [{ pin: PIN }, true],
      [{ pin: PIN, privacy: false }, false],
      [{}, false],
    ] as const) {
      const { device } = await server(options);
      expect(randomAddressKind(device!.addressOnAir.bd) === 'resolvable').toBe(hidden);
      expect(device!.addressOnAir.equals(device!.address)).toBe(!hidden);
    }
  });

  it('is open again after an init without pin', async () => {
    const bt = await server();
    await world.run(bt.init({ mtu: 200 }));
    bt.service(0x2000).characteristic(0x2001, { value: 5 });
    await world.run(bt.advertise(true));
    const link = await connect(await client(false), bt);
    expect(await world.run((await find(link, 0x2001)).read())).toEqual(Uint8Array.of(5));
  });
});

describe('permissions', () => {
  const cases: [number, number, number][] = [
    // Permission, and the least level that reads and that writes; 0 for not at all.
    [Bluetooth.PERM_READ | Bluetooth.PERM_WRITE, 1, 1],
    [Bluetooth.PERM_READ_ENCRYPTED | Bluetooth.PERM_WRITE, 2, 1],
    [Bluetooth.PERM_READ_ENC_MITM | Bluetooth.PERM_WRITE_ENCRYPTED, 3, 2],
    [Bluetooth.PERM_READ | Bluetooth.PERM_READ_ENC_MITM | Bluetooth.PERM_WRITE_ENC_MITM, 3, 3],
    [Bluetooth.PERM_WRITE_ENC_MITM, 0, 3],
  ];
  const levels: [number, SecurityOptions | false][] = [
    [1, false],
    [2, {}],
    [4, enters(PIN)],
  ];

  it.each(cases)('0x%s: read at level %d, write at level %d', async (permissions, read, write) => {
    const bt = await server({});
    bt.service(0x2000).characteristic(0x2001, { permissions, value: 7 });
    await world.run(bt.advertise(true));
    for (const [level, security] of levels) {
      // A server without a pin has no passkey: who wants level 4 is given one for the test.
      if (level === 4) bt.device!.setSecurity({ passkey: PIN, delegate: { displayPasskey: () => {} } });
      const link = await connect(await client(security), bt);
      const remote = await find(link, 0x2001);
      const outcome = async (work: Promise<unknown>) =>
        world.run(
          work.then(
            () => 0,
            (error: { error: number }) => error.error,
          ),
        );
      const wanted = (least: number, none: number) => (least === 0 ? none : level >= least ? 0 : 0x05);
      expect(await outcome(remote.read())).toBe(wanted(read, 0x02));
      expect(await outcome(remote.write(Uint8Array.of(8)))).toBe(wanted(write, 0x03));
      await world.run(link.disconnect());
    }
  });

  it('PERM_WRITE_SIGNED takes signed writes of a bonded client, and no others', async () => {
    const bt = await server({});
    const properties = Bluetooth.PROP_AUTH | Bluetooth.PROP_READ;
    const chr = bt
      .service(0x2000)
      .characteristic(0x2001, { permissions: Bluetooth.PERM_READ | Bluetooth.PERM_WRITE_SIGNED, properties });
    await world.run(bt.advertise(true));
    const device = await client({ encryptOnConnect: false });
    const first = await connect(device, bt);
    await world.run(first.pair());
    await world.run(first.disconnect());
    await world.clock.advance(1000);
    const link = await connect(device, bt);
    expect(link.security.level).toBe(1);
    const remote = await find(link, 0x2001);
    expect(await world.failure(remote.write(Uint8Array.of(1)))).toMatchObject({ error: 0x03 });
    await world.run(remote.writeSigned(Uint8Array.of(9)));
    await world.clock.advance(1000);
    expect(chr.value()).toEqual(Uint8Array.of(9));
  });
});

describe('set_pin and nvram_erase', () => {
  async function bonded(bt: Bluetooth) {
    const device = await client(enters(PIN));
    const link = await connect(device, bt);
    await world.run(link.pair());
    expect(bt.device!.bonds.size).toBe(1);
    return link;
  }

  it('another pin removes every bond, and ends the connection; the same pin does not', async () => {
    const bt = await server();
    await world.run(bt.advertise(true));
    const link = await bonded(bt);
    await world.run(bt.set_pin(PIN));
    expect(bt.device!.bonds.size).toBe(1);
    expect(link.isConnected).toBe(true);
    await world.run(bt.set_pin(PIN + 1));
    await world.clock.advance(1000);
    expect(bt.device!.bonds.size).toBe(0);
    expect(link.isConnected).toBe(false);
  });

  it('set_pin makes an open server secure; characteristics that exist stay as they are', async () => {
    const bt = await server({});
    const service = bt.service(0x2000, { nbr_chars: 2 });
    service.characteristic(0x2001, { value: 1 });
    await world.run(bt.set_pin(PIN));
    service.characteristic(0x2002, { value: 2 });
    await world.run(bt.advertise(true));
    const link = await connect(await client(false), bt);
    expect(await world.run((await find(link, 0x2001)).read())).toEqual(Uint8Array.of(1));
    expect(await world.failure((await find(link, 0x2002)).read())).toMatchObject({ error: 0x05 });
  });

  it('nvram_erase forgets what the pin was, and bonds; the server stays secure', async () => {
    const bt = await server();
    bt.service(0x2000).characteristic(0x2001, { value: 5 });
    await world.run(bt.advertise(true));
    const link = await bonded(bt);
    await world.run(bt.nvram_erase());
    await world.clock.advance(1000);
    expect(bt.device!.bonds.size).toBe(0);
    expect(link.isConnected).toBe(false);
    const stranger = await connect(await client({}), bt);
    expect(await world.failure((await find(stranger, 0x2001)).read())).toMatchObject({ error: 0x05 });
    await world.run(stranger.disconnect());
    await world.clock.advance(1000);
    // Even the same pin is another one now.
    await bonded(bt);
    await world.run(bt.set_pin(PIN));
    expect(bt.device!.bonds.size).toBe(0);
  });

  it('set_pin hides the own address, and init without a pin shows it again; not with privacy off', async () => {
    const bt = await server({});
    await world.run(bt.advertise(true));
    const isHidden = () => randomAddressKind(bt.device!.addressOnAir.bd) === 'resolvable';
    expect(isHidden()).toBe(false);
    await world.run(bt.set_pin(PIN));
    expect(isHidden()).toBe(true);
    const device = await client(enters(PIN));
    const link = await connect(device, bt);
    expect(await world.run(link.pair())).toMatchObject({ level: 4 });
    expect(link.peer).toEqual(bt.device!.address);
    await world.run(bt.init({}));
    expect(isHidden()).toBe(false);
    await world.run(bt.init({ privacy: false }));
    await world.run(bt.set_pin(PIN));
    expect(isHidden()).toBe(false);
    await world.run(bt.init({ pin: PIN }));
    expect(isHidden()).toBe(true);
  });

  it('set_pin before the radio has started counts when it does', async () => {
    const bt = world.bluetooth({ privacy: false });
    const set = bt.set_pin(PIN);
    await world.run(bt.init({ pin: PIN, privacy: false }));
    await world.run(set);
    await world.run(bt.set_advertisement({ name: 'door' }));
    await world.run(bt.advertise(true));
    const link = await connect(await client(enters(PIN)), bt);
    expect(await world.run(link.pair())).toMatchObject({ level: 4 });
  });
});

describe('the pin of an earlier run', () => {
  /** One run of a server: it says what its pin is, and a client bonds if it can. @returns how many bonds there were at first */
  async function run(
    store: BondStore,
    pin: number | undefined,
    source: 'init' | 'set_pin',
    bond = true,
    erase = false,
  ) {
    const { clock, random } = world;
    const address = 'C0:DE:C0:00:00:55';
    const transport = world.controller().transport();
    const device = await world.run(
      Device.open({ transport, clock, random, address, security: { bonds: store } }),
    );
    const radio = { device, idle: false };
    const security = new ServerSecurity({ radio, ready: () => Promise.resolve(), secured: () => {} });
    await world.run(security.init({ privacy: false, ...(source === 'init' && pin ? { pin } : {}) }));
    if (source === 'set_pin' && pin) await world.run(security.setPin(pin));
    if (erase) await world.run(security.erase());
    const { size } = device.bonds;
    if (bond && pin !== undefined) {
      await world.run(device.startAdvertising({ data: { flags: 6 } }));
      const link = await world.run((await client(enters(pin))).connect(device.address));
      await world.run(link.pair());
    }
    await world.run(device.close());
    return size;
  }

  it('is known by what is kept with the bonds: the same keeps them, another removes them', async () => {
    const store = new MemoryBondStore();
    expect(await run(store, PIN, 'set_pin')).toBe(0);
    expect(await run(store, PIN, 'set_pin')).toBe(1);
    expect(await run(store, PIN, 'set_pin')).toBe(2);
    // A run without pin, and one by init, change nothing.
    expect(await run(store, undefined, 'init')).toBe(3);
    expect(await run(store, PIN, 'init')).toBe(3);
    expect(await run(store, PIN + 1, 'set_pin')).toBe(0);
    expect(await run(store, PIN, 'set_pin')).toBe(0);
  });

  it('counts for the pin of init as well', async () => {
    const store = new MemoryBondStore();
    expect(await run(store, PIN, 'init')).toBe(0);
    expect(await run(store, PIN, 'init')).toBe(1);
    expect(await run(store, PIN, 'set_pin')).toBe(2);
    expect(await run(store, PIN + 1, 'init')).toBe(0);
  });

  it('that was never noted is another one for set_pin, and none for init', async () => {
    for (const [source, left] of [
      ['init', 1],
      ['set_pin', 0],
    ] as const) {
      const store = new MemoryBondStore();
      await run(store, PIN, 'init');
      await store.saveTag(new Address(BdAddr.parse('C0:DE:C0:00:00:55'), 1), undefined);
      expect(await run(store, PIN, source, false)).toBe(left);
    }
  });

  it('is forgotten, with the bonds, by nvram_erase', async () => {
    const store = new MemoryBondStore();
    const local = new Address(BdAddr.parse('C0:DE:C0:00:00:55'), 1);
    await run(store, PIN, 'init');
    expect(await run(store, PIN, 'init', false, true)).toBe(0);
    expect((await store.load(local)).tag).toBeUndefined();
  });

  it('stands nowhere, and cannot be told from what is kept without the own key', async () => {
    const local = new Address(BdAddr.parse('C0:DE:C0:00:00:55'), 1);
    const [one, two] = [new MemoryBondStore(), new MemoryBondStore()];
    for (const store of [one, two]) await run(store, PIN, 'init', false);
    const tags = [(await one.load(local)).tag!, (await two.load(local)).tag!];
    expect(tags[0]).toHaveLength(16);
    expect(tags[0]).not.toEqual(tags[1]);
  });

  it('a store that fails is told by set_pin, which sets the pin all the same', async () => {
    const store = new MemoryBondStore();
    await run(store, PIN, 'init');
    store.remove = () => Promise.reject(new BondStoreError('the disk is full', 'BONDS_UNREADABLE'));
    await expect(run(store, PIN + 1, 'set_pin')).rejects.toThrow(/disk is full/);
  });
});
