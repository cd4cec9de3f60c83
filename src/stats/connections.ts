import { Address, type BdAddr } from '../core/address.js';
import type { Side } from '../decode/state.js';
import type { ConnectionSummary } from './statistics.js';

/** How many are told apart: of more, later ones are counted and left out. */
const LIMIT = 500;
const CHANGES = 50;
const PHYS: Readonly<Record<number, string>> = { 1: '1M', 2: '2M', 3: 'Coded' };

/** One connection while it is gathered. */
export interface GatheredConnection {
  readonly number: number;
  readonly handle: number;
  readonly address: string | undefined;
  readonly role: 'central' | 'peripheral' | undefined;
  readonly begin: number;
  end: number | undefined;
  reason: number | undefined;
  readonly packets: [sent: number, received: number];
  readonly octets: [sent: number, received: number];
  readonly attPayload: [sent: number, received: number];
  /** What each side said that it takes. */
  readonly mtus: [number | undefined, number | undefined];
  encrypted: boolean;
  readonly changes: { at: number; what: string }[];
}

/** Fields of a connection's beginning, of all the events that tell one. */
export interface Beginning {
  readonly connectionHandle: number;
  readonly role: number;
  readonly peerAddressType: number;
  readonly peerAddress: BdAddr;
  readonly connectionInterval: number;
  readonly peripheralLatency: number;
  readonly supervisionTimeout: number;
}

/** The connections of a capture. */
export class Connections {
  /** Connections that there was no room for. */
  leftOut = 0;
  readonly list: GatheredConnection[] = [];
  private readonly current = new Map<number, GatheredConnection>();
  private sawReset = false;

  reset(at: number): void {
    this.sawReset = true;
    for (const connection of this.current.values()) connection.end ??= at;
    this.current.clear();
  }

  begin(event: Beginning, at: number): void {
    const role = event.role === 0 ? 'central' : 'peripheral';
    const address = new Address(event.peerAddress, event.peerAddressType).toString();
    const connection = this.enter(event.connectionHandle, address, role, at);
    if (connection) change(connection, at, parameters(event));
  }

  /** A connection of another kind: of BR/EDR, or an isochronous stream. What is on it is counted, and told apart. */
  beginOther(handle: number, what: string, at: number): void {
    this.enter(handle, what, undefined, at);
  }

  end(handle: number, reason: number, at: number): void {
    const connection = this.of(handle);
    if (connection) {
      connection.end = at;
      connection.reason = reason;
    }
    this.current.delete(handle);
  }

  /** The connection of a handle; of data before any event of it, one that was there before. */
  data(handle: number, at: number): GatheredConnection | undefined {
    const known = this.of(handle);
    // After a Reset every connection is told: data of another handle are a vendor's trace.
    return known ?? (this.sawReset ? undefined : this.enter(handle, undefined, undefined, at));
  }

  of(handle: number): GatheredConnection | undefined {
    return this.current.get(handle);
  }

  updated(
    handle: number,
    event: Pick<Beginning, 'connectionInterval' | 'peripheralLatency' | 'supervisionTimeout'>,
    at: number,
  ): void {
    const connection = this.of(handle);
    if (connection) change(connection, at, parameters(event));
  }

  phy(handle: number, tx: number, rx: number, at: number): void {
    const connection = this.of(handle);
    if (connection) change(connection, at, `PHY ${PHYS[tx] ?? tx} to the peer, ${PHYS[rx] ?? rx} from it`);
  }

  lengths(handle: number, tx: number, rx: number, at: number): void {
    const connection = this.of(handle);
    if (connection) change(connection, at, `${tx} octets a PDU to the peer, ${rx} from it`);
  }

  encryption(handle: number, on: boolean, at: number): void {
    const connection = this.of(handle);
    if (!connection) return;
    if (on) connection.encrypted = true;
    change(connection, at, on ? 'encrypted' : 'not encrypted any more');
  }

  mtu(connection: GatheredConnection, side: Side, mtu: number, at: number): void {
    connection.mtus[side] = mtu;
    const agreed = agreedMtu(connection);
    if (agreed !== undefined) change(connection, at, `ATT_MTU ${agreed}`);
  }

  summaries(nameOf: (address: string) => string | undefined): readonly ConnectionSummary[] {
    return this.list.map((one) => ({
      handle: one.handle,
      address: one.address,
      name: one.address === undefined ? undefined : nameOf(one.address),
      role: one.role,
      begin: one.begin,
      end: one.end,
      reason: one.reason,
      sent: { packets: one.packets[0], octets: one.octets[0] },
      received: { packets: one.packets[1], octets: one.octets[1] },
      attPayload: { sent: one.attPayload[0], received: one.attPayload[1] },
      attMtu: agreedMtu(one),
      encrypted: one.encrypted,
      changes: one.changes,
    }));
  }

  private enter(
    handle: number,
    address: string | undefined,
    role: GatheredConnection['role'],
    at: number,
  ): GatheredConnection | undefined {
    this.current.delete(handle);
    if (this.list.length >= LIMIT) {
      this.leftOut++;
      return undefined;
    }
    const connection: GatheredConnection = {
      number: this.list.length,
      handle,
      address,
      role,
      begin: at,
      end: undefined,
      reason: undefined,
      packets: [0, 0],
      octets: [0, 0],
      attPayload: [0, 0],
      mtus: [undefined, undefined],
      encrypted: false,
      changes: [],
    };
    this.list.push(connection);
    this.current.set(handle, connection);
    return connection;
  }
}

function change(connection: GatheredConnection, at: number, what: string): void {
  const { changes } = connection;
  if (changes.length < CHANGES) changes.push({ at, what });
  else if (changes.length === CHANGES) changes.push({ at, what: 'and more' });
}

/** The smaller of what both take (Core Vol 3, Part F, 3.4.2.2), and no less than 23. */
function agreedMtu({ mtus: [one, other] }: GatheredConnection): number | undefined {
  return one === undefined || other === undefined ? undefined : Math.max(23, Math.min(one, other));
}

function parameters(
  event: Pick<Beginning, 'connectionInterval' | 'peripheralLatency' | 'supervisionTimeout'>,
): string {
  const { connectionInterval, peripheralLatency, supervisionTimeout } = event;
  return `interval ${connectionInterval * 1.25} ms, latency ${peripheralLatency}, timeout ${supervisionTimeout * 10} ms`;
}
