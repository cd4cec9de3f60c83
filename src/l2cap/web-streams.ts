import type { CreditChannel } from './credit-channel.js';

/** A channel's SDUs as chunks. Nothing is read ahead: what the reader does not take stays in the channel, and stops the peer. */
export function readableOf(channel: CreditChannel): ReadableStream<Uint8Array> {
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
export function writableOf(channel: CreditChannel): WritableStream<Uint8Array> {
  return new WritableStream<Uint8Array>(
    {
      start(controller) {
        channel.once('closed', (error) => controller.error(error ?? new Error('the channel is closed')));
      },
      write: (chunk) => sendAll(channel, chunk),
      close: () => channel.close(),
      abort: () => channel.close(),
    },
    { highWaterMark: 1 },
  );
}

/** Sends octets in as few SDUs as the peer's MTU asks for; resolves when the controller has the last. */
export async function sendAll(channel: CreditChannel, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length; ) {
    const size = Math.min(channel.mtu, octets.length - at);
    const last = channel.send(octets.subarray(at, at + size));
    at += size;
    await last;
  }
}
