import { ByteReader, ByteWriter } from '../core/bytes.js';
import type { Clock } from '../core/clock.js';
import { HciError, MalformedPacketError, StateError, TimeoutError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { Transaction } from '../core/transaction.js';
import type { AnyCommand, CommandDefinition } from './definition.js';
import { describeStatus } from './error-names.js';
import { PacketType } from './packet-type.js';

/** How one command is sent. */
export interface SendOptions {
  /** Lets the caller leave; a command that was not sent yet is not sent any more. */
  readonly signal?: AbortSignal | undefined;
  /** The deadline for the answer in milliseconds, from the moment it is sent; the host's default without. */
  readonly timeoutMs?: number | undefined;
  /** Send it although the controller says that it does not have this command. */
  readonly evenIfUnsupported?: boolean | undefined;
}

interface Entry {
  readonly command: AnyCommand;
  readonly packet: Uint8Array;
  readonly transaction: Transaction<unknown>;
}

/** What a {@link CommandQueue} needs. */
export interface CommandQueueOptions {
  readonly clock: Clock;
  /** Sends one packet, indicator first. */
  readonly send: (packet: Uint8Array) => void;
  /** Default deadline of a command in milliseconds. */
  readonly timeoutMs: number;
  /** Told of answers that nobody waits for. */
  readonly report: (message: string) => void;
  /** Told of a command that was not answered. */
  readonly unanswered: (command: AnyCommand) => void;
  /** Told of a command that the controller carried out, with its packet, indicator first: a view not to be changed. */
  readonly succeeded: (command: AnyCommand, packet: Uint8Array) => void;
}

/** Commands that may wait; beyond them something is wrong with the caller. */
const LIMIT = 1024;

/**
 * Sends commands as the controller permits by Num_HCI_Command_Packets (Core Vol 4, Part E, 4.4), in the order in which
 * they were given, and matches the answers.
 */
export class CommandQueue {
  private readonly options: CommandQueueOptions;
  private readonly waiting: Entry[] = [];
  private readonly outstanding: Entry[] = [];
  /** One command may be sent before the controller has said anything. */
  private credits = 1;
  private readonly reader = new ByteReader();
  private readonly writer = new ByteWriter(260);
  private closedBy: Error | undefined;

  constructor(options: CommandQueueOptions) {
    this.options = options;
  }

  /**
   * Sends a command.
   * @returns the return parameters, or an empty object where a Command Status answers
   * @throws {HciError} when the controller refuses; {@link TimeoutError} when it does not answer
   */
  send<P, R>(command: CommandDefinition<P, R>, parameters: P, options: SendOptions = {}): Promise<R> {
    if (this.closedBy) return Promise.reject(this.closedBy);
    if (this.waiting.length >= LIMIT) {
      return Promise.reject(new StateError(`${command.name}: ${LIMIT} commands wait already`));
    }
    const timeoutMs = options.timeoutMs ?? this.options.timeoutMs;
    const transaction = new Transaction<R>({
      clock: this.options.clock,
      what: command.name,
      timeoutMs,
      timeoutError: () =>
        new TimeoutError(
          `the controller did not answer the command ${command.name} (${hexCode(command.opcode, 4)})`,
          timeoutMs,
        ),
      onTimeout: () => this.expired(entry),
      signal: options.signal,
      onAbort: () => this.abandon(entry),
    });
    const entry: Entry = {
      command,
      packet: this.encode(command, parameters),
      transaction: transaction as Transaction<unknown>,
    };
    if (!transaction.settled) {
      this.waiting.push(entry);
      this.pump();
    }
    return transaction.promise;
  }

  /** Command Complete (7.7.14): `bytes[start, end)` are its parameters. */
  commandComplete(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 3) {
      this.options.report('a Command Complete event is too short');
      return;
    }
    const opcode = bytes[start + 1]! | (bytes[start + 2]! << 8);
    const entry = this.take(opcode);
    this.setCredits(bytes[start]!);
    if (!entry) {
      // Opcode 0 only tells the credits.
      if (opcode !== 0)
        this.options.report(`a Command Complete came for ${hexCode(opcode, 4)}, which nobody waits for`);
      return;
    }
    this.complete(entry, bytes, start + 3, end);
  }

  /** Command Status (7.7.15). */
  commandStatus(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 4) {
      this.options.report('a Command Status event is too short');
      return;
    }
    const status = bytes[start]!;
    const opcode = bytes[start + 2]! | (bytes[start + 3]! << 8);
    const entry = this.take(opcode);
    this.setCredits(bytes[start + 1]!);
    if (!entry) {
      if (opcode !== 0)
        this.options.report(`a Command Status came for ${hexCode(opcode, 4)}, which nobody waits for`);
      return;
    }
    if (status !== 0) entry.transaction.reject(refused(entry.command, status));
    else if (entry.command.completes === 'status') {
      this.options.succeeded(entry.command, entry.packet);
      entry.transaction.resolve({});
    } else {
      entry.transaction.reject(
        new MalformedPacketError(
          `${entry.command.name}: Command Status where a Command Complete is specified`,
        ),
      );
    }
  }

  /** Ends everything that waits with `error`; what is sent later is refused with it at once. */
  close(error: Error): void {
    if (this.closedBy) return;
    this.closedBy = error;
    for (const entry of [...this.outstanding.splice(0), ...this.waiting.splice(0)])
      entry.transaction.reject(error);
  }

  /** Begins anew after {@link close}: the controller was reset, and takes one command before it has said anything. */
  reopen(): void {
    this.closedBy = undefined;
    this.credits = 1;
  }

  private encode<P, R>(command: CommandDefinition<P, R>, parameters: P): Uint8Array {
    const { writer } = this;
    writer.clear().u8(PacketType.command).u16(command.opcode).u8(0);
    try {
      command.parameters.write(writer, parameters);
    } catch (error) {
      if (error instanceof Error) error.message = `${command.name}: ${error.message}`;
      throw error;
    }
    const packet = writer.finish();
    if (packet.length > 4 + 255)
      throw new RangeError(`${command.name}: ${packet.length - 4} octets of parameters; 255 is the limit`);
    packet[3] = packet.length - 4;
    return packet;
  }

  private complete(entry: Entry, bytes: Uint8Array, start: number, end: number): void {
    const { command, transaction } = entry;
    // A refusal may come without the return parameters that follow on success.
    const status = bytes[start];
    if (status !== undefined && start < end && status !== 0 && hasStatus(command)) {
      transaction.reject(refused(command, status));
      return;
    }
    this.options.succeeded(command, entry.packet);
    if (!command.returns) {
      transaction.resolve({});
      return;
    }
    try {
      // The answer outlives this event: its octets are copied out of the transport's buffer.
      const own = new Uint8Array(end - start);
      for (let i = 0; i < own.length; i++) own[i] = bytes[start + i]!;
      transaction.resolve(command.returns.read(this.reader.reset(own)));
    } catch (error) {
      transaction.reject(
        new MalformedPacketError(`${command.name}: the answer has not the specified layout`, undefined, {
          cause: error,
        }),
      );
    }
  }

  private take(opcode: number): Entry | undefined {
    const index = this.outstanding.findIndex((entry) => entry.command.opcode === opcode);
    return index < 0 ? undefined : this.outstanding.splice(index, 1)[0];
  }

  /**
   * What is under way may not have reached the controller when it made this event, so it counts against the new
   * number: a controller with several places is used a little less, and never overrun.
   */
  private setCredits(count: number): void {
    this.credits = count - this.outstanding.length;
    this.pump();
  }

  private pump(): void {
    while (this.credits > 0 && this.waiting.length > 0) {
      const entry = this.waiting.shift()!;
      this.credits--;
      if (entry.command.completes === 'none') this.sendUnanswered(entry);
      else {
        this.outstanding.push(entry);
        entry.transaction.start();
        this.options.send(entry.packet);
      }
    }
  }

  /** Host_Number_Of_Completed_Packets: no event on success, and no credit used (7.3.40). */
  private sendUnanswered(entry: Entry): void {
    this.credits++;
    this.options.send(entry.packet);
    entry.transaction.resolve({});
  }

  private expired(entry: Entry): void {
    const index = this.outstanding.indexOf(entry);
    if (index < 0) return;
    this.outstanding.splice(index, 1);
    // The controller may have dropped it (no buffer left): the place it took must not be lost for good.
    if (this.outstanding.length === 0 && this.credits < 1) this.credits = 1;
    this.options.unanswered(entry.command);
    this.pump();
  }

  private abandon(entry: Entry): void {
    const index = this.waiting.indexOf(entry);
    if (index >= 0) this.waiting.splice(index, 1);
  }
}

function hasStatus(command: AnyCommand): boolean {
  return command.returns === undefined || Object.keys(command.returns.fields)[0] === 'status';
}

function refused(command: AnyCommand, status: number): HciError {
  return new HciError(
    `${command.name} was refused by the controller: ${describeStatus(status)}`,
    status,
    command.opcode,
  );
}
