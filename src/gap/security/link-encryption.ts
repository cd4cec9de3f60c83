import {
  type BleError,
  DisconnectedError,
  HciError,
  SecurityError,
  TimeoutError,
} from '../../core/errors.js';
import { equalBytes } from '../../core/hex.js';
import { messageOf } from '../../core/message-of.js';
import { Mutex } from '../../core/mutex.js';
import { Transaction } from '../../core/transaction.js';
import {
  leEnableEncryption,
  leLongTermKeyRequestNegativeReply,
  leLongTermKeyRequestReply,
} from '../../hci/commands/index.js';
import { describeStatus } from '../../hci/error-names.js';
import type { HciHost } from '../../hci/host.js';
import type { EncryptionKey } from '../../smp/keys.js';
import { LOCAL_HOST_TERMINATED, UNKNOWN_CONNECTION } from '../errors.js';

/** PIN or Key Missing (Core Vol 1, Part F, 2.6): the peer has no such key. */
const KEY_MISSING = 0x06;
/**
 * How long encryption may take, in milliseconds: over the 40 s after which the controllers end a link whose procedure does
 * not end (Core Vol 6, Part B, 5.2).
 */
const START_MS = 45_000;

/** A key that encrypts a link, and who gave it: the pairing that is under way, or a bond. */
export interface LinkKey {
  readonly key: EncryptionKey;
  readonly from: 'pairing' | 'bond';
}

/** What a {@link LinkEncryption} needs. */
export interface LinkEncryptionParts {
  readonly host: HciHost;
  readonly handle: number;
  /** The peer's address, for messages. */
  readonly peer: string;
  readonly report: (message: string) => void;
  /** Whether this side is ending the link. */
  readonly leaving: () => boolean;
  /** Whether the policy lets the link be encrypted with a key. */
  readonly takes: (key: EncryptionKey) => boolean;
  /** The link is encrypted, or encrypted anew. */
  readonly encrypted: (by: LinkKey) => void;
  /** As a peripheral: encryption that the central began did not come about. */
  readonly failed: (error: BleError) => void;
  /** Encryption is gone, or in a state that nobody knows: the link cannot be trusted any more. */
  readonly lost: (why: string) => void;
}

interface Starting {
  readonly by: LinkKey;
  readonly done: Transaction<void>;
}

/**
 * The encryption of one link as the controller does it: Core Vol 4, Part E, 7.8.24 to 7.8.26, 7.7.8 and 7.7.39. Only its
 * events say that a link is encrypted; what a peer says of it counts for nothing.
 */
export class LinkEncryption {
  private readonly parts: LinkEncryptionParts;
  private readonly turn = new Mutex();
  /** As a central: what was begun. */
  private starting: Starting | undefined;
  /** As a central: what was asked for last, begun or waiting for its turn. */
  private asked: { readonly by: LinkKey; readonly promise: Promise<void> } | undefined;
  /** As a peripheral: the key that the controller was given, until it tells what came of it. */
  private offered: LinkKey | undefined;
  private inForce: LinkKey | undefined;
  private end: BleError | undefined;

  constructor(parts: LinkEncryptionParts) {
    this.parts = parts;
  }

  /** The key that encrypts the link, of the size that counts; `undefined` while nothing does. */
  get key(): EncryptionKey | undefined {
    return this.inForce?.key;
  }

  /**
   * As a central: encrypts the link, or changes its key; resolves when it is encrypted with this one.
   * @throws {SecurityError} when it does not come about
   */
  start(by: LinkKey): Promise<void> {
    const { asked } = this;
    if (asked && equalBytes(asked.by.key.ltk, by.key.ltk) && asked.by.from === by.from) return asked.promise;
    const promise = this.turn
      .run(() => this.run(by))
      .finally(() => {
        if (this.asked?.promise === promise) this.asked = undefined;
      });
    this.asked = { by, promise };
    return promise;
  }

  /** As a peripheral: answers the controller, which asks for a key; without one the central is told that it is missing. */
  async answer(by: LinkKey | undefined): Promise<void> {
    const { host, handle: connectionHandle, report } = this.parts;
    this.offered = by;
    try {
      if (by) await host.send(leLongTermKeyRequestReply, { connectionHandle, longTermKey: by.key.ltk });
      else await host.send(leLongTermKeyRequestNegativeReply, { connectionHandle });
    } catch (error) {
      if (!this.end)
        report(`the controller did not take the answer to its request for a key: ${messageOf(error)}`);
    }
  }

  /** Encryption Change (7.7.8). @param keySize what version 2 tells; 0 is no size */
  changed(status: number, enabled: boolean, keySize = 0): void {
    if (status !== 0) this.refused(status);
    else if (enabled) this.succeeded(keySize);
    else {
      // LE knows no way to it: a link is encrypted until its end (Vol 6, Part B, 5.1.3).
      this.inForce = undefined;
      this.parts.lost('the controller says that encryption is off');
    }
  }

  /** Encryption Key Refresh Complete (7.7.39). */
  refreshed(status: number): void {
    if (status === 0) {
      // This event tells no size: with the same key it is the one of before.
      const { inForce, starting, offered } = this;
      const next = starting?.by ?? offered;
      const same = inForce && next && equalBytes(inForce.key.ltk, next.key.ltk);
      this.succeeded(same ? inForce.key.keySize : 0);
      return;
    }
    // The procedure began by pausing: what holds now is not known.
    const was = this.inForce;
    this.inForce = undefined;
    this.refused(status);
    if (was) this.parts.lost(`its key could not be changed: ${describeStatus(status)}`);
  }

  /** The link is gone. */
  closed(reason: BleError): void {
    this.end = reason;
    this.inForce = undefined;
    this.offered = undefined;
    this.starting?.done.reject(reason);
  }

  private async run(by: LinkKey): Promise<void> {
    if (this.end) throw this.end;
    const { host, handle: connectionHandle, peer, leaving } = this.parts;
    const done = new Transaction<void>({
      clock: host.clock,
      what: `encryption of the link with ${peer}`,
      timeoutMs: START_MS,
    });
    done.promise.catch(() => {});
    this.starting = { by, done };
    const { ltk, ediv, rand } = by.key;
    try {
      await host.send(leEnableEncryption, {
        connectionHandle,
        randomNumber: new DataView(rand.buffer, rand.byteOffset, 8).getBigUint64(0, true),
        encryptedDiversifier: ediv,
        longTermKey: ltk,
      });
      done.start();
      await done.promise;
    } catch (error) {
      if (error instanceof TimeoutError) this.parts.lost(error.message);
      if (!(error instanceof HciError) || this.end) throw error;
      if (error.status === UNKNOWN_CONNECTION || leaving()) throw gone(peer, error);
      throw failure(peer, error.status, error);
    } finally {
      this.starting = undefined;
    }
  }

  /** @param told the size of the key as the controller tells it; 0 when it does not */
  private succeeded(told: number): void {
    const { starting, offered } = this;
    const agreed = starting?.by ?? offered;
    this.offered = undefined;
    if (!agreed) {
      this.parts.report(
        'the controller says that the link is encrypted, with a key that nobody gave it: it does not count',
      );
      return;
    }
    // What is less than was agreed on is what there is; more is none, as 16 octets are filled up with zeros (Vol 3, Part H, 2.3.4).
    const isLess = told > 0 && told < agreed.key.keySize;
    const by = isLess ? { ...agreed, key: { ...agreed.key, keySize: told } } : agreed;
    if (isLess && !this.takesLess(by.key, agreed.key.keySize)) return;
    this.inForce = by;
    this.parts.encrypted(by);
    starting?.done.resolve();
  }

  /** Reports a key that is shorter than was agreed on. @returns whether it may be used: else the link is at its end */
  private takesLess(key: EncryptionKey, agreed: number): boolean {
    const { peer, report, takes, failed, lost } = this.parts;
    const why = `the controller encrypted the link with ${peer} by a key of ${key.keySize} octets, where ${agreed} were agreed on`;
    if (takes(key)) {
      report(why);
      return true;
    }
    this.inForce = undefined;
    const error = new SecurityError(`${why}; the policy asks for more`, 'SECURITY_TOO_LOW');
    if (this.starting) this.starting.done.reject(error);
    else failed(error);
    lost(why);
    return false;
  }

  private refused(status: number): void {
    const { starting } = this;
    const error = failure(this.parts.peer, status);
    this.offered = undefined;
    if (starting) starting.done.reject(error);
    else this.parts.failed(error);
  }
}

function failure(peer: string, status: number, cause?: unknown): SecurityError {
  const options = cause === undefined ? {} : { cause };
  if (status === KEY_MISSING) {
    return new SecurityError(
      `${peer} has no key for this device any more (${describeStatus(status)}): its bonds were erased, or another device has taken its address. ` +
        'If you know why, remove the bond here as well and pair again',
      'KEY_MISSING',
      options,
    );
  }
  return new SecurityError(
    `the link with ${peer} was not encrypted: ${describeStatus(status)}`,
    'ENCRYPTION_FAILED',
    options,
  );
}

/** A controller takes no command for a link that it is ending, or that is gone; the event for it comes behind. */
function gone(peer: string, cause: HciError): DisconnectedError {
  const reason = cause.status === UNKNOWN_CONNECTION ? UNKNOWN_CONNECTION : LOCAL_HOST_TERMINATED;
  return new DisconnectedError(`the link to ${peer} ended before it was encrypted`, reason, { cause });
}
