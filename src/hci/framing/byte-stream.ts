import type { TransportError } from '../../core/errors.js';
import type { TransportDiagnostic, TransportOpened } from '../transport/transport.js';

/** Receives what a {@link ByteStream} brings. */
export interface ByteStreamSink {
  /** The next octets; the array may be reused after the call. */
  data(chunk: Uint8Array): void;
  /** The stream is gone, once; without `error` it was closed on purpose. */
  closed(error?: TransportError): void;
  /** Something worth reporting that does not end the stream. */
  diagnostic?(diagnostic: TransportDiagnostic): void;
}

/** A duplex stream of octets to a controller: a serial port, a socket, a stream pair. */
export interface ByteStream {
  /** What the user calls it. */
  readonly name: string;
  /** Opens it, once; resolves when octets can be written. Rejects when it is closed meanwhile. */
  open(sink: ByteStreamSink): Promise<Partial<TransportOpened> | undefined>;
  /** Writes octets, which belong to the stream from here on. Never throws. */
  write(bytes: Uint8Array): void;
  /** Whether each write becomes a message of its own. Then it has one packet, as some peers want it; others are joined. */
  readonly hasMessages?: boolean;
  /** Octets accepted and not yet taken by the operating system. */
  readonly writeBacklog: number;
  close(): Promise<void>;
}
