import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { TransportError } from '../../src/core/errors.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { bringUp } from '../../src/hci/bringup/bringup.js';
import * as commands from '../../src/hci/commands/index.js';
import * as events from '../../src/hci/events/index.js';
import { HciHost } from '../../src/hci/host.js';
import type { Diagnostic } from '../../src/hci/host-types.js';
import { event, ScriptedController } from '../support/scripted-controller.js';
import { leController } from '../support/scripted-device.js';

async function open(controller: ScriptedController) {
  const clock = new SimulatedClock();
  const diagnostics: Diagnostic[] = [];
  const host = new HciHost(controller, { clock });
  host.on('diagnostic', (diagnostic) => diagnostics.push(diagnostic));
  const opened = await host.open();
  return { clock, host, diagnostics, opened };
}

describe('bringUp', () => {
  it('learns what the controller is, sets its event masks and its ACL buffers (Vol 6, Part D, 2)', async () => {
    const controller = leController();
    const { host, opened } = await open(controller);
    const info = await bringUp(host, opened);
    expect(info).toMatchObject({
      hciVersion: 12,
      companyIdentifier: 0x05f1,
      aclDataLength: 251,
      aclDataPackets: 3,
    });
    expect(String(info.publicAddress)).toBe('C0:DE:C0:00:00:01');
    expect(host.acl.buffers).toEqual({ length: 251, count: 3 });
    expect(controller.sent[0]).toBe('01030c00');
    // Disconnection, encryption, remote version, hardware error, buffer overflow, LE Meta.
    expect(controller.sent).toContain('01010c089088000200800020');
    // Connection complete (both), reports (directed ones too), update, request for a key, features, data length, PHY.
    expect(controller.sent).toContain('010120087f0e000000000000');
    // An LE-only controller is not told of LE host support.
    expect(controller.commands).not.toContain(commands.writeLeHostSupport.opcode);
  });

  it('sends no Reset when the hunt on a serial port has done it', async () => {
    const controller = leController({ resetDone: true });
    const { host, opened } = await open(controller);
    await bringUp(host, opened);
    expect(controller.commands).not.toContain(commands.reset.opcode);
  });

  it('sends the Reset again when it is not answered, and gives up with a diagnosis', async () => {
    const controller = leController().answer(commands.reset, undefined);
    const { clock, host, opened } = await open(controller);
    const failed = expect(bringUp(host, opened)).rejects.toMatchObject({ code: 'NO_HCI' });
    await clock.advance(400);
    expect(controller.sent.length).toBe(2);
    await clock.advance(5000);
    await failed;
    expect(controller.sent).toEqual(['01030c00', '01030c00', '01030c00', '01030c00']);
    expect(clock.pending).toBe(0);
  });

  it('uses the buffers that LE shares with BR/EDR when LE has none of its own, and tells a dual-mode chip of LE (7.8.2, 7.3.79)', async () => {
    const controller = leController()
      .answer(commands.readLocalSupportedFeatures, '00 0000000040000000')
      .answer(commands.leReadBufferSizeV2, '00 0000 00 0000 00')
      .answer(commands.readBufferSize, '00 ff03 40 0800 0000')
      .answer(commands.writeLeHostSupport, '00');
    const { host, opened } = await open(controller);
    const info = await bringUp(host, opened);
    expect(info).toMatchObject({ aclDataLength: 1023, aclDataPackets: 8 });
    expect(controller.sent).toContain('016d0c020100');
  });

  it('asks a controller that does not tell its commands for the ones that all have', async () => {
    const controller = leController().answer(commands.readLocalSupportedCommands, { status: 1 });
    const { host, opened } = await open(controller);
    await expect(bringUp(host, opened)).resolves.toMatchObject({ aclDataPackets: 3 });
  });

  it('rejects with the reason when the port goes in the middle', async () => {
    const controller = leController().answer(commands.readBdAddr, undefined);
    const { host, opened } = await open(controller);
    const gone = new TransportError('unplugged', 'PORT_LOST');
    const failed = expect(bringUp(host, opened)).rejects.toBe(gone);
    for (let i = 0; i < 200; i++) await Promise.resolve();
    controller.lose(gone);
    await failed;
  });
});

describe('HciHost', () => {
  it('brings events to those who asked, and keeps and passes on the others', async () => {
    const controller = new ScriptedController();
    const { host } = await open(controller);
    const seen: unknown[] = [];
    const unhandled: string[] = [];
    const off = host.onEvent(events.disconnectionComplete, (parameters) => seen.push(parameters));
    host.on('unhandledEvent', ({ code, subevent, parameters }) =>
      unhandled.push(`${code}/${subevent}/${toHex(parameters)}`),
    );
    controller.emit(event(0x05, '00400013'), event(0xff, '0102'), event(0x3e, '7f03'));
    await Promise.resolve();
    await Promise.resolve();
    off();
    controller.emit(event(0x05, '00410008'));
    await Promise.resolve();
    expect(seen).toEqual([{ status: 0, connectionHandle: 0x40, reason: 0x13 }]);
    expect(unhandled).toEqual(['255/undefined/0102', '62/127/03', '5/undefined/00410008']);
  });

  it('reports events that are too short or say a wrong length, and goes on', async () => {
    const controller = new ScriptedController().answer(commands.reset, '00');
    const { host, diagnostics } = await open(controller);
    const seen: unknown[] = [];
    host.onEvent(events.disconnectionComplete, (parameters) => seen.push(parameters));
    controller.emit('040504004000', '04050200', '040500', '04', '0405020040', '030000', '0500000000');
    await host.send(commands.reset, {});
    expect(seen).toEqual([]);
    expect(diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/has not the length it says/),
      expect.stringMatching(/has not the length it says/),
      expect.stringMatching(/Disconnection_Complete: packet too short/),
      expect.stringMatching(/has not the length it says/),
      expect.stringMatching(/Disconnection_Complete: packet too short/),
      expect.stringMatching(/type 3/),
      expect.stringMatching(/ISO packet is malformed/),
    ]);
  });

  it('ends everything that waits when the port goes, once, and refuses at once afterwards', async () => {
    const controller = new ScriptedController();
    const { host } = await open(controller);
    const closed: unknown[] = [];
    host.on('closed', (error) => closed.push(error));
    const pending = host.send(commands.reset, {});
    const gone = new TransportError('unplugged', 'PORT_LOST');
    controller.lose(gone);
    controller.lose(gone);
    await expect(pending).rejects.toBe(gone);
    await expect(host.send(commands.reset, {})).rejects.toBe(gone);
    await host.close();
    expect(closed).toEqual([gone]);
    expect(host.isOpen).toBe(false);
  });

  it('routes ACL data to the link of its handle', async () => {
    const controller = new ScriptedController();
    const { host } = await open(controller);
    const frames: string[] = [];
    host.acl.attach(0x40, {
      frame: (cid, bytes, start, end) => frames.push(`${cid}/${toHex(bytes.subarray(start, end))}`),
    });
    controller.emit(toHex(fromHex('02 4020 0700 0300 0400 0a0300')));
    await Promise.resolve();
    expect(frames).toEqual(['4/0a0300']);
  });
});
