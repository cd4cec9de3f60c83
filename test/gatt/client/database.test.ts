import { describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { toHex } from '../../../src/core/hex.js';
import { Uuid } from '../../../src/core/uuid.js';
import { checkGattCache, type GattCache } from '../../../src/gatt/client/cache.js';
import { openDatabase } from '../../../src/gatt/client/database.js';
import { StaleAttributeError } from '../../../src/gatt/client/errors.js';
import { AttRefusal } from '../../../src/gatt/server/attribute.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ChangingServer, type ChangingServerOptions } from '../../support/changing-server.js';

const heartRate = () =>
  service(0x180d, {
    measurement: characteristic(0x2a37, { notify: true }),
    location: characteristic(0x2a38, { read: true, write: true, value: Uint8Array.of(1) }),
  });
const battery = () =>
  service(0x180f, { level: characteristic(0x2a19, { read: true, notify: true, value: Uint8Array.of(80) }) });

/** A server with two services, and what is known of it. */
async function started(options: ChangingServerOptions = {}) {
  const host = new ChangingServer(options);
  const first = host.server.add(heartRate());
  const second = host.server.add(battery());
  const link = host.connect();
  const database = await link.clock.run(openDatabase(link.client));
  return { host, first, second, ...link, link, database };
}

/** Through JSON, as it is kept. */
const kept = (cache: GattCache | undefined) => checkGattCache(JSON.parse(JSON.stringify(cache)));

const discovers = (pdu: string) => /^(10|06|04|08(?!.{8}2a2b))/.test(pdu);

describe('the database of a peer (Vol 3, Part G, 2.5.2)', () => {
  it('is discovered whole, and the server told what this client can (7.1, 7.2)', async () => {
    const { host, database, serverClient, requests } = await started();
    expect(database.services.map(({ uuid }) => uuid.toShortString())).toEqual(['1801', '180d', '180f']);
    expect(database.wasCached).toBe(false);
    expect(database.isRobust).toBe(true);
    expect(host.features).toEqual([0x05]);
    const changed = database.characteristic(0x1801, 0x2a05)!;
    expect(serverClient.configurations.get(changed.descriptors[0]!.handle)).toBe(2);
    // The hash first, which makes a client that did not know of a change one that does.
    expect(requests[0]).toBe('080100ffff2a2b');
    expect(database.characteristic(0x180d, 0x2a38)?.valueHandle).toBe(
      database.service(0x180d)?.characteristic(0x2a38)?.valueHandle,
    );
    expect(database.service(0x180d, 1)).toBeUndefined();
  });

  it('is one for a link, whoever asks', async () => {
    const { client, clock, database } = await started();
    expect(await clock.run(openDatabase(client))).toBe(database);
  });

  it('is loaded for the others when one leaves, and called off when all have left', async () => {
    const host = new ChangingServer();
    host.server.add(heartRate());
    const link = host.connect();
    const [one, other] = [new AbortController(), new AbortController()];
    const first = openDatabase(link.client, { signal: one.signal });
    const second = openDatabase(link.client, { signal: other.signal });
    one.abort(new Error('one left'));
    await expect(first).rejects.toThrow('one left');
    const database = await link.clock.run(second);
    expect(database.service(0x180d)).toBeDefined();
    other.abort(new Error('too late'));
    expect(await openDatabase(link.client)).toBe(database);

    const again = host.connect();
    const leaving = [new AbortController(), new AbortController()];
    const lost = leaving.map(({ signal }) => openDatabase(again.client, { signal }));
    const refused = Promise.allSettled(lost);
    for (const controller of leaving) controller.abort(new Error('left'));
    await refused;
    await settle();
    const asked = again.requests.length;
    await settle();
    expect(again.requests.length).toBe(asked);
    // Who comes then begins anew.
    expect((await again.clock.run(openDatabase(again.client))).service(0x180d)).toBeDefined();
    await expect(openDatabase(again.client, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow(
      'no',
    );
  });

  it('is loaded anew after it was closed', async () => {
    const { client, clock, database } = await started();
    database.close();
    const next = await clock.run(openDatabase(client));
    expect(next).not.toBe(database);
    expect(next.isRobust).toBe(true);
  });

  it('follows a change that the peer tells of while the hash of the one before is read', async () => {
    const { host, database, clock, second } = await started();
    const hash = host.server.database.ofType(Uuid.from(0x2b2a), 1, 0xffff).next().value!;
    const waiting: (() => void)[] = [];
    const { read } = hash;
    Object.assign(hash, {
      read: (client: never) => new Promise((resolve) => waiting.push(() => resolve(read.call(hash, client)))),
    });
    const { startHandle, endHandle } = second;
    second.remove();
    await clock.run(host.tell(startHandle, endHandle));
    await settle();
    for (let i = 0; waiting.length === 0 && i < 50; i++) await settle();
    expect(database.service(0x180f)).toBeUndefined();
    const third = host.server.add(battery());
    await clock.run(host.tell(third.startHandle, third.endHandle));
    Object.assign(hash, { read });
    for (const answer of waiting) answer();
    await clock.run(database.settled());
    expect(database.service(0x180f)?.startHandle).toBe(third.startHandle);
    expect(database.export()).toBeDefined();
  });

  it('keeps bits that it wrote before, and adds that of EATT where both sides do it (7.2, 7.4)', async () => {
    const host = new ChangingServer({ eatt: true });
    const link = host.connect();
    await link.clock.run(openDatabase(link.client, { eatt: true }));
    expect(host.features).toEqual([0x07]);
    const again = host.connect();
    await again.clock.run(openDatabase(again.client));
    expect(host.features).toEqual([0x07]);
  });

  it('does without where the server has nothing of the kind', async () => {
    const { database, host } = await started({ robust: false, serviceChanged: false });
    expect(database.isRobust).toBe(false);
    expect(host.features).toEqual([]);
    expect(database.export()).toMatchObject({ serviceChanged: false, clientFeatures: 0 });
    expect(database.export()).not.toHaveProperty('databaseHash');
  });

  it('goes on where the server refuses to be told, and says so', async () => {
    const host = new ChangingServer();
    const link = host.connect();
    const features = host.server.database.get(6)!;
    expect(features.type.short).toBe(0x2b29);
    Object.assign(features, { writeAccess: { level: 2 } });
    const database = await link.clock.run(openDatabase(link.client));
    expect(link.reports).toEqual([expect.stringMatching(/^the client's features were not told: ATT Write/)]);
    expect(database.export()?.clientFeatures).toBe(0);
  });
});

describe('a cache of a peer’s database', () => {
  it('is used without a question on a link of the same bond', async () => {
    const { host, database, link } = await started();
    const cache = kept(database.export());
    const again = host.connect();
    // What a bonded server keeps.
    host.server.restoreConfigurations(again.serverClient, link.serverClient.configurations);
    const known = await again.clock.run(openDatabase(again.client, { cache, bonded: true }));
    expect(again.requests).toEqual([]);
    expect(known.wasCached).toBe(true);
    expect(known.export()).toEqual(cache);
    const location = known.characteristic(0x180d, 0x2a38)!;
    expect(toHex(await again.clock.run(location.read()))).toBe('01');
    // Service Changed is heard though nothing was written.
    const gone = host.server.add(battery());
    await again.clock.run(host.tell(gone.startHandle, gone.endHandle));
    await again.clock.run(known.settled());
    expect(known.service(0x180f, 1)).toBeDefined();
  });

  it('is brought up to date with changes that the peer told of before anybody listened (7.1)', async () => {
    const { host, database, link } = await started();
    const cache = kept(database.export());
    const again = host.connect();
    host.server.restoreConfigurations(again.serverClient, link.serverClient.configurations);
    const [first, second] = [host.server.add(battery()), host.server.add(battery())];
    // Each is confirmed, and the server will tell of neither again.
    for (const { startHandle, endHandle } of [first, second])
      await again.clock.run(host.tell(startHandle, endHandle));
    const known = await again.clock.run(openDatabase(again.client, { cache, bonded: true }));
    expect(known.wasCached).toBe(true);
    expect(known.service(0x180f, 2)?.endHandle).toBe(second.endHandle);
    expect(again.requests.filter((pdu) => pdu.startsWith('12'))).toEqual([]);
    // Only what changed was discovered.
    expect(known.isAsKept(1)).toBe(true);
    expect(known.isAsKept(first.startHandle)).toBe(false);
    expect(again.reports).toEqual([]);
    // And heard once.
    const asked = again.requests.length;
    expect(await again.clock.run(openDatabase(again.client))).toBe(known);
    expect(again.requests).toHaveLength(asked);
  });

  it('is discovered again whole where what the peer told before was no range, or was too much to remember', async () => {
    const { host, database, link } = await started();
    const cache = kept(database.export());
    const changed = database.characteristic(0x1801, 0x2a05)!.valueHandle;
    for (const others of [0, 16]) {
      const again = host.connect();
      host.server.restoreConfigurations(again.serverClient, link.serverClient.configurations);
      for (let handle = 0x100; handle < 0x100 + others; handle++)
        await again.clock.run(again.serverClient.indicate(handle, Uint8Array.of(1)));
      await again.clock.run(again.serverClient.indicate(changed, Uint8Array.of(0)));
      const known = await again.clock.run(openDatabase(again.client, { cache, bonded: true }));
      expect([known.isAsKept(1), known.isAsKept(0xffff)]).toEqual([false, false]);
      expect(known.services).toHaveLength(cache.services.length);
    }
  });

  it('is not trusted on a link of the same bond where a request was refused as out of sync: nobody refuses twice (2.5.2.1)', async () => {
    const { host, database, link } = await started();
    const cache = kept(database.export());
    const met = async (change: () => void) => {
      const again = host.connect();
      host.server.restoreConfigurations(again.serverClient, link.serverClient.configurations);
      change();
      again.state = 'unaware';
      // By somebody who keeps no database.
      await expect(again.clock.run(again.client.read(1))).rejects.toMatchObject({ error: 0x12 });
      await again.clock.run(again.client.read(1));
      return again.clock.run(openDatabase(again.client, { cache, bonded: true }));
    };
    // The hash says that nothing has changed after all.
    expect((await met(() => {})).wasCached).toBe(true);
    const other = await met(() => {
      host.server.add(battery());
      host.hash = '0'.repeat(32);
    });
    expect([other.wasCached, other.service(0x180f, 1) !== undefined]).toEqual([false, true]);
  });

  it('is used on other links when the Database Hash is the same, and only then', async () => {
    const { host, database } = await started();
    const cache = kept(database.export());
    const same = host.connect();
    const known = await same.clock.run(openDatabase(same.client, { cache }));
    expect(known.wasCached).toBe(true);
    expect(same.requests.filter(discovers)).toEqual([]);
    expect(same.requests[0]).toBe('080100ffff2a2b');
    host.hash = '0'.repeat(32);
    const other = host.connect();
    const news = await other.clock.run(openDatabase(other.client, { cache }));
    expect(news.wasCached).toBe(false);
    expect(news.export()?.databaseHash).toBe('0'.repeat(32));
  });

  it('is not used without bond and hash, nor for a bond that was never told to speak up', async () => {
    const { host, database } = await started({ robust: false });
    const cache = kept(database.export());
    const other = host.connect();
    expect((await other.clock.run(openDatabase(other.client, { cache }))).wasCached).toBe(false);
    const silent = host.connect();
    const mute = { ...cache, serviceChanged: false };
    const unsure = await silent.clock.run(openDatabase(silent.client, { cache: mute, bonded: true }));
    expect(unsure.wasCached).toBe(false);
    // A server without Service Changed never changes (2.5.2).
    const fixed = await started({ robust: false, serviceChanged: false });
    const again = fixed.host.connect();
    const options = { cache: kept(fixed.database.export()), bonded: true };
    expect((await again.clock.run(openDatabase(again.client, options))).wasCached).toBe(true);
  });

  it('knows included services, secondary ones, and UUIDs that occur twice', async () => {
    const host = new ChangingServer();
    const inner = host.server.add(
      service(
        '6e400001-b5a3-f393-e0a9-e50e24dcca9e',
        { a: characteristic(0x2a00, { read: true }) },
        {
          primary: false,
        },
      ),
    );
    host.server.add(service(0x180d, { a: characteristic(0x2a37, { notify: true }) }, { includes: [inner] }));
    host.server.add(
      service(0x180d, {
        a: characteristic(0x2a37, { read: true, value: Uint8Array.of(1) }),
        b: characteristic(0x2a37, { read: true, value: Uint8Array.of(2) }),
      }),
    );
    const link = host.connect();
    const database = await link.clock.run(openDatabase(link.client));
    const cache = kept(database.export());
    const again = host.connect();
    const known = await again.clock.run(openDatabase(again.client, { cache }));
    for (const one of [database, known]) {
      const including = one.service(0x180d)!;
      expect(including.includedServices).toEqual([one.services[1]]);
      expect(including.includedServices[0]).toBe(one.services[1]);
      expect(one.services[1]).toMatchObject({ primary: false });
      expect(one.characteristic(0x180d, 0x2a37, 2)).toBe(one.service(0x180d, 1)!.characteristic(0x2a37, 1));
    }
    const second = known.service(0x180d, 1)!.characteristic(0x2a37, 1)!;
    expect(toHex(await again.clock.run(second.read()))).toBe('02');
  });

  it('is checked when it is read: what is none is told where', async () => {
    const { database, client } = await started();
    const good = kept(database.export());
    const with1 = (change: (copy: never) => void) => {
      const copy = JSON.parse(JSON.stringify(good));
      change(copy as never);
      return () => checkGattCache(copy);
    };
    expect(with1(() => {})).not.toThrow();
    const wrong: [(copy: never) => void, RegExp][] = [
      [(c: { version: number }) => void (c.version = 2), /cache.version: 1/],
      [(c: { databaseHash: string }) => void (c.databaseHash = 'x'), /databaseHash: 32 hexadecimal/],
      [(c: { services: unknown }) => void (c.services = 5), /services: an array/],
      [
        (c: { services: { startHandle: number }[] }) => void (c.services[0]!.startHandle = 0),
        /services.0.startHandle/,
      ],
      [
        (c: { services: { startHandle: number }[] }) => void (c.services[1]!.startHandle = 1),
        /services.1: handles/,
      ],
      [
        (c: { services: { uuid: string }[] }) => void (c.services[0]!.uuid = '18'),
        /services.0.uuid: .*no UUID/,
      ],
      [
        (c: { services: { characteristics: { valueHandle: number }[] }[] }) =>
          void (c.services[1]!.characteristics[0]!.valueHandle = 0xffff),
        /services.1.characteristics.0.valueHandle: an integer from/,
      ],
    ] as never;
    for (const [change, text] of wrong) expect(with1(change)).toThrow(text);
    await expect(openDatabase(client, { cache: [] as never })).rejects.toThrow(/cache.version/);
  });
});

describe('Service Changed (Vol 3, Part G, 7.1)', () => {
  it('has only the range discovered again; what is what it was stays good, what is gone says so', async () => {
    const { host, first, second, database, clock, requests, client } = await started();
    const location = database.characteristic(0x180d, 0x2a38)!;
    const level = database.characteristic(0x180f, 0x2a19)!;
    const range = [second.startHandle, second.endHandle] as const;
    second.remove();
    const told: unknown[] = [];
    database.on('changed', (event) => void told.push(event));
    requests.splice(0);
    await clock.run(host.tell(...range));
    await clock.run(database.settled());
    expect(told).toEqual([{ startHandle: range[0], endHandle: range[1] }]);
    expect(requests[0]).toBe('1e');
    for (const pdu of requests.filter((one) => one.startsWith('10')))
      expect(Number.parseInt(`${pdu.slice(4, 6)}${pdu.slice(2, 4)}`, 16)).toBe(range[0]);
    expect(database.service(0x180f)).toBeUndefined();
    expect(level.isStale).toBe(true);
    await expect(clock.run(level.read())).rejects.toBeInstanceOf(StaleAttributeError);
    await expect(clock.run(level.read())).rejects.toThrow(
      /characteristic 2a19 at handle 0x.* discover it again/,
    );
    expect(location.isStale).toBe(false);
    expect(toHex(await clock.run(location.read()))).toBe('01');
    // Changed, says the server, and it is as before: what is known goes on.
    await clock.run(host.tell(first.startHandle, first.endHandle));
    expect(toHex(await clock.run(location.read()))).toBe('01');
    await clock.run(database.settled());
    expect(database.characteristic(0x180d, 0x2a38)).toBe(location);
    expect(client.subscriptions.all).toHaveLength(1);
  });

  it('lets whoever uses a thing meanwhile wait for what becomes of it', async () => {
    const { host, first, second, database, clock } = await started();
    const location = database.characteristic(0x180d, 0x2a38)!;
    const level = database.characteristic(0x180f, 0x2a19)!;
    second.remove();
    const telling = host.tell(1, 0xffff);
    await settle();
    const both = Promise.allSettled([location.read(), level.read()]);
    await clock.run(telling);
    const [kept1, lost] = await clock.run(both);
    expect(kept1).toMatchObject({ status: 'fulfilled', value: Uint8Array.of(1) });
    expect(lost).toMatchObject({ status: 'rejected', reason: { code: 'STALE_ATTRIBUTE' } });
    expect(first.uuid.short).toBe(0x180d);
  });

  it('moves subscriptions to where the characteristic stands now, and ends those of one that is gone', async () => {
    const { host, first, second, database, clock, client, serverClient } = await started();
    const values: string[] = [];
    const ends: string[] = [];
    const options = { onEnd: (error: Error) => void ends.push(error.message) };
    const level = database.characteristic(0x180f, 0x2a19)!;
    const unsubscribe = await clock.run(level.subscribe((value) => void values.push(toHex(value)), options));
    await clock.run(database.characteristic(0x180d, 0x2a37)!.subscribe(() => {}, options));
    const ending = (async () => {
      for await (const _ of database.characteristic(0x180d, 0x2a37)!.values());
    })().catch((error: unknown) => error);
    await clock.advance(0);
    first.remove();
    second.remove();
    host.server.add(service(0x1805, { a: characteristic(0x2a2b, { read: true }) }));
    const moved = host.server.add(battery());
    expect(moved.characteristics.level.valueHandle).not.toBe(level.valueHandle);
    await clock.run(host.tell(first.startHandle, 0xffff));
    await clock.run(database.settled());
    await clock.advance(0);
    expect(ends).toEqual([expect.stringMatching(/subscribed to at handle 0x.* is gone/)]);
    expect(await ending).toBeInstanceOf(StaleAttributeError);
    expect(moved.characteristics.level.configuration(serverClient)).toBe(1);
    await clock.run(moved.characteristics.level.notify(Uint8Array.of(9)));
    await clock.advance(0);
    expect(values).toEqual(['09']);
    await clock.run(unsubscribe());
    expect(moved.characteristics.level.configuration(serverClient)).toBe(0);
    // That of Service Changed itself is left.
    expect(client.subscriptions.all).toHaveLength(1);
  });

  it('takes an indication without a range for one of all, and says so', async () => {
    const { host, database, clock, reports, second } = await started();
    const changed = database.characteristic(0x1801, 0x2a05)!;
    second.remove();
    const { clients } = host.server;
    for (const client of clients) void client.indicate(changed.valueHandle, Uint8Array.of(1));
    await clock.advance(0);
    await clock.run(database.settled());
    expect(reports).toEqual([expect.stringMatching(/Service Changed indication without a range/)]);
    expect(database.service(0x180f)).toBeUndefined();
  });

  it('follows changes that come while it follows one', async () => {
    const { host, database, clock, second } = await started();
    const telling = host.tell(second.startHandle, second.endHandle);
    const third = host.server.add(service(0x1809, { a: characteristic(0x2a1c, { indicate: true }) }));
    await settle();
    second.remove();
    await clock.run(telling);
    await clock.run(host.tell(second.startHandle, third.endHandle));
    await clock.run(database.settled());
    expect(database.services.map(({ uuid }) => uuid.toShortString())).toEqual(['1801', '180d', '1809']);
    expect(database.services.some((one) => one.isStale)).toBe(false);
    expect(database.export()?.services).toHaveLength(3);
  });
});

describe('Database Out Of Sync (Vol 3, Part G, 2.5.2.1)', () => {
  it('has the hash read and the request sent once more, where the database is the same', async () => {
    const { link, database, clock, requests } = await started();
    const location = database.characteristic(0x180d, 0x2a38)!;
    link.state = 'unaware';
    requests.splice(0);
    expect(toHex(await clock.run(location.read()))).toBe('01');
    const read = `0a${toHex(Uint8Array.of(location.valueHandle, 0))}`;
    expect(requests).toEqual([read, '080100ffff2a2b', read]);
    // A write goes with the octets that it had when it was called.
    link.state = 'unaware';
    const value = Uint8Array.of(3);
    const writing = location.write(value);
    value.fill(0);
    await clock.run(writing);
    expect(toHex(await clock.run(location.read()))).toBe('03');
  });

  it('has all discovered again where the hash differs; what is what it was is asked again', async () => {
    const { host, link, database, clock, second } = await started();
    const location = database.characteristic(0x180d, 0x2a38)!;
    const level = database.characteristic(0x180f, 0x2a19)!;
    second.remove();
    host.server.add(service(0x1805, { a: characteristic(0x2a2b, { read: true, value: Uint8Array.of(7) }) }));
    host.hash = 'f'.repeat(32);
    link.state = 'unaware';
    // At the handle of the battery level stands something else now: it is not read.
    const both = Promise.allSettled([level.read(), location.read()]);
    const [gone, there] = await clock.run(both);
    expect(gone).toMatchObject({ status: 'rejected', reason: { code: 'STALE_ATTRIBUTE' } });
    expect((gone as PromiseRejectedResult).reason.cause).toMatchObject({ error: 0x12 });
    expect(there).toMatchObject({ status: 'fulfilled', value: Uint8Array.of(1) });
    expect(database.characteristic(0x1805, 0x2a2b)).toBeDefined();
    expect(database.export()?.databaseHash).toBe('f'.repeat(32));
  });

  it('repeats a search whatever has changed, and no more than once', async () => {
    const { host, link, database, clock, client } = await started();
    host.hash = 'e'.repeat(32);
    link.state = 'unaware';
    expect(await clock.run(client.discoverServices(0x180f))).toHaveLength(1);
    let asked = 0;
    const feature = host.server.database.get(database.characteristic(0x180d, 0x2a38)!.valueHandle)!;
    Object.assign(feature, {
      read: () => {
        asked++;
        throw new AttRefusal(0x12);
      },
    });
    await expect(clock.run(database.characteristic(0x180d, 0x2a38)!.read())).rejects.toMatchObject({
      error: 0x12,
    });
    expect(asked).toBe(2);
  });

  it('keeps nobody who leaves while the database is compared or discovered anew; the others go on', async () => {
    const { host, link, database, clock } = await started();
    const location = database.characteristic(0x180d, 0x2a38)!;
    host.hash = 'd'.repeat(32);
    // The server takes its time for the hash.
    let answer = () => {};
    const hash = host.server.database.ofType(Uuid.from(0x2b2a), 1, 0xffff).next().value!;
    Object.assign(hash, {
      read: () =>
        new Promise((resolve) => {
          answer = () => resolve(Uint8Array.from({ length: 16 }, () => 0xdd));
        }),
    });
    link.state = 'unaware';
    const leaving = new AbortController();
    const first = location.read(leaving.signal);
    const second = location.read();
    const left = expect(first).rejects.toThrow('left');
    await settle();
    leaving.abort(new Error('left'));
    await left;
    answer();
    await settle();
    answer();
    expect(toHex(await clock.run(second))).toBe('01');
  });

  it('is the caller’s to see where no database is kept', async () => {
    const host = new ChangingServer();
    host.server.add(heartRate());
    const link = host.connect();
    await link.clock.run(openDatabase(link.client)).then((database) => database.close());
    await link.clock.advance(0);
    link.state = 'unaware';
    await expect(link.clock.run(link.client.read(3))).rejects.toMatchObject({ error: 0x12 });
  });
});
