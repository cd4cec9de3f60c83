import { afterEach, describe, expect, it, vi } from 'vitest';
import { keepSession } from '../../src/gap/keep-session.js';
import { knownDatabase } from '../../src/gap/known-database.js';
import { GattSession } from '../../src/gatt/client/session.js';
import { characteristic, type LocalCharacteristic, service } from '../../src/gatt/index.js';
import { batteryLevel } from '../../src/gatt/values/battery.js';
import { SecureWorld } from '../support/secure-link.js';

let world: SecureWorld;
let level: LocalCharacteristic;
afterEach(() => world.run(Promise.all([world.central.close(), world.peripheral.close()])));

async function bonded(): Promise<void> {
  world = await SecureWorld.open();
  const battery = service(0x180f, { level: characteristic(batteryLevel, { notify: true, value: 50 }) });
  level = world.peripheral.server.add(battery).characteristics.level;
}

describe('the database of a bonded peer (Core Vol 3, Part G, 2.5.2)', () => {
  it('is kept with the bond, and on the next encrypted link nothing is asked', async () => {
    await bonded();
    const { mine } = await world.connect();
    const first = await world.run(knownDatabase(world.central, mine));
    expect(first.wasCached).toBe(false);
    // Not bonded yet: nobody keeps anything.
    expect(world.central.bonds.size).toBe(0);
    await world.run(mine.pair());
    await world.run(mine.disconnect());
    expect(world.central.bonds.list()[0]!.client.cache).toMatchObject({ version: 1, serviceChanged: true });

    const again = (await world.connect()).mine;
    const asked = vi.spyOn(again.bearer, 'request');
    const known = await world.run(knownDatabase(world.central, again));
    expect(known.wasCached).toBe(true);
    expect(asked).not.toHaveBeenCalled();
    expect(known.characteristic(0x180f, 0x2a19)?.valueHandle).toBe(
      first.characteristic(0x180f, 0x2a19)?.valueHandle,
    );
  });

  it('is kept anew when the peer changes it', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    const database = await world.run(knownDatabase(world.central, mine));
    const before = JSON.stringify(world.central.bonds.list()[0]!.client.cache);
    world.peripheral.server.add(service(0x1812, {}));
    await world.clock.advance(2000);
    await world.run(database.settled());
    await world.clock.advance(1);
    const after = JSON.stringify(world.central.bonds.list()[0]!.client.cache);
    expect(before).not.toContain('1812');
    expect(after).toContain('1812');
  });

  it('is not kept when the link is lost before a change is known in full', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    const database = await world.run(knownDatabase(world.central, mine));
    const changing = new Promise((resolve) => database.once('changing', resolve));
    world.peripheral.server.add(service(0x1812, {}));
    await world.run(changing);
    await world.run(mine.disconnect());
    expect(world.central.bonds.list()[0]!.client.cache).toBeUndefined();
    const again = (await world.connect()).mine;
    const known = await world.run(knownDatabase(world.central, again));
    expect(known.service(0x1812)).toBeDefined();
  });

  it('is forgotten when the peer tells of a change and nobody listens, as it will not tell again (7.1)', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.run(knownDatabase(world.central, mine));
    await world.run(mine.disconnect());
    expect(world.central.bonds.list()[0]!.client.cache).toBeDefined();
    // A link on which the program asks for no database.
    world.peripheral.server.add(service(0x1812, {}));
    const second = (await world.connect()).mine;
    await world.clock.advance(2000);
    expect(world.central.bonds.list()[0]!.client.cache).toBeUndefined();
    // Whoever asks after all has it as it is, and keeps it.
    const late = await world.run(knownDatabase(world.central, second));
    expect(late.service(0x1812)).toBeDefined();
    expect(JSON.stringify(world.central.bonds.list()[0]!.client.cache)).toContain('1812');
    await world.run(second.disconnect());
    const third = (await world.connect()).mine;
    const known = await world.run(knownDatabase(world.central, third));
    expect([known.wasCached, known.service(0x1812) !== undefined]).toEqual([true, true]);
  });

  it('is forgotten when the peer refuses a request as out of sync, and nobody keeps its database (2.5.2.1)', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.run(knownDatabase(world.central, mine));
    await world.run(mine.disconnect());
    const first = (await world.connect()).mine;
    const cache = () => world.central.bonds.list()[0]!.client.cache;
    expect(cache()).toBeDefined();
    // As a server does that has no Service Changed, or was not asked for it.
    const server = [...world.peripheral.server.clients][0]!;
    server.known.setConfiguration(server.known.configurations.keys().next().value!, 0);
    world.peripheral.server.add(service(0x1812, {}));
    await expect(world.run(first.gatt.read(3))).rejects.toMatchObject({ error: 0x12 });
    await world.clock.advance(1);
    expect(cache()).toBeUndefined();
    expect((await world.run(knownDatabase(world.central, first))).service(0x1812)).toBeDefined();
    expect(JSON.stringify(cache())).toContain('1812');
  });

  it('stays with the bond when something else is indicated to nobody, and when it is damaged it is in nobody’s way', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.run(knownDatabase(world.central, mine));
    await world.run(mine.disconnect());
    const { bonds } = world.central;
    const [{ identity, client }] = bonds.list() as [ReturnType<typeof bonds.list>[0]];
    const { mine: second, theirs } = await world.connect();
    await world.run(theirs.served.indicate(0x0fff, Uint8Array.of(1, 0, 255, 255)));
    await world.clock.advance(1);
    expect(bonds.list()[0]!.client).toEqual(client);
    const damaged = { client: { cache: { services: [{ uuid: '1801' }] } } };
    await world.run(bonds.update(identity, damaged));
    await world.run(theirs.served.indicate(0x0fff, Uint8Array.of(1, 0, 255, 255)));
    await world.clock.advance(1);
    expect(bonds.list()[0]!.client).toEqual(damaged.client);
    expect(second.isConnected).toBe(true);
  });

  it('is right for a session that knows it itself, and is given a link after the peer told of a change', async () => {
    await bonded();
    const session = new GattSession();
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.run(session.attach(first.mine.gatt, { bonded: true }));
    await world.part(first);
    world.peripheral.server.add(service(0x1812, {}));
    const { mine } = await world.connect();
    await world.clock.advance(2000);
    const database = await world.run(session.attach(mine.gatt, { bonded: true }));
    expect([database.wasCached, database.service(0x1812) !== undefined]).toEqual([true, true]);
  });

  it('is not taken from the bond while the link is not encrypted with its key: the peer may be anybody', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.run(knownDatabase(world.central, mine));
    await world.run(mine.disconnect());
    const open = (await world.connect({ encrypt: false })).mine;
    expect(open.security.level).toBe(1);
    const asked = vi.spyOn(open.bearer, 'request');
    await world.run(knownDatabase(world.central, open));
    expect(asked.mock.calls.length).toBeGreaterThan(3);
  });

  it('is discovered again when what the bond has is no database', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.run(mine.disconnect());
    const { bonds } = world.central;
    await bonds.update(bonds.list()[0]!.identity, { client: { cache: { version: 1, services: 'none' } } });
    const again = (await world.connect()).mine;
    expect((await world.run(knownDatabase(world.central, again))).wasCached).toBe(false);
  });

  it('serves a new session of the next run, whose subscriptions go on', async () => {
    await bonded();
    const { mine } = await world.connect();
    await world.run(mine.pair());
    await world.run(knownDatabase(world.central, mine));
    await world.run(mine.disconnect());
    const session = new GattSession();
    const got: number[] = [];
    await session.subscribeAs({ service: 0x180f }, batteryLevel, (value) => void got.push(value));
    const stop = keepSession(world.central, world.peripheral.address, session);
    const attached = new Promise((resolve) => session.once('attached', resolve));
    await world.connect();
    await world.run(attached);
    expect(session.database?.wasCached).toBe(true);
    await world.run(level.notifyAs(batteryLevel, 7));
    await world.clock.advance(1000);
    expect(got).toEqual([7]);
    stop();
  });
});
