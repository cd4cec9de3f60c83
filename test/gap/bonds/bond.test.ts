import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Address } from '../../../src/core/address.js';
import { Bond } from '../../../src/gap/bonds/index.js';
import { keyTexts, someKeys, somePeer } from './support.js';

const bond = new Bond({ identity: somePeer(1), keys: someKeys(1), level: 3, name: 'a lamp' });

const privateOne = Address.parse('41:00:00:00:00:01/random');
const keysWith = (more: object) => {
  const { own, peer } = someKeys(1);
  return { keys: { own, peer: { ...peer, encryption: { ...peer.encryption!, ...more } } } };
};

describe('A bond', () => {
  it('shows no keys when it is printed, nor do its parts', () => {
    const parts = [bond, bond.keys, bond.keys.own, bond.keys.peer, bond.keys.peer.encryption, { bond }];
    const all = [...parts, bond.keys.peer.identity, bond.keys.peer.signing, [bond]];
    for (const part of all) {
      const shown = [
        inspect(part, { depth: Infinity, showHidden: true }),
        JSON.stringify(part),
        String(part),
        JSON.stringify(structuredClone({ ...bond })),
      ].join('\n');
      for (const text of keyTexts(1)) expect(shown.replace(/\W/g, '').toLowerCase()).not.toContain(text);
      expect(shown).not.toContain('Uint8Array(16)');
    }
  });

  it('gives its keys to who asks for them, as a copy', () => {
    const keys = someKeys(2);
    const one = new Bond({ identity: somePeer(2), keys, level: 4 });
    keys.peer.encryption!.ltk.fill(0);
    expect(one.keys.peer.encryption!.ltk).toEqual(someKeys(2).peer.encryption!.ltk);
    expect(one.with({ name: 'x' }).keys).toEqual(one.keys);
  });

  it('is with an identity address only', () => {
    for (const text of ['41:00:00:00:00:01/random', '01:00:00:00:00:01/random'])
      expect(() => new Bond({ identity: Address.parse(text), keys: someKeys(1), level: 2 })).toThrow(
        /no identity address/,
      );
  });

  it('tells what is wrong with a key without showing it', () => {
    const keys = someKeys(1);
    const short = {
      ...keys,
      peer: { ...keys.peer, identity: { ...keys.peer.identity!, irk: new Uint8Array(3) } },
    };
    expect(() => new Bond({ identity: somePeer(1), keys: short, level: 2 })).toThrow(
      'keys.peer.identity.irk: 3 octets are not permitted; 16 to 16 are',
    );
    const text = { ...keys, own: { signing: { csrk: 'secret' as never, authenticated: false } } };
    expect(() => new Bond({ identity: somePeer(1), keys: text, level: 2 })).toThrow(
      'keys.own.signing.csrk: "string" is not permitted',
    );
  });

  it.each([
    ['a name that is too long', { name: 'ä'.repeat(125) }, /name: 250 octets/],
    ['a name that is no text', { name: 5 }, /name: text is wanted/],
    ['a moment that is none', { createdAt: Number.NaN }, /createdAt: /],
    ['a moment before 1970', { lastUsedAt: -1 }, /lastUsedAt: -1/],
    ['a moment beyond all calendars', { lastUsedAt: 8.65e15 }, /lastUsedAt: /],
    ['a hash of 4 octets', { client: { databaseHash: new Uint8Array(4) } }, /client\.databaseHash: 4 octets/],
    ['a flag that is a number', keysWith({ authenticated: 1 }), /keys\.peer\.encryption\.authenticated: 1/],
    ['a flag that is not there', keysWith({ secureConnections: undefined }), /secureConnections: undefined/],
    [
      'an identity that is none',
      { keys: { own: { identity: { irk: new Uint8Array(16), address: privateOne } }, peer: {} } },
      /keys\.own\.identity: 41:00:00:00:00:01\/random is no identity address/,
    ],
  ])('has nothing for which a file would be refused when it is read: %s', (_, more, message) => {
    const contents = { identity: somePeer(1), keys: someKeys(1), level: 3 as const, ...(more as object) };
    expect(() => new Bond(contents)).toThrow(message);
  });
});
