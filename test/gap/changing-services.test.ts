import { expect, it } from 'vitest';
import { keepSession } from '../../src/gap/keep-session.js';
import { characteristic, GattSession, type LocalService, service } from '../../src/gatt/index.js';
import { World } from '../support/world.js';

/** The service that is subscribed to: it is there at the end. */
const BEATING = 5;
const SERVICE = 0xb000;
const CHARACTERISTIC = 0xc000;

/** Numbers by chance, the same for the same seed. */
function chance(seed: number) {
  let state = seed * 7919 + 1;
  return (below: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** Of which service a characteristic of this test is, and which of its. */
const rolesOf = (uuid: number) => [(uuid - CHARACTERISTIC) >> 4, uuid & 15];

// Those behind the first ones have found something.
const seeds = [...Array.from({ length: 36 }, (_, i) => i), 581, 597, 792, 1152];

it.each(seeds)(
  'services come and go under a client that reads, writes, subscribes and reconnects: it takes none for another, and knows them in the end (Vol 3, Part G, 2.5.2; seed %i)',
  async (seed) => {
    const world = new World(seed);
    const { clock } = world;
    const by = chance(seed);
    const eatt = seed % 3 === 0;
    const client = await world.device(eatt ? { eatt: { bearers: 2 } } : {});
    const server = await world.device({ eatt });
    const wrong: string[] = [];
    const present = new Map<number, LocalService<Record<string, ReturnType<typeof characteristic>>>>();
    const add = (id: number) => {
      if (present.has(id)) return;
      const all: Record<string, ReturnType<typeof characteristic>> = {};
      for (let k = 1 + by(3); k > 0; k--) {
        const index = Object.keys(all).length;
        const value = Uint8Array.of(id, index);
        const slow = by(2) === 0;
        all[`c${index}`] = characteristic(CHARACTERISTIC + id * 16 + index, {
          ...{ read: true, write: true, notify: true, indicate: true },
          ...(by(2) ? { description: 'text' } : {}),
          onRead: () => (slow ? new Promise((done) => clock.setTimeout(() => done(value), by(20))) : value),
          onWrite: ([of, which]) => {
            if (of !== id || which !== index)
              wrong.push(`what was for ${of}.${which} came to ${id}.${index}`);
          },
        });
      }
      present.set(id, server.server.add(service(SERVICE + id, all)));
    };
    const remove = (id: number) => {
      present.get(id)?.remove();
      present.delete(id);
    };
    for (let id = 0; id < BEATING; id++) if (by(2)) add(id);
    add(BEATING);
    const beating = () => present.get(BEATING)!.characteristics['c0']!;

    const session = new GattSession({ eatt });
    let beats = 0;
    await session.subscribe(
      { service: SERVICE + BEATING, characteristic: CHARACTERISTIC + BEATING * 16 },
      ([of, which]) => {
        if (of !== BEATING || which !== 0) wrong.push(`heard ${of}.${which}`);
        beats++;
      },
    );
    const stop = keepSession(client, server.address, session, { onError: () => {} });
    await world.run(server.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' }));
    let link = await world.run(client.connect(server.address));
    if (seed % 2 === 0) await world.run(link.pair());
    await clock.advance(2000);

    const asked: Promise<unknown>[] = [];
    const ask = (work: Promise<unknown>) => void asked.push(work.catch(() => {}));
    const useSomething = () => {
      const found = session.database?.services.filter(({ uuid }) => uuid.short! >> 8 === SERVICE >> 8) ?? [];
      const all = found.flatMap(({ characteristics }) => characteristics);
      if (all.length === 0) return;
      const one = all[by(all.length)]!;
      const roles = rolesOf(one.uuid.short!);
      if (by(3) === 0) ask(one.write(Uint8Array.from(roles)));
      else
        ask(
          one.read().then((value) => {
            if (String([...value]) !== String(roles)) wrong.push(`${[...value]} was read for ${roles}`);
          }),
        );
    };
    for (let i = 0; i < 120; i++) {
      const id = by(BEATING);
      const what = by(9);
      if (what === 0) add(id);
      else if (what === 1) remove(id);
      else if (what < 5) useSomething();
      else if (what === 5) ask(beating().notify(Uint8Array.of(BEATING, 0)));
      else if (what === 6) ask(beating().indicate(Uint8Array.of(BEATING, 0)));
      else if (what === 7 && by(6) === 0) {
        await world.run(link.disconnect()).catch(() => {});
        link = await world.run(client.connect(server.address));
        if (by(2)) await clock.advance(by(300));
      } else if (what === 8 && by(8) === 0) {
        remove(BEATING);
        if (by(2)) await clock.advance(by(100));
        add(BEATING);
      }
      if (by(3) === 0) await clock.advance(by(80));
    }
    await world.run(Promise.all(asked), 200_000);
    await clock.advance(10_000);

    const places = (services: readonly { uuid: object; startHandle: number; endHandle: number }[]) =>
      services.map(({ uuid, startHandle, endHandle }) => `${uuid} ${startHandle}–${endHandle}`);
    expect(places(session.database!.services)).toEqual(places(await world.run(link.gatt.discoverServices())));
    const before = beats;
    await world.run(beating().notify(Uint8Array.of(BEATING, 0)));
    await clock.advance(500);
    expect(beats - before).toBe(1);
    expect(wrong).toEqual([]);
    stop();
    await world.run(Promise.all([client.close(), server.close()]));
  },
);
