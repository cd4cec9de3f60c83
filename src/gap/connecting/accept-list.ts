import { Address } from '../../core/address.js';
import { HciError } from '../../core/errors.js';
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
  private full = false;

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
   * @throws {HciError} when the controller refuses
   */
  async add(...peers: readonly (Address | string)[]): Promise<void> {
    const addresses = peers.map((peer) => (typeof peer === 'string' ? Address.parse(peer) : peer));
    for (const address of addresses) this.wanted.set(address.key, address);
    await this.sync();
  }

  /** Takes peers off it. @throws {HciError} when the controller refuses */
  async remove(...peers: readonly (Address | string)[]): Promise<void> {
    for (const peer of peers) this.wanted.delete((typeof peer === 'string' ? Address.parse(peer) : peer).key);
    await this.sync();
  }

  /** Takes all off it. @throws {HciError} when the controller refuses */
  async clear(): Promise<void> {
    this.wanted.clear();
    await this.sync();
  }

  /** Whether the controller has all of it, and so can filter by itself. */
  get isInController(): boolean {
    return !this.used || (!this.full && this.listed.size === this.wanted.size);
  }

  /** @internal Whether the host is to see what comes from a peer, where only those of the list are meant. */
  admits(peer: Address): boolean {
    return !this.used || this.wanted.has(peer.key);
  }

  /** @internal The controller knows other peers by their identity than before. */
  refresh(): void {
    if (this.used) this.inBackground(() => this.sync());
  }

  /** @internal The controller was reset, and has got back what it had; another one in its place may have less room. */
  restored(): void {
    if (!this.used) return;
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
      const why = error instanceof Error ? error.message : String(error);
      this.radio.host.report({ layer: 'gap', message: `the accept list could not be changed: ${why}` });
    });
  }

  private get capacity(): number {
    return this.radio.controller().filterAcceptListSize ?? 0;
  }

  /** Those that the controller can find by itself; all of them, or it is of no use to have it filter. */
  private get forController(): Address[] {
    const { addresses } = this.radio;
    const all = this.list();
    const known = all.every((peer) => addresses.isFoundByController(peer));
    return known && all.length <= this.capacity ? all : [];
  }

  private sync(): Promise<void> {
    return this.turn.run(async () => {
      const { host, gate } = this.radio;
      // What a program put there by commands of its own is not this list's.
      const first = !this.used;
      this.used = true;
      const goal = new Map(this.forController.map((peer) => [peer.key, peer]));
      const remove = [...this.listed].filter(([key]) => !goal.has(key));
      const add = [...goal].filter(([key]) => !this.listed.has(key));
      if (!first && remove.length + add.length === 0) return;
      this.full = false;
      await gate.quiet(async () => {
        if (first) await host.send(leClearFilterAcceptList, {});
        for (const [key, peer] of remove) {
          await host.send(leRemoveDeviceFromFilterAcceptList, entryOf(peer));
          this.listed.delete(key);
        }
        for (const [key, peer] of add) {
          try {
            await host.send(leAddDeviceToFilterAcceptList, entryOf(peer));
          } catch (error) {
            if (!(error instanceof HciError && error.status === FULL)) throw error;
            this.full = true;
            return;
          }
          this.listed.set(key, peer);
        }
      });
    });
  }
}

function entryOf(peer: Address) {
  return { addressType: peer.type & 1, address: peer.bd };
}
