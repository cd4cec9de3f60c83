import type { RandomSource } from '../../../core/random.js';
import type { Air } from '../../air/air.js';
import { seedAccessAddress } from '../../air/big-structure.js';
import type { Dice } from '../../air/dice.js';
import type { Radio } from '../../air/propagation.js';
import type { AdvertisingSet } from '../advertising-set.js';
import { HciStatus } from '../status.js';
import { Big, type BigHost } from './big.js';
import type { BigSchedule } from './big-schedule.js';
import type { BisSource } from './bis-source.js';
import { GroupCipher } from './group-cipher.js';
import type { StreamHandles } from './stream-handles.js';

/** Streams of all groups together. */
const MOST_STREAMS = 31;
/** From the command to the first event, in µs. */
const START = 5000;

/** What a {@link Broadcaster} tells the host. */
export interface BroadcasterEvents {
  bigCreated(big: Big): void;
  bigTerminated(big: Big, reason: number): void;
  isoPacketsCompleted(handle: number, packets: number): void;
}

/** The controller around a {@link Broadcaster}. */
export interface BroadcasterHost {
  readonly air: Air;
  readonly radio: Radio;
  readonly random: RandomSource;
  readonly dice: Dice;
  /** The channels that the host does not call bad. */
  readonly channelMap: Uint8Array;
}

/** The Broadcast Isochronous Groups that one controller sends. */
export class Broadcaster implements BigHost {
  readonly air: Air;
  readonly radio: Radio;
  /** By BIG_Handle. */
  readonly bigs = new Map<number, Big>();
  /** Their streams by Connection_Handle. */
  readonly streams = new Map<number, BisSource>();
  private readonly host: BroadcasterHost;
  private readonly events: BroadcasterEvents;
  private readonly handles: StreamHandles;
  private readonly sets = new Map<Big, AdvertisingSet>();

  constructor(host: BroadcasterHost, events: BroadcasterEvents, handles: StreamHandles) {
    this.host = host;
    this.air = host.air;
    this.radio = host.radio;
    this.events = events;
    this.handles = handles;
  }

  /** As after a power-on: groups end without a word. */
  reset(): void {
    for (const big of [...this.bigs.values()]) this.drop(big);
  }

  /** The stream of a handle, when it takes SDUs from the host. */
  inputOf(handle: number): BisSource | undefined {
    const stream = this.streams.get(handle);
    return stream?.paths.input ? stream : undefined;
  }

  /** Whether an advertising set has a group. */
  isUsing(set: AdvertisingSet): boolean {
    for (const one of this.sets.values()) if (one === set) return true;
    return false;
  }

  /**
   * Creates a group that the periodic advertising of a set tells of: Core Vol 4, Part E, 7.8.103 and 7.8.104.
   * @param broadcastCode 16 octets, least significant first, of an encrypted group
   * @returns a status
   */
  create(handle: number, set: AdvertisingSet, schedule: BigSchedule, broadcastCode?: Uint8Array): number {
    if (this.streams.size + schedule.numBis > MOST_STREAMS) {
      return HciStatus.connectionRejectedLimitedResources;
    }
    const { random, dice, air } = this.host;
    let seed = seedAccessAddress(dice.word());
    while (!this.isUsable(seed)) seed = seedAccessAddress(dice.word());
    const secrets = broadcastCode && {
      giv: random.fill(new Uint8Array(8)),
      gskd: random.fill(new Uint8Array(16)),
    };
    const { numBis } = schedule;
    const big = new Big(this, {
      handle,
      advertisingHandle: set.handle!,
      schedule,
      seed,
      baseCrcInit: dice.below(0x10000),
      channelMap: this.host.channelMap,
      cipher: secrets && new GroupCipher(broadcastCode, secrets, seed, numBis),
      secrets,
      streamHandles: Array.from({ length: numBis }, () => this.handles.take()),
    });
    if (!set.periodic!.carry(big)) {
      for (const stream of big.streams) this.handles.release(stream.handle);
      return HciStatus.packetTooLong;
    }
    this.bigs.set(handle, big);
    this.sets.set(big, set);
    for (const stream of big.streams) this.streams.set(stream.handle, stream);
    big.begin(air.agenda.now + START);
    this.events.bigCreated(big);
    return HciStatus.success;
  }

  /** Whether a seed differs enough from those of this controller's groups: Core Vol 6, Part B, 2.1.2. */
  private isUsable(seed: number): boolean {
    if (this.air.bigs.has(seed)) return false;
    for (const { options } of this.bigs.values()) {
      const differing = (seed ^ options.seed) & 0xffff;
      // At least two of the lower sixteen bits.
      if ((differing & (differing - 1)) === 0) return false;
    }
    return true;
  }

  /** The host's channel classification: groups follow it. */
  classifyChannels(channelMap: Uint8Array): void {
    for (const big of this.bigs.values()) big.classifyChannels(channelMap);
  }

  bigTerminated(big: Big): void {
    this.drop(big);
    this.events.bigTerminated(big, HciStatus.terminatedByLocalHost);
  }

  isoPacketsCompleted(handle: number, packets: number): void {
    this.events.isoPacketsCompleted(handle, packets);
  }

  private drop(big: Big): void {
    big.vanish();
    this.bigs.delete(big.handle);
    this.sets.get(big)?.periodic?.carry(undefined);
    this.sets.delete(big);
    for (const { handle } of big.streams) {
      this.streams.delete(handle);
      this.handles.release(handle);
    }
  }
}
