import type { AttBearer } from '../att/bearer.js';
import type { DatabaseChanges } from './changes.js';
import type { Discovery } from './discovery.js';
import type { Subscriptions } from './subscriptions.js';

/** How a long write is done. */
export interface WriteLongOptions {
  /** Where in the value to begin, in octets; 0. */
  readonly offset?: number;
  /** Compares what the server echoes, and takes everything back when it differs (Core Vol 3, Part G, 4.9.5). */
  readonly reliable?: boolean;
  readonly signal?: AbortSignal;
}

/** The procedures by handle that the objects of a peer's services are made of: a client of its link. */
export interface Procedures {
  /** @internal */
  readonly discovery: Discovery;
  /** @internal */
  readonly subscriptions: Subscriptions;
  /** @internal */
  readonly bearer: Pick<AttBearer, 'mtu' | 'report'>;
  /** @internal */
  readonly changes: DatabaseChanges;
  /** Ties a call about a handle, or a range of them, to its first packet, in a recording. @internal */
  announce(call: string, handle: number, endHandle?: number): void;
  read(handle: number, signal?: AbortSignal): Promise<Uint8Array>;
  readLong(handle: number, signal?: AbortSignal): Promise<Uint8Array>;
  write(handle: number, value: Uint8Array, signal?: AbortSignal): Promise<void>;
  writeLong(handle: number, value: Uint8Array, options?: WriteLongOptions): Promise<void>;
  writeWithoutResponse(handle: number, value: Uint8Array): Promise<void>;
  writeSigned(handle: number, value: Uint8Array): Promise<void>;
}
