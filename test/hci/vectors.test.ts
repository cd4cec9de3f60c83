import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BdAddr } from '../../src/core/address.js';
import type { Fields, Struct } from '../../src/core/codec.js';
import { concatBytes, fromHex, toHex } from '../../src/core/hex.js';
import { decodePacket } from '../../src/hci/decode.js';
import type { AnyCommand, AnyEvent } from '../../src/hci/definition.js';
import { PacketType } from '../../src/hci/packet-type.js';
import { allCommands, allEvents } from '../../src/hci/registry.js';
import { describeWithShared, shared } from '../support/shared.js';
import { runsVector } from '../support/vector-case.js';

type VectorFields = Readonly<Record<string, unknown>>;

interface Vector {
  readonly packet: string;
  readonly h4: string;
  readonly fields: VectorFields;
}

/** JSON with its 64-bit numbers as `bigint`, which JSON.parse would round. */
function vectorsOf(path: string): readonly Vector[] {
  const text = readFileSync(shared(path), 'utf8').replace(/: (\d{16,})/g, ': "$1n"');
  return (JSON.parse(text) as { vectors: readonly Vector[] }).vectors;
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
  const vectors = vectorsOf('vectors/hci-packets.json');
  const leftOut: string[] = [];

  for (const [index, vector] of vectors.entries()) {
    const run = prepare(vector);
    const options = runsVector('hci-packets.json', 'vectors', index);
    if (run) it(`hold for ${vector.packet} ${vector.h4.slice(0, 24)}, both ways`, options, run);
    else leftOut.push(vector.packet);
  }

  it('leave none out', () => {
    if (leftOut.length > 0) console.warn(`left out, because nothing declares them: ${leftOut.join(', ')}`);
    expect(leftOut).toEqual([]);
    expect(vectors.length).toBeGreaterThan(0);
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
