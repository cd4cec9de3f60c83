import { expect } from 'vitest';
import { ByteReader, concatBytes, type SimulatedClock, toHex } from '../../src/core/index.js';
import { type CommandDefinition, type EventDefinition, LE_META } from '../../src/hci/definition.js';
import { commandComplete, commandStatus } from '../../src/hci/events/index.js';
import { PacketType } from '../../src/hci/packet-type.js';
import type { HciTransport } from '../../src/hci/transport/transport.js';

/** What any HCI controller, virtual or not, is driven with in a script of commands in and events out. */
export class HciScript {
  /** Everything received and not yet expected, H4 packets as they came. */
  readonly received: Uint8Array[] = [];
  /** All that ever came and went, in hexadecimal: `>` to the controller, `<` from it. */
  readonly log: string[] = [];
  private readonly clock: SimulatedClock;
  private readonly transport: HciTransport;

  private constructor(clock: SimulatedClock, transport: HciTransport) {
    this.clock = clock;
    this.transport = transport;
  }

  /** Opens a transport and takes the host's place. */
  static async open(clock: SimulatedClock, transport: HciTransport): Promise<HciScript> {
    const script = new HciScript(clock, transport);
    await transport.open({
      packet: (type, bytes, start, end) => {
        const packet = concatBytes(new Uint8Array([type]), bytes.subarray(start, end));
        script.log.push(`${clock.now().toFixed(3)} < ${toHex(packet)}`);
        script.received.push(packet);
      },
      diagnostic: () => {},
      closed: () => script.log.push(`${clock.now().toFixed(3)} closed`),
    });
    return script;
  }

  /** Lets milliseconds pass. */
  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms);
  }

  /** Sends an H4 packet as it is, and lets everything settle that needs no time. */
  async send(packet: Uint8Array): Promise<void> {
    this.log.push(`${this.clock.now().toFixed(3)} > ${toHex(packet)}`);
    this.transport.send(packet.slice());
    await this.clock.advance(0);
  }

  /** Sends a command and expects success; gives the return parameters. */
  async command<P, R>(definition: CommandDefinition<P, R>, parameters: P): Promise<R> {
    await this.send(encodeCommand(definition, parameters));
    const { status, returns } = this.answerTo(definition);
    expect(status, `${definition.name}: status`).toBe(0);
    return returns as R;
  }

  /** Sends a command and expects this status. */
  async refused<P, R>(definition: CommandDefinition<P, R>, parameters: P, status: number): Promise<void> {
    await this.send(encodeCommand(definition, parameters));
    expect(this.answerTo(definition).status, `${definition.name}: status`).toBe(status);
  }

  /** Takes the answer to a command, which has to be the next packet. */
  answerTo(definition: CommandDefinition<unknown, unknown>): { status: number; returns: unknown } {
    const packet = this.next(`an answer to ${definition.name}`);
    const reader = new ByteReader().reset(packet, 3);
    if (definition.completes === 'status') {
      expect(packet[1], `an answer to ${definition.name}`).toBe(commandStatus.code);
      const event = commandStatus.parameters.read(reader);
      expect(event.commandOpcode).toBe(definition.opcode);
      return { status: event.status, returns: {} };
    }
    expect(packet[1], `an answer to ${definition.name}`).toBe(commandComplete.code);
    const event = commandComplete.parameters.read(reader);
    expect(event.commandOpcode).toBe(definition.opcode);
    const status = event.returnParameters[0]!;
    const returns =
      status === 0 ? definition.returns!.read(new ByteReader(event.returnParameters)) : undefined;
    return { status, returns };
  }

  /** Takes the next packet, which has to be this event; what `like` names must match. */
  event<P>(definition: EventDefinition<P>, like: Partial<P> = {}): P {
    const packet = this.next(definition.name);
    const found = parseEvent(definition, packet);
    expect(found, `${definition.name} expected, got ${toHex(packet)}`).toBeDefined();
    expect(found).toMatchObject(like);
    return found!;
  }

  /** Lets time pass until this event comes, throwing away what comes before it. */
  async eventually<P>(definition: EventDefinition<P>, like: Partial<P> = {}, limitMs = 10_000): Promise<P> {
    for (let waited = 0; ; waited++) {
      while (this.received.length > 0) {
        const found = parseEvent(definition, this.received.shift()!);
        if (!found) continue;
        expect(found).toMatchObject(like);
        return found;
      }
      if (waited >= limitMs) throw new Error(`no ${definition.name} within ${limitMs} ms`);
      await this.clock.advance(1);
    }
  }

  /** Takes all such events that have come, and leaves the rest. */
  all<P>(definition: EventDefinition<P>): P[] {
    const found: P[] = [];
    for (const packet of this.received.splice(0)) {
      const event = parseEvent(definition, packet);
      if (event) found.push(event);
      else this.received.push(packet);
    }
    return found;
  }

  /** Sends one ACL data packet. */
  async acl(handle: number, data: Uint8Array, boundary = 0): Promise<void> {
    await this.send(encodeAcl(handle, data, boundary));
  }

  /** Takes all ACL data packets that have come, and leaves the rest. */
  allAcl(): { handle: number; boundary: number; data: Uint8Array }[] {
    const found: { handle: number; boundary: number; data: Uint8Array }[] = [];
    for (const packet of this.received.splice(0)) {
      if (packet[0] !== PacketType.acl) {
        this.received.push(packet);
        continue;
      }
      const word = packet[1]! | (packet[2]! << 8);
      expect(packet[3]! | (packet[4]! << 8)).toBe(packet.length - 5);
      found.push({ handle: word & 0xfff, boundary: word >> 12, data: packet.slice(5) });
    }
    return found;
  }

  /** Nothing has come that was not expected. */
  silence(): void {
    expect(this.received.map((packet) => toHex(packet))).toEqual([]);
  }

  private next(what: string): Uint8Array {
    const packet = this.received.shift();
    if (!packet) throw new Error(`${what} expected, nothing came`);
    return packet;
  }
}

/** The H4 packet of a command. */
export function encodeCommand<P, R>(definition: CommandDefinition<P, R>, parameters: P): Uint8Array {
  const body = definition.parameters.encode(parameters);
  const header = [PacketType.command, definition.opcode & 0xff, definition.opcode >> 8, body.length];
  return concatBytes(new Uint8Array(header), body);
}

/** The H4 packet of ACL data. */
export function encodeAcl(handle: number, data: Uint8Array, boundary = 0): Uint8Array {
  const word = handle | (boundary << 12);
  const header = [PacketType.acl, word & 0xff, word >> 8, data.length & 0xff, data.length >> 8];
  return concatBytes(new Uint8Array(header), data);
}

/** The parameters of an event in an H4 packet, `undefined` when the packet is something else. */
export function parseEvent<P>(definition: EventDefinition<P>, packet: Uint8Array): P | undefined {
  if (packet[0] !== PacketType.event || packet[1] !== definition.code) return undefined;
  const isLe = definition.code === LE_META && definition.subevent !== undefined;
  if (isLe && packet[3] !== definition.subevent) return undefined;
  const reader = new ByteReader().reset(packet, isLe ? 4 : 3);
  expect(packet[2], 'Parameter_Total_Length').toBe(packet.length - 3);
  const parameters = definition.parameters.read(reader);
  expect(reader.remaining, `octets behind ${definition.name}`).toBe(0);
  return parameters;
}
