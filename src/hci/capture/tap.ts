import type { Clock } from '../../core/clock.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../transport/transport.js';

/** Takes the packets that pass a {@link TappedTransport}. */
export interface CaptureSink {
  /**
   * One packet, `bytes[start, end)` without its indicator: a view valid during the call.
   * @param time microseconds since 1970
   */
  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void;
  /** Nothing comes any more: what is kept back is to be written. */
  close(): Promise<void>;
}

/**
 * A transport with a listener at the wire: each packet is recorded, in both directions, before it goes on. Time is the
 * calendar's, taken once at the opening, and runs with the clock from there on, so that it never goes back.
 */
export class TappedTransport implements HciTransport {
  readonly name: string;
  private readonly inner: HciTransport;
  private readonly capture: CaptureSink;
  private readonly clock: Clock;
  private readonly epoch: number;

  /** @param capture told of every packet; closed with the transport */
  constructor(inner: HciTransport, capture: CaptureSink, clock: Clock) {
    this.name = inner.name;
    this.inner = inner;
    this.capture = capture;
    this.clock = clock;
    this.epoch = (clock.wallTime?.() ?? 0) - clock.now();
    if (inner.resynchronise) this.resynchronise = () => inner.resynchronise!();
  }

  resynchronise?: () => Promise<TransportOpened>;

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    const { capture } = this;
    return this.inner.open({
      packet: (type, bytes, start, end) => {
        capture.packet(this.time(), false, type, bytes, start, end);
        sink.packet(type, bytes, start, end);
      },
      diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
      closed: (error) => {
        capture.close().catch(() => {});
        sink.closed(error);
      },
    });
  }

  send(packet: Uint8Array): void {
    this.capture.packet(this.time(), true, packet[0]!, packet, 1, packet.length);
    this.inner.send(packet);
  }

  async close(): Promise<void> {
    await this.inner.close();
    await this.capture.close();
  }

  private time(): number {
    return Math.round((this.epoch + this.clock.now()) * 1000);
  }
}
