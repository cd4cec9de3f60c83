import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { AttRefusal } from '../../../src/gatt/server/attribute.js';
import { type CharacteristicOptions, characteristic, service } from '../../../src/gatt/server/definition.js';
import { ScriptedServer } from '../../support/gatt.js';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;

/** What the server answers to a PDU; an empty text when it says nothing. */
async function ask(pdu: string): Promise<string> {
  link.channel.give(pdu);
  await settle();
  return link.channel.take().join(' ');
}

beforeEach(() => {
  host = new ScriptedServer();
  link = host.connect();
});

describe('what an attribute needs', () => {
  it.each([
    ['a name that there is not', { read: { lvl: 3 } }, /read: unknown option "lvl"/],
    ['a number', { read: 3 }, /read: 3 is not permitted/],
    ['a level that there is not', { write: { level: 5 } }, /write\.level: 5/],
    ['a level as text', { notify: { level: '3' } }, /notify\.level: "3"/],
    ['a key of 17 octets', { indicate: { level: 2, keySize: 17 } }, /indicate\.keySize: 17/],
    ['an answer in place of a question', { writeSigned: { authorize: true } }, /writeSigned\.authorize/],
    ['of a descriptor', { descriptors: [{ uuid: 0x2905, write: { key: 7 } }] }, /descriptor\.write: unknown/],
    ['of a description', { description: { text: '', write: { level: 0 } } }, /description\.write\.level: 0/],
    [
      'that Write Requests need not',
      { write: true, writeWithoutResponse: { level: 3 } },
      /one access for writing/,
    ],
  ])('is not left open by mistake: %s is refused', (_, options, message) => {
    expect(() => characteristic(0x2a00, options as unknown as CharacteristicOptions)).toThrow(message);
  });

  it('may be said twice for both ways of writing, and for commands alone', () => {
    for (const options of [
      { write: { level: 3 }, writeWithoutResponse: { level: 3 } },
      { write: { level: 3 }, writeWithoutResponse: true },
      { writeWithoutResponse: { level: 3 } },
    ] as const)
      expect(characteristic(0x2a00, options)).toMatchObject(options);
  });

  it('is encryption where it says a size of the key and no level', async () => {
    host.server.add(service(0x180d, { a: characteristic(0x2a00, { read: { keySize: 16 } }) }));
    expect(await ask('0a0300')).toBe('010a030005');
    host.security = { level: 2, keySize: 7, bonded: true };
    expect(await ask('0a0300')).toBe('010a03000c');
    host.security = { level: 2, keySize: 16, bonded: true };
    expect(await ask('0a0300')).toBe('0b');
  });

  it('counts for notifications and indications, to ask for them and to be told (Vol 3, Part G, 3.3.3.3)', async () => {
    const { a, b } = host.server.add(
      service(0x180d, {
        a: characteristic(0x2a37, { notify: { level: 2 }, indicate: { level: 3, keySize: 10 } }),
        b: characteristic(0x2a38, { notify: true, descriptors: [{ uuid: 0x2902, write: { level: 2 } }] }),
      }),
    ).characteristics;
    expect(await ask('1204000100')).toBe('0112040005');
    expect(await ask('1207000100')).toBe('0112070005');
    // Readable without security.
    expect(await ask('0a0400')).toBe('0b0000');
    host.security = { level: 2, keySize: 16, bonded: true };
    expect(await ask('1204000100')).toBe('0112040005');
    expect(await ask('1207000100')).toBe('13');
    host.security = { level: 3, keySize: 7, bonded: true };
    expect(await ask('1204000100')).toBe('011204000c');
    host.security = { level: 3, keySize: 10, bonded: true };
    expect(await ask('1204000300')).toBe('13');
    await a.notify(Uint8Array.of(1));
    await b.notify(Uint8Array.of(2));
    expect(link.channel.take()).toEqual(['1b030001', '1b060002']);
    host.security = { level: 1, keySize: 0, bonded: true };
    await a.notify(Uint8Array.of(1));
    await a.indicate(Uint8Array.of(1));
    await b.notify(Uint8Array.of(2));
    expect(link.channel.take()).toEqual([]);
    expect(await ask('1207000000')).toBe('011207000f');
  });

  it('is asked of everybody who has a say, where there are several', async () => {
    const asked: string[] = [];
    let first = true;
    host.server.add(
      service(0x180d, {
        a: characteristic(0x2a37, {
          notify: { authorize: () => asked.push('notify') > 0 && first },
          indicate: { authorize: () => asked.push('indicate') > 0 },
        }),
      }),
    );
    expect(await ask('1204000100')).toBe('13');
    expect(asked).toEqual(['notify', 'indicate']);
    first = false;
    expect(await ask('1204000000')).toBe('0112040008');
  });

  it.each([
    ['true', true, '0b'],
    ['false', false, '010a030008'],
    ['text', 'no', '010a030008'],
    ['nothing', undefined, '010a030008'],
    ['a promise of true', Promise.resolve(true), '0b'],
    ['a promise of text', Promise.resolve('no'), '010a030008'],
    ['the promise of a library that says no', library(false), '010a030008'],
    ['the promise of a library that says yes', library(true), '0b'],
  ])('is granted by true alone, and not by what is no answer: %s', async (_, answer, response) => {
    host.server.add(
      service(0x180d, { a: characteristic(0x2a00, { read: { authorize: () => answer as boolean } }) }),
    );
    expect(await ask('0a0300')).toBe(response);
  });
});

describe('a value that the promise of a library refuses', () => {
  it('is not stored, and the client is told', async () => {
    // biome-ignore lint/suspicious/noThenProperty: that is what it is about
    const refuses = { then: (_: unknown, reject: (error: unknown) => void) => reject(new AttRefusal(0x80)) };
    for (const handler of ['validate', 'onWrite'] as const) {
      const { a } = host.server.add(
        service(0x180d, {
          a: characteristic(0x2a00, { write: true, [handler]: () => refuses as unknown as Promise<void> }),
        }),
      ).characteristics;
      const handle = a.valueHandle.toString(16).padStart(2, '0');
      expect(await ask(`12${handle}0007`)).toBe(`0112${handle}0080`);
      expect([...a.value]).toEqual([]);
    }
  });
});

/** A promise that is no `Promise`. */
function library(answer: boolean) {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  return { then: (resolve: (answer: boolean) => void) => resolve(answer) };
}
