import { octetsInTime, type PhyCode } from '../air/airtime.js';
import { type DataPdu, Llid } from '../air/link.js';
import type { DataLength } from './data-length.js';
import type { LinkControl } from './link-control.js';

interface OutgoingPacket {
  readonly payload: Uint8Array;
  offset: number;
  llid: number;
}

const EMPTY = new Uint8Array(0);

/** A PDU that the peer has acknowledged. */
export interface AcknowledgedPdu {
  readonly isEmpty: boolean;
  /** The control PDU that it was, in clear. */
  readonly control: Uint8Array | undefined;
  /** Whether it ended an ACL packet of the host. */
  readonly completes: boolean;
}

/** What one end of a connection sends: control PDUs, the host's data in pieces, empty PDUs; each again until it is acknowledged. */
export class Outgoing {
  /** The sequence number of what is sent: Core Vol 6, Part B, 4.5.9. */
  sn = 0;
  private readonly control: LinkControl;
  private readonly dataLength: DataLength;
  private readonly packets: OutgoingPacket[] = [];
  /** The payload on its way, as it is on the air. */
  private inFlight: Uint8Array | undefined;
  /** The control PDU on its way, in clear. */
  private inFlightControl: Uint8Array | undefined;
  private inFlightLlid: number = Llid.continuation;
  private inFlightCompletes = false;

  constructor(control: LinkControl, dataLength: DataLength) {
    this.control = control;
    this.dataLength = dataLength;
  }

  /** Queues the data of an ACL packet; `first` when an L2CAP PDU begins in it. Says whether there was none before. */
  push(payload: Uint8Array, first: boolean): boolean {
    this.packets.push({ payload, offset: 0, llid: first ? Llid.start : Llid.continuation });
    return this.packets.length === 1;
  }

  /** Whether data waits. */
  get hasData(): boolean {
    return this.packets.length > 0;
  }

  /** Whether nothing but empty PDUs is to be sent. */
  get isIdle(): boolean {
    const isEmpty = this.inFlight === undefined || this.inFlight.length === 0;
    return isEmpty && this.packets.length === 0 && !this.control.hasPdu;
  }

  /** Octets of payload of the next PDU; of data only where it is not `quiet`. */
  nextLength(phy: PhyCode, quiet: boolean): number {
    const { overhead } = this.control.encryption;
    const control = this.control.nextPdu;
    if (control) return control.length + overhead;
    const packet = this.packets[0];
    if (!packet || quiet) return 0;
    const length = packet.payload.length - packet.offset;
    return Math.min(length, this.dataLength.payloadLimit(phy)) + overhead;
  }

  /** Whether a PDU is on its way that has not been acknowledged. */
  get isWaiting(): boolean {
    return this.inFlight !== undefined;
  }

  /**
   * Puts into `pdu` what is sent now: what is on its way, else something new.
   * @param room µs that it may take
   * @param quiet whether data is held back
   * @param mute whether control PDUs are, too
   */
  fill(pdu: DataPdu, room: number, phy: PhyCode, quiet: boolean, mute: boolean): void {
    this.inFlight ??= this.sealed(this.takeNext(room, phy, quiet, mute));
    pdu.llid = this.inFlightLlid;
    pdu.payload = this.inFlight;
    pdu.sn = this.sn;
  }

  /** The payload of a new PDU as it is sent: encrypted, with a MIC, unless it is empty. */
  private sealed(payload: Uint8Array): Uint8Array {
    const { tx } = this.control.encryption;
    return tx && payload.length > 0 ? tx.seal(this.inFlightLlid, payload) : payload;
  }

  private takeNext(room: number, phy: PhyCode, quiet: boolean, mute: boolean): Uint8Array {
    this.inFlightCompletes = false;
    const control = mute ? undefined : this.control.takePdu();
    this.inFlightControl = control;
    if (control) {
      this.inFlightLlid = Llid.control;
      return control;
    }
    const limit = Math.min(this.dataLength.payloadLimit(phy), octetsInTime(room, phy));
    const packet = quiet || limit < 1 ? undefined : this.packets[0];
    if (!packet) {
      this.inFlightLlid = Llid.continuation;
      return EMPTY;
    }
    const { payload, offset } = packet;
    const end = Math.min(payload.length, offset + limit);
    this.inFlightLlid = packet.llid;
    if (end === payload.length) {
      this.inFlightCompletes = true;
      this.packets.shift();
    } else {
      packet.offset = end;
      packet.llid = Llid.continuation;
    }
    return payload.subarray(offset, end);
  }

  /** The peer has acknowledged what was on its way. */
  acknowledged(): AcknowledgedPdu {
    const isEmpty = this.inFlight!.length === 0;
    this.inFlight = undefined;
    this.sn ^= 1;
    return { isEmpty, control: this.inFlightControl, completes: this.inFlightCompletes };
  }
}
