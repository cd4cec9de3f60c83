import { Address, AddressType, BdAddr } from '../core/address.js';
import { checkInteger, checkKeys } from '../core/check.js';
import { type Clock, systemClock } from '../core/clock.js';
import { Emitter } from '../core/emitter.js';
import { type BleError, type DisconnectedError, StateError, type TransportError } from '../core/errors.js';
import { type RandomSource, systemRandom } from '../core/random.js';
import { GattServer } from '../gatt/index.js';
import type { AdvertisingReport } from '../hci/advertising-report.js';
import { bringUp, type ControllerInfo } from '../hci/bringup/bringup.js';
import { leSetRandomAddress, reset } from '../hci/commands/index.js';
import { type Diagnostic, HciHost } from '../hci/host.js';
import { createTransport } from '../hci/transport/registry.js';
import type { HciTransport } from '../hci/transport/transport.js';
import type { ConnectionParameterRequest } from '../l2cap/index.js';
import { Advertiser, type AdvertisingOptions } from './advertiser.js';
import type { Connection } from './connection.js';
import { ConnectionManager } from './connection-manager.js';
import { type GapServiceOptions, type GapServices, gapServices } from './gap-service.js';
import { type ConnectOptions, Initiator } from './initiator.js';
import { type Scan, Scanner, type ScanOptions } from './scanner.js';

/** Options of {@link Device.open}. */
export interface DeviceOptions extends GapServiceOptions {
  /** The controller: a port string (`serial:/dev/ttyACM0?baud=1000000`, `tcp:host:port`, `virtual:`) or a transport. */
  readonly transport: string | HciTransport;
  /**
   * A static random address to use, for example `C0:DE:C0:00:00:01`. Without it the controller's public address serves,
   * and where there is none, a random one is made.
   */
  readonly address?: string | BdAddr;
  /** The largest ATT_MTU to offer, 23–517 octets; 247. */
  readonly mtu?: number;
  /** As a central: whether to take the connection parameters that a peripheral asks for; all that are valid. */
  readonly acceptParameters?: (connection: Connection, request: ConnectionParameterRequest) => boolean;
  /** Told of all that did not go by the specification; see {@link Diagnostic}. */
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
  /** How long a command may go without an answer, in milliseconds; 2000. */
  readonly commandTimeoutMs?: number;
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /** Where randomness comes from; the platform's cryptographic source without. */
  readonly random?: RandomSource;
}

/** What a {@link Device} tells. */
export interface DeviceEvents {
  /** A link came about, in either role. */
  connection: Connection;
  /** A link is gone. */
  disconnection: { readonly connection: Connection; readonly reason: DisconnectedError };
  /** See {@link Diagnostic}. */
  diagnostic: Diagnostic;
  /** The device is closed; with an error, its port was lost. */
  closed: TransportError | undefined;
}

const known = [
  'transport',
  'address',
  'mtu',
  'name',
  'appearance',
  'acceptParameters',
  'onDiagnostic',
  'commandTimeoutMs',
  'clock',
  'random',
];

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
  /** What the controller is and can. */
  readonly controller: ControllerInfo;
  /** The address that peers see. */
  readonly address: Address;
  /** The attributes that this device serves, to all connections. */
  readonly server: GattServer;
  private readonly services: GapServices;
  private readonly scanner: Scanner;
  private readonly advertiser: Advertiser;
  private readonly initiator: Initiator;
  private readonly manager: ConnectionManager;
  private closing: Promise<void> | undefined;

  private constructor(
    host: HciHost,
    controller: ControllerInfo,
    address: Address,
    served: { readonly server: GattServer; readonly services: GapServices },
    options: DeviceOptions,
  ) {
    super();
    this.host = host;
    this.controller = controller;
    this.address = address;
    this.server = served.server;
    this.services = served.services;
    const ownAddressType = () => this.address.type;
    this.scanner = new Scanner(host, ownAddressType);
    this.advertiser = new Advertiser(host, ownAddressType);
    this.initiator = new Initiator(host, ownAddressType);
    this.manager = new ConnectionManager(host, controller, {
      server: this.server,
      mtu: options.mtu ?? 247,
      initiator: this.initiator,
      advertiser: this.advertiser,
      acceptParameters: options.acceptParameters ?? (() => true),
      connected: (connection) => this.emit('connection', connection),
      disconnected: (connection, reason) => this.emit('disconnection', { connection, reason }),
    });
    host.on('diagnostic', (diagnostic) => this.emit('diagnostic', diagnostic));
    host.on('closed', (error) => this.gone(error));
  }

  /**
   * Opens the controller and brings it up.
   * @throws {RangeError | TypeError} at once when an option is wrong
   * @throws {TransportError} when the port does not exist, is busy, or nothing there answers HCI
   */
  static async open(options: DeviceOptions): Promise<Device> {
    checkKeys('Device.open', options, known);
    if (options.mtu !== undefined) checkInteger('mtu', options.mtu, 23, 517);
    const chosen = options.address === undefined ? undefined : staticAddress(options.address);
    const server = new GattServer();
    const served = { server, services: gapServices(server, options) };
    const clock = options.clock ?? systemClock;
    const random = options.random ?? systemRandom;
    const transport = await createTransport(options.transport, { clock, random });
    const { commandTimeoutMs, onDiagnostic } = options;
    const host = new HciHost(transport, {
      clock,
      ...(commandTimeoutMs === undefined ? {} : { commandTimeoutMs }),
    });
    if (onDiagnostic) host.on('diagnostic', onDiagnostic);
    try {
      const controller = await bringUp(host, await host.open());
      const address = await ownAddress(host, controller, chosen, random);
      return new Device(host, controller, address, served, options);
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** Whether the device can be used. */
  get isOpen(): boolean {
    return this.host.isOpen && !this.closing;
  }

  /** The Device Name of the Generic Access service; up to 248 octets of UTF-8. @throws {RangeError} when it is longer */
  get name(): string {
    return this.services.name;
  }

  set name(name: string) {
    this.services.name = name;
  }

  /** The links there are. */
  get connections(): readonly Connection[] {
    return this.manager.connections;
  }

  /** Whether a scan is under way. */
  get scanning(): boolean {
    return this.scanner.scanning;
  }

  /** Whether the controller advertises. */
  get advertising(): boolean {
    return this.advertiser.advertising;
  }

  /**
   * Starts a scan; resolves when the controller scans.
   * @throws {StateError} when one is under way
   * @throws {HciError} when the controller refuses
   */
  async startScan(options: ScanOptions = {}): Promise<Scan> {
    this.check('startScan');
    return this.scanner.start(options);
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

  /** Starts advertising, or changes what is advertised; see {@link AdvertisingOptions}. */
  async startAdvertising(options: AdvertisingOptions = {}): Promise<void> {
    this.check('startAdvertising');
    await this.advertiser.start(options);
  }

  /** Stops advertising; idempotent. */
  async stopAdvertising(): Promise<void> {
    if (this.isOpen) await this.advertiser.stop();
  }

  /**
   * Connects to a peer as a central. Attempts made at the same time take turns.
   * @param peer its address: an `Address`, text as `C0:DE:C0:00:00:01/random`, or an advertising report
   * @throws {TimeoutError} when the peer does not turn up; the attempt is then cancelled
   * @throws {HciError} when the controller refuses, or reports a failure
   */
  async connect(
    peer: Address | string | AdvertisingReport,
    options: ConnectOptions = {},
  ): Promise<Connection> {
    this.check('connect');
    const address =
      typeof peer === 'string' ? Address.parse(peer) : peer instanceof Address ? peer : peer.address;
    const present = this.manager.connections.find(
      (link) => link.role === 'central' && link.peer.equals(address),
    );
    if (present) throw new StateError(`connect: there is a link to ${address} already`);
    const connection = await this.initiator.connect(address, options);
    if (options.exchangeMtu !== false) await this.manager.exchangeMtu(connection);
    return connection;
  }

  /** Stops everything, ends all links, resets the controller and frees the port. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.shutDown();
    return this.closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async shutDown(): Promise<void> {
    if (this.host.isOpen) {
      const scan = this.scanner.stopAll();
      const advertising = this.advertiser.stop();
      await Promise.allSettled([scan, advertising, ...this.connections.map((link) => link.disconnect())]);
      // Whoever opens the controller next finds it as after power-up.
      if (this.host.isOpen) await Promise.allSettled([this.host.send(reset, {}, { timeoutMs: 1000 })]);
    }
    await this.host.close();
  }

  private gone(error: TransportError | undefined): void {
    this.scanner.abort(error);
    this.advertiser.abort();
    const reason: BleError = error ?? new StateError('the device was closed');
    this.initiator.abort(reason);
    this.manager.abort(reason);
    this.emit('closed', error);
  }

  private check(what: string): void {
    if (!this.isOpen) throw new StateError(`${what}: the device is closed`);
  }
}

function staticAddress(given: string | BdAddr): BdAddr {
  const address = typeof given === 'string' ? BdAddr.parse(given) : given;
  if (address.wire[5]! >> 6 !== 3) {
    throw new RangeError(
      `address: ${address} is no static random address; its first octet has to be C0 to FF`,
    );
  }
  return address;
}

/** The chosen address, else the public one, else a static random one made here (Core Vol 6, Part B, 1.3.2.1). */
async function ownAddress(
  host: HciHost,
  controller: ControllerInfo,
  chosen: BdAddr | undefined,
  random: RandomSource,
): Promise<Address> {
  if (!chosen && !controller.publicAddress.equals(BdAddr.zero)) {
    return new Address(controller.publicAddress, AddressType.public);
  }
  let address = chosen;
  if (!address) {
    const wire = random.fill(new Uint8Array(6));
    wire[5] = wire[5]! | 0xc0;
    address = BdAddr.fromWire(wire);
  }
  await host.send(leSetRandomAddress, { randomAddress: address });
  return new Address(address, AddressType.random);
}
