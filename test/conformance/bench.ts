import type { BdAddr } from '../../src/core/index.js';
import type {
  AnyCommand,
  CommandDefinition,
  EventDefinition,
  ParametersOf,
} from '../../src/hci/definition.js';

/** How time passes on a bench: simulated, or the machine's. */
export interface Pace {
  /** Milliseconds since the bench was set up. */
  now(): number;
  /** Lets time pass. */
  wait(ms: number): Promise<void>;
  /** Lets time pass until something is so, for `ms` at most; resolves to whether it is. */
  until(isSo: () => boolean, ms: number): Promise<boolean>;
}

/** An HCI data packet as it came from a controller. */
export interface AclPacket {
  readonly handle: number;
  /** Packet_Boundary_Flag and Broadcast_Flag: Core Vol 4, Part E, 5.4.2. */
  readonly flags: number;
  readonly data: Uint8Array;
}

/** A controller on a bench, and the host's place at it. Each method throws when it does not get what it expects. */
export interface Controller {
  /** The public address that it told. */
  readonly address: BdAddr;
  /** Sends an H4 packet as it is. */
  send(packet: Uint8Array): void;
  /** Sends a command and expects success; gives the return parameters. What comes before the answer is kept. */
  command<P, R>(definition: CommandDefinition<P, R>, parameters: P): Promise<R>;
  /** Sends a command and expects this status. */
  refused<P, R>(definition: CommandDefinition<P, R>, parameters: P, status: number): Promise<void>;
  /** Waits for this event with these fields, and takes it; others are kept. */
  event<P>(definition: EventDefinition<P>, like?: Partial<P>, limitMs?: number): Promise<P>;
  /** For so long, no such event comes. */
  none<P>(definition: EventDefinition<P>, like: Partial<P>, ms: number): Promise<void>;
  /** Takes all such events that have come. */
  all<P>(definition: EventDefinition<P>): P[];
  /** Sends an ACL data packet; `boundary` 0 begins an L2CAP PDU, 1 continues it. */
  acl(handle: number, data: Uint8Array, boundary?: number): void;
  /** Waits for the next ACL data packet of a connection, and takes it. */
  data(handle: number, limitMs?: number): Promise<AclPacket>;
}

/** What a case runs on. */
export interface Bench {
  /** As many as the case asks for, reset, all events let through, in reach of one another and of nobody else. */
  readonly controllers: readonly Controller[];
  readonly pace: Pace;
}

/** One thing that the specification demands of a controller, in commands and events: the same for every controller. */
export interface Case {
  /** A sentence with the section, unique. */
  readonly name: string;
  readonly controllers: number;
  /** Commands that all controllers must support; where one does not, the case does not concern it. */
  readonly needs?: readonly AnyCommand[];
  run(bench: Bench): Promise<void>;
}

export type { ParametersOf };
