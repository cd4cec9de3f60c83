import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { DisconnectedError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ScriptedServer } from '../../support/gatt.js';

let host: ScriptedServer;
let link: ReturnType<ScriptedServer['connect']>;

async function ask(pdu: string, to = link): Promise<string> {
  to.channel.give(pdu);
  await settle();
  return to.channel.take().join(' ');
}

beforeEach(() => {
  host = new ScriptedServer();
  link = host.connect();
});

describe('prepared writes (Vol 3, Part F, 3.4.6)', () => {
  const written: string[] = [];
  const onWrite = (name: string) => (value: Uint8Array) => void written.push(`${name} ${toHex(value)}`);
  let local: { value: Uint8Array };

  beforeEach(() => {
    written.length = 0;
    const added = host.server.add(
      service(0x180d, {
        a: characteristic(0x2a00, {
          read: true,
          write: true,
          value: Uint8Array.of(1, 2, 3),
          onWrite: onWrite('a'),
        }),
        b: characteristic(0x2a01, { write: true, maxLength: 4, onWrite: onWrite('b') }),
      }),
    );
    local = added.characteristics.a;
  });

  it('are echoed, and take effect together when they are executed', async () => {
    expect(await ask('1603000000aabb')).toBe('1703000000aabb');
    expect(await ask('1603000200cc')).toBe('1703000200cc');
    expect(await ask('160500000011')).toBe('170500000011');
    expect(written).toEqual([]);
    expect(await ask('1801')).toBe('19');
    expect(written).toEqual(['a aabbcc', 'b 11']);
    expect(toHex(local.value)).toBe('aabbcc');
  });

  it('are forgotten when they are cancelled', async () => {
    await ask('1603000000aa');
    expect(await ask('1800')).toBe('19');
    expect(await ask('1801')).toBe('19');
    expect(written).toEqual([]);
  });

  it('begin within the value that is there', async () => {
    await ask('1603000200dd');
    await ask('1801');
    expect(written).toEqual(['a 0102dd']);
  });

  it('do nothing at all when one of them has a wrong offset or length, and are forgotten', async () => {
    await ask('1603000000aa');
    await ask('1605000100bb');
    expect(await ask('1801')).toBe('0118050007');
    await ask('1603000000aa');
    expect(await ask('16050000000102030405')).toBe('17050000000102030405');
    expect(await ask('1801')).toBe('011805000d');
    expect(await ask('1801')).toBe('19');
    expect(written).toEqual([]);
  });

  it('find the queue full after 64: Prepare Queue Full, and what is there stays', async () => {
    for (let i = 0; i < 64; i++) {
      expect(await ask('1603000000aa')).toBe('1703000000aa');
    }
    expect(await ask('1603000000aa')).toBe('0116030009');
    expect(await ask('1801')).toBe('19');
    expect(written).toEqual(['a aa']);
  });

  it('belong to one client', async () => {
    const other = host.connect();
    await ask('1603000000aa');
    expect(await ask('1801', other)).toBe('19');
    expect(written).toEqual([]);
    await ask('1801');
    expect(written).toEqual(['a aa']);
  });

  it('are refused with Database Out Of Sync when their service was taken away meanwhile (GATT/SR/GAW/BI-41-C)', async () => {
    const more = host.server.add(service(0x1810, { c: characteristic(0x2a02, { write: true }) }));
    const handle = more.characteristics.c.valueHandle.toString(16).padStart(2, '0');
    await ask(`16${handle}000000aa`);
    more.remove();
    expect(await ask('1801')).toBe(`0118${handle}0012`);
  });
});

describe('the Client Characteristic Configuration (Vol 3, Part G, 3.3.3.3)', () => {
  const add = (onSubscribe?: (configuration: number) => void) =>
    host.server.add(
      service(0x180d, {
        both: characteristic(0x2a00, {
          notify: true,
          indicate: true,
          ...(onSubscribe ? { onSubscribe } : {}),
        }),
        notifies: characteristic(0x2a01, { notify: true }),
      }),
    ).characteristics;

  it('is one for each client, 0 at first and again after the link', async () => {
    const { both } = add();
    const other = host.connect();
    expect(await ask('1204000100')).toBe('13');
    expect(await ask('0a0400')).toBe('0b0100');
    expect(await ask('0a0400', other)).toBe('0b0000');
    expect(both.subscribers).toEqual([link.client]);
    link.channel.close(new DisconnectedError('gone'));
    expect(both.subscribers).toEqual([]);
    expect(host.server.clients.size).toBe(1);
    link = host.connect();
    expect(await ask('0a0400')).toBe('0b0000');
  });

  it('tells the application', async () => {
    const told: number[] = [];
    add((configuration) => void told.push(configuration));
    await ask('1204000300');
    await ask('1204000000');
    expect(told).toEqual([3, 0]);
  });

  it('refuses a wrong length, and bits that the characteristic does not have', async () => {
    add();
    expect(await ask('12040001')).toBe('011204000d');
    expect(await ask('120400010000')).toBe('011204000d');
    expect(await ask('1204000400')).toBe('0112040013');
    expect(await ask('1207000200')).toBe('0112070013');
  });
});

describe('notifications and indications (Vol 3, Part F, 3.4.7)', () => {
  const add = () =>
    host.server.add(service(0x180d, { it: characteristic(0x2a00, { notify: true, indicate: true }) }))
      .characteristics.it;

  it('go to those who subscribed, cut at ATT_MTU - 3', async () => {
    const measurement = add();
    const other = host.connect();
    await measurement.notify(Uint8Array.of(1));
    await ask('1204000100');
    await ask('1204000200', other);
    await measurement.notify(new Uint8Array(30).fill(5));
    expect(link.channel.take()).toEqual([`1b0300${'05'.repeat(20)}`]);
    expect(other.channel.take()).toEqual([]);
  });

  it('of one client wait for its confirmation each, in their order', async () => {
    const measurement = add();
    await ask('1204000200');
    const all = Promise.all([1, 2, 3].map((n) => measurement.indicate(Uint8Array.of(n))));
    await settle();
    expect(link.channel.take()).toEqual(['1d030001']);
    expect(await ask('1e')).toBe('1d030002');
    expect(await ask('1e')).toBe('1d030003');
    link.channel.give('1e');
    await all;
  });

  it.each([
    ['takes its subscription back', () => ask('1204000000')],
    ['loses the service', async (remove: () => void) => remove()],
  ])('do not go to a client that %s while they wait for one before them', async (_, leave) => {
    const made = host.server.add(service(0x180d, { it: characteristic(0x2a00, { indicate: true }) }));
    const { it: measurement } = made.characteristics;
    await ask('1204000200');
    const all = Promise.all([1, 2, 3].map((n) => measurement.indicate(Uint8Array.of(n))));
    await settle();
    expect(link.channel.take()).toEqual(['1d030001']);
    await leave(made.remove);
    expect(await ask('1e')).toBe('');
    await all;
  });

  it('of several clients do not wait for each other', async () => {
    const measurement = add();
    const other = host.connect();
    await ask('1204000200');
    await ask('1204000200', other);
    const sent = measurement.indicate(Uint8Array.of(1));
    await settle();
    expect([link.channel.take(), other.channel.take()]).toEqual([['1d030001'], ['1d030001']]);
    link.channel.give('1e');
    other.channel.give('1e');
    await sent;
  });

  it('store and tell with update()', async () => {
    const measurement = add();
    await ask('1204000300');
    const sent = measurement.update(Uint8Array.of(7));
    await settle();
    expect(link.channel.take()).toEqual(['1b030007', '1d030007']);
    link.channel.give('1e');
    await sent;
    expect(toHex(measurement.value)).toBe('07');
  });

  it('are no error of the sender when the client leaves meanwhile', async () => {
    const measurement = add();
    await ask('1204000300');
    link.channel.backlog = 100;
    const notified = measurement.notify(Uint8Array.of(1));
    const indicated = Promise.all([1, 2].map((n) => measurement.indicate(Uint8Array.of(n))));
    await settle();
    link.channel.close(new DisconnectedError('gone'));
    await notified;
    await indicated;
  });

  it('refuse more than 256 waiting indications', async () => {
    add();
    const all = Array.from({ length: 257 }, () => link.client.indicate(3, Uint8Array.of(1)));
    const errors = Promise.allSettled(all);
    await settle();
    link.channel.close(new DisconnectedError('gone'));
    const last = (await errors).at(-1)!;
    expect(String((last as PromiseRejectedResult).reason)).toMatch(/256 indications wait/);
  });
});

describe('services that come and go', () => {
  it('are found at once, and answer Invalid Handle when they are gone', async () => {
    const changes: string[] = [];
    host.server.database.onChange((start, end) => void changes.push(`${start}-${end}`));
    const first = host.server.add(
      service(0x180d, { a: characteristic(0x2a00, { read: true, notify: true }) }),
    );
    const second = host.server.add(service(0x180f, {}));
    expect(await ask('100100ffff0028')).toBe('1106010004000d18050005000f18');
    await ask('1204000100');
    first.remove();
    first.remove();
    expect(await ask('0a0300')).toBe('010a030001');
    expect(await ask('100100ffff0028')).toBe('1106050005000f18');
    expect(await ask('080100ffff002a')).toBe('010801000a');
    // Handles are not used again while there are others.
    expect(host.server.add(service(0x1810, {})).startHandle).toBe(6);
    second.remove();
    expect(changes).toEqual(['1-4', '5-5', '1-4', '6-6', '5-5']);
  });

  it('forget who subscribed when they are taken away', async () => {
    const definition = service(0x180d, { a: characteristic(0x2a00, { notify: true }) }, { handle: 16 });
    const first = host.server.add(definition);
    await ask('1213000100');
    expect(first.characteristics.a.subscribers).toHaveLength(1);
    first.remove();
    expect(host.server.add(definition).characteristics.a.subscribers).toEqual([]);
  });

  it('are refused when their handles are taken or do not exist', () => {
    host.server.add(service(0x180d, {}, { handle: 16 }));
    expect(() => host.server.add(service(0x180f, {}, { handle: 16 }))).toThrow(/0x0010 to 0x0010 are taken/);
    expect(() => service(0x180f, {}, { handle: 0 })).toThrow(/handle: 0 is not permitted/);
    const big = service(0x180f, { a: characteristic(0x2a00) }, { handle: 0xffff });
    expect(() => host.server.add(big)).toThrow(RangeError);
  });

  it('fill gaps only when the handles have come to their end', () => {
    const last = service(0x180d, {}, { handle: 0xffff });
    const first = host.server.add(service(0x180d, { a: characteristic(0x2a00) }));
    host.server.add(service(0x180e, {}));
    host.server.add(last);
    first.remove();
    expect(host.server.add(service(0x180f, { a: characteristic(0x2a00) })).startHandle).toBe(1);
    expect(() => host.server.database.allocate(0xffff)).toThrow(/no room/);
  });

  it('are declared with options that exist and make sense', () => {
    expect(() => characteristic(0x2a00, { reed: true } as object)).toThrow(/unknown option "reed"/);
    expect(() => characteristic(0x2a00, { maxLength: 513 })).toThrow(/1 to 512/);
    expect(() => characteristic(0x2a00, { value: new Uint8Array(513) })).toThrow(/0 to 512/);
    expect(() => characteristic('2a0')).toThrow(RangeError);
  });
});
