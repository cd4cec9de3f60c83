import { describe, expect, it } from 'vitest';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { leController, scriptedDevice } from '../support/scripted-device.js';

const PEER = 'C0:00:00:00:00:02/random';
const OTHER = 'C0:00:00:00:00:03/random';
const connected = (status = '00', handle = '4000') =>
  event(0x3e, `01 ${status} ${handle} 00 01 0200000000c0 1800 0000 9001 00`);
const cancelled = event(0x3e, '01 02 0000 00 00 000000000000 0000 0000 0000 00');
/** ADV_IND of the peer, and of somebody who is not on the list: 7.7.65.2. */
const heard = event(0x3e, '02 01 00 01 0200000000c0 00 c0');
const stranger = event(0x3e, '02 01 00 01 0900000000c0 00 c0');

/** A controller of which every command is taken, and what it is told to do noted, with the second that it was told in. */
async function open(timeline: [second: number, what: string][] = []) {
  const controller = leController();
  for (const one of [
    commands.leAddDeviceToFilterAcceptList,
    commands.leClearFilterAcceptList,
    commands.leSetScanParameters,
  ])
    controller.answer(one, '00');
  const made = await scriptedDevice(controller);
  const note = (what: string) => timeline.push([Math.round(made.clock.now() / 1000), what]);
  controller
    .answer(commands.leCreateConnection, (octets) => {
      note(octets[4] === 1 ? 'by the list' : 'by an address');
      return [event(0x0f, '00 01 0d20')];
    })
    .answer(commands.leCreateConnectionCancel, () => [event(0x0e, '01 0e20 00'), cancelled])
    .answer(commands.leSetScanEnable, (octets) => {
      if (octets[0] === 1) note('scan');
      return [event(0x0e, '01 0c20 00')];
    });
  await made.clock.run(made.device.acceptList.add(PEER, OTHER));
  return { ...made, timeline };
}

describe('connecting to whoever of the accept list is there (Vol 3, Part C, 9.3.5)', () => {
  it('is the controller’s, and in turns with it the host’s until it has shown that it can (Bumble’s cannot)', async () => {
    const { device, controller, clock, timeline } = await open();
    const link = device.connectAny({ timeoutMs: 60_000, exchangeMtu: false });
    await clock.advance(10_000);
    controller.emit(stranger);
    await clock.advance(20_000);
    expect(timeline).toEqual([
      [0, 'by the list'],
      [5, 'scan'],
      [15, 'by the list'],
    ]);
    await clock.advance(6000);
    controller.emit(heard);
    await clock.advance(1);
    expect(timeline.slice(3)).toEqual([
      [35, 'scan'],
      [36, 'by an address'],
    ]);
    controller.emit(connected());
    expect(String((await clock.run(link)).peer)).toBe(PEER);
  });

  it('is the controller’s alone when it has, for as long as the program says', async () => {
    const { device, controller, clock, timeline } = await open();
    const link = device.connectAny({ exchangeMtu: false });
    await clock.advance(1000);
    controller.emit(connected());
    await clock.run(
      (await clock.run(link)).disconnect().catch(() => {}),
      60_000,
    );
    controller.emit(event(0x05, '00 4000 16'));
    timeline.length = 0;
    const again = device.connectAny({ timeoutMs: 25_000, exchangeMtu: false });
    await expect(clock.run(again, 30_000)).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs: 25_000 });
    expect(timeline.map(([, what]) => what)).toEqual(['by the list']);
  });

  it('is the host’s at once with a controller that looks for the address that means nothing (0x3E; btvirt’s does)', async () => {
    const { device, controller, clock, timeline } = await open();
    const link = device.connectAny({ exchangeMtu: false });
    await clock.advance(1);
    controller.emit(connected('3e'));
    await clock.advance(1);
    controller.emit(heard);
    await clock.advance(1);
    controller.emit(connected());
    await clock.run(link);
    expect(timeline.map(([, what]) => what)).toEqual(['by the list', 'scan', 'by an address']);
  });

  it('ends when its time does, in either’s turn, and when it is called off', async () => {
    const { device, clock, timeline } = await open();
    for (const timeoutMs of [3000, 9000, 20_000]) {
      const error = clock.run(device.connectAny({ timeoutMs }), timeoutMs + 1000);
      await expect(error).rejects.toMatchObject({ code: 'TIMEOUT', timeoutMs });
    }
    expect(timeline.map(([, what]) => what)).toEqual([
      'by the list',
      ...['by the list', 'scan'],
      ...['by the list', 'scan', 'by the list'],
    ]);
    const gone = new Error('not any more');
    for (const ms of [1000, 7000]) {
      const leave = new AbortController();
      const link = device.connectAny({ signal: leave.signal });
      link.catch(() => {});
      await clock.advance(ms);
      leave.abort(gone);
      await expect(clock.run(link)).rejects.toBe(gone);
    }
    await clock.advance(20_000);
    expect(clock.pending).toBe(0);
  });

  it.each([0, -1, Number.NaN, '5' as never])('takes no time of %j', async (timeoutMs) => {
    const { device, clock, timeline } = await open();
    await expect(clock.run(device.connectAny({ timeoutMs }))).rejects.toThrow(/timeoutMs/);
    expect(timeline).toEqual([]);
  });
});
