import { describe, expect, it } from 'vitest';
import type { Device } from '../../src/gap/device.js';
import type { PeriodicSync, TransferredSync } from '../../src/gap/index.js';
import * as commands from '../../src/hci/commands/index.js';
import { FaultyTransport } from '../support/faulty-transport.js';
import { event } from '../support/scripted-controller.js';
import { extendedController, scriptedDevice } from '../support/scripted-device.js';
import { World } from '../support/world.js';

const HARDWARE_ERROR = '0410 01 42';

describe('the trains of a device whose controller is reset (Vol 4, Part E, 7.3.2; Vol 3, Part C, 9.5)', () => {
  async function trains(count: number) {
    const world = new World();
    const sender = await world.device();
    const sets = [];
    for (let sid = 0; sid < count; sid++) {
      const set = await world.run(sender.createAdvertisingSet({ sid }));
      await world.run(set.startPeriodic({ intervalMinMs: 50, intervalMaxMs: 50, data: Uint8Array.of(sid) }));
      await world.run(set.start());
      sets.push(set);
    }
    const ports: FaultyTransport[] = [];
    const controller = world.controller();
    const receiver = await world.device({
      transport: () => {
        ports.push(new FaultyTransport(controller.transport()));
        return ports.at(-1)!;
      },
    });
    const syncs: PeriodicSync[] = [];
    for (let sid = 0; sid < count; sid++)
      syncs.push(await world.run(receiver.syncPeriodic({ address: sender.address, sid })));
    const told: string[] = [];
    for (const sync of syncs)
      for (const name of ['interrupted', 'resumed', 'ended'] as const)
        sync.on(name, () => told.push(`${sync.sid} ${name}`));
    return { world, sender, sets, receiver, syncs, ports, told, port: ports[0]! };
  }

  async function heard(world: World, sync: PeriodicSync): Promise<number[]> {
    const data: number[] = [];
    const off = sync.on('report', (report) => data.push(...report.data));
    await world.clock.advance(500);
    off();
    return data;
  }

  it('are received again, each as the same sync', async () => {
    const { world, receiver, syncs, port, told } = await trains(3);
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(1);
    expect(told).toEqual(['0 interrupted', '1 interrupted', '2 interrupted']);
    expect(syncs.map(({ active, interrupted }) => [active, interrupted])).toEqual(
      [1, 2, 3].map(() => [true, true]),
    );
    await world.clock.advance(10_000);
    expect(told.slice(3).sort()).toEqual(['0 resumed', '1 resumed', '2 resumed']);
    for (const sync of syncs) {
      expect(sync.interrupted).toBe(false);
      expect(new Set(await heard(world, sync))).toEqual(new Set([sync.sid]));
    }
    expect(new Set(syncs.map(({ handle }) => handle)).size).toBe(3);
    expect(receiver.scanning).toBe(false);
    await world.run(syncs[0]!.stop());
    expect(await heard(world, syncs[0]!)).toEqual([]);
    expect(world.diagnostics.filter(({ layer }) => layer === 'gap')).toEqual([]);
  });

  it('end with a clear error when they are not found again within 20 s; the others go on', async () => {
    const { world, sets, syncs, port, told } = await trains(2);
    const ended = new Promise((resolve) => syncs[1]!.once('ended', resolve));
    await world.run(sets[1]!.remove());
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(15_000);
    expect(told).toEqual(['0 interrupted', '1 interrupted', '0 resumed']);
    await world.clock.advance(10_000);
    expect(await ended).toMatchObject({
      code: 'DISCONNECTED',
      message: expect.stringMatching(/SID 1, was not found again after the controller was reset/),
      cause: { code: 'TIMEOUT' },
    });
    expect([syncs[0]!.active, syncs[1]!.active]).toEqual([true, false]);
    expect(await heard(world, syncs[0]!)).not.toEqual([]);
  });

  it('are looked for anew when the controller is reset while they are looked for', async () => {
    const { world, syncs, port, told } = await trains(1);
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(20);
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(15_000);
    expect(told).toEqual(['0 interrupted', '0 resumed']);
    expect(await heard(world, syncs[0]!)).not.toEqual([]);
  });

  it('are not looked for when the program stops them meanwhile, nor told while reports are off (7.8.88)', async () => {
    const { world, receiver, sender, syncs, port, told } = await trains(3);
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(20);
    await world.run(syncs[0]!.stop());
    await world.run(syncs[1]!.setReports(false));
    await expect(world.run(syncs[2]!.transferTo(undefined as never))).rejects.toThrow(/not received/);
    await world.clock.advance(10_000);
    expect(told.slice(3).sort()).toEqual(['0 ended', '1 resumed', '2 resumed']);
    expect(await heard(world, syncs[1]!)).toEqual([]);
    await world.run(syncs[1]!.setReports(true));
    expect(await heard(world, syncs[1]!)).not.toEqual([]);
    // It is free to be received again.
    const again = await world.run(receiver.syncPeriodic({ address: sender.address, sid: 0 }));
    expect(await heard(world, again)).not.toEqual([]);
  });

  it('that a peer told of are received again as well', async () => {
    const { world, sets, sender, receiver, syncs, port } = await trains(1);
    await world.run(syncs[0]!.stop());
    await world.run(receiver.startAdvertising());
    const arrived = new Promise<Parameters<Device['receivePeriodicSyncs']>[0]>((resolve) =>
      receiver.once('connection', resolve),
    );
    const link = await world.run(sender.connect(receiver.address));
    await world.run(receiver.receivePeriodicSyncs(await world.run(arrived)));
    const told = new Promise<TransferredSync>((resolve) => receiver.once('periodicSync', resolve));
    await world.run(sets[0]!.transferTo(link));
    const { sync } = await world.run(told);
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(10_000);
    expect(sync.interrupted).toBe(false);
    expect(await heard(world, sync)).not.toEqual([]);
  });

  it('are missed when the controller was restarted by itself, and answers as ever (0x42, 7.8.88)', async () => {
    const { world, syncs, port, told } = await trains(1);
    port.restart();
    port.swallowed.add(commands.leRand.opcode);
    // A command without an answer makes the device look.
    const lost = (syncs[0] as unknown as { host: Device['host'] }).host.send(commands.leRand, {});
    lost.catch(() => {});
    await world.clock.advance(20_000);
    expect(told).toEqual(['0 interrupted', '0 resumed']);
  });

  it('end with the device', async () => {
    const { world, receiver, syncs, port } = await trains(1);
    port.inject(HARDWARE_ERROR);
    await world.clock.advance(1);
    await world.run(receiver.close());
    expect(syncs[0]!.active).toBe(false);
  });
});

describe('the trains of a controller that was reset, by the octets', () => {
  it('are created with what they were created with; the handle may be another (7.8.67)', async () => {
    const { device, clock, controller, diagnostics } = await scriptedDevice(extendedController(), {
      recovery: true,
    });
    const asked = device.syncPeriodic({ address: 'C0:00:00:00:00:02/random', sid: 5, skip: 3 });
    await clock.advance(1);
    controller.emit(event(0x3e, '0e 00 0700 05 01 0200000000c0 02 5000 00'));
    const sync = await clock.run(asked);
    await clock.run(sync.setReports(true, false));
    expect(controller.sent.at(-1)).toBe('0159 20 03 0700 03'.replaceAll(' ', ''));
    controller.sent.length = 0;
    controller.emit(HARDWARE_ERROR);
    await clock.advance(1000);
    const { sent } = controller;
    const create = '0144200e' + '00' + '05' + '01' + '0200000000c0' + '0300' + 'c800' + '00';
    expect(sent.filter((packet) => packet.startsWith('014420'))).toEqual([create]);
    expect(sent.findIndex((packet) => packet.startsWith('01030c'))).toBeLessThan(sent.indexOf(create));
    // It was not there when the controller listened for it (0x3E): it is looked for on.
    controller.emit(event(0x3e, '0e 3e 0000 05 01 0200000000c0 00 0000 00'));
    await clock.advance(1);
    expect(sent.filter((packet) => packet === create)).toHaveLength(2);
    controller.emit(event(0x3e, '0e 00 0900 05 01 0200000000c0 02 a000 00'));
    await clock.advance(1);
    expect([sync.handle, sync.intervalMs, sync.interrupted]).toEqual([9, 200, false]);
    expect(sent.slice(-2)).toContain('0159200309 0003'.replaceAll(' ', ''));
    const data: number[] = [];
    sync.on('report', (report) => data.push(...report.data));
    controller.emit(event(0x3e, '0f 0900 7f d0 ff 00 01 2a'), event(0x3e, '0f 0700 7f d0 ff 00 01 2b'));
    await clock.advance(1);
    expect(data).toEqual([0x2a]);
    await clock.run(sync.stop());
    expect(sent.at(-1)).toBe('01462002' + '0900');
    expect(diagnostics.filter(({ layer }) => layer === 'gap')).toEqual([]);
  });
});
