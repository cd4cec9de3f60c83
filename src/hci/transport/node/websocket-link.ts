import type { RawData, WebSocket } from 'ws';
import type { Clock, Timer } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import type { ByteStreamSink } from '../../framing/byte-stream.js';
import { closedByPeer, textRefused, tooLong } from '../websocket-options.js';
import { connectionLost, type SystemError } from './socket-errors.js';

/** How long the other side may take to answer the goodbye, in milliseconds. */
const LINGER_MS = 500;
const NORMAL = 1000;
const NO_TEXT = 1003;

/**
 * The traffic of an open WebSocket of the `ws` package, whoever connected it. What comes is one stream of octets, where
 * a message ends means nothing.
 */
export class WebSocketLink {
  private readonly name: string;
  private readonly socket: WebSocket;
  private readonly clock: Clock;
  private readonly pingMs: number;
  private sink: ByteStreamSink | undefined;
  private closing: Promise<void> | undefined;
  private error: TransportError | undefined;
  private timer: Timer | undefined;
  /** Whether something came since the last ping. */
  private alive = true;

  /** @param pingMs how often the other side is asked whether it is there; 0 never */
  constructor(name: string, socket: WebSocket, sink: ByteStreamSink, clock: Clock, pingMs: number) {
    this.name = name;
    this.socket = socket;
    this.sink = sink;
    this.clock = clock;
    this.pingMs = pingMs;
    socket.on('message', (data, isBinary) => this.message(data, isBinary));
    socket.on('pong', () => {
      this.alive = true;
    });
    socket.on('error', (error: SystemError) => {
      this.error ??=
        error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? tooLong(name) : connectionLost(name, error);
    });
    socket.on('close', (code, reason) => {
      this.end(
        this.error ?? (this.closing ? undefined : closedByPeer(this.name, code, reason.toString('utf8'))),
      );
    });
    this.watch();
  }

  /** The octets waiting, with the headers of the frames they lie in. */
  get writeBacklog(): number {
    return this.socket.bufferedAmount;
  }

  write(bytes: Uint8Array): void {
    // A socket that is on its way out would keep and count what it will never send.
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(bytes);
  }

  /** Says goodbye; resolves when the socket is closed. */
  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      const { socket } = this;
      if (socket.readyState === socket.CLOSED) {
        resolve();
        return;
      }
      const timer = this.clock.setTimeout(() => socket.terminate(), LINGER_MS);
      socket.once('close', () => {
        this.clock.clearTimeout(timer);
        resolve();
      });
      socket.close(NORMAL);
    });
    return this.closing;
  }

  private message(data: RawData, isBinary: boolean): void {
    this.alive = true;
    if (this.closing || this.error) return;
    if (isBinary) {
      const chunk = data as Buffer;
      this.sink?.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
      return;
    }
    this.error = textRefused(this.name);
    this.socket.close(NO_TEXT, 'HCI packets are binary');
    this.breakOffLater();
  }

  private watch(): void {
    if (this.pingMs === 0) return;
    this.timer = this.clock.setTimeout(() => {
      if (!this.alive) {
        this.error ??= new TransportError(
          `${this.name}: the other side has not answered a ping for ${this.pingMs / 1000} s`,
          'PORT_LOST',
        );
        this.socket.terminate();
        return;
      }
      this.alive = false;
      if (this.socket.readyState === this.socket.OPEN) this.socket.ping();
      this.watch();
    }, this.pingMs);
  }

  private breakOffLater(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = this.clock.setTimeout(() => this.socket.terminate(), LINGER_MS);
  }

  private end(error: TransportError | undefined): void {
    this.clock.clearTimeout(this.timer);
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }
}
