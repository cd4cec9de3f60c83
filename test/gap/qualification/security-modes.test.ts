import { afterEach, describe, expect, it } from 'vitest';
import { keepSession } from '../../../src/gap/keep-session.js';
import { characteristic, GattSession, service } from '../../../src/gatt/index.js';
import { Cid } from '../../../src/l2cap/index.js';
import { coming, comparing, type Role, send, Tested } from './support.js';

/**
 * GAP/SEC/SEM for LE: security mode 1 with its levels, and Secure Connections Only mode (Core Vol 3, Part C, 10.2.1, 10.2.4 and 10.3).
 * The device that is tested is looked at by what passes its HCI; the tester is another one, or PDUs that are sent as they are.
 */

let tested: Tested;
afterEach(() => tested.close());

const level4 = () => {
  const { delegate } = comparing();
  return { delegate: delegate!, minimumLevel: 4 as const };
};
/** A tester that knows LE legacy pairing only, authenticated. */
const legacy = { delegate: { enterPasskey: () => 1 }, secureConnections: 'never' as const, raise: false };

/** AuthReq of a device that wants level 4: bonding, MITM, SC. */
const LEVEL_4 = '0d';

describe.each<[Role, string, string, string]>([
  ['peripheral', 'GAP/SEC/SEM/BV-21-C', 'GAP/SEC/SEM/BV-22-C', `> 0b${LEVEL_4}`],
  ['central', 'GAP/SEC/SEM/BV-26-C', 'GAP/SEC/SEM/BV-27-C', `> 010100${LEVEL_4}10`],
])('level 4 as %s', (role, outgoing, incoming, begins) => {
  it(`${outgoing}: a request that the peer refuses leads to authenticated LE Secure Connections, and is repeated (10.3.2)`, async () => {
    tested = await Tested.open(role, level4(), level4());
    const { own } = await tested.connect();
    expect(await tested.read(own, 0xb004)).toBe('04');
    expect(tested.wire.smp('> ')[0]).toMatch(new RegExp(`^${begins}`));
    expect(tested.wire.smp(role === 'central' ? '< 02' : '< 01')[0]).toMatch(/^< 0[12]0100(?:0d|2d)10/);
    expect(tested.wire.smp('> 0c')).toHaveLength(1);
    expect(own.security).toEqual({ level: 4, keySize: 16, bonded: true });
  });

  it(`${incoming}: a service of level 4 is given once the peer has paired for it, and refused before (10.3.1)`, async () => {
    tested = await Tested.open(role, level4(), { ...level4(), raise: false });
    const { own, tester } = await tested.connect();
    expect(await tested.read(tester, 0xb004)).toBe(0x05);
    await tested.world.run(tester.pair());
    expect(own.security).toMatchObject({ level: 4, keySize: 16 });
    expect(await tested.read(tester, 0xb004)).toBe('04');
  });
});

describe.each<[Role, string, string, string]>([
  ['peripheral', 'GAP/SEC/SEM/BV-23-C', 'GAP/SEC/SEM/BV-24-C', `> 0b${LEVEL_4}`],
  ['central', 'GAP/SEC/SEM/BV-28-C', 'GAP/SEC/SEM/BV-29-C', `> 010100${LEVEL_4}10`],
])(
  'Secure Connections Only mode as %s, with a peer that knows legacy pairing only',
  (role, outgoing, incoming, begins) => {
    it(`${outgoing}: a request that the peer refuses is not got past, and pairing fails (10.2.4)`, async () => {
      tested = await Tested.open(role, level4(), legacy);
      const { own } = await tested.connect();
      expect(await tested.read(own, 0xb004)).toBe(0x05);
      expect(tested.wire.smp('> ')[0]).toMatch(new RegExp(`^${begins}`));
      // Authentication Requirements: the features do not come to what is wanted.
      expect(tested.wire.smp('> 05')).toEqual(['> 0503']);
      expect(own.security.level).toBe(1);
      expect(tested.own.bonds.size).toBe(0);
    });

    it(`${incoming}: a service of level 4 is refused before and after it tries to pair (10.2.4, 10.3.1)`, async () => {
      tested = await Tested.open(role, level4(), legacy);
      const { own, tester } = await tested.connect();
      expect(await tested.read(tester, 0xb004)).toBe(0x05);
      await tested.failure(tester.pair());
      expect(tested.wire.smp('> 05')).toEqual(['> 0503']);
      expect(await tested.read(tester, 0xb004)).toBe(0x05);
      expect(own.security.level).toBe(1);
    });
  },
);

describe('keys that are too short for level 4 (10.2.1)', () => {
  it('GAP/SEC/SEM/BI-09-C: a peripheral refuses a Pairing Request with 7 to 15 octets', async () => {
    for (let size = 7; size <= 15; size++) {
      tested = await Tested.open('peripheral', { ...level4(), attempts: { firstMs: 1 } }, {});
      const { tester, own } = await tested.connect();
      await send(tested, tester, Cid.smp, Uint8Array.of(0x01, 0x01, 0x00, 0x0d, size, 0x03, 0x03));
      expect(tested.wire.smp('> ')).toEqual(['> 0506']);
      expect(own.security.level).toBe(1);
      if (size < 15) await tested.close();
    }
  });

  it('GAP/SEC/SEM/BI-10-C: a central refuses a Pairing Response with 7 to 15 octets', async () => {
    for (let size = 7; size <= 15; size++) {
      // A tester that pairs by nobody's rules: what it sends is here.
      tested = await Tested.open('central', level4(), { bonds: null });
      const { tester, own } = await tested.connect();
      tester.l2cap.openFixed(Cid.smp).attach({ pdu: () => {}, closed: () => {} });
      const failed = own.pair().catch((error: unknown) => error);
      await tested.world.clock.advance(300);
      expect(tested.wire.smp('> 01')[0]).toMatch(/^> 0101000d10/);
      await send(tested, tester, Cid.smp, Uint8Array.of(0x02, 0x01, 0x00, 0x0d, size, 0x03, 0x03));
      expect(await failed).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x06, side: 'local' });
      expect(tested.wire.smp('> 05')).toEqual(['> 0506']);
      if (size < 15) await tested.close();
    }
  });
});

it('GAP/SEC/SEM/BV-45-C: a bonded peer that does not encrypt is told as an error, and read by nobody (10.3.2)', async () => {
  tested = await Tested.open('central', level4(), level4());
  await tested.bond();
  await tested.world.run(tested.tester.bonds.clear());
  await tested.world.run(tested.tester.startAdvertising({ data: { flags: 6 } }));
  const error = await tested.failure(tested.own.connect(tested.tester.address));
  expect(error).toMatchObject({ code: 'KEY_MISSING' });
  expect(tested.wire.att('> ')).toEqual([]);
  expect(tested.wire.smp('> ')).toEqual([]);
  expect([tested.own.connections, tested.own.bonds.size]).toEqual([[], 1]);
});

describe('what a bonded server sends before the link is secure (10.3.2.2)', () => {
  it.each<[string, 2 | 3 | 4, Role, boolean]>([
    ['GAP/SEC/SEM/BV-56-C', 2, 'peripheral', true],
    ['GAP/SEC/SEM/BV-57-C', 3, 'peripheral', true],
    ['GAP/SEC/SEM/BV-58-C', 4, 'peripheral', true],
    ['GAP/SEC/SEM/BV-59-C', 2, 'peripheral', false],
    ['GAP/SEC/SEM/BV-60-C', 3, 'peripheral', false],
    ['GAP/SEC/SEM/BV-61-C', 4, 'peripheral', false],
    ['GAP/SEC/SEM/BV-62-C', 2, 'central', true],
    ['GAP/SEC/SEM/BV-63-C', 3, 'central', true],
    ['GAP/SEC/SEM/BV-64-C', 4, 'central', true],
    ['GAP/SEC/SEM/BV-65-C', 2, 'central', false],
    ['GAP/SEC/SEM/BV-66-C', 3, 'central', false],
    ['GAP/SEC/SEM/BV-67-C', 4, 'central', false],
  ])(
    '%s: level %i as %s: it is not passed on, and an indication confirmed (%s); afterwards it is',
    async (_name, level, role, indicate) => {
      const [mine, theirs] = coming(level);
      tested = await Tested.open(
        role,
        { ...mine, encryptOnConnect: false },
        { ...theirs, encryptOnConnect: false },
      );
      const { world, wire } = tested;
      const { told } = tested.tester.server.add(
        service(0xb100, { told: characteristic(0xb101, { notify: true, indicate: true }) }),
      ).characteristics;
      const session = new GattSession();
      const got: number[] = [];
      const errors: unknown[] = [];
      keepSession(tested.own, tested.tester.address, session, {
        onError: (error) => void errors.push(error),
      });
      const attached = () => new Promise((resolve) => session.once('attached', resolve));
      await session.subscribe(
        { service: 0xb100, characteristic: 0xb101 },
        (value) => void got.push(value[0]!),
        {
          indicate,
        },
      );
      let ready = attached();
      const first = await tested.connect();
      await world.run(ready);
      await world.run(first.own.pair());
      expect(first.own.security).toMatchObject({ level, bonded: true });
      await first.part();
      // Taken up on a link with the key of the bond, as it is from then on.
      ready = attached();
      const second = await tested.connect();
      await world.run(second.own.encrypt());
      await world.run(ready);
      await second.part();
      expect(got).toEqual([]);

      wire.clear();
      ready = attached();
      const { own, tester } = await tested.connect();
      await world.run(ready);
      expect(own.security).toEqual({ level: 1, keySize: 0, bonded: true });
      const handle = told.valueHandle;
      const pdu = (value: number) => Uint8Array.of(indicate ? 0x1d : 0x1b, handle & 255, handle >> 8, value);
      await send(tested, tester, Cid.att, pdu(1));
      expect(wire.att('> 1e')).toHaveLength(indicate ? 1 : 0);
      expect(got).toEqual([]);
      await world.run(own.encrypt());
      expect(own.security).toMatchObject({ level, bonded: true });
      await send(tested, tester, Cid.att, pdu(2));
      expect(wire.att('> 1e')).toHaveLength(indicate ? 2 : 0);
      expect(got).toEqual([2]);
      expect(errors).toEqual([]);
      expect(world.diagnostics.map(({ message }) => message)).toContainEqual(
        expect.stringMatching(
          /values of 0x[0-9a-f]{4} are dropped: the link is not encrypted, and they need level/i,
        ),
      );
    },
  );
});
