import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bluetooth, OSError, ValueError } from '../../src/api/index.js';
import { HciError, StateError, TimeoutError } from '../../src/core/index.js';
import { World } from './world.js';

let world: World;
let server: Bluetooth;
let client: Bluetooth;
beforeEach(async () => {
  world = new World();
  server = world.bluetooth();
  client = world.bluetooth();
  await world.run(server.advertise(true));
  await world.run(client.init());
});
afterEach(() => world.close());

const mac = (bt: Bluetooth) => bt.device!.address.bd.bytes;
const text = (bt: Bluetooth) => bt.device!.address.bd.toString();

describe('connect', () => {
  it('takes the address as octets, as bare text and with colons', async () => {
    for (const address of [mac(server), text(server).toLowerCase(), text(server).replaceAll(':', '')]) {
      const conn = await world.run(client.connect(address));
      expect(conn.isconnected()).toBe(true);
      await world.run(conn.disconnect());
      expect(conn.isconnected()).toBe(false);
      await world.clock.advance(50);
    }
  });

  it('refuses what is no address, and arguments of the wrong kind', async () => {
    expect(await world.failure(client.connect('nowhere'))).toBeInstanceOf(ValueError);
    const wrong = [
      [{ timeout: 1.5 }, 'If timeout is specified it must be a valid integer number'],
      [{ timeout: 'soon' }, 'If timeout is specified it must be a valid integer number'],
      [{ addr_type: 'random' }, 'If addr_type is specified it must be a valid integer number'],
      [{ addr_type: 4 }, 'If addr_type is specified it must be a valid integer number'],
    ] as const;
    for (const [options, message] of wrong) {
      const error = await world.failure(client.connect(mac(server), options as never));
      expect(error).toEqual(new ValueError(message));
      expect(error).toBeInstanceOf(ValueError);
    }
  });

  it('stops the scan and empties the FIFO first', async () => {
    client.start_scan(-1);
    await world.clock.advance(500);
    const attempt = client.connect(mac(server));
    expect(client.isscanning()).toBe(false);
    expect(client.get_adv()).toBeNull();
    await world.run(attempt);
    expect(client.device?.scanning).toBe(false);
    expect(client.get_adv()).toBeNull();
  });

  it('exchanges the MTU, by default 200', async () => {
    const conn = await world.run(client.connect(mac(server)));
    expect(conn.get_mtu()).toBe(200);
    await world.run(conn.disconnect());
    expect(conn.get_mtu()).toBeNull();
  });

  it('uses the address type that a scan saw with the address', async () => {
    // A controller without a public address gets a random one.
    const peer = world.bluetooth({
      transport: world.controller({ address: '00:00:00:00:00:00' }).transport(),
    });
    await world.run(peer.advertise(true));
    expect(peer.device?.address.isRandom).toBe(true);
    const failure = await world.failure(client.connect(mac(peer), { timeout: 500 }));
    expect(failure).toBeInstanceOf(Bluetooth.timeout);
    client.start_scan(-1);
    await world.clock.advance(500);
    const conn = await world.run(client.connect(mac(peer)));
    expect(conn.isconnected()).toBe(true);
    expect(
      await world.failure(client.connect(mac(peer), { addr_type: Bluetooth.PUBLIC_ADDR, timeout: 500 })),
    ).toBeInstanceOf(Bluetooth.timeout);
  });

  it('times out: timed out, and the attempt is cancelled', async () => {
    const error = await world.failure(client.connect('11:22:33:44:55:66', { timeout: 300 }));
    expect(error).toBeInstanceOf(Bluetooth.timeout);
    expect(error).toBeInstanceOf(TimeoutError);
    expect(error.message).toBe('timed out');
    expect(world.clock.now()).toBeLessThan(1000);
    // The controller is free for the next one.
    const conn = await world.run(client.connect(mac(server), 1000));
    expect(conn.isconnected()).toBe(true);
  });

  it('gives up after 30 s without a timeout: connection refused', async () => {
    const before = world.clock.now();
    const error = await world.failure(client.connect('11:22:33:44:55:66'));
    expect(error).toEqual(new OSError('connection refused'));
    expect(error).toBeInstanceOf(OSError);
    expect(error.cause).toBeInstanceOf(TimeoutError);
    expect(world.clock.now() - before).toBeGreaterThanOrEqual(30_000);
  });

  it('refuses a second attempt while one is under way: operation already in progress', async () => {
    const first = world.failure(client.connect('11:22:33:44:55:66', { timeout: 300 }));
    expect(await world.failure(client.connect(mac(server)))).toEqual(
      new OSError('operation already in progress'),
    );
    await first;
  });

  it('tells why it was refused as the cause', async () => {
    await world.run(client.connect(mac(server)));
    const error = await world.failure(client.connect(mac(server)));
    expect(error.message).toBe('connection refused');
    expect(error.cause).toBeInstanceOf(StateError);
    const bad = await world.failure(client.connect('000000000000'));
    expect(bad.message).toBe('connection refused');
    expect(bad.cause).toBeInstanceOf(RangeError);
  });

  it('makes as many connections as the controller has', async () => {
    for (let i = 0; i < 6; i++) {
      const other = world.bluetooth();
      await world.run(other.advertise(true));
      expect((await world.run(client.connect(mac(other)))).isconnected()).toBe(true);
    }
    expect(client.device?.connections).toHaveLength(6);
  });

  it('rejects when the radio goes meanwhile', async () => {
    const attempt = world.failure(client.connect('11:22:33:44:55:66'));
    await world.clock.advance(100);
    await world.run(client.deinit());
    const error = await attempt;
    expect(error.message).toBe('connection refused');
    expect(error).not.toBeInstanceOf(HciError);
  });
});

describe('the clients of a server', () => {
  it('raise CLIENT_CONNECTED and CLIENT_DISCONNECTED, and connections of this side do not', async () => {
    const events: number[] = [];
    server.callback({
      trigger: Bluetooth.CLIENT_CONNECTED | Bluetooth.CLIENT_DISCONNECTED,
      handler: (bt) => events.push(bt.events()),
    });
    const conn = await world.run(client.connect(mac(server)));
    expect(events).toEqual([Bluetooth.CLIENT_CONNECTED]);
    expect(server.clients()).toEqual([{ mac: mac(client), addr_type: 0 }]);
    expect(client.clients()).toEqual([]);
    await world.run(conn.disconnect());
    await world.clock.advance(100);
    expect(events).toEqual([Bluetooth.CLIENT_CONNECTED, Bluetooth.CLIENT_DISCONNECTED]);
    expect(client.events()).toBe(0);
  });

  it('find it advertising again after they have left', async () => {
    const conn = await world.run(client.connect(mac(server)));
    expect(server.device?.advertising).toBe(false);
    await world.run(conn.disconnect());
    await world.clock.advance(100);
    expect(server.device?.advertising).toBe(true);
    expect((await world.run(client.connect(mac(server)))).isconnected()).toBe(true);
  });

  it('are not waited for again when advertising was stopped', async () => {
    const conn = await world.run(client.connect(mac(server)));
    await world.run(server.advertise(false));
    await world.run(conn.disconnect());
    await world.clock.advance(1000);
    expect(server.device?.advertising).toBe(false);
  });

  it('are disconnected by disconnect_client: all, or the one given, and no link of this side', async () => {
    const second = world.bluetooth();
    await world.run(second.init());
    const first = await world.run(client.connect(mac(server)));
    await world.run(server.advertise(true));
    const other = await world.run(second.connect(mac(server)));
    const target = world.bluetooth();
    await world.run(target.advertise(true));
    const own = await world.run(server.connect(mac(target)));
    expect(server.clients()).toHaveLength(2);
    await world.run(server.disconnect_client(server.clients()[0]));
    await world.clock.advance(500);
    expect([first.isconnected(), other.isconnected(), own.isconnected()]).toEqual([false, true, true]);
    await world.run(server.disconnect_client(text(client)));
    expect(other.isconnected()).toBe(true);
    await world.run(server.disconnect_client());
    await world.clock.advance(500);
    expect([other.isconnected(), own.isconnected()]).toEqual([false, true]);
    expect(() => server.disconnect_client()).not.toThrow();
    expect(await world.failure(server.disconnect_client({} as never))).toBeInstanceOf(ValueError);
  });

  it('have an MTU that gatts_mtu gives as often as asked', async () => {
    expect(await world.run(server.gatts_mtu())).toBeNull();
    await world.run(client.connect(mac(server)));
    expect(await world.run(server.gatts_mtu())).toBe(200);
    expect(await world.run(server.gatts_mtu())).toBe(200);
  });

  it('are waited for by gatts_mtu for 1 s when they have not exchanged it', async () => {
    const device = await world.device();
    await world.run(device.connect(`${text(server)}/public`, { exchangeMtu: false }));
    const before = world.clock.now();
    expect(await world.run(server.gatts_mtu())).toBe(23);
    expect(world.clock.now() - before).toBe(1000);
    const waiting = server.gatts_mtu();
    await world.clock.advance(300);
    await world.run(device.connections[0]!.gatt.exchangeMtu());
    expect(await world.run(waiting)).toBe(200);
  });
});
