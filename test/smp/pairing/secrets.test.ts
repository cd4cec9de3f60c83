import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { nobleCrypto } from '../../../src/smp/crypto/index.js';
import { type KeySource, type PairingDelegate, randomKeys } from '../../../src/smp/pairing/index.js';
import { PairOfHosts, type Role } from './pair-of-hosts.js';

const PASSKEY = 271828;
const shows: PairingDelegate = { displayPasskey: () => {} };
const enters: PairingDelegate = { enterPasskey: () => PASSKEY };
const entersWrong: PairingDelegate = { enterPasskey: () => PASSKEY + 1 };

/** Values by chance, all of which are written down. */
function noted(seed: number, secrets: Set<string>): KeySource {
  const keys = randomKeys(nobleCrypto, seededRandom(seed));
  const note = (octets: Uint8Array) => {
    secrets.add(toHex(octets));
    secrets.add(toHex(octets.toReversed()));
    return octets;
  };
  return {
    keyPair: () => {
      const pair = keys.keyPair();
      note(pair.privateKey);
      return pair;
    },
    random: () => note(keys.random()),
    passkey: () => keys.passkey(),
    longTermKey: () => {
      const key = keys.longTermKey();
      note(key.ltk);
      return key;
    },
    signingKey: () => note(keys.signingKey()),
  };
}

describe('keys, nonces and passkeys', () => {
  it.each(['only', 'never'] as const)(
    'are in no error and in no report, whatever is lost or wrong; Secure Connections: %s',
    async (secureConnections) => {
      for (const peripheral of [enters, entersWrong]) {
        for (let at = 0; at < 14; at++) {
          for (const kind of ['lost', 'twice', 'other'] as const) {
            const secrets = new Set([String(PASSKEY), String(PASSKEY + 1)]);
            const policy = { secureConnections, passkey: PASSKEY };
            const pair = new PairOfHosts(
              { policy, delegate: shows, keys: noted(1, secrets) },
              { policy, delegate: peripheral, keys: noted(2, secrets) },
            );
            let count = 0;
            pair.onAir = (pdu, from: Role) => {
              if (count++ !== at) return pdu;
              if (kind === 'twice') pair[from === 'central' ? 'peripheral' : 'central'].manager.pdu(pdu);
              return kind === 'lost' ? undefined : kind === 'other' ? pdu.subarray(0, 5) : pdu;
            };
            await pair.pair();
            await pair.clock.run(new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 31_000)));
            for (const side of [pair.central, pair.peripheral]) {
              const { irk } = side.identity!;
              secrets.add(toHex(irk));
              for (const one of side.paired) secrets.add(toHex(one.encryption.ltk));
              if (pair.key) secrets.add(pair.key);
            }
            for (const { failed, reports } of [pair.central, pair.peripheral]) {
              const told = [...reports, ...failed.map(everything)].join('\n').toLowerCase();
              for (const secret of secrets) expect(told).not.toContain(secret);
              // Octets as numbers, as JSON has them, as well.
              for (const secret of secrets)
                if (secret.length === 32) expect(told).not.toContain(decimals(secret));
            }
          }
        }
      }
    },
  );
});

function decimals(hex: string): string {
  return [...hex.matchAll(/../g)].map(([octet]) => Number.parseInt(octet, 16)).join(',');
}

/** All that an error says, with what is in it and behind it. */
function everything(error: unknown): string {
  if (!(error instanceof Error)) return JSON.stringify(error) ?? '';
  return `${error.message} ${JSON.stringify(error)} ${everything(error.cause)}`;
}
