import { describe, expect, it } from 'vitest';
import { DisconnectedError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { GattSession } from '../../../src/gatt/client/session.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { batteryLevel } from '../../../src/gatt/values/battery.js';
import { ChangingServer } from '../../support/changing-server.js';

const level = { service: 0x180f, characteristic: 0x2a19 };
const gone = new DisconnectedError('the peer went out of reach', 0x08);

function host() {
  const changing = new ChangingServer();
  const battery = changing.server.add(
    service(0x180f, { level: characteristic(batteryLevel, { read: true, notify: true, value: 80 }) }),
  );
  return { changing, battery, local: battery.characteristics.level };
}

type Link = ReturnType<ChangingServer['connect']>;

/** Both ends learn that the link is gone. */
function lose(link: Link): void {
  link.client.bearer.closed(gone);
}

const writes = (link: Link) => link.requests.filter((pdu) => pdu.startsWith('12'));

describe('a session with a peer, over several links', () => {
  it('does not take for known what the peer told of on a link that was lost before it was discovered (Part G, 2.5.2)', async () => {
    const { changing, battery } = host();
    const session = new GattSession();
    const first = changing.connect();
    await first.clock.run(session.attach(first.client, { bonded: true }));
    expect(session.cache).toBeDefined();
    const { startHandle, endHandle } = battery;
    battery.remove();
    // It is confirmed, and does not come again; of what changed nothing is found any more.
    session.database!.on('changing', () => {
      expect(session.cache).toBeUndefined();
      queueMicrotask(() => lose(first));
    });
    await first.clock.run(changing.tell(startHandle, endHandle));
    expect(session.cache).toBeUndefined();
    const second = changing.connect();
    const database = await second.clock.run(session.attach(second.client, { bonded: true }));
    expect(database.wasCached).toBe(false);
    expect(database.service(0x180f)).toBeUndefined();

    // Nor what it told of while the session was about to take the link.
    const third = changing.connect();
    lose(second);
    const attaching = session.attach(third.client, { bonded: true }).catch((error: unknown) => error);
    third.client.subscriptions.unheard.indicated(3, Uint8Array.of(1, 0, 255, 255), 0, 4);
    lose(third);
    expect(await third.clock.run(attaching)).toBe(gone);
    expect(session.cache).toBeUndefined();
  });

  it('gives each value once, at whatever moment of a change it subscribes', async () => {
    for (let moment = 0; moment < 20; moment++) {
      const { changing, local } = host();
      const session = new GattSession();
      const got: number[] = [];
      const link = changing.connect();
      await link.clock.run(session.attach(link.client));
      const until = link.requests.length + moment;
      const other = changing.server.add(service(0x1805, { a: characteristic(0x2a2b, { read: true }) }));
      const told = changing.tell(other.startHandle, other.endHandle);
      for (let i = 0; i < 500 && link.requests.length < until; i++) await Promise.resolve();
      const subscribing = session.subscribeAs({ service: 0x180f }, batteryLevel, (one) => void got.push(one));
      await link.clock.run(Promise.all([subscribing, told]));
      await link.clock.run(session.database!.settled());
      await link.clock.advance(0);
      await link.clock.run(local.notifyAs(batteryLevel, 7, link.serverClient));
      await link.clock.advance(0);
      expect(got).toEqual([7]);
    }
  });

  it('subscribes anew on each with the same listener, as servers forget it (Vol 3, Part G, 3.3.3.3)', async () => {
    const { changing, local } = host();
    const session = new GattSession();
    const told: string[] = [];
    session.on('attached', () => void told.push('attached'));
    session.on('detached', ({ code }) => void told.push(code));
    const got: number[] = [];
    const unsubscribe = await session.subscribeAs(
      { service: 0x180f },
      batteryLevel,
      (one) => void got.push(one),
    );
    for (let i = 0; i < 3; i++) {
      const link = changing.connect();
      const database = await link.clock.run(session.attach(link.client));
      expect(database.wasCached).toBe(i > 0);
      expect(local.configuration(link.serverClient)).toBe(1);
      await link.clock.run(local.notifyAs(batteryLevel, i, link.serverClient));
      await link.clock.advance(0);
      lose(link);
      expect(session.database).toBeUndefined();
    }
    expect(got).toEqual([0, 1, 2]);
    expect(told).toEqual([
      'attached',
      'DISCONNECTED',
      'attached',
      'DISCONNECTED',
      'attached',
      'DISCONNECTED',
    ]);
    await unsubscribe();
    const last = changing.connect();
    await last.clock.run(session.attach(last.client));
    expect(local.configuration(last.serverClient)).toBe(0);
  });

  it('writes nothing on a link of a bond that has kept it, and takes back what was given up meanwhile', async () => {
    const { changing, local } = host();
    const session = new GattSession();
    const got: string[] = [];
    const off = await session.subscribe(level, (value) => void got.push(toHex(value)));
    const first = changing.connect();
    await first.clock.run(session.attach(first.client, { bonded: true }));
    expect(writes(first).length).toBeGreaterThan(1);
    lose(first);
    const bonded = () => {
      const link = changing.connect();
      // What a server keeps with the bond.
      changing.server.restoreConfigurations(link.serverClient, first.serverClient.configurations);
      return link;
    };
    const second = bonded();
    await second.clock.run(session.attach(second.client, { bonded: true }));
    expect(second.requests).toEqual([]);
    await second.clock.run(local.notify(Uint8Array.of(5), second.serverClient));
    await second.clock.advance(0);
    expect(got).toEqual(['05']);
    lose(second);
    await off();
    const third = bonded();
    await third.clock.run(session.attach(third.client, { bonded: true }));
    expect(local.configuration(third.serverClient)).toBe(0);
    expect(writes(third)).toHaveLength(1);
  });

  it('subscribes anew on a link of a bond to what went and came again: the server has forgotten it (3.3.3.3)', async () => {
    const { changing, battery } = host();
    const session = new GattSession();
    const got: string[] = [];
    await session.subscribe(level, (value) => void got.push(toHex(value)));
    const first = changing.connect();
    await first.clock.run(session.attach(first.client, { bonded: true }));
    lose(first);
    const second = changing.connect();
    changing.server.restoreConfigurations(second.serverClient, first.serverClient.configurations);
    const database = await second.clock.run(session.attach(second.client, { bonded: true }));
    const changed = database.characteristic(0x1801, 0x2a05)!.valueHandle;
    const tell = async ({ startHandle, endHandle }: typeof battery) => {
      const range = Uint8Array.of(startHandle, 0, endHandle, 0);
      await second.clock.run(second.serverClient.indicate(changed, range));
      await second.clock.run(database.settled());
    };
    battery.remove();
    await tell(battery);
    const back = changing.server.add(
      service(0x180f, { level: characteristic(batteryLevel, { notify: true }) }),
    );
    await tell(back);
    await second.clock.advance(0);
    expect(back.characteristics.level.configuration(second.serverClient)).toBe(1);
    await second.clock.run(back.characteristics.level.notify(Uint8Array.of(7), second.serverClient));
    await second.clock.advance(0);
    expect(got).toEqual(['07']);
  });

  it('tells once that the peer has not what it subscribes to, however often its database changes, until it has', async () => {
    const { changing, battery } = host();
    const session = new GattSession();
    const failures: string[] = [];
    session.on('failed', ({ error }) => void failures.push(error.message));
    await session.subscribe(level, () => {});
    const link = changing.connect();
    const database = await link.clock.run(session.attach(link.client));
    const changed = async (work: () => { startHandle: number; endHandle: number }) => {
      const { startHandle, endHandle } = work();
      await link.clock.run(changing.tell(startHandle, endHandle));
      await link.clock.run(database.settled());
      await link.clock.advance(0);
    };
    const take = (one: typeof battery) => () => {
      one.remove();
      return one;
    };
    const add = () =>
      changing.server.add(
        service(0x180f, { level: characteristic(batteryLevel, { read: true, notify: true }) }),
      );
    await changed(take(battery));
    expect(failures).toEqual([
      expect.stringMatching(/^the characteristic subscribed to at handle .* is gone$/),
    ]);
    await changed(() => changing.server.add(service(0x1812, {})));
    expect(failures.splice(0)).toHaveLength(1);
    let back!: typeof battery;
    await changed(() => {
      back = add();
      return back;
    });
    expect(failures).toEqual([]);
    expect(back.characteristics.level.configuration(link.serverClient)).toBe(1);
    // It went, came, and goes again: that is told again.
    await changed(take(back));
    expect(failures).toHaveLength(1);
    lose(link);
    // And on another link.
    const next = changing.connect();
    await next.clock.run(session.attach(next.client));
    expect(failures).toEqual([failures[0], expect.stringMatching(/^the peer has no characteristic 2a19/)]);
  });

  it('goes on from what it knew, through JSON', async () => {
    const { changing } = host();
    const session = new GattSession();
    expect(session.cache).toBeUndefined();
    const first = changing.connect();
    await first.clock.run(session.attach(first.client));
    lose(first);
    const next = new GattSession({ cache: JSON.parse(JSON.stringify(session.cache)) });
    const second = changing.connect();
    expect((await second.clock.run(next.attach(second.client))).wasCached).toBe(true);
    expect(() => new GattSession({ cache: {} as never })).toThrow(/cache.version/);
  });

  it('iterates over all links, until it is closed', async () => {
    const { changing, local } = host();
    const session = new GattSession();
    const got: string[] = [];
    const reading = (async () => {
      for await (const value of session.values(level)) got.push(toHex(value));
    })();
    for (let i = 0; i < 2; i++) {
      const link = changing.connect();
      await link.clock.run(session.attach(link.client));
      await link.clock.run(local.notify(Uint8Array.of(i), link.serverClient));
      await link.clock.advance(0);
      if (i === 0) lose(link);
      else {
        await link.clock.run(session.close());
        expect(local.configuration(link.serverClient)).toBe(0);
      }
    }
    await reading;
    expect(got).toEqual(['00', '01']);
    await expect(session.subscribe(level, () => {})).rejects.toMatchObject({ code: 'INVALID_STATE' });
    const after = changing.connect();
    await expect(session.attach(after.client)).rejects.toThrow(/the session is closed/);
  });

  it('tells what it cannot subscribe to: at once on a link, else when there is one', async () => {
    const { changing, battery } = host();
    const session = new GattSession();
    const failed: string[] = [];
    session.on('failed', ({ path, error }) => void failed.push(`${path.characteristic}: ${error.message}`));
    await session.subscribe({ service: 0x180d, characteristic: 0x2a37 }, () => {});
    const link = changing.connect();
    await link.clock.run(session.attach(link.client));
    expect(failed).toEqual([`${0x2a37}: the peer has no characteristic 2a37 in a service 180d`]);
    await expect(
      link.clock.run(session.subscribe({ service: 0x180a, characteristic: 0x2a29 }, () => {})),
    ).rejects.toMatchObject({ code: 'NOT_SUPPORTED' });
    await expect(session.subscribe({ service: 'x', characteristic: 1 }, () => {})).rejects.toThrow(/no UUID/);
    // The peer's database changes: what is there now is taken up, what is gone is told.
    await link.clock.run(session.subscribe(level, () => {}));
    const { startHandle } = battery;
    battery.remove();
    const sensor = changing.server.add(service(0x180d, { a: characteristic(0x2a37, { notify: true }) }));
    await link.clock.run(changing.tell(startHandle, 0xffff));
    await link.clock.run(session.database!.settled());
    await link.clock.advance(0);
    expect(sensor.characteristics.a.configuration(link.serverClient)).toBe(1);
    expect(failed.at(-1)).toMatch(/^10777: .*(is gone|has no characteristic)/);
    await expect(session.attach(link.client)).rejects.toThrow(/has this link already/);
    await expect(session.attach(changing.connect().client)).rejects.toThrow(/has a link already/);
  });

  it('ends an attempt with the reason when the link goes meanwhile, and takes the next', async () => {
    const { changing } = host();
    const session = new GattSession();
    const link = changing.connect();
    const attaching = session.attach(link.client).catch((error: unknown) => error);
    lose(link);
    expect(await link.clock.run(attaching)).toBe(gone);
    const next = changing.connect();
    expect(await next.clock.run(session.attach(next.client))).toBe(session.database);
  });
});
