import type { Clock } from '../../../core/clock.js';
import { TransportError } from '../../../core/errors.js';
import type { ByteStream, ByteStreamSink } from '../../framing/byte-stream.js';
import { MAX_MESSAGE } from '../websocket-options.js';
import { Dialler, type DialOptions } from './dialler.js';
import { load } from './require.js';
import { cannotConnect, type SystemError } from './socket-errors.js';
import { WebSocketLink } from './websocket-link.js';

type WsModule = typeof import('ws');

/** How a connection is made and kept. All times in milliseconds. */
export interface WebSocketOptions extends DialOptions {
  /** How often the other side is asked whether it is there; 0 never. */
  readonly pingMs: number;
}

const certificates =
  'NODE_EXTRA_CA_CERTS=file.pem makes Node trust a certificate authority of your own; a certificate that signed itself is such a file';

/** What is wrong with the server's certificate, or with TLS. */
const tlsErrors: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `the server's certificate signed itself and is not trusted. ${certificates}`,
  SELF_SIGNED_CERT_IN_CHAIN: `the server's certificate comes from an authority that is not trusted. ${certificates}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `the server's certificate comes from an authority that is not known. ${certificates}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `the server's certificate comes from an authority that is not known. ${certificates}`,
  CERT_HAS_EXPIRED: "the server's certificate has expired",
  CERT_NOT_YET_VALID: "the server's certificate is not valid yet. Is the clock of this machine right?",
  ERR_TLS_CERT_ALTNAME_INVALID: "the server's certificate is for another host name",
  EPROTO: 'there is no TLS on that port. ws:// is without TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'there is no TLS on that port. ws:// is without TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'there is no TLS on that port. ws:// is without TLS',
};

/** A WebSocket to a server, by the `ws` package, which is loaded here and not before. */
export class WebSocketStream implements ByteStream {
  readonly name: string;
  readonly hasMessages = true;
  private readonly url: string;
  private readonly pingMs: number;
  private readonly clock: Clock;
  private readonly dialler: Dialler;
  private link: WebSocketLink | undefined;

  constructor(name: string, url: string, options: WebSocketOptions, clock: Clock) {
    this.name = name;
    this.url = url;
    this.pingMs = options.pingMs;
    this.clock = clock;
    this.dialler = new Dialler(name, options, clock);
  }

  get writeBacklog(): number {
    return this.link?.writeBacklog ?? 0;
  }

  async open(sink: ByteStreamSink): Promise<undefined> {
    const { WebSocket } = load<WsModule>('ws');
    await this.dialler.connect((succeed, fail) => this.dial(WebSocket, sink, succeed, fail));
    return undefined;
  }

  write(bytes: Uint8Array): void {
    this.link?.write(bytes);
  }

  async close(): Promise<void> {
    this.dialler.stop();
    await this.link?.close();
  }

  private dial(
    Ws: WsModule['WebSocket'],
    sink: ByteStreamSink,
    succeed: () => void,
    fail: (error: TransportError) => void,
  ): () => void {
    // Compression costs time for each message, and packets of some octets do not get smaller.
    const socket = new Ws(this.url, { maxPayload: MAX_MESSAGE, perMessageDeflate: false });
    const refused = (error: Error) => fail(this.explain(error));
    socket.once('error', refused);
    // One that is broken off says so by an error.
    socket.on('error', () => {});
    socket.once('open', () => {
      socket.off('error', refused);
      this.link = new WebSocketLink(this.name, socket, sink, this.clock, this.pingMs);
      succeed();
    });
    return () => socket.terminate();
  }

  private explain(cause: SystemError): TransportError {
    const { hostname, port } = new URL(this.url);
    const failed = (what: string, code: string) =>
      new TransportError(`${this.name}: ${what}`, code, { cause });
    const status = /^Unexpected server response: (\d+)$/.exec(cause.message)?.[1];
    if (status === '401' || status === '403')
      return failed(`the server does not permit it (HTTP ${status})`, 'PORT_DENIED');
    if (status)
      return failed(
        `a web server answers there, but has no WebSocket at this path (HTTP ${status})`,
        'PORT_NOT_FOUND',
      );
    const tls = tlsErrors[cause.code ?? ''];
    if (tls) return failed(tls, 'PORT_DENIED');
    if (/^HPE_/.test(cause.code ?? '') || /socket hang up/.test(cause.message) || cause.code === 'ECONNRESET')
      return failed(
        'what listens there speaks no WebSocket. tcp:host:port is without; wss:// is with TLS',
        'PORT_NOT_FOUND',
      );
    return cannotConnect(this.name, { host: hostname, port: Number(port) }, cause);
  }
}
