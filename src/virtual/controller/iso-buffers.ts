import { ByteReader, ByteWriter } from '../../core/bytes.js';
import { MalformedPacketError } from '../../core/errors.js';
import { dataBufferOverflow } from '../../hci/events/index.js';
import { IsoBoundary, type IsoPacket, isoPacket } from '../../hci/iso-packet.js';
import { PacketType } from '../../hci/packet-type.js';
import { PacketStatus, type ReceivedSdu } from '../link-layer/iso/iso-sdu.js';
import type { OutgoingSdu } from '../link-layer/iso/iso-sender.js';
import type { ControllerCounters } from './counters.js';
import type { EventPort } from './event-port.js';

const LINK_TYPE_ISO = 2;
const NUMBER_OF_COMPLETED_PACKETS = 0x13;
/** Time stamp, sequence number and length in front of the first fragment. */
const HEADERS = 8;

/** A stream that takes SDUs from the host. */
export interface SduSink {
  readonly maxSdu: number;
  send(sdu: OutgoingSdu): void;
}

/** What {@link IsoBuffers} takes. */
export interface IsoBufferOptions {
  readonly port: EventPort;
  readonly counters: ControllerCounters;
  /** ISO_Data_Packet_Length: of the load. */
  readonly dataLength: number;
  readonly dataPackets: number;
  /** The stream of a handle, when there is a data path from the host to it. */
  readonly stream: (handle: number) => SduSink | undefined;
}

interface Gathering {
  readonly sequenceNumber: number;
  readonly length: number;
  readonly parts: Uint8Array[];
  got: number;
  packets: number;
}

/** ISO data between host and streams: Core Vol 4, Part E, 5.4.5. */
export class IsoBuffers {
  private readonly options: IsoBufferOptions;
  private readonly gathering = new Map<number, Gathering>();
  /** Buffers in use, by handle. */
  private readonly used = new Map<number, number>();
  private total = 0;

  constructor(options: IsoBufferOptions) {
    this.options = options;
  }

  /** One H4 ISO data packet from the host; its octets are kept. */
  receive(octets: Uint8Array): void {
    const { counters, port, dataLength, dataPackets } = this.options;
    const packet = parse(octets);
    if (!packet) {
      counters.malformed++;
      return;
    }
    const handle = packet.connectionHandle;
    const stream = this.options.stream(handle);
    if (!stream || octets.length - 5 > dataLength) {
      counters.isoDropped++;
      return;
    }
    if (this.total >= dataPackets) {
      counters.isoOverruns++;
      port.event(dataBufferOverflow, { linkType: LINK_TYPE_ISO });
      return;
    }
    counters.isoPackets++;
    this.total++;
    this.used.set(handle, (this.used.get(handle) ?? 0) + 1);
    this.gather(handle, packet, stream);
  }

  private gather(handle: number, packet: IsoPacket, stream: SduSink): void {
    const { packetBoundaryFlag: boundary, sdu, data } = packet;
    if (sdu) {
      this.discard(handle);
      const { packetSequenceNumber: sequenceNumber, isoSduLength: length } = sdu;
      this.gathering.set(handle, { sequenceNumber, length, parts: [], got: 0, packets: 0 });
    }
    const gathering = this.gathering.get(handle);
    if (!gathering) {
      // A continuation of nothing.
      this.options.counters.isoDropped++;
      this.completed(handle, 1);
      return;
    }
    gathering.parts.push(data);
    gathering.got += data.length;
    gathering.packets++;
    const isWhole = boundary === IsoBoundary.complete || boundary === IsoBoundary.last;
    if (gathering.got > gathering.length || (isWhole && gathering.got < gathering.length)) {
      this.discard(handle);
      return;
    }
    if (!isWhole) return;
    if (gathering.length > stream.maxSdu) {
      this.discard(handle);
      return;
    }
    this.gathering.delete(handle);
    const { sequenceNumber, parts, packets } = gathering;
    stream.send({ sequenceNumber, data: join(parts, gathering.length), packets });
  }

  /** An SDU that will not be whole, or is too long: its buffers are free. */
  private discard(handle: number): void {
    const gathering = this.gathering.get(handle);
    if (!gathering) return;
    this.gathering.delete(handle);
    this.options.counters.isoDropped += gathering.packets;
    if (gathering.packets > 0) this.completed(handle, gathering.packets);
  }

  /** Packets of a stream have left their buffers: Core Vol 4, Part E, 7.7.19. */
  completed(handle: number, packets: number): void {
    this.total -= packets;
    this.used.set(handle, (this.used.get(handle) ?? 0) - packets);
    this.options.port.packet(
      Uint8Array.of(
        PacketType.event,
        NUMBER_OF_COMPLETED_PACKETS,
        5,
        1,
        handle & 0xff,
        handle >> 8,
        packets & 0xff,
        packets >> 8,
      ),
    );
  }

  /** A stream is gone and its buffers with it: the host counts them as free. */
  release(handle: number): void {
    this.total -= this.used.get(handle) ?? 0;
    this.used.delete(handle);
    this.gathering.delete(handle);
  }

  /** As after a Reset. */
  reset(): void {
    this.total = 0;
    this.used.clear();
    this.gathering.clear();
  }

  /** Brings an SDU to the host, in fragments that are no longer than its own may be. */
  deliver(handle: number, sequenceNumber: number, timeStamp: number, { data, status }: ReceivedSdu): void {
    const payload = status === PacketStatus.lost ? new Uint8Array(0) : data;
    const first = Math.min(payload.length, this.options.dataLength - HEADERS);
    const isWhole = first === payload.length;
    this.send({
      connectionHandle: handle,
      packetBoundaryFlag: isWhole ? IsoBoundary.complete : IsoBoundary.first,
      timeStamp: timeStamp % 0x100000000,
      sdu: {
        packetSequenceNumber: sequenceNumber,
        isoSduLength: payload.length,
        packetStatusFlag: status,
      },
      data: payload.subarray(0, first),
    });
    for (let at = first; at < payload.length; ) {
      const end = Math.min(payload.length, at + this.options.dataLength);
      this.send({
        connectionHandle: handle,
        packetBoundaryFlag: end === payload.length ? IsoBoundary.last : IsoBoundary.continuing,
        data: payload.subarray(at, end),
      });
      at = end;
    }
  }

  private send(packet: IsoPacket): void {
    const writer = new ByteWriter(16 + packet.data.length).u8(PacketType.iso);
    isoPacket.write(writer, packet);
    this.options.port.packet(writer.finish());
  }
}

/** The packet, or `undefined` when its lengths do not fit. */
function parse(octets: Uint8Array): IsoPacket | undefined {
  if (octets.length < 5 || ((octets[3]! | (octets[4]! << 8)) & 0x3fff) !== octets.length - 5)
    return undefined;
  try {
    return isoPacket.read(new ByteReader().reset(octets, 1));
  } catch (error) {
    if (error instanceof MalformedPacketError) return undefined;
    throw error;
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
