import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { Device } from '../../../src/gap/index.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import { createWorld, worldFromJson } from '../../../src/virtual/devices/index.js';

const file = {
  seed: 7,
  propagation: {
    exponent: 2.7,
    walls: [{ from: { x: 2, y: -5 }, to: { x: 2, y: 5 }, loss: 8 }],
    shadowing: { deviation: 3 },
    fading: { k: 6, coherenceMs: 80 },
  },
  conditions: {
    loss: 0.01,
    bitErrors: true,
    collisions: true,
    interferers: [
      { kind: 'wifi', channel: 6, dutyCycle: 0.2, position: { x: 5, y: 5, z: 2 } },
      { kind: 'jammer', channels: [38], fromMs: 1000, untilMs: 2000 },
    ],
    faults: [{ fault: 'drop', from: 'Belt', every: 50 }],
  },
  devices: [
    { kind: 'heart-rate', name: 'Belt', address: 'C0:DE:C0:00:00:01/random', position: { x: 3 } },
    { kind: 'thermometer', address: '00:00:5E:00:53:02/public', presence: { spans: [{ fromMs: 0 }] } },
    { kind: 'battery', address: 'C0:DE:C0:00:00:03/random', misbehaviours: ['never-answers'] },
    {
      kind: 'uart',
      address: 'C0:DE:C0:00:00:04/random',
      script: [{ when: { text: 'ping' }, say: [{ text: 'pong' }] }],
      faults: { faults: [{ fault: 'delay', ms: [1, 5], direction: 'both' }] },
    },
    {
      kind: 'ibeacon',
      address: 'C0:DE:C0:00:00:05/random',
      uuid: '2f234454-cf6d-4a0f-adf2-f4911ba9ffa6',
      major: 1,
      minor: 2,
      position: {
        points: [
          { x: 0, y: 0 },
          { x: 9, y: 0 },
        ],
        end: 'return',
      },
    },
    { kind: 'eddystone-url', address: 'C0:DE:C0:00:00:06/random', url: 'https://example.com' },
    { kind: 'eddystone-tlm', address: 'C0:DE:C0:00:00:07/random' },
    {
      kind: 'eddystone-uid',
      address: 'C0:DE:C0:00:00:08/random',
      namespace: '00112233445566778899',
      instance: 'aabbccddeeff',
    },
    { kind: 'keyboard', address: 'C0:DE:C0:00:00:09/random', text: 'hi', securityLevel: 1 },
  ],
};

describe('a world file', () => {
  it('declares a world', async () => {
    await using world = await createWorld(await worldFromJson(JSON.stringify(file)));
    expect([...world.devices.keys()]).toEqual([
      'Belt',
      'Thermometer',
      'Battery',
      'UART',
      'iBeacon',
      'Eddystone-URL',
      'Eddystone-TLM',
      'Eddystone-UID',
      'Keyboard',
    ]);
    const device = await world.device();
    const seen = new Set<string>();
    await device.startScan({ onReport: ({ address }) => seen.add(address.toString()) });
    await world.run(5000);
    expect(seen.size).toBe(9);
  });

  const change = (path: string, value: unknown): unknown => {
    const copy = structuredClone(file) as unknown;
    const keys = path.split('.');
    const last = keys.pop()!;
    let at = copy as Record<string, unknown>;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    if (value === undefined) delete at[last];
    else at[last] = value;
    return copy;
  };

  it.each<[string, unknown, string]>([
    ['sead', 7, 'world.json: sead: no such field'],
    ['seed', -1, 'world.json: seed: at least 0 is wanted'],
    ['devices.0.kind', 'heart', 'world.json: devices.0.kind: one of heart-rate, thermometer, battery,'],
    ['devices.0.adress', 'x', 'world.json: devices.0.adress: no such field'],
    ['devices.0.address', undefined, 'world.json: devices.0.address: missing; an address is wanted'],
    ['devices.0.address', 'here', 'world.json: devices.0.address: '],
    ['devices.0.position.x', 'near', 'world.json: devices.0.position.x: a number is wanted'],
    ['devices.0.position.w', 1, 'world.json: devices.0.position.w: no such field'],
    ['devices.4.position.points.1.x', 1e9, 'world.json: devices.4.position.points.1.x: at most 1000000 m'],
    ['devices.4.position.speed', 0, 'world.json: devices.4.position.speed: at least 0.001 m/s is wanted'],
    ['devices.2.misbehaviours.0', 'sulks', 'world.json: devices.2.misbehaviours.0: one of never-answers,'],
    ['devices.3.faults.faults.0.fault', 'melt', 'world.json: devices.3.faults.faults.0.fault: one of drop,'],
    ['devices.5.url', 'ftp://x', 'world.json: devices.5.url: "ftp://x" is not permitted'],
    ['devices.7.namespace', '0011', 'world.json: devices.7.namespace: 2 octets are not permitted; 10 are'],
    ['devices.8.text', 'é', 'world.json: devices.8.text: "é" is on no key'],
    [
      'devices.1.address',
      'C0:DE:C0:00:00:01/random',
      'devices.1.address: "C0:DE:C0:00:00:01/random" is taken',
    ],
    ['devices.1.name', 'Belt', 'devices.1.name: "Belt" is taken by devices.0'],
    ['conditions.interferers.0.channel', 14, 'conditions.interferers.0.channel: at most 13 is wanted'],
    ['conditions.los', 1, 'conditions.los: no such field'],
    ['devices', {}, 'world.json: devices: a list is wanted'],
    ['conditions', 7, 'world.json: conditions: an object is wanted'],
    ['devices.0.presence', [], 'world.json: devices.0.presence: an object is wanted'],
    ['conditions.interferers.1.channels', undefined, 'interferers.1.channels: missing; a list is wanted'],
    ['conditions.interferers.1.channels', 37, 'conditions.interferers.1.channels: a list is wanted'],
    ['conditions.faults.0.fault', 'melt', 'conditions.faults.0.fault: one of drop, corrupt, delay, stall is'],
    ['conditions.faults.0.ms', 5, 'conditions.faults.0.ms: no such field'],
    ['conditions.faults.0', { fault: 'stall' }, 'conditions.faults.0.ms: missing; a number is wanted'],
    ['conditions.faults.0', { fault: 'delay', us: -1 }, 'conditions.faults.0.us: at least 0 µs is wanted'],
    ['conditions.faults.0.channels', [40], 'conditions.faults.0.channels.0: at most 39 is wanted'],
    ['conditions.interferers.1.untilMs', 500, 'conditions.interferers.1.untilMs: at least 1000 ms is wanted'],
    [
      'devices.3.faults.faults.0.ms',
      undefined,
      'devices.3.faults.faults.0.ms: missing; a number, or the least',
    ],
    ['devices.3.faults.faults.0.ms', [5, 1], 'devices.3.faults.faults.0.ms.1: at least 5 ms is wanted'],
    ['devices.3.faults.faults.0.controller', 'csr', 'faults.0.controller: one of zephyr, esp32 is wanted'],
    ['propagation.walls.0.loss', -1, 'propagation.walls.0.loss: at least 0 dB is wanted'],
  ])('with a wrong %s is refused with the path', async (path, value, message) => {
    await expect(worldFromJson(change(path, value), 'world.json')).rejects.toThrow(message);
  });

  it('has descriptions in it, whole or in files that somebody reads', async () => {
    const description = { name: 'Lamp', address: 'C0:DE:C0:00:00:21/random' };
    const world = (fields: object) => ({ devices: [{ kind: 'description', ...fields }] });
    const { devices } = await worldFromJson(world({ description, misbehaviours: ['mtu-lie'] }));
    expect(devices![0]).toMatchObject({ name: 'Lamp', misbehaviours: [{ misbehaviour: 'mtu-lie' }] });
    const read = await worldFromJson(world({ file: 'x' }), 'w', () => JSON.stringify(description));
    expect(read.devices![0]!.name).toBe('Lamp');
    await expect(worldFromJson(world({ file: 'x' }))).rejects.toThrow(/devices\.0\.file: .*reads no files/);
    await expect(worldFromJson(world({}))).rejects.toThrow(/devices\.0\.description: either/);
    await expect(worldFromJson(world({ description: { name: 7 } }))).rejects.toThrow(
      /devices\.0\.description\.name: /,
    );
  });

  it('that is no JSON is refused', async () => {
    await expect(worldFromJson('{', 'world.json')).rejects.toThrow(/^world\.json: no JSON: /);
    await expect(worldFromJson('[]', 'world.json')).rejects.toThrow(/^world\.json: the whole: /);
  });
});

describe('virtual: with a file', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bluewire-world-'));
    writeFileSync(join(folder, 'world.json'), JSON.stringify(file));
    const described = {
      name: 'Lamp',
      address: 'C0:DE:C0:00:00:21/random',
      services: [{ uuid: 'ff10', characteristics: [{ uuid: 'ff11', properties: ['read'], value: '2a' }] }],
    };
    const lamp = { kind: 'description', file: 'lamp.json', position: { x: 2 } };
    writeFileSync(join(folder, 'lamp.json'), JSON.stringify(described));
    writeFileSync(join(folder, 'described.json'), JSON.stringify({ devices: [lamp] }));
    const bad = { ...described, services: [{ uuid: 'no' }] };
    writeFileSync(join(folder, 'bad.json'), JSON.stringify(bad));
    writeFileSync(
      join(folder, 'describes-bad.json'),
      JSON.stringify({ devices: [{ ...lamp, file: 'bad.json' }] }),
    );
    writeFileSync(join(folder, 'wrong.json'), JSON.stringify({ devices: [{ kind: 'battery' }] }));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const scan = async (port: string) => {
    const clock = new SimulatedClock();
    const transport = await createTransport(port, { clock, random: seededRandom(1) });
    const device = await clock.run(Device.open({ transport, clock, random: seededRandom(1) }));
    const seen: string[] = [];
    const onReport = (report: { address: { toString(): string } }) =>
      seen.push(`${clock.now()} ${report.address}`);
    await clock.run(device.startScan({ onReport }));
    await clock.advance(2000);
    await clock.run(device.close());
    expect(clock.pending).toBe(0);
    return seen.join();
  };

  it('opens the world that is declared there, with its seed or another', async () => {
    const path = join(folder, 'world.json');
    const first = await scan(`virtual:${path}`);
    expect(first).toContain('C0:DE:C0:00:00:09/random');
    expect(await scan(`virtual:${path}`)).toBe(first);
    expect(await scan(`virtual:${path}?seed=7`)).toBe(first);
    expect(await scan(`virtual:${path}?seed=8`)).not.toBe(first);
  });

  it('opens a device whose description stands in a file beside it', async () => {
    expect(await scan(`virtual:${join(folder, 'described.json')}?seed=1`)).toContain('C0:DE:C0:00:00:21');
    await expect(scan(`virtual:${join(folder, 'describes-bad.json')}`)).rejects.toThrow(
      /describes-bad\.json: devices\.0\.bad\.json\.services\.0\.uuid: /,
    );
  });

  it('says what is wrong with the file', async () => {
    const path = join(folder, 'wrong.json');
    await expect(scan(`virtual:${path}`)).rejects.toMatchObject({
      code: 'PORT_SPEC',
      message: expect.stringContaining('devices.0.address: missing'),
    });
  });
});
