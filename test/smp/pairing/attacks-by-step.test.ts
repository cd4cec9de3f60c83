import { describe, expect, it } from 'vitest';
import { fromHex } from '../../../src/core/hex.js';
import { methods } from './every-method.js';
import { hostsOf, stepsOf, stepsToTry } from './method-hosts.js';
import type { PairOfHosts, Role } from './pair-of-hosts.js';

const roles: readonly Role[] = ['central', 'peripheral'];
const NO_NAME = new Uint8Array(8);

/** Lets everything come to its end, timers too. */
async function over(pair: PairOfHosts): Promise<void> {
  await pair.clock.run(new Promise<void>((resolve) => pair.clock.setTimeout(resolve, 61_000)));
  await pair.settle();
}

/** A pairing of which one side is given a packet at a step that nobody sent. */
async function givenAt(method: (typeof methods)[number], at: number, to: Role, packet: string) {
  const pair = hostsOf(method);
  const { manager, sent } = pair[to];
  let seen = 0;
  const when = { pairing: false, sent: 0 };
  pair.onStep = () => {
    if (seen++ !== at) return;
    when.pairing = manager.pairing;
    manager.pdu(fromHex(packet));
    when.sent = sent.length;
  };
  const outcome = await pair.pair();
  await over(pair);
  return { pair, outcome, when };
}

describe.each(methods)(
  'what a peer does at any step of $name, Secure Connections: $secureConnections',
  (method) => {
    it('Pairing Failed ends the pairing at once, is not answered, and leaves nothing, in both roles', async () => {
      const steps = await stepsOf(method, 'central');
      let ended = 0;
      for (const to of roles) {
        for (const at of stepsToTry(steps)) {
          const { pair, when } = await givenAt(method, at, to, '0508');
          const where = `${to}, step ${at} of ${steps}`;
          const side = pair[to];
          expect(side.manager.pairing, where).toBe(false);
          expect(side.paired.length + side.failed.length, where).toBeLessThanOrEqual(1);
          if (!when.pairing) continue;
          ended++;
          expect(side.failed, where).toMatchObject([{ code: 'PAIRING_ERROR', reason: 0x08, side: 'peer' }]);
          expect(side.sent.length, where).toBe(when.sent);
        }
      }
      expect(ended).toBeGreaterThan(20);
    });

    it.each([
      ['a Pairing Request', '0103000d100707', { central: 0x07, peripheral: 0x08 }],
      ['a Pairing Response', '0203000d100707', { central: 0x08, peripheral: 0x08 }],
      ['a packet of a wrong length', '04', { central: 0x0a, peripheral: 0x0a }],
      ['a key in front of the encryption', `08${'5a'.repeat(16)}`, { central: 0x08, peripheral: 0x08 }],
      ['a public key that is none', `0c${'5a'.repeat(64)}`, { central: undefined, peripheral: undefined }],
    ] as const)(
      '%s comes to no keys, and ends the pairing where it is out of its place',
      async (_, packet, reasons) => {
        const whole = hostsOf(method);
        await whole.pair();
        const steps = await stepsOf(method, 'central');
        for (const to of roles) {
          for (const at of stepsToTry(steps)) {
            const { pair, when } = await givenAt(method, at, to, packet);
            const where = `${to}, step ${at} of ${steps}`;
            const side = pair[to];
            expect(side.manager.pairing, where).toBe(false);
            // What comes behind the last key is passed over: the keys are those that would have come about without it.
            if (side.paired.length > 0) {
              expect(side.paired, where).toEqual(whole[to].paired);
              expect(side.failed, where).toEqual([]);
              continue;
            }
            const reason = reasons[to];
            if (when.pairing && reason !== undefined) expect(side.failed, where).toMatchObject([{ reason }]);
          }
        }
      },
    );

    it('each packet twice: the second one ends the pairing, unless it was the last of its sender', async () => {
      const whole = hostsOf(method);
      await whole.pair();
      const packets = whole.log.length;
      for (const twice of stepsToTry(packets)) {
        const pair = hostsOf(method);
        let seen = 0;
        pair.onAir = (pdu, from) => {
          if (seen++ === twice) pair[from === 'central' ? 'peripheral' : 'central'].manager.pdu(pdu);
          return pdu;
        };
        await pair.pair();
        await over(pair);
        const where = `packet ${twice} of ${packets}`;
        const { from, pdu } = whole.log[twice]!;
        const to = pair[from === 'central' ? 'peripheral' : 'central'];
        for (const role of roles) expect(pair[role].manager.pairing, where).toBe(false);
        // Behind the last packet of its sender it is passed over.
        if (whole.log.slice(twice + 1).every((later) => later.from !== from)) {
          expect(to.paired, where).toEqual(whole[from === 'central' ? 'peripheral' : 'central'].paired);
        } else {
          expect(to.paired, `${where}: ${pdu}`).toEqual([]);
          expect(to.failed, `${where}: ${pdu}`).toHaveLength(1);
        }
      }
    });

    it('encryption is given no key before the peer has shown that it has the same (CVE-2019-19194, CVE-2020-13593)', async () => {
      const pair = hostsOf(method);
      const { peripheral } = pair;
      let without = 0;
      let last = false;
      pair.onStep = () => {
        const key = peripheral.manager.longTermKey(0, NO_NAME);
        // What the peripheral answers the check of the central with, when it was right.
        const checked = peripheral.sent.some((pdu) => pdu.startsWith(method.secureConnections ? '0d' : '04'));
        if (!key) without++;
        if (peripheral.paired.length === 0) expect(key !== undefined).toBe(checked);
        if (key) expect(key.ltk.some((octet) => octet !== 0)).toBe(true);
        last = key !== undefined;
        // One that is named is that of a bond.
        expect(peripheral.manager.longTermKey(1, NO_NAME)).toBeUndefined();
      };
      expect((await pair.pair()).error).toBeUndefined();
      expect(without).toBeGreaterThan(5);
      expect(last).toBe(true);
    });
  },
);
