import { describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { heartRateControlPoint } from '../../../src/gatt/values/heart-rate.js';
import { ScriptedServer } from '../../support/gatt.js';

/** What people who have no types to help them get wrong. A demand that nobody understands leaves a value open to everybody. */
describe('a mistake in a declaration is told by its name', () => {
  const access = [
    ['a word that is not known', { lvl: 3 }, /\.lvl|"lvl"/],
    ['a word spelt otherwise', { authorise: () => false }, /"authorise"/],
    ['no such level', { level: 5 }, /level: 5 is not permitted/],
    ['level 0', { level: 0 }, /level: 0 is not permitted/],
    ['what is no level', { level: Number.NaN }, /level: NaN is not permitted/],
    ['too short a key', { keySize: 6 }, /keySize: 6 is not permitted/],
    ['nobody to ask', { authorize: true }, /authorize: true is not permitted; a function is/],
    ['a number', 2, /2 is not permitted; an object with options is/],
    ['a word', 'encrypted', /"encrypted" is not permitted/],
    ['nothing', null, /null is not permitted/],
  ] as const;
  describe.each(['read', 'write', 'writeWithoutResponse', 'writeSigned', 'broadcast'])(
    '%s wants',
    (option) => {
      it.each(access)('%s', (_, wrong, message) => {
        expect(() => characteristic(0x2a37, { [option]: wrong } as never)).toThrow(message);
      });
    },
  );

  it.each([
    [{ onRead: 5 }, /onRead: 5 is not permitted; a function is/],
    [{ onWrite: 'x' }, /onWrite: "x" is not permitted/],
    [{ validate: {} }, /validate: {} is not permitted/],
    [{ notify: true, onSubscribe: 1 }, /onSubscribe: 1 is not permitted/],
    [{ description: 5 }, /description: 5 is not permitted/],
    [{ description: { txt: 'a' } }, /description: unknown option "txt"/],
    [{ description: { text: 5 } }, /description: text, or an object with text is wanted/],
    [{ description: { text: 'a', write: { lvl: 1 } } }, /description\.write: unknown option "lvl"/],
    [{ description: 'é'.repeat(257) }, /description: 514 octets are not permitted; 0 to 512 are/],
    [{ descriptors: 5 }, /descriptors: a list is wanted/],
    [{ descriptors: [{}] }, /undefined is no UUID/],
    [{ descriptors: [{ uuid: 0x2901, val: 1 }] }, /descriptor: unknown option "val"/],
    [{ descriptors: [{ uuid: 0x2901, value: 'x' }] }, /descriptor\.value: "x" is not permitted/],
    [{ descriptors: [{ uuid: 0x2901, value: new Uint8Array(513) }] }, /descriptor\.value: 513 octets/],
    [{ descriptors: [{ uuid: 0x2901, read: { lvl: 2 } }] }, /descriptor\.read: unknown option "lvl"/],
  ])('%j', (options, message) => {
    expect(() => characteristic(0x2a37, options as never)).toThrow(message);
  });

  it('a handler of a typed value', () => {
    expect(() => characteristic(heartRateControlPoint, { write: true, onWrite: 5 as never })).toThrow(
      /onWrite: 5 is not permitted; a function is/,
    );
  });

  it.each([undefined, null, {}, [], true])('%j for a UUID', (uuid) => {
    expect(() => characteristic(uuid as never)).toThrow(/is no UUID/);
  });

  it.each([
    [undefined, {}, /an object of characteristics is wanted/],
    [{ level: 0x2a19 }, {}, /level: what characteristic\(\) gives is wanted/],
    [{ level: { read: true } }, {}, /level: what characteristic\(\) gives is wanted/],
    [{}, { includes: 0x180f }, /includes: a list is wanted/],
  ])('a service with %j and %j', (characteristics, options, message) => {
    expect(() => service(0x180f, characteristics as never, options as never)).toThrow(message);
  });
});

describe('what is no octets never goes out', () => {
  it.each(['abc', [1, 2], 5, null, undefined])('%j, as a notification or an indication', async (value) => {
    const host = new ScriptedServer();
    const { it: made } = host.server.add(
      service(0x180d, { it: characteristic(0x2a37, { notify: true, indicate: true }) }),
    ).characteristics;
    const link = host.connect();
    link.channel.give('1204000300');
    link.channel.take();
    await expect(made.notify(value as never)).rejects.toThrow(/value: .* is not permitted; a Uint8Array is/);
    await expect(made.indicate(value as never)).rejects.toThrow(/a Uint8Array is/);
    await expect(host.server.notifyMany([[made, value as never]])).rejects.toThrow(/a Uint8Array is/);
    expect(link.channel.take()).toEqual([]);
  });

  it.each([
    ['text', 'abc'],
    ['a list', [1, 2, 3]],
    ['nothing', undefined],
    ['more than a value has (Vol 3, Part F, 3.2.9)', new Uint8Array(513)],
  ])('%s from onRead: the client gets Unlikely Error, and it is told', async (_, value) => {
    for (const given of [() => value, () => Promise.resolve(value)]) {
      const host = new ScriptedServer();
      host.server.add(
        service(0x180d, { it: characteristic(0x2a37, { read: true, onRead: given as never }) }),
      );
      const link = host.connect();
      for (const pdu of ['0a0300', '0c03000000', '080100ffff372a', '0e03000300', '2003000300']) {
        link.channel.give(pdu);
        await settle();
        expect(link.channel.take()).toEqual([`01${pdu.slice(0, 2)}03000e`]);
        expect(link.reports.splice(0).join()).toMatch(
          /attribute 0x0003 failed: what onRead gave: .* not permitted/,
        );
      }
    }
  });
});
