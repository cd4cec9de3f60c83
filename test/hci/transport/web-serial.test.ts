import { afterEach, describe, expect, it, vi } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { systemRandom } from '../../../src/core/random.js';
import { requestSerialController, webSerial } from '../../../src/hci/transport/from-objects.js';
import { parsePort } from '../../../src/hci/transport/port.js';
import type { HciTransport } from '../../../src/hci/transport/transport.js';
import { type WebSerialOptions, webSerialFactory } from '../../../src/hci/transport/web-serial.js';
import type { WebSerialPort, WebSerialPortInfo } from '../../../src/hci/transport/web-serial-port.js';
import { FakeSerialPort, serialError } from '../../support/fake-serial.js';
import { Recorder } from './compliance.js';

const RESET = '01030c00';
const COMPLETE = '040e0401030c00';

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A port behind which a controller answers HCI_Reset. */
function controllerPort(info?: WebSerialPortInfo): FakeSerialPort & { written: string } {
  const port = Object.assign(new FakeSerialPort(info), { written: '' });
  port.onWrite = (octets) => {
    port.written += toHex(octets);
    if (toHex(octets) === RESET) port.give(fromHex(COMPLETE));
  };
  return port;
}

async function open(port: FakeSerialPort, options: WebSerialOptions = {}) {
  const clock = new SimulatedClock();
  const transport = await webSerial(port, { clock, ...options });
  const recorder = new Recorder();
  const opened = await clock.run(transport.open(recorder));
  return { clock, transport, recorder, opened };
}

/** Chrome's `navigator.serial` with some ports, of which the user chooses the first. */
function browserWith(ports: FakeSerialPort[], choice: () => Promise<WebSerialPort> = async () => ports[0]!) {
  const requested: unknown[] = [];
  const serial = {
    requestPort: (options: unknown) => {
      requested.push(options);
      return choice();
    },
    getPorts: async () => ports as WebSerialPort[],
  };
  vi.stubGlobal('navigator', { serial });
  return { requested };
}

const create = async (text: string): Promise<HciTransport> =>
  webSerialFactory.create(parsePort(text), { clock: new SimulatedClock(), random: systemRandom });

describe('a Web Serial port', () => {
  it('is opened as asked for, and the controller found behind a boot log', async () => {
    const port = controllerPort();
    port.onWrite = (octets) => {
      if (toHex(octets) !== RESET) return;
      port.give(new TextEncoder().encode('*** Booting Zephyr OS build v4.0.0 ***\r\n'));
      port.give(fromHex(COMPLETE));
      port.give(fromHex('043e0c0201000001020304050600c0'));
    };
    const { recorder, opened } = await open(port, { baudRate: 115200, rtscts: true, dtr: 'off', rts: 'on' });
    expect(opened).toEqual({ resetDone: true, bootText: '*** Booting Zephyr OS build v4.0.0 ***\r\n' });
    expect(port.openings).toEqual([
      { baudRate: 115200, flowControl: 'hardware', parity: 'none', bufferSize: 65536 },
    ]);
    expect(port.signals).toEqual([{ dataTerminalReady: false, requestToSend: true }]);
    await recorder.until(() => recorder.packets.length > 0);
    expect(recorder.packets).toEqual(['043e0c0201000001020304050600c0']);
  });

  it('takes what came before anything was sent for a boot log, and not for lost packets', async () => {
    const port = controllerPort();
    const openPort = port.open.bind(port);
    port.open = async (options) => {
      await openPort(options);
      port.give(new TextEncoder().encode('ESP-ROM:esp32c3-api1-20210207\r\n'));
    };
    const { recorder, opened } = await open(port);
    expect(opened.bootText).toBe('ESP-ROM:esp32c3-api1-20210207\r\n');
    expect(recorder.diagnostics).toEqual([]);
  });

  it('is opened as its board wants it: an ESP32 behind a CP2102 is not reset by the lines, and gets short writes', async () => {
    const port = controllerPort({ usbVendorId: 0x10c4, usbProductId: 0xea60 });
    const { transport, clock } = await open(port);
    expect(port.openings[0]?.baudRate).toBe(921600);
    expect(port.signals).toEqual([{ dataTerminalReady: false, requestToSend: false }]);
    const pieces: string[] = [];
    port.onWrite = (octets) => pieces.push(toHex(octets));
    const acl = fromHex(`02402096${'00'.repeat(151)}`);
    transport.send(acl.slice());
    await clock.advance(1);
    expect(pieces.map((piece) => piece.length / 2)).toEqual([63, 63, 29]);
    expect(pieces.join('')).toBe(toHex(acl));
    expect(transport.writeBacklog).toBe(0);
  });

  it('says what answers instead of a controller, frees the port and leaves no timer', async () => {
    const port = new FakeSerialPort();
    port.onWrite = () => port.give(new TextEncoder().encode('>>> '));
    const clock = new SimulatedClock();
    const transport = await webSerial(port, { clock });
    const recorder = new Recorder();
    await expect(clock.run(transport.open(recorder))).rejects.toMatchObject({
      code: 'NO_HCI',
      message: expect.stringMatching(/^web-serial:2fe3:0004: .*Python/),
    });
    expect(port.opened).toBe(false);
    expect(recorder.closings).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['BufferOverrunError', 'lost-framing', /faster than the page took them/],
    ['FramingError', 'lost-framing', /without its stop bit.*baud rate/],
    ['ParityError', 'lost-framing', /wrong parity/],
    ['BreakError', 'warning', /a break came/],
  ])('goes on after a %s with a new reader, and tells it', async (name, kind, message) => {
    const port = controllerPort();
    const { clock, recorder, transport } = await open(port);
    for (let round = 1; round <= 3; round++) {
      port.fail(name);
      await clock.advance(1);
      port.give(fromHex(COMPLETE));
      await recorder.until(() => recorder.packets.length === round);
    }
    expect(recorder.diagnostics.length).toBe(3);
    expect(recorder.diagnostics[0]).toMatchObject({ kind, message: expect.stringMatching(message) });
    expect(recorder.closings).toEqual([]);
    await clock.run(transport.close());
    expect(port.opened).toBe(false);
  });

  it('is no fault of framing while the controller is still looked for', async () => {
    const port = controllerPort();
    let resets = 0;
    port.onWrite = () => {
      if (++resets < 3) port.fail('FramingError');
      else port.give(fromHex(COMPLETE));
    };
    const { recorder } = await open(port);
    expect(recorder.diagnostics.map(({ kind }) => kind)).toEqual(['warning', 'warning']);
  });

  it('gives up a line that brings nothing but errors, without end', async () => {
    const port = controllerPort();
    const { clock, recorder } = await open(port);
    for (let i = 0; i < 101; i++) {
      port.fail('FramingError');
      await clock.advance(1);
    }
    expect(recorder.closings).toEqual(['PORT_LOST']);
    expect(recorder.diagnostics.length).toBe(100);
  });

  it('is lost when the device is pulled out, also while it opens', async () => {
    const port = controllerPort();
    const { clock, recorder, transport } = await open(port);
    transport.send(fromHex('01010c080000000000000000'));
    port.unplug();
    await clock.advance(1);
    expect(recorder.closings).toEqual(['PORT_LOST']);
    expect(transport.writeBacklog).toBe(0);
    await clock.run(transport.close());
    expect(port.opened).toBe(false);

    const other = new FakeSerialPort();
    other.onWrite = () => other.unplug();
    const opening = await webSerial(other, { clock });
    const silent = new Recorder();
    await expect(clock.run(opening.open(silent))).rejects.toMatchObject({
      code: 'PORT_LOST',
      message: expect.stringMatching(/the port is gone.*unplugged/),
    });
    expect(silent.closings).toEqual([]);
  });

  it('closes within a second when RTS is held back for good, and gives both locks back', async () => {
    const port = controllerPort();
    const { clock, recorder, transport } = await open(port);
    port.hold();
    transport.send(fromHex(RESET));
    await clock.advance(1);
    expect(transport.writeBacklog).toBe(4);
    let isClosed = false;
    const closing = transport.close().then(() => {
      isClosed = true;
    });
    await clock.advance(499);
    expect(isClosed).toBe(false);
    await clock.advance(501);
    await closing;
    expect(recorder.closings).toEqual([undefined]);
  });

  it.each([
    ['InvalidStateError', 'PORT_BUSY', /the page has this port open already/],
    ['NetworkError', 'PORT_BUSY', /no other program or tab use it.*dialout/],
    ['NotSupportedError', 'PORT_SPEC', /does not take these settings/],
    ['UnknownError', 'TRANSPORT_ERROR', /cannot be opened/],
  ])('says what %s at opening means', async (name, code, message) => {
    const port = controllerPort();
    port.refusal = serialError(name);
    const transport = await webSerial(port, { clock: new SimulatedClock() });
    await expect(transport.open(new Recorder())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('web-serial:', () => {
  it('takes the port that the user gave to the page, and is told which when there are several', async () => {
    const nordic = controllerPort({ usbVendorId: 0x1366, usbProductId: 0x1051 });
    const zephyr = controllerPort({ usbVendorId: 0x2fe3, usbProductId: 0x0004 });
    browserWith([nordic]);
    expect((await create('web-serial:?baud=115200')).name).toBe('web-serial:?baud=115200');
    browserWith([nordic, zephyr]);
    await expect(create('web-serial:')).rejects.toMatchObject({
      code: 'PORT_SPEC',
      message: expect.stringMatching(/2 serial ports: web-serial:1366:1051, web-serial:2fe3:0004. Say which/),
    });
    for (const [text, port] of [
      ['web-serial:2FE3:0004', zephyr],
      ['web-serial:1', zephyr],
      ['web-serial:0', nordic],
    ] as const) {
      const clock = new SimulatedClock();
      const transport = await webSerialFactory.create(parsePort(text), { clock, random: systemRandom });
      const before = port.openings.length;
      await clock.run(transport.open(new Recorder()));
      expect(port.openings.length).toBe(before + 1);
      await clock.run(transport.close());
    }
  });

  it('says what is missing: Web Serial, a port given by the user, the device', async () => {
    const zephyr = controllerPort();
    vi.stubGlobal('navigator', {});
    await expect(create('web-serial:')).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/no Web Serial.*https.*Chrome, Edge/),
    });
    browserWith([]);
    await expect(create('web-serial:')).rejects.toMatchObject({
      message: expect.stringMatching(/given no serial port to this page. Call requestSerialController/),
    });
    browserWith([zephyr]);
    await expect(create('web-serial:1366:0001')).rejects.toMatchObject({
      message: expect.stringMatching(/none of the 1 serial ports/),
    });
    zephyr.connected = false;
    await expect(create('web-serial:')).rejects.toMatchObject({
      message: expect.stringMatching(/Is the device plugged in/),
    });
    await expect(create('web-serial:COM3')).rejects.toMatchObject({ code: 'PORT_SPEC' });
  });
});

describe('requestSerialController', () => {
  it('gives a function that opens the chosen port, and the same device when it is plugged in again', async () => {
    const ports = [controllerPort()];
    const { requested } = browserWith(ports);
    const clock = new SimulatedClock();
    const filters = [{ usbVendorId: 0x2fe3 }];
    const source = await requestSerialController({ filters, baudRate: 115200, clock });
    expect(requested).toEqual([{ filters }]);
    const transport = await source();
    await clock.run(transport.open(new Recorder()));
    expect(ports[0]?.openings[0]?.baudRate).toBe(115200);
    ports[0]?.unplug();
    await clock.advance(1000);
    // A browser makes a new object for it.
    ports.push(controllerPort({ usbVendorId: 0x1366, usbProductId: 1 }), controllerPort());
    const again = await source();
    await clock.run(again.open(new Recorder()));
    expect(ports.map(({ openings }) => openings.length)).toEqual([1, 0, 1]);
  });

  it('asks the browser before it waits for anything: the permission of a click does not last', () => {
    const { requested } = browserWith([controllerPort()]);
    void requestSerialController();
    expect(requested.length).toBe(1);
  });

  it('says that nothing was chosen, that it was no click, and that there is no Web Serial', async () => {
    browserWith([], () => Promise.reject(serialError('NotFoundError')));
    await expect(requestSerialController()).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: 'web-serial: no port was chosen',
    });
    browserWith([], () => Promise.reject(serialError('SecurityError')));
    await expect(requestSerialController()).rejects.toMatchObject({
      code: 'PORT_DENIED',
      message: expect.stringMatching(/only while a click or a key is handled/),
    });
    vi.stubGlobal('navigator', {});
    await expect(requestSerialController()).rejects.toMatchObject({ code: 'PORT_NOT_FOUND' });
  });
});
