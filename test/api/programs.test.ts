import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bluetooth, type BluetoothOptions, GATTCService } from '../../src/api/index.js';
import { toHex } from '../../src/core/index.js';
import type { Device } from '../../src/gap/index.js';
import { characteristic, type RemoteCharacteristic, service } from '../../src/gatt/index.js';
import { ascii, World } from './world.js';

/** What an example's `main` is given. */
interface Context {
  readonly options: BluetoothOptions;
  readonly print: (...values: unknown[]) => void;
  readonly sleep: (ms: number) => Promise<void>;
  readonly alarm: (handler: () => void, seconds: number) => { cancel(): void };
}
type Main = (context: Context) => Promise<void>;

class Stopped extends Error {}

/** One of the examples, run as it stands on the simulated air. */
class Program {
  readonly lines: unknown[][] = [];
  readonly done: Promise<void>;
  private readonly world: World;
  private readonly transport;
  private stopped = false;

  constructor(world: World, main: Main) {
    this.world = world;
    this.transport = world.controller().transport();
    const { clock, random } = world;
    this.done = main({
      options: { transport: this.transport, clock, random },
      print: (...values) => void this.lines.push(values),
      sleep: (ms) => this.sleep(ms),
      alarm: (handler, seconds) => this.alarm(handler, seconds),
    });
    this.done.catch(() => {});
  }

  /** What it printed, a line each. */
  get text(): string[] {
    return this.lines.map((values) => values.map(String).join(' '));
  }

  /** The program's own Bluetooth object. */
  get bt(): Bluetooth {
    return this.world.bluetooth({ transport: this.transport });
  }

  get mac(): Uint8Array {
    return this.bt.device!.address.bd.bytes;
  }

  /** Ends a program that goes on for ever. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.world.clock.advance(2000);
    await this.world.run(this.bt.deinit());
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.world.clock.setTimeout(() => (this.stopped ? reject(new Stopped()) : resolve()), ms);
    });
  }

  private alarm(handler: () => void, seconds: number): { cancel(): void } {
    let live = true;
    const next = () => {
      this.world.clock.setTimeout(() => {
        if (!live || this.stopped) return;
        handler();
        next();
      }, seconds * 1000);
    };
    next();
    return {
      cancel: () => {
        live = false;
      },
    };
  }
}

let world: World;
const programs: Program[] = [];
beforeEach(() => {
  world = new World();
});
afterEach(async () => {
  for (const program of programs.splice(0)) await program.stop();
  await world.close();
});

async function start(name: string): Promise<Program> {
  const { main } = (await import(`../../examples/${name}.mjs`)) as { main: Main };
  const program = new Program(world, main);
  programs.push(program);
  await world.clock.advance(20);
  return program;
}

/** A client of the layer below. */
async function connect(
  to: Program,
): Promise<{ device: Device; find(uuid: number | Uint8Array): Promise<RemoteCharacteristic> }> {
  const device = await world.device();
  const link = await world.run(device.connect(`${to.bt.device!.address.bd}/public`));
  const find = async (uuid: number | Uint8Array) => {
    for (const one of await world.run(link.gatt.discoverServices())) {
      const found = (await world.run(one.discoverCharacteristics())).find((char) => char.uuid.equals(uuid));
      if (found) return found;
    }
    throw new Error(`no characteristic ${String(uuid)}`);
  };
  return { device, find };
}

async function heartRateSensor(name = 'Heart Rate'): Promise<Device> {
  const device = await world.device();
  device.server.add(
    service(0x180d, {
      measurement: characteristic(0x2a37, { notify: true }),
      location: characteristic(0x2a38, { read: true, value: Uint8Array.of(1) }),
    }),
  );
  device.server.add(
    service(ascii('1234567890123456'), {
      text: characteristic(ascii('ab34567890123456'), { read: true, value: ascii("it's\n\\") }),
    }),
  );
  await world.run(device.startAdvertising({ data: { flags: 6, completeLocalName: name } }));
  return device;
}

describe('1. the heart rate quick example', () => {
  it('reads every characteristic that lets itself be read, disconnects and ends', async () => {
    const sensor = await heartRateSensor();
    const program = await start('01-heart-rate');
    await world.run(program.done);
    expect(program.text).toEqual([
      'Reading chars from service = 1800',
      "char 10752 value = b'bluewire'",
      "char 10753 value = b'\\x00\\x00'",
      'Reading chars from service = 1801',
      "char 11049 value = b'\\x00'",
      expect.stringMatching(/^char 11050 value = b'.+'$/),
      "char 11066 value = b'\\x00'",
      'Reading chars from service = 180d',
      "char 10808 value = b'\\x01'",
      "Reading chars from service = b'1234567890123456'",
      "char b'ab34567890123456' value = b'it\\'s\\n\\\\'",
    ]);
    await world.clock.advance(100);
    expect(sensor.connections).toHaveLength(0);
  });

  it('passes other devices over', async () => {
    await heartRateSensor('Heart');
    const program = await start('01-heart-rate');
    await world.clock.advance(10_000);
    expect(program.text).toEqual([]);
    await heartRateSensor();
    await world.run(program.done);
    expect(program.text[0]).toBe('Reading chars from service = 1800');
  });

  it('says so when the device is gone before it is connected', async () => {
    const sensor = await heartRateSensor();
    const program = await start('01-heart-rate');
    for (let i = 0; i < 1000 && program.bt.isscanning(); i++) await world.clock.advance(1);
    await world.run(sensor.close());
    await world.run(program.done);
    expect(program.text).toEqual(['Error while connecting or reading from the BLE device']);
  });
});

describe('2. the scan', () => {
  it('prints names and manufacturer data for 20 seconds', async () => {
    const device = await world.device();
    await world.run(
      device.startAdvertising({
        data: { flags: 6, completeLocalName: 'beacon' },
        scanResponse: { manufacturerData: { companyIdentifier: 0x4c, data: Uint8Array.of(2, 0x15) } },
      }),
    );
    const nameless = await world.device();
    await world.run(nameless.startAdvertising({ type: 'nonConnectable', data: { flags: 4 } }));
    const program = await start('02-scan');
    await world.clock.advance(19_000);
    expect(program.bt.isscanning()).toBe(true);
    await world.run(program.done);
    expect(world.clock.now()).toBeLessThan(20_200);
    expect(new Set(program.text)).toEqual(new Set(['beacon', '4c000215', 'null']));
  });
});

describe('3. the events() page', () => {
  it('advertises LoPy with its service, and tells who comes and goes', async () => {
    const program = await start('03-events');
    await world.run(program.done);
    const client = world.bluetooth();
    client.start_scan(-1);
    await world.clock.advance(300);
    const adv = client.get_adv()!;
    expect(client.resolve_adv_data(adv.data, 0x09)).toBe('LoPy');
    expect(client.resolve_adv_data(adv.data, 0x07)).toEqual(ascii('1234567890123456'));
    for (let i = 0; i < 2; i++) {
      const conn = await world.run(client.connect(adv.mac));
      await world.run(conn.disconnect());
      await world.clock.advance(200);
    }
    expect(program.text).toEqual([
      'Client connected',
      'Client disconnected',
      'Client connected',
      'Client disconnected',
    ]);
  });
});

describe('4. set_advertisement', () => {
  it('advertises "advert" with "lopy_v1"', async () => {
    const program = await start('04-advertise');
    await world.run(program.done);
    const client = world.bluetooth();
    client.start_scan(-1);
    await world.clock.advance(300);
    const adv = client.get_adv()!;
    expect(client.resolve_adv_data(adv.data, 0x09)).toBe('advert');
    expect(client.resolve_adv_data(adv.data, 0xff)).toEqual(ascii('lopy_v1'));
  });
});

describe('5. the GATTCConnection page', () => {
  it('connects to the first device that lets us, passing beacons over, and prints its services', async () => {
    const beacon = await world.device();
    await world.run(beacon.startAdvertising({ type: 'nonConnectable', data: { flags: 4 } }));
    const program = await start('05-connect');
    await world.clock.advance(2000);
    const sensor = await heartRateSensor();
    await world.run(program.done);
    expect(program.text[0]).toBe(`Connected to device with addr = ${toHex(sensor.address.bd.bytes)}`);
    expect((program.lines[1]![0] as unknown[]).every((one) => one instanceof GATTCService)).toBe(true);
    expect(program.text.slice(2)).toEqual(['6144', '6145', '6157', "b'1234567890123456'"]);
  });
});

describe('6. the GATTCCharacteristic page', () => {
  it('writes, and prints the four descriptors', async () => {
    const device = await world.device();
    const { chr } = device.server.add(
      service(0xaaaa, {
        chr: characteristic(0xbbbb, {
          write: true,
          notify: true,
          properties: 0x98,
          description: 'temp',
          descriptors: [
            { uuid: 0x2900, value: Uint8Array.of(1, 0) },
            { uuid: 0x2904, value: Uint8Array.of(4, 0, 0x2f, 0x27, 1, 0, 0) },
          ],
        }),
      }),
    ).characteristics;
    await world.run(device.startAdvertising({ data: { flags: 6, completeLocalName: 'LoPy' } }));
    const program = await start('06-characteristic');
    await world.run(program.done);
    expect(chr.value).toEqual(ascii('x0f'));
    const from = program.text.indexOf(`Characteristic: ${0xbbbb}`);
    expect(program.text.slice(from)).toEqual([
      'Characteristic: 48059',
      'Characteristic Extended Properties: 0100',
      `Characteristic User Description: ${toHex(ascii('temp'))}`,
      'Client Characteristic Configuration: 0000',
      'Characteristic Presentation Format: 04002f27010000',
    ]);
  });

  it('runs against the server of the next page', async () => {
    const server = await start('07-gatt-server');
    await world.run(server.done);
    const program = await start('06-characteristic');
    await world.run(program.done);
    expect(server.text).toContain("Write request with value = b'x0f'");
    expect(program.text).toContain('Client Characteristic Configuration: 0000');
  });
});

describe('7. the GATTSCharacteristic page', () => {
  it('answers reads as the page says, by both forms of the handler', async () => {
    const program = await start('07-gatt-server');
    await world.run(program.done);
    const { device, find } = await connect(program);
    const chr1 = await find(ascii('ab34567890123456'));
    const read = (one: RemoteCharacteristic) => world.run(one.read());
    expect([await read(chr1), await read(chr1), await read(chr1)]).toEqual([
      Uint8Array.of(5),
      Uint8Array.of(5),
      ascii('ABC DEF'),
    ]);
    const chr2 = await find(4567);
    expect([await read(chr2), await read(chr2), await read(chr2)]).toEqual([
      Uint8Array.of(0x12, 0x34),
      Uint8Array.of(0xf2),
      Uint8Array.of(0xf3),
    ]);
    await world.run(chr1.write(ascii('hello')));
    await world.run(device.connections[0]!.disconnect());
    await world.clock.advance(100);
    expect(program.text).toEqual([
      'Client connected',
      'Read request on char 1',
      'Read request on char 1',
      "Write request with value = b'hello'",
      'Client disconnected',
    ]);
  });
});

describe('8. the notify tutorial, its server', () => {
  it('gives the battery when read, and every second to whoever subscribed', async () => {
    const program = await start('08-notify-server');
    await world.run(program.done);
    const { find } = await connect(program);
    const chr = await find(0xec0e);
    expect(await world.run(chr.read())).toEqual(ascii('100'));
    const got: string[] = [];
    const off = await world.run(chr.subscribe((value) => got.push(new TextDecoder().decode(value))));
    await world.clock.advance(3500);
    expect(got).toEqual(['100', '100', '99', '98', '97']);
    await world.run(off());
    await world.clock.advance(5000);
    expect(got).toHaveLength(5);
    expect(program.text).toEqual([
      'Start BLE service',
      'client connected',
      'events:  8',
      'transmitted : 100',
      'events:  128',
      'transmitted : 100',
      'events:  128',
      'transmitted : 97',
    ]);
  });

  it('stops when the client leaves without a word', async () => {
    const program = await start('08-notify-server');
    await world.run(program.done);
    const { device, find } = await connect(program);
    await world.run((await find(0xec0e)).subscribe(() => {}));
    await world.clock.advance(1500);
    await world.run(device.close());
    await world.clock.advance(10_000);
    expect(program.text.at(-1)).toBe('client disconnected');
    const again = await connect(program);
    expect(await world.run((await again.find(0xec0e)).read())).toEqual(ascii('99'));
  });
});

describe('9. the notify tutorial, its client', () => {
  it('finds the server by its name, and prints each value that it is told', async () => {
    const server = await start('08-notify-server');
    await world.run(server.done);
    const program = await start('09-notify-client');
    await world.run(program.done);
    await world.clock.advance(2500);
    expect(program.text).toEqual([
      'Start scanning for BLE services',
      'Connected to FiPy 45',
      'ec0e',
      "New value: b'read_from_here'",
      "New value: b'100'",
      "New value: b'99'",
      "New value: b'98'",
    ]);
  });
});

describe('10. printing what comes', () => {
  it('prints advertisements for ever, and null when there is none', async () => {
    const sensor = await heartRateSensor();
    const program = await start('10-print-advertisements');
    await world.clock.advance(60_000);
    const mac = toHex(sensor.address.bd.bytes);
    expect(
      program.text.filter((line) => line.startsWith(`(mac=${mac}, addr_type=0, adv_type=0, rssi=`)).length,
    ).toBeGreaterThan(100);
    expect(program.text).toContain('null');
    const before = program.lines.length;
    await world.clock.advance(1000);
    expect(program.lines.length).toBeGreaterThan(before);
  });
});
