import { describe, expect, it } from 'vitest';
import { Address } from '../../src/core/address.js';
import { NotSupportedError } from '../../src/core/errors.js';
import type { AdvertisingSet, AdvertisingSetOptions } from '../../src/gap/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { FaultyTransport } from '../support/faulty-transport.js';
import { event } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const PEER = Address.parse('C0:00:00:00:00:02/random');

async function opened() {
  const controller = leController()
    .answer(commands.leReadAdvertisingPhysicalChannelTxPower, '00 05')
    .answer(commands.leSetRandomAddress, '00');
  for (const one of [
    commands.leSetAdvertisingParameters,
    commands.leSetAdvertisingData,
    commands.leSetScanResponseData,
    commands.leSetAdvertisingEnable,
  ])
    controller.answer(one, '00');
  return scriptedDevice(controller, { address: 'C0:DE:C0:00:00:01' });
}

const data = (octets: string) =>
  `01082020${(octets.length / 2).toString(16).padStart(2, '0')}${octets.padEnd(62, '0')}`;
const response = (octets: string) => data(octets).replace('010820', '010920');
const parameters = (type: string, peer = '00000000000000') => `0106200fa000f000${type}01${peer}0700`;

describe('an advertising set with legacy commands (Vol 4, Part E, 7.8.5 to 7.8.9)', () => {
  it.each<[string, AdvertisingSetOptions, string[]]>([
    ['03', { data: Uint8Array.of(2, 1, 4) }, [data('020104')]],
    ['00', { connectable: true, data: Uint8Array.of(2, 1, 6) }, [data('020106')]],
    ['02', { scannable: true, scanResponse: Uint8Array.of(2, 10, 0) }, [response('020a00')]],
    [
      '00',
      { legacyPdus: true, connectable: true, scannable: true, data: Uint8Array.of(2, 1, 6) },
      [data('020106'), response('')],
    ],
  ])('of Advertising_Type %s', async (type, options, said) => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet(options));
    await clock.run(set.start());
    await clock.run(set.stop());
    await clock.run(set.remove());
    expect(set.txPower).toBe(5);
    expect(controller.sent).toEqual([
      parameters(type),
      data(''),
      response(''),
      '01072000',
      ...said,
      '010a200101',
      '010a200100',
    ]);
  });

  it('to one peer', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(
      device.createAdvertisingSet({ legacyPdus: true, connectable: true, peer: PEER }),
    );
    expect(controller.sent[0]).toBe(parameters('04', '010200000000c0'));
    await clock.run(set.start());
    expect(set.advertising).toBe(true);
  });

  it('changes its data while it advertises', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    await clock.run(set.start());
    controller.sent.length = 0;
    await clock.run(set.setData({ completeLocalName: 'a' }));
    expect(controller.sent).toEqual([data('020961')]);
    expect(() => set.setData(new Uint8Array(32))).toThrow(/31/);
  });

  it('ends when a central connects, and by its time, which the host counts', async () => {
    const { device, clock, controller } = await opened();
    const set = await clock.run(device.createAdvertisingSet({ connectable: true }));
    const told: unknown[] = [];
    set.on('terminated', (what) => told.push(what));
    await clock.run(set.start({ durationMs: 1000 }));
    controller.emit(event(0x3e, '01 00 4000 01 00 030000c0dec0 1800 0000 2a00 00'));
    await clock.advance(5000);
    expect(told).toEqual([{ by: 'connection', events: 0 }]);
    expect(set.advertising).toBe(false);
    await clock.run(set.start({ durationMs: 1000 }));
    controller.sent.length = 0;
    await clock.advance(999);
    expect(set.advertising).toBe(true);
    await clock.advance(2);
    expect(controller.sent).toContain('010a200100');
    expect(told).toEqual([
      { by: 'connection', events: 0 },
      { by: 'time', events: 0 },
    ]);
    expect(set.advertising).toBe(false);
  });

  it.each<[string, AdvertisingSetOptions]>([
    ['anonymous', { anonymous: true }],
    ['address', { address: PEER }],
    ['includeTxPower', { includeTxPower: true }],
    ['txPower', { txPower: 4 }],
    ['scanRequests', { scannable: true, scanRequests: true }],
    ['primaryPhy', { primaryPhy: 'coded' }],
    ['secondaryPhy', { secondaryPhy: '2M' }],
    ['intervalMaxMs', { intervalMaxMs: 10_241 }],
    ['peer', { peer: PEER }],
    ['peer', { connectable: true, peer: PEER, data: Uint8Array.of(2, 1, 6) }],
  ])('is refused, naming what wants extended ones: %s', async (option, options) => {
    const { device, clock, controller } = await opened();
    const refused = clock.run(device.createAdvertisingSet(options));
    await expect(refused).rejects.toBeInstanceOf(NotSupportedError);
    await expect(refused).rejects.toThrow(new RegExp(`^${option}: .*legacy`));
    expect(controller.sent).toEqual([]);
    await clock.run(device.createAdvertisingSet());
  });

  it('has neither trains nor a number of events', async () => {
    const { device, clock } = await opened();
    const set = await clock.run(device.createAdvertisingSet());
    await expect(clock.run(set.startPeriodic())).rejects.toThrow(/^startPeriodic: .*legacy/);
    await expect(clock.run(set.start({ maxEvents: 3 }))).rejects.toThrow(/^maxEvents: .*legacy/);
    expect([set.periodic, set.advertising]).toEqual([false, false]);
  });

  it('is one, and not beside what startAdvertising starts', async () => {
    const { device, clock } = await opened();
    await clock.run(device.startAdvertising());
    await expect(clock.run(device.createAdvertisingSet())).rejects.toThrow(/startAdvertising has it/);
    await clock.run(device.stopAdvertising());
    const [one, two] = await clock.run(
      Promise.allSettled([device.createAdvertisingSet(), device.createAdvertisingSet()]),
    );
    expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
    expect((two as PromiseRejectedResult).reason.message).toMatch(/another set has it/);
    await expect(clock.run(device.startAdvertising())).rejects.toBeInstanceOf(NotSupportedError);
    await clock.run((one as PromiseFulfilledResult<AdvertisingSet>).value.remove());
    await clock.run(device.startAdvertising());
    expect(device.advertising).toBe(true);
  });

  it('is heard and connected to, changes its address, and is there again after the controller failed', async () => {
    const world = new World();
    const scanner = await world.device();
    const ports: FaultyTransport[] = [];
    const controller = world.controller();
    const device = await world.device({
      advertisingCommands: 'legacy',
      privacy: { rotateMs: 600_000 },
      transport: () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
    });
    const set = await world.run(
      device.createAdvertisingSet({ connectable: true, data: { completeLocalName: 'old' } }),
    );
    await world.run(set.start());
    async function heard(ms: number) {
      const reports: AdvertisingReport[] = [];
      const scan = await world.run(scanner.startScan({ onReport: (one) => void reports.push(one) }));
      await world.clock.advance(ms);
      await world.run(scan.stop());
      return reports;
    }
    const on = async () => new Set((await heard(1000)).map((one) => String(one.addressOnAir)));
    const before = await on();
    await world.run(device.rotateAddress());
    const after = await on();
    expect([before.size, after.size]).toEqual([1, 1]);
    expect(after).not.toEqual(before);
    const recovered = new Promise((resolve) => device.once('recovered', resolve));
    ports[0]!.inject('0410 01 42');
    await world.run(recovered);
    const [report] = await heard(1000);
    expect(report).toMatchObject({ legacy: true, connectable: true });
    const terminated = new Promise((resolve) => set.once('terminated', resolve));
    await world.run(scanner.connect(report!));
    expect(await world.run(terminated)).toEqual({ by: 'connection', events: 0 });
    await world.run(Promise.all([device.close(), scanner.close()]));
  });
});
