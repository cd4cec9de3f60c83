import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { toHex } from '../../../src/core/hex.js';
import { AttErrorCode } from '../../../src/gatt/att/error-codes.js';
import { AttRefusal } from '../../../src/gatt/server/attribute.js';
import { type CharacteristicOptions, characteristic, service } from '../../../src/gatt/server/definition.js';
import type { LocalCharacteristic } from '../../../src/gatt/server/local.js';
import { batteryLevel } from '../../../src/gatt/values/battery.js';
import { ScriptedServer } from '../../support/gatt.js';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;
let log: string[];

async function ask(pdu: string): Promise<string> {
  link.channel.give(pdu);
  await settle();
  return link.channel.take().join(' ');
}

/** Two characteristics, values at 3 and 5; what their handlers do besides being logged. */
function serve(
  a: Partial<CharacteristicOptions> = {},
  b: Partial<CharacteristicOptions> = {},
): Record<'a' | 'b', LocalCharacteristic> {
  const logged = (name: string, more: Partial<CharacteristicOptions>): CharacteristicOptions => ({
    read: true,
    write: true,
    value: Uint8Array.of(0),
    ...more,
    validate: (value, client) => {
      log.push(`look ${name} ${toHex(value)}`);
      return more.validate?.(value, client);
    },
    onWrite: (value, client) => {
      log.push(`take ${name} ${toHex(value)}`);
      return more.onWrite?.(value, client);
    },
    onUndo: (value, client) => {
      log.push(`undo ${name} ${toHex(value)}`);
      return more.onUndo?.(value, client);
    },
  });
  return host.server.add(
    service(0x180d, { a: characteristic(0xa001, logged('a', a)), b: characteristic(0xa002, logged('b', b)) }),
  ).characteristics;
}

beforeEach(() => {
  log = [];
  host = new ScriptedServer();
  link = host.connect();
});

describe('values that are written together (Vol 3, Part F, 3.4.6.3)', () => {
  const both = async () => {
    await ask('160300000011');
    await ask('160500000022');
    return ask('1801');
  };
  const refuse = () => {
    throw new AttRefusal(0x80);
  };

  it('are all looked at before the first is taken, and are stored when the last was', async () => {
    const stored: string[] = [];
    const { a, b } = serve({}, { onWrite: () => void stored.push(toHex(a.value)) });
    expect(await both()).toBe('19');
    expect(log).toEqual(['look a 11', 'look b 22', 'take a 11', 'take b 22']);
    expect(stored).toEqual(['00']);
    expect([toHex(a.value), toHex(b.value)]).toEqual(['11', '22']);
  });

  it.each([
    ['at once', refuse],
    ['in time', () => Promise.reject(new AttRefusal(0x80))],
  ])('nothing is taken when one is found wrong %s', async (_when, validate) => {
    const { a, b } = serve({}, { validate });
    expect(await both()).toBe('0118050080');
    expect(log).toEqual(['look a 11', 'look b 22']);
    expect([toHex(a.value), toHex(b.value)]).toEqual(['00', '00']);
  });

  it.each([
    ['at once', refuse],
    ['in time', () => Promise.reject(new AttRefusal(0x80))],
  ])(
    'what was taken is undone, and not stored, when a later one is refused %s all the same',
    async (_when, onWrite) => {
      const { a, b } = serve({}, { onWrite });
      expect(await both()).toBe('0118050080');
      expect(log).toEqual(['look a 11', 'look b 22', 'take a 11', 'take b 22', 'undo a 11']);
      expect([toHex(a.value), toHex(b.value)]).toEqual(['00', '00']);
    },
  );

  it('a handler that fails while it undoes is told, and the others are undone', async () => {
    host.server.add(
      service(0x1810, { c: characteristic(0xa003, { write: true, onWrite: refuse }) }, { handle: 0x10 }),
    );
    serve(
      {},
      {
        onUndo: () => {
          throw new Error('no way back');
        },
      },
    );
    // `serve` comes behind: its values are at 0x15 and 0x17.
    const first = host.server.database.services.at(-1)!.startHandle;
    const handle = (offset: number) => (first + offset).toString(16).padStart(2, '0');
    await ask(`16${handle(2)}00000011`);
    await ask(`16${handle(4)}00000022`);
    await ask('161200000033');
    expect(await ask('1801')).toBe('0118120080');
    expect(log.slice(-2)).toEqual(['undo b 22', 'undo a 11']);
    expect(link.reports).toEqual([expect.stringMatching(/failed: no way back/)]);
  });

  it('nothing takes effect when the handlers take longer than the client waits', async () => {
    let go = () => {};
    const slow = new Promise<void>((resolve) => {
      go = resolve;
    });
    const { a, b } = serve({ onWrite: () => slow });
    expect(await both()).toBe('');
    await link.clock.advance(25_000);
    expect(link.channel.take()).toEqual(['011800000e']);
    go();
    await settle();
    expect(log).toEqual(['look a 11', 'look b 22', 'take a 11', 'undo a 11']);
    expect([toHex(a.value), toHex(b.value)]).toEqual(['00', '00']);
  });

  it('one value is looked at and taken in the same way', async () => {
    const { a } = serve({ validate: ([octet]) => (octet === 1 ? refuse() : undefined) });
    expect(await ask('12030001')).toBe('0112030080');
    expect(await ask('12030002')).toBe('13');
    expect(log).toEqual(['look a 01', 'look a 02', 'take a 02']);
    expect(toHex(a.value)).toBe('02');
  });

  it('what a codec does not read is refused before anything is taken', async () => {
    const taken: number[] = [];
    serve();
    host.server.add(
      service(0x180f, {
        level: characteristic(batteryLevel, { write: true, onWrite: (level) => void taken.push(level) }),
      }),
    );
    await ask('160300000011');
    await ask('160800000065');
    expect(await ask('1801')).toBe('0118080013');
    expect(log).toEqual(['look a 11']);
    await ask('160800000064');
    expect(await ask('1801')).toBe('19');
    expect(taken).toEqual([100]);
  });
});

describe('the deadline of handlers (Vol 3, Part F, 3.3.3)', () => {
  const never = () => new Promise<never>(() => {});

  it.each([
    ['a read', '0a0300', '010a03000e'],
    ['a read of a part', '0c03000000', '010c03000e'],
    ['a read by type', '080100ffff01a0', '010801000e'],
    ['a read of several', '0e05000300', '010e05000e'],
    ['a write', '12030001', '011203000e'],
  ])('%s gets Unlikely Error after 25 s, and the requests behind it go on', async (_name, pdu, answer) => {
    serve({ onRead: never, onWrite: never });
    link.channel.give(pdu, '0a0500');
    await link.clock.advance(24_999);
    expect(link.channel.take()).toEqual([]);
    await link.clock.advance(1);
    expect(link.channel.take()).toEqual([answer, '0b00']);
    expect(link.reports).toEqual([
      expect.stringMatching(/took more than 25000 ms: the client got Unlikely Error/),
    ]);
    expect(link.clock.pending).toBe(0);
  });

  it('what a handler gives when it is too late is dropped', async () => {
    let give = (_value: Uint8Array) => {};
    serve({
      onRead: () =>
        new Promise((resolve) => {
          give = resolve;
        }),
    });
    await ask('0a0300');
    await link.clock.advance(25_000);
    expect(link.channel.take()).toEqual(['010a03000e']);
    give(Uint8Array.of(1));
    expect(await ask('0a0500')).toBe('0b00');
  });

  it('holds for authorisation too', async () => {
    host.server.add(service(0x180d, { a: characteristic(0xa001, { read: { authorize: never } }) }));
    await ask('0a0300');
    await link.clock.advance(25_000);
    expect(link.channel.take()).toEqual(['010a03000e']);
  });

  it('write commands whose handlers do not end are dropped from the 65th on', async () => {
    let count = 0;
    host.server.add(
      service(0x180d, {
        a: characteristic(0xa001, {
          writeWithoutResponse: true,
          onWrite: () => {
            count++;
            return never();
          },
        }),
      }),
    );
    for (let i = 0; i < 100; i++) await ask('52030001');
    expect(count).toBe(64);
    expect(link.reports).toHaveLength(36);
    expect(link.reports[0]).toMatch(/the handlers of 64 write commands are at work already/);
  });
});

describe('authorisation by the application (Vol 3, Part F, 4)', () => {
  it('may take its time, for reads, writes, commands and prepared writes', async () => {
    const asked: ((granted: boolean) => void)[] = [];
    const access = { authorize: () => new Promise<boolean>((resolve) => asked.push(resolve)) };
    const { a } = host.server.add(
      service(0x180d, {
        a: characteristic(0xa001, {
          read: access,
          write: access,
          writeWithoutResponse: true,
          value: Uint8Array.of(9),
        }),
      }),
    ).characteristics;
    const answerTo = async (pdu: string, granted: boolean) => {
      expect(await ask(pdu)).toBe('');
      asked.shift()!(granted);
      await settle();
      return link.channel.take().join(' ');
    };
    expect(await answerTo('0a0300', true)).toBe('0b09');
    expect(await answerTo('0a0300', false)).toBe('010a030008');
    expect(await answerTo('0c03000100', true)).toBe('0d');
    expect(await answerTo('080100ffff01a0', true)).toBe('0903030009');
    expect(await answerTo('060100ffff01a009', true)).toBe('0703000300');
    expect(await answerTo('060100ffff01a009', false)).toBe('010601000a');
    expect(await answerTo('12030001', true)).toBe('13');
    expect(await answerTo('12030002', false)).toBe('0112030008');
    expect(await answerTo('160300000003', true)).toBe('170300000003');
    expect(await answerTo('52030004', false)).toBe('');
    expect(toHex(a.value)).toBe('01');
    expect(await answerTo('52030004', true)).toBe('');
    expect(toHex(a.value)).toBe('04');
  });

  it('may refuse with an error of its own, and one that fails is told', async () => {
    const fail = (error: Error) => ({
      authorize: () => {
        throw error;
      },
    });
    host.server.add(
      service(0x180d, {
        a: characteristic(0xa001, { read: fail(new AttRefusal(AttErrorCode.insufficientResources)) }),
        b: characteristic(0xa002, { read: fail(new Error('no answer')) }),
      }),
    );
    expect(await ask('0a0300')).toBe('010a030011');
    expect(await ask('0a0500')).toBe('010a05000e');
    expect(link.reports).toEqual([expect.stringMatching(/failed: no answer/)]);
  });
});
