import type { Clock } from '../core/clock.js';
import type { HciTransport, HciTransportSink, TransportOpened } from './transport/transport.js';

/** The transport in use, which may be replaced by another: what the old one still brings is nobody's then. */
export class Wire {
  transport: HciTransport;
  private readonly sink: HciTransportSink;
  private readonly clock: Clock;
  private heard = 0;
  private heardThen = 0;
  private heardAt = 0;

  constructor(transport: HciTransport, clock: Clock, sink: HciTransportSink) {
    this.transport = transport;
    this.clock = clock;
    this.sink = sink;
  }

  /** Opens the transport, or another one that takes its place. */
  open(transport: HciTransport = this.transport): Promise<TransportOpened> {
    this.transport = transport;
    const { sink } = this;
    return transport.open({
      packet: (type, bytes, start, end) => {
        if (transport !== this.transport) return;
        this.heard++;
        sink.packet(type, bytes, start, end);
      },
      diagnostic: (diagnostic) => {
        if (transport === this.transport) sink.diagnostic(diagnostic);
      },
      closed: (error) => {
        if (transport === this.transport) sink.closed(error);
      },
    });
  }

  /**
   * Milliseconds since this was asked for and a packet had come since the time before: no clock is asked for each
   * packet.
   */
  get silentMs(): number {
    if (this.heard !== this.heardThen) {
      this.heardThen = this.heard;
      this.heardAt = this.clock.now();
    }
    return this.clock.now() - this.heardAt;
  }
}
