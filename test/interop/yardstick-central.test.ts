import { afterEach, expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import { benchCharacteristics } from './support/bench-service.js';
import { describeInterop } from './support/present.js';
import { expectNoOverrun, yardstick } from './support/yardstick.js';

const NOTIFICATIONS = 1000;
const COMMANDS = 2000;

const conditions: readonly (readonly string[])[] = [
  [],
  ['--strict'],
  ['--strict', '--split', '1', '--adv-rate', '2000'],
  ['--strict', '--ncmd', '3'],
  ['--strict', '--acl-len', '27', '--acl-num', '2'],
  ['--strict', '--ncp-max', '1'],
  ['--strict', '--rx-frag', '27', '--mtu', '517'],
  ['--strict', '--no-dle', '--mtu', '23'],
  [
    '--strict',
    '--split',
    '1',
    '--ncmd',
    '3',
    '--acl-len',
    '27',
    '--acl-num',
    '2',
    '--ncp-max',
    '1',
    '--adv-rate',
    '2000',
  ],
];

describeInterop('central on the yardstick: nothing is sent without a credit', ['yardstick'], () => {
  let device: Device | undefined;

  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  it.each(conditions.map((options) => [options.join(' ') || 'as it is', options] as const))(
    '%s',
    async (_name, options) => {
      const { port, counters } = await yardstick('--notify-count', String(NOTIFICATIONS), ...options);
      const diagnostics: string[] = [];
      device = await Device.open({
        transport: port,
        mtu: 517,
        onDiagnostic: ({ layer, message }) => diagnostics.push(`${layer}: ${message}`),
      });

      const seen = new Set<string>();
      let reports = 0;
      for await (const report of device.scan()) {
        seen.add(report.address.toString());
        if (++reports === 500) break;
      }
      expect(seen.size).toBe(32);

      const connection = await device.connect([...seen][0]!);
      const { mtu } = connection;
      expect(mtu).toBe(optionOf(options, '--mtu') ?? 247);
      const bench = await benchCharacteristics(connection);

      const value = Uint8Array.from({ length: 20 }, (_, n) => n);
      for (let i = 0; i < 50; i++) expect(await bench.read.read()).toEqual(value);
      expect(await Promise.all(Array.from({ length: 50 }, () => bench.read.read()))).toHaveLength(50);

      const part = new Uint8Array(Math.min(244, mtu - 3)).fill(7);
      for (let i = 0; i < 50; i++) await bench.sink.write(part);
      await Promise.all(Array.from({ length: 50 }, () => bench.sink.write(part)));
      for (let i = 0; i < COMMANDS; i++) await bench.sink.writeWithoutResponse(part);
      // Not awaited one by one: the link's queue takes them all the same, and the controller none too many.
      await Promise.all(Array.from({ length: 200 }, () => bench.sink.writeWithoutResponse(part)));
      const counted = await bench.stats.read();
      const stats = new DataView(counted.buffer, counted.byteOffset, counted.byteLength);
      expect(stats.getUint32(0, true)).toBe(100 + COMMANDS + 200);
      expect(stats.getUint32(4, true)).toBe((100 + COMMANDS + 200) * part.length);

      for (const [characteristic, size] of [
        [bench.notify20, 20],
        [bench.notify244, 244],
      ] as const) {
        let next = 0;
        for await (const notified of characteristic.values({ queueLimit: NOTIFICATIONS })) {
          expect(notified.length).toBe(Math.min(size, mtu - 3));
          expect(new DataView(notified.buffer, notified.byteOffset, 4).getUint32(0, true)).toBe(next);
          if (++next === NOTIFICATIONS) break;
        }
      }
      let indications = 0;
      for await (const indicated of bench.indicate.values()) {
        expect(indicated.length).toBe(20);
        if (++indications === 100) break;
      }

      const long = Uint8Array.from({ length: 512 }, (_, n) => (n * 7) & 0xff);
      await bench.long.write(long);
      expect(await bench.long.readLong()).toEqual(long);

      await connection.disconnect();
      await device.close();
      expectNoOverrun(await counters());
      expect(diagnostics).toEqual([]);
    },
  );
});

function optionOf(options: readonly string[], name: string): number | undefined {
  const index = options.indexOf(name);
  return index < 0 ? undefined : Number(options[index + 1]);
}
