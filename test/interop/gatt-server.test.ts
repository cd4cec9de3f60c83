import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bluetooth, type GATTSCharacteristic } from '../../src/api/index.js';
import type { Child } from './support/child.js';
import {
  btvirtControllers,
  bumbleControllers,
  type ControllerPort,
  example,
  gattClient,
} from './support/peers.js';
import { describeInterop } from './support/present.js';

/** What Bumble's client found. */
interface Found {
  readonly uuid: string;
  readonly handle: number;
  readonly properties: number;
  readonly descriptors: readonly { readonly uuid: string; readonly handle: number }[];
}

/** The value handle in little-endian hexadecimal, as it stands in a PDU. */
const le = (value: number) =>
  (value & 0xff).toString(16).padStart(2, '0') + (value >> 8).toString(16).padStart(2, '0');

/** Finds the server by its name, connects, and lists its characteristics by UUID. */
async function connect(client: Child, name: string, mtu?: number): Promise<ReadonlyMap<string, Found>> {
  const { address, type } = await client.call<{ address: string; type: string }>('scan', { name });
  await client.call('connect', { address, type });
  if (mtu !== undefined) await client.call('mtu', { mtu });
  const services = await client.call<{ characteristics: Found[] }[]>('discover');
  return new Map(
    services.flatMap(({ characteristics }) => characteristics).map((found) => [found.uuid, found]),
  );
}

describeInterop(
  "Bumble's client on the GATTSCharacteristic page's server (examples/07)",
  ['bluewire', 'bumble'],
  () => {
    let program: Child;
    let client: Child;
    let found: ReadonlyMap<string, Found>;

    beforeEach(async () => {
      const [first, second] = await bumbleControllers('tcp', 'tcp');
      program = example('07-gatt-server.mjs', first!.port);
      client = await gattClient(second!);
      found = await connect(client, 'LoPy');
    });

    const CHR1 = '36353433-3231-3039-3837-363534336261';
    const CHR2 = '11D7';

    it('finds both characteristics with READ, WRITE and NOTIFY and a CCCD each', () => {
      for (const uuid of [CHR1, CHR2]) {
        expect(found.get(uuid)).toMatchObject({ properties: 0x1a, descriptors: [{ uuid: '2902' }] });
      }
    });

    it('reads 5 twice and then what the handler returns', async () => {
      const { handle } = found.get(CHR1)!;
      expect(await client.call('read', { handle })).toBe('05');
      expect(await client.call('read', { handle })).toBe('05');
      expect(await client.call('read', { handle })).toBe(Buffer.from('ABC DEF').toString('hex'));
    });

    it('reads 0x1234 and then the counter that the handler returns', async () => {
      const { handle } = found.get(CHR2)!;
      expect(await client.call('read', { handle })).toBe('1234');
      expect(await client.call('read', { handle })).toBe('f2');
      expect(await client.call('read', { handle })).toBe('f3');
    });

    it('writes, and the program prints what was written', async () => {
      const { handle } = found.get(CHR1)!;
      await client.call('write', { handle, value: Buffer.from('hello').toString('hex') });
      await client.call('disconnect');
      // A second connection shows that advertising started again by itself, and that the program had its say.
      await connect(client, 'LoPy');
      await client.call('disconnect');
      program.kill('SIGINT');
      const { stdout, code } = await program.ended;
      expect(stdout.split('\n')).toEqual([
        'Client connected',
        "Write request with value = b'hello'",
        'Client disconnected',
        'Client connected',
        'Client disconnected',
      ]);
      expect(code).toBe(0);
    });
  },
);

describeInterop(
  "Bumble's client on the notify tutorial's server (examples/08)",
  ['bluewire', 'bumble'],
  () => {
    it('is told the battery level at once, then every second, until it unsubscribes', async () => {
      const [first, second] = await bumbleControllers('tcp', 'tcp');
      const program = example('08-notify-server.mjs', first!.port);
      const client = await gattClient(second!);
      const { handle, descriptors } = (await connect(client, 'FiPy 45')).get('EC0E')!;
      const told = async (text: string) => {
        const value = Buffer.from(text).toString('hex');
        await client.event('notification', (event) => event['handle'] === handle && event['value'] === value);
      };
      await client.call('subscribe', { handle });
      await told('100');
      await told('99');
      await told('98');
      expect(await client.call('read', { handle: descriptors[0]!.handle })).toBe('0100');
      await client.call('unsubscribe', { handle });
      expect(await client.call('read', { handle: descriptors[0]!.handle })).toBe('0000');
      program.kill('SIGINT');
      expect((await program.ended).code).toBe(0);
    });
  },
);

const peers: readonly (readonly [string, () => Promise<ControllerPort[]>, 'bumble' | 'btvirt'])[] = [
  ["Bumble's controllers", () => bumbleControllers('tcp', 'tcp'), 'bumble'],
  ["btvirt's controllers", () => btvirtControllers(2), 'btvirt'],
];

for (const [place, controllers, need] of peers) {
  describeInterop(`Bumble's client on a server of the Pycom API, on ${place}`, ['bumble', need], () => {
    let bt: Bluetooth;
    let client: Child;
    let found: ReadonlyMap<string, Found>;
    let indicated: GATTSCharacteristic;
    const written: string[] = [];

    beforeEach(async () => {
      const [first, second] = await controllers();
      client = await gattClient(second!);
      bt = new Bluetooth({ transport: first!.port, mtu: 185 });
      written.length = 0;
      const service = bt.service(0xb000, { nbr_chars: 4 });
      const long = service.characteristic(0xb001, { value: pattern(300) });
      long.callback({
        trigger: Bluetooth.CHAR_WRITE_EVENT,
        handler: (_chr: unknown, event: readonly [number, Uint8Array | null]) => {
          written.push(Buffer.from(event[1]!).toString('hex'));
        },
      });
      service.characteristic(0xb002, {
        properties: Bluetooth.PROP_READ,
        permissions: Bluetooth.PERM_READ,
        value: 'fixed',
      });
      indicated = service.characteristic(0xb003, {
        properties: Bluetooth.PROP_INDICATE | Bluetooth.PROP_READ,
        value: 'first',
      });
      await bt.set_advertisement({ name: 'bluewire', service_uuid: 0xb000 });
      await bt.advertise(true);
      found = await connect(client, 'bluewire', 247);
    });

    afterEach(async () => {
      await bt.deinit();
    });

    const handleOf = (uuid: string) => found.get(uuid)!.handle;
    const request = (pdu: string) => client.call<string>('request', { pdu });

    it('agrees on the smaller MTU (Vol 3, Part F, 3.4.2)', async () => {
      expect(await client.event('mtu')).toMatchObject({ mtu: 185 });
      expect(await bt.gatts_mtu()).toBe(185);
    });

    it('reads a long value with Read Blob (Vol 3, Part F, 3.4.4.5)', async () => {
      expect(await client.call('read', { handle: handleOf('B001') })).toBe(hexOf(pattern(300)));
      expect(written).toEqual([]);
    });

    it('indicates each value in turn (Vol 3, Part F, 3.4.7.2)', async () => {
      const handle = handleOf('B003');
      await client.call('subscribe', { handle, indicate: true });
      for (const text of ['second', 'third', 'fourth']) indicated.value(text);
      for (const text of ['second', 'third', 'fourth']) {
        expect(await client.event('indication')).toMatchObject({ handle, value: hexOf(Buffer.from(text)) });
      }
      await client.call('unsubscribe', { handle });
      indicated.value('unheard');
      expect(await client.call('read', { handle })).toBe(hexOf(Buffer.from('unheard')));
      expect(client.take('indication')).toEqual([]);
    });

    it('notifies what fits into the MTU, and the present value on subscribing', async () => {
      const handle = handleOf('B001');
      await client.call('subscribe', { handle });
      const { value } = await client.event('notification');
      expect(value).toBe(hexOf(pattern(300)).slice(0, 2 * (185 - 3)));
    });

    describe('Prepare Write and Execute Write (Vol 3, Part F, 3.4.6)', () => {
      it('echoes each part, and writes all of them when told to', async () => {
        const handle = le(handleOf('B001'));
        const first = hexOf(pattern(180).reverse());
        const second = hexOf(pattern(120));
        expect(await request(`16${handle}0000${first}`)).toBe(`17${handle}0000${first}`);
        expect(await request(`16${handle}b400${second}`)).toBe(`17${handle}b400${second}`);
        expect(written).toEqual([]);
        expect(await request('1801')).toBe('19');
        expect(written).toEqual([first + second]);
        expect(await client.call('read', { handle: handleOf('B001') })).toBe(first + second);
      });

      it('drops all parts when told to', async () => {
        const handle = le(handleOf('B001'));
        expect(await request(`16${handle}0000aabb`)).toBe(`17${handle}0000aabb`);
        expect(await request('1800')).toBe('19');
        expect(await request('1801')).toBe('19');
        expect(written).toEqual([]);
      });

      it('answers Invalid Handle (0x01) for a handle that is none', async () => {
        expect(await request('16ffff000000')).toBe('0116ffff01');
      });

      it('answers Write Not Permitted (0x03) where writing is not', async () => {
        const handle = le(handleOf('B002'));
        expect(await request(`16${handle}000000`)).toBe(`0116${handle}03`);
      });

      it('answers Invalid Offset (0x07) at execution, names the attribute, and writes nothing', async () => {
        const handle = le(handleOf('B001'));
        await request(`16${handle}0000aa`);
        expect(await request(`16${handle}0002bb`)).toBe(`17${handle}0002bb`);
        expect(await request('1801')).toBe(`0118${handle}07`);
        expect(await request('1801')).toBe('19');
        expect(written).toEqual([]);
      });

      it('answers Invalid Attribute Value Length (0x0D) for more than 512 octets', async () => {
        const handle = le(handleOf('B001'));
        const part = 'ee'.repeat(100);
        for (const offset of [0, 100, 200, 300, 400, 500]) {
          const pdu = `${handle}${le(offset)}${part}`;
          expect(await request(`16${pdu}`)).toBe(`17${pdu}`);
        }
        expect(await request('1801')).toBe(`0118${handle}0d`);
        expect(written).toEqual([]);
      });

      it('answers Prepare Queue Full (0x09) instead of keeping parts without bound', async () => {
        const handle = le(handleOf('B001'));
        let answer = '';
        for (let i = 0; i < 10_000 && !answer.startsWith('01'); i++)
          answer = await request(`16${handle}0000aa`);
        expect(answer).toBe(`0116${handle}09`);
        expect(await request('1800')).toBe('19');
      });
    });

    describe('a wrong request gets the error that the specification names (Vol 3, Part F, 3.4)', () => {
      it.each([
        ['Request Not Supported for an unknown request', '3e', '013e000006'],
        ['Request Not Supported for an unknown request with an odd opcode', 'bf00', '01bf000006'],
        ['Invalid PDU for a Read Request that is cut short', '0a01', '010a000004'],
        ['Invalid Handle for handle 0', '0a0000', '010a000001'],
        ['Invalid Handle for a range that ends before it starts', '08050001000028', '0108050001'],
        ['Attribute Not Found where no such attribute is', '080100ffff0b2a', '010801000a'],
        ['Unsupported Group Type for a type that groups nothing', '100100ffff032a', '0110010010'],
      ])('%s', async (_name, pdu, answer) => {
        expect(await request(pdu)).toBe(answer);
      });

      it('ignores a command that it does not know, and goes on', async () => {
        await client.call('command', { pdu: '7e0102' });
        await client.call('command', { pdu: '52ffff00' });
        expect(await request(`0a${le(handleOf('B002'))}`)).toBe(`0b${Buffer.from('fixed').toString('hex')}`);
      });
    });
  });
}

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, n) => n & 0xff);
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
