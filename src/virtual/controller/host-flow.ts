import type { EventPort } from './event-port.js';

/** How many packets wait for the host at most; with more, the link layer acknowledges no more data. */
const MAX_WAITING = 16;

interface Waiting {
  readonly handle: number;
  readonly packet: Uint8Array;
}

/** Controller to Host flow control of ACL data: Core Vol 4, Part E, 4.2. */
export class HostFlow {
  private readonly port: EventPort;
  private on = false;
  /** What Host Buffer Size told. */
  private packetLength = 0xffff;
  private packets = 0;
  /** Packets that the host has not returned yet, by connection handle. */
  private readonly atHost = new Map<number, number>();
  private total = 0;
  private readonly waiting: Waiting[] = [];

  constructor(port: EventPort) {
    this.port = port;
  }

  /** Whether it is turned on. */
  get enabled(): boolean {
    return this.on;
  }

  /** Whether Host Buffer Size has been told. */
  get buffersKnown(): boolean {
    return this.packets > 0;
  }

  /** The most octets of data that one packet to the host may have. */
  get maxLength(): number {
    return this.packetLength;
  }

  /** Whether one more packet finds room to wait. */
  get hasRoom(): boolean {
    return this.waiting.length < MAX_WAITING;
  }

  /** Host_ACL_Data_Packet_Length and Host_Total_Num_ACL_Data_Packets: Core Vol 4, Part E, 7.3.39. */
  setBuffers(length: number, packets: number): void {
    this.packetLength = length;
    this.packets = packets;
  }

  /** Core Vol 4, Part E, 7.3.38. */
  enable(on: boolean): void {
    this.on = on;
  }

  /** Sends an ACL packet to the host, or keeps it until the host has room. */
  send(handle: number, packet: Uint8Array): void {
    if (!this.on) this.port.packet(packet);
    else {
      this.waiting.push({ handle, packet });
      this.pump();
    }
  }

  private pump(): void {
    while (this.total < this.packets) {
      const next = this.waiting.shift();
      if (!next) return;
      this.total++;
      this.atHost.set(next.handle, (this.atHost.get(next.handle) ?? 0) + 1);
      this.port.packet(next.packet);
    }
  }

  /** How many packets of a connection the host has and has not returned. */
  outstanding(handle: number): number {
    return this.atHost.get(handle) ?? 0;
  }

  /** The host has room again: Core Vol 4, Part E, 7.3.40. `count` is no more than {@link outstanding}. */
  returned(handle: number, count: number): void {
    this.atHost.set(handle, this.outstanding(handle) - count);
    this.total -= count;
    this.pump();
  }

  /** A connection is gone: what the host has of it counts as returned, and what waits is thrown away. */
  release(handle: number): void {
    this.total -= this.outstanding(handle);
    this.atHost.delete(handle);
    const left = this.waiting.filter((one) => one.handle !== handle);
    this.waiting.length = 0;
    this.waiting.push(...left);
    this.pump();
  }

  /** As after a Reset. */
  reset(): void {
    this.on = false;
    this.packetLength = 0xffff;
    this.packets = 0;
    this.total = 0;
    this.atHost.clear();
    this.waiting.length = 0;
  }
}
