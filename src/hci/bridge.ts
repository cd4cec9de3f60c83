import { TransportError } from '../core/errors.js';
import type { HciTransport, TransportDiagnostic } from './transport/transport.js';

/** How a {@link bridge} works. */
export interface BridgeOptions {
  /** Told of what the transports tell. */
  readonly onDiagnostic?: (name: string, diagnostic: TransportDiagnostic) => void;
  /**
   * Octets that may wait for a side that does not take them, before the bridge ends; 1048576. HCI's own flow control keeps
   * far below it, unless a side is stuck.
   */
  readonly backlogLimit?: number;
  /** Ends the bridge. */
  readonly signal?: AbortSignal;
}

/** What a bridge has carried. */
export interface BridgeCounts {
  /** Packets and octets from the first side to the second. */
  readonly forward: { packets: number; octets: number };
  /** And back. */
  readonly back: { packets: number; octets: number };
}

/** Packets that wait until both sides are open; of more, the first are dropped, which is told once. */
const EARLY = 64;
const TOO_EARLY = `more than ${EARLY} packets came before the other side was open: the first of them are dropped`;

/**
 * Joins two transports: each packet of one goes to the other, untouched. Both are opened here, and closed when it ends:
 * when a side is gone, or by the signal.
 *
 * Opening a serial port resets the controller there. What its host does later, HCI_Reset first, passes like all else.
 * @returns what was carried, once it has ended by the signal
 * @throws {TransportError} when a side cannot be opened, is lost, or does not take what it is given
 */
export async function bridge(
  a: HciTransport,
  b: HciTransport,
  options: BridgeOptions = {},
): Promise<BridgeCounts> {
  const { backlogLimit = 0x100000, signal, onDiagnostic } = options;
  const counts = { forward: { packets: 0, octets: 0 }, back: { packets: 0, octets: 0 } };
  let end!: (error?: Error) => void;
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => (error ? reject(error) : resolve());
  });
  ended.catch(() => {});
  let early: (() => void)[] | undefined = [];
  let dropped = false;
  const stop = () => end();
  signal?.addEventListener('abort', stop, { once: true });
  const join = (from: HciTransport, to: HciTransport, count: { packets: number; octets: number }) =>
    from.open({
      packet: (type, bytes, start, end_) => {
        const packet = new Uint8Array(1 + end_ - start);
        packet[0] = type;
        packet.set(bytes.subarray(start, end_), 1);
        count.packets++;
        count.octets += packet.length;
        // Until both sides are open, what comes waits.
        if (early) {
          early.push(() => to.send(packet));
          if (early.length > EARLY) {
            early.shift();
            if (!dropped) onDiagnostic?.(from.name, { kind: 'warning', message: TOO_EARLY });
            dropped = true;
          }
          return;
        }
        to.send(packet);
        if (to.writeBacklog > backlogLimit) {
          end(
            new TransportError(
              `${to.name}: it does not take what it is given: ${to.writeBacklog} octets wait`,
              'PORT_LOST',
            ),
          );
        }
      },
      diagnostic: (diagnostic) => onDiagnostic?.(from.name, diagnostic),
      closed: (error) => end(error ?? new TransportError(`${from.name}: the port was closed`, 'PORT_CLOSED')),
    });
  try {
    signal?.throwIfAborted();
    await Promise.race([Promise.all([join(a, b, counts.forward), join(b, a, counts.back)]), ended]);
    const waiting = early ?? [];
    early = undefined;
    for (const send of waiting) send();
    await ended;
    return counts;
  } finally {
    signal?.removeEventListener('abort', stop);
    end();
    await Promise.allSettled([a.close(), b.close()]);
  }
}
