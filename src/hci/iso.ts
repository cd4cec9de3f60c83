import { ByteReader, ByteWriter, u16At } from '../core/bytes.js';
import { MalformedPacketError, StateError } from '../core/errors.js';
import { IsoBoundary, type IsoPacket, isoPacket } from './iso-packet.js';
import { PacketType } from './packet-type.js';

/** What the controller has for ISO data: LE Read Buffer Size [v2] (Core Vol 4, Part E, 7.8.2). */
export interface IsoBuffers {
  /** Largest ISO_Data_Load of one packet in octets, headers of time stamp and SDU included. */
  readonly length: number;
  /** How many packets it takes. */
  readonly count: number;
}

/** What an {@link IsoManager} needs. */
export interface IsoManagerOptions {
  readonly send: (packet: Uint8Array) => void;
  readonly report: (message: string, handle: number) => void;
}

/** What goes with an SDU. */
export interface IsoSduOptions {
  /** Packet_Sequence_Number, 0–65535: it counts SDU intervals. */
  readonly packetSequenceNumber: number;
  /** Microseconds of the controller's clock at which the SDU is for; none without. */
  readonly timeStamp?: number;
}

/** SDUs of one stream that may wait; beyond it, they would be late anyway. */
const QUEUE_LIMIT = 64;
const TIME_STAMP = 4;
const SDU_HEADER = 4;

/** The data of one CIS or BIS. */
export class IsoStream {
  readonly handle: number;
  /** @internal */
  readonly queue: Uint8Array[][] = [];
  /** @internal */
  inController = 0;
  /** @internal */
  readonly receiver: (packet: IsoPacket) => void;
  private readonly manager: IsoManager;

  /** @internal */
  constructor(manager: IsoManager, handle: number, receiver: (packet: IsoPacket) => void) {
    this.manager = manager;
    this.handle = handle;
    this.receiver = receiver;
  }

  /** SDUs that wait for room in the controller. */
  get backlog(): number {
    return this.queue.length;
  }

  /**
   * Sends one SDU, cut into as many packets as the controller's buffers ask for (Core Vol 4, Part E, 5.4.5).
   * @param sdu up to 4095 octets; copied
   * @returns false when 64 SDUs wait already: this one was not taken
   * @throws {StateError} when the controller has no ISO buffers, or the stream is not there any more
   */
  send(sdu: Uint8Array, options: IsoSduOptions): boolean {
    return this.manager.send(this, sdu, options);
  }
}

/** ISO data both ways, with the controller's flow control: Core Vol 4, Part E, 4.1 and 5.4.5. */
export class IsoManager {
  private readonly options: IsoManagerOptions;
  private readonly streams = new Map<number, IsoStream>();
  /** Streams with something to send, in the order of their turns. */
  private readonly turns: IsoStream[] = [];
  private buffers: IsoBuffers = { length: 0, count: 0 };
  private free = 0;
  private readonly reader = new ByteReader();

  constructor(options: IsoManagerOptions) {
    this.options = options;
  }

  /** Whether there is a stream: without one nobody looks at what the controller completes. */
  get inUse(): boolean {
    return this.streams.size > 0;
  }

  /** Sets what the controller has; everything counts as free. */
  setBuffers(buffers: IsoBuffers): void {
    this.buffers = buffers;
    this.free = buffers.count;
  }

  /** Makes the stream of an established CIS or BIS. The receiver gets each packet; `data` is a view valid during the call. */
  attach(handle: number, receiver: (packet: IsoPacket) => void): IsoStream {
    this.detach(handle);
    const stream = new IsoStream(this, handle, receiver);
    this.streams.set(handle, stream);
    return stream;
  }

  /** Ends a stream: what waits is dropped, what the controller held for it counts as completed. */
  detach(handle: number): void {
    const stream = this.streams.get(handle);
    if (!stream) return;
    this.streams.delete(handle);
    stream.queue.length = 0;
    const turn = this.turns.indexOf(stream);
    if (turn >= 0) this.turns.splice(turn, 1);
    this.free = Math.min(this.buffers.count, this.free + stream.inController);
    this.pump();
  }

  /** Ends all streams: the controller was reset or is gone. */
  clear(): void {
    for (const stream of this.streams.values()) stream.queue.length = 0;
    this.streams.clear();
    this.turns.length = 0;
    this.free = this.buffers.count;
  }

  /** Number Of Completed Packets (7.7.19): `bytes[start, end)` are its parameters. */
  completed(bytes: Uint8Array, start: number, end: number): void {
    let at = start + 1;
    for (let left = bytes[start] ?? 0; left > 0 && at + 4 <= end; left--, at += 4) {
      const stream = this.streams.get(u16At(bytes, at) & 0x0fff);
      if (!stream) continue;
      const count = Math.min(u16At(bytes, at + 2), stream.inController);
      stream.inController -= count;
      this.free += count;
    }
    this.pump();
  }

  /** An ISO data packet from the controller, `bytes[start, end)` without the H4 indicator. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    let packet: IsoPacket;
    try {
      packet = isoPacket.read(this.reader.reset(bytes, start, end));
    } catch (error) {
      if (!(error instanceof MalformedPacketError)) throw error;
      this.options.report(
        `an ISO packet is malformed: ${error.message}`,
        end - start < 2 ? 0 : u16At(bytes, start) & 0xfff,
      );
      return;
    }
    const stream = this.streams.get(packet.connectionHandle);
    if (stream) stream.receiver(packet);
    else this.options.report('ISO data for a handle without stream', packet.connectionHandle);
  }

  /** @internal For {@link IsoStream.send}. */
  send(stream: IsoStream, sdu: Uint8Array, options: IsoSduOptions): boolean {
    if (this.streams.get(stream.handle) !== stream)
      throw new StateError('ISO: the stream is not there any more');
    if (this.buffers.count === 0) throw new StateError('ISO: the controller has no buffers for ISO data');
    if (stream.queue.length >= QUEUE_LIMIT) return false;
    stream.queue.push(this.packetsOf(stream.handle, sdu, options));
    if (stream.queue.length === 1) this.turns.push(stream);
    this.pump();
    return true;
  }

  private packetsOf(connectionHandle: number, sdu: Uint8Array, options: IsoSduOptions): Uint8Array[] {
    const { packetSequenceNumber, timeStamp } = options;
    const { length } = this.buffers;
    const room = length - SDU_HEADER - (timeStamp === undefined ? 0 : TIME_STAMP);
    const packets = [
      encode({
        connectionHandle,
        packetBoundaryFlag: sdu.length <= room ? IsoBoundary.complete : IsoBoundary.first,
        timeStamp,
        sdu: { packetSequenceNumber, isoSduLength: sdu.length, packetStatusFlag: 0 },
        data: sdu.subarray(0, room),
      }),
    ];
    for (let at = room; at < sdu.length; at += length) {
      const isLast = at + length >= sdu.length;
      packets.push(
        encode({
          connectionHandle,
          packetBoundaryFlag: isLast ? IsoBoundary.last : IsoBoundary.continuing,
          data: sdu.subarray(at, at + length),
        }),
      );
    }
    return packets;
  }

  /** Streams take turns, one packet each. */
  private pump(): void {
    while (this.free > 0) {
      const stream = this.turns.shift();
      const packets = stream?.queue[0];
      if (!stream || !packets) return;
      this.free--;
      stream.inController++;
      this.options.send(packets.shift()!);
      if (packets.length === 0) stream.queue.shift();
      if (stream.queue.length > 0) this.turns.push(stream);
    }
  }
}

function encode(packet: IsoPacket): Uint8Array {
  const writer = new ByteWriter().u8(PacketType.iso);
  isoPacket.write(writer, packet);
  return writer.finish();
}
