import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../src/core/clock.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import * as commands from '../../src/hci/commands/index.js';
import { HciHost } from '../../src/hci/host.js';
import type { Diagnostic } from '../../src/hci/host-types.js';
import type { IsoPacket } from '../../src/hci/iso-packet.js';
import { ScriptedController } from '../support/scripted-controller.js';

async function setUp(length = 20, count = 2) {
  const controller = new ScriptedController();
  const clock = new SimulatedClock();
  const host = new HciHost(controller, { clock });
  const diagnostics: Diagnostic[] = [];
  host.on('diagnostic', (diagnostic) => diagnostics.push(diagnostic));
  await host.open();
  host.iso.setBuffers({ length, count });
  return { host, controller, clock, diagnostics };
}

const octets = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);

describe('ISO data (Core Vol 4, Part E, 5.4.5)', () => {
  it('goes out whole with number and length of the SDU when it fits a packet', async () => {
    const { host, controller } = await setUp();
    const stream = host.iso.attach(0x0060, () => {});
    expect(stream.send(octets(4), { packetSequenceNumber: 0x0102 })).toBe(true);
    // Handle 0x060, complete SDU (2), no time stamp; 8 octets: number, length 4, data.
    expect(controller.sent).toEqual(['05 6020 0800 0201 0400 00010203'.replaceAll(' ', '')]);
  });

  it('has its time stamp before the number', async () => {
    const { host, controller } = await setUp();
    host.iso.attach(0x0060, () => {}).send(octets(2), { packetSequenceNumber: 1, timeStamp: 0x11223344 });
    expect(controller.sent).toEqual(['05 6060 0a00 44332211 0100 0200 0001'.replaceAll(' ', '')]);
  });

  it('is cut into packets of the controller’s size, and waits for its buffers', async () => {
    const { host, controller, clock } = await setUp(10, 2);
    const stream = host.iso.attach(0x0060, () => {});
    stream.send(octets(20), { packetSequenceNumber: 7 });
    // 6 octets behind the SDU header, then 10, then 4.
    expect(controller.sent).toEqual(
      ['05 6000 0a00 0700 1400 000102030405', '05 6010 0a00 060708090a0b0c0d0e0f'].map((hex) =>
        hex.replaceAll(' ', ''),
      ),
    );
    expect(stream.backlog).toBe(1);
    controller.emit('04 13 05 01 6000 0100'.replaceAll(' ', ''));
    await clock.advance(0);
    expect(controller.sent.at(-1)).toBe('05 6030 0400 10111213'.replaceAll(' ', ''));
    expect(stream.backlog).toBe(0);
  });

  it('takes turns between streams, and refuses more than 64 waiting SDUs', async () => {
    const { host, controller, clock } = await setUp(20, 1);
    const a = host.iso.attach(0x0060, () => {});
    const b = host.iso.attach(0x0061, () => {});
    a.send(octets(1), { packetSequenceNumber: 0 });
    for (let i = 0; i < 64; i++) expect(a.send(octets(1), { packetSequenceNumber: i })).toBe(true);
    expect(a.send(octets(1), { packetSequenceNumber: 64 })).toBe(false);
    b.send(octets(1), { packetSequenceNumber: 0 });
    for (const handle of ['60', '60', '61']) {
      controller.emit(`041305 01 ${handle}00 0100`.replaceAll(' ', ''));
      await clock.advance(0);
    }
    expect(
      controller.sent
        .slice(0, 4)
        .map((hex) => hex.slice(2, 4))
        .sort(),
    ).toEqual(['60', '60', '60', '61']);
  });

  it('reaches the receiver of its stream, and is reported when there is none', async () => {
    const { host, controller, clock, diagnostics } = await setUp();
    const got: IsoPacket[] = [];
    host.iso.attach(0x0060, (packet) => got.push({ ...packet, data: packet.data.slice() }));
    controller.emit(
      '056020080002010400' + '00010203',
      '056120080002010400' + '00010203',
      '0560200200' + '0000',
    );
    await clock.advance(0);
    expect(got).toMatchObject([
      { connectionHandle: 0x60, sdu: { packetSequenceNumber: 0x0102, isoSduLength: 4, packetStatusFlag: 0 } },
    ]);
    expect(toHex(got[0]!.data)).toBe('00010203');
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'ISO data for a handle without stream (handle 0x0061)',
      expect.stringMatching(/malformed.*\(handle 0x0060\)/),
    ]);
  });

  it('is refused without buffers, and on a stream that ended', async () => {
    const { host } = await setUp(0, 0);
    const stream = host.iso.attach(0x0060, () => {});
    expect(() => stream.send(octets(1), { packetSequenceNumber: 0 })).toThrow(/no buffers/);
    host.iso.detach(0x0060);
    expect(() => stream.send(octets(1), { packetSequenceNumber: 0 })).toThrow(/not there any more/);
  });
});

describe('SCO data (Core Vol 4, Part E, 5.4.3)', () => {
  it('passes through untouched, both ways', async () => {
    const { host, controller, clock } = await setUp();
    const got: string[] = [];
    host.onSco((bytes, start, end) => got.push(toHex(bytes.subarray(start, end))));
    controller.emit('03' + '012003' + 'aabbcc');
    await clock.advance(0);
    expect(got).toEqual(['012003aabbcc']);
    host.sendSco(fromHex('012002ddee'));
    expect(controller.sent).toEqual(['03012002ddee']);
  });
});

describe('a command that the controller does not have (Supported_Commands, Vol 4, Part E, 6.27)', () => {
  it('is refused by its name before it is sent, unless that is wanted', async () => {
    const { host, controller } = await setUp();
    controller.answer(commands.leRand, '00 0102030405060708');
    const supportedCommands = new Uint8Array(64);
    host.identify({ companyIdentifier: 0x05f1, supportedCommands });
    await expect(host.send(commands.leRand, {})).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: expect.stringMatching(
        /^LE_Rand: the controller does not have this command \(Supported_Commands, octet 27 bit 7/,
      ),
    });
    expect(controller.sent).toEqual([]);
    await host.send(commands.leRand, {}, { evenIfUnsupported: true });
    expect(controller.sent).toEqual(['01182000']);
    // Zephyr's controllers do not set the bit of the command that gives the mask.
    expect(host.supports(commands.readLocalSupportedCommands)).toBe(true);
    supportedCommands[27] = 0x80;
    expect(host.supports(commands.leRand)).toBe(true);
    await host.send(commands.leRand, {});
  });
});
