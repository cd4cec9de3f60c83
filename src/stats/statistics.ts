/** What a capture came to. Times are seconds since its first record, octets are those of packets without the H4 indicator. */
export interface Statistics {
  readonly capture: CaptureSummary;
  /** By kind of packet. */
  readonly traffic: readonly Traffic[];
  readonly perSecond: Timeline;
  readonly connections: readonly ConnectionSummary[];
  /** In the order of how often they were heard. */
  readonly advertisers: readonly AdvertiserSummary[];
  /** By opcode: how often each was sent, and refused. */
  readonly commands: readonly CommandCount[];
  readonly attPdus: readonly PduCount[];
  readonly responses: { readonly hci: ResponseTimes; readonly att: ResponseTimes };
  readonly errors: readonly ErrorCount[];
  /** The longest times without a packet, the longest first. */
  readonly silences: readonly Silence[];
  /** ATT and SMP, in order. */
  readonly sequence: readonly SequenceEntry[];
  /** What was left out, in sentences: memory has bounds. */
  readonly leftOut: readonly string[];
}

export interface CaptureSummary {
  readonly records: number;
  /** Records that are HCI packets. */
  readonly packets: number;
  /** Microseconds since 1970 of the first record; `undefined` in an empty capture. */
  readonly begin: number | undefined;
  /** From the first record to the last one. */
  readonly seconds: number;
  /** Packets that the capture says were lost; 0 also where the format cannot tell. */
  readonly drops: number;
  /** Where reading stopped before the end of the file, and why. */
  readonly stopped: string | undefined;
}

/** Packets and octets in one direction. */
export interface Amount {
  readonly packets: number;
  readonly octets: number;
}

/** One kind of packet: `command`, `event`, `acl`, `sco`, `iso`. */
export interface Traffic {
  readonly kind: string;
  /** From the host. */
  readonly sent: Amount;
  readonly received: Amount;
}

/** Packets by time. */
export interface Timeline {
  /** Seconds that one entry stands for: 1, and more where the capture is long. */
  readonly width: number;
  /** Names of the columns: `command sent`, `event received`… */
  readonly columns: readonly string[];
  /** Of each entry, packets by column. Entries without a packet are there, too. */
  readonly entries: readonly (readonly number[])[];
  /** ATT payload octets of each entry: to the peers, and from them. */
  readonly payload: readonly (readonly [sent: number, received: number])[];
}

export interface ConnectionSummary {
  readonly handle: number;
  /** `undefined` where its beginning is not in the capture. */
  readonly address: string | undefined;
  /** The name that the peer advertised. */
  readonly name: string | undefined;
  readonly role: 'central' | 'peripheral' | undefined;
  /** Seconds; of one that was there before, the first packet of it. */
  readonly begin: number;
  /** Seconds; `undefined` where it outlived the capture. */
  readonly end: number | undefined;
  /** Of the Disconnection Complete. */
  readonly reason: number | undefined;
  readonly sent: Amount;
  readonly received: Amount;
  /** Octets of attribute values and requests behind the ATT header, each way. */
  readonly attPayload: { readonly sent: number; readonly received: number };
  readonly attMtu: number | undefined;
  readonly encrypted: boolean;
  /** Interval, latency, supervision timeout, PHYs, lengths, as they came and changed: a sentence each. */
  readonly changes: readonly { readonly at: number; readonly what: string }[];
}

export interface AdvertiserSummary {
  /** With its type: `C0:DE:C0:00:00:01/random`; `anonymous`. */
  readonly address: string;
  readonly name: string | undefined;
  readonly reports: number;
  /** Of these, scan responses. */
  readonly scanResponses: number;
  /** Legacy PDUs, extended ones, or both. */
  readonly kinds: readonly ('legacy' | 'extended')[];
  readonly connectable: boolean;
  /** dBm; `undefined` where no report had one. */
  readonly rssi: { readonly min: number; readonly mean: number; readonly max: number } | undefined;
  /** Milliseconds between two advertising events, as far as reports tell: the lower quartile of the gaps; `undefined` with less than four. */
  readonly intervalMs: number | undefined;
  readonly first: number;
  readonly last: number;
  /** RSSI by time: seconds, and the mean of so long. */
  readonly samples: readonly (readonly [at: number, rssi: number])[];
}

export interface CommandCount {
  readonly opcode: number;
  readonly name: string;
  readonly sent: number;
  /** Answered with another status than success. */
  readonly refused: number;
}

export interface PduCount {
  readonly opcode: number;
  readonly name: string;
  readonly sent: number;
  readonly received: number;
}

/** From a command or request to what answers it, in milliseconds. */
export interface ResponseTimes {
  readonly count: number;
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
  readonly max: number | undefined;
  /** Nothing answered, until the end or until the next one. */
  readonly unanswered: number;
}

export interface ErrorCount {
  /** What was refused, by whom, how: `LE_Create_Connection: Command Disallowed (0x0C)`. */
  readonly what: string;
  readonly count: number;
  /** The number of the first record, from 1, and its time. */
  readonly record: number;
  readonly at: number;
}

export interface Silence {
  readonly from: number;
  readonly seconds: number;
}

export interface SequenceEntry {
  readonly at: number;
  readonly record: number;
  /** The connection's number in {@link Statistics.connections}. */
  readonly connection: number;
  readonly sent: boolean;
  readonly protocol: 'ATT' | 'SMP';
  /** `Read Request`. */
  readonly name: string;
  /** The rest, shortened: handle, value. */
  readonly detail: string;
}
