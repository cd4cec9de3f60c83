import { type Clock, systemClock } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import { diagnose } from '../bringup/diagnosis.js';
import { PacketType } from '../packet-type.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../transport/transport.js';
import type { ByteStream } from './byte-stream.js';
import { H5Hold, HELD_UP_MS } from './h5-hold.js';
import { type H5Configuration, H5Link } from './h5-link.js';
import { type H5Options, h5Defaults } from './h5-options.js';
import {
  H5_MAX_PACKET,
  H5_MAX_PAYLOAD,
  H5_RELIABLE,
  type H5Header,
  H5Type,
  readH5Header,
  writeH5Packet,
} from './h5-packet.js';
import { H5Receiver } from './h5-receiver.js';
import { H5Sender } from './h5-sender.js';
import { H5SleepWatch } from './h5-sleep.js';
import { SlipDecoder, SlipEncoder } from './slip.js';

export type { H5Options };

/** Octets kept of what came before the link was active, for the diagnosis. */
const KEPT = 1024;
/** Octets that wait for XON, beyond which link control messages are dropped: the other side asks again. */
const MOST_HELD_UP = 4096;
const NOTHING = /* @__PURE__ */ new Uint8Array(0);

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
  /** SCO packets that were not sent, as the other side was asleep or held this one up. */
  droppedSco = 0;
  private readonly stream: ByteStream;
  private readonly options: H5Options & typeof h5Defaults;
  private readonly clock: Clock;
  private readonly link: H5Link;
  private readonly sender: H5Sender;
  private readonly receiver: H5Receiver;
  private readonly encoder = new SlipEncoder();
  private readonly decoder: SlipDecoder;
  private readonly header: H5Header = { seq: 0, ack: 0, reliable: false, type: 0, start: 0, end: 0 };
  private sink: HciTransportSink | undefined;
  private opening: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private seen: number[] = [];
  private isUsed = false;
  private readonly sleepWatch: H5SleepWatch;
  private readonly hold: H5Hold;
  private receiving = false;
  private flushQueued = false;
  private wasOpened = false;
  private wasEstablished = false;
  private over = false;
  private ending: TransportError | undefined;

  /** @throws {RangeError} when the window is not 1–7 */
  constructor(stream: ByteStream, options: H5Options = {}) {
    this.name = stream.name;
    this.stream = stream;
    this.clock = options.clock ?? systemClock;
    this.options = { ...h5Defaults, ...options };
    const { window, crc, flowControl, retransmitMs, retransmissions, ackDelayMs } = this.options;
    if (!Number.isInteger(window) || window < 1 || window > 7)
      throw new RangeError(`the window of a three-wire link is 1 to 7, not ${window}`);
    const { clock } = this;
    this.link = new H5Link({
      clock,
      offer: { window, crc, flowControl },
      send: (message) => this.sendControl(message),
      isUsed: () => this.isUsed,
      active: (configuration) => this.active(configuration),
      lost: (why, wasReset) => this.lose(why, wasReset ? 'CONTROLLER_RESET' : 'PORT_LOST'),
      awake: () => this.sender.resume(),
    });
    this.sender = new H5Sender({
      clock,
      retransmitMs,
      retransmissions,
      ready: () => this.isReady(),
      transmit: (seq, packet) => this.transmit(H5_RELIABLE | seq, packet),
      exhausted: () =>
        this.lose(
          `the controller does not acknowledge any more: ${this.sender.unacknowledged.length} packets were sent ` +
            `${retransmissions + 1} times. Is it still powered, was it restarted?`,
          'PORT_LOST',
        ),
    });
    this.sleepWatch = new H5SleepWatch(
      clock,
      this.options.sleepAfterMs,
      () => this.sender.isEmpty && !this.receiver.owes,
      () => this.link.sleep(),
    );
    this.hold = new H5Hold(
      clock,
      () => this.release(),
      () => this.diagnose('warning', `XOFF came and no XON for ${HELD_UP_MS} ms: sending goes on`),
    );
    this.receiver = new H5Receiver({ clock, ackDelayMs, sendAck: () => this.sendAck() });
    this.decoder = new SlipDecoder(
      {
        frame: (bytes, start, end) => this.frame(bytes, start, end),
        broken: (why, bytes, start, end) => this.broken(why, bytes, start, end),
        flow: (on) => this.hold.flow(on),
      },
      H5_MAX_PACKET,
    );
  }

  /** Packets that were sent again. */
  get retransmitted(): number {
    return this.sender.retransmitted;
  }

  /** Reliable packets that came twice, or too early, and were dropped. */
  get outOfSequence(): number {
    return this.receiver.outOfSequence;
  }

  get writeBacklog(): number {
    return this.sender.octets + this.encoder.size + this.stream.writeBacklog;
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    if (this.wasOpened) throw new TransportError(`${this.name}: a transport is opened once`, 'PORT_BUSY');
    this.wasOpened = true;
    this.sink = sink;
    try {
      const opened = await this.stream.open({
        data: (chunk) => this.receive(chunk),
        closed: (error) => this.gone(error),
        diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
      });
      await this.establish();
      if (this.over) throw this.closedError();
      this.wasEstablished = true;
      return { ...opened, resetDone: false };
    } catch (error) {
      this.sink = undefined;
      await this.close();
      throw error;
    }
  }

  /**
   * Establishes the link anew; the other side takes that for a restart of this one. Packets that wait are dropped. HCI
   * has to be reset then.
   */
  async resynchronise(): Promise<TransportOpened> {
    if (!this.over && this.sink) await this.establish();
    if (this.over || !this.sink) throw this.closedError();
    return { resetDone: false };
  }

  send(packet: Uint8Array): void {
    if (this.over) return;
    if (packet.length - 1 > H5_MAX_PAYLOAD) {
      this.diagnose('warning', `a packet of ${packet.length - 1} octets does not fit H5 and was not sent`);
      return;
    }
    if (packet[0] !== PacketType.sco || this.options.reliableSco) this.sender.push(packet);
    else if (this.isReady()) this.transmit(0, packet);
    else this.droppedSco++;
  }

  async close(): Promise<void> {
    if (!this.over) this.flush();
    this.stop();
    this.opening?.reject(this.closedError());
    await this.stream.close();
  }

  private async establish(): Promise<void> {
    if (this.over) throw this.closedError();
    const { clock } = this;
    const { establishMs } = this.options;
    this.opening?.reject(new TransportError(`${this.name}: the link is established anew`, 'NO_HCI'));
    this.sender.clear();
    this.hold.clear();
    this.encoder.take();
    this.configuration = undefined;
    this.encoder.flowControl = this.decoder.flowControl = false;
    this.receiver.start();
    this.seen = [];
    const active = new Promise<void>((resolve, reject) => {
      this.opening = { resolve, reject };
    });
    const { opening } = this;
    const timer = clock.setTimeout(() => opening?.reject(this.failure(establishMs)), establishMs);
    try {
      this.link.start();
      await active;
    } catch (error) {
      if (this.opening === opening) this.link.stop();
      throw error;
    } finally {
      clock.clearTimeout(timer);
      if (this.opening === opening) this.opening = undefined;
    }
  }

  private failure(ms: number): TransportError {
    if (this.link.hasSynchronised)
      return new TransportError(
        `${this.name}: the controller answers H5 SYNC, but no CONFIG for ${ms / 1000} s. Does the line lose much? Reset the board.`,
        'NO_HCI',
      );
    const { code, what, advice } = diagnose(Uint8Array.from(this.seen), 'h5');
    const more = code === 'garbage' ? ' Or the parity is: some chips want parity=even.' : '';
    return new TransportError(
      `${this.name}: ${what}. H5 SYNC was sent for ${ms / 1000} s without an answer. ${advice}${more}`,
      'NO_HCI',
    );
  }

  private active(configuration: H5Configuration): void {
    this.configuration = configuration;
    this.decoder.flowControl = this.encoder.flowControl = configuration.flowControl;
    this.receiver.start();
    this.isUsed = false;
    this.opening?.resolve();
    this.sender.start(configuration.window);
    this.sleepWatch.start();
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
      this.acknowledge();
      this.flush();
    }
  }

  private frame(bytes: Uint8Array, start: number, end: number): void {
    const { header, link } = this;
    const wrong = readH5Header(bytes, start, end, header);
    if (wrong !== undefined) {
      this.broken(wrong, bytes, start, end);
      return;
    }
    const { type } = header;
    if (type === H5Type.linkControl) {
      // Its acknowledgement number is passed over: some implementations always have 0 there.
      link.receive(bytes, header.start, header.end);
      return;
    }
    if (!link.isActive) return;
    if (this.sender.acknowledge(header.ack)) this.isUsed = true;
    if (type === H5Type.ack) return;
    link.heard();
    if (header.reliable && !this.receiver.take(header.seq)) return;
    this.isUsed = true;
    this.sleepWatch.used();
    // Two joined wires make a link with this side itself. Controllers send no commands.
    if (type === PacketType.command && this.isEcho(bytes, header.start, header.end)) {
      this.lose('what is sent comes back: TX and RX are joined, there is no controller', 'NO_HCI');
    } else if (type <= PacketType.iso) this.sink?.packet(type, bytes, header.start, header.end);
    else this.diagnose('warning', `a packet of H5 type ${type} came and was dropped`);
  }

  /** Whether a command is the one that this side has just sent. */
  private isEcho(bytes: Uint8Array, start: number, end: number): boolean {
    const [command] = this.sender.unacknowledged;
    if (command?.length !== end - start + 1 || command[0] !== PacketType.command) return false;
    for (let i = start; i < end; i++) if (bytes[i] !== command[i - start + 1]) return false;
    return true;
  }

  private acknowledge(): void {
    if (!this.over && !this.hold.isOn) this.receiver.settle(this.configuration?.window ?? 1);
  }

  private sendAck(): void {
    // When XON comes, what is owed is looked at again.
    if (!this.over && !this.hold.isOn)
      this.write(0, H5Type.ack, this.configuration?.crc ?? false, NOTHING, 0, 0);
  }

  /** Sends an HCI packet, H4 indicator first. */
  private transmit(first: number, packet: Uint8Array): void {
    this.sleepWatch.used();
    this.write(first, packet[0]!, this.configuration?.crc ?? false, packet, 1, packet.length);
  }

  private sendControl(message: Uint8Array): void {
    if (this.over || this.encoder.size > MOST_HELD_UP) return;
    this.write(0, H5Type.linkControl, false, message, 0, message.length);
  }

  private write(
    first: number,
    type: number,
    crc: boolean,
    payload: Uint8Array,
    start: number,
    end: number,
  ): void {
    writeH5Packet(this.encoder, first | (this.receiver.expected << 3), type, crc, payload, start, end);
    if (type !== H5Type.linkControl) this.receiver.acknowledged();
    // One write for all that is sent in the same turn: a system call costs more than everything above it.
    if (this.receiving || this.flushQueued) return;
    this.flushQueued = true;
    queueMicrotask(this.flushLater);
  }

  private readonly flushLater = (): void => {
    this.flushQueued = false;
    this.flush();
  };

  private flush(): void {
    if (this.encoder.size === 0 || this.over || this.hold.isOn) return;
    this.stream.write(this.encoder.take());
  }

  /** Whether packets may be sent; if not, the sender is told later. */
  private isReady(): boolean {
    const { link } = this;
    if (!link.isActive || this.hold.isOn) return false;
    if (link.isPeerAsleep) {
      link.wake();
      return false;
    }
    link.rouse();
    return true;
  }

  /** XON has come, or will not. */
  private release(): void {
    this.sender.resume();
    this.acknowledge();
    if (!this.receiving) this.flush();
  }

  private broken(why: string, bytes: Uint8Array, start: number, end: number): void {
    this.brokenFrames++;
    if (!this.link.isActive) return;
    const kept = bytes.slice(start, Math.min(end, start + 64));
    this.diagnose('framing', `H5: ${why}; the packet will be sent again`, kept);
  }

  private diagnose(kind: 'framing' | 'warning', message: string, bytes?: Uint8Array): void {
    this.sink?.diagnostic({ kind, message: `${this.name}: ${message}`, ...(bytes ? { bytes } : {}) });
  }

  private closedError(): TransportError {
    return this.ending ?? new TransportError(`${this.name}: the port is closed`, 'PORT_CLOSED');
  }

  /** The link is over for a reason that the stream does not know of. */
  private lose(why: string, code: string): void {
    if (this.over) return;
    this.gone(new TransportError(`${this.name}: ${why}`, code));
    this.stream.close().catch(() => {});
  }

  private gone(error: TransportError | undefined): void {
    this.stop();
    this.ending ??= error;
    // While the link is being established for the first time, whoever opens it is told, and nobody else.
    this.opening?.reject(this.closedError());
    // Once: the stream tells of its end as well when this side closes it.
    const { sink } = this;
    this.sink = undefined;
    if (this.wasEstablished) sink?.closed(error);
  }

  private stop(): void {
    this.over = true;
    this.link.stop();
    this.sender.clear();
    this.receiver.stop();
    this.sleepWatch.stop();
    this.hold.stop();
  }
}
