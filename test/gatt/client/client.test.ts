import { describe, expect, it } from 'vitest';
import { settle } from '../../../src/core/clock.js';
import {
  AttError,
  DisconnectedError,
  MalformedPacketError,
  NotSupportedError,
} from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import type { SecurityLevelCode } from '../../../src/core/security.js';
import { GattClient } from '../../../src/gatt/client/client.js';
import { ReliableWriteError } from '../../../src/gatt/client/errors.js';
import type { ClientLink } from '../../../src/gatt/client/signed-writes.js';
import { characteristic, service } from '../../../src/gatt/server/definition.js';
import { linkedPair, scriptedBearer } from '../../support/gatt.js';

const LONG = '6e400001-b5a3-f393-e0a9-e50e24dcca9e';

/** A client against a script of answers by request; what the script does not know is refused with 0x0A. */
function scripted(answers: Readonly<Record<string, string>>) {
  const made = scriptedBearer();
  made.channel.onSend = (pdu) => answers[pdu] ?? `01${pdu.slice(0, 2)}${pdu.slice(2, 6).padEnd(4, '0')}0a`;
  return { ...made, client: new GattClient(made.bearer) };
}

const count = (n: number) => Uint8Array.from({ length: n }, (_, i) => i & 0xff);

describe('discovery between our client and our server (Vol 3, Part G, 4.4–4.7)', () => {
  it('finds services, characteristics and descriptors with UUIDs of both lengths', async () => {
    const { clock, client, server, reports } = linkedPair();
    server.add(
      service(0x180d, {
        measurement: characteristic(0x2a37, { notify: true, description: 'rate' }),
        location: characteristic(0x2a38, { read: true }),
      }),
    );
    server.add(
      service(LONG, { rx: characteristic('6e400002-b5a3-f393-e0a9-e50e24dcca9e', { write: true }) }),
    );
    server.add(service(0x180f, {}, { primary: false }));
    const services = await clock.run(client.discoverAll());
    expect(
      services.map((one) => [
        one.uuid.toShortString(),
        one.startHandle,
        one.endHandle,
        one.characteristics.map((found) => [
          found.uuid.toShortString(),
          found.valueHandle,
          found.properties,
          found.descriptors.map(({ uuid, handle }) => `${uuid.toShortString()} ${handle}`),
        ]),
      ]),
    ).toEqual([
      [
        '180d',
        1,
        7,
        [
          ['2a37', 3, 0x10, ['2902 4', '2901 5']],
          ['2a38', 7, 2, []],
        ],
      ],
      [LONG, 8, 10, [['6e400002-b5a3-f393-e0a9-e50e24dcca9e', 10, 8, []]]],
    ]);
    expect((await clock.run(client.discoverServices(0x180d))).map(({ endHandle }) => endHandle)).toEqual([7]);
    expect((await clock.run(client.discoverServices(LONG))).map(({ endHandle }) => endHandle)).toEqual([10]);
    expect(await clock.run(client.discoverServices(0x1810))).toEqual([]);
    const [secondary] = await clock.run(client.discoverSecondaryServices());
    expect([secondary?.startHandle, secondary?.primary]).toEqual([11, false]);
    expect(reports).toEqual([]);
  });

  it('reads the declaration of an included service whose UUID has 128 bits (4.5.1)', async () => {
    const { client } = scripted({
      '0801000a000228': `090602000b000c00`,
      '0803000a000228': '0908030010001100 0a18'.replace(' ', ''),
      '0a0b00': `0b${toHex(Uint8Array.from({ length: 16 }, (_, i) => i + 1))}`,
    });
    const found = await client.discovery.included(1, 10);
    expect(found.map(({ handle, startHandle, uuid }) => [handle, startHandle, uuid.toShortString()])).toEqual(
      [
        [2, 11, '100f0e0d-0c0b-0a09-0807-060504030201'],
        [3, 16, '180a'],
      ],
    );
  });
});

describe('discovery of hostile servers ends', () => {
  const hostile: Readonly<
    Record<string, [Readonly<Record<string, string>>, (client: GattClient) => Promise<unknown>]>
  > = {
    'services without progress': [
      { '100100ffff0028': '1106010001000d18', '100200ffff0028': '1106010001000d18' },
      (client) => client.discoverServices(),
    ],
    'services that end before they begin': [
      { '100100ffff0028': '1106050004000d18' },
      (client) => client.discoverServices(),
    ],
    'services that decrease within a response': [
      { '100100ffff0028': '1106050006000d18010002000f18' },
      (client) => client.discoverServices(),
    ],
    'services by UUID without progress': [
      { '060100ffff00280d18': '0700000000' },
      (client) => client.discoverServices(0x180d),
    ],
    'included services outside of the service': [
      { '08010005000228': '09080900010002000d18' },
      (client) => client.discovery.included(1, 5),
    ],
    'characteristics without progress': [
      { '08010005000328': '0907010002020000 2a'.replace(' ', ''), '08020005000328': '09070100020200002a' },
      (client) => client.discovery.characteristics(1, 5),
    ],
    'characteristics whose value stands before them': [
      { '08010005000328': '09070300020200002a' },
      (client) => client.discovery.characteristics(1, 5),
    ],
    'descriptors that decrease': [
      { '0401000500': '0501030002290200 0129'.replace(' ', '') },
      (client) => client.discovery.descriptors(1, 5),
    ],
    'entries of a wrong length': [
      { '100100ffff0028': '1105010001000d' },
      (client) => client.discoverServices(),
    ],
    'a response without entries': [{ '100100ffff0028': '1106' }, (client) => client.discoverServices()],
    'an unknown format of information': [
      { '0401000500': '050303000229' },
      (client) => client.discovery.descriptors(1, 5),
    ],
    'values by UUID without progress': [
      { '080100ffff002a': '09030100aa', '080200ffff002a': '09030100aa' },
      (client) => client.readByUuid(0x2a00),
    ],
  };
  for (const [name, [answers, work]] of Object.entries(hostile)) {
    it(`with an error: ${name}`, async () => {
      const { client, channel } = scripted(answers);
      await expect(work(client)).rejects.toBeInstanceOf(MalformedPacketError);
      expect(channel.sent.length).toBeLessThan(4);
    });
  }

  it('at the last handle', async () => {
    const { client, channel } = scripted({ '100100ffff0028': '11060100ffff0d18' });
    expect(await client.discoverServices()).toHaveLength(1);
    expect(channel.sent).toHaveLength(1);
  });

  it('with the error of the server, when that is not Attribute Not Found', async () => {
    const { client } = scripted({ '100100ffff0028': '0110010005' });
    await expect(client.discoverServices()).rejects.toMatchObject({ code: 'ATT_ERROR', error: 5 });
  });
});

describe('reads and writes', () => {
  it('reads and writes 512 octets at any MTU (Vol 3, Part G, 4.8.3, 4.9.4)', async () => {
    for (const mtu of [23, 185, 515, 517]) {
      const { clock, client, server } = linkedPair(mtu);
      const { value } = server.add(
        service(0x180d, { value: characteristic(0x2a00, { read: true, write: true }) }),
      ).characteristics;
      expect(await clock.run(client.exchangeMtu())).toBe(mtu);
      await clock.run(client.write(3, count(512)));
      expect(toHex(value.value)).toBe(toHex(count(512)));
      expect(toHex(await clock.run(client.readLong(3)))).toBe(toHex(count(512)));
      for (const size of [0, 1, 21, 22, 23, 44]) {
        await clock.run(client.write(3, count(size)));
        expect(await clock.run(client.readLong(3))).toEqual(count(size));
      }
    }
  });

  it('takes Attribute Not Long as the end of a value that fits exactly (3.4.4.5)', async () => {
    const { client } = scripted({ '0a0300': `0b${'aa'.repeat(22)}`, '0c03001600': '010c03000b' });
    expect(await client.readLong(3)).toHaveLength(22);
  });

  it('exchanges the MTU once, and stays at 23 where the server does not know that (4.3.1)', async () => {
    const known = scripted({ '020502': '03b900' });
    expect(await Promise.all([known.client.exchangeMtu(), known.client.exchangeMtu()])).toEqual([185, 185]);
    expect(known.channel.sent).toEqual(['020502']);
    const unknown = scripted({ '020502': '0102000006' });
    expect(await unknown.client.exchangeMtu()).toBe(23);
    const wrong = scripted({ '020502': '030500' });
    expect(await wrong.client.exchangeMtu()).toBe(23);
    const short = scripted({ '020502': '0317' });
    await expect(short.client.exchangeMtu()).rejects.toBeInstanceOf(MalformedPacketError);
  });

  it('takes back what was prepared when a part is refused (4.9.4)', async () => {
    const { client, channel } = scripted({
      [`1603000000${'00'.repeat(18)}`]: `1703000000${'00'.repeat(18)}`,
      [`1603001200${'00'.repeat(12)}`]: '0116030009',
      '1800': '19',
    });
    await expect(client.writeLong(3, new Uint8Array(30))).rejects.toMatchObject({ error: 9 });
    expect(channel.sent.at(-1)).toBe('1800');
  });

  it('takes back a reliable write whose echo differs (4.9.5)', async () => {
    const answers = { '1603000000aa': '1703000000ab', '1800': '19', '1801': '19' };
    const reliable = scripted(answers);
    const error = await reliable.client
      .writeLong(3, Uint8Array.of(0xaa), { reliable: true })
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ReliableWriteError);
    expect(error).toMatchObject({ code: 'RELIABLE_WRITE', handle: 3 });
    expect(String(error)).toMatch(/handle 0x0003 was taken back: the server echoed other octets/);
    expect(reliable.channel.sent).toEqual(['1603000000aa', '1800']);
    const plain = scripted(answers);
    await plain.client.writeLong(3, Uint8Array.of(0xaa));
    expect(plain.channel.sent).toEqual(['1603000000aa', '1801']);
  });

  it('takes back what was prepared when the caller leaves, and lets the next long write in then', async () => {
    const { channel, bearer } = scriptedBearer();
    const client = new GattClient(bearer);
    const leave = new AbortController();
    const left = client.writeLong(3, count(30), { signal: leave.signal }).catch((error: unknown) => error);
    const next = client.writeLong(4, count(1));
    await settle();
    leave.abort(new Error('enough'));
    expect(String(await left)).toBe('Error: enough');
    const order: string[] = [];
    for (const answer of ['1703000000', '19', '170400000000', '19']) {
      await settle();
      order.push(...channel.take());
      channel.give(answer);
    }
    await next;
    expect(order.map((pdu) => pdu.slice(0, 6))).toEqual(['160300', '1800', '160400', '1801']);
  });

  it('keeps the octets that the caller changes afterwards', async () => {
    const { client, channel } = scripted({
      '1603000000aabb': '1703000000aabb',
      '1801': '19',
      '120300aabb': '13',
    });
    const value = Uint8Array.of(0xaa, 0xbb);
    const all = [client.write(3, value), client.writeLong(3, value), client.writeWithoutResponse(3, value)];
    value.fill(0);
    await Promise.all(all);
    expect(channel.sent).toEqual(['120300aabb', '520300aabb', '1603000000aabb', '1801']);
  });

  it('reads several values at once, of known and of any lengths (4.8.4, 4.8.5)', async () => {
    const { client } = scripted({
      '0e03000500': '0f0102',
      '2003000500': '2101000102000203',
    });
    expect(toHex(await client.readMultiple([3, 5]))).toBe('0102');
    expect((await client.readMultipleVariable([3, 5])).map((value) => toHex(value))).toEqual(['01', '0203']);
  });

  it('refuses wrong arguments at once, and sends nothing', async () => {
    const { client, channel } = scripted({});
    expect(() => client.write(3, new Uint8Array(513))).toThrow(/0 to 512/);
    expect(() => client.write(3, 'x' as unknown as Uint8Array)).toThrow(TypeError);
    expect(() => client.writeWithoutResponse(3, new Uint8Array(21))).toThrow(/0 to 20/);
    expect(() => client.writeWithoutResponse(3, [1] as unknown as Uint8Array)).toThrow(TypeError);
    await expect(client.writeLong(3, count(10), { offset: 510 })).rejects.toThrow(/0 to 2 are/);
    expect(() => client.readMultiple([3])).toThrow(/handles: 1/);
    expect(() => client.readMultiple(Array<number>(12).fill(3))).toThrow(/handles: 12/);
    await expect(client.readByUuid(0x2a00, 5, 4)).rejects.toThrow(/endHandle: 4/);
    expect(channel.sent).toEqual([]);
  });

  it('holds write commands back while the queue of the link is long', async () => {
    const { client, channel } = scripted({});
    await client.writeWithoutResponse(3, count(20));
    channel.backlog = 32;
    let done = false;
    const waits = client.writeWithoutResponse(3, count(1)).then(() => {
      done = true;
    });
    await settle();
    expect(done).toBe(false);
    channel.drain(0);
    await waits;
  });
});

describe('subscriptions (Vol 3, Part G, 4.10, 4.11)', () => {
  async function heartRate(options: { notify?: boolean; indicate?: boolean }, link: ClientLink = {}) {
    const pair = linkedPair(517, link);
    const { it } = pair.server.add(
      service(0x180d, { it: characteristic(0x2a37, { ...options, read: true }) }),
    ).characteristics;
    const [found] = await pair.clock.run(pair.client.discoverAll());
    return { ...pair, local: it, remote: found!.characteristics[0]! };
  }

  it('share the descriptor: written with the first listener, and back after the last', async () => {
    const { clock, local, remote, serverClient } = await heartRate({ notify: true });
    const got: string[] = [];
    const listener = (value: Uint8Array) => void got.push(toHex(value));
    const first = await clock.run(remote.subscribe(listener));
    const second = await clock.run(remote.subscribe(listener));
    await clock.run(local.notify(Uint8Array.of(1)));
    await clock.advance(0);
    expect(got).toEqual(['01', '01']);
    await clock.run(first());
    await clock.run(first());
    expect(local.configuration(serverClient)).toBe(1);
    await clock.run(local.notify(Uint8Array.of(2)));
    await clock.advance(0);
    expect(got).toEqual(['01', '01', '02']);
    await clock.run(second());
    expect(local.configuration(serverClient)).toBe(0);
  });

  it('take indications where there are only those, or where they are asked for', async () => {
    const only = await heartRate({ indicate: true });
    await only.clock.run(only.remote.subscribe(() => {}));
    expect(only.local.configuration(only.serverClient)).toBe(2);
    const both = await heartRate({ notify: true, indicate: true });
    const kinds: boolean[] = [];
    await both.clock.run(
      both.remote.subscribe((_, indication) => void kinds.push(indication), { indicate: true }),
    );
    await both.clock.run(both.local.indicate(Uint8Array.of(1)));
    expect(kinds).toEqual([true]);
  });

  it('pass nothing on from a link of less security than they want, and confirm it (Vol 3, Part C, 10.3.2.2)', async () => {
    let level: SecurityLevelCode = 1;
    const security = () => ({ level, keySize: 16, bonded: true });
    const { clock, local, remote, reports } = await heartRate({ notify: true, indicate: true }, { security });
    const got: string[] = [];
    await clock.run(
      remote.subscribe((value) => void got.push(`3 ${toHex(value)}`), { indicate: true, level: 3 }),
    );
    await clock.run(remote.subscribe((value) => void got.push(`any ${toHex(value)}`), { indicate: true }));
    await clock.run(local.indicate(Uint8Array.of(1)));
    level = 2;
    await clock.run(local.indicate(Uint8Array.of(2)));
    level = 3;
    await clock.run(local.indicate(Uint8Array.of(3)));
    expect(got).toEqual(['any 01', 'any 02', '3 03', 'any 03']);
    expect(reports).toEqual([
      `values of 0x${remote.valueHandle.toString(16).padStart(4, '0')} are dropped: the link is not encrypted, and they need level 3`,
    ]);
    await expect(clock.run(remote.subscribe(() => {}, { level: 5 as 4 }))).rejects.toThrow(/level: 5/);
  });

  it('are refused where the characteristic has no such thing', async () => {
    const none = await heartRate({});
    await expect(none.clock.run(none.remote.subscribe(() => {}))).rejects.toBeInstanceOf(NotSupportedError);
    const notifies = await heartRate({ notify: true });
    await expect(notifies.clock.run(notifies.remote.subscribe(() => {}, { indicate: true }))).rejects.toThrow(
      /does not indicate/,
    );
    const { client } = scripted({
      '08010005000328': '09070200100300372a',
    });
    const [bare] = await client.discovery.characteristics(1, 5);
    expect(bare?.valueHandle).toBe(3);
  });

  it('come as an iteration, which takes the subscription back at its end', async () => {
    const { clock, local, remote, serverClient } = await heartRate({ notify: true });
    const got: string[] = [];
    const reading = (async () => {
      for await (const value of remote.values()) {
        got.push(toHex(value));
        if (got.length === 2) break;
      }
    })();
    await clock.advance(0);
    for (let i = 0; i < 3; i++) await clock.run(local.notify(Uint8Array.of(i)));
    await clock.run(reading);
    expect(got).toEqual(['00', '01']);
    expect(local.configuration(serverClient)).toBe(0);
  });

  it('end an iteration that is called off just when the descriptor was written', async () => {
    const { clock, local, remote, serverClient, client } = await heartRate({ notify: true });
    const leaving = new AbortController();
    // The moment of the response: whoever waits for it has not gone on yet.
    const { pdu } = client.bearer;
    client.bearer.pdu = (bytes, start, end) => {
      const isWritten = bytes[start] === 0x13;
      pdu.call(client.bearer, bytes, start, end);
      if (isWritten) queueMicrotask(() => leaving.abort(new Error('left')));
    };
    const reading = (async () => {
      for await (const _ of remote.values({ signal: leaving.signal }));
    })();
    await expect(clock.run(reading)).rejects.toThrow('left');
    await clock.advance(0);
    expect(local.configuration(serverClient)).toBe(0);
  });

  it('end an iteration with the reason when the link goes', async () => {
    const { clock, remote, client } = await heartRate({ notify: true });
    const gone = new DisconnectedError('the peer left', 0x13);
    const reading = (async () => {
      for await (const _ of remote.values());
    })();
    const ended = reading.catch((error: unknown) => error);
    await clock.advance(0);
    client.bearer.closed(gone);
    expect(await ended).toBe(gone);
    await expect(remote.read()).rejects.toBe(gone);
  });

  it('leave nothing behind when the descriptor cannot be written', async () => {
    const { client } = scripted({ '1204000100': '0112040005', '040400ffff': '050104000229' });
    const heard: string[] = [];
    const { subscriptions } = client;
    const place = { valueHandle: 3, cccdHandle: 4 };
    await expect(
      subscriptions.add(place, { configuration: 1, listener: () => void heard.push('value') }),
    ).rejects.toBeInstanceOf(AttError);
    subscriptions.onUnexpected = (handle) => void heard.push(`unasked ${handle}`);
    client.bearer.pdu(Uint8Array.of(0x1b, 3, 0, 1), 0, 4);
    expect(heard).toEqual(['unasked 3']);
  });
});
