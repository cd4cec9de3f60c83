import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src/core/hex.js';
import type { SecurityPolicy } from '../../../src/smp/pairing/index.js';
import { methods, Screen } from './every-method.js';
import { PairOfHosts } from './pair-of-hosts.js';

describe.each(methods)('$name, Secure Connections: $secureConnections', (method) => {
  const policy: Partial<SecurityPolicy> = {
    secureConnections: method.secureConnections ? 'only' : 'never',
  };
  const hosts = (bonding = true, seed = 1) => {
    const screen = new Screen();
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
