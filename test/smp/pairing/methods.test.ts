import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import {
  createOutOfBandData,
  type PairingDelegate,
  type SecurityPolicy,
} from '../../../src/smp/pairing/index.js';
import { PairOfHosts, type Role } from './pair-of-hosts.js';

/** What the two users know of each other's screens. */
interface Screen {
  passkey?: number;
  compared: number[];
}

const shows = (screen: Screen): PairingDelegate => ({
  displayPasskey: (passkey) => {
    screen.passkey = passkey;
  },
});
const enters = (screen: Screen, wrong = 0): PairingDelegate => ({
  enterPasskey: async () => {
    // The user looks at the other device until something stands there; with two keyboards nothing will.
    for (let i = 0; i < 20 && screen.passkey === undefined; i++) await Promise.resolve();
    return ((screen.passkey ?? 123456) + wrong) % 1_000_000;
  },
});
const compares = (screen: Screen, answer = true): PairingDelegate => ({
  ...shows(screen),
  compare: (value) => {
    screen.compared.push(value);
    return answer;
  },
});

interface Method {
  readonly name: string;
  readonly method: string;
  readonly level: number;
  readonly secureConnections: boolean;
  readonly delegates: (screen: Screen) => { central: PairingDelegate; peripheral: PairingDelegate };
}

const oob = (screen: Screen, legacy: boolean): ReturnType<Method['delegates']> => {
  void screen;
  if (legacy) {
    const tk = seededRandom(5).fill(new Uint8Array(16));
    return { central: { oob: () => ({ tk }) }, peripheral: { oob: () => ({ tk }) } };
  }
  const a = createOutOfBandData(nobleCrypto, seededRandom(6));
  const b = createOutOfBandData(nobleCrypto, seededRandom(7));
  return {
    central: { oob: () => ({ own: a, peer: { random: b.random, confirm: b.confirm } }) },
    peripheral: { oob: () => ({ own: b, peer: { random: a.random, confirm: a.confirm } }) },
  };
};

const both = (secureConnections: boolean): Method[] => [
  {
    name: 'Just Works',
    method: 'justWorks',
    level: 2,
    secureConnections,
    delegates: () => ({ central: {}, peripheral: {} }),
  },
  {
    name: 'passkey that the central displays',
    method: 'passkey',
    level: secureConnections ? 4 : 3,
    secureConnections,
    delegates: (screen) => ({ central: shows(screen), peripheral: enters(screen) }),
  },
  {
    name: 'passkey that the peripheral displays',
    method: 'passkey',
    level: secureConnections ? 4 : 3,
    secureConnections,
    delegates: (screen) => ({ central: enters(screen), peripheral: shows(screen) }),
  },
  {
    name: 'passkey entered at both',
    method: 'passkey',
    level: secureConnections ? 4 : 3,
    secureConnections,
    delegates: (screen) => ({ central: enters(screen), peripheral: enters(screen) }),
  },
  {
    name: 'out of band',
    method: 'outOfBand',
    level: secureConnections ? 4 : 3,
    secureConnections,
    delegates: (screen) => oob(screen, !secureConnections),
  },
];

const methods: Method[] = [
  ...both(false),
  ...both(true),
  {
    name: 'Numeric Comparison',
    method: 'numericComparison',
    level: 4,
    secureConnections: true,
    delegates: (screen) => ({ central: compares(screen), peripheral: compares(screen) }),
  },
];

describe.each(methods)('$name, Secure Connections: $secureConnections', (method) => {
  const policy: Partial<SecurityPolicy> = {
    secureConnections: method.secureConnections ? 'only' : 'never',
  };
  const hosts = (bonding = true, seed = 1) => {
    const screen: Screen = { compared: [] };
    const { central, peripheral } = method.delegates(screen);
    const pair = new PairOfHosts(
      { policy: { ...policy, bonding }, delegate: central },
      { policy: { ...policy, bonding }, delegate: peripheral },
      seed,
    );
    return { pair, screen };
  };

  it.each([
    ['central', true],
    ['central', false],
    ['peripheral', true],
    ['peripheral', false],
  ] as const)('pairs, begun by the %s, bonding: %s', async (by, bonding) => {
    const { pair, screen } = hosts(bonding);
    const { pairing, error } = await pair.pair(by);
    expect(error).toBeUndefined();
    const [central] = pair.central.paired;
    const [peripheral] = pair.peripheral.paired;
    expect(pairing).toBe(by === 'central' ? central : peripheral);
    for (const one of [central!, peripheral!]) {
      expect(one).toMatchObject({
        method: method.method,
        level: method.level,
        bonded: bonding,
        secureConnections: method.secureConnections,
      });
      expect(toHex(one.encryption.ltk)).toBe(pair.key);
      expect(one.encryption).toMatchObject({ keySize: 16, ediv: 0 });
    }
    expect(central!.keys.own).toEqual(peripheral!.keys.peer);
    expect(central!.keys.peer).toEqual(peripheral!.keys.own);
    if (bonding) {
      expect(Object.keys(central!.keys.own).sort()).toEqual(['encryption', 'identity', 'signing']);
      expect(Object.keys(central!.keys.peer).sort()).toEqual(['encryption', 'identity', 'signing']);
      expect(central!.keys.peer.identity!.address).toEqual(pair.peripheral.identity!.address);
      const same = toHex(central!.keys.own.encryption!.ltk) === toHex(central!.keys.peer.encryption!.ltk);
      expect(same).toBe(method.secureConnections);
    }
    if (method.method === 'numericComparison') expect(screen.compared[0]).toBe(screen.compared[1]);
    expect(pair.central.reports).toEqual([]);
    expect(pair.peripheral.reports).toEqual([]);
  });

  it('ends on both sides when the link goes at any packet, and nothing is kept', async () => {
    const whole = hosts();
    await whole.pair.pair();
    const packets = whole.pair.log.length;
    expect(packets).toBeGreaterThan(4);
    for (let last = 0; last < packets; last++) {
      const { pair } = hosts();
      let seen = 0;
      pair.onAir = (pdu) => {
        if (seen++ === last) pair.close();
        return pdu;
      };
      const { error } = await pair.pair();
      expect(error?.code).toBe('DISCONNECTED');
      for (const side of [pair.central, pair.peripheral]) {
        // Whoever has sent and got all is done; the other one is not.
        if (side === pair.peripheral && last === packets - 1) continue;
        expect(side.paired, `link gone at packet ${last}`).toEqual([]);
      }
      expect(pair.central.manager.pairing).toBe(false);
      expect(pair.peripheral.manager.pairing).toBe(false);
    }
  });

  it('ends on both sides when a packet is lost: SMP has no answer for 30 s', async () => {
    const whole = hosts();
    await whole.pair.pair();
    const packets = whole.pair.log.length;
    for (let lost = 0; lost < packets; lost++) {
      const { pair } = hosts();
      let seen = 0;
      pair.onAir = (pdu) => (seen++ === lost ? undefined : pdu);
      await pair.pair();
      await pair.clock.run(new Promise((resolve) => pair.clock.setTimeout(() => resolve(undefined), 61_000)));
      const sides = [pair.central, pair.peripheral];
      expect(sides.filter((side) => side.paired.length > 0).length, `packet ${lost}`).toBeLessThan(2);
      for (const side of sides) expect(side.manager.pairing).toBe(false);
    }
  });
});

describe('a wrong answer of the user', () => {
  it.each([
    ['central', false],
    ['peripheral', false],
    ['central', true],
    ['peripheral', true],
  ] as const)('a wrong passkey at the %s, Secure Connections: %s', async (where, secureConnections) => {
    const screen: Screen = { compared: [] };
    const policy: Partial<SecurityPolicy> = { secureConnections: secureConnections ? 'only' : 'never' };
    const delegates: Record<Role, PairingDelegate> =
      where === 'central'
        ? { central: enters(screen, 1), peripheral: shows(screen) }
        : { central: shows(screen), peripheral: enters(screen, 1) };
    const pair = new PairOfHosts(
      { policy, delegate: delegates.central },
      { policy, delegate: delegates.peripheral },
    );
    const { error } = await pair.pair();
    expect(error).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x04 });
    for (const side of [pair.central, pair.peripheral]) {
      expect(side.failed).toHaveLength(1);
      expect(side.failed[0]).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x04 });
      expect(side.paired).toEqual([]);
    }
    expect(pair.key).toBeUndefined();
  });

  it.each(['central', 'peripheral'] as const)('a comparison rejected at the %s', async (where) => {
    const screen: Screen = { compared: [] };
    const pair = new PairOfHosts(
      { delegate: compares(screen, where !== 'central') },
      { delegate: compares(screen, where !== 'peripheral') },
    );
    const { error } = await pair.pair();
    expect(error).toMatchObject({ code: 'PAIRING_ERROR', reason: 0x0c });
    for (const side of [pair.central, pair.peripheral]) {
      expect(side.failed[0]).toMatchObject({ reason: 0x0c });
      expect(side.paired).toEqual([]);
    }
  });
});
