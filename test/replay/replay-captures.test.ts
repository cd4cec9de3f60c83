import { expect, it } from 'vitest';
import { frameOf } from '../../src/core/frame.js';
import type { LinkSecurity } from '../../src/core/security.js';
import type { Connection } from '../../src/gap/connection.js';
import { Device } from '../../src/gap/device.js';
import type { DeviceOptions } from '../../src/gap/device-options.js';
import { type DivergenceKind, type Replay, type ReplayReport, replay } from '../../src/replay/index.js';
import { describeWithShared } from '../support/shared.js';
import { makeCalls, sharedCapture } from './app.js';
import { scanTwice, useLedStrip } from './led-strip.js';

/** What these replays permit: the hosts of the captures are phones, with a bring-up, addresses and a policy of their own. */
const always: readonly DivergenceKind[] = [
  'ignored command',
  'synthesised answer',
  'own parameter',
  'own address',
  'event not asked for',
];

/** Plays a capture at a device that does what `body` says, to its end, and prints every use of what is permitted. */
async function play(
  played: Replay,
  body: (device: Device) => Promise<void>,
  options: Partial<DeviceOptions> = {},
): Promise<ReplayReport> {
  const { clock, random } = played;
  const device = await played.run(Device.open({ transport: played, clock, random, ...options }));
  await played.run(body(device));
  const report = await played.end();
  await played.run(device.close());
  console.log(`${played.name}: ${report}`);
  return report;
}

/** Reads the first value of a type (Core Vol 3, Part G, 4.8.2): one request, where the client would look for more. */
async function readFirst({ gatt }: Connection, type: number): Promise<void> {
  const request = frameOf(Uint8Array.of(0x08, 0x01, 0x00, 0xff, 0xff, type & 0xff, type >> 8));
  await gatt.bearer.request(request, 1, 0x09, () => {});
}

/** Discovers everything, but nothing in services of one attribute: they have room for none. */
async function discoverAsAndroid({ gatt }: Connection): Promise<void> {
  for (const service of await gatt.discoverServices()) {
    if (service.startHandle === service.endHandle) continue;
    await service.discoverIncludedServices();
    for (const one of await service.discoverCharacteristics()) await one.discoverDescriptors();
  }
}

/** Resolves when the link is gone. */
function gone(link: Connection): Promise<void> {
  return new Promise((resolve) => link.once('disconnected', () => resolve()));
}

describeWithShared('a capture of a phone drives this host from Reset to the last ATT PDU', () => {
  it('01: an LED strip: discovery, two subscriptions, the MTU, a description, commands to its light', async () => {
    const played = replay(sharedCapture('01-idealled-legacy-connect'), {
      name: '01',
      until: 'last ATT PDU',
      permit: [...always, 'connection parameters', 'order'],
    });
    const values: Uint8Array[] = [];
    const body = (device: Device) => useLedStrip(device, played, (value) => void values.push(value));
    const report = await play(played, body, { mtu: 512 });
    expect(report.complete).toBe(true);
    expect(values).toHaveLength(8);
  });

  it('02: a treadmill: faster and slower connection parameters, discovery, a subscription, 261 writes', async () => {
    const capture = '02-horizon-treadmill-legacy';
    const played = replay(sharedCapture(capture), {
      name: '02',
      until: 'last ATT PDU',
      permit: [...always, 'connection parameters', 'order', 'legacy for extended'],
    });
    let calls = 0;
    const body = async (device: Device) => {
      let scan = await scanTwice(
        device,
        { intervalMs: 11.25, windowMs: 11.25 },
        { intervalMs: 4095.625, windowMs: 4095.625 },
      );
      await played.reached(145);
      await scan.stop();
      scan = await scanTwice(
        device,
        { intervalMs: 4095.625, windowMs: 4095.625 },
        { intervalMs: 4095.625, windowMs: 4095.625 },
      );
      await played.reached(509);
      const link = await device.connect('FA:E4:E3:24:20:09/random', {
        exchangeMtu: false,
        scanIntervalMs: 60,
        scanWindowMs: 30,
      });
      const discovered = link.gatt.discoverAll();
      await link.updateParameters({ intervalMinMs: 7.5, intervalMaxMs: 7.5, supervisionTimeoutMs: 5000 });
      await discovered;
      await link.updateParameters({ intervalMinMs: 30, intervalMaxMs: 30, supervisionTimeoutMs: 5000 });
      calls = await makeCalls(played, link, capture, [730, 2572]);
    };
    const report = await play(played, body);
    expect(report.complete).toBe(true);
    expect(calls).toBe(261);
  });

  it('03: two sensors at once: two clients each, indications, a long write; 20 minutes of notifications', async () => {
    const capture = '03-pongbot-extended';
    const played = replay(sharedCapture(capture), {
      name: '03',
      until: 'last ATT PDU',
      // The captured host initiated on all PHYs at once; by legacy commands it is LE 1M. It scanned on and on, and tried to connect to others as well: among them to a bonded peer, whose link is
      // encrypted (from frame 662 on).
      ignore: {
        opcodes: [0x2041, 0x2042],
        frames: [161, 227, 249, 255, 385, 654, 851, 872, 1085, 1092, 1658, 1665],
      },
      permit: [
        ...always,
        'connection parameters',
        'order',
        'legacy for extended',
        'direct connection',
        'other link',
      ],
    });
    const body = async (device: Device) => {
      const one = await device.connect('5C:B2:60:06:49:73/public', {
        exchangeMtu: false,
        scanIntervalMs: 60,
        scanWindowMs: 30,
      });
      const first = run(one, [465, 1739]);
      first.catch(() => {});
      const other = await device.connect('74:B8:39:DF:CE:4A/public', {
        exchangeMtu: false,
        scanIntervalMs: 60,
        scanWindowMs: 30,
      });
      await Promise.all([first, run(other, [501, 1739])]);
    };
    const run = async (link: Connection, frames: readonly [number, number]) => {
      // The phone itself reads name and appearance while the app discovers.
      const phone = readFirst(link, 0x2a00).then(() => readFirst(link, 0x2a01));
      await Promise.all([phone, discoverAsAndroid(link)]);
      if (link.peer.toString() === '74:B8:39:DF:CE:4A/public') await link.gatt.exchangeMtu();
      await makeCalls(played, link, capture, frames);
    };
    const report = await play(played, body, { mtu: 517, advertisingCommands: 'legacy' });
    expect(report.complete).toBe(true);
    expect(report.simulatedMs).toBeGreaterThan(1_190_000);
  });

  it('04: an adapter that sends: 3071 commands and 758 reads, a lost link, and a second one', async () => {
    const capture = '04-btsnooper-extadv-throughput';
    const played = replay(sharedCapture(capture), {
      name: '04',
      until: 'last ATT PDU',
      permit: [...always, 'connection parameters', 'order', 'other link'],
    });
    const dropped = new Set<string>();
    const peer = 'D8:0B:CB:62:5C:2B/public';
    const slow = { intervalMs: 5000, windowMs: 500 };
    const how = { exchangeMtu: false, scanIntervalMs: 60, scanWindowMs: 30 };
    let calls = 0;
    let stray = 0;
    const body = async (device: Device) => {
      device.on('diagnostic', ({ message, connectionHandle }) => {
        if (connectionHandle === 0xedc) dropped.add(message);
      });
      const fast = { intervalMs: 11.25, windowMs: 11.25 };
      // The app looks for its adapter four times, from one packet to another.
      for (const [from, to, first] of [
        [148, 160, fast],
        [170, 193, slow],
        [219, 450, slow],
      ] as const) {
        await played.reached(from);
        const scan = await scanTwice(device, first, slow);
        await played.reached(to);
        await scan.stop();
      }
      await played.reached(454);
      const link = await device.connect(peer, how);
      await link.gatt.discoverAll();
      // The last of them is not answered: the link is lost.
      const asked = makeCalls(played, link, capture, [583, 6708]);
      await gone(link);
      calls = await asked.catch(() => 0);
      expect(link.disconnectReason?.reason).toBe(0x08);
      await played.reached(6720);
      const scan = await scanTwice(device, slow, slow);
      await played.reached(6982);
      await scan.stop();
      await played.reached(6986);
      const again = await device.connect(peer, how);
      await again.gatt.discoverAll();
      calls += await makeCalls(played, again, capture, [7117, 7250]);
      stray = device.host.acl.strayPackets;
    };
    const report = await play(played, body);
    expect(report.complete).toBe(true);
    expect(calls).toBe(758 + 3071 + 5);
    // What the controller's maker traces comes on a handle that is no link: 65 of its 92 packets up to here.
    expect([...dropped]).toEqual(['ACL data for a handle without connection (handle 0x0EDC)']);
    expect(stray).toBe(65);
  });

  it('07: a bracelet: LE legacy pairing by Just Works from a private address, keys both ways, encrypted discovery', async () => {
    const played = replay(sharedCapture('07-miband2-legacy-pairing'), {
      name: '07',
      until: 'last ATT PDU',
      // It was scanning already, and went on; an attempt to connect before this one was cancelled.
      ignore: { opcodes: [0x200b, 0x200c], frames: [11824, 12804] },
      permit: [...always, 'connection parameters', 'other link'],
    });
    let security: LinkSecurity | undefined;
    const body = async (device: Device) => {
      await played.reached(13713);
      const link = await device.connect('CE:5D:95:7B:30:53/random', {
        exchangeMtu: false,
        scanIntervalMs: 60,
        scanWindowMs: 30,
      });
      await link.pair();
      security = link.security;
      await discoverAsAndroid(link);
    };
    // What its Pairing Request says: KeyboardDisplay, MITM, CT2, no Secure Connections.
    const delegate = { displayPasskey: () => {}, enterPasskey: () => undefined, compare: () => false };
    const report = await play(played, body, {
      security: { delegate, secureConnections: 'never', ct2: true, bonds: null },
    });
    expect(report.complete).toBe(true);
    expect(security).toEqual({ level: 2, keySize: 16, bonded: true });
  });
});
