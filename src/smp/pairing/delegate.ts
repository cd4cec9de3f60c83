import type { Address } from '../../core/address.js';
import type { KeyPair } from '../crypto/smp-crypto.js';
import { IoCapability, type IoCapabilityCode } from './features.js';
import type { PairingMethod } from './method.js';

/** What a {@link PairingDelegate} is told of the pairing that it is asked about. */
export interface PairingContext {
  /** The peer's address as it is on air; its identity where that is known. */
  readonly peer: Address;
  readonly role: 'central' | 'peripheral';
  readonly method: PairingMethod;
  readonly secureConnections: boolean;
  /** Whether keys will be kept for the next time. */
  readonly bonding: boolean;
  /** Aborted when the pairing ends while the user is being asked: a dialogue can be closed then. */
  readonly signal: AbortSignal;
}

/** A keypress at the other side: Core Vol 3, Part H, 3.5.8. */
export type Keypress = 'started' | 'entered' | 'erased' | 'cleared' | 'completed';

/** All of them, by their value on air. */
export const keypresses: readonly Keypress[] = ['started', 'entered', 'erased', 'cleared', 'completed'];

/** {@link PairingContext} where digits are entered. */
export interface PasskeyContext extends PairingContext {
  /** Tells the peer about a key that was pressed; of no effect unless both sides want to know. */
  readonly keypress: (what: Keypress) => void;
}

/** What came from the peer out of band, and what went to it. */
export interface OutOfBandData {
  /** LE legacy pairing: the TK that both sides have, 16 octets, least significant first. */
  readonly tk?: Uint8Array;
  /** Secure Connections: the peer's random and confirm values, 16 octets each, least significant first. */
  readonly peer?: { readonly random: Uint8Array; readonly confirm: Uint8Array };
  /** Secure Connections: what this side gave out of band, from {@link createOutOfBandData}. */
  readonly own?: OwnOutOfBandData;
}

/** This side's data for out of band, with what has to be kept for the pairing: the key pair is used for that one only. */
export interface OwnOutOfBandData {
  /** 16 octets, least significant first; goes to the peer. */
  readonly random: Uint8Array;
  /** 16 octets, least significant first; goes to the peer. */
  readonly confirm: Uint8Array;
  /** Stays here. */
  readonly keyPair: KeyPair;
}

/**
 * How the user takes part in pairing. What there is of it says what the device can do (Core Vol 3, Part H, 2.3.2); with
 * nothing the device has no input and no output. Every function may take its time, up to the 30 s of SMP's timer.
 */
export interface PairingDelegate {
  /** Shows six digits, 0–999999 with zeros in front, that are to be entered at the peer. */
  displayPasskey?(passkey: number, context: PairingContext): void | Promise<void>;
  /** Asks for the six digits that the peer shows. @returns 0–999999; `undefined` ends the pairing */
  enterPasskey?(context: PasskeyContext): number | undefined | Promise<number | undefined>;
  /** Asks whether both devices show these six digits. Wants `displayPasskey` beside it. */
  compare?(value: number, context: PairingContext): boolean | Promise<boolean>;
  /** Asks whether to pair with a peer that wants to: without it the policy alone decides. */
  confirm?(context: PairingContext): boolean | Promise<boolean>;
  /** The out-of-band data for a peer; `undefined` for none. Asked at the beginning of each pairing. */
  oob?(peer: Address): OutOfBandData | undefined | Promise<OutOfBandData | undefined>;
  /** Told of a key that the user pressed at the peer, where a passkey is entered there. */
  keypress?(what: Keypress, context: PairingContext): void;
}

/** The IO capability that a delegate's functions come to: Core Vol 3, Part H, 2.3.2, table 2.5. */
export function ioCapabilityOf(delegate: PairingDelegate | undefined): IoCapabilityCode {
  const [shows, enters, compares] = [delegate?.displayPasskey, delegate?.enterPasskey, delegate?.compare];
  if (shows && enters && compares) return IoCapability.keyboardDisplay;
  if (shows && compares) return IoCapability.displayYesNo;
  // With a display as well it would be asked to compare.
  if (enters) return IoCapability.keyboardOnly;
  return shows ? IoCapability.displayOnly : IoCapability.noInputNoOutput;
}

const functions = ['displayPasskey', 'enterPasskey', 'compare', 'confirm', 'oob', 'keypress'] as const;

/** @throws {TypeError} when functions are missing, or are none */
export function checkDelegate(delegate: PairingDelegate): void {
  if (typeof delegate !== 'object' || delegate === null)
    throw new TypeError('delegate: an object with functions is wanted');
  for (const name of functions) {
    if (delegate[name] !== undefined && typeof delegate[name] !== 'function')
      throw new TypeError(`delegate.${name}: a function is wanted`);
  }
  // A misspelt name would leave Just Works where somebody wants to be asked.
  const others = Object.keys(delegate);
  if (others.length > 0 && !functions.some((name) => delegate[name])) {
    throw new TypeError(
      `delegate: ${others.join(', ')} is nothing that is asked for; known are ${functions.join(', ')}`,
    );
  }
  if (delegate.compare && !delegate.displayPasskey) {
    throw new TypeError(
      'delegate.compare: wants displayPasskey beside it, for peers that have a keyboard and nothing to compare with',
    );
  }
}

/** @throws {TypeError} when a value has not 16 octets */
export function checkOutOfBand({ tk, peer, own }: OutOfBandData): void {
  for (const [name, value] of Object.entries({
    tk,
    'peer.random': peer?.random,
    'peer.confirm': peer?.confirm,
    'own.random': own?.random,
    'own.confirm': own?.confirm,
  })) {
    if (value !== undefined && !(value instanceof Uint8Array && value.length === 16))
      throw new TypeError(`oob: ${name} has to be a Uint8Array of 16 octets`);
  }
}
