import { Address, BdAddr } from '../../../src/core/address.js';
import { SimulatedClock } from '../../../src/core/clock.js';
import { type BleError, DisconnectedError, HciError } from '../../../src/core/errors.js';
import { toHex } from '../../../src/core/hex.js';
import { type RandomSource, seededRandom } from '../../../src/core/random.js';
import { nobleCrypto, type SmpCrypto } from '../../../src/smp/crypto/index.js';
import type { EncryptionKey, IdentityKey } from '../../../src/smp/keys.js';
import {
  type KeySource,
  type Pairing,
  PairingAttempts,
  type PairingDelegate,
  type PairOptions,
  randomKeys,
  SecurityManager,
  type SecurityPolicy,
  securityPolicy,
} from '../../../src/smp/pairing/index.js';

/** What one side of a test is. */
export interface SideOptions {
  readonly policy?: Partial<SecurityPolicy>;
  readonly delegate?: PairingDelegate;
  readonly address?: Address;
  readonly identity?: IdentityKey | undefined;
  readonly bond?: EncryptionKey | undefined;
  readonly keys?: KeySource;
  readonly crypto?: SmpCrypto;
  readonly attempts?: PairingAttempts;
}

export type Role = 'central' | 'peripheral';

/** A side: its Security Manager, and all that it told and sent. */
export class Side {
  readonly manager: SecurityManager;
  readonly sent: string[] = [];
  readonly paired: Pairing[] = [];
  readonly failed: BleError[] = [];
  readonly reports: string[] = [];
  readonly methods: string[] = [];
  readonly attempts: PairingAttempts;
  bond: EncryptionKey | undefined;
  identity: IdentityKey | undefined;
  /** Key that this side asked the link to be encrypted with. */
  started: EncryptionKey | undefined;
  onSend: (pdu: Uint8Array) => void = () => {};
  delivered: () => Promise<void> = () => Promise.resolve();
  onStart: (key: EncryptionKey) => void = () => {};

  constructor(
    role: Role,
    own: Address,
    peer: Address,
    clock: SimulatedClock,
    random: RandomSource,
    options: SideOptions,
  ) {
    this.bond = options.bond;
    this.identity =
      'identity' in options ? options.identity : { irk: random.fill(new Uint8Array(16)), address: own };
    this.attempts = options.attempts ?? new PairingAttempts(clock);
    const { crypto = nobleCrypto } = options;
    this.manager = new SecurityManager({
      link: {
        role,
        own,
        peer,
        send: (pdu) => {
          this.sent.push(toHex(pdu));
          this.onSend(pdu);
        },
        startEncryption: (key) => {
          this.started = key;
          this.onStart(key);
        },
        delivered: () => this.delivered(),
        bondKey: () => this.bond,
        knownKey: () => this.bond,
        identity: () => this.identity,
      },
      listener: {
        pairing: ({ method }) => this.methods.push(method),
        paired: (pairing) => this.paired.push(pairing),
        failed: (error) => this.failed.push(error),
        report: (message) => this.reports.push(message),
      },
      clock,
      crypto,
      keys: options.keys ?? randomKeys(crypto, random),
      policy: securityPolicy(options.policy),
      delegate: options.delegate,
      attempts: this.attempts,
    });
  }
}

export const centralAddress = new Address(BdAddr.parse('C0:00:5E:00:53:01'), 1);
export const peripheralAddress = new Address(BdAddr.parse('00:00:5E:00:53:02'), 0);

/** Two hosts and the link between them: packets arrive in order, each in a turn of its own; the link encrypts as a controller does. */
export class PairOfHosts {
  readonly clock = new SimulatedClock();
  readonly central: Side;
  readonly peripheral: Side;
  /** Called with each packet before it arrives: may change it, or swallow it. */
  onAir: (pdu: Uint8Array, from: Role) => Uint8Array | undefined = (pdu) => pdu;
  /** Called at each step of a pairing, after which something may have happened to the link: a packet comes, or has been taken … */
  onStep: () => void = () => {};
  /** Everything that was sent, in order. */
  readonly log: { readonly from: Role; readonly pdu: string }[] = [];
  /** What the link is encrypted with. */
  key: string | undefined;
  /** And all that it was encrypted with, one after the other. */
  readonly keys: string[] = [];
  private isOpen = true;

  constructor(central: SideOptions = {}, peripheral: SideOptions = {}, seed = 1) {
    const a = central.address ?? centralAddress;
    const b = peripheral.address ?? peripheralAddress;
    this.central = new Side('central', a, b, this.clock, seededRandom(seed), central);
    this.peripheral = new Side('peripheral', b, a, this.clock, seededRandom(seed + 1000), peripheral);
    this.central.onSend = (pdu) => this.carry(pdu, 'central');
    this.peripheral.onSend = (pdu) => this.carry(pdu, 'peripheral');
    this.central.onStart = (key) => queueMicrotask(() => this.encrypt(key));
  }

  /** Pairs, begun by one side, and gives what came of it on both. */
  async pair(by: Role = 'central', options: PairOptions = {}) {
    const work = this[by].manager.pair(options).then(
      (pairing) => ({ pairing }),
      (error: BleError) => ({ error }),
    );
    const outcome = await this.clock.run(work);
    await this.settle();
    return outcome as { pairing?: Pairing | undefined; error?: BleError };
  }

  /** Lets everything happen that is on its way. */
  async settle(): Promise<void> {
    for (let i = 0; i < 200; i++) await Promise.resolve();
  }

  /** The link goes. Both sides notice at once, or one of them so many milliseconds after the other. */
  close(later?: Role, ms = 0): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const role of ['central', 'peripheral'] as const) {
      const close = () => this[role].manager.closed(new DisconnectedError('the link is gone', 0x08));
      if (role === later) this.clock.setTimeout(close, ms);
      else close();
    }
  }

  private carry(pdu: Uint8Array, from: Role): void {
    this.log.push({ from, pdu: toHex(pdu) });
    queueMicrotask(() => {
      if (this.isOpen) this.onStep();
      if (!this.isOpen) return;
      const arriving = this.onAir(pdu, from);
      if (!arriving || !this.isOpen) return;
      this[from === 'central' ? 'peripheral' : 'central'].manager.pdu(arriving);
      this.onStep();
    });
  }

  /** As controllers do: the peripheral's host is asked for the key, and the link is encrypted when both have the same. */
  private encrypt(key: EncryptionKey): void {
    if (this.isOpen) this.onStep();
    if (!this.isOpen) return;
    const { peripheral, central } = this;
    const pairing = peripheral.manager.longTermKey(key.ediv, key.rand);
    const bond = peripheral.bond;
    const bonded = bond && bond.ediv === key.ediv && toHex(bond.rand) === toHex(key.rand) ? bond : undefined;
    const theirs = pairing ?? bonded;
    if (!theirs || toHex(theirs.ltk) !== toHex(key.ltk)) {
      const error = new HciError('PIN or Key Missing', theirs ? 0x3d : 0x06);
      central.manager.encryptionFailed(error);
      peripheral.manager.encryptionFailed(error);
      return;
    }
    this.key = toHex(key.ltk);
    this.keys.push(this.key);
    peripheral.manager.encrypted();
    this.onStep();
    if (!this.isOpen) return;
    central.manager.encrypted();
    this.onStep();
  }
}
