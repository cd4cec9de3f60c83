import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { bringUp } from '../../../src/hci/bringup/bringup.js';
import * as commands from '../../../src/hci/commands/index.js';
import { HciHost } from '../../../src/hci/host.js';
import { zephyrAssertion } from '../../../src/hci/vendor/zephyr.js';
import { event } from '../../support/scripted-controller.js';
import { leController } from '../../support/scripted-device.js';

/** What a controller that was brought up leads to being told when it sends one event. */
async function toldOf(
  packet: string,
  version?: string,
  prepare?: (host: HciHost) => void,
): Promise<string[]> {
  const controller = leController();
  if (version !== undefined) controller.answer(commands.readLocalVersionInformation, version);
  const clock = new SimulatedClock();
  const host = new HciHost(controller, { clock });
  const told: string[] = [];
  await bringUp(host, await host.open());
  host.on('diagnostic', ({ message }) => told.push(message));
  prepare?.(host);
  controller.emit(packet);
  await clock.advance(0);
  return told;
}

const ASSERTION = `aa ${Buffer.from('lll_adv.c').toString('hex')} 00 2a010000`;

describe('faults that the controller tells of', () => {
  it('reports a Hardware Error with its code (Vol 4, Part E, 7.7.16)', async () => {
    expect(await toldOf(event(0x10, '42'))).toEqual([expect.stringMatching(/hardware error, code 0x42/)]);
  });

  it('reports a Data Buffer Overflow (Vol 4, Part E, 7.7.26)', async () => {
    expect(await toldOf(event(0x1a, '01'))).toEqual([expect.stringMatching(/buffer overflow/)]);
  });

  it("names file and line of a failed assertion in Zephyr's controller", async () => {
    expect(await toldOf(event(0xff, ASSERTION))).toEqual([expect.stringMatching(/ at lll_adv\.c:298:/)]);
  });

  it('reports an assertion also where a program handles the event itself', async () => {
    const places: string[] = [];
    const told = await toldOf(event(0xff, ASSERTION), undefined, (host) =>
      host.onEvent(zephyrAssertion, ({ file, line }) => places.push(`${file} ${line}`)),
    );
    expect(told).toEqual([expect.stringMatching(/ at lll_adv\.c:298:/)]);
    expect(places).toEqual(['lll_adv.c 298']);
  });

  it('reports an assertion whose place cannot be read', async () => {
    expect(await toldOf(event(0xff, 'aa 6162'))).toEqual([
      expect.stringMatching(/assertion failed in the controller:/),
    ]);
  });

  it("names file and line of a failed assertion in NimBLE's controller, which has them as text", async () => {
    const text = Buffer.from('ble_ll_conn.c:4711').toString('hex');
    for (const id of ['00', '01'])
      expect(await toldOf(event(0xff, id + text), '00 0c 0100 0c c305 0200')).toEqual([
        expect.stringMatching(/ at ble_ll_conn\.c:4711:/),
      ]);
    expect(await toldOf(event(0xff, `02${text}`), '00 0c 0100 0c c305 0200')).toEqual([]);
  });

  it("reports a fatal error of Zephyr's firmware (vendor event 0x02)", async () => {
    expect(await toldOf(event(0xff, '02 0100000000'))).toEqual([expect.stringMatching(/fatal error/)]);
  });

  it("passes over another manufacturer's event of the same code", async () => {
    expect(await toldOf(event(0xff, ASSERTION), '00 0c 0100 0c 0f00 0200')).toEqual([]);
  });
});
