import type { Clock } from '../../core/clock.js';
import { PacketType } from '../../hci/packet-type.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../hci/transport/transport.js';

/** HCI_Reset with its indicator, and where its Command Complete has the opcode: Core Vol 4, Part E, 7.3.2 and 7.7.14. */
const RESET = [0x01, 0x03, 0x0c, 0x00];
const COMMAND_COMPLETE = 0x0e;
const OPCODE_AT = 3;
/** How long the controller may take for it. */
const RESET_MS = 1000;

/**
 * A transport that leaves the controller as after power-up: a host that used it through a bridge may leave without a word,
 * while the controller scans or advertises for it.
 */
export class CleanTransport implements HciTransport {
  readonly name: string;
  /** Whether it was opened. */
  opened = false;
  /** Whether it is gone by itself. */
  lost = false;
  private readonly inner: HciTransport;
  private readonly clock: Clock;
  private readonly resets: boolean;
  private resetDone: (() => void) | undefined;
  private closing: Promise<void> | undefined;

  /** @param resets false only to see whether it was opened */
  constructor(inner: HciTransport, clock: Clock, resets = true) {
    this.name = inner.name;
    this.inner = inner;
    this.clock = clock;
    this.resets = resets;
  }

  get writeBacklog(): number {
    return this.inner.writeBacklog;
  }

  async open(sink: HciTransportSink): Promise<TransportOpened> {
    const opened = await this.inner.open({
      packet: (type, bytes, start, end) => {
        if (this.resetDone && isResetComplete(type, bytes, start, end)) this.resetDone();
        else sink.packet(type, bytes, start, end);
      },
      diagnostic: (diagnostic) => sink.diagnostic(diagnostic),
      closed: (error) => {
        this.lost = true;
        this.resetDone?.();
        sink.closed(error);
      },
    });
    this.opened = true;
    return opened;
  }

  send(packet: Uint8Array): void {
    this.inner.send(packet);
  }

  close(): Promise<void> {
    this.closing ??= this.leave();
    return this.closing;
  }

  private async leave(): Promise<void> {
    if (this.resets && this.opened && !this.lost) {
      let timer: unknown;
      await new Promise<void>((resolve) => {
        this.resetDone = resolve;
        timer = this.clock.setTimeout(resolve, RESET_MS);
        this.inner.send(Uint8Array.from(RESET));
      });
      this.clock.clearTimeout(timer);
    }
    await this.inner.close();
  }
}

function isResetComplete(type: number, bytes: Uint8Array, start: number, end: number): boolean {
  return (
    type === PacketType.event &&
    end - start >= OPCODE_AT + 2 &&
    bytes[start] === COMMAND_COMPLETE &&
    bytes[start + OPCODE_AT] === RESET[1] &&
    bytes[start + OPCODE_AT + 1] === RESET[2]
  );
}
