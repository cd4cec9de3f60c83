import { dataBufferOverflow } from '../../hci/events/index.js';
import { PacketType } from '../../hci/packet-type.js';
import { Llid } from '../air/link.js';
import type { Connection } from '../link-layer/connection.js';
import type { ControllerCounters } from './counters.js';
import type { EventPort } from './event-port.js';
import { HostFlow } from './host-flow.js';

/** Packet_Boundary_Flag: Core Vol 4, Part E, 5.4.2. */
const PacketBoundary = { firstNonFlushable: 0, continuing: 1, firstFlushable: 2 } as const;
const NUMBER_OF_COMPLETED_PACKETS = 0x13;
const LINK_TYPE_ACL = 1;

/** What {@link AclBuffers} takes. */
export interface AclBufferOptions {
  readonly port: EventPort;
  readonly counters: ControllerCounters;
  readonly dataLength: number;
  readonly dataPackets: number;
  readonly connection: (handle: number) => Connection | undefined;
}

/**
 * ACL data between host and link layer. A packet from the host keeps its buffer until the peer's link layer has
 * acknowledged the last of it: only then is it a completed packet (Core Vol 4, Part E, 4.1.1).
 */
export class AclBuffers {
  /** The way to the host. */
  readonly toHost: HostFlow;
  private readonly options: AclBufferOptions;
  /** Buffers in use, by connection handle. */
  private readonly used = new Map<number, number>();
  private total = 0;

  constructor(options: AclBufferOptions) {
    this.options = options;
    this.toHost = new HostFlow(options.port);
  }

  /** Buffers in use. */
  get inUse(): number {
    return this.total;
  }

  /** One H4 ACL data packet from the host; its octets are kept. */
  receive(packet: Uint8Array): void {
    const { counters, port, dataLength, dataPackets } = this.options;
    if (packet.length < 5 || (packet[3]! | (packet[4]! << 8)) !== packet.length - 5) {
      counters.malformed++;
      return;
    }
    const word = packet[1]! | (packet[2]! << 8);
    const boundary = (word >> 12) & 3;
    const broadcast = word >> 14;
    const connection = this.options.connection(word & 0x0fff);
    const permitted = boundary === PacketBoundary.firstNonFlushable || boundary === PacketBoundary.continuing;
    if (!connection || !permitted || broadcast !== 0 || packet.length - 5 > dataLength) {
      counters.aclDropped++;
      return;
    }
    if (this.total >= dataPackets) {
      counters.aclOverruns++;
      port.event(dataBufferOverflow, { linkType: LINK_TYPE_ACL });
      return;
    }
    counters.aclPackets++;
    this.total++;
    this.used.set(connection.handle, (this.used.get(connection.handle) ?? 0) + 1);
    connection.sendData(packet.subarray(5), boundary === PacketBoundary.firstNonFlushable);
  }

  /** The first of a connection's packets has been carried over: Core Vol 4, Part E, 7.7.19. */
  completed(handle: number): void {
    this.total--;
    this.used.set(handle, this.used.get(handle)! - 1);
    const packet = new Uint8Array(8);
    packet[0] = PacketType.event;
    packet[1] = NUMBER_OF_COMPLETED_PACKETS;
    packet[2] = 5;
    packet[3] = 1;
    packet[4] = handle & 0xff;
    packet[5] = handle >> 8;
    packet[6] = 1;
    this.options.port.packet(packet);
  }

  /** A connection is gone and its buffers with it: the host counts them as free (Core Vol 4, Part E, 4.3). */
  release(handle: number): void {
    this.total -= this.used.get(handle) ?? 0;
    this.used.delete(handle);
    this.toHost.release(handle);
  }

  /** As after a Reset. */
  reset(): void {
    this.total = 0;
    this.used.clear();
    this.toHost.reset();
  }

  /** Brings one LL Data PDU to the host, in as many packets as its buffers ask for. */
  deliver(handle: number, llid: number, payload: Uint8Array): void {
    const { maxLength } = this.toHost;
    let boundary: number = llid === Llid.start ? PacketBoundary.firstFlushable : PacketBoundary.continuing;
    for (let at = 0; at < payload.length; at += maxLength) {
      this.toHost.send(handle, aclPacket(handle, boundary, payload.subarray(at, at + maxLength)));
      boundary = PacketBoundary.continuing;
    }
  }
}

function aclPacket(handle: number, boundary: number, data: Uint8Array): Uint8Array {
  const packet = new Uint8Array(5 + data.length);
  packet[0] = PacketType.acl;
  packet[1] = handle & 0xff;
  packet[2] = (handle >> 8) | (boundary << 4);
  packet[3] = data.length & 0xff;
  packet[4] = data.length >> 8;
  packet.set(data, 5);
  return packet;
}
