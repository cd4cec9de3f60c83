import { type BleError, L2capError } from '../core/errors.js';

/** A channel of SDUs, as streams see it. */
export interface SduChannel {
  /** The largest SDU that the peer takes, in octets. */
  readonly mtu: number;
  read(): Promise<Uint8Array | undefined>;
  send(sdu: Uint8Array): Promise<void>;
  close(): Promise<void>;
  once(name: 'closed', listener: (error: BleError | undefined) => void): unknown;
}

/** A channel's SDUs as chunks. Nothing is read ahead: what the reader does not take stays in the channel, and stops the peer. */
export function readableOf(channel: SduChannel): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const sdu = await channel.read();
        if (sdu === undefined) controller.close();
        else controller.enqueue(sdu);
      },
      cancel: () => channel.close(),
    },
    { highWaterMark: 0 },
  );
}

/** Chunks of any length as SDUs. */
export function writableOf(channel: SduChannel): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>(
    {
      start(controller) {
        channel.once('closed', (error) => controller.error(error ?? new L2capError('the channel is closed')));
      },
      write: (chunk) => sendAll(channel, chunk),
      close: () => channel.close(),
      abort: () => channel.close(),
    },
    { highWaterMark: 1 },
  );
}

/** Sends octets in as few SDUs as the peer's MTU asks for; resolves when the controller has the last. */
export async function sendAll(channel: SduChannel, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length; ) {
    const size = Math.min(channel.mtu, octets.length - at);
    const last = channel.send(octets.subarray(at, at + size));
    at += size;
    await last;
  }
}
