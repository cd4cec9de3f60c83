import { describe, expect, it } from 'vitest';
import { methods } from './every-method.js';
import { hostsOf, stepsOf, stepsToTry } from './method-hosts.js';
import type { Role, Side } from './pair-of-hosts.js';

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
      let tried = 0;
      for (const at of stepsToTry(steps)) {
        tried++;
        const pair = hostsOf(method);
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
      expect(unfinished).toBeGreaterThan(tried / 2);
    },
  );

  it.each(method.wrong)(
    '$what ends with reason $reason on both sides, begun by either, and nothing is kept',
    async ({ reason, delegates }) => {
      for (const by of ['central', 'peripheral'] as const) {
        const pair = hostsOf(method, delegates);
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
