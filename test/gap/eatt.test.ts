import { afterEach, describe, expect, it } from 'vitest';
import { L2capError, NotSupportedError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { SecureWorld } from '../support/secure-link.js';

const EATT = 0x0027;

describe('enhanced ATT bearers between two hosts (Vol 3, Part G, 5.3.2)', () => {
  let world: SecureWorld;
  afterEach(() => world.close());

  /** A second without anything to wait for. */
  const pass = () => world.clock.advance(1000);

  it('are opened on a link that is encrypted for it, and carry requests beside one another', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    let release = () => {};
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { slow } = world.peripheral.server.add(
      service(0x180f, {
        slow: characteristic(0x2a19, { read: true, onRead: () => wait.then(() => Uint8Array.of(9)) }),
      }),
    ).characteristics;
    const { mine, theirs } = await world.connect();
    expect(await world.run(mine.openEatt({ count: 2 }))).toBe(2);
    await pass();
    expect([mine.security.level, mine.served.enhancedBearers, theirs.served.enhancedBearers]).toEqual([
      2, 2, 2,
    ]);
    expect(mine.l2cap.creditChannels.map(({ spsm, mode }) => [spsm, mode])).toEqual(
      Array(2).fill([EATT, 'enhancedCreditBased']),
    );
    const late = mine.gatt.read(slow.valueHandle);
    const found = await world.find(mine, 0xb001);
    expect(toHex(await world.run(found.read()))).toBe('01');
    release();
    expect(toHex(await world.run(late))).toBe('09');
    // Bit 1 of Client Supported Features was set, and read back (7.2).
    expect(theirs.served.state.clientSupportedFeatures[0]! & 2).toBe(2);
    expect(world.diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it('serve both sides: what the central opened, the peripheral’s client uses too', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const { mine, theirs } = await world.connect();
    await world.run(mine.openEatt({ count: 1 }));
    await pass();
    const reads = await world.run(
      Promise.all([theirs.gatt.readByUuid(0x2a00), theirs.gatt.readByUuid(0x2a00)]),
    );
    expect(reads.map(([one]) => toHex(one!.value))).toEqual(
      Array(2).fill(toHex(new TextEncoder().encode('bluewire'))),
    );
    const busy = theirs.gatt.readByUuid(0x2a00);
    expect(theirs.gatt.requester.pick().enhanced).toBe(true);
    await world.run(busy);
  });

  it('are opened by themselves once a link is encrypted, with the option, where the server has them (7.4)', async () => {
    world = await SecureWorld.open({}, {}, { eatt: { bearers: 3 } });
    const { mine, theirs } = await world.connect();
    await pass();
    expect(mine.served.enhancedBearers).toBe(0);
    await world.run(mine.pair());
    await pass();
    // The central opened three, and the peripheral, which wants three as well, found them.
    expect([mine.served.enhancedBearers, theirs.served.enhancedBearers]).toEqual([3, 3]);
    expect(theirs.served.state.clientSupportedFeatures[0]! & 2).toBe(2);
    expect(mine.served.state.clientSupportedFeatures[0]! & 2).toBe(2);
    const busy = theirs.gatt.readByUuid(0x2a00);
    expect(theirs.gatt.requester.pick().enhanced).toBe(true);
    await world.run(busy);
  });

  it.each([
    ['the peripheral opens what the central, which wants fewer, leaves', 1, 4],
    ['the central opens all where it wants more', 4, 1],
    ['the peripheral opens all where the central wants none', 0, 2],
  ])('%s: no more than the larger of the two', async (_, mineWants, theirsWant) => {
    world = await SecureWorld.open();
    await world.close();
    world.central = await world.device({ eatt: { bearers: mineWants } });
    world.peripheral = await world.device({ eatt: { bearers: theirsWant } });
    const { mine, theirs } = await world.connect();
    await world.run(mine.pair());
    await pass();
    const most = Math.max(mineWants, theirsWant);
    expect([mine.served.enhancedBearers, theirs.served.enhancedBearers]).toEqual([most, most]);
    // More come when they are asked for.
    expect(await world.run(theirs.openEatt({ count: 1 }))).toBe(1);
    await pass();
    expect(mine.served.enhancedBearers).toBe(most + 1);
    expect(world.diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it.each([0, 20, 60, 100, 150, 300])(
    'are no matter when the link ends %i ms after it was encrypted',
    async (ms) => {
      world = await SecureWorld.open({}, {}, { eatt: { bearers: 2 } });
      const ends = await world.connect();
      await world.run(ends.mine.pair());
      await world.clock.advance(ms);
      await world.part(ends);
      await pass();
      expect(world.diagnostics.map(({ message }) => message)).toEqual([]);
    },
  );

  it('are those of a bonded client that comes again: it has back what it had, on whichever it wrote it (2.5.2, 3.3.3.3, 7.2)', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const { told, other } = world.peripheral.server.add(
      service(0x180f, {
        told: characteristic(0x2a19, { notify: true, indicate: true }),
        other: characteristic(0x2a1a, { indicate: true }),
      }),
    ).characteristics;
    const first = await world.connect({ exchangeMtu: false });
    await world.run(first.mine.openEatt({ count: 2, mtu: 100 }));
    await pass();
    // The link's own bearer is busy: the descriptors are written on enhanced ones.
    const sent: string[] = [];
    for (const channel of first.theirs.l2cap.creditChannels)
      channel.on('closed', () => void sent.push('closed'));
    const busy = [first.mine.gatt.readByUuid(0x2a00)];
    for (const { valueHandle } of [told, other]) {
      expect(first.mine.gatt.requester.pick(5).enhanced).toBe(true);
      busy.push(first.mine.gatt.write(valueHandle + 1, Uint8Array.of(2, 0)) as never);
    }
    await world.run(Promise.all(busy));
    await world.run(first.mine.gatt.write(told.valueHandle + 1, Uint8Array.of(3, 0)));
    await pass();
    const { state } = first.theirs.served;
    expect([...state.configurations]).toEqual([
      [told.valueHandle + 1, 3],
      [other.valueHandle + 1, 2],
    ]);
    await world.part(first);
    expect(sent).toEqual(['closed', 'closed']);

    const { mine, theirs } = await world.connect({ exchangeMtu: false });
    expect(theirs.served.state).toEqual(state);
    const got: string[] = [];
    mine.gatt.subscriptions.onUnexpected = (handle, value, indication) =>
      void got.push(`${handle === told.valueHandle ? 'told' : 'other'} ${indication} ${value.length}`);
    // Before there are enhanced bearers, on the link's own.
    await world.run(told.notify(new Uint8Array(50)));
    await pass();
    expect(got.splice(0)).toEqual(['told false 20']);
    expect(await world.run(mine.openEatt({ count: 2, mtu: 100 }))).toBe(2);
    await pass();
    // The features were kept as well: what does not go into the link's own bearer comes on an enhanced one.
    await world.run(told.notify(new Uint8Array(50)));
    await world.run(Promise.all([told.indicate(Uint8Array.of(1)), other.indicate(Uint8Array.of(1, 2))]));
    await pass();
    expect(got.sort()).toEqual(['other true 2', 'told false 50', 'told true 1']);
    expect(theirs.served.state.configurations).toEqual(state.configurations);
    expect(world.diagnostics.map(({ message }) => message)).toEqual([]);
  });

  it('have a client that does not know of a change told on each bearer where it asks (2.5.2.1)', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const first = await world.connect();
    await world.run(first.mine.openEatt({ count: 2 }));
    await world.run((await world.find(first.mine, 0x2b29)).write(Uint8Array.of(3)));
    await pass();
    await world.part(first);
    world.peripheral.server.add(service(0x1812, {}));
    const { mine, theirs } = await world.connect();
    expect(theirs.served.isChangeAware).toBe(false);
    // What it asks for then is answered to everybody.
    expect(await world.run(mine.openEatt({ count: 2 }))).toBe(2);
    await pass();
    expect(theirs.served.isChangeAware).toBe(false);
    const { valueHandle } = await world.find(mine, 0xb001);
    // Three at once, one on each bearer.
    const reads = Array.from({ length: 3 }, () =>
      mine.gatt.read(valueHandle).catch((reason: { error?: number }) => reason.error),
    );
    expect(await world.run(Promise.all(reads))).toEqual([0x12, 0x12, 0x12]);
    expect(toHex(await world.run(mine.gatt.read(valueHandle)))).toBe('01');
    expect(theirs.served.isChangeAware).toBe(true);
  });

  it('are refused to a link without encryption (Part A, 4.26; Part C, 10.3.1)', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const { mine, theirs } = await world.connect();
    const refused = await world.run(
      mine.openChannels(EATT, 2, { mtu: 100 }).catch((error: unknown) => error),
    );
    expect(refused).toBeInstanceOf(L2capError);
    // Insufficient authentication: there is no key to encrypt with.
    expect(refused).toMatchObject({ reason: 5 });
    expect(theirs.served.enhancedBearers).toBe(0);
  });

  it('are refused to a bonded link that is not encrypted with insufficient encryption', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const first = await world.connect();
    await world.run(first.mine.pair());
    await world.part(first);
    const { mine, theirs } = await world.connect({ encrypt: false });
    expect(mine.security).toMatchObject({ level: 1, bonded: true });
    const refused = await world.run(
      mine.openChannels(EATT, 1, { mtu: 100 }).catch((error: unknown) => error),
    );
    expect(refused).toMatchObject({ reason: 8 });
    expect(theirs.served.enhancedBearers).toBe(0);
  });

  it('are not opened to a peer whose server has none, which its features say (7.4)', async () => {
    world = await SecureWorld.open();
    const { mine } = await world.connect();
    await expect(world.run(mine.openEatt())).rejects.toThrow(NotSupportedError);
    expect(mine.l2cap.creditChannels).toEqual([]);
  });

  it('are closed alone; the link’s own bearer goes on', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const { mine, theirs } = await world.connect();
    await world.run(mine.openEatt({ count: 2 }));
    await pass();
    await world.run(theirs.l2cap.creditChannels[0]!.close());
    await pass();
    expect([mine.served.enhancedBearers, theirs.served.enhancedBearers]).toEqual([1, 1]);
    const found = await world.find(mine, 0xb001);
    expect(toHex(await world.run(found.read()))).toBe('01');
  });

  it('have the smaller MTU of the two sides, and a larger one when a side reconfigures its own (Part A, 4.27)', async () => {
    world = await SecureWorld.open({}, {}, { eatt: true });
    const long = world.peripheral.server.add(
      service(0x180f, { long: characteristic(0x2a19, { read: true, value: new Uint8Array(300) }) }),
    ).characteristics.long;
    const { mine } = await world.connect({ exchangeMtu: false });
    await world.run(mine.openEatt({ count: 1, mtu: 100 }));
    await pass();
    const bearer = mine.gatt.requester.pick(60);
    expect([bearer.enhanced, bearer.mtu, mine.mtu]).toEqual([true, 100, 23]);
    expect(toHex(await world.run(mine.gatt.readLong(long.valueHandle)))).toBe('00'.repeat(300));
    await world.run(mine.l2cap.creditChannels[0]!.reconfigure({ mtu: 200 }));
    await pass();
    expect([bearer.mtu, mine.mtu]).toEqual([200, 23]);
    expect(toHex(await world.run(mine.gatt.readLong(long.valueHandle)))).toBe('00'.repeat(300));
  });

  it('cannot be more than five at once, and are no option of a device that never encrypts', async () => {
    world = await SecureWorld.open();
    const { mine } = await world.connect();
    await expect(mine.openEatt({ count: 6 })).rejects.toThrow(RangeError);
    await expect(mine.openEatt({ mtu: 63 })).rejects.toThrow(RangeError);
    await expect(world.device({ eatt: true, security: false })).rejects.toThrow(/security: false/);
    await expect(world.device({ eatt: { bearers: 6 } })).rejects.toThrow(RangeError);
  });
});
