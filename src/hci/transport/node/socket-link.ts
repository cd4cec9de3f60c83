import type { Socket } from 'node:net';
import type { Clock } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import type { ByteStreamSink } from '../../framing/byte-stream.js';
import { connectionLost, type SystemError } from './socket-errors.js';

/** How long what was written last may take to go out at closing, in milliseconds: the other side may have stopped reading. */
const LINGER_MS = 500;

/** The traffic of a connected socket, whoever connected it. */
export class SocketLink {
  private readonly name: string;
  private readonly socket: Socket;
  private readonly clock: Clock;
  private sink: ByteStreamSink | undefined;
  private closing: Promise<void> | undefined;
  private received = false;
  private cause: SystemError | undefined;

  constructor(name: string, socket: Socket, sink: ByteStreamSink, clock: Clock) {
    this.name = name;
    this.socket = socket;
    this.sink = sink;
    this.clock = clock;
    socket.setNoDelay(true);
    socket.on('error', (error) => {
      this.cause ??= error;
    });
    socket.once('close', () => this.end(this.closing ? undefined : this.lost()));
  }

  get writeBacklog(): number {
    return this.socket.writableLength;
  }

  /** Octets came. The socket reads no more before the sink has dealt with them. */
  data(chunk: Uint8Array): void {
    this.received = true;
    if (!this.closing) this.sink?.data(chunk);
  }

  write(bytes: Uint8Array): void {
    // The other side may have ended: that is told by `close`, not by an error of each write.
    if (this.socket.writable) this.socket.write(bytes);
  }

  /** Resolves when the socket is closed: what was written last (a Disconnect, a Reset) still goes out, if it can. */
  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      const { socket } = this;
      if (socket.closed) {
        resolve();
        return;
      }
      const timer = this.clock.setTimeout(() => socket.destroy(), LINGER_MS);
      socket.once('close', () => {
        this.clock.clearTimeout(timer);
        resolve();
      });
      if (!socket.destroyed) socket.end(() => socket.destroy());
    });
    return this.closing;
  }

  private end(error: TransportError | undefined): void {
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }

  private lost(): TransportError {
    if (this.cause) return connectionLost(this.name, this.cause);
    const hint = this.received ? '' : ' before it sent anything. Does it serve another host already?';
    return new TransportError(`${this.name}: the other side closed the connection${hint}`, 'PORT_LOST');
  }
}
