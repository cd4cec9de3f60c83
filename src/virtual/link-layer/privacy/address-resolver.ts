import { Address, AddressType, type BdAddr } from '../../../core/address.js';
import type { RandomSource } from '../../../core/random.js';
import type { Agenda } from '../../air/agenda.js';
import { PrivacyMode, type ResolvingEntry, ResolvingList } from './resolving-list.js';
import { type Aes128, isMadeFrom, isRpa, makeRpa } from './rpa.js';

/** RPA_Timeout before it is set, in seconds: Core Vol 4, Part E, 7.8.45. */
const DEFAULT_TIMEOUT = 900;
/** How many addresses that were looked up are remembered; then all are forgotten. */
const CACHE_SIZE = 512;

/** Who is behind an address, and under which address one goes oneself: what advertiser, scanner and initiator ask. */
export interface AddressResolver {
  /**
   * Who sends under `address`.
   * @returns the identity address (types 2 and 3) where a resolvable private address was resolved; else `address`;
   *   `undefined` for a device that shows its identity address although its privacy mode is network privacy, and that
   *   has to be ignored
   */
  sender(address: Address): Address | undefined;
  /**
   * The own address for an Own_Address_Type of 0 to 3.
   * @param peer for types 2 and 3, the identity address of whoever it is meant for
   * @param random the random address in question; the controller's own without
   * @returns `undefined` when it is to be random and none has been set, or public and there is none
   */
  own(type: number, peer: Address | undefined, random?: BdAddr): Address | undefined;
  /** What a directed PDU to `peer` names as its target: its resolvable private address where types 2 and 3 ask for it. */
  targetOf(ownType: number, peer: Address): Address;
  /**
   * Whether a directed PDU is for this device.
   * @returns the own address it was for, of type 2 or 3 where it was resolved; `undefined` when it is for another
   */
  asTarget(target: Address, ownType: number): Address | undefined;
}

/** The device's own addresses that are not made here. */
export interface OwnAddresses {
  /** As {@link AddressResolver.own}, for types 0 and 1. Where scanning, a chip without a public address needs none. */
  ownAddress(type: number, scanning?: boolean, random?: BdAddr): Address | undefined;
}

/** What a {@link Privacy} is made with. */
export interface PrivacyOptions {
  readonly aes128: Aes128;
  readonly agenda: Agenda;
  readonly random: RandomSource;
  readonly device: OwnAddresses;
  readonly listSize: number;
}

/** Privacy in the controller: the resolving list and what is done with it. Core Vol 6, Part B, 4.7 and 6. */
export class Privacy implements AddressResolver {
  readonly list: ResolvingList;
  /** Whether addresses are resolved: Core Vol 4, Part E, 7.8.44. */
  enabled = false;
  /** How long a resolvable private address is used, in seconds: Core Vol 4, Part E, 7.8.45. */
  timeout = DEFAULT_TIMEOUT;
  private readonly options: PrivacyOptions;
  /** Which entry an address belongs to, by its key. */
  private readonly resolved = new Map<number, ResolvingEntry | undefined>();

  constructor(options: PrivacyOptions) {
    this.options = options;
    this.list = new ResolvingList(options.listSize);
  }

  /** As after a power-on. */
  reset(): void {
    this.list.clear();
    this.enabled = false;
    this.timeout = DEFAULT_TIMEOUT;
    this.changed();
  }

  /** The list is another one. */
  changed(): void {
    this.resolved.clear();
  }

  sender(address: Address): Address | undefined {
    if (!this.enabled || this.list.size === 0) return address;
    if (isRpa(address)) {
      const entry = this.entryOf(address);
      if (!entry) return address;
      entry.peerRpa = address;
      return identityOf(entry.identity);
    }
    const entry = this.list.find(address);
    const hides = entry?.peerIrk !== undefined && entry.mode === PrivacyMode.network;
    return hides ? undefined : address;
  }

  private entryOf(rpa: Address): ResolvingEntry | undefined {
    const { key } = rpa;
    if (this.resolved.has(key)) return this.resolved.get(key);
    if (this.resolved.size >= CACHE_SIZE) this.resolved.clear();
    let found: ResolvingEntry | undefined;
    for (const entry of this.list) {
      if (!entry.peerIrk || !isMadeFrom(this.options.aes128, entry.peerIrk, rpa)) continue;
      found = entry;
      break;
    }
    this.resolved.set(key, found);
    return found;
  }

  own(type: number, peer: Address | undefined, random?: BdAddr): Address | undefined {
    if (type > AddressType.random) {
      const rpa = peer && this.localRpa(peer);
      if (rpa) return rpa;
    }
    return this.options.device.ownAddress(type & 1, false, random);
  }

  /** The own resolvable private address towards a device of the list that there is a local IRK for. */
  localRpa(peer: Address): Address | undefined {
    const entry = this.list.find(peer);
    if (!entry?.localIrk) return undefined;
    this.renew(entry);
    return entry.localRpa;
  }

  /** Makes the addresses of an entry when it has none, or when their time is over. */
  private renew(entry: ResolvingEntry): void {
    const { aes128, random, agenda } = this.options;
    if (entry.renewAt > agenda.now) return;
    entry.renewAt = agenda.now + this.timeout * 1_000_000;
    if (entry.localIrk) {
      entry.localRpaBefore = entry.localRpa;
      entry.localRpa = makeRpa(aes128, entry.localIrk, random);
    }
    if (entry.peerIrk) entry.targetRpa = makeRpa(aes128, entry.peerIrk, random);
  }

  /** The timeout has changed: it counts from now on. */
  restartTimers(): void {
    const { now } = this.options.agenda;
    for (const entry of this.list) if (entry.renewAt > 0) entry.renewAt = now + this.timeout * 1_000_000;
  }

  /** Whether it made this address as its own, now or the last time. */
  isMade(own: Address, peer: Address): boolean {
    const entry = this.list.find(peer);
    return entry !== undefined && [entry.localRpa, entry.localRpaBefore].some((one) => one?.equals(own));
  }

  targetOf(ownType: number, peer: Address): Address {
    const entry = ownType > AddressType.random ? this.list.find(peer) : undefined;
    if (!entry?.peerIrk) return peer;
    this.renew(entry);
    return entry.targetRpa!;
  }

  asTarget(target: Address, ownType: number): Address | undefined {
    const { aes128, device } = this.options;
    const identity = device.ownAddress(ownType & 1, true);
    if (identity?.equals(target)) return identity;
    if (!this.enabled || !isRpa(target)) return undefined;
    for (const { localIrk } of this.list) {
      if (localIrk && isMadeFrom(aes128, localIrk, target)) return identityOf(identity ?? target);
    }
    return undefined;
  }
}

function identityOf(address: Address): Address {
  return new Address(address.bd, address.isRandom ? AddressType.randomIdentity : AddressType.publicIdentity);
}

/** The IRK as HCI carries it, least significant octet first; `undefined` for zeros. */
export function irkOf(wire: Uint8Array): Uint8Array | undefined {
  return wire.some((octet) => octet !== 0) ? wire.slice().reverse() : undefined;
}
