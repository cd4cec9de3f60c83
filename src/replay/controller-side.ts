import { u16At } from '../core/bytes.js';
import type { AnyCommand } from '../hci/definition.js';
import { PacketType } from '../hci/packet-type.js';
import { hasCommand } from '../hci/supported-commands.js';
import { ChannelNames } from './channel-names.js';
import { Credits, creditedHandles } from './credits.js';
import { EventFilter } from './event-filter.js';
import { IdentifierNames } from './identifiers.js';
import { eventName, type Ledger } from './ledger.js';
import { legacyCommands } from './legacy.js';
import type { CapturedPacket, Exchange, ScriptItem } from './script.js';

const COMMAND_COMPLETE = 0x0e;
const DISCONNECTION_COMPLETE = 0x05;
const READ_LOCAL_SUPPORTED_COMMANDS = 0x1002;
/** Behind code, length, credits, opcode and status. */
const SUPPORTED_COMMANDS_AT = 6;

/** Gives a host what the captured controller gave, as far as this host asked for it. */
export class ControllerSide {
  readonly filter = new EventFilter();
  readonly credits = new Credits();
  readonly identifiers = new IdentifierNames();
  readonly channels = new ChannelNames();
  /** Packets given. */
  given = 0;
  private readonly ledger: Ledger;
  private readonly give: (type: number, bytes: Uint8Array) => void;

  /** Commands that the controller did in the capture. */
  private readonly shown: readonly AnyCommand[];

  constructor(ledger: Ledger, shown: readonly AnyCommand[], give: (type: number, bytes: Uint8Array) => void) {
    this.ledger = ledger;
    this.shown = shown;
    this.give = (type, bytes) => {
      this.given++;
      give(type, bytes);
    };
  }

  /** As it is, whatever it is. */
  asItIs({ type, bytes }: CapturedPacket): void {
    this.give(type, bytes);
  }

  item(item: ScriptItem): void {
    const { packet } = item;
    if (item.of === 'answer') this.answer(packet, item.exchange);
    else if (item.of === 'credits') this.completed(creditedHandles(packet.bytes));
    else if (packet.type === PacketType.event) this.event(packet);
    else this.give(packet.type, this.channels.renamed(this.identifiers.renamed(packet.bytes)));
  }

  /** A captured answer, for the command that the host sent. */
  answer(packet: CapturedPacket, exchange: Exchange | undefined): void {
    const bytes = packet.bytes.slice();
    const [creditsAt, opcodeAt] = bytes[0] === COMMAND_COMPLETE ? [2, 3] : [3, 4];
    // Of a command that was sent before the capture began.
    if (!exchange && u16At(bytes, opcodeAt) !== 0) return;
    if (exchange?.usedAs !== undefined) {
      bytes[opcodeAt] = exchange.usedAs & 0xff;
      bytes[opcodeAt + 1] = exchange.usedAs >> 8;
    }
    if (exchange?.opcode === READ_LOCAL_SUPPORTED_COMMANDS) this.withShown(bytes, packet.frame);
    // What gave the credit back may have been the answer to a command that this host does not send.
    const credits = `${eventName(bytes)} Num_HCI_Command_Packets 0 → 1`;
    if (bytes[creditsAt] === 0 && this.ledger.permits('command credits', packet.frame, credits))
      bytes[creditsAt] = 1;
    this.give(PacketType.event, bytes);
  }

  /**
   * The controller has what it says, what it did in the capture all the same (some have masks that leave out most of LE), and
   * with extended commands their legacy equivalents.
   */
  private withShown(complete: Uint8Array, frame: number): void {
    const mask = complete.subarray(SUPPORTED_COMMANDS_AT);
    if (complete[SUPPORTED_COMMANDS_AT - 1] !== 0 || mask.length < 64) return;
    const unsaid = this.shown.filter((command) => !hasCommand(mask, command));
    const said = `Supported_Commands: also ${unsaid.map(({ name }) => name).join(', ')}, which the capture shows`;
    if (unsaid.length > 0 && this.ledger.permits('synthesised answer', frame, said)) unsaid.forEach(set);
    for (const { extended, legacy } of legacyCommands) {
      if (!hasCommand(mask, extended) || hasCommand(mask, legacy)) continue;
      const what = `Supported_Commands: ${legacy.name} for ${extended.name}`;
      if (this.ledger.permits('legacy for extended', frame, what)) set(legacy);
    }
    function set({ supported }: AnyCommand): void {
      if (supported) mask[supported[0]] = mask[supported[0]]! | (1 << supported[1]);
    }
  }

  /** A captured event. */
  event({ bytes, frame }: CapturedPacket): void {
    const { events, isTranslated } = this.filter.take(bytes);
    if (events.length === 0) this.ledger.permits('event not asked for', frame, eventName(bytes));
    else if (isTranslated) {
      this.ledger.permits('legacy for extended', frame, `${eventName(bytes)} → ${eventName(events[0]!)}`);
    }
    for (const event of events) this.give(PacketType.event, event);
    if (bytes[0] !== DISCONNECTION_COMPLETE || bytes.length < 5) return;
    const handle = u16At(bytes, 3) & 0xfff;
    this.credits.drop(handle);
    this.channels.drop(handle);
  }

  /** An event that the capture does not have. */
  made(event: Uint8Array): void {
    for (const passed of this.filter.take(event).events) this.give(PacketType.event, passed);
  }

  /** Number Of Completed Packets for what the host has sent on these links, or on all. */
  completed(handles?: Iterable<number>): void {
    const event = this.credits.release(handles);
    if (event) this.give(PacketType.event, event);
  }
}
