import { type Address, AddressType } from '../../core/address.js';
import { outsideOf } from '../../core/clock.js';
import { type BleError, SecurityError, StateError } from '../../core/errors.js';
import { frameOf, type PduChannel, type PduReceiver } from '../../core/frame.js';
import { messageOf } from '../../core/message-of.js';
import { type LinkSecurity, openLink, SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import type { GattClient, ServerClient } from '../../gatt/index.js';
import type { EncryptionKey } from '../../smp/keys.js';
import {
  notWeaker,
  type Pairing,
  type PairOptions,
  SecurityManager,
  securityLevel,
  sufficient,
} from '../../smp/pairing/index.js';
import type { Bond } from '../bonds/bond.js';
import { anyKey, bondKey, isNamed } from './bond-keys.js';
import { BondSigning } from './bond-signing.js';
import type { SecuringDevice } from './device-parts.js';
import { LinkEncryption, type LinkKey } from './link-encryption.js';
import type { LinkSecurer, LinkSecurityEvents, PairingResult } from './link-security.js';
import type { SecuritySettings } from './options.js';
import { SecurityRaise } from './security-raise.js';
import { ServerMemoryKeeper } from './server-memory.js';
import { forgetWhatChanges } from './unheard-change.js';

/** A link that is to be secured. */
export interface SecuredLinkInit {
  readonly handle: number;
  readonly role: 'central' | 'peripheral';
  /** This device's address and the peer's, as they were on air when the link came about. */
  readonly own: () => Address;
  readonly onAir: Address;
  /** The peer as it is known: by its identity, where the controller resolved it. */
  readonly peer: Address;
  /** The Security Manager's channel. */
  readonly channel: PduChannel;
  readonly report: (message: string) => void;
  /** Resolves when the peer has what was sent. */
  readonly delivered: () => Promise<void>;
  /** Ends the link with Authentication Failure. */
  readonly end: (why: string) => void;
  /** Whether this side is ending the link. */
  readonly leaving: () => boolean;
}

/**
 * The security of one link: between its Security Manager, which pairs, the controller, which encrypts, the bonds, which
 * remember, and the user. Core Vol 3, Part C, 10.3 says when a link is secure enough, Part H, 2.4.4 how it becomes so.
 */
export class SecuredLink implements LinkSecurer, PduReceiver {
  readonly signing: BondSigning;
  readonly refused;
  readonly encryption: LinkEncryption;
  events: LinkSecurityEvents | undefined;
  private readonly device: SecuringDevice;
  private readonly settings: SecuritySettings;
  private readonly init: SecuredLinkInit;
  private readonly manager: SecurityManager;
  private readonly raise: SecurityRaise;
  private state: LinkSecurity;
  /** Who the peer said to be in a pairing on this link. */
  private identity: Address | undefined;
  /** What of the pairing that came about is being kept. */
  private keeping: Promise<unknown> | undefined;
  private memory: ServerMemoryKeeper | undefined;
  /** A pairing with a peer that has lost its key. */
  private anew: Promise<unknown> | undefined;
  /** Who waits for the end of the pairing that is under way. */
  private readonly waiting: (() => void)[] = [];
  private end: BleError | undefined;

  constructor(device: SecuringDevice, init: SecuredLinkInit) {
    this.device = device;
    this.init = init;
    this.settings = device.settings;
    const { settings } = device;
    const { host, crypto, keys, attempts, bonds } = device.parts;
    const { role, channel, report, handle } = init;
    this.encryption = new LinkEncryption({
      host,
      handle,
      peer: String(init.peer),
      report,
      leaving: init.leaving,
      takes: (key) => sufficient(key, settings.policy),
      encrypted: (by) => this.encrypted(by),
      failed: (error) => this.encryptionFailed(error),
      lost: (why) => this.lost(why),
    });
    this.manager = new SecurityManager({
      link: {
        role,
        get own() {
          return init.own();
        },
        peer: init.onAir,
        send: (pdu) => channel.send(frameOf(pdu)),
        startEncryption: (key) => this.startFor(key),
        bondKey: () => this.bondKey(),
        knownKey: () => this.bond && anyKey(this.bond, this.init.role),
        identity: () => ({ irk: bonds.irk, address: bonds.local }),
      },
      listener: {
        paired: (pairing) => this.paired(pairing),
        failed: (error) => this.pairingFailed(error),
        report,
      },
      clock: host.clock,
      crypto,
      keys,
      policy: settings.policy,
      delegate: settings.delegate,
      attempts,
    });
    this.signing = new BondSigning(bonds, crypto, () => this.bond);
    this.raise = new SecurityRaise(this, settings.policy.maxKeySize);
    this.refused = settings.raise ? this.raise.handler : undefined;
    this.state = { ...openLink, bonded: this.bondKey() !== undefined };
    channel.attach(this);
  }

  get current(): LinkSecurity {
    return this.state;
  }

  get encryptsFirst(): boolean {
    const { settings } = this;
    return this.init.role === 'central' && settings.encryptOnConnect && this.bondKey() !== undefined;
  }

  /** The bond with the peer. */
  get bond(): Bond | undefined {
    const { bonds } = this.device.parts;
    return this.identity ? bonds.get(this.identity) : bonds.find(this.init.peer);
  }

  /** Counts the changes of what the link has. */
  get generation(): number {
    return this.raise.generation;
  }

  async pair(options: PairOptions): Promise<PairingResult> {
    const pairing = await this.manager.pair(options);
    await this.keeping;
    // A central may answer with the key of the bond, which is good enough for the device, and not for this call.
    const { minimumLevel = SecurityLevel.none } = options;
    if (!pairing && this.state.level < minimumLevel) {
      throw tooLow(
        `the central encrypted with the key of the bond, which gives level ${this.state.level}, and level ${minimumLevel} is wanted`,
      );
    }
    // Whoever ends the link now must not cut the last keys off: the peer's pairing would fail.
    await this.init.delivered();
    return this.result(pairing);
  }

  async encrypt(): Promise<void> {
    const key = this.usableKey('encrypt');
    if (this.init.role === 'peripheral') {
      await this.requestSecurity({});
      return;
    }
    try {
      await this.encryption.start({ key, from: 'bond' });
    } catch (error) {
      if (!this.pairsAnewFor(error)) throw error;
      await this.pairAnew(key);
    }
  }

  requestSecurity(options: PairOptions): Promise<PairingResult> {
    if (this.init.role === 'central')
      return Promise.reject(
        new StateError('requestSecurity: a peripheral asks; a central pairs or encrypts'),
      );
    return this.pair(options);
  }

  require(level: SecurityLevelCode): Promise<void> {
    return this.raise.to(level);
  }

  async refreshKey(): Promise<void> {
    if (this.init.role === 'peripheral')
      throw new StateError(
        'refreshKey: only a central can change the key of a link; requestSecurity asks it to',
      );
    if (this.state.level === SecurityLevel.none)
      throw new StateError('refreshKey: the link is not encrypted');
    await this.encryption.start({ key: this.usableKey('refreshKey'), from: 'bond' });
  }

  settled(): Promise<void> {
    if (!this.manager.pairing) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  serve(client: ServerClient, gatt: GattClient): void {
    const { bonds } = this.device.parts;
    const { report } = this.init;
    const bond = () => (this.encryption.key && this.state.bonded ? this.bond : undefined);
    this.memory = new ServerMemoryKeeper({ bonds, report }, client, bond);
    forgetWhatChanges(gatt, bonds, bond, report);
  }

  /** The key of the bond for this link; `undefined` without a bond. */
  bondKey(): EncryptionKey | undefined {
    const { bond } = this;
    return bond && bondKey(bond, this.init.role);
  }

  // From the Security Manager's channel

  pdu(bytes: Uint8Array, start: number, end: number): void {
    this.manager.pdu(bytes, start, end);
  }

  closed(reason: BleError): void {
    this.end = reason;
    this.encryption.closed(reason);
    this.manager.closed(reason);
    this.settle();
    this.device.forget(this.init.handle, this);
  }

  // From the controller

  /** LE Long Term Key Request: Core Vol 4, Part E, 7.7.65.5. */
  keyRequested(ediv: number, rand: Uint8Array): void {
    void this.encryption.answer(this.keyNamed(ediv, rand));
  }

  /** A bond was removed: the next request for the want of security is told what helps now (Vol 3, Part C, 10.3.1). */
  bondRemoved(): void {
    if (this.state.bonded && this.bondKey() === undefined) this.update(this.encryption.key);
  }

  /** Authenticated Payload Timeout Expired (7.7.75). */
  payloadExpired(): void {
    const why = 'no packet came for too long that only the peer can have encrypted';
    if (this.settings.authenticatedPayload?.onExpired === 'disconnect') this.init.end(why);
    else this.init.report(why);
  }

  private keyNamed(ediv: number, rand: Uint8Array): LinkKey | undefined {
    const made = this.manager.longTermKey(ediv, rand);
    if (made) return { key: made, from: 'pairing' };
    const key = this.bondKey();
    if (!key || !isNamed(key, ediv, rand)) return undefined;
    const why = this.unfit(key);
    if (why === undefined) return { key, from: 'bond' };
    this.init.report(`the central asks for a key that is not used: ${why}`);
    return undefined;
  }

  /** For the Security Manager: encrypts with the key of its pairing, or with that of the bond, if the policy takes it. */
  private startFor(key: EncryptionKey): void {
    const from = this.manager.pairing ? 'pairing' : 'bond';
    this.encryption.start({ key, from }).catch((error: BleError) => {
      // A pairing that was begun meanwhile goes on: it has its own key.
      if (from === 'bond' && this.manager.pairing) return;
      if (from === 'pairing' || !this.pairsAnewFor(error)) {
        this.encryptionFailed(error);
        return;
      }
      this.manager.encryptionFailed(error);
      // What comes of it is told by the events.
      this.pairAnew(key).catch(() => {});
    });
  }

  /** Whether an error of encryption says that the peer has no key any more, and that is to be mended. */
  private pairsAnewFor(error: unknown): boolean {
    const { keyMissing } = this.settings;
    return keyMissing === 'pair' && error instanceof SecurityError && error.code === 'KEY_MISSING';
  }

  /** Pairs with a peer that has lost a key; whoever finds that out at the same time shares the one pairing. */
  private pairAnew(lost: EncryptionKey): Promise<unknown> {
    this.anew ??= this.pair({ mitm: lost.authenticated || this.settings.policy.mitm }).finally(() => {
      this.anew = undefined;
    });
    return this.anew;
  }

  private encrypted({ key, from }: LinkKey): void {
    this.update(key);
    // A pairing that is under way goes on with its own key, and with no other.
    if (from === 'pairing' || !this.manager.pairing) this.manager.encrypted();
    if (from === 'bond') {
      this.memory?.restore();
      const { bond } = this;
      if (bond) this.device.parts.bonds.used(bond.identity);
    }
    this.device.watchPayload(this.init.handle, this.init.report);
  }

  private encryptionFailed(error: BleError): void {
    if (this.end) return;
    const { pairing } = this.manager;
    this.manager.encryptionFailed(error);
    if (!pairing) {
      this.init.report(error.message);
      this.events?.failed(error);
    }
  }

  private pairingFailed(error: BleError): void {
    this.settle();
    this.events?.failed(error);
  }

  private settle(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private lost(why: string): void {
    this.update(undefined);
    this.init.end(why);
  }

  private paired(pairing: Pairing): void {
    this.keeping = pairing.bonded ? outsideOf(this.device.parts.host.clock, this.keep(pairing)) : undefined;
    // Whoever paired waits for it; a pairing that the peer began has nobody.
    this.keeping?.catch((error: unknown) => {
      this.init.report(`the bond could not be kept: ${messageOf(error)}`);
    });
    this.update(this.encryption.key);
    this.memory?.begin();
    this.settle();
    this.events?.paired(this.result(pairing));
  }

  /** Keeps the keys of a pairing, unless the peer says to be somebody whom this device knows by better keys. */
  private async keep({ keys, level, encryption, rePairing }: Pairing): Promise<void> {
    const { bonds } = this.device.parts;
    const identity = keys.peer.identity?.address ?? identityOf(this.init.peer);
    if (!identity) {
      this.init.report(
        'the peer has a private address and told no other: there is nothing to know it by again, and no bond',
      );
      return;
    }
    const present = bonds.get(identity);
    const presentKey = present && anyKey(present, this.init.role);
    const mayReplace = (bonded: EncryptionKey) =>
      rePairing === 'always' || (rePairing === 'notWeaker' && notWeaker(encryption, bonded));
    if (presentKey && !mayReplace(presentKey)) {
      this.init.end(
        `the peer says to be ${identity}, with which there is a bond that rePairing: '${rePairing}' does not let it replace`,
      );
      throw new SecurityError(
        rePairing === 'never'
          ? `the bond with ${identity} was not replaced, as rePairing: 'never' says`
          : `the bond with ${identity} was not replaced by a weaker one`,
        'SECURITY_TOO_LOW',
      );
    }
    this.identity = identity;
    await bonds.add({ identity, keys, level });
  }

  private update(key: EncryptionKey | undefined): void {
    const { state } = this;
    const bonded = this.bondKey() !== undefined;
    this.state = key ? { level: securityLevel(key), keySize: key.keySize, bonded } : { ...openLink, bonded };
    this.raise.generation++;
    const { level, keySize } = this.state;
    if (level !== state.level || keySize !== state.keySize || bonded !== state.bonded)
      this.events?.changed(this.state);
  }

  /** The key of the bond. @throws {StateError | SecurityError} when there is none that may be used */
  private usableKey(what: string): EncryptionKey {
    const key = this.bondKey();
    if (!key) throw new StateError(`${what}: there is no bond with ${this.init.peer}; pair first`);
    const why = this.unfit(key);
    if (why !== undefined) throw tooLow(`${what}: ${why}`);
    return key;
  }

  /** Why a key of a bond, which may have been made under another policy, is not good enough. */
  private unfit(key: EncryptionKey): string | undefined {
    const { minKeySize, minimumLevel, secureConnections } = this.settings.policy;
    if (key.keySize < minKeySize)
      return `the key of the bond has ${key.keySize} octets, and the policy asks for ${minKeySize}`;
    if (securityLevel(key) < minimumLevel)
      return `the key of the bond gives level ${securityLevel(key)}, and the policy asks for ${minimumLevel}`;
    if (secureConnections === 'only' && !key.secureConnections)
      return 'the key of the bond is from LE legacy pairing, and the policy asks for Secure Connections';
    return undefined;
  }

  private result(pairing: Pairing | undefined): PairingResult {
    return {
      ...this.state,
      method: pairing?.method,
      secureConnections: pairing?.secureConnections ?? this.encryption.key?.secureConnections ?? false,
    };
  }
}

/** A public or static random address says who a device is; a private one does not. */
function identityOf(address: Address): Address | undefined {
  return address.type === AddressType.random && address.bd.wire[5]! >> 6 !== 3 ? undefined : address;
}

function tooLow(message: string): SecurityError {
  return new SecurityError(`${message}; pair again`, 'SECURITY_TOO_LOW');
}
