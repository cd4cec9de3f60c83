import { outsideOf } from '../core/clock.js';
import { Emitter, throwApart, type Unsubscribe } from '../core/emitter.js';
import type { Device } from '../gap/index.js';
import type { Diagnostic } from '../hci/host-types.js';
import type { Recovery, RecoveryAttempt } from '../hci/recovery/supervisor.js';
import type { HciTransport } from '../hci/transport/transport.js';
import { type BytesAdvType, type NumberAdvType, resolveAdvData, type TextAdvType } from './adv-data.js';
import type { Advertisement } from './advertisement.js';
import { type AdvertisementParams, Advertising, type SetAdvertisementOptions } from './advertising.js';
import { Callback, type CallbackOptions, callbackArguments } from './callback.js';
import { type BluetoothClient, clientMtu, clientsOf, disconnectClients } from './clients.js';
import { type BluetoothConnectOptions, Connecting } from './connecting.js';
import { BluetoothConstants } from './constants.js';
import { BluetoothTimeout, ValueError } from './errors.js';
import { GATTCConnection } from './gattc.js';
import { type GATTSService, Gatts, type ServiceOptions } from './gatts.js';
import * as options from './options.js';
import { ServerSecurity, securityOf } from './pairing.js';
import { Radio } from './radio.js';
import { forget, objectFor, remember } from './registry.js';
import { Scanning } from './scanning.js';
import { checkTxPower } from './tx-power-levels.js';
import type { MacLike, UuidValue } from './values.js';

/** What `bt.on()` tells; the firmware has nothing like it. */
export interface BluetoothEvents {
  /** Something failed behind a method that had returned. Without a listener it is thrown, outside of all calls. */
  error: unknown;
  /** Something that did not go by the specification, or an argument without effect here; nothing to act on. */
  diagnostic: Omit<Diagnostic, 'layer'> & { readonly layer: Diagnostic['layer'] | 'api' };
  /** The controller failed, and is being brought back: all connections have ended. */
  recovering: RecoveryAttempt;
  /** The controller is back, and scans and advertises as before. */
  recovered: Recovery;
}

/**
 * Pycom's `network.Bluetooth`: the radio, as scanner, client and server at the same time. Names and numbers are the
 * firmware's. What blocks there gives a promise here; keyword arguments are one object.
 *
 * ```ts
 * const bt = new Bluetooth({ transport: 'serial:/dev/ttyACM0' });
 * bt.start_scan(-1);
 * ```
 *
 * Without a transport, a controller in a small simulated world serves (`virtual:`). There is one object for each
 * transport: constructing it again gives the same one, and starts it anew when options are given. `new Bluetooth()` gives
 * the object that was made last, or makes the one of `virtual:`.
 *
 * With options the radio starts at once, else with the first method that needs it. No method has to wait for that:
 * what comes later than it should reaches `on('error')`.
 */
export class Bluetooth extends BluetoothConstants {
  /** The class of the error that `connect` rejects with when its timeout passes. */
  static readonly timeout: typeof BluetoothTimeout = BluetoothTimeout;

  private transport: string | HciTransport = options.DEFAULT_TRANSPORT;
  private settings = options.defaultSettings;
  private modemSleep = true;
  private readonly security: ServerSecurity;
  private notes: string[] = [];
  private readonly emitter = new Emitter<BluetoothEvents>();
  private readonly told = new WeakSet<object>();
  private readonly callbacks = new Callback();
  private readonly radio: Radio;
  private readonly advertising: Advertising;
  private readonly connecting = new Connecting();
  private readonly gatts: Gatts;
  private scanning: Scanning;

  /**
   * @throws {OSError} `resource not available` for another `id` than 0
   * @throws {ValueError} when an option is not permitted
   */
  constructor(given: options.BluetoothOptions = {}) {
    super();
    options.checkOptions(given);
    this.radio = new Radio({
      // What a store of bonds cannot do does not keep the radio off.
      prepare: (device) => this.security.apply(device).catch((error: unknown) => this.error(error)),
      opened: (device) => this.opened(device),
      closed: (error) => {
        this.gatts.detach();
        this.advertising.reset();
        if (error) this.error(error);
      },
      failed: (error) => this.error(error),
      security: () => securityOf(this.security.state),
      privacy: () => this.security.isHidden,
    });
    const ready = () => this.ready();
    const error = (cause: unknown) => this.error(cause);
    const secured = () => this.advertising.slowDown();
    this.security = new ServerSecurity({ radio: this.radio, ready, secured });
    this.advertising = new Advertising({ ready, error });
    this.gatts = new Gatts({
      device: () => this.radio.device,
      secure: () => this.security.isSecure,
      error,
    });
    this.scanning = this.makeScanning();
    const present = objectFor(given.transport) as Bluetooth | undefined;
    const hasOptions = Object.keys(given).length > 0;
    if (present) {
      present.again(given, hasOptions);
      // biome-ignore lint/correctness/noConstructorReturn: the documented API: constructing again gives the same object
      return present;
    }
    this.transport = given.transport ?? options.DEFAULT_TRANSPORT;
    remember(this.transport, this);
    this.again(given, hasOptions);
  }

  /**
   * Powers the radio up; resolves when it can be used. When it is up already, `pin`, `privacy` and `secure_connections` count from
   * now on, and the other arguments are checked: `mtu`, `clock`, `random`, `fifo_size` and `merge` count when it starts.
   * @throws {TransportError} when the port does not exist, is busy, or nothing there answers HCI
   */
  async init(given: options.BluetoothOptions = {}): Promise<void> {
    options.checkOptions(given);
    this.moveTo(given.transport);
    this.configure(given);
    const applied = this.security.init(given);
    applied.catch(() => {});
    this.radio.revive();
    remember(this.transport, this);
    await this.ready();
    await applied;
  }

  /** Ends everything, disconnects all, and frees the port. Services are forgotten. Idempotent. */
  async deinit(): Promise<void> {
    this.advertising.reset();
    const stopped = this.scanning.stop();
    stopped.catch(() => {});
    this.gatts.clear();
    forget(this);
    await this.radio.stop();
  }

  /**
   * Scans in the background, and empties the FIFO first.
   * @param timeout whole seconds; less than 0 scans until `stop_scan()`
   * @throws {ValueError} `invalid scan time`
   * @throws {OSError} `operation already in progress`
   */
  start_scan(timeout: number): void {
    this.radio.check();
    this.scanning.start(timeout);
  }

  /** Stops the scan; no error without one. */
  stop_scan(): void {
    this.scanning.stop().catch((error: unknown) => this.error(error));
  }

  /** Whether a scan is under way. */
  isscanning(): boolean {
    return this.scanning.active;
  }

  /** Takes the oldest advertisement out of the FIFO; `null` when there is none. */
  get_adv(): Advertisement | null {
    return this.scanning.fifo.take();
  }

  /** Takes all advertisements out of the FIFO, the oldest first. */
  get_advertisements(): Advertisement[] {
    return this.scanning.fifo.takeAll();
  }

  /** How many advertisements found the FIFO full since it was emptied by `start_scan` or `connect`. */
  get advertisements_dropped(): number {
    return this.scanning.fifo.dropped;
  }

  /**
   * The first piece of a type in advertising data: numbers for `ADV_FLAG`, `ADV_TX_PWR` (both signed), `ADV_DEV_CLASS`,
   * `ADV_APPEARANCE` and `ADV_ADV_INT`; text for names; octets for UUIDs, service and manufacturer data. `null` when it is
   * not there or malformed.
   */
  resolve_adv_data(data: Uint8Array, data_type: TextAdvType): string | null;
  resolve_adv_data(data: Uint8Array, data_type: NumberAdvType): number | null;
  resolve_adv_data(data: Uint8Array, data_type: BytesAdvType): Uint8Array | null;
  resolve_adv_data(data: Uint8Array, data_type: number): number | string | Uint8Array | null;
  resolve_adv_data(data: Uint8Array, data_type: number): number | string | Uint8Array | null {
    return resolveAdvData(data, data_type);
  }

  /**
   * Connects to a server. Stops a scan and empties the FIFO first, and exchanges the MTU.
   * @param mac_addr 6 octets, most significant first, or text: `112233eeddff`, `11:22:33:ee:dd:ff`
   * @param given `{ timeout, addr_type }`; a number is the timeout, in milliseconds
   * @throws {OSError} `connection refused`, its `cause` telling why; `operation already in progress`
   * @throws {BluetoothTimeout} `timed out`: `Bluetooth.timeout`; the attempt is cancelled
   */
  async connect(mac_addr: MacLike, given: BluetoothConnectOptions | number = {}): Promise<GATTCConnection> {
    this.radio.check();
    const connectOptions = typeof given === 'number' ? { timeout: given } : given;
    const context = { clock: this.settings.clock, scanning: this.scanning, ready: () => this.ready() };
    return new GATTCConnection(await this.connecting.connect(context, mac_addr, connectOptions));
  }

  /**
   * Sets the handler of events: `Bluetooth.NEW_ADV_EVENT`, `CLIENT_CONNECTED`, `CLIENT_DISCONNECTED`. It is called with
   * `arg`, or with this object. Without trigger or handler it is taken off.
   */
  callback<Arg = this>(options: CallbackOptions<(arg: Arg) => unknown, Arg>): void;
  callback<Arg = this>(
    trigger?: number | null,
    handler?: ((arg: Arg) => unknown) | null,
    arg?: Arg | null,
  ): void;
  callback<Arg>(
    first?: number | null | CallbackOptions<(arg: Arg) => unknown, Arg>,
    handler?: ((arg: Arg) => unknown) | null,
    arg?: Arg | null,
  ): void {
    this.callbacks.set(callbackArguments(first, handler, arg, this as unknown as Arg));
  }

  /** The events since the last call, added up; clears them. */
  events(): number {
    return this.callbacks.take();
  }

  /**
   * Sets what is advertised. Advertising data: flags, name, TX power (where the controller tells it), connection
   * interval range. Scan response: manufacturer data, service data, service UUID. A name too long is shortened.
   * @throws {ValueError} when something else does not fit, naming the octets over
   * @throws {OSError} `incorrect service UUID length`
   */
  set_advertisement(fields: SetAdvertisementOptions = {}): Promise<void> {
    this.radio.check();
    return this.later(this.advertising.set(fields));
  }

  /** Sets how it is advertised; only what is given changes. @throws {ValueError} outside of the specification's ranges */
  set_advertisement_params(params: AdvertisementParams): Promise<void> {
    this.radio.check();
    return this.later(this.advertising.setParams(params));
  }

  /** Sets the octets of the advertising data as they are, up to 31. @throws {ValueError} when there are more */
  set_advertisement_raw(data: Uint8Array | string | null): Promise<void> {
    this.radio.check();
    return this.later(this.advertising.setRaw(data));
  }

  /** Starts or stops advertising. After a client has left, it starts again by itself. */
  advertise(enable: boolean): Promise<void> {
    this.radio.check();
    return this.later(this.advertising.advertise(Boolean(enable)));
  }

  /**
   * Makes a service of the GATT server.
   * @param uuid a 16- or 32-bit number, or 16 octets, least significant first; here or by name
   * @throws {ValueError} `invalid argument(s) value`
   */
  service(uuid: UuidValue, given?: ServiceOptions): GATTSService;
  service(given: ServiceOptions & { readonly uuid: UuidValue }): GATTSService;
  service(
    uuid: UuidValue | (ServiceOptions & { readonly uuid: UuidValue }),
    given?: ServiceOptions,
  ): GATTSService {
    this.radio.check();
    const service = this.gatts.service(uuid, given);
    // Also a server that only waits needs the radio; what goes wrong with it is told.
    if (this.radio.idle) this.radio.begin(this.transport, this.settings);
    return service;
  }

  /** The clients of this server, as they are connected now. */
  clients(): BluetoothClient[] {
    return clientsOf(this.radio.device);
  }

  /** Disconnects the clients of this server, or the one given (as of {@link clients}, or by its address). */
  disconnect_client(client?: BluetoothClient | MacLike | null): Promise<void> {
    return this.later(disconnectClients(this.radio.device, client));
  }

  /** The ATT_MTU with the client that connected first; waits up to 1 s for its exchange. `null` without a client. */
  gatts_mtu(): Promise<number | null> {
    return clientMtu(this.radio.device, this.settings.clock);
  }

  /**
   * Sets the pin, and with that makes the server secure: see `pin` of the options. When it is another than before, in this run
   * or an earlier one, every bond is removed, and the connections of bonded clients end; so it is where nothing is known of an
   * earlier pin. A `pin` of the constructor or `init` removes bonds that were made with another one. Characteristics that exist
   * stay as they are; the own address becomes private, unless `privacy` is off.
   * @throws {ValueError} for other than 1 to 6 digits
   */
  set_pin(pin: number): Promise<void> {
    this.radio.check();
    const checked = options.checkPin(pin);
    return this.later(this.security.setPin(checked));
  }

  /** Whether the radio may sleep. Kept for programs that ask; an external controller decides for itself. */
  modem_sleep(): boolean;
  modem_sleep(enable: boolean): void;
  modem_sleep(enable?: boolean): boolean | undefined {
    this.radio.check();
    if (enable === undefined) return this.modemSleep;
    this.configure({ modem_sleep: Boolean(enable) });
    return undefined;
  }

  /**
   * Reads the transmit power in dBm, or sets it, by a command of the controller's vendor or the standard one.
   * @param type `Bluetooth.TX_PWR_CONN`, `TX_PWR_ADV`, `TX_PWR_SCAN`, `TX_PWR_DEFAULT`
   * @param level `Bluetooth.TX_PWR_N12` to `TX_PWR_P9`
   * @throws {ValueError} for any other
   * @throws {NotSupportedError} when the controller has no command for it
   */
  tx_power(type: number): Promise<number>;
  tx_power(type: number, level: number): Promise<undefined>;
  async tx_power(type: number, level?: number): Promise<number | undefined> {
    checkTxPower(type, level);
    const device = await this.ready();
    const { readTxPower, writeTxPower } = await outsideOf(device.host.clock, import('./tx-power.js'));
    if (level === undefined) return readTxPower(device, type);
    await writeTxPower(device, type, level);
    return undefined;
  }

  /**
   * Forgets every bond, in the store as well, and what the pin was: the next `set_pin` counts as another. A server with a pin
   * stays secure. While the radio is off, it is done when it starts.
   */
  nvram_erase(): Promise<void> {
    return this.later(this.security.erase());
  }

  /** Tells errors that come later than the method they belong to, and diagnostics. */
  on<K extends keyof BluetoothEvents>(name: K, listener: (event: BluetoothEvents[K]) => void): Unsubscribe {
    return this.emitter.on(name, listener);
  }

  /** The device underneath, for all that this API does not cover; `undefined` while the radio is off. */
  get device(): Device | undefined {
    return this.radio.device;
  }

  private ready(): Promise<Device> {
    return this.radio.ready(this.transport, this.settings);
  }

  /** What the constructor does with a new object, and with one that was there. */
  private again(given: options.BluetoothOptions, start: boolean): void {
    this.configure(given);
    if (start) this.security.init(given).catch((error: unknown) => this.error(error));
    this.radio.revive();
    remember(this.transport, this);
    if (start) this.radio.begin(this.transport, this.settings);
  }

  /** Takes another transport, as long as the radio is off. */
  private moveTo(transport: string | HciTransport | undefined): void {
    if (transport === undefined || transport === this.transport) return;
    if (!this.radio.idle)
      throw new ValueError('transport: this object uses another one now; deinit() comes first');
    const other = objectFor(transport);
    if (other)
      throw new ValueError(
        'transport: it belongs to another Bluetooth object; new Bluetooth({ transport }) gives it',
      );
    forget(this, this.transport);
    this.transport = transport;
  }

  private configure(given: options.BluetoothOptions): void {
    if (this.radio.idle) {
      this.settings = options.withOptions(this.settings, given);
      if (!this.scanning.active) this.scanning = this.makeScanning();
    }
    if (given.modem_sleep !== undefined) this.modemSleep = given.modem_sleep;
    for (const name of ['antenna', 'modem_sleep'] as const) {
      if (given[name] != null)
        this.notes.push(`${name}: of no effect on an external controller, which has its own`);
    }
    if (this.radio.device) this.tellNotes();
  }

  private makeScanning(): Scanning {
    return new Scanning({
      settings: this.settings,
      ready: () => this.ready(),
      connecting: () => this.connecting.busy,
      advertisement: () => this.callbacks.fire(Bluetooth.NEW_ADV_EVENT),
      error: (error) => this.error(error),
    });
  }

  private opened(device: Device): void {
    device.on('diagnostic', (diagnostic) => this.emitter.emit('diagnostic', diagnostic));
    device.on('recovering', (attempt) => this.emitter.emit('recovering', attempt));
    device.on('recovered', (recovery) => this.emitter.emit('recovered', recovery));
    device.on('connection', ({ role }) => {
      if (role === 'peripheral') this.callbacks.fire(Bluetooth.CLIENT_CONNECTED);
    });
    device.on('disconnection', ({ connection }) => {
      if (connection.role !== 'peripheral') return;
      this.advertising.clientLeft(device);
      this.callbacks.fire(Bluetooth.CLIENT_DISCONNECTED);
    });
    this.advertising.opened(device);
    this.gatts.attach();
    this.tellNotes();
  }

  private tellNotes(): void {
    for (const message of this.notes.splice(0)) this.emitter.emit('diagnostic', { layer: 'api', message });
  }

  /** Tells an error that nobody waits for, once. */
  private error(error: unknown): void {
    if (typeof error === 'object' && error !== null) {
      if (this.told.has(error)) return;
      this.told.add(error);
    }
    if (this.emitter.listenerCount('error') > 0) this.emitter.emit('error', error);
    else throwApart(error);
  }

  /** A promise that may be left alone: with a listener for errors, its failure is told there as well. */
  private later<T>(promise: Promise<T>): Promise<T> {
    const result = promise.catch((error: unknown) => {
      if (this.emitter.listenerCount('error') > 0) {
        result.catch(() => {});
        this.error(error);
      }
      throw error;
    });
    return result;
  }
}
