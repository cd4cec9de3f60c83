import { octetsInTime, Phy, type PhyCode } from '../air/airtime.js';

/** How long a packet may be, in each direction: Core Vol 6, Part B, 4.5.10. Times in µs. */
export interface PacketLengths {
  readonly maxTxOctets: number;
  readonly maxTxTime: number;
  readonly maxRxOctets: number;
  readonly maxRxTime: number;
}

/** What every device can do: 27 octets. */
export const minimumLengths: PacketLengths = {
  maxTxOctets: 27,
  maxTxTime: 328,
  maxRxOctets: 27,
  maxRxTime: 328,
};

/** The least that holds on LE Coded, in µs: 27 octets with S=8 (Core Vol 6, Part B, 4.5.10). */
const LEAST_TIME_CODED = 2704;

/** The data length of one connection, seen from one end. */
export class DataLength {
  /** What this end wants to send and is able to receive. */
  local: PacketLengths;
  /** What holds now. */
  effective: PacketLengths = minimumLengths;
  private remote: PacketLengths = minimumLengths;
  private leastTx = 0;
  private leastRx = 0;

  constructor(local: PacketLengths) {
    this.local = local;
  }

  /** The other end has said what it wants and is able to; says whether anything changes. */
  setRemote(remote: PacketLengths): boolean {
    // The least permitted value stands for a smaller one.
    this.remote = {
      maxTxOctets: Math.max(27, remote.maxTxOctets),
      maxTxTime: Math.max(328, remote.maxTxTime),
      maxRxOctets: Math.max(27, remote.maxRxOctets),
      maxRxTime: Math.max(328, remote.maxRxTime),
    };
    return this.negotiate();
  }

  /** The connection is on these PHYs from now on; says whether anything changes. */
  setPhys(tx: PhyCode, rx: PhyCode): boolean {
    this.leastTx = tx === Phy.leCoded ? LEAST_TIME_CODED : 0;
    this.leastRx = rx === Phy.leCoded ? LEAST_TIME_CODED : 0;
    return this.negotiate();
  }

  private negotiate(): boolean {
    const before = this.effective;
    const { local, remote } = this;
    const after = {
      maxTxOctets: Math.min(local.maxTxOctets, remote.maxRxOctets),
      maxTxTime: Math.max(this.leastTx, Math.min(local.maxTxTime, remote.maxRxTime)),
      maxRxOctets: Math.min(local.maxRxOctets, remote.maxTxOctets),
      maxRxTime: Math.max(this.leastRx, Math.min(local.maxRxTime, remote.maxTxTime)),
    };
    this.effective = after;
    return (
      after.maxTxOctets !== before.maxTxOctets ||
      after.maxTxTime !== before.maxTxTime ||
      after.maxRxOctets !== before.maxRxOctets ||
      after.maxRxTime !== before.maxRxTime
    );
  }

  /** The octets of payload that one packet may carry on `phy`. */
  payloadLimit(phy: PhyCode): number {
    const { maxTxOctets, maxTxTime } = this.effective;
    return Math.max(27, Math.min(maxTxOctets, octetsInTime(maxTxTime, phy)));
  }
}
