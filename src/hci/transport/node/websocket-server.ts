import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../../../core/clock.js';
import type { TransportError } from '../../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';
import { MAX_MESSAGE } from '../websocket-options.js';
import { listen } from './listen.js';
import { load } from './require.js';
import { closedMeanwhile, type Target } from './socket-errors.js';
import { WebSocketLink } from './websocket-link.js';

type WsModule = typeof import('ws');

/** How a WebSocket server takes its connection. */
export interface WebSocketServerOptions {
  /** How often the other side is asked whether it is there, in milliseconds; 0 never. */
  readonly pingMs: number;
  /** The origin whose pages may connect, besides those of this machine; `*` for all. */
  readonly origin: string | undefined;
}

const TRY_AGAIN_LATER = 1013;
const POLICY = 1008;

/**
 * A WebSocket server for one connection, by the `ws` package: opening listens and waits for whoever connects. A second
 * one is turned away while the first is there; when that goes the stream is over, and the place free.
 */
export class WebSocketServerStream implements ByteStream {
  readonly name: string;
  readonly hasMessages = true;
  private readonly target: Target;
  private readonly options: WebSocketServerOptions;
  private readonly clock: Clock;
  private server: Server | undefined;
  private sockets: WebSocketServer | undefined;
  private link: WebSocketLink | undefined;
  private giveUp: ((error: TransportError) => void) | undefined;
  private closing: Promise<void> | undefined;

  constructor(name: string, target: Target, options: WebSocketServerOptions, clock: Clock) {
    this.name = name;
    this.target = target;
    this.options = options;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.link?.writeBacklog ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    const ws = load<WsModule>('ws');
    if (this.closing) throw closedMeanwhile(this.name);
    const server = createServer((_request, response) => {
      response.writeHead(426, { 'content-type': 'text/plain', connection: 'close' });
      response.end('HCI packets by WebSocket: connect with ws://\n');
    });
    this.server = server;
    this.sockets = new ws.WebSocketServer({
      noServer: true,
      maxPayload: MAX_MESSAGE,
      perMessageDeflate: false,
    });
    const connected = new Promise<void>((resolve, reject) => {
      this.giveUp = reject;
      server.on('upgrade', (request, socket, head) => {
        this.sockets?.handleUpgrade(request, socket, head, (peer) => {
          if (this.take(peer, request, sink)) resolve();
        });
      });
    });
    // Whoever waits sees it.
    connected.catch(() => {});
    const place = await listen(server, this.name, this.target);
    server.on('error', ({ message }) =>
      sink.diagnostic?.({ kind: 'warning', message: `${this.name}: the server failed: ${message}` }),
    );
    if (this.closing) {
      await this.stopListening();
      throw closedMeanwhile(this.name);
    }
    const at = `ws://${place}`;
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
    await this.stopListening();
  }

  /** Takes a connection, or turns it away: by a close code, as a page sees nothing of an HTTP status. */
  private take(peer: WebSocket, request: IncomingMessage, sink: ByteStreamSink): boolean {
    const { origin } = request.headers;
    if (!this.permits(origin)) {
      this.turnAway(peer, POLICY, 'pages of this origin may not connect');
      const from = JSON.stringify(origin?.slice(0, 200));
      sink.diagnostic?.({
        kind: 'warning',
        message: `${this.name}: a page of ${from} was turned away; the option origin=… permits it`,
      });
      return false;
    }
    if (this.link || this.closing) {
      this.turnAway(peer, TRY_AGAIN_LATER, 'another connection is there already');
      sink.diagnostic?.({
        kind: 'warning',
        message: `${this.name}: a second connection from ${request.socket.remoteAddress} was turned away; one is there already`,
      });
      return false;
    }
    const end = (error?: TransportError) => void this.stopListening().then(() => sink.closed(error));
    const linkSink = { data: (chunk: Uint8Array) => sink.data(chunk), closed: end };
    this.link = new WebSocketLink(this.name, peer, linkSink, this.clock, this.options.pingMs);
    return true;
  }

  /**
   * Any page that a browser of this machine shows could connect to a server on it, and rule the controller. Programs
   * send no origin; pages of this machine may, others by the option.
   */
  private permits(origin: string | undefined): boolean {
    if (origin === undefined || this.options.origin === '*' || this.options.origin === origin) return true;
    try {
      return ['localhost', '127.0.0.1', '[::1]'].includes(new URL(origin).hostname);
    } catch {
      return false;
    }
  }

  private turnAway(peer: WebSocket, code: number, reason: string): void {
    peer.on('error', () => {});
    peer.close(code, reason);
    const timer = this.clock.setTimeout(() => peer.terminate(), 1000);
    peer.once('close', () => this.clock.clearTimeout(timer));
  }

  /** Ends all connections, the one that was taken by a goodbye; resolves when the place is free. */
  private async stopListening(): Promise<void> {
    const { server } = this;
    const stopped = new Promise<void>((resolve) => {
      if (server?.listening) server.close(() => resolve());
      else resolve();
    });
    await this.link?.close();
    server?.closeAllConnections();
    for (const peer of this.sockets?.clients ?? []) peer.terminate();
    await stopped;
  }
}
