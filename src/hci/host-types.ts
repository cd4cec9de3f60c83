import type { Clock } from '../core/clock.js';
import type { TransportError } from '../core/errors.js';
import type { UnhandledEvent } from './event-router.js';
import type { Fault } from './recovery/fault.js';

/** Something that did not go by the specification, or is worth a look: counted and told, never thrown. */
export interface Diagnostic {
  readonly layer: 'transport' | 'hci' | 'l2cap' | 'smp' | 'att' | 'gap';
  readonly message: string;
  /** The connection concerned. */
  readonly connectionHandle?: number;
  /** The octets concerned, a copy. */
  readonly bytes?: Uint8Array;
  /** A port waits until somebody connects to it: the port string that does. */
  readonly listeningAt?: string;
}

/** What an {@link HciHost} tells. */
export interface HciHostEvents {
  /** See {@link Diagnostic}. */
  diagnostic: Diagnostic;
  /** An event without handler: unknown, vendor's, or not asked for. */
  unhandledEvent: UnhandledEvent;
  /** Something that the controller does not get out of by itself; see {@link Fault}. */
  fault: Fault;
  /** Everything pending was rejected with this error: the controller is to be reset or opened anew. */
  down: TransportError;
  /** The transport is gone for good; without an error it was closed on purpose. */
  closed: TransportError | undefined;
}

/** What {@link HciHost.identify} takes. */
export interface ControllerIdentity {
  /** The company identifier of the manufacturer: vendor events are understood by it. */
  readonly companyIdentifier: number;
  /** The Supported_Commands mask; without it all commands count as supported. */
  readonly supportedCommands: Uint8Array | undefined;
}

/** Takes a whole packet, `bytes[start, end)` without its indicator: a view valid during the call. */
export type RawPacketHandler = (bytes: Uint8Array, start: number, end: number) => void;

/** Options of an {@link HciHost}. */
export interface HciHostOptions {
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /** How long a command may go without an answer, in milliseconds; 2000. */
  readonly commandTimeoutMs?: number;
}
