import type { TextSink } from './output.js';

/** What of Node's output streams a {@link streamSink} needs. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly destroyed: boolean;
  write(text: string, written: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

/**
 * One of Node's streams as a sink. When its reader goes (`| head`), `closed` is called once, and what is written from
 * then on is dropped.
 */
export function streamSink(stream: OutputStream, closed: () => void): TextSink {
  let open = true;
  stream.on('error', () => {
    if (open) closed();
    open = false;
  });
  return {
    isTerminal: stream.isTTY === true,
    write(text) {
      if (!open || stream.destroyed) return Promise.resolve();
      // Resolved by a failure too: that is told by the stream's error event.
      return new Promise((resolve) => {
        stream.write(text, () => resolve());
      });
    },
  };
}
