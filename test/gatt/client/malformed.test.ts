import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import { BleError, MalformedPacketError } from '../../../src/core/errors.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { AttOpcode } from '../../../src/gatt/att/opcodes.js';
import { GattClient } from '../../../src/gatt/client/client.js';
import { openDatabase } from '../../../src/gatt/client/database.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { ScriptedServer, scriptedBearer } from '../../support/gatt.js';

type Ask = (client: GattClient) => Promise<unknown>;

const asks = {
  mtu: (client) => client.exchangeMtu(),
  services: (client) => client.discoverServices(),
  byUuid: (client) => client.discoverServices(0x1800),
  included: (client) => client.discovery.included(1, 9),
  characteristics: (client) => client.discovery.characteristics(1, 9),
  descriptors: (client) => client.discovery.descriptors(1, 9),
  readByUuid: (client) => client.readByUuid(0x2a00, 1, 9),
  readMultiple: (client) => client.readMultiple([3, 5]),
  variable: (client) => client.readMultipleVariable([3, 5]),
  write: (client) => client.write(3, Uint8Array.of(1)),
  long: (client) => client.writeLong(3, Uint8Array.of(1)),
} as const satisfies Record<string, Ask>;

/** What a server answers to the first request, and nothing of it makes sense. */
const malformed: readonly [what: string, ask: keyof typeof asks, response: string][] = [
  ['an MTU that is cut', 'mtu', '0317'],
  ['an MTU and more', 'mtu', '03170000'],
  ['no service', 'services', '11'],
  ['a length without services', 'services', '1106'],
  ['services of a length that is none', 'services', '110501000500001801'],
  ['services of length 0', 'services', '110001000500'],
  ['a service that is cut', 'services', '11060100050000'],
  ['a service and an octet more', 'services', '110601000500001801'],
  ['a service that ends before it begins', 'services', '1106050001000018'],
  ['services that go backwards', 'services', '1106050006000018010004000118'],
  ['services that overlap', 'services', '1106010006000018040008000118'],
  ['a service at handle 0', 'services', '1106000006000018'],
  ['no range', 'byUuid', '07'],
  ['a range that is cut', 'byUuid', '07010005'],
  ['a range backwards', 'byUuid', '0705000100'],
  ['ranges backwards', 'byUuid', '070500060001000200'],
  ['an included service of a length that is none', 'included', '0907020010001800'],
  ['an included service outside of the range', 'included', '09080a0010001800' + '0d18'],
  ['included services backwards', 'included', '0908050010001800' + '0d18' + '020010001800' + '0d18'],
  ['a characteristic of a length that is none', 'characteristics', '0906020002030000'],
  ['a characteristic whose value stands before it', 'characteristics', '09070200020200002a'],
  ['a characteristic outside of the range', 'characteristics', '09070a00020b00002a'],
  ['characteristics backwards', 'characteristics', '09070400020500002a0200020300012a'],
  ['a characteristic whose value stands behind the range', 'characteristics', '09070900020a00002a'],
  [
    'a characteristic whose value stands at the next one',
    'characteristics',
    '09070200020500002a0400020500012a',
  ],
  ['descriptors of a format that is none', 'descriptors', '050303000229'],
  ['descriptors that are cut', 'descriptors', '0501030002'],
  ['descriptors of the other format', 'descriptors', '0502030002290129'],
  ['no descriptor', 'descriptors', '0501'],
  ['descriptors outside of the range', 'descriptors', '05010a000229'],
  ['descriptors backwards', 'descriptors', '05010300022901000129'],
  ['the same descriptor twice', 'descriptors', '05010300022903000129'],
  ['a value of length 1', 'readByUuid', '090103'],
  ['values that are cut', 'readByUuid', '09040300aa'],
  ['values outside of the range', 'readByUuid', '09030a00aa'],
  ['values backwards', 'readByUuid', '09030300aa0200bb'],
  ['more values than were asked for', 'variable', '21000000000000'],
  ['a value that goes on behind its end', 'variable', '2101000a0500bb'],
  ['fewer values than were asked for', 'variable', '2101000a'],
  ['half a length', 'variable', '2101000a00'],
  ['a write response with a value', 'write', '1300'],
  ['a prepare response without an offset', 'long', '17030000'],
];

describe('responses that make no sense', () => {
  it.each(malformed)('end with an error that says so: %s', async (_what, ask, response) => {
    const { channel, bearer, reports } = scriptedBearer();
    const client = new GattClient(bearer);
    let first = true;
    channel.onSend = (pdu) => {
      const answer = first ? response : pdu.startsWith('18') ? '19' : undefined;
      first = false;
      return answer;
    };
    await expect(asks[ask](client)).rejects.toBeInstanceOf(MalformedPacketError);
    // What was prepared is taken back; otherwise nothing more is asked.
    expect(channel.take().slice(1)).toEqual(ask === 'long' ? ['1800'] : []);
    expect(reports.length).toBeLessThanOrEqual(1);
    // The bearer goes on.
    channel.onSend = undefined;
    const next = client.read(1);
    channel.give('0baa');
    expect(await next).toEqual(Uint8Array.of(0xaa));
  });

  it('of another opcode, short errors and errors of another request are passed over; the answer counts', async () => {
    const { channel, bearer, reports, clock } = scriptedBearer();
    const client = new GattClient(bearer);
    const reading = client.read(3);
    channel.give('13', '010a03', '0112030001', '010a03000100', '0d', '0bcc');
    expect(await reading).toEqual(Uint8Array.of(0xcc));
    expect(reports).toHaveLength(5);
    const unanswered = client.read(3).catch((error: BleError) => error.code);
    channel.give('19');
    expect(await clock.run(unanswered)).toBe('TIMEOUT');
  });

  it('keep what of a Read Multiple Variable Response fits in the ATT_MTU (Vol 3, Part F, 3.4.4.12)', async () => {
    for (const [response, values] of [
      [`21${'1400'}${'aa'.repeat(20)}`, ['aa'.repeat(20)]],
      [`210a00${'aa'.repeat(10)}1400${'bb'.repeat(8)}`, ['aa'.repeat(10), 'bb'.repeat(8)]],
      [`211300${'aa'.repeat(19)}01`, ['aa'.repeat(19)]],
      ['2100000000', ['', '']],
    ] as const) {
      const { channel, bearer } = scriptedBearer();
      const client = new GattClient(bearer);
      channel.onSend = () => response;
      const got = await client.readMultipleVariable([3, 5]);
      expect(got.map((one) => toHex(one))).toEqual(values);
    }
  });

  it('do not make a value longer than 512 octets (Vol 3, Part F, 3.2.9)', async () => {
    const { channel, bearer } = scriptedBearer();
    const client = new GattClient(bearer);
    channel.onSend = (pdu) => `${pdu.startsWith('0a') ? '0b' : '0d'}${'aa'.repeat(22)}`;
    await expect(client.readLong(3)).rejects.toThrow(/goes on behind the 512 octets/);
    expect(channel.sent.length).toBe(24);
  });
});

describe('servers that never come to an end', () => {
  it('give as many services as there are handles, and no more is asked', async () => {
    const { channel, bearer } = scriptedBearer();
    const client = new GattClient(bearer);
    channel.onSend = (pdu) => `1106${pdu.slice(2, 6)}${pdu.slice(2, 6)}0018`;
    const found = await client.discoverServices();
    expect(found).toHaveLength(0xffff);
    expect(channel.sent).toHaveLength(0xffff);
  });

  it('can be left at any point by a signal (each step of a whole discovery)', async () => {
    const host = new ScriptedServer();
    host.server.add(
      service(0x180d, {
        a: characteristic(0x2a37, { notify: true, description: 'a' }),
        b: characteristic('6e400002-b5a3-f393-e0a9-e50e24dcca9e', { read: true }),
      }),
    );
    const works: readonly ((client: GattClient, signal: AbortSignal) => Promise<unknown>)[] = [
      (client, signal) => client.discoverAll(signal),
      (client, signal) => openDatabase(client, { signal }),
      (client, signal) => client.readLong(7, signal),
      (client, signal) => client.readByUuid(0x2803, 1, 0xffff, signal),
      async (client, signal) => {
        const [found] = await client.discoverServices(0x180d, signal);
        await found!.discoverCharacteristics(signal);
        await found!.characteristics[0]!.subscribe(() => {}, { signal });
      },
    ];
    for (const work of works) {
      let left = 0;
      for (let step = 0; step < 40; step++) {
        const { channel, bearer } = scriptedBearer();
        const server = host.connect();
        const client = new GattClient(bearer);
        const leave = new AbortController();
        const reason = new Error('enough');
        const outcome = work(client, leave.signal).then(
          () => 'done',
          (error: unknown) => error,
        );
        for (let i = 0; i < step; i++) {
          await settle();
          server.channel.give(...channel.take());
          await settle();
          channel.give(...server.channel.take());
        }
        await settle();
        leave.abort(reason);
        const result = await outcome;
        if (result === 'done') break;
        expect(result).toBe(reason);
        left++;
        // What was sent is still answered, and no more than what takes it back follows.
        for (let i = 0; i < 4; i++) {
          server.channel.give(...channel.take());
          await settle();
          channel.give(...server.channel.take());
          await settle();
        }
        expect(channel.take()).toEqual([]);
        expect(client.subscriptions.all).toEqual([]);
      }
      expect(left).toBeGreaterThan(0);
      expect(left).toBeLessThan(40);
    }
  });
});

describe('a client and a server that answers anything', () => {
  const opcodes = Object.values(AttOpcode);
  const answers = fc.infiniteStream(
    fc.record({
      right: fc.integer({ min: 0, max: 9 }),
      opcode: fc.constantFrom(...opcodes),
      octets: fc.array(fc.oneof(fc.nat(12), fc.constantFrom(0, 0x28, 0x29, 0x2a, 0xff)), { maxLength: 30 }),
      length: fc.constantFrom(2, 3, 4, 6, 7, 8, 20, 21, 1, 2),
      code: fc.constantFrom(1, 5, 0x0a, 0x0a, 0x0a, 0x0b, 0x12),
      unasked: fc.constantFrom('', '1b03000102', '1d0300aa', '2303000100aa', '1d0a000100ffff', '1e', '0baa'),
    }),
  );

  it('come to an end, with a value or an error of the family', async () => {
    const all: readonly Ask[] = [
      ...Object.values(asks),
      (client) => client.readLong(3),
      (client) => client.discoverAll(),
      (client) => openDatabase(client),
      (client) => client.writeReliably([{ handle: 3, value: new Uint8Array(60) }]),
      async (client) => {
        const services = await client.discoverAll();
        for (const { characteristics } of services)
          for (const one of characteristics) await one.subscribe(() => {});
      },
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...all), answers, async (ask, stream) => {
        const { bearer, channel, clock } = scriptedBearer();
        const client = new GattClient(bearer);
        channel.onSend = (request) => {
          const { right, opcode, octets, length, code, unasked } = stream.next().value;
          const asked = fromHex(request);
          if (asked[0]! === AttOpcode.handleValueCfm) return undefined;
          if (unasked) queueMicrotask(() => channel.give(unasked));
          // Answers of the right opcode, with entries that go forward from where was asked; errors; anything.
          if (right < 5) {
            const start = asked[1] ?? 0;
            const body = [
              length,
              start,
              0,
              ...octets.map((octet: number, i: number) => (i % 2 ? 0 : octet + start)),
            ];
            return toHex(Uint8Array.of(asked[0]! + 1, ...body));
          }
          if (right < 8) return toHex(Uint8Array.of(1, asked[0]!, asked[1] ?? 0, asked[2] ?? 0, code));
          return toHex(Uint8Array.of(opcode, ...octets));
        };
        const ended = ask(client).then(
          () => true,
          (error: unknown) => error instanceof BleError,
        );
        expect(await clock.run(ended)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });
});
