import { createHash } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { type Connection, Device } from '../../src/gap/index.js';
import type { CreditChannel } from '../../src/l2cap/index.js';
import type { Child } from './support/child.js';
import {
  bluewire,
  btvirtControllers,
  bumbleControllers,
  type ControllerPort,
  peer,
} from './support/peers.js';
import { describeInterop } from './support/present.js';

const PEER = 'F2:00:5E:00:53:C0';
const SPSM = 0x0081;
const MEGABYTE = 1 << 20;

/** Virtual controllers that `bluewire air` serves on TCP. */
async function airControllers(count: number): Promise<ControllerPort[]> {
  const process = bluewire('air', '--json', '--controllers', String(count), '--listen', 'tcp:127.0.0.1:0');
  const ports: ControllerPort[] = [];
  for (let controller = 1; controller <= count; controller++) {
    const { port } = await process.next(
      (event) => event['event'] === 'listening' && event['controller'] === controller,
    );
    const text = String(port);
    ports.push({ port: text, bumble: text.replace(/^tcp:/, 'tcp-client:'), process });
  }
  return ports;
}

/** The octets that both ends send, by their position: as channels.py has them. */
const sample = (octets: number) => Uint8Array.from({ length: octets }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

/** Reads so many octets. */
async function take(channel: CreditChannel, octets: number): Promise<Uint8Array> {
  const all = new Uint8Array(octets);
  let at = 0;
  while (at < octets) {
    const sdu = await channel.read();
    if (sdu === undefined) break;
    all.set(sdu, at);
    at += sdu.length;
  }
  return all.subarray(0, at);
}

/** Resolves when the peer has so many octets of a channel, and gives what it says of them. */
async function arrived(bumble: Child, channel: unknown, octets: number) {
  for (;;) {
    const got = (await bumble.call('received', { channel })) as { octets: number; sha256: string };
    if (got.octets >= octets) return got;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

let device: Device | undefined;

/** A device of bluewire on one controller, Bumble's host on the other. */
async function both([mine, theirs]: ControllerPort[]): Promise<{ host: Device; bumble: Child }> {
  const bumble = peer('channels', theirs!.bumble);
  await bumble.event('ready');
  const host = await Device.open({ transport: mine!.port, address: 'C2:00:5E:00:53:C1' });
  device = host;
  return { host, bumble };
}

/** Both, with a link between them, of which bluewire is the central. */
async function linked(controllers: ControllerPort[]) {
  const { host, bumble } = await both(controllers);
  await bumble.call('advertise');
  const link = await host.connect(`${PEER}/random`);
  await bumble.event('connected');
  return { host, bumble, link };
}

const places = [
  ['the controllers of bluewire air', airControllers, 'bluewire', MEGABYTE],
  ["btvirt's controllers", btvirtControllers, 'btvirt', MEGABYTE],
  // They are slow: a megabyte each way would take minutes.
  [
    "Bumble's controllers",
    (count: number) => bumbleControllers(...Array(count).fill('tcp')),
    'bumble',
    1 << 16,
  ],
] as const;

for (const [place, controllers, need, octets] of places) {
  describeInterop(`channels with Bumble's host, on ${place}`, ['bumble', need], () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it(`opens one, sends and receives ${octets} octets, closes it; a refusal is told`, async () => {
      const { bumble, link } = await linked(await controllers(2));
      await bumble.call('listen', { spsm: SPSM, mtu: 2048, mps: 512, credits: 32 });
      const channel = await link.openChannel(SPSM, { mtu: 4096, mps: 247, credits: 40 });
      const { channel: theirs, mtu, mps } = await bumble.event('opened');
      expect({ mtu, mps }).toEqual({ mtu: 4096, mps: 247 });
      expect(channel).toMatchObject({ mtu: 2048, mps: 512, mode: 'leCreditBased' });

      const data = sample(octets);
      const sending = (async () => {
        for (let at = 0; at < octets; at += 2048) await channel.send(data.subarray(at, at + 2048));
      })();
      await sending;
      expect(await arrived(bumble, theirs, octets)).toMatchObject({ octets, sha256: sha256(data) });

      const [received] = await Promise.all([
        take(channel, octets),
        bumble.call('send', { channel: theirs, octets, size: 4000 }),
      ]);
      expect(sha256(received)).toBe(sha256(data));

      await channel.close();
      await bumble.event('closed');
      await expect(link.openChannel(0x00f1)).rejects.toMatchObject({ code: 'L2CAP_ERROR', reason: 2 });
    });

    it('opens several at once in enhanced mode, and uses them side by side', async () => {
      const { bumble, link } = await linked(await controllers(2));
      await bumble.call('listen', { spsm: SPSM, mtu: 1024, mps: 256, credits: 16 });
      const { channels, result } = await link.openChannels(SPSM, 3, { mtu: 1024, mps: 256, credits: 16 });
      expect(result).toBe(0);
      expect(channels).toHaveLength(3);
      const theirs: unknown[] = [];
      for (let i = 0; i < 3; i++) theirs.push((await bumble.event('opened'))['channel']);
      const data = sample(20_000);
      const send = async (channel: CreditChannel) => {
        for (let at = 0; at < data.length; at += 1000) await channel.send(data.subarray(at, at + 1000));
      };
      await Promise.all(channels.map(send));
      for (const one of theirs)
        expect(await arrived(bumble, one, data.length)).toMatchObject({ sha256: sha256(data), sdus: 20 });
      const back = channels.map((channel) => take(channel, 5000));
      for (const one of theirs) await bumble.call('send', { channel: one, octets: 5000, size: 900 });
      for (const one of back) expect(sha256(await one)).toBe(sha256(sample(5000)));
      for (const channel of channels) await channel.close();
    });

    it('serves what Bumble opens, in both modes, as the peripheral', async () => {
      const { host, bumble } = await both(await controllers(2));
      const channels: [CreditChannel, Connection][] = [];
      host.listen((channel, connection) => channels.push([channel, connection]), {
        spsm: SPSM,
        mtu: 1024,
        mps: 200,
        credits: 20,
      });
      await host.startAdvertising({ data: { flags: 6 } });
      await bumble.call('connect', { address: 'C2:00:5E:00:53:C1' });
      expect(await bumble.call('open', { spsm: SPSM, mtu: 700, mps: 120, credits: 9 })).toEqual({
        channel: 0,
        mtu: 1024,
        mps: 200,
      });
      expect(await bumble.call('open_several', { spsm: SPSM, count: 2 })).toEqual([1, 2]);
      expect(channels.map(([{ mode }]) => mode)).toEqual([
        'leCreditBased',
        'enhancedCreditBased',
        'enhancedCreditBased',
      ]);
      expect(channels[0]![1]).toBe(host.connections[0]);
      const data = sample(30_000);
      for (const [number, [channel]] of channels.entries()) {
        const receiving = take(channel, data.length);
        await bumble.call('send', { channel: number, octets: data.length, size: 1024 });
        expect(sha256(await receiving)).toBe(sha256(data));
        for (let at = 0; at < data.length; at += 500) await channel.send(data.subarray(at, at + 500));
        expect(await arrived(bumble, number, data.length)).toMatchObject({ sha256: sha256(data) });
      }
      const refused = bumble.call('open', { spsm: 0x00f1 });
      await expect(refused).rejects.toThrow(/SPSM|PSM/);
      await bumble.call('close', { channel: 0 });
      expect(channels[0]![0].isOpen).toBe(false);
      await bumble.call('disconnect');
    });
  });
}
