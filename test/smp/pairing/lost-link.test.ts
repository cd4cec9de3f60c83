import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto, type PublicKey, type SmpCrypto } from '../../../src/smp/crypto/index.js';
import { type PairingDelegate, randomKeys } from '../../../src/smp/pairing/index.js';
import { type Method, methods, Screen } from './every-method.js';
import { PairOfHosts, type Role, type Side, type SideOptions } from './pair-of-hosts.js';

/** P-256 once for each pair of keys: what is tested here runs hundreds of times over the same ones. */
function remembering(): SmpCrypto {
  const known = new Map<string, unknown>();
  const once = <T>(name: string, work: () => T): T => {
    if (!known.has(name)) known.set(name, work());
    return known.get(name) as T;
  };
  const nameOf = ({ x, y }: PublicKey) => `${toHex(x)} ${toHex(y)}`;
  return {
    encrypt: (key, block) => nobleCrypto.encrypt(key, block),
    cmac: (key, message) => nobleCrypto.cmac(key, message),
    newKeyPair: (random) => nobleCrypto.newKeyPair(random),
    keyPairOf: (key) => nobleCrypto.keyPairOf(key),
    isOnCurve: (key) => once(`on ${nameOf(key)}`, () => nobleCrypto.isOnCurve(key)),
    dhKey: (secret, key) => once(`${toHex(secret)} ${nameOf(key)}`, () => nobleCrypto.dhKey(secret, key)),
  };
}
const crypto = remembering();
const pairs = [1, 2].map((seed) => nobleCrypto.newKeyPair(seededRandom(seed)));

/** The same functions, each of which is a step of the pairing. */
function stepping(delegate: PairingDelegate, step: () => void): PairingDelegate {
  return Object.fromEntries(
    Object.entries(delegate).map(([name, work]) => [
      name,
      (...given: unknown[]) => {
        step();
        return (work as (...all: unknown[]) => unknown)(...given);
      },
    ]),
  );
}

/** Two hosts that pair by a method; what is asked of their users is a step as well. */
function hosts(method: Method, delegates: Method['delegates'] = method.delegates) {
  const screen = new Screen();
  const both = delegates(screen);
  const policy = { secureConnections: method.secureConnections ? 'only' : 'never' } as const;
  const side = (role: Role, n: number): SideOptions => ({
    policy,
    delegate: stepping(both[role], () => pair.onStep()),
    crypto,
    keys: { ...randomKeys(crypto, seededRandom(n)), keyPair: () => pairs[n]! },
  });
  const pair: PairOfHosts = new PairOfHosts(side('central', 0), side('peripheral', 1));
  return pair;
}

/** How many steps a pairing has. */
async function stepsOf(method: Method, by: Role): Promise<number> {
  const pair = hosts(method);
  let steps = 0;
  pair.onStep = () => steps++;
  const { error } = await pair.pair(by);
  expect(error).toBeUndefined();
  return steps;
}

/** What both sides give: all kinds of keys. */
const kinds = ['encryption', 'identity', 'signing'];

/** A side has all keys of the pairing, or it has failed by the end of the link; nothing between, and nothing twice. */
function wholeOrNothing(side: Side, began: boolean, where: string): void {
  expect(side.manager.pairing, where).toBe(false);
  const [pairing] = side.paired;
  if (pairing) {
    expect(side.failed, where).toEqual([]);
    expect(side.paired, where).toHaveLength(1);
    for (const keys of [pairing.keys.own, pairing.keys.peer])
      expect(Object.keys(keys).sort(), where).toEqual(kinds);
  } else {
    expect(side.failed, where).toHaveLength(began ? 1 : 0);
    if (began) expect(side.failed[0], where).toMatchObject({ code: 'DISCONNECTED', reason: 0x08 });
  }
}

/** What the peer was told of failures: who has no link any more tells nothing. */
const toldOfFailure = (side: Side) => side.sent.filter((pdu) => pdu.startsWith('05'));

describe.each(methods)('$name, Secure Connections: $secureConnections', (method) => {
  it.each<[Role, Role | undefined]>([
    ['central', undefined],
    ['central', 'central'],
    ['central', 'peripheral'],
    ['peripheral', undefined],
    ['peripheral', 'central'],
    ['peripheral', 'peripheral'],
  ])(
    'begun by the %s, the link goes at any step (noticed last by: %s): all keys, or the error of the link',
    async (by, later) => {
      const steps = await stepsOf(method, by);
      expect(steps).toBeGreaterThan(8);
      let unfinished = 0;
      for (let at = 0; at < steps; at++) {
        const pair = hosts(method);
        let seen = 0;
        const began = { central: false, peripheral: false };
        pair.onStep = () => {
          if (seen++ !== at) return;
          for (const role of ['central', 'peripheral'] as const) began[role] = pair[role].manager.pairing;
          pair.close(later, 20_000);
        };
        const { error, pairing } = await pair.pair(by);
        await pair.clock.run(new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 61_000)));
        await pair.settle();
        const { central, peripheral } = pair;
        const where = `gone at step ${at} of ${steps}`;
        wholeOrNothing(central, began.central, where);
        wholeOrNothing(peripheral, began.peripheral, where);
        if (pairing) expect(pair[by].paired, where).toEqual([pairing]);
        else expect(error, where).toMatchObject({ code: 'DISCONNECTED', reason: 0x08 });
        for (const side of [central, peripheral]) expect(toldOfFailure(side), where).toEqual([]);
        // The last keys are the central's: it cannot be whole where the peripheral had nothing to take.
        if (peripheral.paired.length > 0)
          expect(peripheral.paired[0]!.encryption.ltk, where).toHaveLength(16);
        if (central.paired.length === 0 && peripheral.paired.length === 0) unfinished++;
      }
      expect(unfinished).toBeGreaterThan(steps / 2);
    },
  );

  it.each(method.wrong)(
    '$what ends with reason $reason on both sides, begun by either, and nothing is kept',
    async ({ reason, delegates }) => {
      for (const by of ['central', 'peripheral'] as const) {
        const pair = hosts(method, delegates);
        const { error } = await pair.pair(by);
        expect(error).toMatchObject({ code: 'PAIRING_ERROR', reason });
        const sides = [pair.central, pair.peripheral];
        for (const side of sides) {
          expect(side.failed).toHaveLength(1);
          expect(side.failed[0]).toMatchObject({ code: 'PAIRING_ERROR', reason });
          expect(side.paired).toEqual([]);
          expect(side.manager.pairing).toBe(false);
        }
        // One of the two found it, and told the other.
        expect(sides.map((side) => (side.failed[0] as { side?: string }).side).sort()).toEqual([
          'local',
          'peer',
        ]);
        expect(sides.flatMap(toldOfFailure)).toEqual([`05${reason.toString(16).padStart(2, '0')}`]);
        expect(pair.key).toBeUndefined();
      }
    },
  );
});
