import { describe, expect, it } from 'vitest';
import { MemoryBondStore } from '../../../src/gap/bonds/memory-store.js';
import {
  changedSettings,
  type SecurityOptions,
  securitySettings,
} from '../../../src/gap/security/options.js';

describe('The option security of a device', () => {
  it.each([
    ['is no object', 'yes', /security: options, or false, are wanted/],
    ['is null', null, /security: options, or false, are wanted/],
    ['has an unknown name', { minLevel: 3 }, /unknown option "minLevel"/],
    ['has a level that is none', { minimumLevel: 5 }, /minimumLevel: 5/],
    ['has a level as text', { minimumLevel: '3' }, /minimumLevel: "3"/],
    ['has an unknown word', { secureConnections: true }, /secureConnections: true/],
    ['has a key of 6 octets', { minKeySize: 6 }, /minKeySize: 6/],
    ['has a shortest key above the longest', { minKeySize: 16, maxKeySize: 7 }, /minKeySize: 16/],
    ['has a passkey of seven digits', { passkey: 1_000_000 }, /passkey: 1000000/],
    ['has a passkey as text', { passkey: '000123' }, /passkey: "000123"/],
    ['says no in text, which would count as yes', { debugKeys: 'false' }, /debugKeys: "false"/],
    ['says whether to bond by a number', { bonding: 0 }, /bonding: 0/],
    ['says whether to protect by a word', { mitm: 'required' }, /mitm: "required"/],
    ['says whether to tell keypresses by null', { keypress: null }, /keypress: null/],
    ['asks for keys by a number', { ownKeys: 7 }, /ownKeys: 7/],
    ['asks for keys that there are not', { peerKeys: { ltk: true } }, /peerKeys: unknown option "ltk"/],
    ['asks for a key by a number', { peerKeys: { identity: 1 } }, /peerKeys\.identity: 1/],
    ['has a delegate that is none', { delegate: 'me' }, /delegate: an object with functions/],
    ['has null for a delegate', { delegate: null }, /delegate: an object with functions/],
    ['has a delegate’s name misspelt', { delegate: { enterPassKey: () => 1 } }, /enterPassKey is nothing/],
    [
      'has a delegate’s value in place of a function',
      { delegate: { enterPasskey: 1 } },
      /delegate\.enterPasskey/,
    ],
    ['has a path for a store', { bonds: 'bonds.json' }, /security\.bonds: .*bondFile.*load is missing/],
    ['has a promise of a store', { bonds: Promise.resolve(new MemoryBondStore()) }, /security\.bonds/],
    ['makes nobody wait by a number that is none', { attempts: { firstMs: Number.NaN } }, /firstMs: /],
    ['makes peers wait less than no time', { attempts: { longestMs: -1 } }, /longestMs: -1/],
    ['remembers nobody', { attempts: { limit: 0 } }, /limit: 0/],
    ['has an unknown name in attempts', { attempts: { first: 1 } }, /unknown option "first"/],
    ['has a timeout out of range', { authenticatedPayload: { timeoutMs: 5 } }, /timeoutMs: 5/],
    ['encrypts by a word', { encryptOnConnect: 'yes' }, /encryptOnConnect: "yes"/],
  ])('is refused when it %s', (_, given, message) => {
    expect(() => securitySettings(given as unknown as SecurityOptions)).toThrow(message);
  });

  it('takes what is permitted, and a part that is undefined as not said', () => {
    const given: SecurityOptions = {
      bonding: false,
      mitm: true,
      ownKeys: { encryption: true, identity: false, signing: false, linkKey: false },
      delegate: {},
      bonds: new MemoryBondStore(),
      attempts: { firstMs: 0, longestMs: 0, limit: 1 },
    };
    expect(securitySettings(given)!.policy).toMatchObject({ bonding: false, mitm: true, minKeySize: 16 });
    expect(securitySettings(undefined)!.policy.mitm).toBeUndefined();
    expect(securitySettings({ bonds: null })!.bonds).toBeNull();
    expect(securitySettings(false)).toBeUndefined();
  });

  it('is changed on the way by options, and not where a device keeps its bonds and whom it lets wait', () => {
    expect(changedSettings({ minimumLevel: 3 }).policy.minimumLevel).toBe(3);
    for (const [given, message] of [
      [false, /options are wanted; security: false is for Device.open/],
      [{ bonds: new MemoryBondStore() }, /setSecurity: bonds is for Device.open/],
      [{ bonds: null }, /setSecurity: bonds is for Device.open/],
      [{ attempts: {} }, /setSecurity: attempts is for Device.open/],
      [{ minimumLevel: 9 }, /minimumLevel: 9/],
    ] as const)
      expect(() => changedSettings(given as unknown as SecurityOptions)).toThrow(message);
  });
});
