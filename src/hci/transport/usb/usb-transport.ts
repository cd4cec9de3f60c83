import type { Clock, Timer } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import { PacketType, type PacketTypeCode } from '../../packet-type.js';
import type { HciTransport, HciTransportSink, TransportDiagnostic, TransportOpened } from '../transport.js';
import { CommandPipe } from './command-pipe.js';
import { type UsbDevice, UsbError } from './device.js';
import { EventFirst } from './event-first.js';
import type { HciFunction } from './hci-function.js';
import { InPipe } from './in-pipe.js';
import { knownController } from './known.js';
import { OutPipe } from './out-pipe.js';
import { PacketJoiner } from './packet-joiner.js';

/** A device and where HCI is in it. */
export interface FoundController {
  readonly device: UsbDevice;
  readonly hci: HciFunction;
}

/** What a {@link UsbTransport} needs. */
export interface UsbTransportOptions {
  readonly clock: Clock;
  /**
   * Finds the controller, at opening.
   * @throws {TransportError} when there is none, or more than one
   */
  readonly find: () => Promise<FoundController>;
  /** Makes the error for a device that cannot be had: what happened, and what to do. */
  readonly explain: (device: UsbDevice, error: UsbError) => TransportError;
}

/** What went wrong on the way of packets since opening. */
export interface UsbCounters {
  /** Transfers that failed: halted endpoints, overflows, errors. */
  failedTransfers: number;
  /** Times that octets were lost, and with them the boundaries of packets. */
  lostFraming: number;
  /** SCO packets that were to be sent. */
  refusedSco: number;
}

/** Transfers that are kept pending: of events, which are few, and of data, at one USB packet each. */
const EVENT_TRANSFERS = 4;
const DATA_IN_TRANSFERS = 16;
const DATA_OUT_TRANSFERS = 4;
/** Milliseconds that closing waits for what is still to be sent, and then for transfers to end. */
const DRAIN = 500;
const CANCEL = 1500;
/** Milliseconds after the first command without any event, after which it is worth a word. */
const SILENT = 2000;

/** HCI over USB: Core Vol 4, Part B. Commands by endpoint 0, events by interrupt, ACL and ISO data by bulk transfers. */
export class UsbTransport implements HciTransport {
  readonly name: string;
  readonly counters: UsbCounters = { failedTransfers: 0, lostFraming: 0, refusedSco: 0 };
  private readonly options: UsbTransportOptions;
  private state: 'new' | 'opening' | 'open' | 'closing' | 'closed' = 'new';
  private sink: HciTransportSink | undefined;
  private device: UsbDevice | undefined;
  private eventPipe: InPipe | undefined;
  private dataIn: InPipe | undefined;
  private dataOut: OutPipe | undefined;
  private commands: CommandPipe | undefined;
  private order: EventFirst | undefined;
  private unwatch: (() => void) | undefined;
  private silence: Timer | undefined;
  /** Whether any event has come. */
  private answered = false;
  private ending: Promise<void> | undefined;
  private wake: (() => void) | undefined;

  constructor(name: string, options: UsbTransportOptions) {
    this.name = name;
    this.options = options;
  }

  get writeBacklog(): number {
    return (this.commands?.backlog ?? 0) + (this.dataOut?.backlog ?? 0);
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    if (this.state !== 'new') {
      const error = new TransportError(`${this.name}: a transport is opened once`, 'PORT_BUSY');
      return Promise.reject(error);
    }
    this.state = 'opening';
    const opening = this.openNow(sink);
    this.ending = opening.then(
      () => {},
      () => {},
    );
    return opening;
  }

  send(packet: Uint8Array): void {
    if (this.state !== 'open') return;
    switch (packet[0]) {
      case PacketType.command:
        this.order!.command(packet);
        this.expectAnswer();
        this.commands!.send(packet.subarray(1));
        break;
      case PacketType.acl:
      case PacketType.iso:
        this.dataOut!.send(packet.subarray(1));
        break;
      default:
        this.refuse(packet[0]!);
    }
  }

  /** As of {@link HciTransport}: what was sent before still goes out, for half a second at most. */
  close(): Promise<void> {
    if (this.state === 'open') {
      this.state = 'closing';
      this.ending = this.end(undefined, true);
    } else if (this.state === 'new') this.state = 'closed';
    // Opening notices it, and gives the device back.
    else if (this.state === 'opening') this.state = 'closing';
    return this.ending ?? Promise.resolve();
  }

  private is(state: string): boolean {
    return this.state === state;
  }

  private async openNow(sink: HciTransportSink): Promise<TransportOpened> {
    let device: UsbDevice | undefined;
    try {
      const found = await this.options.find();
      device = found.device;
      await device.open();
      this.device = device;
      await device.claim(found.hci.interfaceNumber, found.hci.alternateSetting);
      if (!this.is('opening')) throw new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED');
      this.sink = sink;
      this.state = 'open';
      this.begin(device, found.hci);
      return { resetDone: false };
    } catch (error) {
      this.sink = undefined;
      this.state = 'closing';
      await this.end(undefined, false);
      throw device && error instanceof UsbError ? this.options.explain(device, error) : error;
    }
  }

  /** @throws {UsbError} when reading cannot begin */
  private begin(device: UsbDevice, hci: HciFunction): void {
    const { clock } = this.options;
    const order = new EventFirst({
      clock,
      packet: (type, bytes, start, end) => this.packet(type, bytes, start, end),
      report: (message, bytes) => this.tell('warning', message, bytes),
    });
    this.order = order;
    const failed = (what: string) => {
      this.counters.failedTransfers++;
      this.tell('framing', what);
    };
    const broken = (why: string, cause?: unknown) =>
      this.lost(`${why}. Was the device unplugged, or has it restarted?`, cause);
    const idle = () => this.wake?.();
    const lost = (message: string, bytes: Uint8Array) => this.lostOctets(message, bytes);
    const events = new PacketJoiner({
      clock,
      header: 2,
      // No event has the code 0.
      lengthOf: (bytes, at) => (bytes[at] === 0 ? -1 : bytes[at + 1]!),
      packet: (bytes, start, end) => {
        if (this.is('open')) order.event(bytes, start, end);
      },
      lost,
    });
    const data = new PacketJoiner({
      clock,
      header: 4,
      lengthOf: (bytes, at) => {
        const handle = (bytes[at]! | (bytes[at + 1]! << 8)) & 0x0fff;
        if (handle > 0x0eff) return -1;
        const length = bytes[at + 2]! | (bytes[at + 3]! << 8);
        // The two highest bits of ISO data are reserved (Core Vol 4, Part E, 5.4.5).
        return order.isIso(handle) ? length & 0x3fff : length;
      },
      packet: (bytes, start, end) => {
        if (this.is('open')) order.data(bytes, start, end);
      },
      lost,
    });
    const inPipe = (endpoint: HciFunction['events'], transfers: number, joiner: PacketJoiner) =>
      new InPipe({
        device,
        endpoint,
        transfers,
        clock,
        data: (bytes, length) => joiner.push(bytes, length),
        failed: (what, status) => {
          failed(what);
          // What overflowed was thrown away by the host controller; a packet that has begun can not be ended then.
          if (status === 'overflow' && !joiner.inside) this.lostOctets(what);
          joiner.drop(`${what}, within a packet`);
        },
        broken,
        idle,
      });
    this.eventPipe = inPipe(hci.events, EVENT_TRANSFERS, events);
    this.dataIn = inPipe(hci.dataIn, DATA_IN_TRANSFERS, data);
    const outFailed = (what: string) => {
      failed(what);
      this.lostOctets(what);
    };
    this.dataOut = new OutPipe({
      device,
      endpoint: hci.dataOut,
      transfers: DATA_OUT_TRANSFERS,
      failed: outFailed,
      broken,
      idle,
    });
    this.commands = new CommandPipe({ device, hci, failed, broken, idle });
    this.unwatch = device.onGone(() => this.lost('the controller was unplugged, or it restarted'));
    this.eventPipe.start();
    this.dataIn.start();
  }

  private packet(type: PacketTypeCode, bytes: Uint8Array, start: number, end: number): void {
    if (this.state !== 'open') return;
    if (!this.answered) {
      this.answered = true;
      this.options.clock.clearTimeout(this.silence);
    }
    this.sink!.packet(type, bytes, start, end);
  }

  private tell(kind: TransportDiagnostic['kind'], message: string, bytes?: Uint8Array): void {
    if (this.state !== 'open') return;
    this.sink!.diagnostic({ kind, message: `${this.name}: ${message}`, ...(bytes ? { bytes } : {}) });
  }

  private lostOctets(message: string, bytes?: Uint8Array): void {
    this.counters.lostFraming++;
    this.tell('lost-framing', message, bytes);
  }

  private refuse(type: number): void {
    if (this.counters.refusedSco++ > 0) return;
    this.tell(
      'warning',
      type === PacketType.sco
        ? 'SCO data is not sent over USB: it needs isochronous transfers, which this transport does not do'
        : `a packet of type ${type} is not sent over USB`,
    );
  }

  /** A controller that is silent from the start lacks its firmware, as a rule, or has to be plugged in anew. */
  private expectAnswer(): void {
    if (this.answered || this.silence !== undefined) return;
    this.silence = this.options.clock.setTimeout(() => {
      if (this.answered || !this.device) return;
      const { vendorId, productId } = this.device.description;
      const { note } = knownController(vendorId, productId);
      this.tell(
        'warning',
        `no event has come within ${SILENT} ms of the first command. Unplug the controller and plug it in again${note === '' ? '' : `. ${note}`}`,
      );
    }, SILENT);
  }

  /** The device is gone: told once. */
  private lost(why: string, cause?: unknown): void {
    if (this.state !== 'open') return;
    this.state = 'closing';
    const error = new TransportError(`${this.name}: ${why}`, 'PORT_LOST', { cause });
    this.ending = this.end(error, false);
  }

  private async end(error: TransportError | undefined, drain: boolean): Promise<void> {
    const { clock } = this.options;
    const sink = this.sink;
    this.unwatch?.();
    clock.clearTimeout(this.silence);
    this.order?.clear();
    if (drain) await this.until(() => this.writeBacklog === 0, DRAIN);
    this.eventPipe?.stop();
    this.dataIn?.stop();
    this.dataOut?.stop();
    this.commands?.stop();
    await this.until(() => this.pending() === 0, CANCEL);
    await this.release();
    this.state = 'closed';
    // Whoever hears of the loss may open the device again at once: it has to be free by then.
    sink?.closed(error);
  }

  private pending(): number {
    const { eventPipe, dataIn, dataOut, commands } = this;
    return (
      (eventPipe?.pending ?? 0) + (dataIn?.pending ?? 0) + (dataOut?.pending ?? 0) + (commands?.pending ?? 0)
    );
  }

  /** Waits for a condition that changes with the end of transfers. */
  private async until(condition: () => boolean, withinMs: number): Promise<void> {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const timer = this.options.clock.setTimeout(resolve, withinMs);
      this.wake = () => {
        if (!condition()) return;
        this.options.clock.clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }

  private async release(): Promise<void> {
    const { device } = this;
    this.device = undefined;
    await device?.close();
  }
}
