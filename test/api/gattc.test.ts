import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  Bluetooth,
  type GATTCCharacteristic,
  type GATTCConnection,
  OSError,
  ValueError,
} from '../../src/api/index.js';
import { AttError, NotSupportedError } from '../../src/core/index.js';
import type { Device } from '../../src/gap/index.js';
import { characteristic, type LocalCharacteristic, service } from '../../src/gatt/index.js';
import { ascii, World } from './world.js';

let world: World;
let bt: Bluetooth;
let peer: Device;
let conn: GATTCConnection;
let local: Record<'plain' | 'silent' | 'secret' | 'both' | 'long', LocalCharacteristic>;

const wide = ascii('ab34567890123456');
const closed = new OSError('connection already closed');

beforeEach(async () => {
  world = new World();
  bt = world.bluetooth();
  peer = await world.device();
  local = peer.server.add(
    service(0xaaaa, {
      plain: characteristic(0x1000, {
        read: true,
        write: true,
        notify: true,
        value: ascii('hi'),
        description: 'what it is',
        descriptors: [{ uuid: 0x2904, value: Uint8Array.of(4, 0, 0, 0, 1, 0, 0) }],
      }),
      silent: characteristic(0x1000, { read: true, value: Uint8Array.of(2) }),
      secret: characteristic(0x1001, {
        indicate: true,
        properties: Bluetooth.PROP_READ | Bluetooth.PROP_WRITE | Bluetooth.PROP_INDICATE,
      }),
      both: characteristic(0x1002, { notify: true, indicate: true }),
      long: characteristic(wide, { read: true, write: true, value: new Uint8Array(400).fill(1) }),
    }),
  ).characteristics;
  peer.server.add(service(0xaaaa, {}));
  peer.server.add(service(wide, {}));
  peer.server.add(service(0xbbbb, {}, { primary: false }));
  await world.run(peer.startAdvertising());
  conn = await world.run(bt.connect(peer.address.bd.bytes));
});
afterEach(() => world.close());

async function chars(): Promise<GATTCCharacteristic[]> {
  const found = (await world.run(conn.services())).find((one) => one.uuid() === 0xaaaa);
  return world.run(found!.characteristics());
}
const char = async (index: number) => (await chars())[index]!;

describe('services and characteristics', () => {
  it('have UUIDs: a number for 16 and 32 bits, 16 octets for 128', async () => {
    const services = await world.run(conn.services());
    expect(services.map((one) => one.uuid())).toEqual([0x1800, 0x1801, 0xaaaa, 0xaaaa, wide, 0xbbbb]);
    expect((await chars()).map((one) => one.uuid())).toEqual([0x1000, 0x1000, 0x1001, 0x1002, wide]);
  });

  it('are numbered among those of the same UUID', async () => {
    const services = await world.run(conn.services());
    expect(services.map((one) => one.instance())).toEqual([0, 0, 0, 1, 0, 0]);
    expect((await chars()).map((one) => one.instance())).toEqual([0, 1, 0, 0, 0]);
  });

  it('tell the truth about being primary', async () => {
    const services = await world.run(conn.services());
    expect(services.map((one) => one.isprimary())).toEqual([true, true, true, true, true, false]);
  });

  it('have their properties as a bit field', async () => {
    const [plain, silent, , both] = await chars();
    expect(plain!.properties()).toBe(Bluetooth.PROP_READ | Bluetooth.PROP_WRITE | Bluetooth.PROP_NOTIFY);
    expect(silent!.properties()).toBe(Bluetooth.PROP_READ);
    expect(both!.properties()).toBe(Bluetooth.PROP_NOTIFY | Bluetooth.PROP_INDICATE);
  });

  it('print as what they are', async () => {
    const [first] = await world.run(conn.services());
    expect(String(first)).toBe('<GATTCService 1800>');
    expect(String(await char(0))).toBe('<GATTCCharacteristic 1000>');
  });
});

describe('read and value', () => {
  it('value is one zero octet before the first read, then what was read, without traffic', async () => {
    const plain = await char(0);
    expect(plain.value()).toEqual(Uint8Array.of(0));
    expect(await world.run(plain.read())).toEqual(ascii('hi'));
    local.plain.value = ascii('new');
    expect(plain.value()).toEqual(ascii('hi'));
  });

  it('reads a long value whole', async () => {
    expect(await world.run((await char(4)).read())).toEqual(new Uint8Array(400).fill(1));
  });

  it('gives copies', async () => {
    const plain = await char(0);
    (await world.run(plain.read()))[0] = 0;
    plain.value()[0] = 0;
    expect(plain.value()).toEqual(ascii('hi'));
  });

  it('carries the ATT error of a peer that refuses: the requested operation failed', async () => {
    const error = (await world.failure((await char(2)).read())) as OSError;
    expect(error).toEqual(new OSError('the requested operation failed'));
    expect(error.att_error).toBe(0x02);
    expect(error.cause).toBeInstanceOf(AttError);
  });
});

describe('write', () => {
  it('takes octets, text, and numbers least significant octet first', async () => {
    const plain = await char(0);
    for (const [value, wanted] of [
      [Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
      ['é', Uint8Array.of(0xc3, 0xa9)],
      [0x1234, Uint8Array.of(0x34, 0x12)],
    ] as const) {
      await world.run(plain.write(value));
      expect(local.plain.value).toEqual(wanted);
    }
  });

  it('writes what is longer than the MTU permits in parts', async () => {
    await world.run((await char(4)).write(new Uint8Array(512).fill(9)));
    expect(local.long.value).toEqual(new Uint8Array(512).fill(9));
  });

  it('refuses more than 512 octets, naming those over', async () => {
    const error = await world.failure((await char(4)).write(new Uint8Array(515)));
    expect(error).toBeInstanceOf(ValueError);
    expect(error.message).toContain('3 over the 512');
  });

  it('carries the ATT error of a peer that refuses', async () => {
    const error = (await world.failure((await char(2)).write('x'))) as OSError;
    expect([error.message, error.att_error]).toEqual(['the requested operation failed', 0x03]);
  });
});

describe('read_descriptor', () => {
  it('gives the descriptor’s value, or null when there is none', async () => {
    const plain = await char(0);
    expect(await world.run(plain.read_descriptor(0x2901))).toEqual(ascii('what it is'));
    expect(await world.run(plain.read_descriptor(0x2902))).toEqual(Uint8Array.of(0, 0));
    expect(await world.run(plain.read_descriptor(0x2904))).toEqual(Uint8Array.of(4, 0, 0, 0, 1, 0, 0));
    expect(await world.run(plain.read_descriptor(0x2900))).toBeNull();
    expect(await world.run((await char(1)).read_descriptor(0x2902))).toBeNull();
  });
});

describe('callback', () => {
  it('subscribes to notifications, and gives event and value; value() follows', async () => {
    const plain = await char(0);
    const got: unknown[] = [];
    await world.run(
      plain.callback({
        trigger: Bluetooth.CHAR_NOTIFY_EVENT,
        handler: (arg, [event, value]) => void got.push([arg === plain, event, value, arg.value()]),
      }),
    );
    await world.run(local.plain.notify(ascii('one')));
    await world.clock.advance(100);
    expect(got).toEqual([[true, Bluetooth.CHAR_NOTIFY_EVENT, ascii('one'), ascii('one')]]);
  });

  it('subscribes to indications where there is nothing else: event 0x40', async () => {
    const secret = await char(2);
    const got: unknown[] = [];
    await world.run(
      secret.callback(Bluetooth.CHAR_NOTIFY_EVENT, (arg, [event]) => void got.push([arg, event]), 'mine'),
    );
    await world.run(local.secret.indicate(ascii('x')));
    expect(got).toEqual([['mine', 0x40]]);
  });

  it('prefers notifications', async () => {
    await world.run((await char(3)).callback(Bluetooth.CHAR_NOTIFY_EVENT, () => {}));
    const [client] = peer.server.clients;
    expect(local.both.configuration(client!)).toBe(1);
  });

  it('takes CHAR_NOTIFY_EVENT when the trigger is left out, and no other: invalid trigger', async () => {
    const plain = await char(0);
    await world.run(plain.callback({ handler: () => {} }));
    const [client] = peer.server.clients;
    expect(local.plain.configuration(client!)).toBe(1);
    for (const trigger of [Bluetooth.CHAR_READ_EVENT, 0x40, 0x20 | 0x08]) {
      expect(await world.failure(plain.callback(trigger, () => {}))).toEqual(
        new ValueError('invalid trigger'),
      );
    }
  });

  it('unsubscribes with null, and takes another handler without a second one', async () => {
    const plain = await char(0);
    const got: string[] = [];
    await world.run(plain.callback(Bluetooth.CHAR_NOTIFY_EVENT, () => void got.push('first')));
    await world.run(plain.callback(Bluetooth.CHAR_NOTIFY_EVENT, () => void got.push('second')));
    await world.run(local.plain.notify(Uint8Array.of(1)));
    await world.clock.advance(100);
    expect(got).toEqual(['second']);
    const [client] = peer.server.clients;
    await world.run(plain.callback(null));
    expect(local.plain.configuration(client!)).toBe(0);
  });

  it('makes one subscription of two calls at the same time', async () => {
    const plain = await char(0);
    let calls = 0;
    const both = [1, 2].map(() => plain.callback(Bluetooth.CHAR_NOTIFY_EVENT, () => void calls++));
    await world.run(Promise.all(both));
    await world.run(local.plain.notify(Uint8Array.of(1)));
    await world.clock.advance(100);
    expect(calls).toBe(1);
  });

  it('fails where there is nothing to subscribe to', async () => {
    const error = await world.failure((await char(1)).callback(Bluetooth.CHAR_NOTIFY_EVENT, () => {}));
    expect(error.message).toBe('the requested operation failed');
    expect(error.cause).toBeInstanceOf(NotSupportedError);
  });
});

describe('a closed connection', () => {
  it('answers every request with: connection already closed', async () => {
    const [first] = await world.run(conn.services());
    const plain = await char(0);
    await world.run(plain.read());
    await world.run(conn.disconnect());
    await world.run(conn.disconnect());
    expect(conn.isconnected()).toBe(false);
    expect(conn.get_mtu()).toBeNull();
    for (const operation of [
      () => conn.services(),
      () => first!.characteristics(),
      () => plain.read(),
      () => plain.write('x'),
      () => plain.read_descriptor(0x2901),
      () => plain.callback(Bluetooth.CHAR_NOTIFY_EVENT, () => {}),
      () => plain.callback(null),
    ]) {
      expect(await world.failure(operation())).toEqual(closed);
    }
    expect([plain.uuid(), plain.value()]).toEqual([0x1000, ascii('hi')]);
  });

  it('ends what is under way when it goes', async () => {
    const plain = await char(0);
    const reading = world.failure(plain.read());
    await world.run(conn.disconnect());
    expect(await reading).toEqual(closed);
  });

  it('may be closed by the peer', async () => {
    await world.run(Promise.all(peer.connections.map((link) => link.disconnect())));
    await world.clock.advance(1000);
    expect(conn.isconnected()).toBe(false);
    expect(await world.failure(conn.services())).toEqual(closed);
  });
});
