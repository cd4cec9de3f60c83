import type { Address } from '../core/address.js';
import { outsideOf } from '../core/clock.js';
import { Emitter } from '../core/emitter.js';
import { StateError } from '../core/errors.js';
import type { GattServer } from '../gatt/index.js';
import type { AdvertisingReport } from '../hci/advertising-report.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import type { HciHost } from '../hci/host.js';
import type { ChannelHandler, ChannelServer, ChannelServerOptions } from '../l2cap/index.js';
import type { AdvertisingOptions } from './advertising/advertiser-options.js';
import type { AdvertisingSet } from './advertising/extended-set.js';
import type { AdvertisingSetOptions } from './advertising/set-options.js';
import type { Bonds } from './bonds/bonds.js';
import type { AcceptList } from './connecting/accept-list.js';
import type { PeerLike } from './connecting/central.js';
import type { ConnectOptions } from './connecting/connect-options.js';
import type { Connection } from './connection.js';
import type { DeviceEvents } from './device-events.js';
import type { Opened } from './device-opened.js';
import { type Inside, openDevice } from './device-opening.js';
import type { DeviceOptions } from './device-options.js';
import type { DeviceWorks } from './device-works.js';
import type { SubrateOptions } from './link/radio-types.js';
import type { PrivacyOptions } from './privacy/options.js';
import type { PeriodicSync } from './scanning/periodic-sync.js';
import type { SyncTransferOptions } from './scanning/reception.js';
import type { Scan } from './scanning/scan.js';
import type { ScanOptions } from './scanning/scan-options.js';
import type { PeriodicSyncOptions, PeriodicSyncSettings } from './scanning/sync-options.js';
import { changedSettings, type SecurityOptions } from './security/options.js';

/**
 * A Bluetooth LE device: one controller with this host on it, central and peripheral at the same time.
 *
 * ```ts
 * await using device = await Device.open({ transport: 'virtual:' });
 * for await (const report of device.scan()) {
 *   if (report.connectable) { … break; }
 * }
 * ```
 */
export class Device extends Emitter<DeviceEvents> implements AsyncDisposable {
  /** The HCI host underneath, for commands that nothing here covers. */
  readonly host: HciHost;
  /** Whom it scans for, connects to and lets connect, where that is asked for. */
  readonly acceptList: AcceptList;
  /** The attributes that this device serves, to all connections. */
  readonly server: GattServer;
  private readonly works: DeviceWorks;

  private constructor(opened: Opened, inside: Inside) {
    super();
    this.works = new inside.DeviceWorks(opened, (name, event) => this.emit(name, event));
    this.host = opened.host;
    this.acceptList = this.works.parts.acceptList;
    this.server = opened.server;
  }

  /** What the controller is and can. */
  get controller(): ControllerInfo {
    return this.works.controller;
  }

  /** The identity address of this device: the one that peers see, unless it is private. */
  get address(): Address {
    return this.works.address;
  }

  /** The address that strangers see at the moment: a resolvable private one with the option `privacy`. */
  get addressOnAir(): Address {
    return this.works.addressOnAir;
  }

  /**
   * Takes another private address at once. What the device does meanwhile, stops for a moment.
   * @throws {StateError} when its address is not private: see the option `privacy` and {@link setPrivacy}
   * @throws {HciError} when the controller refuses
   */
  async rotateAddress(): Promise<void> {
    await this.works.ready('rotateAddress');
    const { privacy } = this.works;
    if (!privacy?.own) throw new StateError('rotateAddress: the device has no privacy, or it is off');
    await privacy.rotate();
  }

  /**
   * Opens the controller and brings it up.
   * @throws {RangeError | TypeError} at once when an option is wrong
   * @throws {TransportError} when the port does not exist, is busy, or nothing there answers HCI
   */
  static async open(options: DeviceOptions): Promise<Device> {
    return openDevice(
      options,
      (opened, inside) => new Device(opened, inside),
      (device, transfers) => device.works.parts.receiveTransfers(transfers),
    );
  }

  /** Whether the device can be used; while its controller is brought back, what is asked of it waits. */
  get isOpen(): boolean {
    return this.works.isOpen;
  }

  /** Whether the controller failed, and is being brought back. */
  get recovering(): boolean {
    return this.works.recovering;
  }

  /** The Device Name of the Generic Access service; up to 248 octets of UTF-8. @throws {RangeError} when it is longer */
  get name(): string {
    return this.works.services.name;
  }

  set name(name: string) {
    this.works.services.name = name;
  }

  /**
   * Changes what is served as Encrypted Data Key Material, and indicates it to the clients that asked for it and may have it
   * (Core Vol 3, Part C, 12.6).
   * @param keyMaterial session key and IV, 24 octets as they travel
   * @throws {RangeError} when the device was opened without `genericAccess.encryptedData`
   */
  async setKeyMaterial(keyMaterial: Uint8Array): Promise<void> {
    this.works.check('setKeyMaterial');
    await this.works.services.setKeyMaterial(keyMaterial);
  }

  /**
   * Shows resolvable private addresses from now on, or the identity address again: as the option `privacy`. What the device does
   * meanwhile, stops for a moment; links stay as they are.
   * @throws {RangeError | TypeError} naming what is wrong
   * @throws {StateError} when it was opened with `security: false`
   * @throws {HciError} when the controller refuses
   */
  async setPrivacy(privacy: boolean | PrivacyOptions): Promise<void> {
    await this.works.ready('setPrivacy');
    const { privacy: mine } = this.works;
    if (!mine) throw new StateError('setPrivacy: this device was opened with security: false');
    await mine.change(privacy);
  }

  /** The links there are; one that is to be encrypted first is not among them before. */
  get connections(): readonly Connection[] {
    return this.works.manager.given;
  }

  /**
   * The peers that this device is bonded with.
   * @throws {StateError} when it was opened with `security: false`
   */
  get bonds(): Bonds {
    if (!this.works.security) throw new StateError('bonds: this device was opened with security: false');
    return this.works.security.parts.bonds;
  }

  /**
   * Changes how the device pairs, for links that come about from now on: in place of all that its `security` option said but
   * where bonds are kept, and who has to wait.
   * @throws {RangeError | TypeError} naming what is wrong
   * @throws {StateError} when it was opened with `security: false`
   */
  setSecurity(options: Omit<SecurityOptions, 'bonds' | 'attempts'>): void {
    const { security } = this.works;
    if (!security) throw new StateError('setSecurity: this device was opened with security: false');
    security.settings = changedSettings(options);
  }

  /** Whether a scan is under way. */
  get scanning(): boolean {
    return this.works.parts.scanner.scanning;
  }

  /** Whether the controller advertises. */
  get advertising(): boolean {
    return this.works.parts.advertiser.advertising;
  }

  /**
   * Starts a scan beside those that are under way; resolves when the controller scans for it as well. Each sees what it would
   * see alone.
   * @throws {RangeError | TypeError} naming the option that is not permitted
   * @throws {NotSupportedError} for LE Coded on a controller without extended advertising
   * @throws {HciError} when the controller refuses
   */
  async startScan(options: ScanOptions = {}): Promise<Scan> {
    await this.works.ready('startScan', options.signal);
    return this.works.parts.scanner.start(options);
  }

  /** The reports of a scan that begins with the iteration and ends with it. */
  async *scan(
    options: Omit<ScanOptions, 'onReport'> = {},
  ): AsyncGenerator<AdvertisingReport, void, undefined> {
    const scan = await this.startScan(options);
    try {
      yield* scan;
    } finally {
      await scan.stop();
    }
  }

  /**
   * Receives a periodic advertising train (Core Vol 3, Part C, 9.5.3). It is looked for with a scan of its own, if no other is
   * under way; several wait for their turn.
   * @param train its advertiser and SID, or an advertisement that tells of it
   * @param settings how it is received, where `train` does not say
   * @throws {NotSupportedError} on a controller without extended advertising
   * @throws {TimeoutError} when it is not found in time
   * @throws {HciError} when the controller refuses, or reports a failure
   */
  async syncPeriodic(
    train: PeriodicSyncOptions | AdvertisingReport,
    settings: PeriodicSyncSettings = {},
  ): Promise<PeriodicSync> {
    await this.works.ready('syncPeriodic');
    return (await this.works.parts.periodicSyncs()).sync(train, settings);
  }

  /**
   * Receives the periodic advertising trains that a peer tells of on a link (9.5.4): each is told as the event `periodicSync`.
   * @throws {NotSupportedError} on a controller without extended advertising
   */
  async receivePeriodicSyncs(connection: Connection, options: SyncTransferOptions = {}): Promise<void> {
    await this.works.ready('receivePeriodicSyncs');
    await (await this.works.parts.periodicSyncs()).receive(connection, options);
  }

  /** Starts advertising, or changes what is advertised; see {@link AdvertisingOptions}. */
  async startAdvertising(options: AdvertisingOptions = {}): Promise<void> {
    await this.works.ready('startAdvertising');
    await this.works.parts.advertiser.start(options);
  }

  /**
   * The power that advertisements are sent with, in dBm; `undefined` when the controller cannot tell (Core Vol 4, Part E, 7.8.6,
   * 7.8.53).
   * @throws {HciError} when the controller refuses
   */
  async readAdvertisingTxPower(): Promise<number | undefined> {
    await this.works.ready('readAdvertisingTxPower');
    return this.works.parts.advertiser.readTxPower();
  }

  /**
   * Makes an advertising set: one of several advertisements at the same time, with data of up to 1650 octets, on other PHYs, and
   * with periodic advertising. What {@link startAdvertising} starts is one beside them.
   * Legacy commands know one advertisement: with them there is one set, in place of what {@link startAdvertising} starts.
   * @throws {NotSupportedError} on a controller without extended advertising, for a second set, and for options that want it
   * @throws {RangeError | TypeError} naming the option that is not permitted
   * @throws {HciError} when the controller refuses: 0x07 when it has no room for another
   */
  async createAdvertisingSet(options: AdvertisingSetOptions = {}): Promise<AdvertisingSet> {
    await this.works.ready('createAdvertisingSet');
    return this.works.parts.sets.create(options);
  }

  /** Stops advertising; idempotent. Advertising sets go on. */
  async stopAdvertising(): Promise<void> {
    if (this.isOpen) await this.works.parts.advertiser.stop();
  }

  /**
   * Connects to a peer as a central. Attempts made at the same time share the time; a peer that did not hear the request (0x3E) is
   * asked twice more.
   * @param peer its address: an `Address`, text as `C0:DE:C0:00:00:01/random`, or an advertising report; or a name, a service or
   * a function that say whom to look for: the first that fits
   * @throws {TimeoutError} when the peer does not turn up; the attempt is then cancelled
   * @throws {HciError} when the controller refuses, or reports a failure
   * @throws {SecurityError} when there is a bond with the peer, and it does not encrypt
   */
  async connect(peer: PeerLike, options: ConnectOptions = {}): Promise<Connection> {
    await this.works.ready('connect', options.signal);
    return this.works.central.connect(peer, options);
  }

  /**
   * Connects to the first peer of {@link acceptList} that advertises connectably: the Auto Connection Establishment Procedure
   * (Core Vol 3, Part C, 9.3.5). Errors and options as {@link connect}; peers that there is a link to are passed over.
   * @throws {StateError} when nobody is on the list whom there is no link to
   */
  async connectAny(options: ConnectOptions = {}): Promise<Connection> {
    await this.works.ready('connectAny', options.signal);
    return this.works.central.connectAny(options);
  }

  /**
   * Tells the controller which data channels are bad, by Wi-Fi for example: links as a central go round them, and secondary
   * advertising does (Core Vol 4, Part E, 7.8.19). Commands of this kind are a second apart; a later one waits.
   * @param channels 0–36, in place of those of before; none, and the controller is left to itself
   * @throws {NotSupportedError} when the controller does not take it
   */
  async avoidChannels(channels: readonly number[]): Promise<void> {
    await this.works.ready('avoidChannels');
    await this.works.parts.avoidChannels(channels);
  }

  /**
   * As a central: which subrates peripherals may ask for, on links that come about from now on (Core Vol 4, Part E, 7.8.123). Without,
   * controllers take none but 1.
   * @throws {NotSupportedError} when the controller has no subrating
   */
  async setDefaultSubrate(options: SubrateOptions): Promise<void> {
    await this.works.ready('setDefaultSubrate');
    const { setDefaultSubrate } = await outsideOf(this.host.clock, import('./link/subrate.js'));
    await setDefaultSubrate(this.host, options);
  }

  /**
   * Serves a protocol on connection-oriented channels, on all links: each channel that a peer opens is given to `handler` with its
   * connection.
   * @throws {RangeError | TypeError} when an option is wrong
   * @throws {StateError} when the SPSM is served already
   */
  listen(handler: ChannelHandler<Connection>, options?: ChannelServerOptions<Connection>): ChannelServer {
    this.works.check('listen');
    return this.works.channelServers.listen(handler, options);
  }

  /** Stops everything, ends all links, resets the controller and frees the port. Idempotent. */
  close(): Promise<void> {
    return this.works.close();
  }

  /** For `console.log` and the like: what is inside has keys. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const { length } = this.connections;
    return `Device { ${this.address}, ${length === 1 ? '1 connection' : `${length} connections`} }`;
  }

  toJSON(): unknown {
    const { address, connections } = this;
    return { address, connections };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
