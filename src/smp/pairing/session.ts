import type { Clock, Timer } from '../../core/clock.js';
import { type BleError, TimeoutError } from '../../core/errors.js';
import type { SmpCrypto } from '../crypto/smp-crypto.js';
import type { EncryptionKey } from '../keys.js';
import type { OutOfBandData, PairingContext, PairingDelegate } from './delegate.js';
import { PairingReason, refused } from './failure.js';
import type { PairingFeatures } from './features.js';
import type { KeySource } from './key-source.js';
import type { SecurityLink } from './link.js';
import type { ChosenMethod } from './method.js';
import type { SecurityPolicy } from './policy.js';
import { describePdu, isKeyPdu, type SmpCodeValue } from './smp-code.js';

/** Milliseconds that each step may take: Core Vol 3, Part H, 3.4. */
export const SMP_TIMEOUT_MS = 30_000;
/** Packets that may have come before somebody wants them: more than a peer ever sends without an answer. */
const INBOX_LIMIT = 8;

/** What a {@link PairingSession} works with. */
export interface SessionParts {
  readonly link: SecurityLink;
  readonly clock: Clock;
  readonly crypto: SmpCrypto;
  readonly keys: KeySource;
  readonly policy: SecurityPolicy;
  readonly delegate: PairingDelegate;
}

/** What is known when both sides have told their features. */
export interface Agreement extends ChosenMethod {
  /** The Pairing Request as sent, code first. */
  readonly request: Uint8Array;
  /** The Pairing Response likewise. */
  readonly response: Uint8Array;
  readonly initiator: PairingFeatures;
  readonly responder: PairingFeatures;
  readonly secureConnections: boolean;
  readonly bonding: boolean;
  readonly keySize: number;
  readonly outOfBand: OutOfBandData | undefined;
}

/** Whether keypresses are told: both sides have to want it (3.5.1). */
export function keypressesAreTold({ initiator, responder }: Agreement): boolean {
  return initiator.keypress && responder.keypress;
}

/**
 * One pairing from its first packet to its last: it hands the peer's packets to the script that runs, keeps the timer, and
 * ends the script wherever it stands when the link goes, the peer gives up or time is over.
 */
export class PairingSession {
  readonly parts: SessionParts;
  readonly isInitiator: boolean;
  /** Aborted when the session ends. */
  private readonly ending = new AbortController();
  private readonly onEnd: (error: BleError) => void;
  private readonly failure: Promise<never>;
  private rejectFailure!: (error: BleError) => void;
  private readonly inbox: Uint8Array[] = [];
  private wake: (() => void) | undefined;
  private timer: Timer | undefined;
  private key: EncryptionKey | undefined;
  private encryptedWithKey = false;
  private over = false;
  /**
   * Whether its failure makes the peer wait: from where the user is asked, or a guess can be made. What fails before cost
   * nobody anything.
   */
  counts = false;
  agreement: Agreement | undefined;

  /** @param onEnd told at once when something ends the session from outside of its script */
  constructor(parts: SessionParts, isInitiator: boolean, onEnd: (error: BleError) => void) {
    this.onEnd = onEnd;
    this.parts = parts;
    this.isInitiator = isInitiator;
    this.failure = new Promise((_, reject) => {
      this.rejectFailure = reject;
    });
    this.failure.catch(() => {});
    this.restartTimer();
  }

  /** What encrypts the link, as soon as the pairing has come to it. */
  get encryptionKey(): EncryptionKey | undefined {
    return this.key;
  }

  /** The user is told and asked with this. */
  context(agreement: Agreement): PairingContext {
    const { link } = this.parts;
    return {
      peer: link.peer,
      role: link.role,
      method: agreement.method,
      secureConnections: agreement.secureConnections,
      bonding: agreement.bonding,
      signal: this.ending.signal,
    };
  }

  // For the script

  /** Sends a packet; the timer starts anew (3.4). */
  send(code: SmpCodeValue, ...parts: readonly Uint8Array[]): void {
    if (this.over) return;
    const pdu = Uint8Array.of(code, ...parts.flatMap((part) => [...part]));
    this.restartTimer();
    this.parts.link.send(pdu);
  }

  /** The next packet, code first. @throws {PairingError} when it is another than the one that has to come now */
  async receive(code: SmpCodeValue): Promise<Uint8Array> {
    while (this.inbox.length === 0) await this.event();
    if (this.over) return this.failure;
    const pdu = this.inbox.shift()!;
    if (pdu[0] !== code) {
      throw refused(
        PairingReason.unspecified,
        `${describePdu(pdu[0]!)} came where ${describePdu(code)} was to come`,
      );
    }
    return pdu;
  }

  /** Encrypts the link, or as a peripheral lets the central do it; resolves when it is. */
  async encrypt(key: EncryptionKey): Promise<void> {
    this.key = key;
    if (this.parts.link.role === 'central') this.parts.link.startEncryption(key);
    while (!this.encryptedWithKey) await this.event();
    if (this.over) return this.failure;
  }

  /** As a peripheral: the central may ask for the key from now on. It does, as soon as it has the next packet. */
  offer(key: EncryptionKey): void {
    this.key = key;
  }

  /** Asks the user, or loads what is needed; ends with the session. */
  async ask<T>(work: () => T | Promise<T>): Promise<T> {
    const answer = await Promise.race([Promise.resolve().then(work), this.failure]);
    if (this.over) return this.failure;
    return answer;
  }

  // For the manager

  /** A packet of the pairing came, of the right length. */
  take(pdu: Uint8Array): void {
    if (this.over) return;
    if (isKeyPdu(pdu[0]!) && !this.encryptedWithKey) {
      this.end(
        refused(PairingReason.unspecified, `${describePdu(pdu[0]!)} came before the link was encrypted`),
      );
      return;
    }
    if (this.inbox.length >= INBOX_LIMIT) {
      this.end(refused(PairingReason.unspecified, 'the peer sends without waiting for answers'));
      return;
    }
    this.inbox.push(pdu);
    this.wake?.();
  }

  /** The link is encrypted now; counts when it can only be with the key of this pairing. */
  encrypted(): void {
    if (this.over || !this.key) return;
    this.encryptedWithKey = true;
    this.wake?.();
  }

  /** Ends the session with an error; the script stops where it stands. */
  end(error: BleError): void {
    if (this.over) return;
    this.finish(error);
    this.rejectFailure(error);
    this.wake?.();
    this.onEnd(error);
  }

  /** The script came to its end, a good one or an error. Dialogues that are still open are closed. */
  finish(reason?: unknown): void {
    this.over = true;
    this.parts.clock.clearTimeout(this.timer);
    this.inbox.length = 0;
    this.ending.abort(reason);
  }

  private async event(): Promise<void> {
    await Promise.race([
      new Promise<void>((resolve) => {
        this.wake = resolve;
      }),
      this.failure,
    ]);
  }

  private restartTimer(): void {
    const { clock } = this.parts;
    clock.clearTimeout(this.timer);
    this.timer = clock.setTimeout(
      () => this.end(new TimeoutError('pairing', SMP_TIMEOUT_MS)),
      SMP_TIMEOUT_MS,
    );
  }
}
