import { describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { AttError, StateError, TimeoutError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { GattClient } from '../../../src/gatt/client/client.js';
import { openDatabase } from '../../../src/gatt/client/database.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ChangingServer } from '../../support/changing-server.js';
import { scriptedBearer } from '../../support/gatt.js';

/**
 * The cases of the client by their names in the list of the Bluetooth SIG. The list has names only: what each is about is
 * taken from its group (GAC configuration, GAD discovery, GAR reads, GAW writes, GAN notifications, GAI indications, GAS Service
 * Changed, GAT timeouts), and what has to happen from Core Vol 3, Parts F and G.
 */

/** A client against a script: each request that it has to send, octet for octet, with what comes back. */
async function script<T>(
  work: (client: GattClient) => Promise<T>,
  ...exchange: readonly (readonly [request: string, response: string])[]
): Promise<T | Error> {
  const { bearer, channel, reports } = scriptedBearer();
  const client = new GattClient(bearer);
  const outcome = work(client).catch((error: unknown) => error as Error);
  for (const [request, response] of exchange) {
    await settle();
    expect(channel.take()).toEqual([request]);
    channel.give(response);
  }
  const result = await outcome;
  expect(channel.take()).toEqual([]);
  expect(reports).toEqual([]);
  // Whatever came: the next request goes.
  const next = client.read(0x77);
  await settle();
  expect(channel.take()).toEqual(['0a7700']);
  channel.give('0b');
  await next;
  return result;
}

const UART = '9ecadc240ee5a9e093f3a3b50100406e';
const longUuid = '6e400001-b5a3-f393-e0a9-e50e24dcca9e';
const octets = (size: number) => Uint8Array.from({ length: size }, (_, i) => i & 0xff);
const hex = (size: number, from = 0) => toHex(octets(size + from).subarray(from));

describe('configuration and discovery (Vol 3, Part G, 4.3–4.7)', () => {
  it('GATT/CL/GAC/BV-01-C: exchanges the MTU before anything else, and uses the smaller one', async () => {
    const { bearer, channel } = scriptedBearer(185);
    const client = new GattClient(bearer);
    const exchanged = client.exchangeMtu();
    const reading = client.readLong(3);
    expect(channel.take()).toEqual(['02b900']);
    channel.give('033000');
    expect(await exchanged).toBe(48);
    await settle();
    expect(channel.take()).toEqual(['0a0300']);
    channel.give(`0b${hex(47)}`);
    await settle();
    expect(channel.take()).toEqual(['0c03002f00']);
    channel.give('0d');
    expect(await reading).toHaveLength(47);
  });

  it('GATT/CL/GAD/BV-01-C: finds all primary services, of UUIDs of both lengths', async () => {
    const found = await script(
      (client) => client.discoverServices(),
      ['100100ffff0028', '1106010005000018060008000118'],
      ['100900ffff0028', `111409000f00${UART}`],
      ['101000ffff0028', '011010000a'],
    );
    expect((found as { startHandle: number }[]).map(({ startHandle }) => startHandle)).toEqual([1, 6, 9]);
  });

  it('GATT/CL/GAD/BV-02-C: finds the primary services of one UUID, 16 bits and 128', async () => {
    const short = await script(
      (client) => client.discoverServices(0x1800),
      ['060100ffff00280018', '070100050010001700'],
      ['061800ffff00280018', '010618000a'],
    );
    expect(short).toMatchObject([
      { startHandle: 1, endHandle: 5 },
      { startHandle: 16, endHandle: 23 },
    ]);
    const long = await script(
      (client) => client.discoverServices(longUuid),
      [`060100ffff0028${UART}`, '070900ffff'],
    );
    expect(long).toMatchObject([{ startHandle: 9, endHandle: 0xffff }]);
  });

  it('GATT/CL/GAD/BV-03-C: finds included services, and reads the UUID of one with 128 bits', async () => {
    const both = await script(
      (client) => client.discovery.included(1, 0x0f),
      ['0801000f000228', '09080200100018000d18'],
      ['0803000f000228', '0906050020002800'],
      ['0a2000', `0b${UART}`],
      ['0806000f000228', '010806000a'],
    );
    expect(both).toMatchObject([
      { handle: 2, startHandle: 0x10, endHandle: 0x18, uuid: { short: 0x180d } },
      { handle: 5, startHandle: 0x20, endHandle: 0x28 },
    ]);
    expect(String((both as { uuid: unknown }[])[1]!.uuid)).toBe(longUuid);
  });

  it('GATT/CL/GAD/BV-04-C: finds all characteristics of a service', async () => {
    const found = await script(
      (client) => client.discovery.characteristics(1, 8),
      ['08010008000328', '09070200020300002a0400020500012a'],
      ['08050008000328', `09150600100700${UART}`],
      ['08070008000328', '010807000a'],
    );
    expect(found).toMatchObject([
      { handle: 2, valueHandle: 3, properties: 2 },
      { handle: 4, valueHandle: 5 },
      { handle: 6, valueHandle: 7, properties: 0x10 },
    ]);
  });

  it('GATT/CL/GAD/BV-05-C: finds characteristics by UUID, also where it occurs twice', async () => {
    const service1 = await script(
      async (client) => {
        const [found] = await client.discoverServices(0x1800);
        await found!.discoverCharacteristics();
        return [0, 1, 2].map((instance) => found!.characteristic(0x2a00, instance)?.valueHandle);
      },
      ['060100ffff00280018', '0701000800'],
      ['060900ffff00280018', '010609000a'],
      ['08010008000328', '09070200020300002a0400020500012a0600020700002a'],
      ['08070008000328', '010807000a'],
    );
    expect(service1).toEqual([3, 7, undefined]);
  });

  it('GATT/CL/GAD/BV-06-C: finds all descriptors of a characteristic', async () => {
    const found = await script(
      (client) => client.discovery.descriptors(4, 7),
      ['0404000700', '0501040002290500' + '0129'],
      ['0406000700', `05020600${UART}`],
      ['0407000700', '010407000a'],
    );
    expect(found).toMatchObject([{ handle: 4 }, { handle: 5 }, { handle: 6 }]);
  });
});

type Ask = (client: GattClient) => Promise<unknown>;
const read: Ask = (client) => client.read(3);
const byUuid: Ask = (client) => client.readByUuid(0x2a00);
const long: Ask = (client) => client.readLong(3);
const write: Ask = (client) => client.write(3, Uint8Array.of(1));
const longWrite: Ask = (client) => client.writeLong(3, Uint8Array.of(1));

describe('reads (Vol 3, Part G, 4.8, 4.12)', () => {
  it('GATT/CL/GAR/BV-01-C: reads a value', async () => {
    expect(await script(read, ['0a0300', '0b0102'])).toEqual(Uint8Array.of(1, 2));
  });

  it('GATT/CL/GAR/BV-03-C: reads values by their UUID, all there are in the range', async () => {
    const found = await script(
      byUuid,
      ['080100ffff002a', '09040300aabb0500ccdd'],
      ['080600ffff002a', '010806000a'],
    );
    expect(found).toEqual([
      { handle: 3, value: Uint8Array.of(0xaa, 0xbb) },
      { handle: 5, value: Uint8Array.of(0xcc, 0xdd) },
    ]);
  });

  it('GATT/CL/GAR/BV-04-C: reads a long value, to the part that is not full', async () => {
    const got = await script(
      long,
      ['0a0300', `0b${hex(22)}`],
      ['0c03001600', `0d${hex(22, 22)}`],
      ['0c03002c00', `0d${hex(6, 44)}`],
    );
    expect(got).toEqual(octets(50));
  });

  it('GATT/CL/GAR/BV-04-C: reads a long value that ends with a full part, and one of 512 octets', async () => {
    const full: [string, string][] = [
      ['0a0300', `0b${hex(22)}`],
      ['0c03001600', `0d${hex(22, 22)}`],
      ['0c03002c00', '0d'],
    ];
    expect(await script(long, ...full)).toEqual(octets(44));
    const parts: [string, string][] = [['0a0300', `0b${hex(22)}`]];
    for (let at = 22; at < 512; at += 22) {
      const part = Math.min(22, 512 - at);
      parts.push([`0c0300${toHex(Uint8Array.of(at & 0xff, at >> 8))}`, `0d${hex(part, at)}`]);
    }
    expect(await script(long, ...parts)).toEqual(octets(512));
  });

  it('GATT/CL/GAR/BV-05-C: reads several values at once', async () => {
    expect(await script((client) => client.readMultiple([3, 5]), ['0e03000500', '0f010203'])).toEqual(
      octets(4).subarray(1),
    );
  });

  it('GATT/CL/GAR/BV-06-C: reads a descriptor', async () => {
    const got = await script(
      async (client) => {
        const [found] = await client.discovery.characteristics(1, 4);
        const [descriptor] = await client.discovery.descriptors(found!.valueHandle + 1, 4);
        return client.readLong(descriptor!.handle);
      },
      ['08010004000328', '09070200020300002a'],
      ['08030004000328', '010803000a'],
      ['0404000400', '050104000129'],
      ['0a0400', '0b61'],
    );
    expect(got).toEqual(Uint8Array.of(0x61));
  });

  it('GATT/CL/GAR/BV-07-C: reads a long descriptor', async () => {
    const got = await script(long, ['0a0300', `0b${hex(22)}`], ['0c03001600', `0d${hex(1, 22)}`]);
    expect(got).toEqual(octets(23));
  });

  const refused: readonly [name: string, what: string, ask: Ask, request: string, error: number][] = [
    ['GATT/CL/GAR/BI-01-C', 'a read', read, '0a0300', 0x01],
    ['GATT/CL/GAR/BI-02-C', 'a read', read, '0a0300', 0x02],
    ['GATT/CL/GAR/BI-03-C', 'a read', read, '0a0300', 0x08],
    ['GATT/CL/GAR/BI-04-C', 'a read', read, '0a0300', 0x05],
    ['GATT/CL/GAR/BI-05-C', 'a read', read, '0a0300', 0x0c],
    ['GATT/CL/GAR/BI-06-C', 'a read by UUID', byUuid, '080100ffff002a', 0x02],
    ['GATT/CL/GAR/BI-07-C', 'a read by UUID', byUuid, '080100ffff002a', 0x0a],
    ['GATT/CL/GAR/BI-09-C', 'a read by UUID', byUuid, '080100ffff002a', 0x08],
    ['GATT/CL/GAR/BI-10-C', 'a read by UUID', byUuid, '080100ffff002a', 0x05],
    ['GATT/CL/GAR/BI-11-C', 'a read by UUID', byUuid, '080100ffff002a', 0x0c],
    ['GATT/CL/GAR/BI-12-C', 'a long read', long, '0a0300', 0x02],
    ['GATT/CL/GAR/BI-14-C', 'a long read', long, '0a0300', 0x01],
    ['GATT/CL/GAR/BI-15-C', 'a long read', long, '0a0300', 0x08],
    ['GATT/CL/GAR/BI-16-C', 'a long read', long, '0a0300', 0x05],
    ['GATT/CL/GAR/BI-17-C', 'a long read', long, '0a0300', 0x0c],
    ['GATT/CL/GAR/BI-35-C', 'a read, for a reason of the application', read, '0a0300', 0x80],
  ];
  it.each(refused)('%s: gives the error that %s ends with (%#)', (_name, _what, ask, request, error) =>
    refusal(ask, request, error),
  );

  it('GATT/CL/GAR/BI-13-C: gives Invalid Offset for an offset behind the value', async () => {
    const got = await script((client) => client.readBlob(3, 5), ['0c03000500', '010c030007']);
    expect(got).toMatchObject({ error: 7, handle: 3, request: 0x0c });
    // And in the middle of a long read: the value has become shorter, and what was read is none.
    const shrunk = await script(long, ['0a0300', `0b${hex(22)}`], ['0c03001600', '010c030007']);
    expect(shrunk).toMatchObject({ error: 7 });
  });
});

async function refusal(ask: Ask, request: string, error: number): Promise<void> {
  const handle = Number.parseInt(request.slice(2, 4), 16);
  const answer = `01${request.slice(0, 6)}${error.toString(16).padStart(2, '0')}`;
  const got = (await script(ask, [request, answer])) as AttError;
  expect(got).toBeInstanceOf(AttError);
  expect([got.error, got.handle, got.request]).toEqual([
    error,
    handle,
    Number.parseInt(request.slice(0, 2), 16),
  ]);
}

describe('writes (Vol 3, Part G, 4.9, 4.12)', () => {
  it('GATT/CL/GAW/BV-01-C: writes without a response, up to ATT_MTU - 3 octets', async () => {
    const { bearer, channel } = scriptedBearer();
    const client = new GattClient(bearer);
    await client.writeWithoutResponse(3, octets(20));
    expect(channel.take()).toEqual([`520300${hex(20)}`]);
    expect(() => client.writeWithoutResponse(3, octets(21))).toThrow(RangeError);
    expect(channel.take()).toEqual([]);
  });

  it('GATT/CL/GAW/BV-03-C: writes with a response', async () => {
    expect(await script(write, ['12030001', '13'])).toBeUndefined();
  });

  it('GATT/CL/GAW/BV-05-C: writes a long value in parts, and executes them', async () => {
    await script(
      (client) => client.write(3, octets(40)),
      [`1603000000${hex(18)}`, `1703000000${hex(18)}`],
      [`1603001200${hex(18, 18)}`, `1703001200${hex(18, 18)}`],
      [`1603002400${hex(4, 36)}`, `1703002400${hex(4, 36)}`],
      ['1801', '19'],
    );
  });

  it('GATT/CL/GAW/BV-06-C: writes reliably, several values at once, and takes all back where an echo differs', async () => {
    const writes = [
      { handle: 3, value: Uint8Array.of(1) },
      { handle: 5, value: Uint8Array.of(2, 3) },
    ];
    await script(
      (client) => client.writeReliably(writes),
      ['160300000001', '170300000001'],
      ['16050000000203', '17050000000203'],
      ['1801', '19'],
    );
    // Every octet counts: the value, its length, the offset, the handle.
    for (const echo of [
      '17050000000204',
      '170500000002',
      '1705000000020304',
      '17050001000203',
      '17060000000203',
    ]) {
      const got = await script(
        (client) => client.writeReliably(writes),
        ['160300000001', '170300000001'],
        ['16050000000203', echo],
        ['1800', '19'],
      );
      expect(got).toMatchObject({ code: 'RELIABLE_WRITE', handle: 5 });
    }
  });

  it('GATT/CL/GAW/BV-08-C: writes a descriptor', async () => {
    expect(
      await script((client) => client.write(4, Uint8Array.of(1, 0)), ['1204000100', '13']),
    ).toBeUndefined();
  });

  it('GATT/CL/GAW/BV-09-C: writes a long descriptor in parts', async () => {
    await script(
      (client) => client.write(4, octets(21)),
      [`1604000000${hex(18)}`, `1704000000${hex(18)}`],
      [`1604001200${hex(3, 18)}`, `1704001200${hex(3, 18)}`],
      ['1801', '19'],
    );
  });

  const refused: readonly [name: string, error: number][] = [
    ['GATT/CL/GAW/BI-02-C', 0x01],
    ['GATT/CL/GAW/BI-03-C', 0x03],
    ['GATT/CL/GAW/BI-04-C', 0x08],
    ['GATT/CL/GAW/BI-05-C', 0x05],
    ['GATT/CL/GAW/BI-06-C', 0x0c],
    ['GATT/CL/GAW/BI-33-C', 0x0d],
  ];
  it.each(refused)('%s: gives the error that a write ends with (%#)', (_name, error) =>
    refusal(write, '12030001', error),
  );

  const refusedLong: readonly [name: string, error: number][] = [
    ['GATT/CL/GAW/BI-07-C', 0x01],
    ['GATT/CL/GAW/BI-08-C', 0x03],
    ['GATT/CL/GAW/BI-09-C', 0x07],
    ['GATT/CL/GAW/BI-11-C', 0x08],
    ['GATT/CL/GAW/BI-12-C', 0x05],
    ['GATT/CL/GAW/BI-13-C', 0x0c],
    ['GATT/CL/GAW/BI-34-C', 0x0d],
  ];
  it.each(refusedLong)(
    '%s: takes back what was prepared when a part is refused (%#)',
    async (_name, error) => {
      const answer = `01160300${error.toString(16).padStart(2, '0')}`;
      const got = await script(longWrite, ['160300000001', answer], ['1800', '19']);
      expect(got).toMatchObject({ code: 'ATT_ERROR', error, handle: 3 });
    },
  );

  it('GATT/CL/GAW/BI-09-C, GATT/CL/GAW/BI-34-C: gives the error that the execution ends with', async () => {
    for (const error of ['07', '0d']) {
      const got = await script(longWrite, ['160300000001', '170300000001'], ['1801', `01180300${error}`]);
      expect(got).toMatchObject({ error: Number.parseInt(error, 16), request: 0x18, handle: 3 });
    }
  });
});

describe('values that come, changes, and timeouts', () => {
  async function subscribed(indicate: boolean) {
    const made = scriptedBearer();
    const client = new GattClient(made.bearer);
    const values: string[] = [];
    const adding = client.subscriptions.add(
      { valueHandle: 3, cccdHandle: 4 },
      { configuration: indicate ? 2 : 1, listener: (value) => void values.push(toHex(value)) },
    );
    await settle();
    expect(made.channel.take()).toEqual([indicate ? '1204000200' : '1204000100']);
    made.channel.give('13');
    await adding;
    return { ...made, client, values };
  }

  it('GATT/CL/GAN/BV-01-C: subscribes to notifications, and takes them', async () => {
    const { channel, values, reports } = await subscribed(false);
    channel.give('1b0300', `1b0300${hex(20)}`);
    expect(values).toEqual(['', hex(20)]);
    expect([channel.take(), reports]).toEqual([[], []]);
  });

  it('takes several values of one notification, each where it belongs (Vol 3, Part G, 4.10.2)', async () => {
    const { channel, client, values, reports } = await subscribed(false);
    const others: string[] = [];
    client.subscriptions.onUnexpected = (handle, value) => void others.push(`${handle} ${toHex(value)}`);
    channel.give('2303000200aabb0700000003000100cc');
    expect(values).toEqual(['aabb', 'cc']);
    expect(others).toEqual(['7 ']);
    // What is cut in the middle is none; what stood before it counts.
    channel.give('2303000100dd0300050011');
    expect(values).toEqual(['aabb', 'cc', 'dd']);
    expect(reports).toHaveLength(1);
  });

  it('GATT/CL/GAI/BV-01-C: subscribes to indications, takes and confirms them', async () => {
    const { channel, values } = await subscribed(true);
    channel.give('1d0300010203', '1d030004');
    expect(values).toEqual(['010203', '04']);
    expect(channel.take()).toEqual(['1e', '1e']);
  });

  it('GATT/CL/GAI/BI-01-C: confirms an indication of a handle that nobody asked for, and drops one that is none', async () => {
    const { channel, values, reports } = await subscribed(true);
    channel.give('1d09000102');
    expect(channel.take()).toEqual(['1e']);
    channel.give('1d03');
    expect(channel.take()).toEqual([]);
    expect(reports).toHaveLength(1);
    channel.give('1d0300aa');
    expect([values, channel.take()]).toEqual([['aa'], ['1e']]);
  });

  it('GATT/CL/GAS/BV-01-C: confirms Service Changed, and discovers the range again', async () => {
    const host = new ChangingServer();
    const link = host.connect();
    const database = await link.clock.run(openDatabase(link.client));
    const added = host.server.add(service(0x180f, { level: characteristic(0x2a19, { read: true }) }));
    link.requests.splice(0);
    await link.clock.run(host.tell(added.startHandle, added.endHandle));
    await link.clock.run(database.settled());
    expect(link.requests[0]).toBe('1e');
    expect(link.requests[1]).toMatch(/^10/);
    expect(database.characteristic(0x180f, 0x2a19)?.valueHandle).toBe(
      added.characteristics.level.valueHandle,
    );
  });

  it.each([
    ['GATT/CL/GAT/BV-01-C', read],
    ['GATT/CL/GAT/BV-02-C', write],
  ])('%s: sends nothing any more on a bearer where a request had no answer for 30 s', async (_name, ask) => {
    const made = scriptedBearer();
    const client = new GattClient(made.bearer);
    const unanswered = ask(client).catch((error: unknown) => error);
    const behind = ask(client).catch((error: unknown) => error);
    await made.clock.advance(29_999);
    expect(made.timeouts).toBe(0);
    await made.clock.advance(1);
    expect(await unanswered).toBeInstanceOf(TimeoutError);
    expect(await behind).toBeInstanceOf(StateError);
    expect(made.timeouts).toBe(1);
    expect(made.channel.take()).toHaveLength(1);
    await expect(client.read(3)).rejects.toBeInstanceOf(StateError);
    expect(made.channel.take()).toEqual([]);
  });
});
