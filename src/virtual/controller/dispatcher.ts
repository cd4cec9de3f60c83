import { ByteReader } from '../../core/bytes.js';
import type { Fields } from '../../core/codec.js';
import { MalformedPacketError } from '../../core/errors.js';
import type { AnyCommand } from '../../hci/definition.js';
import { commandComplete, commandStatus } from '../../hci/events/index.js';
import { HciStatus } from '../link-layer/status.js';
import { type AdvertisingFamily, advertisingFamily } from './advertising-family.js';
import type { CommandContext, CommandHandler, CommandResult } from './command-table.js';
import type { ControllerCounters } from './counters.js';

/** Answers commands: Core Vol 4, Part E, 4.4 to 4.6. */
export class Dispatcher {
  private readonly context: CommandContext;
  private readonly table: ReadonlyMap<number, CommandHandler>;
  private readonly counters: ControllerCounters;
  private readonly reader = new ByteReader();
  /** Which advertising commands the host uses since the last Reset. */
  private family: AdvertisingFamily | undefined;

  constructor(
    context: CommandContext,
    table: ReadonlyMap<number, CommandHandler>,
    counters: ControllerCounters,
  ) {
    this.context = context;
    this.table = table;
    this.counters = counters;
  }

  /** One H4 command packet. Only one too short for an opcode stays without answer. */
  receive(packet: Uint8Array): void {
    if (packet.length < 3) {
      this.counters.malformed++;
      return;
    }
    this.counters.commands++;
    const opcode = packet[1]! | (packet[2]! << 8);
    const handler = this.table.get(opcode);
    if (!handler) {
      this.counters.unknownCommands++;
      if (this.context.personality.answersUnknownBy === 'status')
        this.status(opcode, HciStatus.unknownCommand);
      else this.complete(opcode, new Uint8Array([HciStatus.unknownCommand]));
      return;
    }
    if (this.mixesFamilies(opcode)) {
      this.refuse(handler.definition, HciStatus.commandDisallowed, {});
      return;
    }
    const parameters = this.parse(handler.definition, packet);
    if (parameters === undefined) {
      this.refuse(handler.definition, HciStatus.invalidParameters, {});
      return;
    }
    const { port } = this.context;
    port.hold();
    try {
      this.answer(handler.definition, handler.run(this.context, parameters), parameters);
    } finally {
      port.release();
    }
  }

  /** As after a Reset. */
  reset(): void {
    this.family = undefined;
  }

  /** Whether the host has used legacy advertising commands and now issues an extended one, or the other way round. */
  private mixesFamilies(opcode: number): boolean {
    const family = advertisingFamily(opcode);
    if (!family) return false;
    this.family ??= family;
    return this.family !== family;
  }

  /** The parameters, or `undefined` when their length does not fit or a length inside is wrong. */
  private parse(definition: AnyCommand, packet: Uint8Array): Record<string, unknown> | undefined {
    if (packet.length < 4 || packet[3] !== packet.length - 4) return undefined;
    this.reader.reset(packet, 4);
    try {
      const parameters = definition.parameters.read(this.reader) as Record<string, unknown>;
      return this.reader.remaining === 0 ? parameters : undefined;
    } catch (error) {
      if (error instanceof MalformedPacketError) return undefined;
      throw error;
    }
  }

  private answer(
    definition: AnyCommand,
    result: CommandResult<unknown>,
    parameters: Record<string, unknown>,
  ): void {
    if (typeof result === 'number') {
      this.refuse(definition, result, parameters);
      return;
    }
    const { returns, completes } = definition;
    // Host Number Of Completed Packets: answered only when something is wrong with it (7.3.40).
    if (completes === 'none') return;
    this.complete(definition.opcode, returns!.encode({ status: HciStatus.success, ...result }));
  }

  /**
   * Answers with a status alone. In a Command Complete, the handle is given back, and the other return parameters are
   * there and zero (Core Vol 4, Part E, 4.5).
   */
  private refuse(definition: AnyCommand, status: number, parameters: Record<string, unknown>): void {
    const { opcode, returns } = definition;
    if (!returns) {
      this.status(opcode, status);
      return;
    }
    this.complete(opcode, failure(returns.fields, status, parameters));
  }

  private complete(commandOpcode: number, returnParameters: Uint8Array): void {
    const { port, personality } = this.context;
    port.answer(commandComplete, {
      numHciCommandPackets: personality.commandCredits,
      commandOpcode,
      returnParameters,
    });
  }

  private status(commandOpcode: number, status: number): void {
    const { port, personality } = this.context;
    port.answer(commandStatus, {
      status,
      numHciCommandPackets: personality.commandCredits,
      commandOpcode,
    });
  }
}

/** Handles and the like, which an answer gives back as they were asked for. */
const echoed: readonly string[] = ['connectionHandle', 'handle', 'cigId', 'bigHandle', 'syncHandle'];

/** The return parameters of a command that failed. What has no fixed length is empty. */
function failure(fields: Fields, status: number, parameters: Record<string, unknown>): Uint8Array {
  const octets = [status];
  for (const [name, field] of Object.entries(fields).slice(1)) {
    const value = echoed.includes(name) ? Number(parameters[name] ?? 0) : 0;
    const { layout } = field;
    const size = field.size ?? (layout?.of === 'list' ? layout.count?.size : undefined) ?? 0;
    for (let i = 0; i < size; i++) octets.push(i < 4 ? (value >> (8 * i)) & 0xff : 0);
  }
  return Uint8Array.from(octets);
}
