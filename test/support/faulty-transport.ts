import { TransportError } from '../../src/core/errors.js';
import { fromHex } from '../../src/core/hex.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';

/** A transport that goes wrong as told: another one underneath, with faults in between. */
export class FaultyTransport implements HciTransport {
  readonly name = 'faulty:';
  readonly writeBacklog = 0;
  /** Packets that the host sent, indicator first. */
  readonly sent: Uint8Array[] = [];
  /** Nothing comes from the controller any more, and nothing reaches it. */
  silent = false;
  /** Opcodes of commands that are lost on the way. */
  readonly swallowed = new Set<number>();
  closed = false;
  private readonly inner: HciTransport;
  private sink: HciTransportSink | undefined;

  constructor(inner: HciTransport) {
    this.inner = inner;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return this.inner.open({
      packet: (type, bytes, start, end) => {
        if (!this.silent) sink.packet(type, bytes, start, end);
      },
      diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
      closed: (error) => sink.closed(error),
    });
  }

  send(packet: Uint8Array): void {
    this.sent.push(packet.slice());
    if (this.silent) return;
    if (packet[0] === 1 && this.swallowed.has(packet[1]! | (packet[2]! << 8))) return;
    this.inner.send(packet);
  }

  close(): Promise<void> {
    this.closed = true;
    return this.inner.close();
  }

  /** Gives the host a packet that the controller never sent, indicator first. */
  inject(hex: string): void {
    const bytes = fromHex(hex);
    this.sink?.packet(bytes[0]!, bytes, 1, bytes.length);
  }

  /** The controller loses its power and is back at once: it knows nothing, and the host is not told. */
  restart(): void {
    this.inner.send(fromHex('01030c00'));
    // The answer to a Reset that the host did not send.
    const { silent } = this;
    this.silent = true;
    queueMicrotask(() => {
      this.silent = silent;
    });
  }

  /** The port is pulled out. */
  unplug(): void {
    this.silent = true;
    this.sink?.closed(
      new TransportError('faulty:: the port is gone. Was the device unplugged?', 'PORT_LOST'),
    );
  }

  /** Octets were lost on the way. */
  loseFraming(): void {
    this.sink?.diagnostic({
      kind: 'lost-framing',
      message: 'faulty:: H4 framing lost',
      bytes: fromHex('0707'),
    });
  }

  /** The opcodes of the commands that the host sent. */
  get opcodes(): number[] {
    return this.sent.filter((packet) => packet[0] === 1).map((packet) => packet[1]! | (packet[2]! << 8));
  }
}
