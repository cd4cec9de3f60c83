import { beforeEach, describe, expect, it } from 'vitest';
import { settle } from '../../src/core/clock.js';
import { L2capError, StateError, TimeoutError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { AttBearer } from '../../src/gatt/att/bearer.js';
import { GattClient } from '../../src/gatt/client/client.js';
import type { ServerClient } from '../../src/gatt/server/client.js';
import { characteristic, service } from '../../src/gatt/server/definition.js';
import { GenericAttribute } from '../../src/gatt/server/generic-attribute.js';
import { GattServer } from '../../src/gatt/server/server.js';
import { type ScriptedBearer, scriptedBearer } from '../support/gatt.js';
import { ScriptedChannel } from '../support/pdu-channel.js';

/** An enhanced bearer whose other end is the test, on the clock of another one. */
function enhanced({ clock, reports }: ScriptedBearer, mtu: number) {
  const channel = new ScriptedChannel();
  const made = { channel, timeouts: 0 };
  const bearer = new AttBearer(channel, {
    clock,
    mtu,
    enhanced: () => mtu,
    report: (message) => void reports.push(message),
    onTimeout: () => {
      made.timeouts++;
    },
  });
  return Object.assign(made, { bearer });
}

const readRsp = (octets: string) => `0b${octets}`;

describe('a client with several bearers (Vol 3, Part F, 3.2.11; Part G, 5.3.2)', () => {
  let main: ScriptedBearer;
  let client: GattClient;
  let first: ReturnType<typeof enhanced>;
  let second: ReturnType<typeof enhanced>;
  const taken = () => [main, first, second].map(({ channel }) => channel.take());

  beforeEach(() => {
    main = scriptedBearer();
    client = new GattClient(main.bearer);
    first = enhanced(main, 64);
    second = enhanced(main, 100);
    client.add(first.bearer);
    client.add(second.bearer);
  });

  it('has one request under way on each, and sends the next on whichever is free first (3.3.2)', async () => {
    const reads = [1, 2, 3, 4, 5].map((handle) => client.read(handle));
    expect(taken()).toEqual([['0a0100'], ['0a0200'], ['0a0300']]);
    second.channel.give(readRsp('33'));
    expect(taken()).toEqual([[], [], ['0a0400']]);
    second.channel.give(readRsp('44'));
    expect(taken()).toEqual([[], [], ['0a0500']]);
    second.channel.give(readRsp('55'));
    main.channel.give(readRsp('11'));
    first.channel.give(readRsp('22'));
    expect((await Promise.all(reads)).map((one) => toHex(one))).toEqual(['11', '22', '33', '44', '55']);
  });

  it('sends a request on no bearer whose ATT_MTU it does not fit (3.2.8)', async () => {
    const busy = [client.read(1), client.read(2), client.read(3)];
    taken();
    main.bearer.agreeMtu(300);
    const written = client.write(4, new Uint8Array(80));
    const again = client.write(5, new Uint8Array(80));
    first.channel.give(readRsp('22'));
    expect(taken()).toEqual([[], [], []]);
    second.channel.give(readRsp('33'));
    expect(second.channel.take()).toEqual([`120400${'00'.repeat(80)}`]);
    main.channel.give(readRsp('11'));
    expect(main.channel.take()).toEqual([`120500${'00'.repeat(80)}`]);
    main.channel.give('13');
    second.channel.give('13');
    await Promise.all([...busy, written, again]);
  });

  it('keeps the parts of a queued write on one bearer, whose queue they are in (3.4.6)', async () => {
    const slow = client.read(9);
    expect(taken()).toEqual([['0a0900'], [], []]);
    const long = client.writeLong(7, new Uint8Array(100).fill(0xaa));
    await settle();
    const other = client.writeLong(8, new Uint8Array(10).fill(0xbb));
    await settle();
    const one = `160700 0000 ${'aa'.repeat(59)}`.replaceAll(' ', '');
    expect(taken()).toEqual([[], [one], [`16080000 00${'bb'.repeat(10)}`.replaceAll(' ', '')]]);
    main.channel.give(readRsp('99'));
    first.channel.give(one.replace('16', '17'));
    await settle();
    // The link's own bearer is free, and not used for it.
    const rest = `1607003b00${'aa'.repeat(41)}`;
    expect(taken()).toEqual([[], [rest], []]);
    first.channel.give(rest.replace('16', '17'));
    second.channel.give(`1708000000${'bb'.repeat(10)}`);
    await settle();
    expect(taken()).toEqual([[], ['1801'], ['1801']]);
    first.channel.give('19');
    second.channel.give('19');
    await Promise.all([slow, long, other]);
  });

  it('spreads queued writes that are asked for in one turn, and gives a fourth the first bearer that has one less', async () => {
    const sizes = [100, 10, 10, 10];
    const writes = sizes.map((size, i) => client.writeLong(i + 1, new Uint8Array(size).fill(i + 1)));
    await settle();
    const begun = taken();
    expect(begun.map((pdus) => pdus.map((pdu) => pdu.slice(0, 6)))).toEqual([
      ['160100'],
      ['160200'],
      ['160300'],
    ]);
    first.channel.give(begun[1]![0]!.replace('16', '17'));
    await settle();
    first.channel.give('19');
    await writes[1];
    // The fourth stands in line behind the first, whose bearer it was given when all had one.
    const fifth = client.writeLong(5, new Uint8Array(1));
    await settle();
    expect(taken()).toEqual([[], ['1801', '160500000000'], []]);
    const parts = [begun[0]![0]!];
    for (let part = parts.pop(); part; part = main.channel.take()[0]) {
      main.channel.give(part === '1801' ? '19' : part.replace('16', '17'));
      await settle();
    }
    first.channel.give('170500000000');
    second.channel.give(begun[2]![0]!.replace('16', '17'));
    await settle();
    first.channel.give('19');
    second.channel.give('19');
    await Promise.all([...writes, fifth]);
  });

  it('keeps the parts of a long read on one bearer, as its ATT_MTU says where a part ends (Part G, 4.8.3)', async () => {
    const slow = client.read(9);
    const long = client.readLong(7);
    expect(taken()).toEqual([['0a0900'], ['0a0700'], []]);
    main.channel.give(readRsp('99'));
    first.channel.give(readRsp('aa'.repeat(63)));
    await settle();
    expect(taken()).toEqual([[], ['0c07003f00'], []]);
    first.channel.give('0dbb');
    expect(toHex(await long)).toBe(`${'aa'.repeat(63)}bb`);
    await slow;
  });

  it('repeats a refused request where it was refused: Database Out Of Sync is of one bearer (Part G, 2.5.2.1)', async () => {
    client.requester.onRefused(async () => true);
    const slow = client.read(9);
    const read = client.read(7);
    first.channel.give('010a070012');
    main.channel.give(readRsp('99'));
    await settle();
    expect(taken()).toEqual([['0a0900'], ['0a0700', '0a0700'], []]);
    first.channel.give(readRsp('77'));
    expect(toHex(await read)).toBe('77');
    await slow;
  });

  it('takes what was not sent to another bearer when one is closed; what was sent fails', async () => {
    const [a, b, c] = [client.read(1), client.read(2), client.read(3)];
    const d = client.read(4);
    const failed = expect(a).rejects.toThrow('gone');
    // The fourth waits on the link's own bearer.
    taken();
    second.channel.close(new StateError('gone'));
    await expect(c).rejects.toThrow('gone');
    first.channel.give(readRsp('22'));
    expect(first.channel.take()).toEqual(['0a0400']);
    first.channel.give(readRsp('44'));
    expect(toHex(await d)).toBe('44');
    await b;
    main.channel.close(new StateError('gone'));
    await failed;
  });

  it('closes the bearer alone on which a transaction timed out (3.3.3)', async () => {
    const reads = Promise.allSettled([client.read(1), client.read(2)]);
    main.channel.give(readRsp('11'));
    await main.clock.advance(30_000);
    const [one, two] = await reads;
    expect(one).toMatchObject({ status: 'fulfilled' });
    expect(two).toMatchObject({ status: 'rejected' });
    expect((two as PromiseRejectedResult).reason).toBeInstanceOf(TimeoutError);
    expect([main.timeouts, first.timeouts, main.bearer.isOpen, first.bearer.isOpen]).toEqual([
      0,
      1,
      true,
      false,
    ]);
    taken();
    const next = [client.read(3), client.read(4), client.read(5)];
    expect(taken()).toEqual([['0a0300'], [], ['0a0400']]);
    main.channel.give(readRsp('33'), readRsp('55'));
    second.channel.give(readRsp('44'));
    await Promise.all(next);
  });

  it('takes back a call that waits on whichever bearer, when its caller leaves', async () => {
    const busy = [client.read(1), client.read(2), client.read(3)];
    const left = new AbortController();
    const read = client.read(4, left.signal);
    left.abort(new StateError('left'));
    await expect(read).rejects.toThrow('left');
    taken();
    main.channel.give(readRsp('11'));
    first.channel.give(readRsp('22'));
    second.channel.give(readRsp('33'));
    await Promise.all(busy);
    expect(taken()).toEqual([[], [], []]);
  });

  it('confirms an indication on the bearer that it came on (3.4.7.3)', () => {
    const got: string[] = [];
    client.subscriptions.onUnexpected = (handle, value) => void got.push(`${handle} ${toHex(value)}`);
    second.channel.give('1d0500aa');
    first.channel.give('1b0600bb');
    expect(taken()).toEqual([[], [], ['1e']]);
    expect(got).toEqual(['5 aa', '6 bb']);
  });

  it('writes without response on the link’s own bearer, where they keep their order', async () => {
    for (const octet of [1, 2, 3]) await client.writeWithoutResponse(7, Uint8Array.of(octet));
    expect(taken()).toEqual([['52070001', '52070002', '52070003'], [], []]);
  });
});

describe('a server on several bearers of one client (Vol 3, Part F, 3.2.11; Part G, 5.3.2)', () => {
  let main: ScriptedBearer;
  let client: ServerClient;
  let extra: ReturnType<typeof enhanced>;
  let written: string[];
  let server: GattServer;
  let value: ReturnType<typeof serve>;

  function serve() {
    new GenericAttribute(server).features = 1;
    return server.add(
      service(0x180d, {
        long: characteristic(0x2a00, { read: true, value: new Uint8Array(512).fill(0xab) }),
        open: characteristic(0x2a01, {
          write: true,
          writeSigned: true,
          maxLength: 512,
          onWrite: (octets) => void written.push(toHex(octets)),
        }),
        told: characteristic(0x2a02, { notify: true, indicate: true }),
        more: characteristic(0x2a03, { indicate: true }),
      }),
    ).characteristics;
  }

  beforeEach(() => {
    written = [];
    server = new GattServer();
    value = serve();
    main = scriptedBearer();
    client = server.connect(main.bearer, { report: (message) => void main.reports.push(message) });
    extra = enhanced(main, 64);
    client.add(extra.bearer);
  });

  const le = (handle: number) => toHex(Uint8Array.of(handle & 0xff, handle >> 8));
  const features = (octet: number) => {
    client.known.supportedFeatures = Uint8Array.of(octet);
  };
  const subscribe = async (handle: number, bits: string) => {
    main.channel.give(`12${le(handle + 1)}${bits}`);
    await settle();
    expect(main.channel.take()).toEqual(['13']);
  };

  it('answers with the ATT_MTU of the bearer that the request came on (3.2.8)', async () => {
    main.channel.give(`0a${le(value.long.valueHandle)}`);
    extra.channel.give(`0a${le(value.long.valueHandle)}`);
    await settle();
    expect(main.channel.take()).toEqual([`0b${'ab'.repeat(22)}`]);
    expect(extra.channel.take()).toEqual([`0b${'ab'.repeat(63)}`]);
  });

  it('refuses Exchange MTU on an enhanced bearer, whose MTU is the channel’s (3.4.2.1)', () => {
    extra.channel.give('020002');
    expect(extra.channel.take()).toEqual(['0102000006']);
    expect(extra.bearer.mtu).toBe(64);
  });

  it('passes over a signed write on an enhanced bearer (3.4.5.4)', async () => {
    extra.channel.give(`d2${le(value.open.valueHandle)}aa${'00'.repeat(12)}`);
    await settle();
    expect([extra.channel.take(), written]).toEqual([[], []]);
  });

  it('keeps a queue of prepared writes for each bearer (3.4.6)', async () => {
    const handle = le(value.open.valueHandle);
    main.channel.give(`16${handle}000001`);
    extra.channel.give(`16${handle}000002`, '1801');
    await settle();
    expect(written).toEqual(['02']);
    main.channel.give('1801');
    await settle();
    expect(written).toEqual(['02', '01']);
  });

  it('knows a client on all its bearers: what one configures holds for all (Part G, 3.3.3.3)', async () => {
    extra.channel.give(`12${le(value.told.valueHandle + 1)}0100`);
    await settle();
    expect(extra.channel.take()).toEqual(['13']);
    await value.told.notify(Uint8Array.of(7));
    expect(main.channel.take()).toEqual([`1b${le(value.told.valueHandle)}07`]);
    main.channel.give(`0a${le(value.told.valueHandle + 1)}`);
    await settle();
    expect(main.channel.take()).toEqual(['0b0100']);
  });

  it('answers on one bearer while the handler of another one is at work', async () => {
    let release = () => {};
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = server.add(
      service(0x180f, {
        slow: characteristic(0x2a19, { read: true, onRead: () => wait.then(() => Uint8Array.of(1)) }),
      }),
    ).characteristics.slow;
    client.known.awareness.knows(server.changes.revision);
    main.channel.give(`0a${le(slow.valueHandle)}`);
    extra.channel.give(`0a${le(value.long.valueHandle)}`);
    await settle();
    expect(main.channel.take()).toEqual([]);
    expect(extra.channel.take()).toHaveLength(1);
    release();
    await settle();
    expect(main.channel.take()).toEqual(['0b01']);
  });

  it('notifies on an enhanced bearer only a client that says it supports them, where there is the most room (Part G, 7.2)', async () => {
    await subscribe(value.told.valueHandle, '0100');
    const octets = new Uint8Array(100).fill(0xcd);
    await value.told.notify(octets);
    features(2);
    await value.told.notify(octets);
    expect(main.channel.take()).toEqual([`1b${le(value.told.valueHandle)}${'cd'.repeat(20)}`]);
    expect(extra.channel.take()).toEqual([`1b${le(value.told.valueHandle)}${'cd'.repeat(61)}`]);
  });

  it('puts as many values into a Multiple Handle Value Notification as the bearer takes (3.4.7.4)', async () => {
    await subscribe(value.told.valueHandle, '0100');
    features(6);
    const octets = new Uint8Array(20).fill(0xee);
    await server.notifyMany([
      [value.told, octets],
      [value.told, octets],
    ]);
    const one = `${le(value.told.valueHandle)}1400${'ee'.repeat(20)}`;
    expect([main.channel.take(), extra.channel.take()]).toEqual([[], [`23${one}${one}`]]);
  });

  it('has one indication under way on each bearer, and one of each attribute (3.4.7.2)', async () => {
    await subscribe(value.told.valueHandle, '0200');
    await subscribe(value.more.valueHandle, '0200');
    features(2);
    const done: string[] = [];
    const indicate = (what: typeof value.told, octet: number) =>
      client.indicate(what.valueHandle, Uint8Array.of(octet)).then(() => void done.push(String(octet)));
    const all = [
      indicate(value.told, 1),
      indicate(value.told, 2),
      indicate(value.more, 3),
      indicate(value.more, 4),
    ];
    const [told, more] = [`1d${le(value.told.valueHandle)}`, `1d${le(value.more.valueHandle)}`];
    expect([main.channel.take(), extra.channel.take()]).toEqual([[`${told}01`], [`${more}03`]]);
    extra.channel.give('1e');
    await settle();
    expect([main.channel.take(), extra.channel.take()]).toEqual([[], [`${more}04`]]);
    main.channel.give('1e');
    extra.channel.give('1e');
    await settle();
    expect([main.channel.take(), extra.channel.take()]).toEqual([[`${told}02`], []]);
    main.channel.give('1e');
    await Promise.all(all);
    expect(done).toEqual(['3', '1', '4', '2']);
  });

  it('tells each bearer once that the database is out of sync, and all are aware with the next request (Part G, 2.5.2.1)', async () => {
    features(1);
    server.add(service(0x180f, {}));
    const read = `0a${le(value.long.valueHandle)}`;
    const refusal = `010a${le(value.long.valueHandle)}12`;
    main.channel.give(read);
    extra.channel.give(read);
    await settle();
    expect([main.channel.take(), extra.channel.take()]).toEqual([[refusal], [refusal]]);
    extra.channel.give(read);
    await settle();
    expect(extra.channel.take()).toHaveLength(1);
    expect(client.isChangeAware).toBe(true);
    main.channel.give(read);
    await settle();
    expect(main.channel.take()[0]!.slice(0, 2)).toBe('0b');
  });

  it.each([
    ['closed', () => extra.bearer.closed(new L2capError('the enhanced ATT bearer was closed'))],
    ['without a confirmation for 30 s', () => main.clock.advance(30_000)],
  ])(
    'tells of changed services again where the bearer on which it told is %s (Part G, 2.5.2.1)',
    async (_, end) => {
      features(2);
      const changed = [...server.database.inRange(1, 0xffff)].find(
        ({ type }) => type.short === 0x2a05,
      )!.handle;
      await subscribe(changed, '0200');
      await subscribe(value.told.valueHandle, '0200');
      const told = client.indicate(value.told.valueHandle, Uint8Array.of(1));
      expect(main.channel.take()).toEqual([`1d${le(value.told.valueHandle)}01`]);
      const { startHandle, endHandle } = server.add(service(0x1812, {}));
      await settle();
      const news = `1d${le(changed)}${le(startHandle)}${le(endHandle)}`;
      expect(extra.channel.take()).toEqual([news]);
      main.channel.give('1e');
      await told;
      expect(main.channel.take()).toEqual([]);
      await end();
      await settle();
      expect(client.enhancedBearers).toBe(0);
      expect(main.channel.take()).toEqual([news]);
      expect(client.isChangeAware).toBe(false);
      main.channel.give('1e');
      await settle();
      expect(client.isChangeAware).toBe(true);
    },
  );

  it('goes on with the others when an enhanced bearer is closed', async () => {
    features(2);
    await subscribe(value.told.valueHandle, '0200');
    extra.channel.close(new StateError('closed'));
    expect(client.enhancedBearers).toBe(0);
    expect(client.isConnected).toBe(true);
    const told = client.indicate(value.told.valueHandle, fromHex('01'));
    expect(main.channel.take()).toEqual([`1d${le(value.told.valueHandle)}01`]);
    main.channel.give('1e');
    await told;
  });
});
