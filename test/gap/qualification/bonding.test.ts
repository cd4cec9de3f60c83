import { afterEach, describe, expect, it } from 'vitest';
import { Cid } from '../../../src/l2cap/index.js';
import { type Role, send, Tested } from './support.js';

/** GAP/BOND: the bondable and the non-bondable mode, and bonding (Core Vol 3, Part C, 9.4.2 to 9.4.4). */

let tested: Tested;
afterEach(() => tested.close());

/** The AuthReq octet of the PDU that a device sent first. */
const authReq = (pdu: string | undefined, at: number) =>
  Number.parseInt(pdu!.slice(2).slice(at * 2, at * 2 + 2), 16);
const BONDING_FLAGS = 0x03;

describe('non-bondable mode (9.4.2): Bonding_Flags are No Bonding, and no keys are kept', () => {
  it('GAP/BOND/NBON/BV-01-C: as a central that answers a Security Request', async () => {
    tested = await Tested.open('central', { bonding: false }, {});
    const { own, tester } = await tested.connect();
    await tested.world.run(tester.requestSecurity());
    await tested.world.clock.advance(300);
    const [request] = tested.wire.smp('< 0b');
    expect(authReq(request, 1) & BONDING_FLAGS).toBe(1);
    expect(authReq(tested.wire.smp('> 01')[0], 3) & BONDING_FLAGS).toBe(0);
    expect(own.security).toEqual({ level: 2, keySize: 16, bonded: false });
    expect([tested.own.bonds.size, tested.tester.bonds.size]).toEqual([0, 0]);
  });

  it('GAP/BOND/NBON/BV-02-C: as a central that pairs by itself, each time anew', async () => {
    tested = await Tested.open('central', { bonding: false }, {});
    for (let i = 0; i < 2; i++) {
      tested.wire.clear();
      const link = await tested.connect();
      expect(link.own.security).toEqual({ level: 1, keySize: 0, bonded: false });
      expect(await tested.world.run(link.own.pair())).toMatchObject({ bonded: false });
      expect(authReq(tested.wire.smp('> 01')[0], 3) & BONDING_FLAGS).toBe(0);
      await link.part();
    }
    expect(tested.own.bonds.size).toBe(0);
  });

  it('GAP/BOND/NBON/BV-03-C: as a peripheral that is asked to pair', async () => {
    tested = await Tested.open('peripheral', { bonding: false }, {});
    const { own, tester } = await tested.connect();
    await tested.world.run(tester.pair());
    await tested.world.clock.advance(300);
    expect(authReq(tested.wire.smp('< 01')[0], 3) & BONDING_FLAGS).toBe(1);
    expect(authReq(tested.wire.smp('> 02')[0], 3) & BONDING_FLAGS).toBe(0);
    expect(own.security).toMatchObject({ level: 2, bonded: false });
    expect(tested.own.bonds.size).toBe(0);
  });
});

describe.each(['allowed', 'never'] as const)(
  'bonding (9.4.3, 9.4.4), Secure Connections %s',
  (secureConnections) => {
    /** The next link is encrypted with the key that is kept: no SMP, and what wants encryption is given. */
    async function encryptsAgain(): Promise<void> {
      expect([tested.own.bonds.size, tested.tester.bonds.size]).toEqual([1, 1]);
      tested.wire.clear();
      const { own, tester } = await tested.connect();
      expect(own.security).toEqual({ level: 2, keySize: 16, bonded: true });
      expect(await tested.read(tester, 0xb002)).toBe('02');
      expect(tested.wire.smp('')).toEqual([]);
    }

    it.each<[string, Role, 'begins' | 'answers', string, number]>([
      ['GAP/BOND/BON/BV-01-C', 'peripheral', 'begins', '> 0b', 1],
      ['GAP/BOND/BON/BV-02-C', 'central', 'begins', '> 01', 3],
      ['GAP/BOND/BON/BV-03-C', 'peripheral', 'answers', '> 02', 3],
      ['GAP/BOND/BON/BV-04-C', 'central', 'answers', '> 01', 3],
    ])('%s: a %s that %s bonds, and the key is used on the next link', async (_name, role, what, pdu, at) => {
      tested = await Tested.open(role, { secureConnections }, { secureConnections });
      const link = await tested.connect();
      if (what === 'begins') await tested.world.run(link.own.pair());
      else await tested.world.run(link.tester.pair());
      expect(authReq(tested.wire.smp(pdu)[0], at) & BONDING_FLAGS).toBe(1);
      // The keys of both sides: of legacy pairing the LTK with its EDIV and Rand; the IRK with the identity, the CSRK.
      const legacy = secureConnections === 'never';
      for (const way of ['>', '<']) {
        expect(tested.wire.smp(`${way} 06`)).toHaveLength(legacy ? 1 : 0);
        expect(tested.wire.smp(`${way} 08`)).toHaveLength(1);
        expect(tested.wire.smp(`${way} 09`)).toHaveLength(1);
        expect(tested.wire.smp(`${way} 0a`)).toHaveLength(1);
      }
      await link.part();
      await encryptsAgain();
    });
  },
);

it('GAP/BOND/BON/BV-04-C: a Security Request on a link of a bond has it encrypted with the key there is (Part H, 2.4.6)', async () => {
  tested = await Tested.open('central', { encryptOnConnect: false }, {});
  await tested.bond();
  const { own, tester } = await tested.connect();
  await send(tested, tester, Cid.smp, '0b09');
  expect(own.security).toEqual({ level: 2, keySize: 16, bonded: true });
  expect(tested.wire.smp('> ')).toEqual([]);
});
