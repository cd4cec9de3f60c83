import { afterEach, describe, expect, it } from 'vitest';
import { AttRefusal, characteristic, service } from '../../../src/gatt/index.js';
import { comparing, type Role, Tested } from './support.js';

/** GAP/SEC/AUT: what services that want security say, and what a client does about it (Core Vol 3, Part C, 10.3). */

let tested: Tested;
afterEach(() => tested.close());

const INSUFFICIENT_AUTHENTICATION = 0x05;
const INSUFFICIENT_ENCRYPTION = 0x0f;
/** A tester that asks for nothing by itself, with a user. */
const plainTester = () => ({
  delegate: comparing().delegate!,
  mitm: false,
  raise: false,
  encryptOnConnect: false,
});

describe('a server that a client without a bond asks for more than the link has (10.3.1)', () => {
  it.each<[string, Role]>([
    ['GAP/SEC/AUT/BV-11-C', 'peripheral'],
    ['GAP/SEC/AUT/BV-12-C', 'central'],
  ])('%s: as %s: Insufficient Authentication, and the value once it has paired', async (_name, role) => {
    tested = await Tested.open(role, { delegate: comparing().delegate! }, plainTester());
    const { own, tester } = await tested.connect();
    expect(await tested.read(tester, 0xb003)).toBe(INSUFFICIENT_AUTHENTICATION);
    expect(tested.wire.att('> 01').at(-1)).toMatch(/^> 010a....05$/);
    await tested.world.run(tester.pair({ mitm: true }));
    expect(own.security.level).toBe(4);
    expect(await tested.read(tester, 0xb003)).toBe('03');
  });
});

describe('a server that a client with an unauthenticated bond asks for more (10.3.1, 10.6)', () => {
  it.each<[string, Role]>([
    ['GAP/SEC/AUT/BV-13-C', 'central'],
    ['GAP/SEC/AUT/BV-14-C', 'peripheral'],
  ])(
    '%s: as %s: Insufficient Authentication, also when encrypted, until it has paired with MITM',
    async (_name, role) => {
      const own = { delegate: comparing().delegate!, mitm: false, encryptOnConnect: false };
      tested = await Tested.open(role, own, plainTester());
      await tested.bond();
      const link = await tested.connect();
      await tested.world.run(link.tester.encrypt());
      await tested.world.clock.advance(300);
      expect(link.own.security).toEqual({ level: 2, keySize: 16, bonded: true });
      expect(tested.wire.smp('> ')).toEqual([]);
      expect(await tested.read(link.tester, 0xb003)).toBe(INSUFFICIENT_AUTHENTICATION);
      await tested.world.run(link.tester.pair({ mitm: true }));
      await tested.world.clock.advance(300);
      const [features] = tested.wire.smp(role === 'central' ? '> 01' : '> 02');
      if (role === 'central') expect(Number.parseInt(features!.slice(8, 10), 16) & 0x04).toBe(0x04);
      expect(link.own.security).toEqual({ level: 4, keySize: 16, bonded: true });
      expect(await tested.read(link.tester, 0xb003)).toBe('03');
    },
  );
});

describe('a client that is refused by a peer which cannot do better (10.3.2)', () => {
  const cases: [string, Role][] = [
    ['GAP/SEC/AUT/BV-17-C', 'central'],
    ['GAP/SEC/AUT/BV-18-C', 'peripheral'],
  ];

  it.each(cases)(
    '%s: as %s: pairs without protection against a man in the middle, and has its value',
    async (_name, role) => {
      tested = await Tested.open(role, { delegate: comparing().delegate! }, {});
      const { own } = await tested.connect();
      expect(await tested.read(own, 0xb002)).toBe('02');
      expect(tested.wire.att('< 01').at(-1)).toMatch(/^< 010a....05$/);
      // NoInputNoOutput.
      expect(tested.wire.smp(role === 'central' ? '< 0203' : '< 0103')).toHaveLength(1);
      expect(own.security).toMatchObject({ level: 2 });
    },
  );

  it.each(cases)(
    '%s: as %s that insists on it: pairing fails, and the request with it',
    async (_name, role) => {
      tested = await Tested.open(role, { delegate: comparing().delegate!, minimumLevel: 3 }, {});
      const { own } = await tested.connect();
      expect(await tested.read(own, 0xb002)).toBe(INSUFFICIENT_AUTHENTICATION);
      expect(tested.wire.smp('> 05')).toEqual(['> 0503']);
      expect(own.security.level).toBe(1);
    },
  );
});

describe('a client whose peer has lost the bond (10.3.2)', () => {
  /** Bonded, and then the tester has forgotten; what the user of the tested device agrees to is in `asked`. */
  async function forgotten(role: Role, keyMissing: 'refuse' | 'pair' = 'refuse') {
    const { delegate, user } = comparing();
    tested = await Tested.open(
      role,
      { delegate: delegate!, encryptOnConnect: false, keyMissing },
      { ...plainTester(), mitm: true },
    );
    await tested.bond();
    await tested.world.run(tested.tester.bonds.clear());
    user.asked.length = 0;
    return user;
  }
  const key = () => [...tested.own.bonds.list()[0]!.keys.peer.encryption!.ltk];

  it('GAP/SEC/AUT/BV-19-C: a central tries the key of the bond, and pairs with nobody that has it not', async () => {
    const user = await forgotten('central');
    const before = key();
    const { own } = await tested.connect();
    expect(await tested.read(own, 0xb002)).toBe(INSUFFICIENT_AUTHENTICATION);
    expect(tested.wire.smp('> ')).toEqual([]);
    expect([key(), user.asked]).toEqual([before, []]);
  });

  it('GAP/SEC/AUT/BV-19-C: or pairs anew where it was told to, with the user asked, and has its value', async () => {
    const user = await forgotten('central', 'pair');
    const before = key();
    const { own } = await tested.connect();
    expect(await tested.read(own, 0xb002)).toBe('02');
    expect(user.asked).toEqual(['compare']);
    expect(key()).not.toEqual(before);
  });

  it('GAP/SEC/AUT/BV-20-C: a peripheral sends a Security Request, and has the user asked when a pairing follows', async () => {
    const user = await forgotten('peripheral');
    const { own } = await tested.connect();
    expect(await tested.read(own, 0xb002)).toBe('02');
    expect(tested.wire.smp('> ')[0]).toBe('> 0b0d');
    expect(user.asked).toEqual(['compare']);
    expect(own.security).toMatchObject({ level: 4, bonded: true });
  });

  it('GAP/SEC/AUT/BV-20-C: and keeps the bond as it is when the user does not agree', async () => {
    const user = await forgotten('peripheral');
    user.agrees = false;
    const before = [...tested.own.bonds.list()[0]!.keys.own.encryption!.ltk];
    const { own } = await tested.connect();
    expect(await tested.read(own, 0xb002)).toBe(INSUFFICIENT_AUTHENTICATION);
    expect([...tested.own.bonds.list()[0]!.keys.own.encryption!.ltk]).toEqual(before);
    expect(own.security.level).toBe(1);
  });

  it('GAP/SEC/AUT/BV-21-C: a central is told by the error when the peer has no key (PIN or Key Missing)', async () => {
    await forgotten('central');
    const { own } = await tested.connect();
    const error = await tested.failure(own.encrypt());
    expect(error).toMatchObject({ code: 'KEY_MISSING' });
    expect(error.message).toMatch(/remove the bond here as well and pair again/);
    expect(tested.own.bonds.size).toBe(1);
  });

  it('GAP/SEC/AUT/BV-22-C: a peripheral is told by the method when its Security Request leads to a pairing', async () => {
    await forgotten('peripheral');
    const { own } = await tested.connect();
    const told: unknown[] = [];
    own.on('paired', ({ method }) => told.push(method));
    const result = await tested.world.run(own.requestSecurity());
    // With the key of the bond there is no method.
    expect(result).toMatchObject({ method: 'numericComparison', level: 4 });
    expect(told).toEqual(['numericComparison']);
  });

  it('GAP/SEC/AUT/BV-22-C: and by the error where the bond may not be replaced', async () => {
    tested = await Tested.open('peripheral', { rePairing: 'never' }, plainTester());
    await tested.bond();
    await tested.world.run(tested.tester.bonds.clear());
    const { own } = await tested.connect();
    const error = await tested.failure(own.encrypt());
    expect(error).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x05, side: 'local' });
    expect(tested.wire.smp('> ')).toEqual(['> 0b09', '> 0505']);
    expect(tested.own.bonds.size).toBe(1);
  });

  it.each([
    ['GAP/SEC/AUT/BV-25-C', 0xb002, INSUFFICIENT_AUTHENTICATION],
    ['GAP/SEC/AUT/BV-27-C', 0xb301, INSUFFICIENT_ENCRYPTION],
  ])(
    '%s: a central leaves it to its user, after encryption has failed, whether to pair',
    async (_name, uuid, refusal) => {
      const user = await forgotten('central');
      const { world } = tested;
      let refuses = true;
      tested.tester.server.add(
        service(0xb300, {
          refusing: characteristic(0xb301, {
            read: true,
            onRead: () => {
              // A peer that holds to a bond which it cannot use.
              if (refuses) throw new AttRefusal(INSUFFICIENT_ENCRYPTION);
              return Uint8Array.of(2);
            },
          }),
        }),
      );
      const { own } = await tested.connect();
      const found = await world.find(own, uuid);
      const error = await tested.failure(found.read());
      expect(error).toMatchObject({ error: refusal, cause: { code: 'KEY_MISSING' } });
      expect(tested.wire.smp('> ')).toEqual([]);
      expect(user.asked).toEqual([]);
      // The program shows this, and its user wants to pair with that device.
      refuses = false;
      await world.run(own.pair());
      expect(user.asked).toEqual(['compare']);
      expect(await world.run(found.read())).toEqual(Uint8Array.of(2));
    },
  );
});

describe('a server that a client with a bond asks on a link that is not encrypted (10.3.1)', () => {
  it.each<[string, Role]>([
    ['GAP/SEC/AUT/BV-23-C', 'peripheral'],
    ['GAP/SEC/AUT/BV-24-C', 'central'],
  ])('%s: as %s: Insufficient Encryption, and the value once it is encrypted', async (_name, role) => {
    tested = await Tested.open(
      role,
      { delegate: comparing().delegate!, encryptOnConnect: false },
      { ...plainTester(), mitm: true },
    );
    await tested.bond();
    const { own, tester } = await tested.connect();
    expect(own.security).toEqual({ level: 1, keySize: 0, bonded: true });
    expect(await tested.read(tester, 0xb003)).toBe(INSUFFICIENT_ENCRYPTION);
    expect(tested.wire.att('> 01').at(-1)).toMatch(/^> 010a....0f$/);
    await tested.world.run(tester.encrypt());
    expect(await tested.read(tester, 0xb003)).toBe('03');
    expect(tested.wire.smp(role === 'peripheral' ? '> ' : '> 01')).toEqual([]);
  });
});
