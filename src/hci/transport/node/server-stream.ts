import { createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../../core/clock.js';
import type { TransportError } from '../../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';
import { listen } from './listen.js';
import { closedMeanwhile, type Target } from './socket-errors.js';
import { SocketLink } from './socket-link.js';

/** How a server takes its connection. */
export interface ServerOptions {
  /** Silence, in milliseconds, after which TCP asks whether the other machine is still there; 0 never asks. */
  readonly keepAliveMs: number;
}

/**
 * A server for one connection, of TCP or of a Unix socket: opening listens and waits for whoever connects. A second one
 * is turned away while the first is there; when that goes the stream is over, and the place free.
 */
export class ServerStream implements ByteStream {
  readonly name: string;
  private readonly target: Target;
  private readonly options: ServerOptions;
  private readonly clock: Clock;
  private server: Server | undefined;
  private link: SocketLink | undefined;
  private giveUp: ((error: TransportError) => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(name: string, target: Target, options: ServerOptions, clock: Clock) {
    this.name = name;
    this.target = target;
    this.options = options;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.link?.writeBacklog ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    if (this.closing) throw closedMeanwhile(this.name);
    const { keepAliveMs } = this.options;
    const server = createServer({
      keepAlive: keepAliveMs > 0 && 'host' in this.target,
      keepAliveInitialDelay: keepAliveMs,
    });
    this.server = server;
    const connected = new Promise<void>((resolve, reject) => {
      this.giveUp = reject;
      server.on('connection', (socket) => {
        if (this.link || this.closing) this.turnAway(socket, sink);
        else {
          this.take(socket, sink);
          resolve();
        }
      });
    });
    // Whoever waits sees it.
    connected.catch(() => {});
    const place = await listen(server, this.name, this.target);
    // Only a server that is out of file descriptors says anything from here on; the connection that is there lives on.
    server.on('error', ({ message }) =>
      sink.diagnostic?.({ kind: 'warning', message: `${this.name}: the server failed: ${message}` }),
    );
    if (this.closing) {
      await this.stopListening();
      throw closedMeanwhile(this.name);
    }
    const at = `${'path' in this.target ? 'unix' : 'tcp'}:${place}`;
    sink.diagnostic?.({
      kind: 'listening',
      message: `${this.name}: listens, and waits for a connection to ${at}`,
      at,
    });
    await connected;
    return undefined;
  }

  write(bytes: Uint8Array): void {
    this.link?.write(bytes);
  }

  close(): Promise<void> {
    this.closing ??= this.shut();
    return this.closing;
  }

  private async shut(): Promise<void> {
    this.giveUp?.(closedMeanwhile(this.name));
    // The link tells its end when nothing is left of it, so that the port can be opened anew at once.
    const stopped = this.stopListening();
    await this.link?.close();
    await stopped;
  }

  private take(socket: Socket, sink: ByteStreamSink): void {
    this.link = new SocketLink(
      this.name,
      socket,
      {
        data: (chunk) => sink.data(chunk),
        closed: (error) => void this.stopListening().then(() => sink.closed(error)),
      },
      this.clock,
    );
    const { link } = this;
    socket.on('data', (chunk) => link.data(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length)));
  }

  private turnAway(socket: Socket, sink: ByteStreamSink): void {
    const from = socket.remoteAddress ? ` from ${socket.remoteAddress}` : '';
    socket.on('error', () => {});
    // What it sends meanwhile is thrown away.
    socket.resume();
    socket.destroySoon();
    if (this.closing) return;
    sink.diagnostic?.({
      kind: 'warning',
      message: `${this.name}: a second connection${from} was turned away; one is there already`,
    });
  }

  /** Resolves when the place is free. */
  private stopListening(): Promise<void> {
    return new Promise((resolve) => {
      if (this.server?.listening) this.server.close(() => resolve());
      else resolve();
    });
  }
}
