import { type Clock, systemClock, type Timer } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { concatBytes } from '../../core/hex.js';
import { diagnose } from '../bringup/diagnosis.js';
import { PacketType } from '../packet-type.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../transport/transport.js';
import type { ByteStream } from './byte-stream.js';
import { type H5Configuration, H5Link } from './h5-link.js';
import { H5_MAX_PACKET, H5_MAX_PAYLOAD, type H5Header, H5Type, h5Decode, h5Encode } from './h5-packet.js';
import { SlipDecoder, slipEncode } from './slip.js';

/** Options of an {@link H5Transport}. */
export interface H5Options {
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /** The window to offer, 1–7; 4. */
  readonly window?: number;
  /** Whether to offer a CRC on each packet; true. */
  readonly crc?: boolean;
  /** Whether to offer that XON and XOFF hold this side up; false. */
  readonly flowControl?: boolean;
  /** How long the other side may take to answer at opening, in milliseconds; 3000. */
  readonly establishMs?: number;
  /** Milliseconds without acknowledgement after which packets are sent again; 250. */
  readonly retransmitMs?: number;
  /** How often that may happen without any acknowledgement before the link counts as lost; 20. */
  readonly retransmissions?: number;
  /** Milliseconds without anything to send after which this side says that it sleeps; never without. */
  readonly sleepAfterMs?: number;
}

/** Octets kept of what came before the link was active, for the diagnosis. */
const KEPT = 256;
/** An XOFF that is followed by no XON within so many milliseconds is taken for a damaged octet. */
const HELD_UP_MS = 2000;

interface Unacknowledged {
  readonly seq: number;
  /** The packet, H4 indicator first. */
  readonly packet: Uint8Array;
}

/**
 * HCI packets over three wires (H5): Core Vol 4, Part D. Packets are acknowledged and sent again, so that a line without
 * flow control can lose octets without loss of packets; with a CRC it may also change them.
 */
export class H5Transport implements HciTransport {
  readonly name: string;
  /** What both sides agreed on; `undefined` before. */
  configuration: H5Configuration | undefined;
  /** Frames that were thrown away. */
  brokenFrames = 0;
  /** Packets that were sent again. */
  retransmitted = 0;
  private readonly stream: ByteStream;
  private readonly options: Required<Omit<H5Options, 'sleepAfterMs'>> & Pick<H5Options, 'sleepAfterMs'>;
  private readonly clock: Clock;
  private readonly link: H5Link;
  private readonly decoder: SlipDecoder;
  private readonly header: H5Header = { seq: 0, ack: 0, reliable: false, type: 0, start: 0, end: 0 };
  private sink: HciTransportSink | undefined;
  private opening: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private readonly seen: number[] = [];
  /** Packets that have no place in the window yet. */
  private readonly waiting: Uint8Array[] = [];
  private unacknowledged: Unacknowledged[] = [];
  private nextSeq = 0;
  private expected = 0;
  private owesAck = false;
  private tries = 0;
  private timer: Timer | undefined;
  private sleepTimer: Timer | undefined;
  private heldUp: Timer | undefined;
  private output: Uint8Array[] = [];
  private receiving = false;
  private flushQueued = false;
  private wasOpened = false;
  private over = false;

  constructor(stream: ByteStream, options: H5Options = {}) {
    this.name = stream.name;
    this.stream = stream;
    this.clock = options.clock ?? systemClock;
    this.options = {
      clock: this.clock,
      window: options.window ?? 4,
      crc: options.crc ?? true,
      flowControl: options.flowControl ?? false,
      establishMs: options.establishMs ?? 3000,
      retransmitMs: options.retransmitMs ?? 250,
      retransmissions: options.retransmissions ?? 20,
      ...(options.sleepAfterMs === undefined ? {} : { sleepAfterMs: options.sleepAfterMs }),
    };
    const { window, crc, flowControl } = this.options;
    this.link = new H5Link({
      clock: this.clock,
      offer: { window, crc, flowControl },
      send: (message) =>
        this.write({ seq: 0, ack: 0, reliable: false, type: H5Type.linkControl }, message, 0, false),
      active: (configuration) => this.active(configuration),
      peerReset: () =>
        this.lose(new TransportError(`${this.name}: the controller restarted (H5 SYNC)`, 'PORT_LOST')),
      awake: () => this.pump(),
    });
    this.decoder = new SlipDecoder(
      {
        frame: (bytes, length) => this.frame(bytes, length),
        broken: (why) => this.broken(why),
        flow: (on) => this.flow(on),
      },
      H5_MAX_PACKET,
    );
  }

  get writeBacklog(): number {
    const size = (sum: number, { length }: Uint8Array) => sum + length;
    const queued = this.waiting.reduce(size, 0) + this.output.reduce(size, 0);
    return (
      queued + this.unacknowledged.reduce((sum, { packet }) => sum + packet.length, this.stream.writeBacklog)
    );
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    if (this.wasOpened) throw new TransportError(`${this.name}: a transport is opened once`, 'PORT_BUSY');
    this.wasOpened = true;
    this.sink = sink;
    await this.stream.open({
      data: (chunk) => this.receive(chunk),
      closed: (error) => this.gone(error),
    });
    const { establishMs } = this.options;
    const active = new Promise<void>((resolve, reject) => {
      this.opening = { resolve, reject };
    });
    const timer = this.clock.setTimeout(() => this.opening?.reject(this.failure(establishMs)), establishMs);
    try {
      if (!this.over) this.link.start();
      await active;
    } catch (error) {
      this.sink = undefined;
      await this.close();
      throw error;
    } finally {
      this.clock.clearTimeout(timer);
      this.opening = undefined;
    }
    return { resetDone: false };
  }

  send(packet: Uint8Array): void {
    if (this.over) return;
    if (packet.length - 1 > H5_MAX_PAYLOAD) {
      this.diagnose('warning', `a packet of ${packet.length - 1} octets does not fit H5 and was not sent`);
      return;
    }
    if (packet[0] === PacketType.sco) this.unreliable(packet);
    else {
      this.waiting.push(packet);
      this.pump();
    }
  }

  async close(): Promise<void> {
    if (!this.over) this.flush();
    this.stop();
    this.opening?.reject(new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED'));
    await this.stream.close();
  }

  private failure(ms: number): TransportError {
    const { what, advice } = diagnose(Uint8Array.from(this.seen), 'h5');
    return new TransportError(
      `${this.name}: ${what}. H5 SYNC was sent for ${ms / 1000} s without an answer. ${advice}`,
      'NO_HCI',
    );
  }

  private active(configuration: H5Configuration): void {
    this.configuration = configuration;
    this.decoder.flowControl = configuration.flowControl;
    this.nextSeq = 0;
    this.expected = 0;
    this.opening?.resolve();
  }

  private receive(chunk: Uint8Array): void {
    if (this.over) return;
    if (!this.link.isActive)
      for (let i = 0; i < chunk.length && this.seen.length < KEPT; i++) this.seen.push(chunk[i]!);
    this.receiving = true;
    try {
      this.decoder.push(chunk);
    } finally {
      this.receiving = false;
      // What is sent in answer carries the acknowledgement; else it goes by itself.
      if (this.owesAck && !this.over) this.write({ ...this.plain(), type: H5Type.ack }, NOTHING, 0, this.crc);
      this.flush();
    }
  }

  private frame(bytes: Uint8Array, length: number): void {
    const { header } = this;
    const wrong = h5Decode(bytes, length, header);
    if (wrong !== undefined) {
      this.broken(wrong);
      return;
    }
    if (header.type === H5Type.linkControl) {
      this.link.receive(bytes, header.start, header.end);
      return;
    }
    if (!this.link.isActive) return;
    this.link.heard();
    this.acknowledged(header.ack);
    if (header.type === H5Type.ack) return;
    if (header.reliable) {
      // A packet twice, or one whose predecessor was lost: the sender is told what is expected.
      this.owesAck = true;
      if (header.seq !== this.expected) return;
      this.expected = (this.expected + 1) & 7;
    }
    if (header.type >= 1 && header.type <= 5) this.sink?.packet(header.type, bytes, header.start, header.end);
    else this.diagnose('warning', `a packet of H5 type ${header.type} came and was dropped`);
  }

  /** The other side expects `ack` next: all before it has arrived. */
  private acknowledged(ack: number): void {
    const { unacknowledged } = this;
    const index = unacknowledged.findIndex(({ seq }) => ((seq + 1) & 7) === ack);
    if (index < 0) return;
    this.unacknowledged = unacknowledged.slice(index + 1);
    this.tries = 0;
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    if (this.unacknowledged.length > 0) this.await();
    this.pump();
  }

  /** Sends what has a place in the window. */
  private pump(): void {
    if (!this.configuration || this.over || this.waiting.length === 0) return;
    if (this.link.isAsleep) {
      this.link.wake();
      return;
    }
    while (this.waiting.length > 0 && this.unacknowledged.length < this.configuration.window) {
      const one = { seq: this.nextSeq, packet: this.waiting.shift()! };
      this.nextSeq = (this.nextSeq + 1) & 7;
      this.unacknowledged.push(one);
      this.transmit(one);
    }
    this.await();
  }

  private transmit({ seq, packet }: Unacknowledged): void {
    this.write({ seq, ack: this.expected, reliable: true, type: packet[0]! }, packet, 1, this.crc);
  }

  private unreliable(packet: Uint8Array): void {
    if (this.link.isActive) this.write({ ...this.plain(), type: packet[0]! }, packet, 1, this.crc);
  }

  private plain() {
    return { seq: 0, ack: this.expected, reliable: false };
  }

  private get crc(): boolean {
    return this.configuration?.crc ?? false;
  }

  /** Waits for an acknowledgement. */
  private await(): void {
    this.clock.clearTimeout(this.sleepTimer);
    this.timer ??= this.clock.setTimeout(() => this.expired(), this.options.retransmitMs);
  }

  private expired(): void {
    this.timer = undefined;
    if (this.heldUp !== undefined) {
      // Who holds this side up has not got them, and need not have acknowledged.
      this.await();
      return;
    }
    if (++this.tries > this.options.retransmissions) {
      this.lose(
        new TransportError(
          `${this.name}: the controller does not acknowledge any more: ${this.unacknowledged.length} packets were sent ` +
            `${this.options.retransmissions + 1} times`,
          'PORT_LOST',
        ),
      );
      return;
    }
    for (const one of this.unacknowledged) {
      this.retransmitted++;
      this.transmit(one);
    }
    this.await();
  }

  private write(
    header: Parameters<typeof h5Encode>[0],
    payload: Uint8Array,
    start: number,
    crc: boolean,
  ): void {
    if (header.type !== H5Type.linkControl) this.owesAck = false;
    const packet = h5Encode(header, payload, start, crc);
    this.output.push(slipEncode(packet, this.configuration?.flowControl));
    if (!this.receiving && !this.flushQueued) {
      this.flushQueued = true;
      queueMicrotask(() => {
        this.flushQueued = false;
        this.flush();
      });
    }
  }

  private flush(): void {
    const { output } = this;
    if (output.length === 0 || this.over || this.heldUp !== undefined) return;
    const bytes = output.length === 1 ? output[0]! : concatBytes(...output);
    output.length = 0;
    this.stream.write(bytes);
    this.idle();
  }

  private idle(): void {
    const { sleepAfterMs } = this.options;
    if (sleepAfterMs === undefined || this.unacknowledged.length > 0 || this.waiting.length > 0) return;
    this.clock.clearTimeout(this.sleepTimer);
    if (!this.link.isActive) return;
    this.sleepTimer = this.clock.setTimeout(() => this.link.sleep(), sleepAfterMs);
  }

  /** XON or XOFF (10). */
  private flow(on: boolean): void {
    this.clock.clearTimeout(this.heldUp);
    this.heldUp = undefined;
    if (on) {
      this.flush();
      return;
    }
    this.heldUp = this.clock.setTimeout(() => {
      this.heldUp = undefined;
      this.diagnose('warning', `XOFF came and no XON for ${HELD_UP_MS} ms: sending goes on`);
      this.flush();
    }, HELD_UP_MS);
  }

  private broken(why: string): void {
    this.brokenFrames++;
    if (this.link.isActive) this.diagnose('framing', `H5: ${why}; it will be sent again`);
  }

  private diagnose(kind: 'framing' | 'warning', message: string): void {
    this.sink?.diagnostic({ kind, message: `${this.name}: ${message}` });
  }

  /** The link is over for a reason that the stream does not know of. */
  private lose(error: TransportError): void {
    if (this.over) return;
    this.gone(error);
    this.stream.close().catch(() => {});
  }

  private gone(error: TransportError | undefined): void {
    this.stop();
    if (this.opening) {
      this.opening.reject(error ?? new TransportError(`${this.name}: the port was closed`, 'PORT_CLOSED'));
      return;
    }
    // Once: the stream tells of its end as well when this side closes it.
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }

  private stop(): void {
    this.over = true;
    this.link.stop();
    for (const timer of [this.timer, this.sleepTimer, this.heldUp]) this.clock.clearTimeout(timer);
    this.waiting.length = 0;
    this.unacknowledged = [];
    this.output = [];
  }
}

const NOTHING = new Uint8Array(0);
