import { connect, type Socket } from 'node:net';
import { TransportError } from '../../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';

/** Where a socket goes. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

const READ_BUFFER = 65536;

/** A TCP connection or a Unix socket to something that speaks H4. */
export class SocketStream implements ByteStream {
  readonly name: string;
  private readonly target: Target;
  private socket: Socket | undefined;
  private ended = false;

  constructor(name: string, target: Target) {
    this.name = name;
    this.target = target;
  }

  get writeBacklog(): number {
    return this.socket?.writableLength ?? 0;
  }

  open(sink: ByteStreamSink): Promise<undefined> {
    return new Promise((resolve, reject) => {
      let opened = false;
      const socket = connect({
        ...this.target,
        // One buffer for all reads: the sink is done with a chunk when it returns.
        onread: {
          buffer: new Uint8Array(READ_BUFFER),
          callback: (count, buffer) => {
            sink.data(new Uint8Array(buffer.buffer, buffer.byteOffset, count));
            return true;
          },
        },
      });
      this.socket = socket;
      socket.setNoDelay(true);
      socket.once('connect', () => {
        opened = true;
        resolve(undefined);
      });
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const failure = this.explain(error, opened);
        if (!opened) reject(failure);
        else this.end(sink, failure);
      });
      socket.once('close', () => {
        if (!opened) return;
        this.end(sink, this.ended ? undefined : this.lost());
      });
    });
  }

  write(bytes: Uint8Array): void {
    this.socket?.write(bytes);
  }

  close(): Promise<void> {
    this.ended = true;
    const { socket } = this;
    if (!socket || socket.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      socket.once('close', () => resolve());
      // What was written last (a Disconnect, a Reset) still goes out; a peer that never closes is not waited for.
      socket.end(() => socket.destroy());
    });
  }

  private end(sink: ByteStreamSink, error: TransportError | undefined): void {
    if (!this.socket) return;
    this.socket = undefined;
    sink.closed(error);
  }

  private lost(): TransportError {
    return new TransportError(`${this.name}: the other side closed the connection`, 'PORT_LOST');
  }

  private explain(error: NodeJS.ErrnoException, opened: boolean): TransportError {
    if (opened)
      return new TransportError(
        `${this.name}: connection lost (${error.code ?? error.message})`,
        'PORT_LOST',
        { cause: error },
      );
    const cause = { cause: error };
    switch (error.code) {
      case 'ECONNREFUSED':
        return new TransportError(
          `${this.name}: nothing listens there. Is the controller's server running?`,
          'PORT_NOT_FOUND',
          cause,
        );
      case 'ENOENT':
        return new TransportError(`${this.name}: there is no such socket`, 'PORT_NOT_FOUND', cause);
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return new TransportError(`${this.name}: the host's name is not known`, 'PORT_NOT_FOUND', cause);
      case 'EACCES':
      case 'EPERM':
        return new TransportError(`${this.name}: no permission to open it`, 'PORT_DENIED', cause);
      default:
        return new TransportError(
          `${this.name}: cannot connect (${error.code ?? error.message})`,
          'TRANSPORT_ERROR',
          cause,
        );
    }
  }
}
