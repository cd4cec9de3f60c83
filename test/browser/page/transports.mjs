import { Device, requestSerialController, streamTransport } from 'bluewire';
import { systemClock, systemRandom } from 'bluewire/core';
import { bridge } from 'bluewire/hci';
import { World } from 'bluewire/virtual';

/** Scans for the simulated heart rate sensor, connects, reads its name and a few measurements. */
async function useSensor(device) {
  for await (const report of device.scan()) {
    if (!report.connectable) continue;
    const connection = await device.connect(report);
    const [access] = await connection.gatt.discoverServices(0x1800);
    const [heartRate] = await connection.gatt.discoverServices(0x180d);
    if (!access || !heartRate) {
      await connection.disconnect();
      continue;
    }
    const name = (await access.discoverCharacteristics()).find(({ uuid }) => uuid.equals(0x2a00));
    const [measurement] = await heartRate.discoverCharacteristics();
    const beats = [];
    await new Promise((resolve) => {
      void measurement.subscribe((value) => {
        beats.push(value[1]);
        if (beats.length === 3) resolve();
      });
    });
    const text = new TextDecoder().decode(await name.read());
    await connection.disconnect();
    return { name: text, beats, mtu: connection.mtu };
  }
  throw new Error('the scan ended');
}

/** A device on any port: what it found, and the diagnostics that came. */
async function runOn(transport) {
  const diagnostics = [];
  const device = await Device.open({
    transport,
    recovery: false,
    onDiagnostic: ({ message }) => diagnostics.push(message),
  });
  const found = await useSensor(device);
  return { device, diagnostics, ...found };
}

/** A device over a WebSocket; waits until the other side goes, and gives the error of that. */
globalThis.overWebSocket = async (port, whenDone) => {
  const { device, diagnostics, name, beats } = await runOn(port);
  const closed = new Promise((resolve) => device.on('closed', resolve));
  await globalThis[whenDone]();
  const error = await closed;
  return { diagnostics, name, beats, error: error && { code: error.code, message: error.message } };
};

/** The error of a port that cannot be opened. */
globalThis.failureOf = async (port) => {
  try {
    await Device.open({ transport: port, recovery: false });
  } catch (error) {
    return { code: error.code, message: error.message };
  }
  return 'it opened';
};

/** What the browser's own Web Serial says to a page that asks without a click: while it is loaded, there was none. */
globalThis.askedWithoutClick = requestSerialController().then(
  () => 'it was given',
  ({ code, message }) => ({ code, message }),
);

/**
 * A `navigator.serial` with one port, which is played: a virtual controller is behind it, and it fails as told.
 * Streams are the browser's own.
 */
class PlayedSerialPort {
  openings = [];
  signals = [];
  readable = null;
  writable = null;
  #controller;
  #ending;
  #input;
  #fromDevice;

  constructor(controller) {
    this.#controller = controller;
  }

  getInfo() {
    return { usbVendorId: 0x2fe3, usbProductId: 0x0004 };
  }

  async open(options) {
    if (this.#ending) throw new DOMException('The port is already open.', 'InvalidStateError');
    this.openings.push(options);
    this.#ending = new AbortController();
    const toDevice = new TransformStream();
    this.#fromDevice = new TransformStream();
    this.writable = toDevice.writable;
    this.#newReadable();
    void this.#pump(this.#fromDevice.readable.getReader());
    this.boot?.(this);
    const far = await streamTransport({
      readable: toDevice.readable,
      writable: this.#fromDevice.writable,
    });
    bridge(far, this.#controller.transport(), { signal: this.#ending.signal }).catch(() => {});
  }

  async close() {
    if (this.readable?.locked || this.writable?.locked) throw new TypeError('a stream is locked');
    this.#ending?.abort();
    this.#ending = undefined;
    this.readable = null;
    this.writable = null;
  }

  async setSignals(signals) {
    this.signals.push(signals);
  }

  get isOpen() {
    return this.#ending !== undefined;
  }

  /** The line fails: the stream breaks, and there is another one. */
  fail(name) {
    const broken = this.#input;
    this.#newReadable();
    broken.error(new DOMException('played', name));
  }

  /** The device is pulled out. */
  unplug() {
    const broken = this.#input;
    this.readable = null;
    broken.error(new DOMException('The device has been lost.', 'NetworkError'));
  }

  say(text) {
    this.#input.enqueue(new TextEncoder().encode(text));
  }

  #newReadable() {
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#input = controller;
      },
    });
  }

  /** A serial port gives octets as they come: here in pieces of three. */
  async #pump(reader) {
    for (;;) {
      const { value, done } = await reader.read().catch(() => ({ done: true }));
      if (done || !this.readable) return;
      for (let at = 0; at < value.length; at += 3) this.#input.enqueue(value.slice(at, at + 3));
    }
  }
}

/** A device over Web Serial: opened twice, by a chooser and by a port string, with errors of the line and a loss. */
globalThis.overWebSerial = async () => {
  const world = await World.open({ clock: systemClock, random: systemRandom });
  const port = new PlayedSerialPort(world.controller('00:00:5E:00:53:01'));
  const serial = { requestPort: async () => port, getPorts: async () => [port] };
  Object.defineProperty(navigator, 'serial', { value: serial, configurable: true });

  port.boot = (played) => played.say('*** Booting Zephyr OS build v4.0.0 ***\r\n');
  const first = await runOn(await requestSerialController({ baudRate: 1_000_000, rtscts: true, dtr: 'on' }));
  port.fail('BreakError');
  const again = await useSensor(first.device);
  const { bootText } = first.device.controller;
  await first.device.close();
  const freed = !port.isOpen;

  port.boot = undefined;
  const second = await runOn('web-serial:2fe3:0004?baud=115200');
  const closed = new Promise((resolve) => second.device.on('closed', resolve));
  port.unplug();
  const error = await closed;
  await world.close();
  return {
    openings: port.openings,
    signals: port.signals,
    bootText,
    first: { name: first.name, beats: first.beats, diagnostics: first.diagnostics },
    again,
    freed,
    second: { name: second.name },
    error: { code: error.code, message: error.message },
  };
};

globalThis.ready = true;
