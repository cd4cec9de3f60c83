import type { Clock } from '../core/clock.js';
import { type CaptureSink, TappedTransport } from '../hci/capture/tap.js';
import { createTransport } from '../hci/transport/registry.js';
import type { TransportContext } from '../hci/transport/scheme.js';
import type { HciTransport } from '../hci/transport/transport.js';

/** A controller: a port string, a transport, or a function that makes a new transport with each call. */
export type TransportSource = string | HciTransport | (() => HciTransport | Promise<HciTransport>);

/** @throws {TypeError} when there is none, or nothing that could be one */
export function checkTransport(source: unknown): void {
  const { open, send, close } = (
    typeof source === 'object' && source !== null ? source : {}
  ) as Partial<HciTransport>;
  if (typeof source === 'string' || typeof source === 'function' || (open && send && close)) return;
  throw new TypeError(
    "transport: a port ('virtual:', 'serial:/dev/ttyACM0'), a transport, or a function that makes one is wanted",
  );
}

/** Whether a source can be opened a second time; a transport object is opened once. */
export function canReopen(source: TransportSource): source is Exclude<TransportSource, HciTransport> {
  return typeof source === 'string' || typeof source === 'function';
}

/** A function that makes the transport, not opened yet. It throws `PORT_SPEC` when a port string is wrong. */
export function transportSource(
  source: TransportSource,
  context: TransportContext,
): () => Promise<HciTransport> {
  if (typeof source === 'function') return async () => source();
  return () => createTransport(source, context);
}

/** The same, with every packet given to a capture as well; as it is without one. */
export function captured(
  source: () => Promise<HciTransport>,
  capture: CaptureSink | undefined,
  clock: Clock,
): () => Promise<HciTransport> {
  return capture ? async () => new TappedTransport(await source(), capture, clock) : source;
}
