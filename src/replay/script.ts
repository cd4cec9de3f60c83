import type { HostFrame } from './frames.js';

/** A packet of the capture. */
export interface CapturedPacket {
  /** Its number in the capture, counted from 1 as Wireshark does. */
  readonly frame: number;
  /** Milliseconds since the first packet. */
  readonly at: number;
  readonly sent: boolean;
  /** The H4 packet indicator. */
  readonly type: number;
  /** The packet without it. */
  readonly bytes: Uint8Array;
}

/** A command of the capture, with what it brought about. */
export interface Exchange {
  readonly command: CapturedPacket;
  readonly opcode: number;
  /** The connection that it is about. */
  readonly handle: number | undefined;
  readonly answer: CapturedPacket | undefined;
  /** The event that ended what it began, of commands that declare one. */
  readonly finish: CapturedPacket | undefined;
  /** The opcode that the host sent in its place, once it has. */
  usedAs: number | undefined;
}

/** What the replay does next: waits for a packet of the host, or gives it one. */
export type ScriptItem = { done: boolean; readonly packet: CapturedPacket } & (
  | { readonly of: 'command'; readonly exchange: Exchange }
  | { readonly of: 'frame'; readonly frame: HostFrame }
  | { readonly of: 'packet' }
  | { readonly of: 'answer'; readonly exchange: Exchange | undefined }
  | { readonly of: 'event' }
  | { readonly of: 'credits' }
);

/** Whether the host has to send it. */
export function isHosts(item: ScriptItem): boolean {
  return item.of === 'command' || item.of === 'frame' || item.of === 'packet';
}

/** A capture made ready for a replay. */
export interface Script {
  readonly items: readonly ScriptItem[];
  /** Commands that the host may send or not, in the order of the capture. */
  readonly optional: readonly Exchange[];
  /** All commands, those that have to come included. */
  readonly exchanges: readonly Exchange[];
  /** Packets that the host is not given, because of the links that they belong to. */
  readonly foreign: readonly { readonly frame: number; readonly what: string }[];
  readonly packets: readonly CapturedPacket[];
  /** Whether the capture goes on behind it. */
  readonly isCut: boolean;
}
