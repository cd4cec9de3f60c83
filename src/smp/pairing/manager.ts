import type { Clock, Timer } from '../../core/clock.js';
import { BleError, PairingError, StateError, TimeoutError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import { Transaction } from '../../core/transaction.js';
import type { SmpCrypto } from '../crypto/smp-crypto.js';
import type { EncryptionKey } from '../keys.js';
import type { SessionStart } from './agreement.js';
import type { PairingAttempts } from './attempts.js';
import { keypresses, type PairingDelegate } from './delegate.js';
import { sufficient } from './encryption-key.js';
import { PairingReason, type PairingReasonCode, refused, refusedByPeer } from './failure.js';
import { authReqOf, readAuthReq } from './features.js';
import type { KeySource } from './key-source.js';
import type { Pairing, SecurityLink, SecurityListener } from './link.js';
import { type SecurityPolicy, securityPolicy } from './policy.js';
import { pair } from './script.js';
import { couldAuthenticate, requestedFeatures } from './security-request.js';
import { keypressesAreTold, PairingSession, SMP_TIMEOUT_MS } from './session.js';
import { describePdu, pduLength, SmpCode, type SmpCodeValue } from './smp-code.js';

/** What a {@link SecurityManager} is made of. */
export interface SecurityManagerOptions {
  readonly link: SecurityLink;
  readonly listener: SecurityListener;
  readonly clock: Clock;
  readonly crypto: SmpCrypto;
  readonly keys: KeySource;
  readonly policy: SecurityPolicy;
  readonly delegate?: PairingDelegate | undefined;
  /** One for all links of a device. */
  readonly attempts: PairingAttempts;
}

/** What one call of {@link SecurityManager.pair} wants other than the policy. */
type PolicyOptions = Partial<
  Pick<SecurityPolicy, 'bonding' | 'mitm' | 'secureConnections' | 'minimumLevel' | 'rePairing'>
>;

/** Options of {@link SecurityManager.pair}. */
export interface PairOptions extends PolicyOptions {
  /** Calls it off: the peer is told Pairing Failed, and the link stays. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The Security Manager of one link, in either role: Core Vol 3, Part H. It knows no transport and keeps no keys: packets and
 * what becomes of the link's encryption are told to it, and a pairing that came about is told by it.
 */
export class SecurityManager {
  private readonly options: SecurityManagerOptions;
  private session: PairingSession | undefined;
  /** Who called {@link pair}, and waits for the session or, as a peripheral, for the central to act. */
  private caller: Transaction<Pairing | undefined> | undefined;
  private callerOptions: PolicyOptions = {};
  /** Runs from a Security Request to what the central does about it. */
  private answerTimer: Timer | undefined;
  /** Whether a Security Request is being answered by encryption with the key of a bond. */
  private encrypting = false;
  /** Why SMP is not to be used on this link any more. */
  private end: BleError | undefined;

  constructor(options: SecurityManagerOptions) {
    this.options = options;
  }

  /** Whether a pairing is under way. */
  get pairing(): boolean {
    return this.session !== undefined;
  }

  /**
   * Pairs with the peer: as a central by a Pairing Request, as a peripheral by a Security Request (Core Vol 3, Part H, 2.4.6),
   * which the central may answer by encrypting with a key that it has.
   * One that the peer has begun is waited for, and counts where it comes to what is asked for.
   * @returns the pairing; `undefined` when a central encrypted with the key of a bond instead
   * @throws {PairingError} when either side ends it
   * @throws {StateError} when somebody else has called it and waits, or there is a bond that `rePairing` does not let replace
   * @throws {RangeError | TypeError} when an option is none, or cannot be had under the policy
   * @throws {TimeoutError} when the peer does not answer for 30 s; SMP is at its end on this link then (3.4)
   * @throws {DisconnectedError} when the link goes
   * @throws the reason of `signal`
   */
  async pair({ signal, ...options }: PairOptions = {}): Promise<Pairing | undefined> {
    signal?.throwIfAborted();
    if (this.end) throw this.end;
    if (this.caller) throw new StateError('pair: a pairing is under way on this link');
    const policy = this.policyWith(options);
    if (this.session) {
      const joined = await this.join(options, signal);
      return joined ?? this.pair({ ...options, signal });
    }
    const wait = this.options.attempts.waitFor(this.options.link.peer);
    if (wait > 0) {
      const text = `the last pairing failed, and the next one may begin in ${Math.ceil(wait / 1000)} s`;
      throw refused(PairingReason.repeatedAttempts, text);
    }
    const { link } = this.options;
    // Found out at the end, it would be the peer alone that has new keys.
    if (link.role === 'central' && policy.rePairing === 'never' && link.knownKey())
      throw new StateError(
        "pair: there is a bond with the peer, and rePairing: 'never' keeps it; remove it first",
      );
    if (link.role === 'peripheral') this.requestSecurity(policy);
    const caller = this.wait(signal);
    this.callerOptions = options;
    if (link.role === 'central') this.begin({ request: undefined, askedByPeer: false }, policy);
    return caller.promise;
  }

  /** Waits for the pairing that the peer has begun. @returns `undefined` when it comes to less than is asked for */
  private async join(options: PolicyOptions, signal: AbortSignal | undefined): Promise<Pairing | undefined> {
    const policy = this.policyWith(options);
    const caller = this.wait(signal);
    this.callerOptions = options;
    const pairing = await caller.promise;
    const enough =
      pairing !== undefined &&
      pairing.level >= policy.minimumLevel &&
      (options.mitm !== true || pairing.level >= SecurityLevel.authenticated) &&
      (policy.secureConnections !== 'only' || pairing.secureConnections) &&
      (options.bonding !== true || pairing.bonded);
    return enough ? pairing : undefined;
  }

  /** Somebody who waits for what comes of a pairing, or calls it off. */
  private wait(signal: AbortSignal | undefined): Transaction<Pairing | undefined> {
    const onAbort = () => this.calledOff();
    const { clock } = this.options;
    const caller = new Transaction<Pairing | undefined>({ clock, what: 'pairing', signal, onAbort });
    this.caller = caller;
    return caller;
  }

  /** A packet came on the Security Manager channel. */
  pdu(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    if (this.end) return;
    const code = start < end ? bytes[start]! : undefined;
    const length = code === undefined ? undefined : pduLength(code);
    if (code === undefined || length === undefined) {
      // 3.3: a code that is reserved is passed over.
      this.report(
        code === undefined ? 'an empty SMP packet came' : `an SMP packet of code ${hexCode(code)} came`,
      );
      return;
    }
    if (end - start !== length) {
      this.report(`${describePdu(code)} came with ${end - start} octets instead of ${length}`);
      if (code !== SmpCode.pairingFailed)
        this.refuse(PairingReason.invalidParameters, 'a packet has a wrong length');
      else this.failed(refusedByPeer(PairingReason.unspecified));
      return;
    }
    this.dispatch(code as SmpCodeValue, bytes.slice(start, end));
  }

  /**
   * The controller of a peripheral asks for a key (LE Long Term Key Request): that of the pairing that is under way.
   * @returns `undefined` when it is for another key, or there is none yet; a bond may have it
   */
  longTermKey(ediv: number, rand: Uint8Array): EncryptionKey | undefined {
    const named = ediv !== 0 || rand.some((octet) => octet !== 0);
    return named ? undefined : this.session?.encryptionKey;
  }

  /** The link is encrypted, or encrypted anew. */
  encrypted(): void {
    this.encrypting = false;
    if (this.session) this.session.encrypted();
    else this.settle((caller) => caller.resolve(undefined));
  }

  /** Encryption that the pairing under way wanted did not come about. */
  encryptionFailed(error: BleError): void {
    this.encrypting = false;
    this.session?.end(error);
  }

  /** The link is gone. */
  closed(error: BleError): void {
    if (this.end) return;
    this.end = error;
    this.session?.end(error);
    this.settle((caller) => caller.reject(error));
  }

  private dispatch(code: SmpCodeValue, pdu: Uint8Array): void {
    const { session } = this;
    switch (code) {
      case SmpCode.pairingFailed:
        this.failed(refusedByPeer(pdu[1]!));
        return;
      case SmpCode.pairingRequest:
        this.pairingRequested(pdu);
        return;
      case SmpCode.securityRequest:
        this.securityRequested(pdu[1]!);
        return;
      case SmpCode.keypressNotification:
        this.keypress(pdu[1]!);
        return;
      default:
        if (session) session.take(pdu);
        else this.report(`${describePdu(code)} came while nobody pairs, and was dropped`);
    }
  }

  private pairingRequested(pdu: Uint8Array): void {
    const { link, attempts } = this.options;
    // The answer to a Security Request is to come to what that was for.
    const askedByPeer = this.caller === undefined;
    const policy = askedByPeer ? this.options.policy : this.policyWith(this.callerOptions);
    if (link.role === 'central') {
      this.refuse(PairingReason.commandNotSupported, 'a peripheral sent a Pairing Request');
    } else if (this.session) {
      this.refuse(PairingReason.unspecified, 'a Pairing Request came while a pairing was under way');
    } else if (attempts.waitFor(link.peer) > 0) {
      this.refuseRequest(
        PairingReason.repeatedAttempts,
        'the last pairing failed, and its time of waiting is not over',
      );
    } else if (policy.rePairing === 'never' && link.knownKey()) {
      this.refuseRequest(
        PairingReason.pairingNotSupported,
        'there is a bond with the peer, and it does not pair anew',
      );
    } else this.begin({ request: pdu, askedByPeer }, policy);
  }

  /** 2.4.6 */
  private securityRequested(authReq: number): void {
    const { link, attempts, policy, delegate } = this.options;
    if (link.role === 'peripheral') {
      this.refuse(PairingReason.commandNotSupported, 'a central sent a Security Request');
      return;
    }
    // What is under way may come to what is asked for.
    if (this.session || this.encrypting) return;
    const wanted = readAuthReq(authReq);
    const key = link.bondKey();
    // Where nobody can be asked, pairing anew comes to no better key, and lets a stranger take the place of the peer.
    const better = wanted.mitm && couldAuthenticate(policy, delegate);
    if (key && sufficient(key, policy) && (key.authenticated || !better)) {
      this.encrypting = true;
      link.startEncryption(key);
      return;
    }
    if (key && policy.rePairing === 'never') {
      this.refuse(PairingReason.authenticationRequirements, 'the bond with the peer is all there is');
      return;
    }
    if (attempts.waitFor(link.peer) > 0) {
      this.refuse(
        PairingReason.repeatedAttempts,
        'the last pairing failed, and its time of waiting is not over',
      );
      return;
    }
    this.begin(
      { request: undefined, askedByPeer: true },
      this.policyWith({
        ...(wanted.mitm ? { mitm: true } : {}),
        ...(policy.bonding && !wanted.bonding ? { bonding: false } : {}),
        // The bond is left for an authenticated key, and not for anything less.
        ...(key && wanted.mitm ? { minimumLevel: authenticatedAtLeast(policy.minimumLevel) } : {}),
      }),
    );
  }

  private begin(start: SessionStart, policy: SecurityPolicy): void {
    const { link, clock, crypto, keys, delegate = {}, listener, attempts } = this.options;
    const session = new PairingSession(
      { link, clock, crypto, keys, policy, delegate },
      start.request === undefined,
      (error) => this.broken(session, error),
    );
    this.session = session;
    this.encrypting = false;
    clock.clearTimeout(this.answerTimer);
    pair(session, start, ({ method, secureConnections }) =>
      listener.pairing?.({ method, secureConnections }),
    ).then(
      (pairing) => {
        // Ended between the script's last step and this one.
        if (this.session !== session) return;
        session.finish();
        this.session = undefined;
        // Just Works proves nothing: between two guesses it would take the waiting away.
        if (pairing.method !== 'justWorks') attempts.succeeded(link.peer);
        listener.paired(pairing);
        this.settle((caller) => caller.resolve(pairing));
      },
      (error: unknown) => this.broken(session, error),
    );
  }

  /** A session came to a bad end, from outside, or else by its script. */
  private broken(session: PairingSession, cause: unknown): void {
    const { link, listener, attempts } = this.options;
    if (this.session !== session) return;
    const error = errorOf(cause);
    this.session = undefined;
    session.finish(error);
    if (error instanceof PairingError) {
      if (error.side === 'local') this.sendFailed(error.reason as PairingReasonCode);
    } else if (!this.end && error.code === 'TIMEOUT') {
      // 3.4: no further SMP commands on this link.
      this.end = error;
    }
    if (session.counts) attempts.failed(link.peer);
    listener.failed(error);
    this.settle((caller) => caller.reject(error));
  }

  /** Who called {@link pair} does not want it any more. What the central makes of a Security Request is its own then. */
  private calledOff(): void {
    this.settle(() => {});
    this.session?.end(refused(PairingReason.unspecified, 'it was called off here'));
  }

  /** The peer gave up. */
  private failed(error: PairingError): void {
    if (this.session) this.session.end(error);
    else if (this.caller) this.settle((caller) => caller.reject(error));
    else this.report(error.message);
  }

  /** Answers Pairing Failed; a pairing that is under way is at its end with that. */
  private refuse(reason: PairingReasonCode, message: string): void {
    if (this.session) {
      this.session.end(refused(reason, message));
      return;
    }
    this.report(refused(reason, message).message);
    this.sendFailed(reason);
  }

  /** The same for a Pairing Request, which may be the answer to a Security Request that somebody waits on. */
  private refuseRequest(reason: PairingReasonCode, message: string): void {
    this.refuse(reason, message);
    this.settle((caller) => caller.reject(refused(reason, message)));
  }

  private sendFailed(reason: PairingReasonCode): void {
    if (!this.end) this.options.link.send(Uint8Array.of(SmpCode.pairingFailed, reason));
  }

  private requestSecurity(policy: SecurityPolicy): void {
    const { link, clock, delegate } = this.options;
    link.send(Uint8Array.of(SmpCode.securityRequest, authReqOf(requestedFeatures(policy, delegate))));
    const over = () =>
      this.settle((caller) =>
        caller.reject(new TimeoutError('an answer to the Security Request', SMP_TIMEOUT_MS)),
      );
    this.answerTimer = clock.setTimeout(over, SMP_TIMEOUT_MS);
  }

  private policyWith(options: PolicyOptions): SecurityPolicy {
    const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
    return securityPolicy({ ...this.options.policy, ...given });
  }

  private keypress(value: number): void {
    const { session } = this;
    const what = keypresses[value];
    const { delegate } = this.options;
    const agreement = session?.agreement;
    const told = agreement?.method === 'passkey' && keypressesAreTold(agreement);
    if (!session || !told || !what) {
      if (session && !what)
        this.refuse(PairingReason.invalidParameters, 'a keypress of an unknown kind came');
      else this.report('a Pairing Keypress Notification came where no passkey is entered, and was dropped');
      return;
    }
    try {
      delegate?.keypress?.(what, session.context(agreement));
    } catch (error) {
      this.report(
        `the delegate's keypress failed: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  private settle(how: (caller: Transaction<Pairing | undefined>) => void): void {
    const { caller } = this;
    this.caller = undefined;
    this.options.clock.clearTimeout(this.answerTimer);
    if (caller) how(caller);
  }

  private report(message: string): void {
    this.options.listener.report(message);
  }
}

function authenticatedAtLeast(level: SecurityLevelCode): SecurityLevelCode {
  return level > SecurityLevel.authenticated ? level : SecurityLevel.authenticated;
}

/** What a script threw, as one of the stack's errors. */
function errorOf(cause: unknown): BleError {
  if (cause instanceof BleError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return refused(PairingReason.unspecified, message, cause);
}
