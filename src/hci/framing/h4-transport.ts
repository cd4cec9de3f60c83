import { type Clock, systemClock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { concatBytes } from '../../core/hex.js';
import { ResetHunt, type ResetHuntResult } from '../bringup/reset-hunt.js';
import type {
  HciTransport,
  HciTransportSink,
  TransportDiagnostic,
  TransportOpened,
} from '../transport/transport.js';
import type { ByteStream, ByteStreamSink } from './byte-stream.js';
import { H4Deframer, type H4Limits } from './h4-deframer.js';

/** Options of an {@link H4Transport}. */
export interface H4TransportOptions extends Partial<H4Limits> {
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /**
   * Whether opening sends HCI_Reset until its answer is found among the octets that come, as a serial port wants it: a
   * boot log or the end of a packet from before may come first; false.
   */
  readonly hunt?: boolean;
}

/** How often HCI_Reset is sent to find the boundaries of packets again, 200 ms apart. */
const RESETS = 5;
/** How often at opening: a board that starts needs its time. */
const RESETS_AT_OPENING = 10;

/** HCI packets over a byte stream by H4 (UART transport layer, Core Vol 4, Part A). */
export class H4Transport implements HciTransport {
  readonly name: string;
  private readonly stream: ByteStream;
  private readonly limits: Partial<H4Limits>;
  private sink: HciTransportSink | undefined;
  private deframer: H4Deframer | undefined;
  private pending: Uint8Array[] = [];
  private receiving = false;
  private flushQueued = false;
  private isClosed = false;
  private readonly clock: Clock;
  private readonly huntAtOpening: boolean;
  private hunt: ResetHunt | undefined;
  /** While it opens, who opens is told of an end, and nobody else. */
  private opening = false;
  private endedBy: TransportError | undefined;

  constructor(stream: ByteStream, { clock = systemClock, hunt = false, ...limits }: H4TransportOptions = {}) {
    this.huntAtOpening = hunt;
    this.name = stream.name;
    this.stream = stream;
    this.limits = limits;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.stream.writeBacklog;
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    if (this.sink) throw new TransportError(`${this.name}: a transport is opened once`, 'PORT_BUSY');
    if (this.isClosed) throw new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED');
    this.sink = sink;
    this.deframer = new H4Deframer(
      {
        packet: (type, bytes, start, end) => {
          // Who took the packet before it in the same chunk may have closed the port.
          if (!this.isClosed) sink.packet(type, bytes, start, end);
        },
        lost: (why, bytes, start, end) =>
          sink.diagnostic({
            kind: 'lost-framing',
            message: `${this.name}: H4 framing lost, ${why}: bytes were lost on the way (flow control? wrong baud rate?)`,
            bytes: bytes.slice(start, end),
          }),
        found: (dropped) =>
          sink.diagnostic({
            kind: 'framing',
            message: `${this.name}: H4 framing found again after ${dropped} octets`,
          }),
      },
      this.limits,
    );
    const streamSink = {
      data: (chunk: Uint8Array) => this.receive(chunk),
      closed: (error?: TransportError) => this.gone(error),
      diagnostic: (diagnostic: TransportDiagnostic) => this.tell(diagnostic),
    };
    return this.huntAtOpening
      ? this.openAndFind(streamSink)
      : { resetDone: false, ...(await this.stream.open(streamSink)) };
  }

  private async openAndFind(sink: ByteStreamSink): Promise<TransportOpened> {
    this.opening = true;
    // What comes before anything was sent belongs to the hunt: a boot log.
    const hunt = this.makeHunt(RESETS_AT_OPENING);
    try {
      const opened = await this.stream.open(sink);
      const { bootText } = await this.find(hunt);
      return { ...opened, resetDone: true, ...(bootText === undefined ? {} : { bootText }) };
    } catch (error) {
      await this.close();
      throw this.endedBy ?? error;
    } finally {
      this.opening = false;
    }
  }

  /** Sends HCI_Reset until its answer is found among the octets that come; packets begin behind it. */
  async resynchronise(): Promise<TransportOpened> {
    if (this.isClosed || !this.sink)
      throw new TransportError(`${this.name}: the port is closed`, 'PORT_CLOSED');
    this.hunt?.abort(new TransportError(`${this.name}: HCI_Reset is sent again`, 'NO_HCI'));
    this.pending = [];
    await this.find(this.makeHunt(RESETS));
    return { resetDone: true };
  }

  /** From here on octets are looked through for the answer of HCI_Reset. */
  private makeHunt(attempts: number): ResetHunt {
    this.hunt = new ResetHunt({
      clock: this.clock,
      name: this.name,
      write: (bytes) => this.stream.write(bytes),
      attempts,
    });
    return this.hunt;
  }

  private async find(hunt: ResetHunt): Promise<ResetHuntResult> {
    try {
      // It may have been aborted before it began.
      if (hunt.active) hunt.start();
      return await hunt.result;
    } finally {
      if (this.hunt === hunt) this.hunt = undefined;
    }
  }

  /** Octets that are lost while the boundaries are looked for lose nothing. */
  private tell(diagnostic: TransportDiagnostic): void {
    const harmless = this.hunt?.active && diagnostic.kind === 'lost-framing';
    this.sink?.diagnostic(harmless ? { ...diagnostic, kind: 'warning' } : diagnostic);
  }

  send(packet: Uint8Array): void {
    if (this.isClosed) return;
    this.pending.push(packet);
    // One write for all that is sent in the same turn: a system call costs more than everything above it.
    if (!this.receiving && !this.flushQueued) {
      this.flushQueued = true;
      queueMicrotask(this.flushLater);
    }
  }

  async close(): Promise<void> {
    if (!this.isClosed) this.flush();
    this.isClosed = true;
    this.hunt?.abort(new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED'));
    this.pending = [];
    await this.stream.close();
  }

  private readonly flushLater = (): void => {
    this.flushQueued = false;
    this.flush();
  };

  private flush(): void {
    const { pending } = this;
    if (pending.length === 0 || this.isClosed) return;
    if (pending.length === 1 || this.stream.hasMessages) {
      for (const packet of pending) this.stream.write(packet);
    } else {
      this.stream.write(concatBytes(...pending));
    }
    pending.length = 0;
  }

  private receive(chunk: Uint8Array): void {
    if (this.isClosed) return;
    this.receiving = true;
    try {
      if (this.hunt?.active) this.search(this.hunt, chunk);
      else this.deframer?.push(chunk);
    } finally {
      this.receiving = false;
      this.flush();
    }
  }

  private search(hunt: ResetHunt, chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; i++) {
      if (!hunt.push(chunk[i]!)) continue;
      this.deframer?.reset();
      if (i + 1 < chunk.length) this.deframer?.push(chunk.subarray(i + 1));
      return;
    }
  }

  private gone(error?: TransportError): void {
    this.hunt?.abort(error ?? new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED'));
    if (this.opening) {
      this.endedBy ??= error;
      this.isClosed = true;
      return;
    }
    if (this.isClosed && !error) {
      this.sink?.closed();
      return;
    }
    this.isClosed = true;
    this.pending = [];
    this.sink?.closed(error);
  }
}
