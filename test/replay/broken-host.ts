import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';

/** What comes out of a broken host for one of its packets; `answer` gives it an event, as if a controller had. */
export type Fault = (packet: Uint8Array, answer: (event: Uint8Array) => void) => readonly Uint8Array[];

/** A host that does something wrong: what it sends is altered on its way. */
export class BrokenHost implements HciTransport {
  readonly name = 'broken';
  readonly writeBacklog = 0;
  private readonly inner: HciTransport;
  private readonly fault: Fault;
  private sink: HciTransportSink | undefined;

  constructor(inner: HciTransport, fault: Fault) {
    this.inner = inner;
    this.fault = fault;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return this.inner.open(sink);
  }

  send(packet: Uint8Array): void {
    const answer = (event: Uint8Array) => queueMicrotask(() => this.sink?.packet(4, event, 0, event.length));
    for (const sent of this.fault(packet, answer)) this.inner.send(sent);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** Alters the first packet that has these octets at a place; all others go as they are. */
export function once(at: number, octets: readonly number[], alter: Fault): Fault {
  let isDone = false;
  return (packet, answer) => {
    const isIt = !isDone && octets.every((octet, i) => packet[at + i] === octet);
    if (!isIt) return [packet];
    isDone = true;
    return alter(packet, answer);
  };
}

/** Another octet at a place. */
export function octet(at: number, value: number): Fault {
  return (packet) => {
    const altered = packet.slice();
    altered[at] = value;
    return [altered];
  };
}
