import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotSupportedError } from '../../src/core/errors.js';
import { toHex } from '../../src/core/hex.js';
import type { Connection } from '../../src/gap/connection.js';
import type { Device } from '../../src/gap/device.js';
import type { AdvertisingSet, BigInfo, PeriodicReport, TransferredSync } from '../../src/gap/index.js';
import type { AdvertisingReport } from '../../src/hci/advertising-report.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { extendedController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const octets = (count: number, step = 7) => Uint8Array.from({ length: count }, (_, i) => (i * step) & 0xff);

describe('periodic advertising between devices (Vol 3, Part C, 9.5)', () => {
  let world: World;
  let sender: Device;
  let receiver: Device;
  let set: AdvertisingSet;

  beforeEach(async () => {
    world = new World();
    sender = await world.device();
    receiver = await world.device();
    set = await world.run(sender.createAdvertisingSet({ sid: 3 }));
    await world.run(set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50, data: octets(700) }));
    await world.run(set.start());
  });
  afterEach(() => world.run(Promise.all([sender.close(), receiver.close()])));

  const sync = () => world.run(receiver.syncPeriodic({ address: sender.address, sid: 3 }));
  const next = async (from: AsyncIterator<PeriodicReport>) =>
    (await world.run(from.next())).value as PeriodicReport;

  it('is found and received whole, as often as it comes', async () => {
    const train = await sync();
    expect([String(train.address), train.sid, train.phy, train.intervalMs]).toEqual([
      String(sender.address),
      3,
      '1M',
      50,
    ]);
    expect(receiver.scanning).toBe(false);
    const reports = train[Symbol.asyncIterator]();
    const report = await next(reports);
    expect(toHex(report.data)).toBe(toHex(octets(700)));
    expect(report).toMatchObject({ truncated: false, rssi: expect.any(Number) });
    await world.run(set.setPeriodicData(octets(40, 3)));
    await world.clock.advance(200);
    const seen = new Set<string>();
    train.on('report', ({ data }) => seen.add(toHex(data)));
    await world.clock.advance(1000);
    expect(seen).toEqual(new Set([toHex(octets(40, 3))]));
    await world.run(train.stop());
    await world.run(train.stop());
    expect(train.active).toBe(false);
  });

  it('is found by an advertisement that tells of it', async () => {
    const found = new Promise<AdvertisingReport>((resolve) => {
      const onReport = (report: AdvertisingReport) => {
        if (report.periodicAdvertisingIntervalMs !== undefined) resolve(report);
      };
      void receiver.startScan({ onReport });
    });
    const report = await world.run(found);
    const train = await world.run(receiver.syncPeriodic(report, { skip: 4, syncTimeoutMs: 3000 }));
    expect(train.sid).toBe(3);
    let count = 0;
    train.on('report', () => count++);
    await world.clock.advance(2500);
    // Of fifty events each fifth, at least.
    expect(count).toBeGreaterThanOrEqual(10);
    await expect(world.run(receiver.syncPeriodic(report, { skips: 4 } as never))).rejects.toThrow(/"skips"/);
    await expect(world.run(receiver.syncPeriodic(report, { sid: 4 } as never))).rejects.toThrow(/"sid"/);
    // The program's own scan goes on.
    expect(receiver.scanning).toBe(true);
  });

  it('is not told while reports are off, and again when they are on (7.8.88)', async () => {
    const train = await sync();
    let count = 0;
    train.on('report', () => count++);
    await world.run(train.setReports(false));
    // What was on the way.
    await world.clock.advance(100);
    count = 0;
    await world.clock.advance(500);
    expect(count).toBe(0);
    await world.run(train.setReports(true));
    await world.clock.advance(500);
    expect(count).toBeGreaterThan(5);
  });

  it('is lost when it ends, which iterations and listeners are told', async () => {
    const train = await sync();
    const ended = new Promise((resolve) => train.once('ended', resolve));
    const reports = train[Symbol.asyncIterator]();
    await world.run(set.stopPeriodic());
    await world.run(set.stop());
    expect(await world.run(ended)).toMatchObject({
      code: 'DISCONNECTED',
      message: expect.stringMatching(/was lost/),
    });
    await expect(
      (async () => {
        for (;;) if ((await world.run(reports.next())).done) return;
      })(),
    ).rejects.toMatchObject({ code: 'DISCONNECTED' });
    await expect(world.run(train.setReports(true))).rejects.toThrow(/not received any more/);
  });

  it('is looked for until its time is over or the caller leaves, and can be looked for again at once', async () => {
    const wrong = { address: sender.address, sid: 4 };
    await expect(world.run(receiver.syncPeriodic({ ...wrong, timeoutMs: 2000 }))).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    const abort = new AbortController();
    const attempt = receiver.syncPeriodic({ ...wrong, signal: abort.signal });
    attempt.catch(() => {});
    const other = sync();
    await world.clock.advance(500);
    abort.abort(new Error('enough'));
    await expect(world.run(attempt)).rejects.toThrow('enough');
    expect((await other).active).toBe(true);
    expect(world.diagnostics).toEqual([]);
  });

  it('is handed on to a peer, by its receiver and by its sender (7.8.89 to 7.8.91)', async () => {
    const third = await world.device();
    await world.run(third.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' }));
    for (const [from, give] of [
      [receiver, async (link: Connection) => (await sync()).transferTo(link, 0x1234)],
      [sender, async (link: Connection) => set.transferTo(link, 0x1234)],
    ] as const) {
      const arrived = new Promise<Connection>((resolve) => third.once('connection', resolve));
      const link = await world.run(from.connect(third.address));
      const theirs = await world.run(arrived);
      await world.run(third.receivePeriodicSyncs(theirs));
      const told = new Promise<TransferredSync>((resolve) => third.once('periodicSync', resolve));
      await world.run(give(link));
      const { sync: train, connection, serviceData } = await world.run(told);
      expect([train.sid, connection === theirs, serviceData]).toEqual([3, true, 0x1234]);
      const report = await next(train[Symbol.asyncIterator]());
      expect(report.data.length).toBe(700);
      await world.run(train.stop());
      await world.run(link.disconnect());
      await world.clock.advance(100);
    }
    await world.run(third.close());
  });

  it('ends with the device', async () => {
    const train = await sync();
    await world.run(receiver.close());
    expect(train.active).toBe(false);
  });
});

describe('a sync by the octets', () => {
  const opened = () => scriptedDevice(extendedController());
  const train = { address: 'C0:00:00:00:00:02/random', sid: 5 };
  const established = event(0x3e, '0e 00 0700 05 01 0200000000c0 02 5000 00');

  it('is created with what was asked for, beside a scan, which ends when it is there (7.8.67, 7.7.65.14)', async () => {
    const { device, clock, controller } = await opened();
    const asked = device.syncPeriodic({ ...train, skip: 3, syncTimeoutMs: 5000 });
    await clock.advance(1);
    expect(controller.sent).toContain(
      '0144200e' + '00' + '05' + '01' + '0200000000c0' + '0300' + 'f401' + '00',
    );
    expect(controller.commands).toContain(commands.leSetExtendedScanEnable.opcode);
    controller.emit(established);
    const sync = await clock.run(asked);
    expect([sync.handle, sync.phy, sync.intervalMs]).toEqual([7, '2M', 100]);
    await clock.advance(1);
    expect(controller.sent.at(-1)).toBe('01422006' + '00' + '00' + '0000' + '0000');
    const told: PeriodicReport[] = [];
    sync.on('report', (report) => told.push(report));
    controller.emit(
      event(0x3e, '0f 0700 7f d0 ff 01 02 0102'),
      event(0x3e, '0f 0800 7f d0 ff 00 02 ffff'),
      event(0x3e, '0f 0700 f6 d1 ff 00 01 03'),
      event(0x3e, '0f 0700 7f 7f ff 02 01 04'),
    );
    await clock.advance(1);
    expect(told).toEqual([
      { data: Uint8Array.of(1, 2, 3), rssi: -47, txPower: -10, truncated: false },
      { data: Uint8Array.of(4), rssi: undefined, txPower: undefined, truncated: true },
    ]);
    const info: BigInfo[] = [];
    sync.on('bigInfo', (one) => info.push(one));
    controller.emit(event(0x3e, '22 0700 02 03 0800 01 00 01 6400 102700 7800 02 00 01'));
    await clock.advance(1);
    expect(info).toMatchObject([
      { numBis: 2, nse: 3, isoInterval: 8, maxPdu: 100, sduInterval: 10_000, encryption: 1 },
    ]);
    await clock.run(sync.stop());
    expect(controller.sent.at(-1)).toBe('01462002' + '0700');
  });

  it('that is there when it has been called off, is ended', async () => {
    const { device, clock, controller } = await opened();
    const asked = device.syncPeriodic({ ...train, timeoutMs: 1000 });
    asked.catch(() => {});
    await clock.advance(1000);
    expect(controller.commands).toContain(commands.lePeriodicAdvertisingCreateSyncCancel.opcode);
    controller.emit(established);
    await expect(clock.run(asked)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(controller.sent).toContain('01462002' + '0700');
  });

  it('that the controller gives up, is an error with its reason', async () => {
    const { device, clock, controller } = await opened();
    const asked = device.syncPeriodic(train);
    asked.catch(() => {});
    await clock.advance(1);
    controller.emit(event(0x3e, '0e 3e 0000 00 00 000000000000 00 0000 00'));
    await expect(clock.run(asked)).rejects.toMatchObject({ status: 0x3e });
  });

  it('gives up data that never ends, which is told', async () => {
    const { device, clock, controller, diagnostics } = await opened();
    const asked = device.syncPeriodic(train);
    await clock.advance(1);
    controller.emit(established);
    const sync = await clock.run(asked);
    const told: PeriodicReport[] = [];
    sync.on('report', (report) => told.push(report));
    for (let i = 0; i < 9; i++) controller.emit(event(0x3e, `0f 0700 7f d0 ff 01 c8 ${'00'.repeat(200)}`));
    await clock.advance(1);
    expect(told).toEqual([]);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'periodic advertising of more than 1650 octets was given up',
    ]);
  });

  it('is refused where it is not permitted, or cannot be', async () => {
    const { device, clock } = await opened();
    for (const wrong of [{ sid: 16 }, { skip: 500 }, { syncTimeoutMs: 99 }, { timeoutMs: 0 }, { colour: 1 }])
      await expect(clock.run(device.syncPeriodic({ ...train, ...wrong } as never))).rejects.toThrow(
        /permitted|unknown/,
      );
    const { device: old, clock: time } = await scriptedDevice();
    await expect(time.run(old.syncPeriodic(train))).rejects.toBeInstanceOf(NotSupportedError);
  });
});
