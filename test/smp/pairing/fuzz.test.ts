import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/core/hex.js';
import type { PairingDelegate, SecurityPolicy } from '../../../src/smp/pairing/index.js';
import { PairOfHosts, type Role } from './pair-of-hosts.js';
import { AgainstScript } from './scripted-peer.js';

const lengths = [0, 7, 7, 17, 17, 2, 17, 11, 17, 8, 17, 2, 65, 17, 2];
/** A packet of the right length with anything in it, or anything at all. */
const packet = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 14 }).chain((code) => body(code, lengths[code]! - 1)) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 70 }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(1, 2), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 31 }))
      .map(([code, io, authReq]) => Uint8Array.of(code, io, 0, authReq, 16, 7, 7)),
  },
);
function body(code: number, size: number) {
  return fc.uint8Array({ minLength: size, maxLength: size }).map((octets) => Uint8Array.of(code, ...octets));
}

type Step = { readonly pdu: Uint8Array } | { readonly do: 'encrypted' | 'pair' | 'key' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: packet.map((pdu) => ({ pdu })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('encrypted' as const, 'pair' as const, 'key' as const)
      .map((what) => ({ do: what })),
  },
);

const delegate: PairingDelegate = {
  displayPasskey: () => {},
  enterPasskey: () => 123456,
  compare: () => true,
  confirm: () => true,
};

describe('any octets from the peer', () => {
  it.each(['central', 'peripheral'] as const)(
    'the %s neither fails nor comes to keys by them',
    async (role: Role) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, { maxLength: 30 }),
          fc.constantFrom<SecurityPolicy['secureConnections']>('allowed', 'only', 'never'),
          fc.boolean(),
          async (steps, secureConnections, withUser) => {
            const one = new AgainstScript(role, {
              policy: { secureConnections },
              ...(withUser ? { delegate } : {}),
            });
            for (const next of steps) {
              if ('pdu' in next) await one.give(next.pdu);
              else if (next.do === 'pair') await one.begin();
              else if (next.do === 'key') one.side.manager.longTermKey(0, new Uint8Array(8));
              else await one.encrypt();
            }
            // Nobody can do Secure Connections' check by chance. Legacy pairing without a user has no secret: but its random
            // value has to fit the confirm value.
            expect(one.side.paired).toEqual([]);
            await one.wait(31_000);
            expect(one.side.manager.pairing).toBe(false);
          },
        ),
        { numRuns: 150, seed: 5 },
      );
    },
  );

  it('one octet changed in one packet of a pairing is found out, or does no harm', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(30),
        fc.nat(64),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom<SecurityPolicy['secureConnections']>('only', 'never'),
        fc.constantFrom<Role>('central', 'peripheral'),
        async (which, at, mask, secureConnections, from) => {
          const policy = { secureConnections };
          const pair = new PairOfHosts({ policy }, { policy });
          let seen = 0;
          let changed: number | undefined;
          pair.onAir = (pdu, sender) => {
            if (sender !== from || seen++ !== which || at >= pdu.length) return pdu;
            changed = pdu[0];
            return pdu.map((octet, i) => (i === at ? octet ^ mask : octet));
          };
          await pair.pair();
          await pair.clock.run(new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 61_000)));
          for (const side of [pair.central, pair.peripheral]) {
            expect(side.manager.pairing).toBe(false);
            expect(side.paired.length + side.failed.length).toBeLessThanOrEqual(1);
            // What is distributed travels over the encrypted link, where the controller finds changed octets.
            const distributed = changed !== undefined && changed >= 0x06 && changed <= 0x0a;
            if (side.paired[0] && changed !== undefined && !distributed)
              expect(side.paired[0].encryption).toEqual(pair.central.paired[0]?.encryption);
          }
        },
      ),
      { numRuns: 150, seed: 6 },
    );
  });

  it('packets of every length of every code are answered or passed over', async () => {
    for (let code = 0; code < 256; code++) {
      const peripheral = new AgainstScript('peripheral');
      for (let size = 1; size < 20; size++) {
        const pdu = new Uint8Array(size);
        pdu[0] = code;
        const answers = await peripheral.give(pdu);
        if (code === 0 || code > 14) expect(answers).toEqual([]);
        else if (size !== lengths[code] && code !== 5) expect(answers).toEqual(['050a']);
      }
      expect(await peripheral.give(fromHex(''))).toEqual([]);
    }
  });
});
