import { fromHex } from '../../src/core/hex.js';
import { FaultyTransport as WireFaults } from '../../src/hci/faults/faulty-transport.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';

/** A transport that goes wrong as told, and remembers what the host sent. */
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
  private readonly wire: WireFaults;
  private sink: HciTransportSink | undefined;

  constructor(inner: HciTransport) {
    const named: HciTransport = {
      name: '',
      writeBacklog: 0,
      open: (sink) => inner.open(sink),
      send: (packet) => inner.send(packet),
      close: () => inner.close(),
    };
    this.wire = new WireFaults(named, {
      faults: [
        { fault: 'drop', direction: 'both', matches: () => this.silent },
        {
          fault: 'drop',
          direction: 'toController',
          packet: 'command',
          matches: (packet) => this.swallowed.has(packet[1]! | (packet[2]! << 8)),
        },
      ],
    });
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return this.wire.open(sink);
  }

  send(packet: Uint8Array): void {
    this.sent.push(packet.slice());
    this.wire.send(packet);
  }

  close(): Promise<void> {
    this.closed = true;
    return this.wire.close();
  }

  /** Gives the host a packet that the controller never sent, indicator first. */
  inject(hex: string): void {
    this.wire.inject(fromHex(hex));
  }

  /** The controller loses its power and is back at once: it knows nothing, and the host is not told. */
  restart(): void {
    this.wire.restart();
  }

  /** The port is pulled out. */
  unplug(): void {
    this.wire.unplug();
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
