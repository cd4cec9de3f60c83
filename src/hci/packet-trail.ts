import { u16At } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import { PacketType } from './packet-type.js';

/** One packet of a {@link PacketTrail}. */
export interface TrailEntry {
  /** When, in milliseconds of the host's clock. */
  readonly at: number;
  /** Whether the host sent it. */
  readonly sent: boolean;
  /** The packet, indicator first; a copy. */
  readonly packet: Uint8Array;
  /** Packets that were only counted, between the one before and this one. */
  readonly counted: CountedPackets;
}

/** What comes by the million, and is counted instead of kept. */
export interface CountedPackets {
  readonly aclSent: number;
  readonly aclReceived: number;
  /** Advertising reports and Number Of Completed Packets. */
  readonly events: number;
}

/** How many packets are remembered. */
const LENGTH = 32;

const COMMAND_HEADER = 3;
/** Commands that carry keys: LE_Encrypt, LE_Enable_Encryption, LE_Long_Term_Key_Request_Reply, LE_Add_Device_To_Resolving_List. */
const WITH_KEYS = [0x2017, 0x2019, 0x201a, 0x2027];

/**
 * The last commands and events, for the report of a fault. Data, advertising reports and Number Of Completed Packets are
 * only counted: they come by the million, and copying them would cost more than their handling. The parameters of commands
 * that carry keys are zeroed.
 */
export class PacketTrail {
  /** @internal Counted by the host. */
  aclSent = 0;
  /** @internal */
  aclReceived = 0;
  /** @internal */
  countedEvents = 0;
  private readonly clock: Clock;
  private readonly ring: TrailEntry[] = [];
  private next = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Remembers a packet: `bytes[start, end)` behind its indicator. */
  add(sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    const packet = new Uint8Array(1 + end - start);
    packet[0] = type;
    const isSecret = sent && type === PacketType.command && WITH_KEYS.includes(u16At(bytes, start));
    const last = isSecret ? start + COMMAND_HEADER : end;
    for (let i = start; i < last; i++) packet[1 + i - start] = bytes[i]!;
    const { aclSent, aclReceived, countedEvents: events } = this;
    this.ring[this.next] = {
      at: this.clock.now(),
      sent,
      packet,
      counted: { aclSent, aclReceived, events },
    };
    this.next = (this.next + 1) % LENGTH;
    this.aclSent = 0;
    this.aclReceived = 0;
    this.countedEvents = 0;
  }

  /** What is remembered, the oldest first. */
  entries(): TrailEntry[] {
    return [...this.ring.slice(this.next), ...this.ring.slice(0, this.next)];
  }
}
