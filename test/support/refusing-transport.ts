import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';

const COMMAND = 1;
const EVENT = 4;
const COMMAND_STATUS = 0x0f;
const RESET = 0x0c03;

/** In front of a controller: refuses one command, which never gets there, in its place. */
export class RefusingTransport implements HciTransport {
  readonly name = 'refusing';
  /** The opcode of the command that was refused. */
  refused: number | undefined;
  private readonly inner: HciTransport;
  private sink: HciTransportSink | undefined;
  private order:
    | { readonly opcode: number | undefined; status: number; left: number; times: number }
    | undefined;

  constructor(inner: HciTransport) {
    this.inner = inner;
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  /** Refuses the command after `left` others; of one kind, or whatever it is. */
  refuse(status: number, left = 0, opcode?: number): void {
    this.refused = undefined;
    this.order = { opcode, status, left, times: 1 };
  }

  /** Refuses the next of that kind as well. */
  refuseAlso(): void {
    if (this.order) this.order.times++;
  }

  /** Refuses nothing any more. */
  relent(): void {
    this.order = undefined;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return this.inner.open(sink);
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  send(packet: Uint8Array): void {
    const { order } = this;
    const opcode = packet[1]! | (packet[2]! << 8);
    const isMeant =
      order !== undefined &&
      packet[0] === COMMAND &&
      opcode !== RESET &&
      (order.opcode === undefined || order.opcode === opcode);
    if (!isMeant || order.left-- > 0) {
      this.inner.send(packet);
      return;
    }
    order.left = 0;
    if (--order.times === 0) this.order = undefined;
    this.refused = opcode;
    const answer = Uint8Array.of(EVENT, COMMAND_STATUS, 4, order.status, 1, opcode & 0xff, opcode >> 8);
    queueMicrotask(() => this.sink?.packet(EVENT, answer, 1, answer.length));
  }
}
