import type {
  WebSerialOpenOptions,
  WebSerialPort,
  WebSerialPortInfo,
} from '../../src/hci/transport/web-serial-port.js';

/** The errors of Web Serial have names and nothing else. */
export function serialError(name: string): DOMException {
  return new DOMException(`the line says ${name}`, name);
}

/**
 * A `SerialPort` as Web Serial specifies it (https://wicg.github.io/serial/): it makes a new readable after each error
 * of the line, has none when the device went, and refuses to close while a stream of it is locked.
 */
export class FakeSerialPort implements WebSerialPort {
  connected = true;
  /** What the port was opened with, each time. */
  readonly openings: WebSerialOpenOptions[] = [];
  readonly signals: object[] = [];
  /** What the next `open` fails with. */
  refusal: DOMException | undefined;
  /** Takes what the page wrote. */
  onWrite: (octets: Uint8Array) => void = () => {};
  private readonly info: WebSerialPortInfo;
  private input: ReadableStream<Uint8Array> | null = null;
  private output: WritableStream<Uint8Array> | null = null;
  private controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  private outputController: WritableStreamDefaultController | undefined;
  private gate: Promise<void> | undefined;
  private openGate: (() => void) | undefined;
  private isOpen = false;

  constructor(info: WebSerialPortInfo = { usbVendorId: 0x2fe3, usbProductId: 0x0004 }) {
    this.info = info;
  }

  get readable(): ReadableStream<Uint8Array> | null {
    if (!this.input && this.isOpen && this.connected) {
      this.input = new ReadableStream<Uint8Array>({
        start: (controller) => {
          this.controller = controller;
        },
        cancel: () => {
          this.input = null;
        },
      });
    }
    return this.input;
  }

  get writable(): WritableStream<Uint8Array> | null {
    if (!this.output && this.isOpen && this.connected) {
      this.output = new WritableStream<Uint8Array>({
        start: (controller) => {
          this.outputController = controller;
        },
        write: async (chunk) => {
          await this.gate;
          this.onWrite(chunk);
        },
        close: () => {
          this.output = null;
        },
        abort: () => {
          this.output = null;
        },
      });
    }
    return this.output;
  }

  async open(options: WebSerialOpenOptions): Promise<void> {
    if (this.isOpen) throw serialError('InvalidStateError');
    if (this.refusal) throw this.refusal;
    if (!this.connected) throw serialError('NetworkError');
    this.openings.push(options);
    this.isOpen = true;
  }

  async close(): Promise<void> {
    if (!this.isOpen) throw serialError('InvalidStateError');
    if (this.input?.locked || this.output?.locked) throw new TypeError('a stream of the port is locked');
    this.release();
    this.isOpen = false;
    this.input = null;
    this.output = null;
  }

  async setSignals(signals: object): Promise<void> {
    this.signals.push(signals);
  }

  getInfo(): WebSerialPortInfo {
    return this.info;
  }

  get opened(): boolean {
    return this.isOpen;
  }

  /** Octets come from the device. */
  give(octets: Uint8Array): void {
    void this.readable;
    this.controller?.enqueue(octets.slice());
  }

  /** The line fails in a way that the port survives: the stream breaks, the port has another one. */
  fail(name: string): void {
    const { controller } = this;
    this.input = null;
    controller?.error(serialError(name));
  }

  /** The device is pulled out. */
  unplug(): void {
    this.connected = false;
    const { controller, outputController } = this;
    this.input = null;
    this.output = null;
    controller?.error(serialError('NetworkError'));
    outputController?.error(serialError('NetworkError'));
  }

  /** The device holds RTS back: nothing is taken before {@link release}. */
  hold(): void {
    this.gate = new Promise((resolve) => {
      this.openGate = resolve;
    });
  }

  release(): void {
    this.openGate?.();
    this.gate = undefined;
  }
}
