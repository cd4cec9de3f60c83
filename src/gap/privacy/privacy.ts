import { Address, AddressType, type BdAddr, randomAddressKind } from '../../core/address.js';
import type { Timer } from '../../core/clock.js';
import { messageOf } from '../../core/message-of.js';

import type { RandomSource } from '../../core/random.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { ControllerInfo } from '../../hci/bringup/bringup.js';
import {
  leSetPrivacyMode,
  leSetRandomAddress,
  leSetResolvablePrivateAddressTimeoutV1,
} from '../../hci/commands/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { HciHost } from '../../hci/host.js';
import { resolvablePrivateAddress, resolves } from '../../smp/crypto/private-address.js';
import type { SmpCrypto } from '../../smp/crypto/smp-crypto.js';
import type { Bonds } from '../bonds/bonds.js';
import { resolvingKey } from '../bonds/peer-resolver.js';
import { isReset } from '../errors.js';
import type { AddressesTowards, OnAirAddresses } from './on-air.js';
import { type PrivacyOptions, type PrivacySettings, privacySettings } from './options.js';
import type { RadioGate } from './radio-gate.js';
import { ControllerResolvingList, type ListedWith } from './resolving-list.js';

/** What a {@link Privacy} needs. */
export interface PrivacyParts {
  readonly host: HciHost;
  readonly controller: () => ControllerInfo;
  readonly gate: RadioGate;
  readonly bonds: Bonds;
  readonly settings: PrivacySettings;
  readonly random: RandomSource;
  readonly crypto: SmpCrypto;
}

const NO_KEY = new Uint8Array(16);

/**
 * The addresses of a device and its peers on air: Core Vol 3, Part C, 10.7 and 10.8. The own address is a resolvable private
 * one that changes, when that is asked for; peers are known by their identity, resolved by the controller or here.
 *
 * Where the controller has a resolving list, Own_Address_Type is 3: towards a bonded peer it makes the addresses itself, and
 * towards all others it uses the random address, which is a resolvable private one made here.
 */
export class Privacy implements OnAirAddresses {
  private readonly parts: PrivacyParts;
  private readonly list: ControllerResolvingList;
  private settings: PrivacySettings;
  private current: Address | undefined;
  private timer: Timer | undefined;
  private closed = false;
  private readonly off: (() => void)[];
  /** Told when the controller may know other peers by their identity than before. */
  listChanged: () => void = () => {};

  private constructor(parts: PrivacyParts) {
    this.parts = parts;
    this.settings = parts.settings;
    const { host, controller, gate, bonds } = parts;
    this.list = new ControllerResolvingList({ host, controller, gate }, this.listedWith);
    const sync = () =>
      this.inBackground('the resolving list', async () => {
        await this.list.sync(bonds.list());
        this.listChanged();
      });
    this.off = [bonds.on('added', sync), bonds.on('removed', sync)];
  }

  /**
   * Sets the first private address, and fills the resolving list.
   * @throws {HciError} when the controller refuses
   */
  static async open(parts: PrivacyParts): Promise<Privacy> {
    const privacy = new Privacy(parts);
    if (parts.settings.own) await privacy.hide(parts.settings);
    await privacy.list.sync(parts.bonds.list());
    privacy.schedule();
    return privacy;
  }

  /**
   * Shows private addresses from now on, or the identity address. What the device does meanwhile, stops for a moment; links that
   * there are stay under the addresses that they came about with.
   * @throws {RangeError | TypeError} naming what is wrong
   * @throws {HciError} when the controller refuses
   */
  async change(privacy: boolean | PrivacyOptions): Promise<void> {
    const settings = privacySettings(privacy);
    const { host, gate, bonds } = this.parts;
    host.clock.clearTimeout(this.timer);
    try {
      await gate.quiet(async () => {
        if (settings.own) await this.hide(settings);
        else await this.show();
        this.settings = settings;
        await this.list.empty(this.listedWith);
      });
      await this.list.sync(bonds.list());
      this.listChanged();
    } finally {
      this.schedule();
    }
  }

  /** Whether the own address is private. */
  get own(): boolean {
    return this.settings.own;
  }

  /** The own address on air, towards those with whom there is no bond. */
  get address(): Address {
    return this.current ?? this.parts.bonds.local;
  }

  another(): Address | undefined {
    const { settings, crypto, bonds, random } = this.parts;
    if (!settings.own) return undefined;
    return new Address(resolvablePrivateAddress(crypto, bonds.irk, random), AddressType.random);
  }

  ownAddressType(): number {
    if (!this.settings.own) return this.parts.bonds.local.type & 1;
    return this.list.capacity > 0 ? AddressType.randomIdentity : AddressType.random;
  }

  towards(peer: Address, use: 'advertise' | 'connect'): AddressesTowards {
    const ownAddressType = this.ownAddressType();
    const bond = this.parts.bonds.get(peer);
    const irk = bond && resolvingKey(bond);
    const plain = new Address(peer.bd, peer.type & 1);
    if (!bond || !irk) return { ownAddressType, peer: plain };
    const { own } = this.settings;
    if (this.list.has(bond)) {
      // Types 2 and 3 let the controller call the peer by a private address, too (7.8.5).
      if (use === 'advertise')
        return { ownAddressType: own ? ownAddressType : ownAddressType | 2, peer: plain };
      // Where there are no privacy modes, a private address is meant by these types of the peer (7.8.12).
      const modes = this.parts.host.supports(leSetPrivacyMode);
      return { ownAddressType, peer: modes ? plain : new Address(peer.bd, plain.type | 2) };
    }
    if (use === 'connect') return { ownAddressType, peer: plain };
    const target = resolvablePrivateAddress(this.parts.crypto, irk, this.parts.random);
    return { ownAddressType, peer: new Address(target, AddressType.random) };
  }

  async prepare(peer: Address): Promise<void> {
    const { bonds } = this.parts;
    const bond = bonds.get(peer);
    if (bond && this.isHidden(peer)) await this.list.promote(bond, bonds.list());
  }

  /** While a peer is connected to, no other takes its place in the controller's list; until the function is called. */
  hold(peer: Address): () => void {
    return this.list.hold(peer);
  }

  /**
   * Takes an address as its own that a peer called this device by: one without a resolving list can answer a directed
   * advertisement under no other.
   */
  async adopt(target: Address | undefined): Promise<void> {
    if (!target || !this.own || this.list.capacity > 0) return;
    if (target.equals(this.address) || !target.isRandom || !this.isOwn(target)) return;
    await this.rotate(target.bd);
  }

  /** Whether a peer can only be found by the host: it may use private addresses that the controller does not resolve. */
  isHidden(peer: Address): boolean {
    const bond = this.parts.bonds.get(peer);
    return bond !== undefined && resolvingKey(bond) !== undefined && !this.list.has(bond);
  }

  isFoundByController(peer: Address): boolean {
    return !this.isHidden(peer);
  }

  /** The identity address behind an address on air or from the controller; the address itself where it is not known. */
  identify(address: Address): Address {
    if (address.type > AddressType.random) return new Address(address.bd, address.type & 1);
    return this.parts.bonds.find(address)?.identity ?? address;
  }

  seen(report: AdvertisingReport): boolean {
    // What the controller resolved has its identity address already; most of the rest is nobody known.
    if (report.addressType > AddressType.random || this.parts.bonds.size === 0) return true;
    const { address } = report;
    const bond = this.parts.bonds.find(address);
    if (!bond) return true;
    // The controller does the same for those that it resolves (Vol 6, Part B, 4.7).
    if (address.equals(bond.identity)) return this.settings.mode === 'device' || !resolvingKey(bond);
    report.resolve(bond.identity);
    return true;
  }

  wantsDirected(): boolean {
    const { controller } = this.parts;
    return this.settings.own && hasLeFeature(controller().leFeatures, 'extendedScanningFilterPolicies');
  }

  /** Whether a private address was made for this device, by a peer that has its key. */
  isOwn(address: Address): boolean {
    const { bonds, crypto } = this.parts;
    if (address.equals(this.address) || address.equals(bonds.local)) return true;
    return randomAddressKind(address.bd) === 'resolvable' && resolves(crypto, bonds.irk, address.bd);
  }

  /** Takes another private address, now: a new one, or one that was made from the own key. */
  async rotate(to?: BdAddr): Promise<void> {
    this.parts.host.clock.clearTimeout(this.timer);
    try {
      await this.parts.gate.quiet(() => this.renew(to));
    } finally {
      this.schedule();
    }
  }

  /** The controller was brought back, with what it had; or another one has come in its place. */
  restored(): void {
    this.inBackground('the resolving list', async () => {
      await this.list.restored(this.parts.bonds.list());
      this.listChanged();
    });
  }

  close(): void {
    this.closed = true;
    this.parts.host.clock.clearTimeout(this.timer);
    for (const off of this.off) off();
  }

  private get listedWith(): ListedWith {
    const { own, mode } = this.settings;
    return { localIrk: own ? this.parts.bonds.irk : NO_KEY, mode: mode === 'network' ? 0 : 1 };
  }

  private async hide({ rotateMs }: PrivacySettings): Promise<void> {
    const { host } = this.parts;
    await this.renew();
    if (this.list.capacity > 0 && host.supports(leSetResolvablePrivateAddressTimeoutV1)) {
      const rpaTimeout = Math.round(rotateMs / 1000);
      await host.send(leSetResolvablePrivateAddressTimeoutV1, { rpaTimeout });
    }
  }

  private async show(): Promise<void> {
    const { host, bonds } = this.parts;
    if (!this.current) return;
    // A static random identity address is where a private one was.
    if (bonds.local.isRandom) await host.send(leSetRandomAddress, { randomAddress: bonds.local.bd });
    this.current = undefined;
  }

  private async renew(to?: BdAddr): Promise<void> {
    const { host, bonds, crypto, random } = this.parts;
    const address = to ?? resolvablePrivateAddress(crypto, bonds.irk, random);
    await host.send(leSetRandomAddress, { randomAddress: address });
    this.current = new Address(address, AddressType.random);
  }

  private schedule(): void {
    const { settings } = this;
    const { host } = this.parts;
    if (!settings.own || this.closed) return;
    this.timer = host.clock.setTimeout(
      () => this.inBackground('the private address', () => this.rotate()),
      settings.rotateMs,
    );
  }

  /** A controller that is being reset gets all anew; a refusal is told. */
  private inBackground(what: string, work: () => Promise<unknown>): void {
    work().catch((error: unknown) => {
      if (this.closed || isReset(error)) return;
      const why = messageOf(error);
      this.parts.host.report({ layer: 'gap', message: `${what} could not be changed: ${why}` });
    });
  }
}
