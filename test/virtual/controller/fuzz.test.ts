import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as commands from '../../../src/hci/commands/index.js';
import type { AnyCommand } from '../../../src/hci/definition.js';
import { commandComplete, commandStatus } from '../../../src/hci/events/index.js';
import { parseEvent } from '../../support/hci-script.js';
import { type ConnectedPair, World } from '../world.js';

const opcodes = Object.values(commands as Record<string, unknown>)
  .filter((value): value is AnyCommand => (value as AnyCommand | undefined)?.type === 'command')
  .map(({ opcode }) => opcode);

const parameters = fc.oneof(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 5, max: 4 }));

/** Commands that exist, with any parameters, their length right or wrong. */
const knownCommand = fc
  .tuple(fc.constantFrom(...opcodes), parameters, fc.boolean())
  .map(([opcode, body, right]) =>
    Uint8Array.of(1, opcode & 0xff, opcode >> 8, right ? body.length : (body.length + 1) & 0xff, ...body),
  );

/** Commands of the implemented kind, with parameters of the right length and mostly small values. */
const likelyCommand = fc
  .constantFrom(
    ...Object.values(commands as Record<string, AnyCommand>).filter(
      (value) => value?.type === 'command' && value.parameters.size !== undefined && value.opcode < 0x2033,
    ),
  )
  .chain((definition) => {
    const size = definition.parameters.size!;
    return fc
      .array(fc.oneof(fc.constantFrom(0, 1, 2, 3, 7, 16, 32), fc.nat(255)), {
        minLength: size,
        maxLength: size,
      })
      .map((body) => Uint8Array.of(1, definition.opcode & 0xff, definition.opcode >> 8, size, ...body));
  });

const acl = fc
  .tuple(fc.nat(0xffff), fc.uint8Array({ maxLength: 60 }), fc.integer({ min: -1, max: 1 }))
  .map(([word, data, wrong]) => {
    const length = Math.max(0, data.length + wrong);
    return Uint8Array.of(2, word & 0xff, word >> 8, length & 0xff, length >> 8, ...data);
  });

const aclOnLink = fc
  .tuple(fc.nat(1), fc.uint8Array({ maxLength: 60 }))
  .map(([flag, data]) => Uint8Array.of(2, 1, flag << 4, data.length, 0, ...data));

const anything = fc.uint8Array({ minLength: 0, maxLength: 40 });

const packets = fc.array(
  fc.tuple(
    fc.nat(1),
    fc.oneof(knownCommand, likelyCommand, likelyCommand, acl, aclOnLink, anything),
    fc.constantFrom(0, 0, 1, 40),
  ),
  { maxLength: 60 },
);

/** Whether a packet is a command: it has an opcode. */
function isCommand(packet: Uint8Array): boolean {
  return packet[0] === 1 && packet.length >= 3;
}

/** Host Number Of Completed Packets is answered only when it is wrong: Core Vol 4, Part E, 7.3.40. */
function mayStayUnanswered(packet: Uint8Array): boolean {
  return packet[1] === 0x35 && packet[2] === 0x0c;
}

describe('a virtual controller given any octets', () => {
  it('never throws, answers every command once, and sends only well-formed packets', async () => {
    await fc.assert(
      fc.asyncProperty(packets, fc.nat(1000), async (steps, seed) => {
        const world = new World(seed);
        const pair: ConnectedPair = await world.connected();
        for (const [who, packet, wait] of steps) {
          const { hci, controller } = who === 0 ? pair.central : pair.peripheral;
          hci.received.length = 0;
          const before = controller.counters.commands;
          await hci.send(packet);
          const answers = hci.received.filter(
            (one) => parseEvent(commandComplete, one) ?? parseEvent(commandStatus, one),
          );
          const expected = isCommand(packet) ? 1 : 0;
          expect(controller.counters.commands - before).toBe(expected);
          if (mayStayUnanswered(packet)) expect(answers.length).toBeLessThanOrEqual(expected);
          else expect(answers).toHaveLength(expected);
          for (const one of hci.received) {
            const length = one[0] === 4 ? one[2]! + 3 : one[0] === 2 ? (one[3]! | (one[4]! << 8)) + 5 : -1;
            expect(one.length).toBe(length);
          }
          if (wait > 0) await world.clock.advance(wait);
        }
        await world.clock.advance(2000);
        world.air.close();
        expect(world.clock.pending).toBe(0);
      }),
      { numRuns: 120 },
    );
  });
});
