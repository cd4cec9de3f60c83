import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bluetooth, OSError, ValueError } from '../../src/api/index.js';
import { TransportError } from '../../src/core/index.js';
import { registerTransport } from '../../src/hci/transport/registry.js';
import { World } from './world.js';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.close());

describe('the constructor', () => {
  it('gives one object for each transport', () => {
    const [a, b] = [world.controller().transport(), world.controller().transport()];
    const one = world.bluetooth({ transport: a });
    expect(new Bluetooth({ transport: a })).toBe(one);
    expect(world.bluetooth({ transport: b })).not.toBe(one);
  });

  it('gives the object that was made last, when no transport is given', async () => {
    world.bluetooth();
    const last = world.bluetooth();
    expect(new Bluetooth()).toBe(last);
    expect(new Bluetooth({})).toBe(last);
  });

  it('makes the object of the simulated world when there is none, and does not start it', async () => {
    const bt = new Bluetooth();
    expect(new Bluetooth({ transport: 'virtual:', clock: world.clock })).toBe(bt);
    await world.run(bt.deinit());
    expect(new Bluetooth()).toBe(bt);
    expect(bt.device).toBeUndefined();
    await bt.deinit();
  });

  it('starts the radio at once when options are given, else with the first use', async () => {
    const transport = world.controller().transport();
    const bt = world.bluetooth({ transport });
    await world.clock.advance(10);
    expect(bt.device?.isOpen).toBe(true);
  });

  it('refuses another id than 0: resource not available', () => {
    expect(() => new Bluetooth({ id: 1 })).toThrow(new OSError('resource not available'));
    expect(() => new Bluetooth({ id: 1 })).toThrow(OSError);
  });
});

describe('the options', () => {
  it('refuses what is not permitted, naming it', () => {
    const wrong: [object, RegExp][] = [
      [{ mode: 1 }, /^mode: 1 is not permitted; Bluetooth.BLE is$/],
      [{ antenna: 3 }, /^invalid antenna type 3$/],
      [{ antenna: -1 }, /^invalid antenna type -1$/],
      [{ mtu: 22 }, /^mtu: 22 is not permitted; 23 to 517 is$/],
      [{ mtu: 518 }, /^mtu: 518/],
      [{ modem_sleep: 1 }, /^modem_sleep: 1/],
      [{ privacy: 'no' }, /^privacy: no/],
      [{ secure_connections: 0 }, /^secure_connections: 0/],
      [{ merge: 1 }, /^merge: 1/],
      [{ fifo_size: 0 }, /^fifo_size: 0/],
      [{ transport: 5 }, /^transport: a port/],
      [{ Mtu: 100 }, /unknown option "Mtu"/],
      [{ pin: 1_000_000 }, /^Pin code with 1-6 digit length is allowed only!$/],
      [{ pin: -1 }, /^Pin code with 1-6 digit length is allowed only!$/],
      [{ pin: '123456' }, /^Pin code with 1-6 digit length is allowed only!$/],
    ];
    for (const [options, message] of wrong) {
      expect(() => new Bluetooth(options), JSON.stringify(options)).toThrow(message);
      expect(() => new Bluetooth(options)).toThrow(ValueError);
    }
  });

  it('takes the firmware’s defaults, which need no pairing', async () => {
    const bt = world.bluetooth({
      id: 0,
      mode: Bluetooth.BLE,
      antenna: null,
      modem_sleep: true,
      pin: null,
      privacy: true,
      secure_connections: true,
      mtu: 200,
    });
    await world.run(bt.init());
    expect(bt.device?.isOpen).toBe(true);
  });

  it('takes a pin of 1 to 6 digits', async () => {
    const bt = world.bluetooth();
    for (const pin of [1_000_000, -1, 1.5]) {
      expect(() => bt.set_pin(pin)).toThrow(
        new ValueError('Pin code with 1-6 digit length is allowed only!'),
      );
    }
    await world.run(bt.set_pin(0));
    await world.run(bt.init({ pin: 999_999 }));
    expect(bt.device?.isOpen).toBe(true);
  });

  it('tells that antenna and modem sleep are of no effect on an external controller', async () => {
    const bt = world.bluetooth({ antenna: Bluetooth.EXT_ANT, modem_sleep: false });
    const told: string[] = [];
    bt.on('diagnostic', ({ layer, message }) => layer === 'api' && told.push(message));
    await world.run(bt.init());
    expect(told.map((message) => message.split(':')[0])).toEqual(['antenna', 'modem_sleep']);
    expect(bt.modem_sleep()).toBe(false);
    bt.modem_sleep(true);
    expect(bt.modem_sleep()).toBe(true);
    expect(told).toHaveLength(3);
  });
});

describe('init and deinit', () => {
  it('resolves when the radio is up, as often as called', async () => {
    const bt = world.bluetooth();
    await world.run(bt.init());
    const { device } = bt;
    await world.run(bt.init());
    expect(bt.device).toBe(device);
  });

  it('disconnects all, frees the port, and is idempotent', async () => {
    const controller = world.controller();
    const bt = world.bluetooth({ transport: controller.transport() });
    await world.run(bt.init());
    await world.run(bt.deinit());
    await world.run(bt.deinit());
    expect(bt.device).toBeUndefined();
    const other = world.bluetooth({ transport: controller.transport() });
    await world.run(other.init());
    expect(other.device?.isOpen).toBe(true);
  });

  it('comes before its own start has ended', async () => {
    const bt = world.bluetooth();
    const started = bt.init();
    const failure = world.failure(started);
    await world.run(bt.deinit());
    expect(await failure).toEqual(new OSError('BLE module not initialized'));
    expect(bt.device).toBeUndefined();
  });

  it('leaves methods that need the radio with: BLE module not initialized', async () => {
    const bt = world.bluetooth();
    await world.run(bt.init());
    await world.run(bt.deinit());
    const none = new OSError('BLE module not initialized');
    expect(() => bt.start_scan(1)).toThrow(none);
    expect(() => bt.modem_sleep()).toThrow(none);
    expect(() => bt.advertise(true)).toThrow(none);
    expect(() => bt.set_advertisement({ name: 'x' })).toThrow(none);
    expect(() => bt.set_advertisement_params({})).toThrow(none);
    expect(() => bt.set_advertisement_raw('x')).toThrow(none);
    expect(() => bt.service(0x180d)).toThrow(none);
    expect(await world.failure(bt.connect('112233445566'))).toEqual(none);
    expect(await world.failure(bt.tx_power(Bluetooth.TX_PWR_ADV))).toEqual(none);
    expect([bt.isscanning(), bt.get_adv(), bt.get_advertisements(), bt.events()]).toEqual([
      false,
      null,
      [],
      0,
    ]);
    bt.stop_scan();
    expect(await world.run(bt.gatts_mtu())).toBeNull();
    await world.run(bt.disconnect_client());
    await world.run(bt.nvram_erase());
  });

  it('takes another transport while the radio is off, and no other object’s', async () => {
    const controller = world.controller();
    const bt = world.bluetooth();
    await world.run(bt.init());
    const other = controller.transport();
    expect((await world.failure(bt.init({ transport: other }))).message).toMatch(/deinit\(\) comes first/);
    await world.run(bt.deinit());
    await world.run(bt.init({ transport: other }));
    expect(bt.device?.address.bd.equals(controller.address)).toBe(true);
    expect(new Bluetooth({ transport: other })).toBe(bt);
    const third = world.bluetooth();
    await world.run(third.init());
    await world.run(third.deinit());
    expect((await world.failure(third.init({ transport: other }))).message).toMatch(
      /another Bluetooth object/,
    );
  });

  it('rejects with what is wrong with the port, and can be tried again', async () => {
    const transport = 'api-test:nowhere';
    let broken = true;
    const controller = world.controller();
    registerTransport('api-test', {
      form: 'api-test:x',
      load: async () => ({
        create: () => {
          if (broken) throw new TransportError('api-test:nowhere: no such port', 'PORT_NOT_FOUND');
          return controller.transport();
        },
      }),
    });
    const bt = world.bluetooth({ transport });
    expect((await world.failure(bt.init())).message).toBe('api-test:nowhere: no such port');
    expect((await world.failure(bt.connect('112233445566'))).message).toBe('api-test:nowhere: no such port');
    broken = false;
    await world.run(bt.init());
    expect(bt.device?.isOpen).toBe(true);
  });
});

describe('errors that come later', () => {
  const failing = () => {
    const transport = world.controller().transport();
    transport.open = async () => {
      throw new TransportError('the port is busy', 'PORT_BUSY');
    };
    return world.bluetooth({ transport });
  };

  it('reach on("error") once, also when several methods waited for the same', async () => {
    const bt = failing();
    bt.start_scan(-1);
    bt.advertise(true);
    bt.set_advertisement({ name: 'x' });
    await world.clock.advance(10);
    expect(world.errors).toEqual([new TransportError('the port is busy', 'PORT_BUSY')]);
    expect(bt.isscanning()).toBe(false);
  });

  it('reach the promise as well, for whoever waits for it', async () => {
    const bt = failing();
    expect((await world.failure(bt.advertise(true))).message).toBe('the port is busy');
  });

  it('tell that the port was lost, end the scan, and leave the radio off until init', async () => {
    const controller = world.controller();
    const bt = world.bluetooth({ transport: controller.transport() });
    bt.start_scan(-1);
    await world.clock.advance(100);
    controller.powerOff();
    await world.clock.advance(10);
    expect(world.errors).toHaveLength(1);
    expect(world.errors[0]).toBeInstanceOf(TransportError);
    expect(bt.isscanning()).toBe(false);
    expect(() => bt.start_scan(1)).toThrow(new OSError('BLE module not initialized'));
    controller.powerOn();
    await world.run(bt.init({ transport: controller.transport() }));
    bt.start_scan(1);
  });
});
