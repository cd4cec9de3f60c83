import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../src/core/index.js';
import { type Connection, Device } from '../../src/gap/index.js';
import { characteristic, openDatabase, service } from '../../src/gatt/index.js';
import type { Child } from './support/child.js';
import { airControllers, btvirtControllers, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const PEER = 'F2:00:5E:00:53:C2';
const MINE = 'C2:00:5E:00:53:C1';

let device: Device | undefined;

/** A device of bluewire with enhanced bearers on one controller, Bumble's host on the other. */
async function both(controllers: typeof airControllers): Promise<{ host: Device; bumble: Child }> {
  const [mine, theirs] = await controllers(2);
  const bumble = peer('eatt', theirs!.bumble);
  await bumble.event('ready');
  const host = await Device.open({
    transport: mine!.port,
    address: MINE,
    eatt: true,
    security: { bonds: null },
  });
  device = host;
  return { host, bumble };
}

/** A value that came to Bumble: a notification or an indication, of a handle, on a bearer; the link's own is the last. */
type Came = readonly [kind: 'n' | 'i', handle: number, octets: string, bearer: number];

/** Resolves when Bumble has so many values on all its bearers together, and gives them in their order. */
async function arrived(bumble: Child, count: number): Promise<Came[]> {
  for (;;) {
    const got = await bumble.call<Came[]>('values');
    if (got.length >= count) return got;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

for (const [place, controllers, need] of [
  ['bluewire air', airControllers, 'bluewire'],
  ['btvirt', btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(`enhanced ATT bearers with Bumble's host, on ${place}`, ['bumble', need], () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it("as a client: opens three to Bumble's server; reads, writes and values go over them", async () => {
      const { host, bumble } = await both(controllers);
      await bumble.call('advertise');
      const link = await host.connect(`${PEER}/random`, { exchangeMtu: false });
      await bumble.event('connected');
      expect(await link.openEatt({ count: 3, mtu: 100 })).toBe(3);
      expect(link.security.level).toBeGreaterThan(1);
      expect(link.l2cap.creditChannels.map(({ spsm, mode, localMtu }) => [spsm, mode, localMtu])).toEqual(
        Array(3).fill([0x27, 'enhancedCreditBased', 100]),
      );
      const { value, told } = (await bumble.call('handle')) as { value: number; told: number };
      const whole = toHex(Uint8Array.from({ length: 40 }, (_, i) => i));
      const values = await Promise.all(Array.from({ length: 12 }, () => link.gatt.readLong(value)));
      expect(values.map((one) => toHex(one))).toEqual(Array(12).fill(whole));
      const database = await openDatabase(link.gatt, { eatt: true });
      await Promise.all([
        link.gatt.write(value, Uint8Array.of(1, 2, 3)),
        ...database.services.map((one) => link.gatt.read(one.startHandle)),
      ]);
      expect(toHex(await link.gatt.read(value))).toBe('010203');

      const characteristic = database.services
        .flatMap((one) => one.characteristics ?? [])
        .find((one) => one.valueHandle === told)!;
      const got: string[] = [];
      await characteristic.subscribe((octets, indication) => void got.push(`${indication} ${toHex(octets)}`));
      for (let i = 0; i < 20; i++) await bumble.call('tell', { value: toHex(Uint8Array.of(i)) });
      await expect.poll(() => got.length).toBe(20);
      expect(got).toEqual(Array.from({ length: 20 }, (_, i) => `false ${toHex(Uint8Array.of(i))}`));
    });

    it('as a client: takes indications on each bearer at once, and confirms each where it came (Vol 3, Part F, 3.3.2)', async () => {
      const { host, bumble } = await both(controllers);
      await bumble.call('advertise');
      const link = await host.connect(`${PEER}/random`);
      await bumble.event('connected');
      expect(await link.openEatt({ count: 3 })).toBe(3);
      const { told } = await bumble.call<{ told: number }>('handle');
      const got: string[] = [];
      link.gatt.subscriptions.onUnexpected = (handle, value, indication) => {
        if (handle === told) got.push(`${indication} ${toHex(value)}`);
      };
      const bearers = [0, 1, 2];
      const octets = (i: number, bearer: number) => toHex(Uint8Array.of(i, bearer));
      for (let i = 0; i < 20; i++) {
        // Bumble waits for the confirmation on the bearer of each.
        await Promise.all(
          bearers.map((bearer) =>
            bumble.call('tell_on', { bearer, value: octets(i, bearer), indicate: true }),
          ),
        );
        await bumble.call('tell_on', { bearer: i % 3, value: 'aa' });
      }
      await expect.poll(() => got.length).toBe(80);
      for (const bearer of bearers) {
        const ofOne = got.filter((one) => one.startsWith('true') && one.endsWith(`0${bearer}`));
        expect(ofOne).toEqual(Array.from({ length: 20 }, (_, i) => `true ${octets(i, bearer)}`));
      }
      expect(got.filter((one) => one === 'false aa')).toHaveLength(20);
    });

    it('both sides open bearers at the same time, and have those of both (Vol 3, Part G, 5.4)', async () => {
      const { host, bumble } = await both(controllers);
      const { value } = host.server.add(
        service(0xb0b0, { value: characteristic(0xb0b1, { read: true, value: Uint8Array.of(1, 2, 3) }) }),
      ).characteristics;
      await bumble.call('advertise');
      const link = await host.connect(`${PEER}/random`);
      await bumble.event('connected');
      await link.pair();
      const [mine, theirs] = await Promise.all([
        link.openEatt({ count: 3 }),
        bumble.call('open', { count: 2 }),
      ]);
      expect([mine, theirs]).toEqual([3, { bearers: 2 }]);
      await expect.poll(() => link.served.enhancedBearers).toBe(5);
      expect(await bumble.call('read_all', { handle: value.valueHandle })).toEqual(['010203', '010203']);
      const { value: other } = await bumble.call<{ value: number }>('handle');
      const reads = await Promise.all(Array.from({ length: 12 }, () => link.gatt.read(other)));
      expect(reads.map((one) => one.length)).toEqual(Array(12).fill(40));
    });

    it('as a server: indicates on all bearers at once, each attribute in its order, until Bumble confirms', async () => {
      const { host, bumble } = await both(controllers);
      const indicated = { indicate: true };
      const { a, b, c, d } = host.server.add(
        service(0xb0b0, {
          a: characteristic(0xb0b1, indicated),
          b: characteristic(0xb0b2, indicated),
          c: characteristic(0xb0b3, indicated),
          d: characteristic(0xb0b4, indicated),
        }),
      ).characteristics;
      await host.startAdvertising({ data: { flags: 6 } });
      const arrives = new Promise<Connection>((resolve) => host.once('connection', resolve));
      await bumble.call('connect', { address: MINE });
      await arrives;
      await bumble.call('pair');
      expect(await bumble.call('open', { count: 3 })).toEqual({ bearers: 3 });
      await bumble.call('collect');
      const features = [...host.server.database.inRange(1, 0xffff)].find(
        ({ type }) => type.short === 0x2b29,
      )!;
      await bumble.call('write', { bearer: 0, handle: features.handle, value: '02' });
      const all = [a, b, c, d];
      for (const { valueHandle } of all)
        await bumble.call('write', { bearer: 1, handle: valueHandle + 1, value: '0200' });
      await Promise.all(
        all.map(async (one) => {
          for (let i = 0; i < 20; i++) await one.indicate(Uint8Array.of(i));
        }),
      );
      const got = await arrived(bumble, 80);
      expect(new Set(got.map(([, , , bearer]) => bearer))).toEqual(new Set([0, 1, 2, 3]));
      for (const { valueHandle } of all) {
        const ofOne = got.filter(([kind, handle]) => kind === 'i' && handle === valueHandle);
        expect(ofOne.map(([, , octets]) => octets)).toEqual(
          Array.from({ length: 20 }, (_, i) => toHex(Uint8Array.of(i))),
        );
      }
    });

    it('as a server: gives a bonded client that comes again what it had, on bearers that it opens then', async () => {
      const { host, bumble } = await both(controllers);
      const { told, also } = host.server.add(
        service(0xb0b0, {
          told: characteristic(0xb0b2, { notify: true }),
          also: characteristic(0xb0b4, { indicate: true }),
        }),
      ).characteristics;
      const meet = async () => {
        const arrives = new Promise<Connection>((resolve) => host.once('connection', resolve));
        await host.startAdvertising({ data: { flags: 6 } });
        await bumble.call('connect', { address: MINE });
        return arrives;
      };
      const first = await meet();
      await bumble.call('pair');
      await bumble.call('open', { count: 2 });
      const features = [...host.server.database.inRange(1, 0xffff)].find(
        ({ type }) => type.short === 0x2b29,
      )!;
      await bumble.call('write', { bearer: 0, handle: features.handle, value: '02' });
      await bumble.call('write', { bearer: 0, handle: told.valueHandle + 1, value: '0100' });
      await bumble.call('write', { bearer: 1, handle: also.valueHandle + 1, value: '0200' });
      const { state } = first.served;
      await bumble.call('disconnect');
      await expect.poll(() => first.isConnected).toBe(false);

      const second = await meet();
      await bumble.call('encrypt');
      await expect.poll(() => second.served.state.configurations).toEqual(state.configurations);
      expect(await bumble.call('open', { count: 2, mtu: 128 })).toEqual({ bearers: 2 });
      await bumble.call('collect');
      await told.notify(new Uint8Array(100));
      await Promise.all([also.indicate(Uint8Array.of(1)), also.indicate(Uint8Array.of(2))]);
      const got = await arrived(bumble, 3);
      // What is too long for the link's own bearer came on one of the others.
      const [notification] = got.filter(([kind]) => kind === 'n');
      expect(notification).toEqual(['n', told.valueHandle, '00'.repeat(100), expect.toBeOneOf([0, 1])]);
      const indications = got.filter(([kind]) => kind === 'i');
      expect(indications.map(([, , octets]) => octets)).toEqual(['01', '02']);
    });

    it("as a server: refuses Bumble's client without encryption, serves it on three bearers with", async () => {
      const { host, bumble } = await both(controllers);
      const written: string[] = [];
      const { value, told, also, long } = host.server.add(
        service(0xb0b0, {
          value: characteristic(0xb0b1, {
            read: true,
            write: true,
            value: new Uint8Array(60).fill(0x5a),
            onWrite: (octets) => void written.push(toHex(octets)),
          }),
          told: characteristic(0xb0b2, { notify: true, indicate: true }),
          also: characteristic(0xb0b4, { indicate: true }),
          long: characteristic(0xb0b3, { read: true, value: new Uint8Array(300).fill(0xa5) }),
        }),
      ).characteristics;
      await host.startAdvertising({ data: { flags: 6 } });
      const arrives = new Promise<Connection>((resolve) => host.once('connection', resolve));
      await bumble.call('connect', { address: MINE });
      const link = await arrives;
      expect(await bumble.call('open', { count: 2 })).toMatchObject({ refused: expect.stringMatching(/./) });
      expect(link.l2cap.creditChannels).toEqual([]);

      await bumble.call('pair');
      expect(await bumble.call('open', { count: 3, mtu: 128 })).toEqual({ bearers: 3 });
      expect(link.l2cap.creditChannels).toHaveLength(3);
      const whole = '5a'.repeat(60);
      expect(await bumble.call('read_all', { handle: value.valueHandle })).toEqual([whole, whole, whole]);
      expect(await bumble.call('read', { bearer: 1, handle: long.valueHandle })).toBe('a5'.repeat(127));
      await bumble.call('write', { bearer: 2, handle: value.valueHandle, value: 'c0ffee' });
      expect(written).toEqual(['c0ffee']);

      // Client Supported Features: it takes values on enhanced bearers.
      await bumble.call('collect');
      const features = [...host.server.database.inRange(1, 0xffff)].find(
        ({ type }) => type.short === 0x2b29,
      )!.handle;
      await bumble.call('write', { bearer: 0, handle: features, value: '02' });
      await bumble.call('write', { bearer: 1, handle: told.valueHandle + 1, value: '0300' });
      await bumble.call('write', { bearer: 1, handle: also.valueHandle + 1, value: '0200' });
      for (let i = 0; i < 20; i++) await told.notify(new Uint8Array(100).fill(i));
      // Two at once: one on the link's own bearer, where Bumble confirms by itself, and one on an enhanced bearer.
      await Promise.all([told.indicate(Uint8Array.of(0xff)), also.indicate(Uint8Array.of(0xfe))]);
      const got = await arrived(bumble, 22);
      const indications = got.filter(([kind]) => kind === 'i').sort(([, a], [, b]) => a - b);
      expect(indications.map(([, handle, octets]) => [handle, octets])).toEqual([
        [told.valueHandle, 'ff'],
        [also.valueHandle, 'fe'],
      ]);
      expect(new Set(indications.map(([, , , bearer]) => bearer))).toHaveLength(2);
      const notified = got.filter(([kind]) => kind === 'n').map(([, , octets]) => octets);
      expect(notified).toEqual(Array.from({ length: 20 }, (_, i) => toHex(new Uint8Array(100).fill(i))));

      await bumble.call('close', { bearer: 0 });
      await expect.poll(() => link.l2cap.creditChannels.length).toBe(2);
      expect(await bumble.call('read', { bearer: 1, handle: value.valueHandle })).toBe('c0ffee');
      expect(link.isConnected).toBe(true);
    });
  });
}
