import { connect, type Socket } from 'node:net';
import type { Clock } from '../../../core/clock.js';
import type { TransportError } from '../../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';
import { Dialler, type DialOptions } from './dialler.js';
import { cannotConnect, checkPath, type Target } from './socket-errors.js';
import { SocketLink } from './socket-link.js';

/** How a connection is made and kept. All times in milliseconds. */
export interface SocketOptions extends DialOptions {
  /** Silence after which TCP asks whether the other machine is still there; 0 never asks. */
  readonly keepAliveMs: number;
}

const READ_BUFFER = 65536;

/** A TCP connection, or one of a Unix socket, to a server. */
export class SocketStream implements ByteStream {
  readonly name: string;
  private readonly target: Target;
  private readonly keepAliveMs: number;
  private readonly clock: Clock;
  private readonly dialler: Dialler;
  private link: SocketLink | undefined;

  constructor(name: string, target: Target, options: SocketOptions, clock: Clock) {
    this.name = name;
    this.target = target;
    this.keepAliveMs = options.keepAliveMs;
    this.clock = clock;
    this.dialler = new Dialler(name, options, clock);
  }

  get writeBacklog(): number {
    return this.link?.writeBacklog ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    if ('path' in this.target) checkPath(this.name, this.target.path);
    await this.dialler.connect((succeed, fail) => this.dial(sink, succeed, fail));
    return undefined;
  }

  write(bytes: Uint8Array): void {
    this.link?.write(bytes);
  }

  async close(): Promise<void> {
    this.dialler.stop();
    await this.link?.close();
  }

  private dial(sink: ByteStreamSink, succeed: () => void, fail: (error: TransportError) => void): () => void {
    let link: SocketLink | undefined;
    const socket: Socket = connect({
      ...this.target,
      // One buffer for all reads: the sink is done with a chunk when it returns.
      onread: {
        buffer: new Uint8Array(READ_BUFFER),
        callback: (count, buffer) => {
          link?.data(new Uint8Array(buffer.buffer, buffer.byteOffset, count));
          return true;
        },
      },
    });
    const refused = (error: Error) => fail(cannotConnect(this.name, this.target, error));
    socket.once('error', refused);
    // One that was broken off may still fail.
    socket.on('error', () => {});
    socket.once('connect', () => {
      socket.off('error', refused);
      if (this.keepAliveMs > 0 && 'host' in this.target) socket.setKeepAlive(true, this.keepAliveMs);
      link = new SocketLink(this.name, socket, sink, this.clock);
      this.link = link;
      succeed();
    });
    return () => socket.destroy();
  }
}
