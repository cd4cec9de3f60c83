import { describe, expect, it } from 'vitest';
import { characteristic, service } from '../../src/gatt/index.js';
import type { ChannelServerOptions, CreditChannel } from '../../src/l2cap/index.js';
import { World } from '../support/world.js';
import { link, opened } from './support.js';

const MEGABYTE = 1 << 20;

/** Two devices on the virtual air, a link between them, and a channel on it. */
async function connected(intervalMs: number, options: ChannelServerOptions = {}) {
  const world = new World();
  const central = await world.device({ name: 'central' });
  const peripheral = await world.device({ name: 'peripheral' });
  const value = characteristic(0x2a19, { read: true, value: Uint8Array.of(42) });
  peripheral.server.add(service(0x180f, { value }));
  const arrived = new Promise<CreditChannel>((resolve) =>
    peripheral.listen(resolve, { spsm: 0x80, mtu: 65535, credits: 128, ...options }),
  );
  await world.run(peripheral.startAdvertising({ data: { flags: 6 } }));
  const parameters = { intervalMinMs: intervalMs, intervalMaxMs: intervalMs, supervisionTimeoutMs: 4000 };
  const connection = await world.run(central.connect(peripheral.address, { parameters }));
  // Until the data length has been agreed on.
  await world.clock.advance(1000);
  const mine = await world.run(connection.openChannel(0x80, { mtu: 65535, credits: 128 }));
  const theirs = await world.run(arrived);
  const close = () => world.run(Promise.all([central.close(), peripheral.close()]));
  return { world, connection, mine, theirs, close };
}

/** Sends a megabyte of SDUs; resolves when the controller has all of it. */
async function sendMegabyte(channel: CreditChannel): Promise<void> {
  const data = Uint8Array.from({ length: MEGABYTE }, (_, i) => (i * 7 + (i >> 8)) & 255);
  const size = 1 << 15;
  for (let at = 0; at < MEGABYTE; at += size) await channel.send(data.subarray(at, at + size));
}

/** Simulated milliseconds that `work` takes. */
async function timed(world: World, work: () => Promise<unknown>): Promise<number> {
  const from = world.clock.now();
  await world.run(work());
  return world.clock.now() - from;
}

/**
 * Milliseconds that a megabyte takes on the LE 1M PHY when the link is never idle (Core Vol 6, Part B, 2.4 and 4.1): SDUs of
 * 32 KiB in K-frames of 1000 octets, each with its header in four Data PDUs of 251, each behind T_IFS and answered by an empty one.
 */
function onTheAir(): number {
  const pdu = (octets: number) => (1 + 4 + 2 + octets + 3) * 8;
  const pair = (octets: number) => pdu(octets) + 150 + pdu(0) + 150;
  const lastFrame = (1 << 15) + 2 - 32 * 1000;
  const sdu = 32 * 4 * pair(251) + 3 * pair(251) + pair(lastFrame + 4 - 3 * 251);
  return (sdu * 32) / 1000;
}

describe('a megabyte through a channel', () => {
  it.each([7.5, 50, 200])('at a connection interval of %d ms takes what the air takes', async (interval) => {
    const { world, mine, theirs, close } = await connected(interval);
    let received = 0;
    let wrong = 0;
    const all = new Promise<void>((resolve) =>
      theirs.onSdu((sdu) => {
        for (let i = 0; i < sdu.length; i += 997) {
          const at = received + i;
          if (sdu[i] !== ((at * 7 + (at >> 8)) & 255)) wrong++;
        }
        received += sdu.length;
        if (received === MEGABYTE) resolve();
      }),
    );
    const took = await timed(world, () => Promise.all([sendMegabyte(mine), all]));
    expect({ received, wrong }).toEqual({ received: MEGABYTE, wrong: 0 });
    expect(took / onTheAir()).toBeGreaterThan(0.999);
    expect(took / onTheAir()).toBeLessThan(1.04);
    await close();
  });

  it('goes both ways at once', async () => {
    const { world, mine, theirs, close } = await connected(15);
    const received = [0, 0];
    mine.onSdu((sdu) => void (received[0]! += sdu.length));
    theirs.onSdu((sdu) => void (received[1]! += sdu.length));
    await world.run(Promise.all([sendMegabyte(mine), sendMegabyte(theirs)]));
    await world.clock.advance(1000);
    expect(received).toEqual([MEGABYTE, MEGABYTE]);
    await close();
  });

  it('waits for a reader who takes his time, and keeps no more than the window of it', async () => {
    const { world, mine, theirs, close } = await connected(7.5, { credits: 16, mps: 500, mtu: 1000 });
    let sent = 0;
    const sending = (async () => {
      for (; sent < 500; sent++) await mine.send(new Uint8Array(1000));
    })();
    await world.clock.advance(20_000);
    // 16 frames of 500 octets are not eight SDUs: each has a length field, and three frames.
    expect(theirs.receiver.unread).toBeLessThanOrEqual(16);
    expect(sent).toBeLessThan(20);
    let read = 0;
    theirs.onSdu(() => void read++);
    await world.run(sending);
    await world.clock.advance(1000);
    expect(read).toBe(500);
    await close();
  });
});

describe('what a channel with a megabyte to send leaves to others', () => {
  it.each(['to the server', 'to the client'])(
    'is the answer to an ATT request, while it sends %s',
    async (way) => {
      const { world, connection, mine, theirs, close } = await connected(7.5);
      const services = await world.run(connection.gatt.discoverServices('180f'));
      const [value] = await world.run(services[0]!.discoverCharacteristics());
      const idle = await timed(world, () => value!.read());
      mine.onSdu(() => {});
      theirs.onSdu(() => {});
      const sending = sendMegabyte(way === 'to the server' ? mine : theirs);
      await world.clock.advance(500);
      const waits: number[] = [];
      for (let i = 0; i < 20; i++) waits.push(await timed(world, () => value!.read()));
      // Before it are what the controller has, eight packets, and a frame of the channel: ten times what one packet takes.
      expect(Math.max(...waits)).toBeLessThan(idle + 60);
      await world.run(sending);
      await close();
    },
  );
});

describe('packets of a channel', () => {
  it('are at the controller as many as it has buffers for, all the time', async () => {
    const test = link('central', { buffers: { length: 251, count: 8 } });
    const channel = await opened(test, 0x0050, { peerMtu: 65535, peerMps: 1000, peerCredits: 1000 });
    test.complete(1);
    test.frames.length = 0;
    channel.send(new Uint8Array(60_000)).catch(() => {});
    expect(test.frames.length).toBe(8);
    for (let completed = 0; completed < 200; ) {
      const count = 1 + (completed % 5);
      test.complete(count);
      completed += count;
      expect(test.frames.length).toBe(8 + completed);
    }
  });
});
