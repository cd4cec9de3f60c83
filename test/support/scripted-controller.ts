import { concatBytes, fromHex, toHex } from '../../src/core/hex.js';
import type { AnyCommand } from '../../src/hci/definition.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../../src/hci/transport/transport.js';

/** What a scripted controller does with a command: return parameters in hexadecimal, or packets of its own. */
export type Answer = string | { readonly status: number } | ((parameters: Uint8Array) => string[]);

/**
 * A controller made of a table: each command has its answer, everything else is told by the test. Packets reach the host
 * in a microtask, as they never come inside of a send.
 */
export class ScriptedController implements HciTransport {
  readonly name = 'scripted:';
  readonly writeBacklog = 0;
  /** Everything that the host sent, indicator first, in hexadecimal. */
  readonly sent: string[] = [];
  /** Opcodes of the commands that came. */
  readonly commands: number[] = [];
  private sink: HciTransportSink | undefined;
  private readonly answers = new Map<number, Answer>();
  private readonly opened: TransportOpened;

  constructor(opened: TransportOpened = { resetDone: false }) {
    this.opened = opened;
  }

  /** Sets the answer of a command; `undefined` takes it away: the command is not answered then. */
  answer(command: AnyCommand, answer: Answer | undefined): this {
    if (answer === undefined) this.answers.delete(command.opcode);
    else this.answers.set(command.opcode, answer);
    return this;
  }

  open(sink: HciTransportSink): Promise<TransportOpened> {
    this.sink = sink;
    return Promise.resolve(this.opened);
  }

  send(packet: Uint8Array): void {
    this.sent.push(toHex(packet));
    if (packet[0] !== 1) return;
    const opcode = packet[1]! | (packet[2]! << 8);
    this.commands.push(opcode);
    const answer = this.answers.get(opcode);
    if (answer === undefined) return;
    const op = toHex(packet.subarray(1, 3));
    if (typeof answer === 'function') this.emit(...answer(packet.slice(4)));
    else if (typeof answer === 'string') this.emit(event(0x0e, `01${op}${answer}`));
    else this.emit(event(0x0f, `${toHex(Uint8Array.of(answer.status))}01${op}`));
  }

  close(): Promise<void> {
    this.sink?.closed();
    return Promise.resolve();
  }

  /** Gives packets to the host, indicator first. */
  emit(...packets: string[]): void {
    for (const hex of packets) {
      const bytes = fromHex(hex);
      queueMicrotask(() => this.sink?.packet(bytes[0]!, bytes, 1, bytes.length));
    }
  }

  /** The port breaks. */
  lose(error: Parameters<HciTransportSink['closed']>[0]): void {
    this.sink?.closed(error);
  }
}

/** An event packet in hexadecimal, indicator first. */
export function event(code: number, parameters: string): string {
  const bytes = fromHex(parameters);
  return toHex(concatBytes(Uint8Array.of(4, code, bytes.length), bytes));
}
