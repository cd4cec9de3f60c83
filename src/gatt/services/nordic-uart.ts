import { checkInteger } from '../../core/check.js';
import { AsyncQueue } from '../../core/queue.js';
import { CharacteristicProperty } from '../client/declarations.js';
import type { SubscribeOptions } from '../client/remote.js';
import type { ServerClient } from '../server/client.js';
import { characteristic, service } from '../server/definition.js';
import type { GattServer } from '../server/server.js';
import { LineReader, nordicUart, uartRx, uartTx } from '../values/uart.js';
import { remoteService, required, type ServiceSource } from './source.js';

/** Opcode and handle. */
const ATT_HEADER = 3;
const utf8 = (data: string | Uint8Array) =>
  typeof data === 'string' ? new TextEncoder().encode(data) : data;

/** The UART of a peer: the Nordic UART Service. @throws {NotSupportedError} when it has none */
export async function uart(source: ServiceSource, signal?: AbortSignal) {
  const found = await remoteService(source, nordicUart.service, 'Nordic UART', signal);
  const [rx, tx] = [required(found, uartRx), required(found, uartTx)];
  const withoutResponse = (rx.properties & CharacteristicProperty.writeWithoutResponse) !== 0;
  return {
    service: found,
    /** Sends octets, or text as UTF-8, however long: cut as the ATT_MTU has it. Resolves when all is on its way. */
    write: async (data: string | Uint8Array): Promise<void> => {
      const octets = utf8(data);
      for (let at = 0; at < octets.length; ) {
        // What a single value takes at the least, whatever the MTU becomes meanwhile.
        const room = found.mtu - ATT_HEADER;
        const part = octets.subarray(at, at + room);
        await (withoutResponse ? rx.writeWithoutResponse(part) : rx.write(part));
        at += part.length;
      }
    },
    /** Calls `listener` with octets as they come. */
    subscribe: (listener: (octets: Uint8Array) => void, options?: SubscribeOptions) =>
      tx.subscribe((octets) => listener(octets), options),
    /**
     * The lines that come, without their ends (LF or CR LF), from the beginning of the iteration on. It throws when the link goes.
     * @param options.queueLimit lines that may wait; the newest are dropped beyond it; 256
     */
    async *lines(
      options: { readonly queueLimit?: number; readonly signal?: AbortSignal } = {},
    ): AsyncGenerator<string, void, undefined> {
      const reader = new LineReader();
      const limit = checkInteger('queueLimit', options.queueLimit ?? 256, 1, 2 ** 31 - 1);
      const queue = new AsyncQueue<string>(limit);
      const stop = () => queue.end(options.signal?.reason);
      const unsubscribe = await tx.subscribe(
        (octets) => {
          for (const line of reader.push(octets)) queue.push(line);
        },
        { onEnd: (reason) => queue.end(reason), ...(options.signal ? { signal: options.signal } : {}) },
      );
      if (options.signal?.aborted) stop();
      else options.signal?.addEventListener('abort', stop, { once: true });
      try {
        yield* queue;
      } finally {
        options.signal?.removeEventListener('abort', stop);
        await unsubscribe();
      }
    },
  };
}

/** Serves the Nordic UART Service. @param onData takes what a client writes */
export function serveUart(server: GattServer, onData: (octets: Uint8Array, client: ServerClient) => void) {
  const local = server.add(
    service(nordicUart.service, {
      rx: characteristic(nordicUart.rx, { write: true, writeWithoutResponse: true, onWrite: onData }),
      tx: characteristic(nordicUart.tx, { notify: true }),
    }),
  );
  const { tx } = local.characteristics;
  return {
    service: local,
    /** Sends octets, or text as UTF-8, to one client or to all who subscribed, cut as the ATT_MTU of each has it. */
    write: async (data: string | Uint8Array, client?: ServerClient): Promise<void> => {
      const octets = utf8(data);
      const tell = async (one: ServerClient) => {
        for (let at = 0; at < octets.length; ) {
          const part = octets.subarray(at, at + one.mtu - ATT_HEADER);
          await tx.notify(part, one);
          at += part.length;
        }
      };
      await Promise.all((client ? [client] : tx.subscribers).map(tell));
    },
  };
}
