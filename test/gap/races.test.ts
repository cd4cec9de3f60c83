import { describe, expect, it } from 'vitest';
import { TransportError } from '../../src/core/errors.js';
import * as commands from '../../src/hci/commands/index.js';
import { event } from '../support/scripted-controller.js';
import { scriptedDevice } from '../support/scripted-device.js';

const PEER = 'C0:00:00:00:00:02/random';
/** LE Connection Complete: status, handle, role, peer type and address, interval 30 ms, latency 0, timeout 4 s, accuracy. */
const connected = (status: string, handle = '4000', role = '00') =>
  event(0x3e, `01 ${status} ${handle} ${role} 01 0200000000c0 1800 0000 9001 00`);
const disconnected = (handle: string, reason: string) => event(0x05, `00 ${handle} ${reason}`);

describe('a connection attempt', () => {
  it('sends the cancel command at its time limit, and ends when the controller says so (7.8.13)', async () => {
    const { clock, device, controller } = await scriptedDevice();
    controller
      .answer(commands.leCreateConnection, { status: 0 })
      .answer(commands.leCreateConnectionCancel, '00');
    let settled = false;
    const attempt = device.connect(PEER, { timeoutMs: 1000 });
    attempt.catch(() => {}).finally(() => (settled = true));
    await clock.advance(1000);
    expect(controller.commands.at(-1)).toBe(commands.leCreateConnectionCancel.opcode);
    expect(settled).toBe(false);
    controller.emit(connected('02'));
    await expect(clock.run(attempt)).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/not seen advertising/),
    });
  });

  it('is made anew when the peer never answered on its link (0x3E), three times in all', async () => {
    for (const failures of [2, 3]) {
      const { clock, device, controller, diagnostics } = await scriptedDevice();
      let attempts = 0;
      controller.answer(commands.leCreateConnection, () => {
        attempts++;
        const events = [event(0x0f, '00 01 0d20'), connected('00')];
        return attempts <= failures ? [...events, disconnected('4000', '3e')] : events;
      });
      const attempt = device.connect(PEER, { encrypt: false });
      attempt.catch(() => {});
      await clock.advance(10);
      // The request for the MTU is all that it waits for then.
      controller.emit(event(0x13, '01 4000 0100'), '02402007 000300040003f700'.replace(/ /g, ''));
      if (failures === 2) {
        expect((await clock.run(attempt)).isConnected).toBe(true);
        expect(attempts).toBe(3);
      } else {
        await expect(clock.run(attempt)).rejects.toMatchObject({ code: 'DISCONNECTED', reason: 0x3e });
        expect(attempts).toBe(3);
      }
      expect(diagnostics.filter(({ message }) => /did not answer on the link/.test(message)).length).toBe(2);
    }
  });

  it('that succeeds while it is being cancelled is disconnected, and the caller hears what he asked for', async () => {
    const { clock, device, controller } = await scriptedDevice();
    const abort = new AbortController();
    controller
      .answer(commands.leCreateConnection, { status: 0 })
      // The link came about just before: the controller disallows the cancel, and the event is on the way.
      .answer(commands.leCreateConnectionCancel, () => [event(0x0e, '01 0e20 0c'), connected('00')])
      .answer(commands.disconnect, () => [event(0x0f, '00 01 0604'), disconnected('4000', '16')]);
    const seen: string[] = [];
    device.on('connection', () => seen.push('connection'));
    const attempt = device.connect(PEER, { signal: abort.signal });
    attempt.catch(() => {});
    await clock.advance(100);
    abort.abort(new Error('enough'));
    await expect(clock.run(attempt)).rejects.toThrow('enough');
    expect(controller.commands).toContain(commands.disconnect.opcode);
    expect(device.connections).toEqual([]);
  });

  it('whose end the controller never tells does not hold up the next (Bumble answers a cancel and does nothing)', async () => {
    const { clock, device, controller, diagnostics } = await scriptedDevice();
    controller
      .answer(commands.leCreateConnection, { status: 0 })
      .answer(commands.leCreateConnectionCancel, '00');
    await expect(clock.run(device.connect(PEER, { timeoutMs: 1000 }))).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    expect(diagnostics.at(-1)?.message).toMatch(/did not end as specified/);
    // Its link comes at last, and nobody waits for it.
    controller.answer(commands.disconnect, () => [event(0x0f, '00 01 0604'), disconnected('4000', '16')]);
    controller.emit(connected('00'));
    await clock.advance(100);
    expect(controller.commands.at(-1)).toBe(commands.disconnect.opcode);
    expect(device.connections).toEqual([]);
  });

  it('that the controller refuses, or reports as failed, rejects with the status and its meaning', async () => {
    const { clock, device, controller } = await scriptedDevice();
    controller.answer(commands.leCreateConnection, { status: 0x0c });
    await expect(clock.run(device.connect(PEER))).rejects.toMatchObject({
      status: 0x0c,
      message: expect.stringMatching(/Disallowed/),
    });
    controller.answer(commands.leCreateConnection, () => [event(0x0f, '00 01 0d20'), connected('3e')]);
    await expect(clock.run(device.connect(PEER))).rejects.toMatchObject({
      status: 0x3e,
      message: expect.stringMatching(/Failed To Be Established/i),
    });
  });

  it('rejects with the reason when the port goes', async () => {
    const { clock, device, controller } = await scriptedDevice();
    controller.answer(commands.leCreateConnection, { status: 0 });
    const attempt = device.connect(PEER);
    attempt.catch(() => {});
    await clock.advance(10);
    const gone = new TransportError('unplugged', 'PORT_LOST');
    controller.lose(gone);
    await expect(clock.run(attempt)).rejects.toBe(gone);
    expect(clock.pending).toBe(0);
  });
});

describe('a link', () => {
  /** A device with one link as central, without an MTU exchange. */
  async function linked() {
    const scripted = await scriptedDevice();
    const { clock, device, controller } = scripted;
    controller.answer(commands.leCreateConnection, () => [event(0x0f, '00 01 0d20'), connected('00')]);
    const link = await clock.run(device.connect(PEER, { exchangeMtu: false }));
    return { ...scripted, link };
  }

  it('that is gone by the time of a disconnect is no error', async () => {
    const { clock, link, controller } = await linked();
    controller.answer(commands.disconnect, { status: 0x02 });
    await clock.run(link.disconnect());
    expect(link.isConnected).toBe(false);
  });

  it('that several end at once is ended by one command, and once more where that was refused', async () => {
    const { clock, controller, link } = await linked();
    const sent = () => controller.commands.filter((opcode) => opcode === commands.disconnect.opcode).length;
    controller.answer(commands.disconnect, { status: 0x1f });
    const refused = Promise.allSettled([link.disconnect(), link.disconnect()]);
    expect((await clock.run(refused)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([sent(), link.isConnected]).toEqual([1, true]);
    // A controller that is ending a link disallows a second command.
    controller.answer(commands.disconnect, () =>
      sent() > 2 ? [event(0x0f, '0c 01 0604')] : [event(0x0f, '00 01 0604'), disconnected('4000', '16')],
    );
    await clock.run(Promise.all([link.disconnect(), link.disconnect(0x15)]));
    expect([sent(), link.isConnected]).toEqual([2, false]);
  });

  it('whose end is not reported rejects the disconnect after the supervision timeout', async () => {
    const { clock, link, controller } = await linked();
    controller.answer(commands.disconnect, { status: 0 });
    await expect(clock.run(link.disconnect())).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(clock.now()).toBeGreaterThanOrEqual(4000);
  });

  it('is ended when an ATT transaction times out: its bearer cannot be used any more (Vol 3, Part F, 3.3.3)', async () => {
    const { clock, link, controller } = await linked();
    controller.answer(commands.disconnect, () => [event(0x0f, '00 01 0604'), disconnected('4000', '16')]);
    const started = clock.now();
    await expect(clock.run(link.gatt.read(3))).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(clock.now() - started).toBe(30_000);
    await clock.advance(10);
    expect(link.isConnected).toBe(false);
  });

  it('whose handle the controller gives to another link is over', async () => {
    const { clock, device, link, controller } = await linked();
    controller.emit(connected('00', '4000', '01'));
    await clock.advance(10);
    expect(link.isConnected).toBe(false);
    expect(device.connections.map(({ role }) => role)).toEqual(['peripheral']);
  });

  it('ends with the port, with everything that waits on it', async () => {
    const { clock, link, controller, device } = await linked();
    const read = link.gatt.read(3);
    read.catch(() => {});
    controller.lose(new TransportError('unplugged', 'PORT_LOST'));
    await expect(clock.run(read)).rejects.toMatchObject({
      code: 'DISCONNECTED',
      message: expect.stringMatching(/unplugged/),
    });
    expect(device.isOpen).toBe(false);
    expect(link.isConnected).toBe(false);
    expect(clock.pending).toBe(0);
  });
});

describe('advertising and scanning', () => {
  it('that are off already when they are switched off are no error (btvirt answers 0x0C)', async () => {
    const { clock, device, controller } = await scriptedDevice();
    for (const command of [
      commands.leSetAdvertisingParameters,
      commands.leSetAdvertisingData,
      commands.leSetScanResponseData,
      commands.leSetScanParameters,
    ]) {
      controller.answer(command, '00');
    }
    const toggle = (off: string) => (parameters: Uint8Array) => [
      off.replace('SS', parameters[0] === 1 ? '00' : '0c'),
    ];
    controller.answer(commands.leSetAdvertisingEnable, toggle('040e04010a20SS'));
    controller.answer(commands.leSetScanEnable, toggle('040e04010c20SS'));
    await clock.run(device.startAdvertising({ data: new Uint8Array(0) }));
    await clock.run(device.stopAdvertising());
    const scan = await clock.run(device.startScan({ onReport: () => {} }));
    await clock.run(scan.stop());
    expect([device.advertising, device.scanning]).toEqual([false, false]);
  });

  it('passes on what is sound of a malformed report, and reports the rest', async () => {
    const { clock, device, controller, diagnostics } = await scriptedDevice();
    controller.answer(commands.leSetScanParameters, '00').answer(commands.leSetScanEnable, '00');
    const seen: string[] = [];
    await clock.run(device.startScan({ onReport: (report) => seen.push(String(report.address)) }));
    controller.emit(event(0x3e, '02 02 00 01 0200000000c0 00 c4 00 01 0300000000c0 1f'));
    controller.emit(event(0x3e, '02'));
    await clock.advance(1);
    expect(seen).toEqual([PEER]);
    expect(diagnostics.length).toBe(2);
  });
});
