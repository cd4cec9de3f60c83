import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BdAddr } from '../../src/core/address.js';
import { ByteReader, ByteWriter } from '../../src/core/bytes.js';
import type { Fields, Struct } from '../../src/core/codec.js';
import { concatBytes, fromHex, toHex } from '../../src/core/hex.js';
import { decodePacket } from '../../src/hci/decode.js';
import type { AnyCommand, AnyEvent } from '../../src/hci/definition.js';
import { isoPacket } from '../../src/hci/iso-packet.js';
import { PacketType, type PacketTypeCode } from '../../src/hci/packet-type.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import { describeWithShared, shared } from '../support/shared.js';
import { runsVector } from '../support/vector-case.js';

type VectorFields = Readonly<Record<string, unknown>>;

interface Vector {
  readonly packet: string;
  readonly h4: string;
  readonly fields: VectorFields;
}

/** What is no command or event in its whole length. */
interface SpecialVector {
  readonly packet: string;
  readonly h4?: string;
  /** The return parameters of the command that `packet` begins with. */
  readonly return_parameters?: string;
  /** `null` where the packet must be rejected. */
  readonly fields: VectorFields | null;
}

interface VectorFile {
  readonly vectors: readonly Vector[];
  readonly special: readonly SpecialVector[];
}

const FILE = 'hci-packets.json';
const COMMAND_COMPLETE = 0x0e;

/** JSON with its 64-bit numbers as `bigint`, which JSON.parse would round. */
function readVectors(): VectorFile {
  const text = readFileSync(shared(`vectors/${FILE}`), 'utf8').replace(/: (\d{16,})/g, ': "$1n"');
  return JSON.parse(text) as VectorFile;
}

/** A field of a vector under the name that the declaration gives it. */
function lookUp(fields: VectorFields, name: string): unknown {
  const wanted = name.toLowerCase();
  const key = Object.keys(fields).find((one) => one.replaceAll('_', '').toLowerCase() === wanted);
  return key === undefined ? undefined : fields[key];
}

/** The values that a vector gives to declared fields. */
function valuesFrom(layout: Fields, vector: VectorFields): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(layout)) {
    const given = lookUp(vector, name);
    const item = field.fields?.['item'];
    if (item) {
      const groups = (vector['items'] as VectorFields[]).map((one) => valuesFrom(item.fields!, one));
      values[name] = field.kind.startsWith('list') ? groups : withPhys(groups, given as number);
    } else if (field.kind === 'u64') values[name] = big(given);
    else if (field.kind === 'address') values[name] = BdAddr.parse(given as string);
    else if (field.kind === 'octets(8)') values[name] = littleEndian(big(given));
    else if (field.kind.startsWith('significant part')) {
      values[name] = fromHex(given as string).subarray(0, lookUp(vector, `${name}Length`) as number);
    } else values[name] = typeof given === 'string' ? fromHex(given) : given;
  }
  return values;
}

function withPhys(groups: Record<string, unknown>[], mask: number): Record<string, unknown>[] {
  const phys = [1, 2, 3, 4, 5, 6, 7, 8].filter((phy) => mask & (1 << (phy - 1)));
  return groups.map((group, index) => ({ phy: phys[index], ...group }));
}

const big = (given: unknown) => BigInt(String(given).replace('n', ''));

function littleEndian(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 0xffn));
}

const commandsByName = new Map<string, AnyCommand>(allCommands.map((command) => [command.name, command]));
const eventsByName = new Map<string, AnyEvent>(allEvents.map((event) => [event.name, event]));

/** A packet with its length filled in. */
function h4(type: number, head: readonly number[], body: Uint8Array, subevent?: number): string {
  const inner = subevent === undefined ? body : concatBytes(Uint8Array.of(subevent), body);
  return toHex(concatBytes(Uint8Array.of(type, ...head, inner.length), inner));
}

describeWithShared('the HCI vectors', () => {
  const { vectors, special } = readVectors();
  const leftOut: string[] = [];

  for (const [index, vector] of vectors.entries()) {
    const run = prepare(vector);
    const options = runsVector(FILE, 'vectors', index);
    if (run) it(`hold for ${vector.packet} ${vector.h4.slice(0, 24)}, both ways`, options, run);
    else leftOut.push(vector.packet);
  }

  for (const [index, vector] of special.entries()) {
    it(`hold for ${vector.packet}`, runsVector(FILE, 'special', index), () => checkSpecial(vector));
  }

  it('leave none out', () => {
    if (leftOut.length > 0) console.warn(`left out, because nothing declares them: ${leftOut.join(', ')}`);
    expect(leftOut).toEqual([]);
    expect(vectors.length).toBeGreaterThan(0);
    expect(special.length).toBeGreaterThan(0);
  });
});

/** The test of a vector; `undefined` when its packet is not declared. */
function prepare(vector: Vector): (() => void) | undefined {
  const [packet, answered] = vector.packet.split(' for ') as [string, string | undefined];
  const command = commandsByName.get(packet);
  if (command) return () => checkCommand(vector, command);
  const event = eventsByName.get(packet);
  const answer = answered === undefined ? undefined : commandsByName.get(answered);
  if (!event || (answered !== undefined && !answer)) return undefined;
  return answer ? () => checkAnswer(vector, event, answer) : () => checkEvent(vector, event);
}

function checkCommand(vector: Vector, command: AnyCommand): void {
  const values = valuesFrom(command.parameters.fields, vector.fields);
  const head = [command.opcode & 0xff, command.opcode >> 8];
  expect(h4(PacketType.command, head, command.parameters.encode(values))).toBe(vector.h4);
  const decoded = decodePacket(PacketType.command, fromHex(vector.h4).subarray(1));
  expect(decoded).toMatchObject({ name: vector.packet, code: command.opcode, malformed: undefined });
  expect(decoded.fields).toEqual(values);
}

function checkEvent(vector: Vector, event: AnyEvent): void {
  const values = valuesFrom(event.parameters.fields, vector.fields);
  expect(h4(PacketType.event, [event.code], event.parameters.encode(values), event.subevent)).toBe(vector.h4);
  const decoded = decodePacket(PacketType.event, fromHex(vector.h4).subarray(1));
  expect(decoded).toMatchObject({ name: vector.packet, code: event.code, malformed: undefined });
  expect(decoded.fields).toMatchObject(values);
}

/** A Command Complete whose return parameters are laid out by the command. */
function checkAnswer(vector: Vector, event: AnyEvent, command: AnyCommand): void {
  const returns = command.returns as Struct<unknown>;
  const values = valuesFrom(returns.fields, vector.fields['Return_Parameters'] as VectorFields);
  const { Return_Parameters: _, ...rest } = vector.fields;
  const outer = valuesFrom(
    { ...event.parameters.fields, returnParameters: { ...returns, kind: 'rest' } },
    { ...rest, Return_Parameters: toHex(returns.encode(values)) },
  );
  expect(h4(PacketType.event, [event.code], event.parameters.encode(outer))).toBe(vector.h4);
  const decoded = decodePacket(PacketType.event, fromHex(vector.h4).subarray(1));
  expect(decoded.malformed).toBeUndefined();
  expect(decoded.fields).toEqual({ ...outer, commandName: command.name, returnParameters: values });
}

function checkSpecial({ packet, h4: whole, return_parameters: returned, fields }: SpecialVector): void {
  if (returned !== undefined) checkRefusal(packet, fromHex(returned), fields!);
  else if (fields) checkIso(fromHex(whole!), fields);
  else {
    const bytes = fromHex(whole!);
    const decoded = decodePacket(bytes[0]! as PacketTypeCode, bytes.subarray(1));
    expect(decoded.malformed?.message).toMatch(/too short/);
    expect(decoded.malformed?.offset).toBe(4);
    expect(decoded.fields).toEqual({ data: bytes.subarray(1) });
  }
}

/** An ISO data packet, both ways. */
function checkIso(whole: Uint8Array, fields: VectorFields): void {
  expect(whole[0]).toBe(PacketType.iso);
  const packet = isoPacket.read(new ByteReader(whole.subarray(1)));
  const { connectionHandle, packetBoundaryFlag, timeStamp, sdu, data } = packet;
  const extra = 8; // time stamp and header of the SDU
  expect({
    Connection_Handle: connectionHandle,
    PB_Flag: packetBoundaryFlag,
    TS_Flag: timeStamp === undefined ? 0 : 1,
    ISO_Data_Load_Length: extra + data.length,
    Time_Stamp: timeStamp,
    Packet_Sequence_Number: sdu?.packetSequenceNumber,
    ISO_SDU_Length: sdu?.isoSduLength,
    Packet_Status_Flag: sdu?.packetStatusFlag,
  }).toEqual(fields);
  const writer = new ByteWriter();
  isoPacket.write(writer, packet);
  expect(toHex(writer.finish())).toBe(toHex(whole.subarray(1)));
  expect(decodePacket(PacketType.iso, whole.subarray(1))).toMatchObject({
    code: connectionHandle,
    fields: packet,
    malformed: undefined,
  });
}

/** A Command Complete that refuses: only its Status counts, the octets behind are kept aside. */
function checkRefusal(packet: string, returned: Uint8Array, fields: VectorFields): void {
  const command = commandsByName.get(packet.split(' ')[0]!)!;
  const opcode = [command.opcode & 0xff, command.opcode >> 8];
  const decoded = decodePacket(
    PacketType.event,
    concatBytes(Uint8Array.of(COMMAND_COMPLETE, 3 + returned.length, 1, ...opcode), returned),
  );
  expect(Object.keys(fields)).toEqual(['Status']);
  expect(decoded.fields).toMatchObject({ commandName: command.name, commandOpcode: command.opcode });
  expect(decoded.fields['returnParameters']).toEqual({ status: fields['Status'] });
  expect(decoded.trailing).toEqual(returned.subarray(1));
  expect(decoded.malformed).toBeUndefined();
}
