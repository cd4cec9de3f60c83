import { type SduChannel, sendAll } from './web-streams.js';

/** What is used of a Node `Duplex`. */
export interface DuplexStream {
  push(chunk: Uint8Array | null): boolean;
  destroy(error?: Error): unknown;
}

type Done = (error?: Error | null) => void;

/** The options that {@link duplexOf} makes a `Duplex` with. */
export interface DuplexInit {
  allowHalfOpen: boolean;
  read(): void;
  write(chunk: Uint8Array, encoding: unknown, done: Done): void;
  final(done: Done): void;
  destroy(error: Error | null, done: Done): void;
}

/**
 * A Node stream of the octets of a channel: each SDU is a chunk, and what is written goes in as many SDUs as it needs. What is not
 * read stops the peer, what cannot leave stops the writer. Ending or destroying it closes the channel, and it ends with the channel.
 *
 * ```ts
 * import { Duplex } from 'node:stream';
 * const stream = duplexOf(channel, Duplex);
 * ```
 *
 * The class is given, so that this package needs no module of Node's.
 */
export function duplexOf<D extends DuplexStream>(
  channel: SduChannel,
  Duplex: new (options: DuplexInit) => D,
): D {
  let reading = false;
  const duplex: D = new Duplex({
    // A channel has no half that could stay open.
    allowHalfOpen: false,
    read() {
      if (reading) return;
      reading = true;
      channel.read().then(
        (sdu) => {
          reading = false;
          duplex.push(sdu ?? null);
        },
        (error: Error) => duplex.destroy(error),
      );
    },
    write(chunk, _encoding, done) {
      sendAll(channel, chunk).then(() => done(), done);
    },
    final(done) {
      channel.close().then(() => done(), done);
    },
    destroy(error, done) {
      // The peer's answer, for which there are 30 s, is nothing that anybody waits for here.
      void channel.close();
      done(error);
    },
  });
  return duplex;
}
