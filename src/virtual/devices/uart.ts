import { checkBytes, checkNumber } from '../../core/check.js';
import { toHex } from '../../core/hex.js';
import { characteristic, type ServerClient, service } from '../../gatt/index.js';
import { nordicUart } from '../../gatt/values/uart.js';
import type { SimulatedService } from './simulated-device.js';

/** What a scripted UART does when something comes. */
export interface UartLine {
  /** The octets that begin or are the message; any message without. */
  readonly when?: Uint8Array;
  /** What it says then, one after the other. */
  readonly say: readonly Uint8Array[];
  /** How long it takes before each, in milliseconds; 0. */
  readonly afterMs?: number;
}

/** What {@link uartService} takes. */
export interface UartOptions {
  /** `echo` sends back what comes; `script` looks for the first line that fits, and says nothing when there is none. */
  readonly mode: 'echo' | 'script';
  readonly script?: readonly UartLine[];
  /** What it says to whoever subscribes. */
  readonly greeting?: Uint8Array;
}

const ATT_HEADER = 3;
/** So many octets to one client wait at most; what is more is lost, as on a wire without flow control. */
const MAX_WAITING = 65_536;

/** The Nordic UART Service: octets in both directions, in notifications as long as the ATT_MTU permits. */
export function uartService(options: UartOptions): SimulatedService {
  const script = options.script ?? [];
  for (const [i, { when, say, afterMs = 0 }] of script.entries()) {
    if (when) checkBytes(`script.${i}.when`, when, 0, 512);
    for (const [j, text] of say.entries()) checkBytes(`script.${i}.say.${j}`, text, 0, 4096);
    checkNumber(`script.${i}.afterMs`, afterMs, 0, 86_400_000, 'ms');
  }
  return (server, { clock }) => {
    const queues = new WeakMap<ServerClient, { waiting: number; tail: Promise<unknown> }>();
    /** Tells a client, after what it is being told already. */
    const tell = (client: ServerClient, octets: Uint8Array) => {
      const queue = queues.get(client) ?? { waiting: 0, tail: Promise.resolve() };
      queues.set(client, queue);
      if (queue.waiting + octets.length > MAX_WAITING) return;
      queue.waiting += octets.length;
      const room = client.mtu - ATT_HEADER;
      for (let at = 0; at < octets.length; at += room) {
        const part = octets.slice(at, at + room);
        queue.tail = queue.tail
          .then(() => tx.notify(part, client))
          // A client that has gone, or does not listen, hears nothing.
          .catch(() => {})
          .finally(() => {
            queue.waiting -= part.length;
          });
      }
    };
    const heard = (value: Uint8Array, client: ServerClient) => {
      if (options.mode === 'echo') {
        tell(client, value);
        return;
      }
      const line = script.find(({ when }) => !when || startsWith(value, when));
      let delay = 0;
      for (const text of line?.say ?? []) {
        delay += line!.afterMs ?? 0;
        if (delay === 0) tell(client, text);
        else clock.setTimeout(() => tell(client, text), delay);
      }
    };
    const { tx } = server.add(
      service(nordicUart.service, {
        rx: characteristic(nordicUart.rx, { write: true, writeWithoutResponse: true, onWrite: heard }),
        tx: characteristic(nordicUart.tx, {
          notify: true,
          onSubscribe: (configuration, client) => {
            if (options.greeting && (configuration & 1) !== 0) tell(client, options.greeting);
          },
        }),
      }),
    ).characteristics;
  };
}

function startsWith(value: Uint8Array, beginning: Uint8Array): boolean {
  return toHex(value).startsWith(toHex(beginning));
}
