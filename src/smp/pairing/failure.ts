import { PairingError } from '../../core/errors.js';
import { pairingFailedReasons } from '../failure-reasons.js';

/** Why pairing fails: Core Vol 3, Part H, 3.5.5, table 3.7. */
export const PairingReason = {
  passkeyEntryFailed: 0x01,
  oobNotAvailable: 0x02,
  authenticationRequirements: 0x03,
  confirmValueFailed: 0x04,
  pairingNotSupported: 0x05,
  encryptionKeySize: 0x06,
  commandNotSupported: 0x07,
  unspecified: 0x08,
  repeatedAttempts: 0x09,
  invalidParameters: 0x0a,
  dhKeyCheckFailed: 0x0b,
  numericComparisonFailed: 0x0c,
  keyRejected: 0x0f,
  busy: 0x10,
} as const;

/** One of {@link PairingReason}. */
export type PairingReasonCode = (typeof PairingReason)[keyof typeof PairingReason];

/** A pairing that this side ends; the peer is told the reason. */
export function refused(reason: PairingReasonCode, message: string, cause?: unknown): PairingError {
  const options = cause === undefined ? {} : { cause };
  return new PairingError(`pairing failed: ${message} (${describeReason(reason)})`, reason, 'local', options);
}

/** A pairing that the peer ended. */
export function refusedByPeer(reason: number): PairingError {
  return new PairingError(`pairing failed: the peer ended it: ${describeReason(reason)}`, reason, 'peer');
}

function describeReason(reason: number): string {
  return `0x${reason.toString(16).padStart(2, '0')} ${pairingFailedReasons[reason] ?? 'a reason that is not assigned'}`;
}
