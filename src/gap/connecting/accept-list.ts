import { Address } from '../../core/address.js';
import { HciError, NotSupportedError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { Mutex } from '../../core/mutex.js';
import {
  leAddDeviceToFilterAcceptList,
  leClearFilterAcceptList,
  leRemoveDeviceFromFilterAcceptList,
} from '../../hci/commands/index.js';
import { isReset } from '../errors.js';
import type { Radio } from '../radio.js';

/** Memory Capacity Exceeded: the list of the controller is full before its size. */
const FULL = 0x07;

/**
 * The peers that a device scans for, connects to and lets connect, where it is told to keep to them: the Filter Accept List of
 * Core Vol 6, Part B, 4.3.1, by identity addresses. It may be longer than the controller's, and have bonded peers whose
 * private addresses the controller does not resolve: then the host filters.
 */
export class AcceptList {
  private readonly radio: Radio;
  private readonly wanted = new Map<number, Address>();
  /** What the controller has. */
  private readonly listed = new Map<number, Address>();
  private readonly turn = new Mutex();
  /** Before the first use a program may keep the controller's list by commands of its own. */
  private used = false;
  /** Whether the controller's list was made empty then. */
  private taken = false;
  private full = false;
  /** How many the controller took, when that was less than its size. */
  private room = Number.POSITIVE_INFINITY;
  /** Whom the controller's list is for at the moment, in place of those here. */
  private loan: { readonly owner: object; readonly peers: ReadonlyMap<number, Address> } | undefined;

  /** @internal Made with the device. */
  constructor(radio: Radio) {
    this.radio = radio;
  }

  /** How many peers are on it. */
  get size(): number {
    return this.wanted.size;
  }

  /** The peers, by their identity addresses. */
  list(): Address[] {
    return [...this.wanted.values()];
  }

  /** Whether a peer is on it. */
  has(peer: Address): boolean {
    return this.wanted.has(peer.key);
  }

  /**
   * Puts peers on it; those that are there stay. What uses the list stops for a moment while it is changed.
   * @throws {RangeError} when one is no address
   * @throws {NotSupportedError} when something is advertised that only the controller filters for, which cannot have them all
   * @throws {HciError} when the controller refuses
   */
  async add(...peers: readonly (Address | string)[]): Promise<void> {
    const addresses = peers.map((peer) => Address.from(peer));
    if (this.isBound()) this.checkRoom(new Map([...this.wanted, ...byKey(addresses)]));
    this.used = true;
    for (const address of addresses) this.wanted.set(address.key, address);
    await this.sync();
  }

  /** Takes peers off it. @throws {HciError} when the controller refuses */
  async remove(...peers: readonly (Address | string)[]): Promise<void> {
    const addresses = peers.map((peer) => Address.from(peer));
    this.used = true;
    for (const address of addresses) this.wanted.delete(address.key);
    await this.sync();
  }

  /** Takes all off it. @throws {HciError} when the controller refuses */
  async clear(): Promise<void> {
    this.used = true;
    this.wanted.clear();
    await this.sync();
  }

  /** Whether the controller has all of it, and so can filter by itself. */
  get isInController(): boolean {
    return !this.loan && this.isWhole(this.used ? this.wanted : none);
  }

  /** @internal Whether the controller can have all of it, though it may have lent its list at the moment. */
  get fits(): boolean {
    return this.isInController || (!this.full && this.isWhole(this.own, this.wanted));
  }

  /** @internal Whether the host is to see what comes from a peer, where only those of the list are meant. */
  admits(peer: Address): boolean {
    if (this.used) return this.wanted.has(peer.key);
    // What a program has put there itself; when it is lent, there was nothing.
    const key = Uint8Array.of(peer.type & 1, ...peer.bd.wire);
    return !this.loan && this.radio.host.mirror.has(leAddDeviceToFilterAcceptList.opcode, key);
  }

  /**
   * @internal How many peers the controller's list can have for attempts to connect; none while something is under way that only
   * the controller can filter.
   */
  roomToLend(): number {
    const { host } = this.radio;
    const others = this.used ? 0 : host.mirror.count(leAddDeviceToFilterAcceptList.opcode) - this.listed.size;
    if (others > 0 || this.isHeld() || !host.supports(leAddDeviceToFilterAcceptList)) return 0;
    return Math.min(this.capacity, this.room);
  }

  /** @internal Set by the device: whether the controller filters for an advertisement. */
  isHeld: () => boolean = () => false;

  /** @internal Set by the device: whether something is advertised that the host does not filter for where the controller cannot. */
  isBound: () => boolean = () => false;

  /**
   * @internal Has the controller's list be these peers, until {@link release} or {@link reclaim}; who else keeps to the list is
   * filtered for by the host meanwhile.
   * @returns whether they are all on it
   */
  async lend(owner: object, peers: readonly Address[]): Promise<boolean> {
    if (this.roomToLend() < peers.length) return false;
    const loan = { owner, peers: byKey(peers) };
    this.loan = loan;
    try {
      await this.sync();
    } finally {
      if (this.loan === loan && !this.isWhole(loan.peers)) this.loan = undefined;
    }
    return this.loan === loan;
  }

  /** @internal Whether it has what was lent last. */
  isLentTo(owner: object): boolean {
    return this.loan?.owner === owner;
  }

  /** @internal It is not needed any more: the controller gets its own entries back. */
  release(): void {
    if (!this.loan) return;
    this.loan = undefined;
    this.inBackground(() => this.sync());
  }

  /** @internal Somebody needs the controller's list as it is said here. */
  async reclaim(): Promise<void> {
    this.loan = undefined;
    if (!this.isInController) await this.sync();
  }

  /** @internal The controller knows other peers by their identity than before. */
  refresh(): void {
    if (!this.used) return;
    this.inBackground(() => this.sync());
    if (this.isBound() && !this.isOfController(this.wanted))
      this.tell(
        'the controller cannot have the accept list any more, by which it filters for an advertisement: it lets nobody in',
      );
  }

  /** @internal The controller was reset, and has got back what it had; another one in its place may have less room. */
  restored(): void {
    this.room = Number.POSITIVE_INFINITY;
    if (!this.used && this.listed.size === 0) return;
    this.inBackground(async () => {
      if (this.listed.size > this.capacity) {
        this.listed.clear();
        await this.radio.gate.quiet(() => this.radio.host.send(leClearFilterAcceptList, {}));
      }
      await this.sync();
    });
  }

  private inBackground(work: () => Promise<void>): void {
    work().catch((error: unknown) => {
      if (isReset(error)) return;
      const why = messageOf(error);
      this.tell(`the accept list could not be changed: ${why}`);
    });
  }

  private tell(message: string): void {
    this.radio.host.report({ layer: 'gap', message });
  }

  private get capacity(): number {
    return this.radio.controller().filterAcceptListSize ?? 0;
  }

  private isWhole(goal: ReadonlyMap<number, Address>, present: ReadonlyMap<number, Address> = this.listed) {
    return goal.size === present.size && [...goal.keys()].every((key) => present.has(key));
  }

  /** Those that the controller can find by itself; all of them, or it is of no use to have it filter. */
  private get own(): ReadonlyMap<number, Address> {
    return this.used && this.isOfController(this.wanted) ? this.wanted : none;
  }

  private isOfController(peers: ReadonlyMap<number, Address>): boolean {
    const { addresses } = this.radio;
    return (
      peers.size <= this.capacity && [...peers.values()].every((peer) => addresses.isFoundByController(peer))
    );
  }

  private checkRoom(peers: ReadonlyMap<number, Address>): void {
    if (this.isOfController(peers)) return;
    const why =
      peers.size > this.capacity
        ? `has room for ${this.capacity}`
        : 'does not resolve the private addresses of all of them';
    throw new NotSupportedError(
      `acceptList: the controller filters by it for what is advertised with a filterPolicy, and ${why}`,
    );
  }

  private sync(): Promise<void> {
    return this.turn.run(async () => {
      const { host, gate } = this.radio;
      const { loan } = this;
      const goal = new Map(loan?.peers ?? this.own);
      const remove = [...this.listed].filter(([key]) => !goal.has(key));
      const add = [...goal].filter(([key]) => !this.listed.has(key));
      const first = this.used && !this.taken;
      if (!first && remove.length + add.length === 0) return;
      if (!loan) this.full = false;
      await gate.quiet(async () => {
        // What a program put there by commands of its own is not this list's.
        if (first) await host.send(leClearFilterAcceptList, {});
        if (first) this.listed.clear();
        this.taken ||= first;
        for (const [key, peer] of remove) {
          if (!this.listed.has(key)) continue;
          await host.send(leRemoveDeviceFromFilterAcceptList, entryOf(peer));
          this.listed.delete(key);
        }
        for (const [key, peer] of first ? goal : add) {
          try {
            await host.send(leAddDeviceToFilterAcceptList, entryOf(peer));
          } catch (error) {
            if (!(error instanceof HciError && error.status === FULL)) throw error;
            this.room = this.listed.size;
            if (!loan) this.full = true;
            return;
          }
          this.listed.set(key, peer);
        }
      });
    });
  }
}

const none: ReadonlyMap<number, Address> = new Map();

function byKey(peers: readonly Address[]): ReadonlyMap<number, Address> {
  return new Map(peers.map((peer) => [peer.key, peer]));
}

function entryOf(peer: Address) {
  return { addressType: peer.type & 1, address: peer.bd };
}
