import { type Address, AddressType, BdAddr } from '../../core/address.js';
import { outsideOf, type Timer } from '../../core/clock.js';
import { HciError, NotSupportedError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { leAdvertisingSetTerminated } from '../../hci/events/index.js';
import type { HciHost } from '../../hci/host.js';
import type { AcceptList } from '../connecting/accept-list.js';
import { afterOff, ignoreDisallowed, isReset, isTaken } from '../errors.js';
import type { OnAirAddresses } from '../privacy/on-air.js';
import type { RadioGate, RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import { type AdvertisingOptions, isDirected, type Prepared, prepare } from './advertiser-options.js';
import {
  type AdvertisingCommands,
  type AdvertisingSettings,
  LEGACY_SET,
  legacyAdvertising,
} from './advertising-commands.js';
import { AdvertisingType } from './advertising-kind.js';

/** Bits of Advertising_Filter_Policy: what is taken from peers of the accept list only. */
const SCAN_REQUESTS = 1;
const CONNECTIONS = 2;

/** Advertising with legacy PDUs: Core Vol 3, Part C, 9.1.1, 9.2 and 9.3. */
export class Advertiser implements RadioUser {
  private readonly host: HciHost;
  private readonly addresses: OnAirAddresses;
  private readonly gate: RadioGate;
  private readonly acceptList: AcceptList;
  /** Whether the controller there is takes the extended commands. */
  private readonly extended: () => boolean;
  /** Whether the device has advertising sets beside this one. */
  hasSets: () => boolean = () => false;
  private active: Prepared | undefined;
  /** Whether the controller advertises now: a connection ends that without a command. */
  private enabled = false;
  private starting = false;
  /** Whether it did when it failed. */
  private suspended = false;
  /** What the controller said to the parameters. */
  private prepared: unknown;
  /** What is to go on after a pause. */
  private paused: Prepared | undefined;
  /** Ends what is advertised for a while only. */
  private timer: Timer | undefined;

  constructor({ host, addresses, gate, controller }: Radio, acceptList: AcceptList) {
    this.acceptList = acceptList;
    this.extended = () => controller().advertisingCommands === 'extended';
    this.host = host;
    this.addresses = addresses;
    this.gate = gate;
    gate.add(this);
    host.onEvent(leAdvertisingSetTerminated, ({ status, advertisingHandle }) => {
      if (advertisingHandle !== LEGACY_SET) return;
      if (status !== 0) this.timedOut();
      else if (this.hasSets()) this.ended().catch((error: unknown) => this.tell(error));
    });
  }

  /** Whether advertising is on. */
  get advertising(): boolean {
    return this.enabled;
  }

  /** Whether the controller's accept list says, or is about to, who may scan or connect. */
  get isFiltered(): boolean {
    return (this.starting || this.isWanted) && this.active?.parameters.filterPolicy !== 0;
  }

  /** Whether the controller's accept list says who gets scan responses; the host cannot. */
  get filtersScans(): boolean {
    return this.isFiltered && ((this.active?.parameters.filterPolicy ?? 0) & SCAN_REQUESTS) !== 0;
  }

  /** Whether it advertises, or will again by itself. */
  get isWanted(): boolean {
    return this.active !== undefined && (this.enabled || this.active.restart !== 'never');
  }

  /**
   * Starts advertising, or changes what is advertised.
   * @throws {RangeError} naming the option, and the octets over, when something is not permitted or does not fit
   * @throws {HciError} when the controller refuses
   */
  async start(options: AdvertisingOptions = {}): Promise<void> {
    const prepared = prepare(options);
    if (!this.extended() && this.hasSets())
      throw new NotSupportedError(
        'startAdvertising: with legacy commands there is one advertisement, and an advertising set has it',
      );
    if (options.peer) await this.addresses.prepare(options.peer);
    if (this.enabled) await this.disable();
    this.active = prepared;
    this.host.trace?.('startAdvertising() →');
    this.starting = true;
    try {
      if (this.isFiltered) await this.acceptList.reclaim();
      await this.enable(prepared);
    } finally {
      this.starting = false;
    }
    this.limit(prepared);
  }

  /** Ends what was started after its time, with what of it waits for the end of a link. */
  private limit(prepared: Prepared): void {
    const { clock } = this.host;
    clock.clearTimeout(this.timer);
    if (prepared.durationMs === undefined || this.active !== prepared) return;
    this.timer = clock.setTimeout(() => {
      if (this.active === prepared) this.stop().catch((error: unknown) => this.tell(error));
    }, prepared.durationMs);
  }

  /** Stops advertising; idempotent. */
  async stop(): Promise<void> {
    this.active = undefined;
    this.host.clock.clearTimeout(this.timer);
    if (this.enabled) {
      this.host.trace?.('stopAdvertising() →');
      await this.disable();
    }
  }

  /** See `Device.readAdvertisingTxPower`. */
  async readTxPower(): Promise<number | undefined> {
    const commands = await this.commands();
    // Before the first advertisement: nothing is on that the parameters would be disallowed with.
    if (this.extended() && this.prepared === undefined) {
      const { parameters } = prepare({});
      this.prepared = await this.gate.use(() =>
        commands.prepare(this.encoded(parameters), this.addresses.address),
      );
    }
    return commands.txPower(this.prepared);
  }

  /** For the device: a central connected, and with that the controller stopped advertising. */
  async connected(): Promise<void> {
    // Which of several sets it was, LE Advertising Set Terminated tells.
    if (!this.hasSets()) await this.ended();
  }

  private async ended(): Promise<void> {
    if (!this.enabled) return;
    this.enabled = false;
    if (this.active?.restart === 'always') await this.enable(this.active);
  }

  /** For the device: a central left. */
  async disconnected(): Promise<void> {
    if (!this.enabled && this.active && this.active.restart !== 'never') await this.enable(this.active);
  }

  /** For the device: high duty cycle directed advertising ended without a connection (0x3C, 7.7.65.1). */
  timedOut(): void {
    this.enabled = false;
    this.active = undefined;
    this.host.clock.clearTimeout(this.timer);
  }

  /** For the device: the controller failed, and with it advertising. */
  suspend(): void {
    this.suspended ||= this.enabled;
    this.enabled = false;
  }

  /** For the device: starts again what a controller did that was reset. Links ended with it, so that what waits for their end goes on. */
  async restore(): Promise<void> {
    const { active } = this;
    const wanted = this.suspended || (active !== undefined && active.restart !== 'never');
    // The time of high duty cycle directed advertising is over (7.8.9).
    if (!active || !wanted || active.parameters.type === AdvertisingType.directedHighDuty) {
      this.suspended = false;
      return;
    }
    await this.enable(active);
    this.suspended = false;
  }

  /**
   * Whether there should be advertising and the controller knows nothing of it: its parameters are disallowed while it
   * advertises (7.8.5).
   */
  async wasForgotten(): Promise<boolean> {
    const { active } = this;
    if (!active || !this.enabled || active.parameters.type === AdvertisingType.directedHighDuty) return false;
    const commands = await this.commands();
    const taken = await this.gate.use(() =>
      isTaken(commands.prepare(this.encoded(active.parameters), this.addresses.address)),
    );
    return taken && this.enabled && this.active === active;
  }

  async pause(): Promise<void> {
    if (!this.enabled) return;
    this.paused = this.active;
    await ignoreDisallowed((await this.commands()).stop());
  }

  async resume(): Promise<void> {
    const { paused } = this;
    this.paused = undefined;
    // A connection that came just before ended it, or somebody stopped it meanwhile.
    if (!paused || !this.enabled || this.active !== paused) return;
    try {
      await this.command(paused);
    } catch (error) {
      // After a reset all begins anew anyway.
      if (isReset(error)) return;
      this.enabled = false;
      this.tell(error);
    }
  }

  private tell(error: unknown): void {
    const why = messageOf(error);
    this.host.report({ layer: 'gap', message: `advertising did not go on: ${why}` });
  }

  /** For the device: the controller is gone. */
  abort(): void {
    this.enabled = false;
    this.active = undefined;
    this.host.clock.clearTimeout(this.timer);
  }

  private enable(prepared: Prepared): Promise<void> {
    return this.gate.use(() => this.command(prepared));
  }

  private async command(prepared: Prepared): Promise<void> {
    const { parameters, data, scanResponse } = prepared;
    const commands = await this.commands();
    this.prepared = await afterOff(
      () => commands.prepare(this.encoded(parameters), this.addresses.address),
      () => commands.stop(),
    );
    if (!isDirected(parameters.type)) {
      await commands.setData(data);
      if (parameters.type !== AdvertisingType.nonConnectable) await commands.setScanResponse(scanResponse);
    }
    // A stop that came meanwhile wins.
    if (this.active !== prepared) return;
    await commands.start(parameters.type);
    this.enabled = true;
  }

  private async commands(): Promise<AdvertisingCommands> {
    const { host } = this;
    if (!this.extended()) return legacyAdvertising(host);
    const { extendedAdvertising } = await outsideOf(host.clock, import('./extended-commands.js'));
    return extendedAdvertising(host);
  }

  /** The addresses are those of the moment: private ones change. */
  private encoded(parameters: Prepared['parameters']): AdvertisingSettings {
    const { addresses } = this;
    const { ownAddressType, peer } = parameters.peer
      ? addresses.towards(parameters.peer, 'advertise')
      : { ownAddressType: addresses.ownAddressType(), peer: undefined };
    return {
      ...parameters,
      filterPolicy: this.filterPolicy(parameters.filterPolicy),
      ownAddressType: parameters.ownAddressType ?? ownAddressType,
      peerAddressType: peer?.type ?? AddressType.public,
      peerAddress: peer?.bd ?? BdAddr.zero,
    };
  }

  /** What of it the controller does: connections of others are ended by the host where it cannot. */
  private filterPolicy(policy: number): number {
    if (policy === 0 || this.acceptList.isInController) return policy;
    if ((policy & SCAN_REQUESTS) !== 0)
      throw new NotSupportedError(
        'filterPolicy: scan requests are filtered by the controller, and the accept list does not fit into its own',
      );
    return 0;
  }

  /** For the device: whether a central may connect. */
  admits(peer: Address): boolean {
    const policy = this.active?.parameters.filterPolicy ?? 0;
    return (policy & CONNECTIONS) === 0 || this.acceptList.admits(peer);
  }

  private async disable(): Promise<void> {
    this.enabled = false;
    try {
      await ignoreDisallowed((await this.commands()).stop());
    } catch (error) {
      // A controller that is being reset does not advertise; one that refuses advertises on, and can be asked once more.
      if (error instanceof HciError) this.enabled = true;
      if (!isReset(error)) throw error;
    }
  }
}
