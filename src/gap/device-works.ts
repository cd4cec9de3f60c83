import { Address } from '../core/address.js';
import { type BleError, StateError, type TransportError } from '../core/errors.js';
import { raceAbort } from '../core/mutex.js';
import type { ControllerInfo } from '../hci/bringup/bringup.js';
import type { CaptureSink } from '../hci/capture/tap.js';
import { reset } from '../hci/commands/index.js';
import type { HciHost } from '../hci/host.js';
import { ChannelServers } from '../l2cap/index.js';
import { Central } from './connecting/central.js';
import type { Connection } from './connection.js';
import { ConnectionManager } from './connection-manager.js';
import type { DeviceEvents } from './device-events.js';
import type { Opened } from './device-opened.js';
import { advertisingCommandsOf } from './device-options.js';
import { openBearers } from './device-parts.js';
import { DeviceRecovery } from './device-recovery.js';
import type { GapServices } from './gap-service.js';
import { plainAddresses } from './privacy/on-air.js';
import type { Privacy } from './privacy/privacy.js';
import { RadioParts } from './radio-parts.js';
import type { DeviceSecurity } from './security/device-security.js';
import { canReopen } from './transport-source.js';

/** Tells a device's listeners. */
type Tell = <K extends keyof DeviceEvents>(name: K, event: DeviceEvents[K]) => void;

/** What runs a device: its parts, put together, and what becomes of them as its controller fails, comes back or goes. */
export class DeviceWorks {
  readonly services: GapServices;
  readonly channelServers: ChannelServers<Connection>;
  readonly parts: RadioParts;
  readonly manager: ConnectionManager;
  readonly central: Central;
  readonly security: DeviceSecurity | undefined;
  readonly privacy: Privacy | undefined;
  private readonly host: HciHost;
  private readonly tell: Tell;
  private readonly recovery: DeviceRecovery | undefined;
  private readonly capture: CaptureSink | undefined;
  private info: ControllerInfo;
  private own: Address;
  private ended = false;
  private closing: Promise<void> | undefined;

  constructor(opened: Opened, tell: Tell) {
    const { options, policy, source, security, gate, privacy, host, capture, eatt } = opened;
    this.host = host;
    this.tell = tell;
    this.channelServers = new ChannelServers();
    this.capture = capture;
    this.security = security;
    this.privacy = privacy;
    if (capture?.note) host.trace = (text) => capture.note!(text);
    this.info = opened.controller;
    this.own = opened.address;
    this.services = opened.services;
    const addresses = privacy ?? plainAddresses(() => this.address);
    const radio = { host, addresses, gate, controller: () => this.info };
    this.parts = new RadioParts(radio, {
      connectionOf: (handle) => this.manager.connections.find((link) => link.handle === handle),
      transferred: (transfer) => tell('periodicSync', transfer),
    });
    const { acceptList, scanner, advertiser, initiator } = this.parts;
    if (privacy) privacy.listChanged = () => acceptList.refresh();
    this.manager = new ConnectionManager(host, () => this.info, {
      server: opened.server,
      channelServers: this.channelServers,
      mtu: options.mtu ?? 247,
      initiator,
      advertiser,
      addressOfSet: (handle) => this.parts.sets.addressOf(handle),
      ownAddress: () => this.addressOnAir,
      identify: (address) => privacy?.identify(address) ?? address,
      security: () => security,
      acceptParameters: options.acceptParameters ?? (() => true),
      created: (connection) => openBearers(eatt, connection, host),
      connected: (connection) => tell('connection', connection),
      disconnected: (connection, reason) => tell('disconnection', { connection, reason }),
    });
    eatt?.serveEatt(this.channelServers, options.mtu ?? 247);
    const seeking = { privacy, scanner, initiator, clock: host.clock };
    this.central = new Central(this.manager, acceptList, seeking);
    host.on('diagnostic', (diagnostic) => tell('diagnostic', diagnostic));
    host.on('fault', (fault) => {
      // A command without an answer is no news while it is found out, or mended, that there are none.
      if (fault.kind !== 'commandTimeout' || !this.recovery?.busy) tell('fault', fault);
    });
    host.on('down', (error) => this.suspend(error));
    host.on('closed', (error) => this.gone(error));
    const { manager } = this;
    this.recovery =
      policy &&
      new DeviceRecovery(policy, canReopen(options.transport) ? source : undefined, {
        host,
        advertisingCommands: advertisingCommandsOf(options),
        radio: this.parts,
        manager,
        broughtUp: (info) => {
          // Another chip may have come back: its public address is its own, a random one was ours.
          if (!this.own.isRandom) this.own = new Address(info.publicAddress, this.own.type);
          this.info = info;
        },
        recovering: (attempt) => tell('recovering', attempt),
        recovered: (recovery) => {
          privacy?.restored();
          acceptList.restored();
          tell('recovered', recovery);
        },
      });
  }

  get controller(): ControllerInfo {
    return this.info;
  }

  /** The identity address. */
  get address(): Address {
    return this.own;
  }

  /** The address that strangers see at the moment. */
  get addressOnAir(): Address {
    return this.privacy?.address ?? this.own;
  }

  get isOpen(): boolean {
    return !this.ended && !this.closing;
  }

  /** Whether the controller failed, and is being brought back. */
  get recovering(): boolean {
    return this.recovery?.recovering ?? false;
  }

  /** Waits while the controller is brought back. */
  async ready(what: string, signal?: AbortSignal): Promise<void> {
    this.check(what);
    if (!this.recovery?.recovering) return;
    await raceAbort(this.recovery.settled(), signal);
    this.check(what);
  }

  check(what: string): void {
    if (!this.isOpen) throw new StateError(`${what}: the device is closed`);
  }

  /** Stops everything; idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  private async shutDown(): Promise<void> {
    this.recovery?.stop();
    this.privacy?.close();
    if (this.host.isOpen) {
      await Promise.allSettled([
        this.parts.stop(),
        ...this.manager.connections.map((link) => link.disconnect()),
      ]);
      // Whoever opens the controller next finds it as after power-up.
      if (this.host.isOpen) await Promise.allSettled([this.host.send(reset, {}, { timeoutMs: 1000 })]);
    }
    await this.host.close();
    await this.capture?.close();
    await this.security?.parts.bonds.close();
  }

  /** The controller has to be reset: links end, attempts end, scan and advertising wait for it. */
  private suspend(error: TransportError): void {
    this.parts.suspend(error);
    this.manager.abort(error);
  }

  private gone(error: TransportError | undefined): void {
    this.ended = true;
    this.privacy?.close();
    this.capture?.close().catch(() => {});
    this.security?.parts.bonds.close().catch(() => {});
    this.recovery?.stop();
    const reason: BleError = error ?? new StateError('the device was closed');
    this.parts.abort(error, reason);
    this.manager.abort(reason);
    this.tell('closed', error);
  }
}
