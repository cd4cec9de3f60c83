import { Address, AddressType, type BdAddr, randomAddressKind } from '../../core/address.js';
import { HciError, StateError } from '../../core/errors.js';
import type { OnAirAddresses } from '../privacy/on-air.js';

/** A random address for an advertising set alone, or `private`: resolvable private ones, which change when the device's does. */
export type SetAddressOption = Address | 'private';

/** @throws {RangeError | TypeError} when a set may not have such an address */
export function checkSetAddress(
  address: SetAddressOption,
  set: { readonly connectable?: boolean; readonly anonymous?: boolean },
): void {
  if (address !== 'private' && !(address instanceof Address && address.type === AddressType.random))
    throw new TypeError('address: a random Address or "private" is permitted');
  if (set.anonymous) throw new RangeError('address: not with anonymous');
  if (set.connectable && address !== 'private' && randomAddressKind(address.bd) === 'non-resolvable')
    throw new RangeError('address: a set that is connectable has a static or resolvable private one');
}

interface AddressControl {
  setAddress(address: BdAddr): Promise<void>;
}

/**
 * The address of one advertising set: one of its own, or the device's of the moment. It may not be changed while connectable
 * advertising is on (Core Vol 4, Part E, 7.8.52).
 */
export class SetAddress {
  private readonly addresses: OnAirAddresses;
  private readonly commands: AddressControl;
  private wanted: SetAddressOption | undefined;
  /** The private one of its own, and which one the device had as it was made. */
  private made: { readonly address: Address; readonly beside: Address } | undefined;
  /** What the controller was told. */
  private told: Address | undefined;
  /** The Own_Address_Type of the device as the parameters of the set were told. */
  private kind: number | undefined;

  /** @throws {StateError} when private addresses are wanted of a device that has none */
  constructor(addresses: OnAirAddresses, commands: AddressControl, wanted: SetAddressOption | undefined) {
    this.addresses = addresses;
    this.commands = commands;
    this.wanted = wanted;
    this.renew();
  }

  /** The one that strangers see. */
  get current(): Address {
    if (this.wanted === undefined) return this.addresses.address;
    return this.wanted === 'private' ? this.made!.address : this.wanted;
  }

  /** The random address that the set has for itself. */
  get own(): Address | undefined {
    return this.wanted === undefined ? undefined : this.current;
  }

  /** Own_Address_Type, for the parameters of the set. @param towards that towards the one peer that it is for */
  type(towards: number | undefined): number {
    this.kind = this.addresses.ownAddressType();
    return this.wanted instanceof Address ? AddressType.random : (towards ?? this.kind);
  }

  /** Takes another, unless it is refused. @param sendParameters tells the controller of which type it is */
  async change(wanted: SetAddressOption, sendParameters: () => Promise<void>): Promise<void> {
    const { wanted: before, made } = this;
    this.wanted = wanted;
    this.made = undefined;
    try {
      this.renew();
      await sendParameters();
      await this.send();
    } catch (error) {
      this.wanted = before;
      this.made = made;
      if (error instanceof HciError) await sendParameters();
      throw error;
    }
  }

  /** The controller has a new set. */
  forget(): void {
    this.told = undefined;
  }

  /**
   * Tells the controller the address, where that is another than it was told.
   * @param sendParameters tells it the parameters anew: the device's address may be of another kind than it was
   */
  async send(sendParameters?: () => Promise<void>): Promise<void> {
    this.renew();
    const { current, addresses } = this;
    if (this.kind !== addresses.ownAddressType()) await sendParameters?.();
    const kind = this.wanted instanceof Address ? AddressType.random : addresses.ownAddressType();
    if ((kind & 1) === 0 || !current.isRandom || this.told?.equals(current)) return;
    await this.commands.setAddress(current.bd);
    this.told = current;
  }

  /** A private one changes when the device's does. */
  private renew(): void {
    if (this.wanted !== 'private') return;
    const { address: beside } = this.addresses;
    if (this.made?.beside.equals(beside)) return;
    const address = this.addresses.another();
    // One that is not private any more has none: the set keeps what it has.
    if (!address && this.made) return;
    if (!address) throw new StateError('address: "private" wants a device with privacy');
    this.made = { address, beside };
  }
}
