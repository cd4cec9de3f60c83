import type { Address } from '../core/address.js';
import { checkOneOf } from '../core/check.js';
import { outsideOf } from '../core/clock.js';
import { Emitter } from '../core/emitter.js';
import { type BleError, DisconnectedError } from '../core/errors.js';
import type { LinkSecurity, SecurityLevelCode } from '../core/security.js';
import type { AttBearer, GattClient, ServerClient } from '../gatt/index.js';
import { readRssi } from '../hci/commands/index.js';
import type { HciHost } from '../hci/host.js';
import type {
  ConnectionParameterRequest,
  CreditChannel,
  L2capLink,
  OpenChannelOptions,
  OpenedChannels,
  UserChannel,
} from '../l2cap/index.js';
import type { PairOptions } from '../smp/pairing/manager.js';
import type { ConnectionEvents, ConnectionInit } from './connection-events.js';
import type {
  ConnectionParameters,
  CurrentConnectionParameters,
  decodeConnectionParameters,
} from './connection-parameters.js';
import type { OpenEattOptions } from './eatt/options.js';
import { REMOTE_USER_TERMINATED } from './errors.js';
import { LinkEnd } from './link/link-end.js';
import { LinkRadio } from './link/link-radio.js';
import { ParameterUpdates } from './link/parameter-updates.js';
import type { LinkSecurer, PairingResult } from './security/link-security.js';

/** One link to a peer, in either role. */
export class Connection extends Emitter<ConnectionEvents> implements AsyncDisposable {
  /** The Connection_Handle. */
  readonly handle: number;
  /** What this side is. */
  readonly role: 'central' | 'peripheral';
  /** The Advertising_Handle of the set by whose train with responses it came about, as a central. */
  readonly advertisingHandle: number | undefined;
  /** The Sync_Handle of the train in whose subevent the central asked for it, as a peripheral: see `PeriodicSync.handle`. */
  readonly syncHandle: number | undefined;
  private own: Address;
  private readonly ownIsTold: boolean;
  /** The peer's address on air as it connected: a private one, if it uses those. */
  readonly peerOnAir: Address;
  /** The peer's attributes: discover, read, write, subscribe. */
  readonly gatt: GattClient;
  /** The peer as a client of this device's server. @internal Set by the device. */
  served!: ServerClient;
  /** The link's L2CAP channels. */
  readonly l2cap: L2capLink;
  /** The ATT bearer that client and server of this link share. */
  readonly bearer: AttBearer;
  /** The link's radio: PHYs, subrate, power. */
  readonly radio: LinkRadio;
  /** @internal */
  readonly securer: LinkSecurer;
  private readonly host: HciHost;
  private readonly identity: () => Address;
  private readonly end: LinkEnd;
  private readonly updates: ParameterUpdates;

  /** @internal Made by the device. */
  constructor(init: ConnectionInit) {
    super();
    this.host = init.host;
    this.handle = init.handle;
    this.radio = new LinkRadio(init.host, init.handle);
    this.role = init.role;
    this.advertisingHandle = init.advertisingHandle;
    this.syncHandle = init.syncHandle;
    this.identity = init.peer;
    this.own = init.ownOnAir;
    this.ownIsTold = init.ownIsTold;
    this.peerOnAir = init.peerOnAir;
    this.l2cap = init.l2cap;
    this.bearer = init.bearer;
    this.gatt = init.gatt;
    this.securer = init.securer;
    this.securer.events = {
      changed: (security) => this.emit('security', security),
      paired: (result) => this.emit('paired', result),
      failed: (error) => this.emit('pairingFailed', error),
    };
    this.updates = new ParameterUpdates(init);
    this.end = new LinkEnd(init.host, this);
  }

  /** The peer: its identity address where there is a bond with it, else the address that it connected with. */
  get peer(): Address {
    return this.identity();
  }

  /** This device's address on air as the link came about: its own, a private one, or that of an advertising set. */
  get ownOnAir(): Address {
    return this.own;
  }

  /** @internal The advertising set that the peer connected by had an address of its own. */
  cameBy(own: Address): void {
    // Towards a peer that it knows the controller had another, and said so.
    if (!this.ownIsTold && this.role === 'peripheral') this.own = own;
  }

  /** Whether the link is there. */
  get isConnected(): boolean {
    return this.end.reason === undefined;
  }

  /** Why the link is gone; `undefined` while it is there. */
  get disconnectReason(): DisconnectedError | undefined {
    return this.end.reason;
  }

  /** Whether the controller was told to end the link. @internal */
  get leaving(): boolean {
    return this.end.leaving;
  }

  /** The connection parameters as they are. */
  get parameters(): CurrentConnectionParameters {
    return this.updates.current;
  }

  /** The security of the link as it is: level, size of the key, whether there is a bond. */
  get security(): LinkSecurity {
    return this.securer.current;
  }

  /** The ATT_MTU of the link in octets. */
  get mtu(): number {
    return this.bearer.mtu;
  }

  /**
   * Ends the link; idempotent. Resolves when it is gone.
   * @param reason what the peer is told (Core Vol 1, Part F): 0x13 (user), 0x14 (low resources), 0x15 (power off)…
   * @throws {HciError} when the controller refuses
   * @throws {TimeoutError} when it does not report the end
   */
  disconnect(reason: number = REMOTE_USER_TERMINATED): Promise<void> {
    return this.end.disconnect(reason);
  }

  /**
   * Asks for other connection parameters: as a central by the controller (Core Vol 4, Part E, 7.8.18), as a peripheral
   * by the Link Layer's Connection Parameters Request where both controllers have it, else by an L2CAP request to the central
   * (Vol 3, Part C, 9.3.9; Part A, 4.20). What collides with something that the peer begins (0x23, 0x2A) is asked for once more.
   * @returns the parameters as they are after it
   * @throws {HciError} when controller or peer refuse; {@link NotSupportedError} when the central says no
   */
  async updateParameters(
    parameters: ConnectionParameters,
    signal?: AbortSignal,
  ): Promise<CurrentConnectionParameters> {
    this.check('updateParameters');
    this.host.trace?.(`updateParameters(${this.peer}) →`);
    return this.updates.request(parameters, signal);
  }

  /**
   * Pairs with the peer, as the device's security options say and `options` say otherwise (Core Vol 3, Part H, 2.3). As a
   * peripheral it asks the central to, which may encrypt with the key of a bond instead. Resolves when the link is encrypted,
   * and the keys are kept where both sides bond. A pairing that the peer has begun is waited for, and counts where it is enough.
   * @throws {PairingError} when either side ends it: `reason` and `side` say why and which
   * @throws {SecurityError} when what came of it is not enough
   * @throws {StateError} when somebody else has called this and waits, or as a central there is a bond that `rePairing: 'never'` keeps
   * @throws {TimeoutError} when the peer, or the user, takes longer than 30 s for a step
   * @throws {BondStoreError} when the link is encrypted, but its keys could not be kept
   * @throws the reason of `options.signal`: the peer is told that the pairing is over, and the link stays
   */
  pair(options: PairOptions = {}): Promise<PairingResult> {
    return this.secure('pair', () => this.securer.pair(options));
  }

  /**
   * Encrypts the link with the key of the bond; as a peripheral it asks the central to (2.4.4), which pairs anew where it has lost
   * the key: as far as `rePairing` lets it, and told by the event `paired`.
   * @throws {StateError} when there is no bond with the peer
   * @throws {SecurityError} `KEY_MISSING` when a peripheral has lost its key: the bond stays; `SECURITY_TOO_LOW` when the key is
   * less than the policy asks for
   */
  encrypt(): Promise<void> {
    return this.secure('encrypt', () => this.securer.encrypt());
  }

  /**
   * As a peripheral: asks the central to encrypt, or to pair (Security Request, 2.4.6); resolves when it has.
   * @throws {StateError} as a central
   * @throws {TimeoutError} when the central does nothing for 30 s
   */
  requestSecurity(options: PairOptions = {}): Promise<PairingResult> {
    return this.secure('requestSecurity', () => this.securer.requestSecurity(options));
  }

  /**
   * Brings the link to a security level at least, by the bond where its key is good enough, else by pairing. Several who need
   * it at the same time share one pairing.
   * @param level of LE security mode 1 (Core Vol 3, Part C, 10.2.1): 2 encrypted, 3 authenticated, 4 by Secure Connections
   * @throws {SecurityError | PairingError} when it does not come to that
   */
  requireSecurity(level: SecurityLevelCode): Promise<void> {
    checkOneOf('level', level, [1, 2, 3, 4]);
    return this.secure('requireSecurity', () => this.securer.require(level));
  }

  /**
   * As a central: encrypts anew with the key of the bond, which makes another session key (Core Vol 6, Part B, 5.1.3.2).
   * @throws {StateError} as a peripheral, without encryption, or without a bond
   */
  refreshKey(): Promise<void> {
    return this.secure('refreshKey', () => this.securer.refreshKey());
  }

  /** The strength of the last packets from the peer in dBm; `undefined` when the controller cannot tell (7.5.4). */
  async readRssi(): Promise<number | undefined> {
    this.check('readRssi');
    this.host.trace?.(`readRssi(${this.peer}) →`);
    const { rssi } = await this.host.send(readRssi, { handle: this.handle });
    return rssi === 127 ? undefined : rssi;
  }

  /**
   * Opens a connection-oriented channel to a protocol of the peer (Core Vol 3, Part A, 4.22 and 4.25).
   * @param spsm the protocol: 0x0001–0x007F as the SIG assigned it, 0x0080–0x00FF as the peer tells it
   * @throws {L2capError} when the peer refuses, with its result as the reason
   */
  openChannel(spsm: number, options?: OpenChannelOptions): Promise<CreditChannel> {
    return this.l2cap.openChannel(spsm, options);
  }

  /** Opens up to five channels with one request, in Enhanced Credit Based Flow Control mode (4.25). */
  openChannels(
    spsm: number,
    count: number,
    options?: Omit<OpenChannelOptions, 'mode'>,
  ): Promise<OpenedChannels> {
    return this.l2cap.openChannels(spsm, count, options);
  }

  /**
   * Opens enhanced ATT bearers (Core Vol 3, Part G, 5.3.2): requests to the peer are spread over them and the link's own, and do not
   * wait for one another. A link that is not encrypted is encrypted first; a peer that may open bearers itself is told that this
   * side has them.
   * @returns how many came about: a peer with little room takes fewer
   * @throws {NotSupportedError} when the peer's server has no enhanced bearers
   * @throws {L2capError} when it takes none, with its result as the reason
   * @throws {SecurityError | PairingError} when the link cannot be encrypted
   */
  async openEatt(options: OpenEattOptions = {}): Promise<number> {
    this.check('openEatt');
    this.host.trace?.(`openEatt(${this.peer}) →`);
    const { openEatt } = await outsideOf(this.host.clock, import('./eatt/bearers.js'));
    return openEatt(this, options);
  }

  /** Opens a fixed channel, 0x0008–0x003F, for a protocol of one's own: see {@link UserChannel}. */
  openFixedChannel(cid: number): UserChannel {
    return this.l2cap.openUserChannel(cid);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disconnect();
  }

  /** @internal For the device: the link is gone. */
  ended(reason: DisconnectedError): void {
    if (!this.end.finish(reason)) return;
    this.radio.ended(reason);
    this.updates.ended(reason);
    this.l2cap.close(reason);
    this.end.tell();
    this.emit('disconnected', reason);
  }

  /** @internal For the device: LE Connection Update Complete. */
  parametersChanged(status: number, event: Parameters<typeof decodeConnectionParameters>[0]): void {
    const changed = this.updates.changed(status, event);
    if (changed) this.emit('parameters', changed);
  }

  /** @internal For the device, as a central: brings about what the peripheral asked for. */
  applyRequest(request: ConnectionParameterRequest): void {
    this.updates.apply(request).catch((error: BleError) => {
      if (this.isConnected)
        this.host.report({ layer: 'gap', message: error.message, connectionHandle: this.handle });
    });
  }

  /** For `console.log` and the like: what is inside has keys. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const state = this.isConnected ? `level ${this.security.level}` : 'ended';
    return `Connection { ${this.peer}, ${this.role}, ${state} }`;
  }

  toJSON(): unknown {
    const { peer, role, isConnected, security } = this;
    return { peer, role, isConnected, security };
  }

  private async secure<T>(what: string, work: () => Promise<T>): Promise<T> {
    this.check(what);
    this.host.trace?.(`${what}(${this.peer}) →`);
    return work();
  }

  private check(what: string): void {
    const { reason } = this.end;
    if (reason) throw new DisconnectedError(`${what}: ${reason.message}`, reason.reason);
  }
}
