import { Duplex } from 'node:stream';
import type { SerialSettings } from '../../src/hci/transport/node/serial-settings.js';
import type { SerialPortLike } from '../../src/hci/transport/node/serial-stream.js';
import type { HciTransport } from '../../src/hci/transport/transport.js';

/** What sits at the other end of a serial port: gets what is written, and answers by `say`. */
export type Firmware = (octets: Uint8Array, say: (answer: Uint8Array | string) => void) => void;

/** A serial port of the tests: what serialport gives, with a firmware behind it. */
export class ScriptedPort extends Duplex implements SerialPortLike {
  isOpen = false;
  /** Each write as it came. */
  readonly writes: Uint8Array[] = [];
  /** Lines as they were set, in order. */
  readonly lines: { dtr: boolean; rts: boolean }[] = [];
  readonly path: string;
  readonly settings: SerialSettings;
  private readonly firmware: Firmware;
  private readonly failure: Error | undefined;
  private readonly greeting: string | Uint8Array | undefined;

  constructor(
    path: string,
    settings: SerialSettings,
    options: {
      firmware?: Firmware;
      failure?: Error | undefined;
      greeting?: string | Uint8Array | undefined;
    } = {},
  ) {
    super();
    this.path = path;
    this.settings = settings;
    this.firmware = options.firmware ?? (() => {});
    this.failure = options.failure;
    this.greeting = options.greeting;
  }

  open(callback: (error: Error | null) => void): void {
    queueMicrotask(() => {
      this.isOpen = this.failure === undefined;
      callback(this.failure ?? null);
      if (this.isOpen && this.greeting !== undefined) this.say(this.greeting);
    });
  }

  set(lines: { dtr: boolean; rts: boolean }, callback: (error: Error | null) => void): void {
    this.lines.push({ dtr: lines.dtr, rts: lines.rts });
    queueMicrotask(() => callback(null));
  }

  drain(callback: (error: Error | null) => void): void {
    queueMicrotask(() => callback(null));
  }

  close(callback: (error: Error | null) => void = () => {}): void {
    this.isOpen = false;
    queueMicrotask(() => {
      this.emit('close', null);
      callback(null);
    });
  }

  /** Octets come from the board. */
  say(octets: Uint8Array | string): void {
    if (this.isOpen)
      this.push(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : Buffer.from(octets));
  }

  /** The cable is pulled. */
  unplug(): void {
    this.isOpen = false;
    this.emit('close', Object.assign(new Error('Port is not open'), { disconnected: true }));
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    const octets = new Uint8Array(chunk);
    this.writes.push(octets);
    queueMicrotask(() => this.firmware(octets, (answer) => this.say(answer)));
    done();
  }
}

/** A firmware that speaks H4, with a controller behind it. */
export function h4Firmware(controller: HciTransport): Firmware {
  let say: ((answer: Uint8Array) => void) | undefined;
  let rest = new Uint8Array(0);
  const opened = controller.open({
    packet: (type, bytes, start, end) => say?.(Uint8Array.of(type, ...bytes.subarray(start, end))),
    diagnostic: () => {},
    closed: () => {},
  });
  return (octets, answer) => {
    say = answer;
    rest = Uint8Array.of(...rest, ...octets);
    void opened.then(() => {
      for (;;) {
        const length =
          rest[0] === 1
            ? 4 + (rest[3] ?? Number.POSITIVE_INFINITY)
            : 5 + (rest[3] ?? 0) + 256 * (rest[4] ?? 0);
        if (rest.length < 4 || rest.length < length) return;
        controller.send(rest.slice(0, length));
        rest = rest.slice(length);
      }
    });
  };
}
