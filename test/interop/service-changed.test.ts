import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../src/core/index.js';
import { type Connection, Device, keepSession, MemoryBondStore } from '../../src/gap/index.js';
import { characteristic, GattSession, service } from '../../src/gatt/index.js';
import type { Child } from './support/child.js';
import { airControllers, btvirtControllers, patiently, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const OURS = 'C2:00:5E:00:53:D1';

/** What Bumble's client found. */
interface Found {
  readonly uuid: string;
  readonly handle: number;
  readonly end: number;
  readonly characteristics: readonly { readonly uuid: string; readonly handle: number }[];
}

let device: Device | undefined;

/** A service with one value to read, of its UUID and the next one. */
const valueService = (uuid: number, value: string) =>
  service(uuid, {
    value: characteristic(uuid + 1, { read: true, notify: true, value: Buffer.from(value, 'hex') }),
  });

/** The octets of a Service Changed value (Vol 3, Part G, 7.1). */
const range = (startHandle: number, endHandle: number) =>
  toHex(Uint8Array.of(startHandle & 0xff, startHandle >> 8, endHandle & 0xff, endHandle >> 8));

/** A device of bluewire that serves and advertises; Bumble's client beside it. */
async function serving(controllers: typeof airControllers): Promise<{ host: Device; bumble: Child }> {
  const [mine, theirs] = await controllers(2);
  const bumble = peer('service_changed', theirs!.bumble);
  await bumble.event('ready');
  const host = await Device.open({ transport: mine!.port, address: OURS, security: { bonds: null } });
  device = host;
  host.server.add(valueService(0xb100, '01'));
  return { host, bumble };
}

/** Makes a link from Bumble. */
async function connected(host: Device, bumble: Child): Promise<Connection> {
  const arrives = new Promise<Connection>((resolve) => host.once('connection', resolve));
  await host.startAdvertising({ data: { flags: 6 } });
  await bumble.call('connect', { address: OURS });
  await bumble.event('connected');
  return arrives;
}

/** The same, and discovers all. */
async function meet(host: Device, bumble: Child): Promise<{ link: Connection; found: readonly Found[] }> {
  return { link: await connected(host, bumble), found: await bumble.call<Found[]>('rediscover') };
}

const handleOf = (found: readonly Found[], uuid: string) =>
  found.flatMap(({ characteristics }) => characteristics).find((one) => one.uuid === uuid)?.handle;

/** Ends the link, from Bumble. */
async function part(bumble: Child, link: Connection): Promise<void> {
  await bumble.call('disconnect');
  await bumble.event('disconnected');
  await expect.poll(() => link.isConnected).toBe(false);
}

for (const [place, controllers, need] of [
  ['the controllers of bluewire air', airControllers, 'bluewire'],
  ["btvirt's controllers", btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(`a server that changes, and Bumble's client, on ${place}`, ['bumble', need], () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it('tells a client without a bond, if it asked, which handles changed (Vol 3, Part G, 7.1)', async () => {
      const { host, bumble } = await serving(controllers);
      const first = await meet(host, bumble);
      host.server.add(valueService(0xb200, '02'));
      // It had not asked; what it asks for now is what changed since it came.
      const changed = handleOf(first.found, '2A05')!;
      await bumble.call('subscribe', { handle: changed, indicate: true });
      const early = await bumble.event('indication');
      const again = await bumble.call<Found[]>('rediscover');
      const added = again.find(({ uuid }) => uuid === 'B200')!;
      expect(early).toMatchObject({ handle: changed, value: range(added.handle, added.end) });

      const second = host.server.add(valueService(0xb300, '030303'));
      const { startHandle, endHandle } = second;
      expect(startHandle).toBe(added.end + 1);
      expect(await bumble.event('indication')).toMatchObject({
        handle: changed,
        value: range(startHandle, endHandle),
      });
      const found = await bumble.call<Found[]>('rediscover');
      expect(found.find(({ uuid }) => uuid === 'B300')).toMatchObject({
        handle: startHandle,
        end: endHandle,
      });
      expect(await bumble.call('read', { handle: handleOf(found, 'B301') })).toBe('030303');

      // The first one was confirmed, or this would wait; and so for a service that goes.
      second.remove();
      expect(await bumble.event('indication')).toMatchObject({ value: range(startHandle, endHandle) });
      const last = await bumble.call<Found[]>('rediscover');
      expect(last.map(({ uuid }) => uuid)).toEqual(['1800', '1801', 'B100', 'B200']);
      await expect(bumble.call('read', { handle: second.characteristics.value.valueHandle })).rejects.toThrow(
        /INVALID_HANDLE/,
      );
      expect(bumble.take('indication')).toEqual([]);
      // Whoever comes without a bond knows nothing of before: it is told of nothing.
      await part(bumble, first.link);
      const { found: anew } = await meet(host, bumble);
      await bumble.call('subscribe', { handle: handleOf(anew, '2A05'), indicate: true });
      expect(await bumble.call('read', { handle: handleOf(anew, 'B201') })).toBe('02');
      expect(bumble.take('indication')).toEqual([]);
    });

    it('tells a bonded client that was away when it is encrypted again, once, and what it subscribed to (2.5.2, 3.3.3.3)', async () => {
      const { host, bumble } = await serving(controllers);
      const first = await meet(host, bumble);
      await bumble.call('pair');
      await bumble.event('paired');
      const changed = handleOf(first.found, '2A05')!;
      const value = handleOf(first.found, 'B101')!;
      await bumble.call('subscribe', { handle: changed, indicate: true });
      await bumble.call('subscribe', { handle: value });
      await expect.poll(() => host.bonds.list()[0]?.server.configurations.size).toBe(2);
      await expect.poll(() => host.bonds.list()[0]?.server.databaseHash?.length).toBe(16);
      await part(bumble, first.link);

      const going = host.server.add(valueService(0xb200, '02'));
      const staying = host.server.add(valueService(0xb300, '0303'));
      going.remove();
      const link = await connected(host, bumble);
      // Before it is encrypted it may be anybody.
      await bumble.call('read_by_uuid', { uuid: '2A00' });
      expect(bumble.take('indication')).toEqual([]);
      expect(link.served.isChangeAware).toBe(true);
      await bumble.call('encrypt');
      expect(await bumble.event('indication')).toMatchObject({
        handle: changed,
        value: range(going.startHandle, staying.endHandle),
      });
      const found = await bumble.call<Found[]>('rediscover');
      expect(await bumble.call('read', { handle: handleOf(found, 'B301') })).toBe('0303');
      const local = [...host.server.clients][0]!;
      expect(local.isChangeAware).toBe(true);
      await local.notify(value, Uint8Array.of(7));
      expect(await bumble.event('notification')).toMatchObject({ handle: value, value: '07' });

      // It knows now, and is not told again on the next link.
      await part(bumble, link);
      const third = await connected(host, bumble);
      await bumble.call('encrypt');
      await expect.poll(() => third.security.level).toBeGreaterThan(1);
      expect(await bumble.call('read', { handle: handleOf(found, 'B301') })).toBe('0303');
      expect(bumble.take('indication')).toEqual([]);
      // But of what comes, without having asked anew.
      staying.remove();
      expect(await bumble.event('indication')).toMatchObject({
        value: range(staying.startHandle, staying.endHandle),
      });
    });

    it('knows a bonded client in another run: all has changed for it, or nothing has (2.5.2, 7.1)', async () => {
      const [mine, theirs] = await controllers(2);
      const bumble = peer('service_changed', theirs!.bumble);
      await bumble.event('ready');
      const store = new MemoryBondStore();
      /** The program once more, with services of these UUIDs. */
      const run = async (...uuids: number[]) => {
        await device?.close();
        const options = { transport: mine!.port, address: OURS, security: { bonds: store } };
        const host = await patiently(() => Device.open(options));
        device = host;
        const served = uuids.map((uuid) => host.server.add(valueService(uuid, '01')));
        return { host, served };
      };
      const first = await run(0xb100);
      const { found, link } = await meet(first.host, bumble);
      await bumble.call('pair');
      await bumble.event('paired');
      await bumble.call('subscribe', { handle: handleOf(found, '2A05'), indicate: true });
      await bumble.call('subscribe', { handle: handleOf(found, 'B101') });
      const [bond] = first.host.bonds.list();
      await expect.poll(() => first.host.bonds.get(bond!.identity)?.server.databaseHash?.length).toBe(16);
      await part(bumble, link);

      // The same services: what it subscribed to is on, and it is told of nothing.
      const second = await run(0xb100);
      const same = await connected(second.host, bumble);
      await bumble.call('encrypt');
      await expect.poll(() => same.served.state.configurations.size).toBe(2);
      await second.served[0]!.characteristics.value.notify(Uint8Array.of(7));
      await bumble.event('notification');
      expect(bumble.take('indication')).toEqual([]);
      await part(bumble, same);

      // Others: it is told of all handles, and what it subscribed to may be something else now.
      const third = await run(0xb200, 0xb100);
      const other = await connected(third.host, bumble);
      await bumble.call('encrypt');
      expect(await bumble.event('indication')).toMatchObject({ value: range(0x0001, 0xffff) });
      await expect.poll(() => other.served.isChangeAware).toBe(true);
      expect(other.served.state.configurations.size).toBe(1);
      const again = await bumble.call<Found[]>('rediscover');
      expect(await bumble.call('read', { handle: handleOf(again, 'B201') })).toBe('01');
      expect(bumble.take('indication')).toEqual([]);
    });

    it('refuses one with robust caching once with Database Out Of Sync, and serves it then (2.5.2.1)', async () => {
      const { host, bumble } = await serving(controllers);
      const { found } = await meet(host, bumble);
      const [value, features, hash] = ['B101', '2B29', '2B2A'].map((uuid) => handleOf(found, uuid)!);
      const request = (pdu: string) => bumble.call<string>('request', { pdu });
      const le = (handle: number) => range(handle, 0).slice(0, 4);
      await bumble.call('write', { handle: features, value: '01' });
      expect(await bumble.call('read', { handle: features })).toBe('01');
      const before = await bumble.call<string>('read', { handle: hash });

      const added = host.server.add(valueService(0xb200, '02'));
      expect(await request(`0a${le(value!)}`)).toBe(`010a${le(value!)}12`);
      expect(await request(`0a${le(value!)}`)).toBe('0b01');
      expect(await request(`0a${le(value!)}`)).toBe('0b01');

      // By the hash, nothing is refused after the next request.
      added.remove();
      host.server.add(valueService(0xb300, '0303'));
      const after = await bumble.call<string[]>('read_by_uuid', { uuid: '2B2A' });
      expect(await request(`0a${le(value!)}`)).toBe('0b01');
      expect(after).not.toEqual([before]);
      // The octets of the hash are the least significant first (Part F, 3.3.1), as nothing says otherwise.
      const theirs = await bumble.call<string>('hash_of_found');
      expect(Buffer.from(after[0]!, 'hex').reverse().toString('hex')).toBe(theirs);

      // Commands of one who does not know are passed over, notifications wait until it does.
      host.server.add(valueService(0xb400, '04'));
      expect([...host.server.clients][0]!.isChangeAware).toBe(false);
      await [...host.server.clients][0]!.notify(value!, Uint8Array.of(9));
      expect(await request(`0a${le(value!)}`)).toBe(`010a${le(value!)}12`);
      expect(await request(`0a${le(value!)}`)).toBe('0b01');
      expect(bumble.take('notification')).toEqual([]);
      const again = await bumble.call<Found[]>('rediscover');
      expect(await bumble.call('read', { handle: handleOf(again, 'B401') })).toBe('04');
    });
  });
}

const THEIRS = 'F2:00:5E:00:53:D2';
const PATH = { service: 0xb100, characteristic: 0xb101 };

/** Where Bumble's server has put a service. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

/** Bumble's server, advertising, and a session of a device of bluewire, which subscribed to what it serves. */
async function visiting(controllers: typeof airControllers) {
  const [mine, theirs] = await controllers(2);
  const bumble = peer('service_changed', theirs!.bumble);
  await bumble.event('ready');
  const add = (uuid: string, value: string) => bumble.call<Range>('add', { uuid, value });
  const subscribed = await add('B100', '01');
  const host = await Device.open({ transport: mine!.port, address: OURS, security: { bonds: null } });
  device = host;
  const session = new GattSession();
  const values: string[] = [];
  const failures: string[] = [];
  session.on('failed', ({ error }) => void failures.push(error.message));
  await session.subscribe(PATH, (value) => void values.push(toHex(value)));
  const letGo = keepSession(host, `${THEIRS}/random`, session);
  const attach = async () => {
    const attached = new Promise((resolve) => session.once('attached', resolve));
    await bumble.call('advertise');
    const link = await host.connect(`${THEIRS}/random`);
    await bumble.event('connected');
    await attached;
    return { link, database: session.database! };
  };
  /** Has Bumble indicate a range; resolves when what it has is known again. */
  const changed = async (start: number, end: number) => {
    await bumble.call('changed', { start, end });
    await session.database!.settled();
  };
  const tell = async (value: string) => {
    await bumble.call('tell', { uuid: 'B100', value });
    await expect.poll(() => values.at(-1)).toBe(value);
  };
  return { host, bumble, session, values, failures, add, subscribed, attach, letGo, changed, tell };
}

for (const [place, controllers, need] of [
  ['the controllers of bluewire air', airControllers, 'bluewire'],
  ["btvirt's controllers", btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(`a session, and Bumble's server that changes, on ${place}`, ['bumble', need], () => {
    afterEach(async () => {
      await device?.close();
      device = undefined;
    });

    it('finds what is new, lets go of what is gone, and moves with what moves (Vol 3, Part G, 2.5.2, 7.1)', async () => {
      const { bumble, session, values, failures, add, subscribed, attach, changed, tell } =
        await visiting(controllers);
      const { database } = await attach();
      const hash = () => bumble.call<string>('hash');
      expect(session.cache!.databaseHash).toBe(await hash());
      expect(await bumble.call('features')).toBe('05');
      await tell('0a');

      const before = session.cache!.databaseHash;
      const second = await add('B200', '0202');
      expect(database.characteristic(0xb200, 0xb201)).toBeUndefined();
      await changed(second.start, second.end);
      const held = database.characteristic(0xb200, 0xb201)!;
      expect(toHex(await held.read())).toBe('0202');
      // The hash was read again, or the next link would discover all.
      expect(session.cache!.databaseHash).toBe(await hash());
      expect(session.cache!.databaseHash).not.toBe(before);
      await tell('0b');

      // Another service in the same place.
      await bumble.call('remove', { uuid: 'B200' });
      const third = await add('B300', '030303');
      expect(third).toEqual(second);
      await changed(third.start, third.end);
      await expect(held.read()).rejects.toMatchObject({ code: 'STALE_ATTRIBUTE' });
      expect(toHex(await database.characteristic(0xb300, 0xb301)!.read())).toBe('030303');
      await tell('0c');

      // A service before the one that is subscribed to, which moves: it is asked for anew.
      const fourth = await bumble.call<Range>('insert', { uuid: 'B400', value: '04', before: 'B100' });
      expect(fourth.start).toBe(subscribed.start);
      await changed(fourth.start, 0xffff);
      const moved = subscribed.value + fourth.end - fourth.start + 1;
      expect(database.characteristic(0xb100, 0xb101)!.valueHandle).toBe(moved);
      await expect.poll(() => bumble.call('configurations')).toMatchObject({ [moved]: '0100' });
      await tell('0d');
      expect(failures).toEqual([]);

      // It goes, and comes again.
      await bumble.call('remove', { uuid: 'B300' });
      const gone = await bumble.call<Range>('remove', { uuid: 'B100' });
      await changed(gone.start, 0xffff);
      expect(failures).toEqual([expect.stringMatching(/is gone$/)]);
      const back = await add('B100', '01');
      await changed(back.start, back.end);
      await expect.poll(() => bumble.call('configurations')).toMatchObject({ [back.value]: '0100' });
      await tell('0e');
      expect(values).toEqual(['0a', '0b', '0c', '0d', '0e']);
      expect(session.cache!.databaseHash).toBe(await hash());
    });

    it('of a bond hears of a change that was made while it was away, and keeps what it had (2.5.2)', async () => {
      const { host, bumble, session, values, failures, add, subscribed, attach, changed, tell } =
        await visiting(controllers);
      const first = await attach();
      await first.link.pair();
      await bumble.event('paired');
      await tell('0a');
      await expect.poll(() => host.bonds.list()[0]?.client.cache !== undefined).toBe(true);
      await bumble.call('keep');
      await first.link.disconnect();
      await bumble.event('disconnected');

      const added = await add('B200', '0202');
      bumble.take('encryption');
      const { link, database } = await attach();
      await bumble.event('encryption');
      await bumble.call('restore');
      expect(link.security).toMatchObject({ bonded: true });
      expect(database.wasCached).toBe(true);
      expect(database.service(0xb200)).toBeUndefined();
      // The bond has the subscription: nothing was written on this link.
      await tell('0b');
      await changed(added.start, added.end);
      expect(toHex(await database.characteristic(0xb200, 0xb201)!.read())).toBe('0202');
      expect(session.cache!.databaseHash).toBe(await bumble.call('hash'));
      expect(await bumble.call('configurations')).toMatchObject({ [subscribed.value]: '0100' });
      await tell('0c');
      expect(values).toEqual(['0a', '0b', '0c']);

      // The bond has it now.
      await link.disconnect();
      await bumble.event('disconnected');
      const again = await attach();
      expect(again.database.wasCached).toBe(true);
      expect(toHex(await again.database.characteristic(0xb200, 0xb201)!.read())).toBe('0202');
      expect(failures).toEqual([]);
    });

    it('of a bond hears of a change that is told as soon as the link is encrypted, before anybody listens (7.1)', async () => {
      const { host, bumble, session, values, failures, subscribed, attach, letGo, tell } =
        await visiting(controllers);
      const first = await attach();
      await first.link.pair();
      await bumble.event('paired');
      await expect.poll(() => host.bonds.list()[0]?.client.cache !== undefined).toBe(true);
      await bumble.call('keep');
      await first.link.disconnect();
      await bumble.event('disconnected');
      // What the session subscribed to moves while it is away: the server forgets that, and tells of the move at once.
      const { start } = await bumble.call<Range>('insert', { uuid: 'B200', value: '0202', before: 'B100' });
      await bumble.call('owe', { start, end: 0xffff });
      letGo();
      await bumble.call('advertise');
      const link = await host.connect(`${THEIRS}/random`);
      // It is confirmed, and Bumble will not tell again.
      await bumble.event('told');
      const database = await session.attach(link.gatt, { bonded: true });
      expect(database.wasCached).toBe(true);
      expect(toHex(await database.characteristic(0xb200, 0xb201)!.read())).toBe('0202');
      const moved = database.characteristic(0xb100, 0xb101)!.valueHandle;
      expect(moved).toBeGreaterThan(subscribed.value);
      await expect.poll(() => bumble.call('configurations')).toMatchObject({ [moved]: '0100' });
      await tell('0a');
      expect(values).toEqual(['0a']);
      expect(failures).toEqual([]);
      expect(session.cache!.databaseHash).toBe(await bumble.call('hash'));
    });

    it('that was refused with Database Out Of Sync reads the hash, and goes on with what is right (2.5.2.1)', async () => {
      const { bumble, session, add, attach, tell } = await visiting(controllers);
      const { database } = await attach();
      const held = database.characteristic(0xb100, 0xb101)!;
      // Nothing is other than it was: the request is sent once more.
      await bumble.call('outdate');
      expect(toHex(await held.read())).toBe('01');
      expect(bumble.take('out-of-sync')).toHaveLength(1);

      await add('B200', '0202');
      await bumble.call('outdate');
      expect(toHex(await held.read())).toBe('01');
      expect(bumble.take('out-of-sync')).toHaveLength(1);
      await database.settled();
      expect(toHex(await database.characteristic(0xb200, 0xb201)!.read())).toBe('0202');
      expect(session.cache!.databaseHash).toBe(await bumble.call('hash'));
      await tell('0a');

      // What moved is not read where it was.
      await bumble.call('insert', { uuid: 'B400', value: '04', before: 'B100' });
      await bumble.call('outdate');
      await expect(held.read()).rejects.toMatchObject({ code: 'STALE_ATTRIBUTE' });
      await database.settled();
      expect(toHex(await database.characteristic(0xb100, 0xb101)!.read())).toBe('01');
      await expect
        .poll(async () => Object.values(await bumble.call<object>('configurations')))
        .toContain('0100');
      await tell('0b');
    });
  });
}
