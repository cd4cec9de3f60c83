import { TransportError } from '../core/errors.js';
import type { ReadablePacket } from '../decode/index.js';
import { type FieldDifference, sideBySide } from './divergence.js';

/** Where a replay stopped. */
export interface ReplayDivergence {
  /** The packet of the capture that was due, counted from 1; `undefined` behind the capture's end. */
  readonly frame: number | undefined;
  /** The path of the first divergent field, `data.att.attributeHandle`; `undefined` where a packet is missing or one too many. */
  readonly path: string | undefined;
  /** Both values of that field. */
  readonly difference: FieldDifference | undefined;
  /** The packet that was due, decoded; `undefined` where none was. */
  readonly expected: ReadablePacket | undefined;
  /** The packet that came, decoded; `undefined` where none came. */
  readonly got: ReadablePacket | undefined;
  /** What is wrong, in a few words. */
  readonly reason: string;
  /** The packets around it as lines, those of the capture with their number. */
  readonly around: readonly string[];
}

/** A host did something else than its capture. What is pending on the host's side rejects with it. */
export class ReplayError extends TransportError {
  readonly divergence: ReplayDivergence;

  constructor(name: string, divergence: ReplayDivergence) {
    super(describe(name, divergence), 'REPLAY_DIVERGED');
    this.divergence = divergence;
  }
}

/**
 * A replay of a pairing wants what its capture does not show: a private key, a passkey. It cannot go on without, and what is
 * pending on the host's side rejects with this.
 */
export class ReplayKeyError extends TransportError {
  /** The packet of the capture for which it is wanted, counted from 1. */
  readonly frame: number;

  constructor(name: string, frame: number, what: string) {
    super(`${name}: at frame ${frame}: ${what}`, 'REPLAY_KEY_MISSING');
    this.frame = frame;
  }
}

function describe(name: string, divergence: ReplayDivergence): string {
  const { frame, path, difference, expected, got, reason, around } = divergence;
  const where = frame === undefined ? 'behind its end' : `at frame ${frame}`;
  const values =
    difference === undefined
      ? ''
      : `: ${difference.label} (${path}) is ${difference.got?.text || 'not there'}, expected ${difference.expected?.text || 'nothing'}`;
  return [
    `${name}: the host departs from the capture ${where}${values} — ${reason}`,
    '',
    sideBySide(expected, got, path),
    '',
    'around it:',
    ...around.map((line) => `  ${line}`),
  ].join('\n');
}
