import { afterEach, describe, expect, it } from 'vitest';
import { AttError, DisconnectedError } from '../../src/core/errors.js';
import { type Connection, Device } from '../../src/gap/index.js';
import { benchCharacteristics } from './support/bench-service.js';
import { describeInterop } from './support/present.js';
import { expectNoOverrun, type Yardstick, yardstick } from './support/yardstick.js';

describeInterop('faults of the peer on the yardstick: every request settles', ['yardstick'], () => {
  let device: Device | undefined;

  afterEach(async () => {
    await device?.close();
    device = undefined;
  });

  async function connect(controller: Yardstick): Promise<Connection> {
    device = await Device.open({ transport: controller.port, recovery: false });
    for await (const report of device.scan()) return device.connect(report);
    throw new Error('the scan ended');
  }

  describe('STALL, which never answers', () => {
    it('rejects what is pending when the link is dropped', async () => {
      const connection = await connect(await yardstick('--strict'));
      const { stall, read } = await benchCharacteristics(connection);
      const pending = [stall.read(), stall.write(Uint8Array.of(1)), read.read(), read.readLong()];
      const settled = Promise.allSettled(pending);
      await connection.disconnect();
      for (const result of await settled) {
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(DisconnectedError) });
      }
    });

    it('rejects what is pending when the controller goes', async () => {
      const controller = await yardstick('--strict');
      const connection = await connect(controller);
      const { stall, read } = await benchCharacteristics(connection);
      const settled = Promise.allSettled([stall.read(), read.read()]);
      const closed = new Promise((resolve) => device!.on('closed', resolve));
      await controller.child.stop();
      expect(await closed).toMatchObject({ name: 'TransportError' });
      for (const result of await settled) {
        expect(result).toMatchObject({ status: 'rejected', reason: expect.any(DisconnectedError) });
      }
      await expect(device!.startScan()).rejects.toThrow(/closed/);
    });

    it('lets a caller leave by its AbortSignal, and keeps the request in its place', async () => {
      const connection = await connect(await yardstick('--strict'));
      const { stall, read } = await benchCharacteristics(connection);
      const leaving = new AbortController();
      const first = stall.read(leaving.signal);
      const behind = read.read();
      leaving.abort();
      await expect(first).rejects.toMatchObject({ name: 'AbortError' });
      const early = await Promise.race([
        behind.then(() => 'answered'),
        connection.readRssi().then(() => 'waits'),
      ]);
      expect(early).toBe('waits');
      const settled = Promise.allSettled([behind]);
      await connection.disconnect();
      expect((await settled)[0]).toMatchObject({ status: 'rejected', reason: expect.any(DisconnectedError) });
    });
  });

  it('gives the AttError of ERR and BADPDU, and goes on', async () => {
    const controller = await yardstick('--strict');
    const connection = await connect(controller);
    const { err, badPdu, read } = await benchCharacteristics(connection);
    const refused = async (promise: Promise<unknown>, error: number, request: number, handle: number) => {
      const caught = await promise.catch((reason: unknown) => reason);
      expect(caught).toBeInstanceOf(AttError);
      expect(caught).toMatchObject({ error, request, handle });
    };
    await refused(err.read(), 0x80, 0x0a, err.valueHandle);
    await refused(err.write(Uint8Array.of(1)), 0x80, 0x12, err.valueHandle);
    await refused(badPdu.read(), 0x04, 0x0a, badPdu.valueHandle);
    expect(await read.read()).toHaveLength(20);
    await device!.close();
    expectNoOverrun(await controller.counters());
  });

  it('answers an L2CAP Connection Parameter Update Request (Vol 3, Part A, 4.20 and 4.21)', async () => {
    const controller = await yardstick('--strict', '--l2capupd');
    const connection = await connect(controller);
    const { hex } = await controller.child.event('l2cap-sig');
    expect(hex).toBe('130102000000');
    await connection.disconnect();
    await device!.close();
    expectNoOverrun(await controller.counters());
  });

  it('refuses the connection parameters when the program says so', async () => {
    const controller = await yardstick('--strict', '--l2capupd');
    device = await Device.open({ transport: controller.port, acceptParameters: () => false });
    for await (const report of device.scan()) {
      await device.connect(report);
      break;
    }
    expect((await controller.child.event('l2cap-sig'))['hex']).toBe('130102000100');
  });

  /** What the controller sends 200 ms into a scan and again 200 ms into a connection, and what is told of it then. */
  const garbage: readonly (readonly [string, string, RegExp | undefined])[] = [
    ['an impossible H4 indicator', 'ff00112233', /framing lost/],
    ['text', '41626f72743a2061737365727420617420302e0d0a', /framing lost/],
    [
      'an advertising report with fewer octets than fields',
      '043e0302ff00',
      /Advertising Report is malformed/,
    ],
    ['an advertising report cut short', '043e0c0201000011223344551f0201', /Advertising Report is malformed/],
    ['ACL data for a handle that no link has', '02ff0e0500010004001b', /handle without connection/],
    [
      'an L2CAP frame longer than its packets',
      '0240200600ff0004000bff',
      /before the one before it was complete/,
    ],
    ['a continuation without a start', '0240100400deadbeef', /without a start/],
    ['an empty ATT PDU', '024020040000000400', /empty ATT PDU/],
    ['a response that answers nothing', '02402005000100040013', /answers nothing|waits for its response/],
    ['a notification without handle', '0240200500010004001b', /without handle/],
    ['a Command Complete for a command that was not sent', '040e0401ffff00', /nobody waits for/],
    ['credits for more packets than were sent', '041305014000ff00', /completed 255 packets/],
    ['an L2CAP signalling command of an unknown code', '0240200800040005007f010000', /0x7F is not known/],
    ['an unknown event', '04fe03010203', undefined],
    ['an unknown LE event', '043e03fe0102', undefined],
    ['a Hardware Error', '04100142', /hardware error.*0x42/i],
    ['an assertion of the controller', '04ff0caa6d61696e2e63002a000000', undefined],
  ];

  it.each(garbage)('goes on after %s', async (_name, octets, told) => {
    const controller = await yardstick('--strict', '--inject', octets, '--adv-rate', '2000');
    const diagnostics: string[] = [];
    let unhandled = 0;
    device = await Device.open({
      transport: controller.port,
      // The yardstick does it again after each reset: here it is about what is not mended.
      recovery: false,
      onDiagnostic: ({ message }) => diagnostics.push(message),
    });
    device.host.on('unhandledEvent', () => unhandled++);
    // Into the scan most of it comes unnoticed: none of what is meant for a link has one.
    const scanned = performance.now() + 300;
    let connection: Connection | undefined;
    for await (const report of device.scan()) {
      if (performance.now() < scanned) continue;
      diagnostics.length = unhandled = 0;
      connection = await device.connect(report);
      break;
    }
    const { read } = await benchCharacteristics(connection!);
    const noticed = () => (told ? diagnostics.some((message) => told.test(message)) : unhandled > 0);
    while (!noticed()) expect(await read.read()).toHaveLength(20);
    expect(await read.read()).toHaveLength(20);
    if (!told) expect(diagnostics).toEqual([]);
    await connection!.disconnect();
    await device.close();
    expectNoOverrun(await controller.counters());
  });
});
