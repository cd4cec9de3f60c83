import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';

const COMMAND = 1;
const EVENT = 4;
const COMMAND_DISALLOWED = 0x0c;
const SCAN_ENABLE = [0x200c, 0x2042];
const CREATE_CONNECTION = [0x200d, 0x2043];
/** LE Connection Complete, and Enhanced Connection Complete [v1] and [v2]. */
const CONNECTION_COMPLETE = [0x01, 0x0a, 0x29];

/** In front of a controller: makes it one that does not scan while it initiates, nor the other way round. */
export class ExclusiveTransport implements HciTransport {
  readonly name = 'exclusive';
  /** What the controller does, and when it began to. */
  readonly timeline: [at: number, what: 'scan' | 'connect'][] = [];
  scanning = false;
  initiating = false;
  private readonly inner: HciTransport;
  private readonly now: () => number;
  private sink: HciTransportSink | undefined;

  constructor(inner: HciTransport, now: () => number) {
    this.inner = inner;
    this.now = now;
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    const packet: HciTransportSink['packet'] = (type, bytes, start, end) => {
      if (type === EVENT && bytes[start] === 0x3e && CONNECTION_COMPLETE.includes(bytes[start + 2]!))
        this.initiating = false;
      sink.packet(type, bytes, start, end);
    };
    return this.inner.open({ ...sink, packet, closed: (error) => sink.closed(error) });
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  send(packet: Uint8Array): void {
    const opcode = packet[0] === COMMAND ? packet[1]! | (packet[2]! << 8) : 0;
    if (opcode === 0x0c03) this.scanning = this.initiating = false;
    const begins = SCAN_ENABLE.includes(opcode) && packet[4] === 1;
    const creates = CREATE_CONNECTION.includes(opcode);
    if ((begins && this.initiating) || (creates && this.scanning)) {
      const number = [packet[1]!, packet[2]!];
      const answer = creates
        ? Uint8Array.of(0x0f, 4, COMMAND_DISALLOWED, 1, ...number)
        : Uint8Array.of(0x0e, 4, 1, ...number, COMMAND_DISALLOWED);
      queueMicrotask(() => this.sink?.packet(EVENT, answer, 0, answer.length));
      return;
    }
    if (SCAN_ENABLE.includes(opcode)) this.scanning = begins;
    if (creates) this.initiating = true;
    if (begins || creates) this.timeline.push([this.now(), begins ? 'scan' : 'connect']);
    this.inner.send(packet);
  }
}
