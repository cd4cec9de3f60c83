import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto, type PublicKey, type SmpCrypto } from '../../../src/smp/crypto/index.js';
import { type PairingDelegate, randomKeys } from '../../../src/smp/pairing/index.js';
import { type Method, Screen } from './every-method.js';
import { PairOfHosts, type Role, type SideOptions } from './pair-of-hosts.js';

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

/** Two hosts that pair by a method, with the same keys each time; what is asked of their users is a step as well. */
export function hostsOf(method: Method, delegates: Method['delegates'] = method.delegates): PairOfHosts {
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
export async function stepsOf(method: Method, by: Role): Promise<number> {
  const pair = hostsOf(method);
  let steps = 0;
  pair.onStep = () => steps++;
  const { error } = await pair.pair(by);
  if (error) throw error;
  return steps;
}

/** The first and the last steps: in the middle a passkey of Secure Connections has twenty rounds that are alike, of which four are here. */
export function* stepsToTry(steps: number): Iterable<number> {
  for (let at = 0; at < steps; at++) if (at < 28 || at >= steps - 32) yield at;
}
