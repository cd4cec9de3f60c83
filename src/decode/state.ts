import type { Uuid } from '../core/uuid.js';
import { AclReassembler } from '../hci/acl-reassembler.js';

/** Who sent a packet: 0 the host of the stream, 1 the peer (or the controller). */
export type Side = 0 | 1;

/** The side that gets what a side sends. */
export function otherSide(side: Side): Side {
  return side === 0 ? 1 : 0;
}

/** An ATT request that waits for its response. */
export interface PendingRequest {
  /** The type that it asks for, of Read By Type, Read By Group Type and Find By Type Value. */
  readonly type?: Uuid | undefined;
  /** The attribute that it is about, of reads and writes of one. */
  readonly handle?: number | undefined;
}

/** An ATT bearer: the request of each side that waits for its response. */
export type BearerState = [PendingRequest | undefined, PendingRequest | undefined];

/** A credit-based channel, as the signalling made it, in the direction of one side. */
export interface ChannelState {
  readonly spsm: number;
  /** The channel's two ends have this in common. */
  readonly bearer: BearerState;
  /** What there is of the SDU under way. */
  sdu: { readonly octets: Uint8Array; have: number } | undefined;
}

/** A request for channels that waits for its response. */
export interface PendingChannels {
  readonly spsm: number;
  readonly sourceCids: readonly number[];
}

/** How many there may be of each, so that a stream without end takes no memory without end: the oldest goes. */
const LIMITS = { links: 32, channels: 64, pending: 32, handles: 4096 } as const;

/** Sets an entry of a map that has a limit. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, limit: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > limit) map.delete(map.keys().next().value!);
}

/** A whole L2CAP frame, its header first. The octets are valid until the next fragment comes. */
export interface CompletedFrame {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** What a fragment came to. */
export interface Received {
  readonly completed: CompletedFrame | undefined;
  readonly problem: string | undefined;
}

/** What a decoder remembers of one connection. */
export class LinkState {
  /** Whether the connection was seen to come about. */
  isKnown = false;
  readonly bearer: BearerState = [undefined, undefined];
  /** The fragments of each side. */
  private readonly reassemblers: readonly [AclReassembler, AclReassembler];
  private completed: CompletedFrame | undefined;
  private problem: string | undefined;
  /** The types of the attributes of each side's server. */
  private readonly types: readonly [Map<number, Uuid>, Map<number, Uuid>] = [new Map(), new Map()];
  /** By the CID that the frames of each side bear. */
  private readonly channels: readonly [Map<number, ChannelState>, Map<number, ChannelState>] = [
    new Map(),
    new Map(),
  ];
  private readonly pending = new Map<string, PendingChannels>();

  constructor() {
    const receiver = {
      frame: (_cid: number, bytes: Uint8Array, start: number, end: number) => {
        this.completed = { bytes, start: start - 4, end };
      },
    };
    const report = (message: string) => {
      this.problem = message;
    };
    this.reassemblers = [new AclReassembler(receiver, report), new AclReassembler(receiver, report)];
  }

  /** Takes the data of one ACL packet, `bytes[start, end)`: gives the frame that it completes, and what was wrong with it. */
  receive(sender: Side, boundary: number, bytes: Uint8Array, start: number, end: number): Received {
    this.completed = undefined;
    this.problem = undefined;
    this.reassemblers[sender].receive(boundary, bytes, start, end);
    return { completed: this.completed, problem: this.problem };
  }

  /** The type of an attribute of a side's server, where a discovery told it. */
  typeOf(server: Side, handle: number): Uuid | undefined {
    return this.types[server].get(handle);
  }

  learnType(server: Side, handle: number, type: Uuid): void {
    remember(this.types[server], handle, type, LIMITS.handles);
  }

  /** The channel whose frames a side sends to `cid`. */
  channel(sender: Side, cid: number): ChannelState | undefined {
    return this.channels[sender].get(cid);
  }

  /** A request for channels went out from a side. */
  askedFor(side: Side, identifier: number, request: PendingChannels): void {
    remember(this.pending, `${side} ${identifier}`, request, LIMITS.pending);
  }

  /** Its answer came: the channels of the CIDs that are not 0 are open. */
  opened(requester: Side, identifier: number, destinationCids: readonly number[]): void {
    const key = `${requester} ${identifier}`;
    const request = this.pending.get(key);
    this.pending.delete(key);
    for (const [index, sourceCid] of (request?.sourceCids ?? []).entries()) {
      const destinationCid = destinationCids[index];
      if (!destinationCid || !sourceCid) continue;
      const common = { spsm: request!.spsm, bearer: [undefined, undefined] as BearerState };
      const answerer = otherSide(requester);
      remember(this.channels[requester], destinationCid, { ...common, sdu: undefined }, LIMITS.channels);
      remember(this.channels[answerer], sourceCid, { ...common, sdu: undefined }, LIMITS.channels);
    }
  }

  /** A channel is gone: `cid` is where the side sent its frames to, `own` where it got the others'. */
  closed(side: Side, cid: number, own: number): void {
    this.channels[side].delete(cid);
    this.channels[otherSide(side)].delete(own);
  }
}

/** The connection that a packet belongs to, and who sent it. */
export interface Where {
  readonly link: LinkState;
  readonly sender: Side;
}

/** What a decoder remembers of a stream. */
export class StreamState {
  private readonly links = new Map<number, LinkState>();

  /** The state of a connection, made where there is none. */
  link(handle: number): LinkState {
    const link = this.links.get(handle) ?? new LinkState();
    remember(this.links, handle, link, LIMITS.links);
    return link;
  }

  /** A connection came about. */
  connected(handle: number): void {
    this.links.delete(handle);
    this.link(handle).isKnown = true;
  }

  disconnected(handle: number): void {
    this.links.delete(handle);
  }

  reset(): void {
    this.links.clear();
  }
}
