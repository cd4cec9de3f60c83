import type { Clock } from '../../core/clock.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../transport/transport.js';

const turn = Promise.resolve();

/** Takes the packets that pass a {@link TappedTransport}. Must not throw. */
export interface CaptureSink {
  /**
   * One packet, `bytes[start, end)` without its indicator: a view valid during the call.
   * @param time microseconds since 1970
   */
  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void;
  /**
   * What a call of the user's is about, `read(0x0012) →`: it belongs to the next packet that the host sends. Must not throw.
   */
  note?(text: string): void;
  /** Nothing comes any more: what is kept back is to be written. */
  close(): Promise<void>;
}

/**
 * A transport with a listener at the wire: each packet is given out before it goes on, in both directions. The time is the
 * calendar's at the opening, and runs with the clock from there on, so that it never goes back. The sink is not closed with
 * the transport: a controller that is opened again goes on in the same capture.
 */
export class TappedTransport implements HciTransport {
  readonly name: string;
  readonly resynchronise?: () => Promise<TransportOpened>;
  private readonly inner: HciTransport;
  private readonly capture: CaptureSink;
  private readonly clock: Clock;
  private readonly epoch: number;
  private stamp = 0;
  private readonly forget = () => {
    this.stamp = 0;
  };

  constructor(inner: HciTransport, capture: CaptureSink, clock: Clock) {
    this.name = inner.name;
    this.inner = inner;
    this.capture = capture;
    this.clock = clock;
    this.epoch = (clock.wallTime?.() ?? clock.now()) - clock.now();
    if (inner.resynchronise) this.resynchronise = () => inner.resynchronise!();
  }

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
      closed: (error) => sink.closed(error),
    });
  }

  send(packet: Uint8Array): void {
    this.capture.packet(this.time(), true, packet[0]!, packet, 1, packet.length);
    this.inner.send(packet);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  /** What passes in one turn of the event loop came in one chunk, at one time: the clock is asked once. */
  private time(): number {
    if (this.stamp === 0) {
      this.stamp = Math.round((this.epoch + this.clock.now()) * 1000);
      // queueMicrotask() takes several times as long.
      void turn.then(this.forget);
    }
    return this.stamp;
  }
}
