import { describe, expect, it } from 'vitest';
import type { Connection } from '../../../src/gap/connection.js';
import * as commands from '../../../src/hci/commands/index.js';
import { event } from '../../support/scripted-controller.js';
import { connectionComplete, legacyController, legacyDevice, signalling, updateComplete } from './radio.js';

/** GAP/CONN/CPUP: the Connection Parameter Update procedure (Core Vol 3, Part C, 9.3.9; Part A, 4.20). */

const WANTED = { intervalMinMs: 50, intervalMaxMs: 70, latency: 1, supervisionTimeoutMs: 5000 };
/** The same in the units of the air: 40 and 56 of 1.25 ms, 500 of 10 ms. */
const FIELDS = '2800 3800 0100 f401';
const compact = (text: string) => text.replaceAll(' ', '');
const NEW = { intervalMs: 70, latency: 1, supervisionTimeoutMs: 5000 };
const OLD = { intervalMs: 30, latency: 0, supervisionTimeoutMs: 4000 };

async function connected(
  role: 'central' | 'peripheral',
  { byLinkLayer = false, ...options }: { byLinkLayer?: boolean; acceptParameters?: () => boolean } = {},
) {
  const controller = legacyController();
  if (byLinkLayer) controller.answer(commands.leReadLocalSupportedFeaturesPage0, '00 2200000000000000');
  const made = await legacyDevice(controller, options);
  const { clock, device } = made;
  const arrived = new Promise<Connection>((resolve) => device.once('connection', resolve));
  if (role === 'central') {
    const attempt = device.connect('C0:00:00:00:00:02/random', { exchangeMtu: false });
    await clock.advance(10);
    controller.emit(connectionComplete(role));
    await clock.run(attempt);
  } else {
    await clock.run(device.startAdvertising({ data: { flags: 6 } }));
    controller.emit(connectionComplete(role));
  }
  const link = await clock.run(arrived);
  await clock.advance(10);
  controller.sent.length = 0;
  /** What went out on the LE signalling channel. */
  const signalled = () =>
    controller.sent.filter((packet) => /^02.{12}0500/.test(packet)).map((packet) => packet.slice(18));
  return { ...made, link, signalled };
}

/** How a promise ended, once it has. */
const codeOf = (promise: Promise<unknown>) => promise.then(String, ({ code }: { code: string }) => code);

describe('as peripheral, by L2CAP', () => {
  it('GAP/CONN/CPUP/BV-01-C: asks the central, and has the new parameters when the controller tells them', async () => {
    const { clock, controller, link, signalled } = await connected('peripheral');
    const told: unknown[] = [];
    link.on('parameters', (parameters) => told.push(parameters));
    const update = link.updateParameters(WANTED);
    await clock.advance(10);
    expect(signalled()).toEqual([compact(`12 01 0800 ${FIELDS}`)]);
    controller.emit(signalling('13 01 0200 0000'), updateComplete('3800', '0100', 'f401'));
    expect(await clock.run(update)).toEqual(NEW);
    expect([link.parameters, told]).toEqual([NEW, [NEW]]);
  });

  it('GAP/CONN/CPUP/BV-02-C: gives up after 30 s without an answer, and the link goes on (TGAP(conn_param_timeout))', async () => {
    const { clock, link, signalled } = await connected('peripheral');
    const update = codeOf(link.updateParameters(WANTED));
    let ended = false;
    void update.then(() => (ended = true));
    await clock.advance(29_900);
    expect([ended, signalled()]).toEqual([false, [compact(`12 01 0800 ${FIELDS}`)]]);
    await clock.advance(200);
    expect(await update).toBe('TIMEOUT');
    expect([link.isConnected, link.parameters]).toEqual([true, OLD]);
  });

  it('GAP/CONN/CPUP/BV-03-C: is told that the central refuses, and the parameters stay', async () => {
    const { clock, controller, link } = await connected('peripheral');
    const update = codeOf(link.updateParameters(WANTED));
    await clock.advance(10);
    controller.emit(signalling('13 01 0200 0100'));
    expect(await clock.run(update)).toBe('NOT_SUPPORTED');
    expect([link.isConnected, link.parameters]).toEqual([true, OLD]);
  });
});

describe.each([
  ['central', false],
  ['peripheral', true],
] as const)(
  'a collision with what the peer begins at the same time, as %s (Vol 6, Part B, 5.3)',
  (role, byLinkLayer) => {
    const collided = (status: string) => event(0x3e, `03 ${status} 4000 1800 0000 9001`);

    it.each([
      ['Different Transaction Collision', '2a'],
      ['LL Procedure Collision', '23'],
    ])('%s (0x%s): it is asked for once more, a while later', async (_, status) => {
      const { clock, controller, link, sent } = await connected(role, { byLinkLayer });
      const update = link.updateParameters(WANTED);
      await clock.advance(10);
      controller.emit(collided(status));
      await clock.advance(150);
      expect(sent(commands.leConnectionUpdate)).toHaveLength(1);
      await clock.advance(100);
      expect(sent(commands.leConnectionUpdate)).toEqual(
        [1, 2].map(() => compact(`4000 ${FIELDS} 0000 0000`)),
      );
      controller.emit(updateComplete('3800', '0100', 'f401'));
      expect(await clock.run(update)).toEqual(NEW);
    });

    it('a second one is told, also where the controller does not take the command at once', async () => {
      const { clock, controller, link, sent, signalled } = await connected(role, { byLinkLayer });
      controller.answer(commands.leConnectionUpdate, { status: 0x2a });
      const update = link.updateParameters(WANTED);
      await expect(clock.run(update)).rejects.toMatchObject({ code: 'HCI_ERROR', status: 0x2a });
      expect(sent(commands.leConnectionUpdate)).toHaveLength(2);
      expect([signalled(), link.parameters]).toEqual([[], OLD]);
    });

    it('is not asked for again when the caller leaves meanwhile, or the link goes', async () => {
      const { clock, controller, link, sent } = await connected(role, { byLinkLayer });
      const abort = new AbortController();
      const left = link.updateParameters(WANTED, abort.signal);
      left.catch(() => {});
      await clock.advance(10);
      controller.emit(collided('2a'));
      await clock.advance(10);
      abort.abort(new Error('enough'));
      await expect(clock.run(left)).rejects.toThrow('enough');
      await clock.advance(1000);
      expect(sent(commands.leConnectionUpdate)).toHaveLength(1);
      const gone = link.updateParameters(WANTED);
      gone.catch(() => {});
      await clock.advance(10);
      controller.emit(collided('2a'));
      await clock.advance(10);
      controller.emit(event(0x05, '00 4000 13'));
      await expect(clock.run(gone)).rejects.toMatchObject({ code: 'DISCONNECTED', reason: 0x13 });
      await clock.advance(1000);
      expect(sent(commands.leConnectionUpdate)).toHaveLength(2);
    });
  },
);

describe('as central', () => {
  it('GAP/CONN/CPUP/BV-04-C: accepts what a peripheral asks for by L2CAP, and brings it about', async () => {
    const { clock, controller, link, signalled, sent } = await connected('central');
    controller.emit(signalling(`12 07 0800 ${FIELDS}`));
    await clock.advance(10);
    expect(signalled()).toEqual([compact('13 07 0200 0000')]);
    expect(sent(commands.leConnectionUpdate)).toEqual([compact(`4000 ${FIELDS} 0000 0000`)]);
    controller.emit(updateComplete('3800', '0100', 'f401'));
    await clock.advance(10);
    expect(link.parameters).toEqual(NEW);
  });

  it.each([
    ['that are out of range', '0400 0400 0000 f401', true],
    ['whose timeout is too short for their interval', '2003 2003 0000 0a00', true],
    ['that this program does not want', FIELDS, false],
  ])('GAP/CONN/CPUP/BV-05-C: refuses parameters %s, and changes nothing', async (_what, fields, accepts) => {
    const { clock, controller, link, signalled, sent } = await connected('central', {
      acceptParameters: () => accepts,
    });
    controller.emit(signalling(`12 07 0800 ${fields}`));
    await clock.advance(1000);
    expect(signalled()).toEqual([compact('13 07 0200 0100')]);
    expect([sent(commands.leConnectionUpdate), link.parameters]).toEqual([[], OLD]);
  });

  it('GAP/CONN/CPUP/BV-06-C: changes the parameters by the Link Layer (Vol 4, Part E, 7.8.18)', async () => {
    const { clock, controller, link, signalled, sent } = await connected('central');
    const update = link.updateParameters(WANTED);
    await clock.advance(10);
    expect(sent(commands.leConnectionUpdate)).toEqual([compact(`4000 ${FIELDS} 0000 0000`)]);
    controller.emit(updateComplete('3800', '0100', 'f401'));
    expect(await clock.run(update)).toEqual(NEW);
    expect(signalled()).toEqual([]);
  });
});

describe("as peripheral, by the Link Layer's Connection Parameters Request (Vol 6, Part B, 5.1.7)", () => {
  const asked = event(0x3e, `06 4000 ${FIELDS}`);

  it('GAP/CONN/CPUP/BV-08-C: accepts what the central asks for', async () => {
    const { clock, controller, link, sent } = await connected('peripheral', { byLinkLayer: true });
    controller.answer(commands.leRemoteConnectionParameterRequestReply, '00 4000');
    controller.emit(asked);
    await clock.advance(10);
    expect(sent(commands.leRemoteConnectionParameterRequestReply)).toEqual([
      compact(`4000 ${FIELDS} 0000 0000`),
    ]);
    controller.emit(updateComplete('3800', '0100', 'f401'));
    await clock.advance(10);
    expect(link.parameters).toEqual(NEW);
  });

  it('GAP/CONN/CPUP/BV-08-C: or says that they are unacceptable, where the program says so (7.8.32)', async () => {
    const { clock, controller, sent } = await connected('peripheral', {
      byLinkLayer: true,
      acceptParameters: () => false,
    });
    controller.answer(commands.leRemoteConnectionParameterRequestNegativeReply, '00 4000');
    controller.emit(asked);
    await clock.advance(10);
    expect(sent(commands.leRemoteConnectionParameterRequestNegativeReply)).toEqual(['40003b']);
  });

  it('GAP/CONN/CPUP/BV-10-C: asks by it, and not by L2CAP, where the controller has it', async () => {
    const { clock, controller, link, signalled, sent } = await connected('peripheral', { byLinkLayer: true });
    const update = link.updateParameters(WANTED);
    await clock.advance(10);
    expect(sent(commands.leConnectionUpdate)).toEqual([compact(`4000 ${FIELDS} 0000 0000`)]);
    controller.emit(updateComplete('3800', '0100', 'f401'));
    expect(await clock.run(update)).toEqual(NEW);
    expect(signalled()).toEqual([]);
  });

  it('GAP/CONN/CPUP/BV-10-C: and is told when the central refuses', async () => {
    const { clock, controller, link, signalled } = await connected('peripheral', { byLinkLayer: true });
    const update = codeOf(link.updateParameters(WANTED));
    await clock.advance(10);
    controller.emit(updateComplete('1800', '0000', '9001', '3b'));
    expect(await clock.run(update)).toBe('NOT_SUPPORTED');
    expect([signalled(), link.parameters]).toEqual([[], OLD]);
  });

  it('GAP/CONN/CPUP/BV-01-C: by L2CAP after all where the central has not the procedure, and by that alone from then on', async () => {
    const { clock, controller, link, signalled, sent } = await connected('peripheral', { byLinkLayer: true });
    const update = link.updateParameters(WANTED);
    await clock.advance(10);
    // Unsupported Remote Feature.
    controller.emit(updateComplete('1800', '0000', '9001', '1a'));
    await clock.advance(10);
    expect(signalled()).toEqual([compact(`12 01 0800 ${FIELDS}`)]);
    controller.emit(signalling('13 01 0200 0000'), updateComplete('3800', '0100', 'f401'));
    expect(await clock.run(update)).toEqual(NEW);
    const again = link.updateParameters(WANTED);
    await clock.advance(10);
    controller.emit(signalling('13 02 0200 0000'), updateComplete('3800', '0100', 'f401'));
    await clock.run(again);
    expect(sent(commands.leConnectionUpdate)).toHaveLength(1);
  });

  it('GAP/CONN/CPUP/BV-01-C: by L2CAP too where the controller does not take the command, for now or at all', async () => {
    for (const [status, commandsAfter] of [
      [0x0c, 2],
      [0x11, 1],
    ] as const) {
      const { clock, controller, link, signalled, sent } = await connected('peripheral', {
        byLinkLayer: true,
      });
      controller.answer(commands.leConnectionUpdate, { status });
      for (const identifier of ['01', '02']) {
        const update = link.updateParameters(WANTED);
        await clock.advance(10);
        controller.emit(signalling(`13 ${identifier} 0200 0000`), updateComplete('3800', '0100', 'f401'));
        expect(await clock.run(update)).toEqual(NEW);
      }
      expect([signalled().length, sent(commands.leConnectionUpdate).length]).toEqual([2, commandsAfter]);
    }
  });

  it('GAP/CONN/CPUP/BV-10-C: and is told what else comes of it, as it is', async () => {
    const { clock, controller, link, signalled } = await connected('peripheral', { byLinkLayer: true });
    const update = link.updateParameters(WANTED).catch((error: unknown) => error);
    await clock.advance(10);
    // Unspecified Error.
    controller.emit(updateComplete('1800', '0000', '9001', '1f'));
    expect(await clock.run(update)).toMatchObject({ code: 'HCI_ERROR', status: 0x1f });
    expect(signalled()).toEqual([]);
  });
});
