import { isDeepStrictEqual } from 'node:util';
import { BdAddr, ByteReader, concatBytes, toHex } from '../../src/core/index.js';
import * as commands from '../../src/hci/commands/index.js';
import type { AnyCommand, CommandDefinition, EventDefinition } from '../../src/hci/definition.js';
import { commandComplete, commandStatus } from '../../src/hci/events/index.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { hasCommand } from '../../src/hci/supported-commands.js';
import type { HciTransport } from '../../src/hci/transport/transport.js';
import { encodeAcl, encodeCommand, parseEvent } from '../support/hci-script.js';
import type { AclPacket, Controller, Pace } from './bench.js';

/** How long a controller may take to answer a command. */
const ANSWER_MS = 2000;
/** How long an event may take that a case gives no limit for. */
const EVENT_MS = 3000;

/** A controller behind a transport, driven by a case. Errors say what was expected; {@link story} what passed. */
export class ScriptedController implements Controller {
  address = BdAddr.zero;
  private readonly pace: Pace;
  private readonly transport: HciTransport;
  private readonly received: Uint8Array[] = [];
  private readonly log: string[] = [];
  private readonly name: string;
  private supported: Uint8Array = new Uint8Array(64);

  private constructor(name: string, pace: Pace, transport: HciTransport) {
    this.name = name;
    this.pace = pace;
    this.transport = transport;
  }

  /** Opens the transport, resets the controller, lets all events through, and asks for its address and commands. */
  static async open(name: string, pace: Pace, transport: HciTransport): Promise<ScriptedController> {
    const script = new ScriptedController(name, pace, transport);
    await transport.open({
      packet: (type, bytes, start, end) => {
        const packet = concatBytes(Uint8Array.of(type), bytes.subarray(start, end));
        script.note('<', packet);
        script.received.push(packet);
      },
      diagnostic: () => {},
      closed: (error) => script.log.push(`closed: ${error?.message ?? 'as told'}`),
    });
    await script.command(commands.reset, {});
    script.supported = (await script.command(commands.readLocalSupportedCommands, {})).supportedCommands;
    await script.command(commands.setEventMask, { eventMask: 0x3fffffffffffffffn });
    // Without LE Enhanced Connection Complete [v1] and [v2], which would stand in for LE Connection Complete.
    await script.command(commands.leSetEventMask, {
      leEventMask: 0x7ffffffffn & ~(1n << 9n),
    });
    script.address = (await script.command(commands.readBdAddr, {})).bdAddr;
    return script;
  }

  /** Those of the commands that it does not have. */
  lacks(needed: readonly AnyCommand[]): readonly AnyCommand[] {
    return needed.filter((command) => !hasCommand(this.supported, command));
  }

  close(): Promise<void> {
    return this.transport.close();
  }

  send(packet: Uint8Array): void {
    this.note('>', packet);
    this.transport.send(packet.slice());
  }

  async command<P, R>(definition: CommandDefinition<P, R>, parameters: P): Promise<R> {
    const { status, returns } = await this.ask(definition, parameters);
    if (status !== 0) this.fail(`${definition.name}: status ${hex(status)} instead of success`);
    return returns as R;
  }

  async refused<P, R>(definition: CommandDefinition<P, R>, parameters: P, wanted: number): Promise<void> {
    const { status } = await this.ask(definition, parameters);
    if (status !== wanted) this.fail(`${definition.name}: status ${hex(status)} instead of ${hex(wanted)}`);
  }

  async event<P>(definition: EventDefinition<P>, like: Partial<P> = {}, limitMs = EVENT_MS): Promise<P> {
    let found: P | undefined;
    await this.pace.until(() => {
      found = this.take(definition, like);
      return found !== undefined;
    }, limitMs);
    return found ?? this.fail(`no ${definition.name} ${show(like)} within ${limitMs} ms`);
  }

  async none<P>(definition: EventDefinition<P>, like: Partial<P>, ms: number): Promise<void> {
    await this.pace.wait(ms);
    const found = this.take(definition, like);
    if (found) this.fail(`${definition.name} ${show(found)} came, which may not`);
  }

  all<P>(definition: EventDefinition<P>): P[] {
    const found: P[] = [];
    for (let one = this.take(definition, {}); one; one = this.take(definition, {})) found.push(one);
    return found;
  }

  acl(handle: number, data: Uint8Array, boundary = 0): void {
    this.send(encodeAcl(handle, data, boundary));
  }

  async data(handle: number, limitMs = EVENT_MS): Promise<AclPacket> {
    const isIt = (packet: Uint8Array) =>
      packet[0] === PacketType.acl && (packet[1]! | ((packet[2]! & 0x0f) << 8)) === handle;
    await this.pace.until(() => this.received.some(isIt), limitMs);
    const index = this.received.findIndex(isIt);
    if (index < 0) this.fail(`no ACL data of handle ${hex(handle)} within ${limitMs} ms`);
    const packet = this.received.splice(index, 1)[0]!;
    const length = packet[3]! | (packet[4]! << 8);
    if (length !== packet.length - 5)
      this.fail(`an ACL packet that says ${length} octets, and has ${packet.length - 5}`);
    return { handle, flags: packet[2]! >> 4, data: packet.slice(5) };
  }

  /** Everything that passed, for a person. */
  get story(): string {
    return this.log.join('\n');
  }

  private async ask<P, R>(
    definition: CommandDefinition<P, R>,
    parameters: P,
  ): Promise<{ status: number; returns: R | undefined }> {
    this.send(encodeCommand(definition, parameters));
    let answer: { status: number; returns: R | undefined } | undefined;
    await this.pace.until(() => {
      answer = this.answer(definition);
      return answer !== undefined;
    }, ANSWER_MS);
    return answer ?? this.fail(`${definition.name}: no answer within ${ANSWER_MS} ms`);
  }

  /** A command that begins something is answered by Command Status, others by Command Complete; an error may come by either (Core Vol 4, Part E, 4.5). */
  private answer<P, R>(
    definition: CommandDefinition<P, R>,
  ): { status: number; returns: R | undefined } | undefined {
    const commandOpcode = definition.opcode;
    const status = this.take(commandStatus, { commandOpcode });
    if (status) {
      if (status.status === 0 && definition.completes !== 'status')
        this.fail(`${definition.name}: answered by Command Status`);
      return { status: status.status, returns: undefined };
    }
    const complete = this.take(commandComplete, { commandOpcode });
    if (!complete) return undefined;
    const code = complete.returnParameters[0] ?? 0;
    if (code !== 0) return { status: code, returns: undefined };
    if (definition.completes !== 'complete') this.fail(`${definition.name}: answered by Command Complete`);
    const reader = new ByteReader(complete.returnParameters);
    const returns = definition.returns!.read(reader);
    if (reader.remaining > 0)
      this.fail(`${definition.name}: ${reader.remaining} octets too many are returned`);
    return { status: 0, returns };
  }

  private take<P>(definition: EventDefinition<P>, like: Partial<P>): P | undefined {
    for (const [index, packet] of this.received.entries()) {
      const found = parseEvent(definition, packet);
      if (found === undefined || !matches(found, like)) continue;
      this.received.splice(index, 1);
      return found;
    }
    return undefined;
  }

  private note(way: string, packet: Uint8Array): void {
    this.log.push(`${this.pace.now().toFixed(3).padStart(12)} ${this.name} ${way} ${toHex(packet)}`);
  }

  private fail(message: string): never {
    throw new Error(`${this.name}: ${message}`);
  }
}

function matches<P>(found: P, like: Partial<P>): boolean {
  return Object.entries(like).every(([key, wanted]) => {
    const got = (found as Record<string, unknown>)[key];
    return wanted instanceof BdAddr ? wanted.equals(got as BdAddr) : isDeepStrictEqual(got, wanted);
  });
}

const hex = (value: number) => `0x${value.toString(16).toUpperCase().padStart(2, '0')}`;

function show(fields: object): string {
  const texts = Object.entries(fields).map(
    ([key, value]) => `${key} ${value instanceof Uint8Array ? toHex(value) : String(value)}`,
  );
  return texts.length === 0 ? '' : `(${texts.join(', ')})`;
}
