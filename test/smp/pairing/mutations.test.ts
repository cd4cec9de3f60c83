import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import type { PairingDelegate } from '../../../src/smp/pairing/index.js';
import { PairOfHosts, type SideOptions } from './pair-of-hosts.js';

/** What becomes of one packet on its way. */
interface Mutation {
  readonly kind: 'lost' | 'twice' | 'late' | 'other' | 'before' | 'again' | 'flipped';
  /** Which packet of the pairing, counted over both directions. */
  readonly at: number;
  /** Octets for what is put in, and which earlier packet comes again. */
  readonly octets: Uint8Array;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('lost', 'twice', 'late', 'other', 'before', 'again', 'flipped'),
  at: fc.nat(95),
  octets: fc.uint8Array({ minLength: 3, maxLength: 66 }),
});
const sizes = [1, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2];

const six = 123456;
const displays: PairingDelegate = { displayPasskey: () => {} };
const enters: PairingDelegate = { enterPasskey: () => six };
const compares: PairingDelegate = { displayPasskey: () => {}, compare: () => true };
const methods: Record<string, [PairingDelegate, PairingDelegate]> = {
  'just works': [{}, {}],
  'passkey displayed by the central': [displays, enters],
  'passkey displayed by the peripheral': [enters, displays],
  comparison: [compares, compares],
};

describe('a pairing of which packets are lost, doubled, late, changed or made up', () => {
  it.each(Object.keys(methods).flatMap((name) => [[name, 'only'] as const, [name, 'never'] as const]))(
    '%s, Secure Connections: %s: comes to keys whole, or not at all',
    async (name, secureConnections) => {
      const [central, peripheral] = methods[name]!;
      const side = (delegate: PairingDelegate): SideOptions => ({
        policy: { secureConnections, passkey: six, minKeySize: 16, keypress: true },
        delegate,
      });
      let whole = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(mutation, { minLength: 1, maxLength: 3 }),
          fc.boolean(),
          async (list, byPeer) => {
            const pair = new PairOfHosts(side(central), side(peripheral));
            mutate(pair, list);
            await pair.pair(byPeer ? 'peripheral' : 'central');
            await pair.clock.run(new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 91_000)));
            await pair.settle();
            for (const { manager, paired } of [pair.central, pair.peripheral]) {
              expect(manager.pairing).toBe(false);
              for (const { encryption, level } of paired) {
                // Keys come over a link that was encrypted with what both computed, and never over another.
                expect(pair.keys).toContain(toHex(encryption.ltk));
                expect(level).toBe(
                  name === 'just works' || (name === 'comparison' && secureConnections === 'never')
                    ? 2
                    : secureConnections === 'only'
                      ? 4
                      : 3,
                );
              }
            }
            if (pair.central.paired.length > 0 && pair.peripheral.paired.length > 0) {
              whole++;
              expect(pair.central.paired.at(-1)!.encryption.ltk).toEqual(
                pair.peripheral.paired.at(-1)!.encryption.ltk,
              );
            }
          },
        ),
        { numRuns: 60, seed: 8 },
      );
      // Mutations behind the last packet, and of packets that nobody minds: else the above would say nothing.
      expect(whole).toBeGreaterThan(0);
    },
  );
});

function mutate(pair: PairOfHosts, list: readonly Mutation[]): void {
  let count = 0;
  const seen: Uint8Array[] = [];
  pair.onAir = (pdu, from) => {
    const at = count++;
    const to = pair[from === 'central' ? 'peripheral' : 'central'].manager;
    seen.push(pdu);
    let arriving: Uint8Array | undefined = pdu;
    for (const { kind, octets } of list.filter((one) => one.at === at)) {
      const made = octets.slice();
      made[0] = 1 + (made[0]! % 14);
      const packet = made.slice(0, made[1]! & 1 ? sizes[made[0]] : undefined);
      if (kind === 'lost') arriving = undefined;
      else if (kind === 'twice') to.pdu(pdu);
      else if (kind === 'before') to.pdu(packet);
      else if (kind === 'again') to.pdu(seen[octets[0]! % seen.length]!);
      else if (kind === 'other') arriving = packet;
      else if (kind === 'late') {
        arriving = undefined;
        pair.clock.setTimeout(() => to.pdu(pdu), octets[0]! * 100);
      } else if (arriving) {
        const where = octets[0]! % arriving.length;
        // What is distributed travels over the encrypted link, where the controller finds changed octets.
        if (pdu[0]! < 0x06 || pdu[0]! > 0x0a)
          arriving = arriving.map((octet, i) => (i === where ? octet ^ (octets[1]! || 1) : octet));
      }
    }
    return arriving;
  };
}
