import { afterEach, expect, it } from 'vitest';
import { Device } from '../../src/gap/index.js';
import { characteristic, service } from '../../src/gatt/index.js';
import { benchUuid } from './support/bench-service.js';
import { describeInterop } from './support/present.js';
import { expectNoOverrun, yardstick } from './support/yardstick.js';

const READS = 300;
const WRITES = 300;
const COMMANDS = 2000;
const NOTIFICATIONS = 2000;

const conditions: readonly (readonly string[])[] = [
  [],
  ['--strict'],
  ['--strict', '--split', '1'],
  ['--strict', '--ncmd', '3'],
  ['--strict', '--acl-len', '27', '--acl-num', '2'],
  ['--strict', '--ncp-max', '1'],
  ['--strict', '--mtu', '517'],
];

describeInterop('server on the yardstick: pairing', ['yardstick'], () => {
  it('tells a central that wants to pair at once that pairing is not supported (Vol 3, Part H, 3.5.5)', async () => {
    const { port, counters, child } = await yardstick('--central', 'smp', '--strict');
    await using device = await Device.open({ transport: port, security: false });
    await device.startAdvertising();
    expect((await child.event('smp-answer'))['hex']).toBe('0505');
    await child.event('done');
    await device.close();
    expectNoOverrun(await counters());
  });
});

describeInterop('server on the yardstick: nothing is sent without a credit', ['yardstick'], () => {
  let device: Device | undefined;

  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  it.each(conditions.map((options) => [options.join(' ') || 'as it is', options] as const))(
    '%s',
    async (_name, options) => {
      const operations = [
        `read:${READS}`,
        `write:${WRITES}:20`,
        `wnr:${COMMANDS}:100`,
        `notify:${NOTIFICATIONS}:20`,
        `notify:${NOTIFICATIONS}:244`,
      ];
      const { port, counters, child } = await yardstick('--central', operations.join(','), ...options);
      device = await Device.open({ transport: port, mtu: 247 });
      let written = 0;
      let octets = 0;
      const pending: Promise<void>[] = [];
      const blast = (size: number) => async (): Promise<void> => {
        const value = new Uint8Array(size).fill(0x5a);
        for (let i = 0; i < NOTIFICATIONS; i++)
          await local.characteristics[size === 20 ? 'notify20' : 'notify244'].notify(value);
      };
      const notifying = (size: number) => ({
        notify: true,
        onSubscribe: (configuration: number) => {
          if (configuration === 1) pending.push(blast(size)());
        },
      });
      const local = device.server.add(
        service(benchUuid(), {
          read: characteristic(benchUuid('read'), { read: true, value: new Uint8Array(20).fill(1) }),
          notify20: characteristic(benchUuid('notify20'), notifying(20)),
          notify244: characteristic(benchUuid('notify244'), notifying(244)),
          sink: characteristic(benchUuid('sink'), {
            write: true,
            writeWithoutResponse: true,
            onWrite: (value) => {
              written++;
              octets += value.length;
            },
          }),
        }),
      );
      const gone = new Promise((resolve) => device!.on('disconnection', resolve));
      await device.startAdvertising({ data: { flags: 6, completeLocalName: 'bench' } });

      await child.event('connected');
      await child.event('discovered');
      for (const op of operations) expect((await child.event('op'))['op']).toBe(op.split(':')[0]);
      await child.event('done');
      await gone;
      await Promise.all(pending);
      expect(written).toBe(WRITES + COMMANDS);
      expect(octets).toBe(WRITES * 20 + COMMANDS * 100);
      await device.close();
      expectNoOverrun(await counters());
    },
  );
});
