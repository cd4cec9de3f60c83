import * as z from 'zod/mini';
import type { Clock, Timer } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../framing/byte-stream.js';
import { framed } from '../framing/framing.js';
import { framingFields, framingForm, framingOf } from './framing-options.js';
import { checkPort, wholeNumber } from './port-options.js';
import type { TransportFactory } from './scheme.js';
import { closedByPeer, MAX_MESSAGE, textRefused, tooLong, urlOf, urlTarget } from './websocket-options.js';

/** Close codes of this program's own, as a page may give no other than 1000 and these (RFC 6455, 7.4.2). */
const CLOSE = { normal: 1000, noText: 4003, tooLong: 4009 } as const;
/** How long the other side may take to answer the goodbye, in milliseconds. */
const LINGER_MS = 1000;

/**
 * A WebSocket as browsers have it. What comes is one stream of octets, where a message ends means nothing; what goes is
 * a packet a message. A page cannot send pings; it answers those of the server.
 */
export class WebSocketStream implements ByteStream {
  readonly name: string;
  readonly hasMessages = true;
  private readonly url: string;
  private readonly timeoutMs: number;
  private readonly clock: Clock;
  private socket: WebSocket | undefined;
  private sink: ByteStreamSink | undefined;
  private isOpen = false;
  private error: TransportError | undefined;
  private closing: Promise<void> | undefined;

  constructor(name: string, url: string, timeoutMs: number, clock: Clock) {
    this.name = name;
    this.url = url;
    this.timeoutMs = timeoutMs;
    this.clock = clock;
  }

  get writeBacklog(): number {
    return this.isOpen ? (this.socket?.bufferedAmount ?? 0) : 0;
  }

  open(sink: ByteStreamSink): Promise<undefined> {
    return new Promise((resolve, reject) => {
      if (this.closing) throw this.closedMeanwhile();
      const socket = this.create();
      this.socket = socket;
      socket.binaryType = 'arraybuffer';
      const timer: Timer = this.clock.setTimeout(() => {
        this.error = this.failure(`no connection within ${this.timeoutMs / 1000} s`, 'PORT_NOT_FOUND');
        socket.close();
      }, this.timeoutMs);
      socket.onopen = () => {
        if (this.error) return;
        this.clock.clearTimeout(timer);
        this.isOpen = true;
        this.sink = sink;
        resolve(undefined);
      };
      socket.onmessage = ({ data }: MessageEvent<unknown>) => this.message(data);
      // `close` follows it, and tells more.
      socket.onerror = () => {};
      socket.onclose = ({ code, reason }) => {
        this.clock.clearTimeout(timer);
        if (!this.isOpen) reject(this.error ?? (this.closing ? this.closedMeanwhile() : this.refused()));
        this.end(this.error ?? (this.closing ? undefined : closedByPeer(this.name, code, reason)));
      };
    });
  }

  write(bytes: Uint8Array): void {
    if (this.isOpen) this.socket?.send(bytes as Uint8Array<ArrayBuffer>);
  }

  close(): Promise<void> {
    this.closing ??= new Promise((resolve) => {
      const { socket } = this;
      if (!socket || socket.readyState === socket.CLOSED) {
        resolve();
        return;
      }
      // A browser gives no way to break a connection off; who does not answer the goodbye is left to it.
      const timer = this.clock.setTimeout(() => {
        this.end(undefined);
        resolve();
      }, LINGER_MS);
      socket.addEventListener('close', () => {
        this.clock.clearTimeout(timer);
        resolve();
      });
      socket.close(CLOSE.normal);
    });
    return this.closing;
  }

  private create(): WebSocket {
    try {
      return new WebSocket(this.url);
    } catch (cause) {
      throw this.failure(
        'the page may not connect there: a page that came by https: may use wss: only (or its content security policy forbids it)',
        'PORT_DENIED',
        cause,
      );
    }
  }

  private message(data: unknown): void {
    if (!this.sink || this.closing || this.error) return;
    if (!(data instanceof ArrayBuffer)) this.refuse(textRefused(this.name), CLOSE.noText);
    else if (data.byteLength > MAX_MESSAGE) this.refuse(tooLong(this.name), CLOSE.tooLong);
    else this.sink.data(new Uint8Array(data));
  }

  private refuse(error: TransportError, code: number): void {
    this.error = error;
    this.socket?.close(code);
    this.end(error);
  }

  private end(error: TransportError | undefined): void {
    this.isOpen = false;
    const { sink } = this;
    this.sink = undefined;
    sink?.closed(error);
  }

  /** Browsers tell a page nothing about why, so that it cannot look around in a network. */
  private refused(): TransportError {
    const certificate = this.url.startsWith('wss:')
      ? ' Is its certificate trusted? Open the address with https: in a tab to see.'
      : '';
    return this.failure(
      `cannot connect. Does a WebSocket server listen there, and does it take pages of this origin?${certificate}`,
      'PORT_NOT_FOUND',
    );
  }

  private closedMeanwhile(): TransportError {
    return this.failure('the port was closed while it was being opened', 'PORT_CLOSED');
  }

  private failure(what: string, code: string, cause?: unknown): TransportError {
    return new TransportError(`${this.name}: ${what}`, code, cause === undefined ? {} : { cause });
  }
}

const form = (scheme: string) =>
  `${scheme}://host:port/path, for example ${scheme}://127.0.0.1:6403 (options timeout=SECONDS to connect, ${framingForm})`;
const schema = () =>
  z.strictObject({
    target: urlTarget(),
    timeout: z._default(wholeNumber(1, 3600), 10),
    ...framingFields(),
  });

/** `ws://host:port/path` and `wss://host:port/path`, by the WebSocket of the platform. */
export const webSocketFactory: TransportFactory = {
  create(port, { clock }) {
    const { timeout, ...rest } = checkPort(port, form(port.scheme), schema());
    const url = urlOf(port, form(port.scheme));
    return framed(new WebSocketStream(port.text, url, 1000 * timeout, clock), clock, framingOf(rest));
  },
};
