import { sharedJsonLines } from '../support/shared.js';

/** What another decoder made of one packet. */
export interface OracleFrame {
  readonly frame: number;
  /** `mon` for a record that is no HCI packet. */
  readonly type: 'cmd' | 'evt' | 'acl' | 'iso' | 'mon';
  readonly dir?: 'tx' | 'rx';
  /** What a record of the Linux monitor is. */
  readonly mon?: number;
  readonly opcode?: string;
  readonly evt?: OracleEvent;
  readonly acl?: { readonly handle: number; readonly pb: number; readonly bc: number; readonly len: number };
  readonly l2cap?: OracleL2cap;
  readonly att?: OracleAtt;
  readonly smp?: OracleSmp;
  readonly iso?: OracleIso;
  readonly malformed?: boolean;
}

export interface OracleEvent {
  readonly code: string;
  readonly sub?: string;
  readonly cmd_opcode?: string;
  readonly status?: number;
  readonly handles?: readonly number[];
  readonly num_completed?: readonly number[];
  readonly role?: number;
  readonly interval?: number;
  readonly latency?: number;
  readonly timeout?: number;
  readonly addr?: string;
  readonly addr_type?: number;
  readonly enc?: number;
  readonly reason?: number;
  readonly reports?: readonly OracleReport[];
}

export interface OracleReport {
  readonly event_type: number;
  readonly addr: string;
  readonly addr_type: number;
  readonly rssi: number;
  readonly data_len: number;
}

export interface OracleL2cap {
  readonly cid: readonly string[];
  /** The whole frame, its header first. */
  readonly pdu?: string;
  readonly sdu_len?: number;
  readonly sig?: OracleSignal;
}

export interface OracleSignal {
  readonly code: readonly string[];
  readonly ident: readonly number[];
  readonly [field: string]: readonly (string | number)[];
}

export interface OracleAtt {
  readonly opcode: string;
  readonly pdu: string;
  readonly handles?: readonly number[];
  readonly range?: readonly number[];
  readonly error?: { readonly req: string; readonly code: number };
  readonly mtu?: number;
  readonly offset?: number;
  readonly uuid16?: string;
  readonly value?: string;
}

export interface OracleSmp {
  readonly opcode: string;
  readonly pdu: string;
  readonly io?: number;
  readonly authreq?: number;
  readonly key_size?: number;
  readonly ikd?: number;
  readonly rkd?: number;
}

export interface OracleIso {
  readonly handle: number;
  readonly pb: number;
  readonly ts: number;
  readonly len: number;
  readonly seq?: number;
  readonly sdu_len?: number;
}

/** The other decoder's view of a capture, a line a packet. */
export function readOracle(capture: string): OracleFrame[] {
  return sharedJsonLines<OracleFrame>(`captures/oracle/${capture}.jsonl.gz`);
}

/** A code that the oracle writes in hexadecimal. */
export const code = (text: string | undefined) => (text === undefined ? undefined : Number(text));
