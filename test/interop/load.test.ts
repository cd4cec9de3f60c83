import { createHash } from 'node:crypto';
import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../src/core/index.js';
import { type Connection, Device } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import type { Child } from './support/child.js';
import { airControllers, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const PEERS = 20;
const MEGABYTE = 1 << 20;

let device: Device | undefined;

const addressOf = (n: number) => `F2:00:5E:00:54:${n.toString(16).padStart(2, '0').toUpperCase()}`;
/** The octets that a peer sends, by their position: as crowd.py has them. */
const sample = (octets: number) => Uint8Array.from({ length: octets }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
const sha256 = (octets: Uint8Array) => createHash('sha256').update(octets).digest('hex');

interface Handles {
  readonly value: number;
  readonly told: number;
}

/** A central of bluewire, linked to so many Bumble peripherals. */
async function crowd(count: number) {
  const [mine, ...theirs] = await airControllers(count + 1);
  const bumble: Child = peer('crowd', 'none');
  await bumble.event('ready');
  const host = await Device.open({ transport: mine!.port, address: 'C2:00:5E:00:54:C1' });
  device = host;
  const links: Connection[] = [];
  const handles: Handles[] = [];
  for (const [n, { bumble: transport }] of theirs.entries()) {
    handles.push((await bumble.call('add', { transport, address: addressOf(n) })) as Handles);
    links.push(await host.connect(`${addressOf(n)}/random`));
  }
  return { host, bumble, links, handles };
}

/** Writes the Client Characteristic Configuration behind a value. */
const configure = (link: Connection, { told }: Handles, bits: number) =>
  link.gatt.write(told + 1, Uint8Array.of(bits, 0));

describeInterop("load, with Bumble's hosts on bluewire air", ['bumble', 'bluewire'], () => {
  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  it(`holds ${PEERS} links at once: each reads, and takes indications that all peers send together`, async () => {
    const { host, bumble, links, handles } = await crowd(PEERS);
    expect(host.connections).toHaveLength(PEERS);
    const values = await Promise.all(links.map((link, n) => link.gatt.read(handles[n]!.value)));
    expect(values.map(([octet]) => octet)).toEqual(Array.from({ length: PEERS }, (_, n) => n));

    const got: number[][] = links.map(() => []);
    links.forEach((link, n) => {
      link.gatt.subscriptions.onUnexpected = (_handle, value, indication) => {
        if (indication) got[n]!.push(value[0]! | (value[1]! << 8));
      };
    });
    await Promise.all(links.map((link, n) => configure(link, handles[n]!, 2)));
    expect(await bumble.call('indicate_all', { count: 25 })).toEqual(Array(PEERS).fill(25));
    const all = Array.from({ length: 25 }, (_, i) => i);
    expect(got).toEqual(Array(PEERS).fill(all));
    expect(host.connections).toHaveLength(PEERS);
  });

  it(`is a peripheral with ${PEERS} links at once: each is served, and told everything, while all read`, async () => {
    const [mine, ...theirs] = await airControllers(PEERS + 1);
    const bumble: Child = peer('crowd', 'none');
    await bumble.event('ready');
    const host = await Device.open({ transport: mine!.port, address: 'C2:00:5E:00:54:C1' });
    device = host;
    const { value, told, also } = host.server.add(
      service(0xb0b0, {
        // Each central reads something else: the last octet of its own address.
        value: characteristic(0xb0b1, {
          read: true,
          onRead: (client) => Uint8Array.of((client.context as Connection).peer.bd.wire[0]!),
        }),
        told: characteristic(0xb0b2, { notify: true }),
        also: characteristic(0xb0b3, { indicate: true }),
      }),
    ).characteristics;
    const own = Array.from({ length: PEERS }, (_, n) => toHex(Uint8Array.of(n)));
    await host.startAdvertising({ data: { flags: 6 }, intervalMinMs: 30, restart: 'always' });
    for (const [n, { bumble: transport }] of theirs.entries())
      await bumble.call('join', { transport, address: addressOf(n), peer: 'C2:00:5E:00:54:C1' });
    await expect.poll(() => host.connections.length).toBe(PEERS);
    expect(new Set(host.connections.map(({ peer: { bd } }) => bd.toString()))).toHaveLength(PEERS);
    expect(host.connections.map(({ role }) => role)).toEqual(Array(PEERS).fill('peripheral'));
    expect(await bumble.call('read_all', { handle: value.valueHandle })).toEqual(own.map((one) => [one]));

    await bumble.call('write_all', { handle: told.valueHandle + 1, value: '0100' });
    await bumble.call('write_all', { handle: also.valueHandle + 1, value: '0200' });
    const numbers = (count: number) => Array.from({ length: count }, (_, i) => Uint8Array.of(i, i >> 8));
    const notify = async () => {
      for (const number of numbers(100)) await told.notify(number);
    };
    const indicate = async () => {
      for (const number of numbers(25)) await also.indicate(number);
    };
    const [reads] = await Promise.all([
      bumble.call('read_all', { handle: value.valueHandle, times: 20 }),
      notify(),
      indicate(),
    ]);
    expect(reads).toEqual(own.map((one) => Array(20).fill(one)));
    const everything = {
      notifications: numbers(100).map((one) => toHex(one)),
      indications: numbers(25).map((one) => toHex(one)),
    };
    await expect.poll(() => bumble.call('heard'), { timeout: 10_000 }).toEqual(Array(PEERS).fill(everything));

    // One goes: the others are still served.
    await bumble.call('leave', { device: 7 });
    await expect.poll(() => host.connections.length).toBe(PEERS - 1);
    await also.indicate(Uint8Array.of(0xff));
    const heard = await bumble.call<{ indications: string[] }[]>('heard');
    expect(heard.filter(({ indications }) => indications.at(-1) === 'ff')).toHaveLength(PEERS - 1);
  });

  it('takes 1 MB of notifications without loss', async () => {
    const { bumble, links, handles } = await crowd(1);
    const link = links[0]!;
    const all = new Uint8Array(MEGABYTE);
    let at = 0;
    let arrived = () => {};
    const whole = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    link.gatt.subscriptions.onUnexpected = (_handle, value) => {
      all.set(value, at);
      at += value.length;
      if (at >= MEGABYTE) arrived();
    };
    await configure(link, handles[0]!, 1);
    await bumble.call('notify', { device: 0, octets: MEGABYTE, size: Math.min(link.mtu - 3, 244) });
    await whole;
    expect(at).toBe(MEGABYTE);
    expect(sha256(all)).toBe(sha256(sample(MEGABYTE)));
  });
});
