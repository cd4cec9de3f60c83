import type { TransportError } from '../../core/errors.js';
import type { TrailEntry } from '../packet-trail.js';

/**
 * What can go wrong between host and controller:
 * - `commandTimeout`: a command was not answered
 * - `silent`: nothing came for long, and a question was not answered either
 * - `hardwareError`: the controller reported one (Core Vol 4, Part E, 7.7.16)
 * - `assertion`: an assertion failed in the controller's firmware, which is silent from there on
 * - `fatalError`: the controller's firmware reported its end otherwise
 * - `framing`: octets were lost on the way, and with them the boundaries of packets
 * - `lost`: the port or the connection is gone
 * - `restarted`: the controller does not know any more what it was told: it was reset behind the host's back
 * - `slept`: the machine slept, and what the controller did in the meantime is unknown
 */
export type FaultKind =
  | 'commandTimeout'
  | 'silent'
  | 'hardwareError'
  | 'assertion'
  | 'fatalError'
  | 'framing'
  | 'lost'
  | 'restarted'
  | 'slept';

/** Something that a controller does not get out of by itself. */
export interface Fault {
  readonly kind: FaultKind;
  /** What happened, in a sentence. */
  readonly message: string;
  /** When, in milliseconds of the host's clock. */
  readonly at: number;
  /** The Hardware_Code of a Hardware Error. */
  readonly hardwareCode?: number;
  /** The place of a failed assertion in the firmware's sources. */
  readonly file?: string;
  readonly line?: number;
  /** The name of the command that was not answered. */
  readonly command?: string;
  /** The octets concerned; a copy. */
  readonly bytes?: Uint8Array;
  /** The error of a port that is gone. */
  readonly error?: TransportError;
  /** The last commands and events before it, the oldest first. */
  readonly packets: readonly TrailEntry[];
}

/** A fault as it is found: when it was and what was before it come on the way. */
export type FaultFound = Omit<Fault, 'at' | 'packets'>;
