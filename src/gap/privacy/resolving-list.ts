import type { Address } from '../../core/address.js';
import { HciError } from '../../core/errors.js';
import type { ControllerInfo } from '../../hci/bringup/bringup.js';
import {
  leAddDeviceToResolvingList,
  leClearResolvingList,
  leRemoveDeviceFromResolvingList,
  leSetAddressResolutionEnable,
  leSetPrivacyMode,
} from '../../hci/commands/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { HciHost } from '../../hci/host.js';
import type { Bond } from '../bonds/bond.js';
import { resolvingKey } from '../bonds/peer-resolver.js';
import type { RadioGate } from './radio-gate.js';

/** What a {@link ControllerResolvingList} needs. */
export interface ResolvingListOptions {
  readonly host: HciHost;
  readonly controller: () => ControllerInfo;
  readonly gate: RadioGate;
}

/** What is told to the controller with each peer. */
export interface ListedWith {
  /** The own key: 16 octets; all zero when the own address is not to be private. */
  readonly localIrk: Uint8Array;
  /** Privacy_Mode: 0 network, 1 device (Core Vol 4, Part E, 7.8.77). */
  readonly mode: 0 | 1;
}

/**
 * The resolving list of the controller, as far as it goes: Core Vol 6, Part B, 4.7. The bonds that were used last are in it;
 * for the others the host resolves.
 */
export class ControllerResolvingList {
  private readonly options: ResolvingListOptions;
  private with: ListedWith;
  /** What the controller has, by the key of the identity address. */
  private readonly listed = new Map<number, Bond>();
  /** What it refused: it is not asked again before it has other keys. */
  private readonly refused = new Map<number, Bond>();
  private enabled = false;
  /** Whom the device turns to: not put out for others. */
  private pinned: number | undefined;
  /** Whom it is connecting to, and how many times. */
  private readonly held = new Map<number, number>();
  /** The capacity that the list was filled for. */
  private size: number;

  constructor(options: ResolvingListOptions, listedWith: ListedWith) {
    this.options = options;
    this.with = listedWith;
    this.size = this.capacity;
  }

  /** How many peers fit; 0 when the controller does not resolve addresses. */
  get capacity(): number {
    const { host, controller } = this.options;
    const { leFeatures, resolvingListSize } = controller();
    const able =
      hasLeFeature(leFeatures, 'llPrivacy') &&
      host.supports(leAddDeviceToResolvingList) &&
      host.supports(leSetAddressResolutionEnable);
    return able ? (resolvingListSize ?? 0) : 0;
  }

  /** Whether the controller knows a peer by its identity address, and does what privacy asks for. */
  has({ identity, keys }: Bond): boolean {
    return this.listed.get(identity.key)?.keys === keys;
  }

  /**
   * Takes a peer in that the device is about to turn to, in place of the one that was used longest ago: directed
   * advertising to private addresses is for controllers that make and resolve them.
   */
  async promote(bond: Bond, bonds: readonly Bond[]): Promise<void> {
    this.pinned = bond.identity.key;
    await this.sync(bonds);
  }

  /** Keeps a peer in the list that is there, or comes there, until the function is called that this gives. */
  hold({ key }: Address): () => void {
    this.held.set(key, (this.held.get(key) ?? 0) + 1);
    return () => {
      const left = this.held.get(key)! - 1;
      if (left > 0) this.held.set(key, left);
      else this.held.delete(key);
    };
  }

  /** Brings the list in line with the bonds, while the radio is quiet; the radio is not disturbed when it is already. */
  async sync(bonds: readonly Bond[]): Promise<void> {
    this.size = this.capacity;
    if (!this.plan(bonds)) return;
    await this.options.gate.quiet(async () => {
      // Others may have done it while this waited.
      const plan = this.plan(bonds);
      if (!plan) return;
      for (const bond of plan.remove) await this.remove(bond);
      for (const bond of plan.add) await this.add(bond);
      if (!this.enabled && this.listed.size > 0) {
        await this.options.host.send(leSetAddressResolutionEnable, { addressResolutionEnable: 1 });
        this.enabled = true;
      }
    });
  }

  /** Takes everybody out, while the radio is quiet: {@link sync} lists them with this then. */
  async empty(listedWith: ListedWith): Promise<void> {
    this.with = listedWith;
    this.refused.clear();
    for (const bond of [...this.listed.values()]) await this.remove(bond);
  }

  /**
   * The controller was reset, and has what succeeded before; one with another list begins anew.
   */
  async restored(bonds: readonly Bond[]): Promise<void> {
    if (this.size !== this.capacity) {
      this.listed.clear();
      this.refused.clear();
      this.enabled = false;
      if (this.capacity > 0)
        await this.options.gate.quiet(() => this.options.host.send(leClearResolvingList, {}));
    }
    await this.sync(bonds);
  }

  /** What is to be changed; `undefined` when nothing is. */
  private plan(bonds: readonly Bond[]): { readonly remove: Bond[]; readonly add: Bond[] } | undefined {
    const { capacity } = this;
    if (capacity === 0) return undefined;
    const current = new Map(bonds.map((bond) => [bond.identity.key, bond]));
    const remove = [...this.listed.values()].filter(
      (bond) => current.get(bond.identity.key)?.keys !== bond.keys,
    );
    const kept = [...this.listed.values()].filter((bond) => !remove.includes(bond));
    const add = bonds.filter((bond) => {
      return resolvingKey(bond) && !this.has(bond) && this.refused.get(bond.identity.key)?.keys !== bond.keys;
    });
    let room = capacity - kept.length;
    // A peer that was just paired is more likely to be met than the one that was met longest ago.
    const rank = ({ identity, lastUsedAt }: Bond) =>
      identity.key === this.pinned || this.held.has(identity.key) ? Number.POSITIVE_INFINITY : lastUsedAt;
    const oldest = kept.map((bond) => current.get(bond.identity.key)!).sort((a, b) => rank(a) - rank(b));
    const chosen = add
      .sort((a, b) => rank(b) - rank(a))
      .filter((bond) => {
        const last = oldest[0];
        if (room > 0) room--;
        else if (last && rank(last) < rank(bond)) remove.push(oldest.shift()!);
        else return false;
        return true;
      });
    return remove.length + chosen.length > 0 ? { remove, add: chosen } : undefined;
  }

  private async remove({ identity }: Bond): Promise<void> {
    await this.options.host.send(leRemoveDeviceFromResolvingList, {
      peerIdentityAddressType: identity.type & 1,
      peerIdentityAddress: identity.bd,
    });
    this.listed.delete(identity.key);
  }

  private async add(bond: Bond): Promise<void> {
    const { host } = this.options;
    const { localIrk, mode } = this.with;
    const peer = {
      peerIdentityAddressType: bond.identity.type & 1,
      peerIdentityAddress: bond.identity.bd,
    };
    try {
      await host.send(leAddDeviceToResolvingList, { ...peer, peerIrk: resolvingKey(bond)!, localIrk });
    } catch (error) {
      if (!(error instanceof HciError)) throw error;
      // Full before its size, or an IRK that another entry has: the host resolves this one.
      this.refused.set(bond.identity.key, bond);
      return;
    }
    this.listed.set(bond.identity.key, bond);
    // Controllers before 5.0 know no modes, and accept identity addresses.
    if (host.supports(leSetPrivacyMode)) await host.send(leSetPrivacyMode, { ...peer, privacyMode: mode });
  }
}
