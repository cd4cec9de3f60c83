import { expect, it } from 'vitest';
import { keepConnected } from '../../src/gap/keep-connected.js';
import { keepSession } from '../../src/gap/keep-session.js';
import { GattSession } from '../../src/gatt/client/session.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { fixedAttribute } from '../../src/gatt/server/descriptors.js';
import { batteryLevel } from '../../src/gatt/values/battery.js';
import { World } from '../support/world.js';

it('a session has each link to its peer, and no other; its subscriptions go on', async () => {
  const world = new World();
  const [central, peer, other] = [
    await world.device({ name: 'central' }),
    await world.device({ name: 'peer' }),
    await world.device({ name: 'other' }),
  ];
  const { level } = peer.server.add(
    service(0x180f, { level: characteristic(batteryLevel, { notify: true }) }),
  ).characteristics;
  const session = new GattSession();
  const got: number[] = [];
  await session.subscribeAs({ service: 0x180f }, batteryLevel, (value) => void got.push(value));
  const errors: unknown[] = [];
  const stop = keepSession(central, peer.address, session, { onError: (error) => void errors.push(error) });
  await world.run(other.startAdvertising({ data: { flags: 6 } }));
  await world.run(central.connect(other.address));
  await world.clock.advance(1000);
  expect(session.database).toBeUndefined();
  for (let i = 1; i <= 2; i++) {
    await world.run(peer.startAdvertising({ data: { flags: 6 } }));
    const attached = new Promise((resolve) => session.once('attached', resolve));
    const link = await world.run(central.connect(peer.address));
    await world.run(attached);
    await world.run(level.notifyAs(batteryLevel, i));
    await world.clock.advance(1000);
    await world.run(link.disconnect());
  }
  expect(got).toEqual([1, 2]);
  // A link that goes at once is no error: there will be another.
  await world.run(peer.startAdvertising({ data: { flags: 6 } }));
  const link = await world.run(central.connect(peer.address));
  await world.run(link.disconnect());
  await world.clock.advance(1000);
  stop();
  await world.clock.advance(1000);
  await world.run(peer.startAdvertising({ data: { flags: 6 } }));
  await world.run(central.connect(peer.address));
  await world.clock.advance(1000);
  expect(session.database).toBeUndefined();
  expect(errors).toEqual([]);
  await world.run(Promise.all([central.close(), peer.close(), other.close()]));
});

it('on a link that is kept, a session and its subscriptions go on by themselves', async () => {
  const world = new World();
  const [central, peer] = [await world.device(), await world.device()];
  const { level } = peer.server.add(
    service(0x180f, { level: characteristic(batteryLevel, { notify: true }) }),
  ).characteristics;
  const session = new GattSession();
  const got: number[] = [];
  await session.subscribeAs({ service: 0x180f }, batteryLevel, (value) => void got.push(value));
  const stop = keepSession(central, peer.address, session);
  const kept = keepConnected(central, peer.address);
  await world.run(peer.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' }));
  for (let i = 1; i <= 3; i++) {
    await world.run(new Promise((resolve) => session.once('attached', resolve)));
    await world.run(level.notifyAs(batteryLevel, i));
    await world.clock.advance(100);
    if (i < 3) peer.connections[0]!.disconnect().catch(() => {});
  }
  expect(got).toEqual([1, 2, 3]);
  stop();
  await world.run(kept.stop());
  await world.run(Promise.all([central.close(), peer.close()]));
});

it('a peer whose services cannot be discovered is told as a diagnostic, and harms nobody', async () => {
  const world = new World();
  const [central, peer] = [await world.device(), await world.device()];
  const place = peer.server.database.allocate(1);
  const declaration = fixedAttribute(place, 0x2800, Uint8Array.of(0x0f, 0x18));
  peer.server.database.add({ startHandle: place, endHandle: place }, [
    { ...declaration, readAccess: undefined },
  ]);
  const stop = keepSession(central, peer.address, new GattSession());
  await world.run(peer.startAdvertising({ data: { flags: 6 } }));
  const link = await world.run(central.connect(peer.address));
  await world.clock.advance(3000);
  expect(link.isConnected).toBe(true);
  expect(world.diagnostics).toMatchObject([
    {
      connectionHandle: link.handle,
      message: expect.stringMatching(/^a session was not attached .*0x02 Read/),
    },
  ]);
  stop();
  await world.run(Promise.all([central.close(), peer.close()]));
});
