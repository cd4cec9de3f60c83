import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AdvertisementParams, Bluetooth, OSError, ValueError } from '../../src/api/index.js';
import { NotSupportedError, toHex } from '../../src/core/index.js';
import type { HciTransport, HciTransportSink } from '../../src/hci/transport/transport.js';
import { bluetooth40Personality, fullPersonality } from '../../src/virtual/index.js';
import { ascii, World } from './world.js';

let world: World;
let server: Bluetooth;
let client: Bluetooth;
beforeEach(() => {
  world = new World();
  server = world.bluetooth();
  client = world.bluetooth({ merge: false, fifo_size: 1000 });
});
afterEach(() => world.close());

/** What is on the air now: the last advertisement and the last scan response. */
async function onAir(): Promise<{ data: string; response: string; type: number | undefined }> {
  client.start_scan(-1);
  await world.clock.advance(300);
  const all = client.get_advertisements();
  client.stop_scan();
  await world.clock.advance(10);
  const data = (adv: (typeof all)[number] | undefined) =>
    toHex(adv?.data ?? new Uint8Array(0)).replace(/(00)+$/, '');
  const last = all.findLast(({ adv_type }) => adv_type !== Bluetooth.SCAN_RSP);
  return {
    data: data(last),
    response: data(all.findLast(({ adv_type }) => adv_type === Bluetooth.SCAN_RSP)),
    type: last?.adv_type,
  };
}

describe('set_advertisement', () => {
  it('puts flags, name, TX power and intervals into the advertisement, the rest into the scan response', async () => {
    server.set_advertisement({ name: 'LoPy', manufacturer_data: 'lopy_v1', service_uuid: 0x180d });
    await world.run(server.advertise(true));
    const txPower = await world.run(server.tx_power(Bluetooth.TX_PWR_ADV));
    const power = toHex(Uint8Array.of(txPower & 0xff));
    expect(await onAir()).toEqual({
      data: `0201060509${toHex(ascii('LoPy'))}020a${power}0512200040`,
      response: `08ff${toHex(ascii('lopy_v1'))}03030d18`,
      type: Bluetooth.CONN_ADV,
    });
  });

  it('throws what is wrong at once, and changes nothing', async () => {
    await world.run(server.set_advertisement({ name: 'first' }));
    expect(() => server.set_advertisement({ service_uuid: 'short' })).toThrow(
      new OSError('incorrect service UUID length'),
    );
    expect(() => server.set_advertisement({ manufacturer_data: new Uint8Array(30) })).toThrow(
      /1 octets over/,
    );
    expect(() => server.set_advertisement({ Name: 'x' } as never)).toThrow(ValueError);
    expect(() => server.set_advertisement({ extended: true })).toThrow(NotSupportedError);
    await world.run(server.advertise(true));
    expect((await onAir()).data).toContain(toHex(ascii('first')));
  });

  it('becomes the GAP Device Name too; a single space without a name', async () => {
    const name = async () => {
      const conn = await world.run(client.connect(server.device!.address.bd.toString()));
      for (const service of await world.run(conn.services())) {
        for (const char of await world.run(service.characteristics())) {
          if (char.uuid() !== 0x2a00) continue;
          const value = await world.run(char.read());
          await world.run(conn.disconnect());
          await world.clock.advance(100);
          return new TextDecoder().decode(value);
        }
      }
      throw new Error('no device name');
    };
    await world.run(server.advertise(true));
    expect(await name()).toBe(' ');
    await world.run(server.set_advertisement({ name: 'a name that is too long to advertise' }));
    expect(await name()).toBe('a name that is too long to advertise');
    await world.run(server.set_advertisement());
    expect(await name()).toBe(' ');
  });

  it('changes what is on the air while it is advertised, and after a client has left', async () => {
    server.set_advertisement({ name: 'one' });
    await world.run(server.advertise(true));
    await world.run(server.set_advertisement({ name: 'two' }));
    expect((await onAir()).data).toContain(toHex(ascii('two')));
    const conn = await world.run(client.connect(server.device!.address.bd.toString()));
    await world.run(server.set_advertisement({ name: 'three' }));
    expect(server.device?.advertising).toBe(false);
    await world.run(conn.disconnect());
    await world.clock.advance(100);
    expect((await onAir()).data).toContain(toHex(ascii('three')));
  });

  it('leaves the TX power out where the controller cannot tell it', async () => {
    const old = world.bluetooth({
      transport: world.controller({ personality: bluetooth40Personality }).transport(),
    });
    old.set_advertisement({ name: 'x' });
    await world.run(old.advertise(true));
    const { data } = await onAir();
    expect(data.startsWith('020106020978')).toBe(true);
  });
});

describe('set_advertisement_raw', () => {
  it('puts up to 31 octets into the advertisement as they are', async () => {
    const raw = new Uint8Array(31).fill(0x61);
    raw.set([30, 0xff]);
    server.set_advertisement_raw(raw);
    await world.run(server.advertise(true));
    expect((await onAir()).data).toBe(toHex(raw));
  });

  it('refuses more, and passes null over', async () => {
    expect(() => server.set_advertisement_raw(new Uint8Array(33))).toThrow(
      new ValueError('set_advertisement_raw: 33 octets are 2 over the 31 that fit'),
    );
    await world.run(server.set_advertisement_raw(null));
  });

  it('is replaced by set_advertisement, and keeps its scan response', async () => {
    server.set_advertisement({ manufacturer_data: 'mm' });
    server.set_advertisement_raw('\x02\x01\x04');
    await world.run(server.advertise(true));
    expect(await onAir()).toMatchObject({ data: '020104', response: '03ff6d6d' });
    await world.run(server.set_advertisement({ name: 'x' }));
    expect((await onAir()).data).toContain('020978');
  });
});

describe('set_advertisement_params', () => {
  it('has the firmware’s defaults: 20 to 40 ms, connectable, all channels', async () => {
    await world.run(server.advertise(true));
    client.start_scan(-1);
    await world.clock.advance(3000);
    const count = client
      .get_advertisements()
      .filter(({ adv_type }) => adv_type === Bluetooth.CONN_ADV).length;
    // Every 20 to 50 ms, of which a scanner hears three fifths.
    expect(count).toBeGreaterThan(3000 / 50 / 2);
    expect(count).toBeLessThan(3000 / 20);
  });

  it('changes only what is given', async () => {
    server.set_advertisement({ name: 'x' });
    server.set_advertisement_params({ adv_type: Bluetooth.ADV_TYPE_SCAN_IND });
    server.set_advertisement_params({ adv_int_min: 0x20, adv_int_max: 0x20 });
    await world.run(server.advertise(true));
    expect((await onAir()).type).toBe(Bluetooth.DISC_ADV);
    await world.run(server.set_advertisement_params({ adv_type: Bluetooth.ADV_TYPE_NONCONN_IND }));
    expect((await onAir()).type).toBe(Bluetooth.NON_CONN_ADV);
  });

  it('refuses what is outside of the specification’s ranges (Core Vol 4, Part E, 7.8.5)', () => {
    const wrong: AdvertisementParams[] = [
      { adv_int_min: 0x1f },
      { adv_int_max: 0x4001 },
      { adv_int_min: 0x100, adv_int_max: 0x80 },
      { adv_int_min: 0x41 },
      { adv_type: 5 },
      { own_addr_type: 4 },
      { channel_map: 0 },
      { channel_map: 8 },
      { adv_filter_policy: 4 },
      { peer_addr: 'nobody' },
      { peer_addr_type: 2 },
      { interval: 5 } as never,
    ];
    for (const params of wrong) {
      expect(() => server.set_advertisement_params(params), JSON.stringify(params)).toThrow(ValueError);
    }
  });

  it('advertises to one peer when it is named, and refuses to without', async () => {
    await world.run(client.init());
    server.set_advertisement_params({ adv_type: Bluetooth.ADV_TYPE_DIRECT_IND_LOW });
    expect(() => server.advertise(true)).toThrow(ValueError);
    server.set_advertisement_params({ peer_addr: client.device!.address.bd.bytes });
    await world.run(server.advertise(true));
    expect((await onAir()).type).toBe(Bluetooth.CONN_DIR_ADV);
  });
});

describe('advertise', () => {
  it('starts and stops', async () => {
    await world.run(server.advertise(true));
    expect(server.device?.advertising).toBe(true);
    await world.run(server.advertise(false));
    expect(server.device?.advertising).toBe(false);
    await world.run(server.advertise(false));
  });

  it('does what was asked for last', async () => {
    server.advertise(true);
    server.advertise(false);
    await world.run(server.advertise(true));
    expect(server.device?.advertising).toBe(true);
    server.advertise(false);
    server.advertise(true);
    await world.run(server.advertise(false));
    expect(server.device?.advertising).toBe(false);
  });
});

describe('tx_power', () => {
  it('refuses other types and levels than the constants', async () => {
    for (const type of [1, 8, 12, -1, '0', undefined]) {
      const error = await world.failure(server.tx_power(type as number));
      expect(error).toEqual(new ValueError(`Invalid value as "type": ${type}`));
    }
    for (const level of [8, -1, 1.5, 'high']) {
      const error = await world.failure(server.tx_power(Bluetooth.TX_PWR_ADV, level as number));
      expect(error).toEqual(new ValueError(`Invalid value as "level", must be between 0-7: ${level}`));
    }
  });

  it('reads the advertising power by the standard command', async () => {
    const power = await world.run(server.tx_power(Bluetooth.TX_PWR_ADV));
    expect(Number.isInteger(power)).toBe(true);
    expect(await world.run(server.tx_power(Bluetooth.TX_PWR_DEFAULT))).toBe(power);
  });

  it('says so when the controller has no command for it', async () => {
    expect(await world.failure(server.tx_power(Bluetooth.TX_PWR_SCAN))).toBeInstanceOf(NotSupportedError);
    const error = await world.failure(server.tx_power(Bluetooth.TX_PWR_ADV, Bluetooth.TX_PWR_P3));
    expect(error).toBeInstanceOf(NotSupportedError);
    expect(error.message).toMatch(/no command known that sets the transmit power/);
    expect(await world.failure(server.tx_power(Bluetooth.TX_PWR_CONN))).toBeInstanceOf(OSError);
  });

  describe('on a controller with Zephyr’s commands', () => {
    /** A virtual controller that says it is Zephyr’s, and answers the two vendor commands as those do. */
    function zephyr(): { transport: HciTransport; written: number[][] } {
      const personality = { ...fullPersonality, manufacturer: 0x05f1 };
      const transport = world.controller({ personality }).transport();
      const written: number[][] = [];
      const powers = new Map<number, number>();
      let sink: HciTransportSink;
      const { open, send } = transport;
      transport.open = (given) => {
        sink = given;
        return open.call(transport, given);
      };
      transport.send = (packet) => {
        const opcode = packet[1]! | (packet[2]! << 8);
        if (opcode !== 0xfc0e && opcode !== 0xfc0f) {
          send.call(transport, packet);
          return;
        }
        const [type, low, high, level] = packet.subarray(4);
        if (opcode === 0xfc0e) {
          written.push([type!, low! | (high! << 8), (level! << 24) >> 24]);
          powers.set(type!, level!);
        }
        const answer = Uint8Array.of(
          0x0e,
          8,
          1,
          opcode & 0xff,
          opcode >> 8,
          0,
          type!,
          low!,
          high!,
          powers.get(type!) ?? 0,
        );
        queueMicrotask(() => sink.packet(4, answer, 0, answer.length));
      };
      return { transport, written };
    }

    it('sets and reads it for advertiser, scanner and connections', async () => {
      const { transport, written } = zephyr();
      const bt = world.bluetooth({ transport });
      await world.run(bt.tx_power(Bluetooth.TX_PWR_ADV, Bluetooth.TX_PWR_P6));
      await world.run(bt.tx_power(Bluetooth.TX_PWR_SCAN, Bluetooth.TX_PWR_N12));
      expect(await world.run(bt.tx_power(Bluetooth.TX_PWR_ADV))).toBe(6);
      expect(await world.run(bt.tx_power(Bluetooth.TX_PWR_SCAN))).toBe(-12);
      expect(await world.failure(bt.tx_power(Bluetooth.TX_PWR_CONN, Bluetooth.TX_PWR_0))).toBeInstanceOf(
        OSError,
      );
      await world.run(server.advertise(true));
      await world.run(bt.connect(server.device!.address.bd.bytes));
      const handle = bt.device!.connections[0]!.handle;
      await world.run(bt.tx_power(Bluetooth.TX_PWR_CONN, Bluetooth.TX_PWR_N3));
      await world.run(bt.tx_power(Bluetooth.TX_PWR_DEFAULT, Bluetooth.TX_PWR_P9));
      expect(written).toEqual([
        [0, 0, 6],
        [1, 0, -12],
        [2, handle, -3],
        [0, 0, 9],
        [1, 0, 9],
        [2, handle, 9],
      ]);
    });
  });
});
