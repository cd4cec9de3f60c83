import { afterEach, expect, it } from 'vitest';
import { toHex } from '../../src/core/index.js';
import { type Connection, Device } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import type { Child } from './support/child.js';
import { airControllers, btvirtControllers, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';

const PEER = 'F2:00:5E:00:53:C2';
const MINE = 'C2:00:5E:00:53:C1';

let device: Device | undefined;

const octets = (size: number, factor = 7) => Uint8Array.from({ length: size }, (_, i) => (i * factor) & 0xff);
const le = (value: number) => toHex(Uint8Array.of(value & 0xff, value >> 8));
/** A handle, the length of a value, and the value, as Part F, 3.4.7.4 puts them together. */
const tuple = (handle: number, value: Uint8Array) => le(handle) + le(value.length) + toHex(value);

async function both(controllers: typeof airControllers): Promise<{ host: Device; bumble: Child }> {
  const [mine, theirs] = await controllers(2);
  const bumble = peer('queued', theirs!.bumble);
  await bumble.event('ready');
  const host = await Device.open({
    transport: mine!.port,
    address: MINE,
    eatt: true,
    security: { bonds: null },
  });
  device = host;
  return { host, bumble };
}

/** A link to Bumble's server, with what it serves. */
async function visit(host: Device, bumble: Child) {
  await bumble.call('advertise');
  const link = await host.connect(`${PEER}/random`);
  await bumble.event('connected');
  return { link, ...(await bumble.call<{ first: number; second: number; told: number }>('handles')) };
}

/** A link from Bumble's client, and what this side serves. */
async function receive(host: Device, bumble: Child) {
  const written: string[] = [];
  const served = host.server.add(
    service(0xb0b0, {
      first: characteristic(0xb0b1, {
        read: true,
        write: true,
        reliableWrite: true,
        value: octets(10),
        onWrite: (value) => void written.push(`first ${toHex(value)}`),
      }),
      second: characteristic(0xb0b2, {
        read: true,
        write: true,
        value: octets(20),
        onWrite: (value) => void written.push(`second ${toHex(value)}`),
      }),
      told: characteristic(0xb0b3, { notify: true }),
      also: characteristic(0xb0b4, { notify: true }),
    }),
  ).characteristics;
  await host.startAdvertising({ data: { flags: 6 } });
  const arrives = new Promise<Connection>((resolve) => host.once('connection', resolve));
  await bumble.call('connect', { address: MINE });
  return { link: await arrives, written, ...served };
}

for (const [place, controllers, need] of [
  ['bluewire air', airControllers, 'bluewire'],
  ['btvirt', btvirtControllers, 'btvirt'],
] as const) {
  describeInterop(
    `several values in one procedure, with Bumble's host, on ${place}`,
    ['bumble', need],
    () => {
      afterEach(async () => {
        await device?.close();
        device = undefined;
      });

      it('as a client: long and reliable writes; what is echoed wrongly is taken back (Vol 3, Part G, 4.9.4, 4.9.5)', async () => {
        const { host, bumble } = await both(controllers);
        const { link, first, second } = await visit(host, bumble);
        const part = link.mtu - 5;
        for (const size of [part - 1, part, part + 1, 512]) {
          await link.gatt.writeLong(first, octets(size));
          expect(await bumble.call('served')).toMatchObject({ first: toHex(octets(size)) });
          const parts = bumble.take('prepared').map((one) => one['octets']);
          expect(parts).toEqual(
            Array.from({ length: Math.ceil(size / part) }, (_, i) => Math.min(part, size - i * part)),
          );
        }
        await link.gatt.writeReliably([
          { handle: first, value: octets(300) },
          { handle: second, value: octets(4, 3), offset: 2 },
        ]);
        // What stands before an offset stays.
        const together = {
          first: toHex(octets(300)),
          second: toHex(Buffer.from('se')) + toHex(octets(4, 3)),
        };
        expect(await bumble.call('served')).toEqual(together);
        bumble.take('executed');
        await bumble.call('spoil', { on: true });
        await expect(link.gatt.writeReliably([{ handle: first, value: octets(3) }])).rejects.toMatchObject({
          code: 'RELIABLE_WRITE',
        });
        expect((await bumble.event('executed'))['flags']).toBe(0);
        expect(await bumble.call('served')).toEqual(together);
        // A long write does not compare.
        await link.gatt.writeLong(first, octets(3), { reliable: false });
        expect((await bumble.event('executed'))['flags']).toBe(1);
        await bumble.call('spoil', { on: false });
        await expect(link.gatt.writeReliably([{ handle: 0xfff0, value: octets(3) }])).rejects.toMatchObject({
          error: 0x01,
          handle: 0xfff0,
        });
        // An offset behind the end is refused when all is executed, and nothing is written.
        const gap = link.gatt.writeReliably([{ handle: second, value: octets(3), offset: 100 }]);
        await expect(gap).rejects.toMatchObject({ error: 0x07 });
        expect(await bumble.call('served')).toMatchObject({ second: together.second });
      });

      it('as a client: takes several values from one notification (Vol 3, Part F, 3.4.7.4), and reads several at once (3.4.4.11)', async () => {
        const { host, bumble } = await both(controllers);
        const { link, first, second, told } = await visit(host, bumble);
        const got: string[] = [];
        link.gatt.subscriptions.onUnexpected = (handle, value, indication) =>
          void got.push(`${handle} ${toHex(value)} ${indication}`);
        const values = [
          [told, '0102'],
          [first, ''],
          [second, 'ff'.repeat(30)],
        ];
        await bumble.call('tell_several', { values });
        await expect.poll(() => got).toEqual(values.map(([handle, value]) => `${handle} ${value} false`));
        expect((await link.gatt.readMultipleVariable([first, second])).map((one) => toHex(one))).toEqual([
          toHex(Uint8Array.from({ length: 40 }, (_, i) => i)),
          toHex(Buffer.from('second')),
        ]);
      });

      it("as a server: keeps the parts of Bumble's client until it executes them, and tells it several values in one PDU if it said that it takes them", async () => {
        const { host, bumble } = await both(controllers);
        const { link, written, first, second, told, also } = await receive(host, bumble);
        await bumble.call('mtu', { mtu: 100 });
        const [one, other] = [first.valueHandle, second.valueHandle];
        const long = toHex(octets(90));
        expect(await bumble.call('prepare', { handle: one, offset: 0, value: long })).toEqual([one, 0, long]);
        expect(await bumble.call('prepare', { handle: other, offset: 5, value: 'abcd' })).toEqual([
          other,
          5,
          'abcd',
        ]);
        expect(await bumble.call('prepare', { handle: one, offset: 90, value: long })).toEqual([
          one,
          90,
          long,
        ]);
        expect(written).toEqual([]);
        expect(await bumble.call('execute', { write: true })).toBe('executed');
        const second_ = `${toHex(octets(5))}abcd`;
        expect(written).toEqual([`first ${long}${long}`, expect.stringMatching(`second ${second_}`)]);
        expect(await bumble.call('read_on', { handle: one })).toBe(long + long);

        await bumble.call('prepare', { handle: one, offset: 0, value: 'ee' });
        expect(await bumble.call('execute', { write: false })).toBe('executed');
        expect(await bumble.call('execute', { write: true })).toBe('executed');
        await bumble.call('prepare', { handle: other, offset: 500, value: 'ee' });
        expect(await bumble.call('execute', { write: true })).toEqual({ error: 0x07, handle: other });
        expect(written).toHaveLength(2);
        expect(await bumble.call('read_several', { handles: [other, one] })).toEqual([
          [(await bumble.call<string>('read_on', { handle: other })).length / 2, expect.any(String)],
          [180, expect.any(String)],
        ]);

        // Several values: one by one first, and together when Client Supported Features have bit 2.
        await bumble.call('watch');
        for (const { valueHandle } of [told, also])
          await bumble.call('write_on', { handle: valueHandle + 1, value: '0100' });
        const values = [
          [told, octets(3)],
          [also, octets(5)],
        ] as const;
        await host.server.notifyMany(values);
        for (const [{ valueHandle }, value] of values)
          expect(await bumble.event('told')).toMatchObject({
            op: 0x1b,
            octets: le(valueHandle) + toHex(value),
          });
        const features = [...host.server.database.inRange(1, 0xffff)].find(
          ({ type }) => type.short === 0x2b29,
        )!;
        await bumble.call('write_on', { handle: features.handle, value: '04' });
        await host.server.notifyMany(values);
        expect(await bumble.event('told')).toMatchObject({
          op: 0x23,
          octets: values.map(([{ valueHandle }, value]) => tuple(valueHandle, value)).join(''),
        });
        // What does not go into one PDU comes in two; a single one as a notification of one value.
        await host.server.notifyMany([
          [told, octets(60)],
          [also, octets(60)],
        ]);
        const alone = [await bumble.event('told'), await bumble.event('told')];
        expect(alone.map((event) => event['op'])).toEqual([0x1b, 0x1b]);
        expect(link.isConnected).toBe(true);
      });
    },
  );
}

describeInterop("queued writes on enhanced bearers, with Bumble's host", ['bumble', 'bluewire'], () => {
  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  it('as a client: the parts of each long write stay on one bearer, whose queue they are in (Vol 3, Part F, 3.4.6)', async () => {
    const { host, bumble } = await both(airControllers);
    const { link, first, second, told } = await visit(host, bumble);
    expect(await link.openEatt({ count: 2, mtu: 64 })).toBe(2);
    // Three at once, one on each bearer: had their parts mixed, the server would have refused offsets or mixed values.
    await Promise.all([
      link.gatt.writeLong(first, octets(400)),
      link.gatt.writeLong(second, octets(300, 3)),
      link.gatt.writeReliably([{ handle: first, value: octets(400) }]),
    ]);
    expect(await bumble.call('served')).toEqual({
      first: toHex(octets(400)),
      second: toHex(octets(300, 3)),
    });
    const prepared = bumble.take('prepared');
    expect(prepared.filter((one) => one['enhanced'] === true).length).toBeGreaterThan(5);
    const executed = bumble.take('executed');
    expect(executed.map((one) => one['flags'])).toEqual([1, 1, 1]);
    expect(executed.reduce((sum, one) => sum + Number(one['queued']), 0)).toBe(prepared.length);
    const got: string[] = [];
    link.gatt.subscriptions.onUnexpected = (handle, value) => void got.push(`${handle} ${toHex(value)}`);
    await bumble.call('tell_several', {
      bearer: 1,
      values: [
        [told, '01'],
        [first, '0203'],
      ],
    });
    await expect.poll(() => got).toEqual([`${told} 01`, `${first} 0203`]);
  });

  it("as a server: has a queue for each of the client's bearers, and tells several values on the largest", async () => {
    const { host, bumble } = await both(airControllers);
    const { written, first, second, told, also } = await receive(host, bumble);
    await bumble.call('pair');
    expect(await bumble.call('open', { count: 2, mtu: 128 })).toEqual({ bearers: 2 });
    const [one, other] = [first.valueHandle, second.valueHandle];
    for (const [bearer, handle, offset, value] of [
      [0, one, 0, 'aaaa'],
      [1, other, 0, 'bbbb'],
      ['own', one, 0, 'cccc'],
      [0, one, 2, 'aa'],
      [1, other, 2, 'bb'],
    ] as const)
      expect(await bumble.call('prepare', { bearer, handle, offset, value })).toEqual([
        handle,
        offset,
        value,
      ]);
    expect(await bumble.call('execute', { bearer: 1, write: true })).toBe('executed');
    expect(written.splice(0)).toEqual([expect.stringMatching(/^second bbbbbb/)]);
    expect(await bumble.call('execute', { bearer: 'own', write: false })).toBe('executed');
    expect(await bumble.call('execute', { bearer: 0, write: true })).toBe('executed');
    expect(written.splice(0)).toEqual([expect.stringMatching(/^first aaaaaa/)]);

    await bumble.call('watch');
    for (const { valueHandle } of [told, also])
      await bumble.call('write_on', { bearer: 0, handle: valueHandle + 1, value: '0100' });
    const features = [...host.server.database.inRange(1, 0xffff)].find(({ type }) => type.short === 0x2b29)!;
    await bumble.call('write_on', { handle: features.handle, value: '06' });
    await host.server.notifyMany([
      [told, octets(50)],
      [also, octets(60)],
    ]);
    expect(await bumble.event('told')).toMatchObject({
      op: 0x23,
      bearer: expect.toBeOneOf([0, 1]),
      octets: tuple(told.valueHandle, octets(50)) + tuple(also.valueHandle, octets(60)),
    });
  });
});
