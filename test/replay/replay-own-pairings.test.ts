import { describe, expect, it } from 'vitest';
import { SimulatedClock, sleep } from '../../src/core/clock.js';
import { type RandomSource, seededRandom } from '../../src/core/random.js';
import type { Connection } from '../../src/gap/connection.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions, SecurityOptions } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { type CaptureRecord, type CaptureSink, hciRecord } from '../../src/hci/capture/index.js';
import { type Replay, replay } from '../../src/replay/index.js';
import type { SmpCrypto } from '../../src/smp/crypto/index.js';
import { type KeySource, type PairingDelegate, randomKeys } from '../../src/smp/pairing/index.js';
import { World } from '../../src/virtual/index.js';

type Side = 'central' | 'peripheral';
const sides = ['central', 'peripheral'] as const;
const PASSKEY = 271_828;

/** Users of both sides that come to a method. */
interface Method {
  readonly name: string;
  readonly security: Readonly<Record<Side, SecurityOptions>>;
  /** Who begins: the peripheral by a Security Request. */
  readonly asks?: Side;
}

const shows: PairingDelegate = { displayPasskey: () => {} };
const enters: PairingDelegate = { enterPasskey: () => PASSKEY };
const compares: PairingDelegate = { displayPasskey: () => {}, compare: () => true };
const legacy = { secureConnections: 'never' } as const;

const methods: readonly Method[] = [
  { name: 'legacy Just Works', security: { central: legacy, peripheral: legacy } },
  {
    name: 'legacy passkey, shown by the peripheral',
    security: {
      central: { ...legacy, delegate: enters },
      peripheral: { ...legacy, delegate: shows, passkey: PASSKEY },
    },
  },
  {
    name: 'Just Works, asked for by the peripheral',
    security: { central: {}, peripheral: {} },
    asks: 'peripheral',
  },
  {
    name: 'passkey, shown by the central',
    security: { central: { delegate: shows, passkey: PASSKEY }, peripheral: { delegate: enters } },
  },
  {
    name: 'passkey, entered at both, keypresses told',
    security: {
      central: { delegate: enters, keypress: true },
      peripheral: { delegate: enters, keypress: true },
    },
  },
  {
    name: 'Numeric Comparison',
    security: { central: { delegate: compares }, peripheral: { delegate: compares } },
  },
];

/** A source of randomness, and the private keys that came of it. */
class Remembering implements RandomSource {
  readonly privateKeys: Uint8Array[] = [];
  private readonly random: RandomSource;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  fill(target: Uint8Array): Uint8Array {
    return this.random.fill(target);
  }

  pairingKeys(crypto: SmpCrypto): KeySource {
    const keys = randomKeys(crypto, this.random);
    const keyPair = () => {
      const pair = keys.keyPair();
      this.privateKeys.push(pair.privateKey);
      return pair;
    };
    return { ...keys, keyPair };
  }
}

/** Keeps packets in memory until the program is at its end. */
class Records implements CaptureSink {
  readonly list: CaptureRecord[] = [];
  isOver = false;

  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.isOver) this.list.push(hciRecord(time, sent, type as 1, bytes.slice(start, end)));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const arrives = (device: Device) => new Promise<Connection>((resolve) => device.once('connection', resolve));
const gone = (link: Connection) => new Promise<void>((resolve) => link.once('disconnected', () => resolve()));
const addresses = { central: 'C0:DE:C0:00:00:C1', peripheral: 'C0:DE:C0:00:00:C2' } as const;

const anybody = { predicate: () => true };

/** Comes twice: pairs, and reads; then by the bond. */
async function asCentral(device: Device, { asks }: Method): Promise<void> {
  for (const visit of [1, 2]) {
    // Nobody knows whose a private address is before the pairing; after it the identity is enough.
    const peer = visit === 1 ? anybody : `${addresses.peripheral}/random`;
    const link = await device.connect(peer);
    if (visit === 1 && asks === 'peripheral')
      await new Promise<void>((resolve) => link.once('paired', () => resolve()));
    else if (visit === 1) await link.pair();
    expect(link.security).toMatchObject({ bonded: true });
    const [found] = await link.gatt.discoverServices('180f');
    const [level] = await found!.discoverCharacteristics();
    expect(await level!.read()).toEqual(Uint8Array.of(42));
    await link.disconnect();
  }
}

async function asPeripheral(device: Device, { asks }: Method): Promise<void> {
  const access = { read: { level: 2 }, value: Uint8Array.of(42) } as const;
  device.server.add(service(0x180f, { level: characteristic(0x2a19, access) }));
  for (const visit of [1, 2]) {
    const arrived = arrives(device);
    await device.startAdvertising();
    const link = await arrived;
    const left = gone(link);
    if (visit === 1 && asks === 'peripheral') await link.requestSecurity();
    await left;
  }
}

const programs = { central: asCentral, peripheral: asPeripheral } as const;

/** What both sides sent and got, and the private keys of each. */
async function session(method: Method, options: Partial<DeviceOptions>) {
  const clock = new SimulatedClock();
  const world = await clock.run(World.open({ clock, random: seededRandom(3), devices: [] }));
  const opened = { central: new Records(), peripheral: new Records() };
  const randoms = { central: new Remembering(4), peripheral: new Remembering(5) };
  const device = (side: Side) =>
    Device.open({
      transport: world.controller(`00:00:5E:00:53:0${sides.indexOf(side) + 1}`).transport(),
      clock,
      random: randoms[side],
      capture: opened[side],
      address: addresses[side],
      security: { bonds: null, ...method.security[side] },
      ...options,
    });
  const [central, peripheral] = [await clock.run(device('central')), await clock.run(device('peripheral'))];
  const serving = asPeripheral(peripheral, method);
  await clock.run(sleep(clock, 10));
  await clock.run(Promise.all([asCentral(central, method), serving]));
  for (const records of Object.values(opened)) records.isOver = true;
  await clock.run(Promise.all([central.close(), peripheral.close()]));
  await clock.run(world.close());
  return { opened, randoms };
}

describe('a pairing that this stack recorded replays octet for octet, in either role', () => {
  for (const privacy of [false, true]) {
    for (const method of methods) {
      it(`${method.name}${privacy ? ', from private addresses' : ''}`, async () => {
        const options = privacy ? { privacy: true } : {};
        const { opened, randoms } = await session(method, options);
        for (const side of sides) {
          const { privateKeys } = randoms[side];
          const played: Replay = replay(opened[side].list, {
            name: `${method.name}-${side}`,
            permit: 'strict',
            secrets: { privateKeys },
          });
          const { clock, random } = played;
          const device = await played.run(
            Device.open({
              transport: played,
              clock,
              random,
              address: addresses[side],
              security: { bonds: null, ...method.security[side] },
              ...options,
            }),
          );
          await played.run(programs[side](device, method));
          expect((await played.end()).uses).toEqual([]);
          await played.run(device.close());
        }
      });
    }
  }
});
