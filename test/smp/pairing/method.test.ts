import { describe, expect, it } from 'vitest';
import type { IoCapabilityCode, PairingFeatures } from '../../../src/smp/pairing/index.js';
import { checkDelegate, chooseMethod, ioCapabilityOf } from '../../../src/smp/pairing/index.js';
import { describeWithShared, sharedJson } from '../../support/shared.js';

const names = ['DisplayOnly', 'DisplayYesNo', 'KeyboardOnly', 'NoInputNoOutput', 'KeyboardDisplay'];
const none = { encryption: false, identity: false, signing: false };

const features = (ioCapability: number, other: Partial<PairingFeatures> = {}): PairingFeatures => ({
  ioCapability: ioCapability as IoCapabilityCode,
  oob: false,
  bonding: true,
  mitm: true,
  secureConnections: false,
  keypress: false,
  maxKeySize: 16,
  initiatorKeys: none,
  responderKeys: none,
  ...other,
});

interface Cell {
  readonly method: 'JUST_WORKS' | 'PASSKEY' | 'NUMERIC_COMPARISON';
  readonly initiator_displays?: boolean;
  readonly responder_displays?: boolean;
}

const methods = { JUST_WORKS: 'justWorks', PASSKEY: 'passkey', NUMERIC_COMPARISON: 'numericComparison' };

describeWithShared('the method by IO capabilities (Core Vol 3, Part H, 2.3.5.1, table 2.8)', () => {
  const table = sharedJson<{
    smp: {
      pairing_method_matrix_initiator_then_responder: Record<
        string,
        Record<string, Record<'legacy' | 'sc', Cell>>
      >;
    };
  }>('spec/att-gatt-smp-l2cap.json').smp.pairing_method_matrix_initiator_then_responder;
  const pairs = names.flatMap((initiator) => names.map((responder) => [initiator, responder] as const));

  it.each(pairs)('%s to %s', (initiator, responder) => {
    for (const kind of ['legacy', 'sc'] as const) {
      const cell = table[initiator]![responder]![kind];
      const secureConnections = kind === 'sc';
      const of = (name: string) => features(names.indexOf(name), { secureConnections });
      for (const [side, displays] of [
        ['initiator', cell.initiator_displays],
        ['responder', cell.responder_displays],
      ] as const) {
        const chosen = chooseMethod(of(initiator), of(responder), side);
        expect(chosen.method).toBe(methods[cell.method]);
        if (cell.method === 'PASSKEY') expect(chosen.passkey).toBe(displays ? 'display' : 'enter');
        else expect(chosen.passkey).toBeUndefined();
      }
    }
  });
});

describe('the method beside IO capabilities (tables 2.6 and 2.7)', () => {
  it('is Just Works when neither side asks for protection', () => {
    const one = features(4, { mitm: false, secureConnections: true });
    expect(chooseMethod(one, one, 'initiator')).toEqual({ method: 'justWorks' });
    expect(chooseMethod(one, features(4, { secureConnections: true }), 'initiator').method).toBe(
      'numericComparison',
    );
  });

  it.each([
    [false, true, true, 'outOfBand'],
    [false, true, false, 'justWorks'],
    [false, false, true, 'justWorks'],
    [true, true, true, 'outOfBand'],
    [true, true, false, 'outOfBand'],
    [true, false, true, 'outOfBand'],
    [true, false, false, 'justWorks'],
  ] as const)(
    'Secure Connections %s, data of the initiator %s, of the responder %s: %s',
    (sc, i, r, method) => {
      const initiator = features(3, { secureConnections: sc, oob: i });
      const responder = features(3, { secureConnections: sc, oob: r });
      expect(chooseMethod(initiator, responder, 'initiator').method).toBe(method);
    },
  );
});

describe('what a delegate can do (2.3.2)', () => {
  const displayPasskey = () => {};
  const enterPasskey = () => 0;
  const compare = () => true;
  it.each([
    [{}, 3],
    [{ displayPasskey }, 0],
    [{ displayPasskey, compare }, 1],
    [{ enterPasskey }, 2],
    [{ displayPasskey, enterPasskey }, 2],
    [{ displayPasskey, enterPasskey, compare }, 4],
  ])('%j', (delegate, ioCapability) => {
    expect(ioCapabilityOf(delegate)).toBe(ioCapability);
    expect(() => checkDelegate(delegate)).not.toThrow();
  });

  it('compare alone is refused, and what is no function', () => {
    expect(() => checkDelegate({ compare })).toThrow(/displayPasskey/);
    expect(() => checkDelegate({ confirm: true as unknown as () => boolean })).toThrow(/confirm/);
  });
});
