import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { settle } from '../../src/core/clock.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { AttOpcode } from '../../src/gatt/att/opcodes.js';
import { GattClient } from '../../src/gatt/client/client.js';
import { characteristic, service } from '../../src/gatt/server/definition.js';
import { ScriptedServer, scriptedBearer } from '../support/gatt.js';

/** PDUs of known opcodes with small handles more often than chance would have it, and plain noise. */
const pdu = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc
    .tuple(
      fc.constantFrom(...Object.values(AttOpcode)),
      fc.array(fc.oneof(fc.nat(12), fc.constantFrom(0, 0x28, 0x29, 0x2a, 0xff)), { maxLength: 24 }),
    )
    .map(([opcode, rest]) => Uint8Array.of(opcode, ...rest)),
);

const requests: readonly number[] = [0x02, 0x04, 0x06, 0x08, 0x0a, 0x0c, 0x0e, 0x10, 0x12, 0x16, 0x18, 0x20];
const silent: ReadonlySet<number> = new Set(
  Object.values(AttOpcode).filter((opcode) => !requests.includes(opcode)),
);

function hostWithServices(): ScriptedServer {
  const host = new ScriptedServer();
  host.server.add(
    service(0x180d, {
      a: characteristic(0x2a00, {
        read: true,
        write: true,
        writeWithoutResponse: true,
        value: new Uint8Array(40),
      }),
      b: characteristic(0x2a01, { read: { level: 2 }, notify: true, description: 'b' }),
      c: characteristic(0x2a02, { read: true, write: true, onRead: () => Promise.resolve(Uint8Array.of(1)) }),
    }),
  );
  return host;
}

describe('whatever a peer sends', () => {
  it('the server answers each request once and nothing else, within the MTU, and never throws', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pdu, { maxLength: 20 }), async (pdus) => {
        const link = hostWithServices().connect();
        for (const bytes of pdus) {
          link.channel.receive(bytes);
          await settle();
          const answers = link.channel.take();
          const opcode = bytes[0];
          // An indication is confirmed; a command has no answer, known or not.
          const isSilent = opcode === undefined || (opcode & 0x40) !== 0 || silent.has(opcode);
          const confirmed = opcode === AttOpcode.handleValueInd && bytes.length >= 3;
          expect(answers.length, toHex(bytes)).toBe(confirmed || !isSilent ? 1 : 0);
          for (const answer of answers.map(fromHex)) {
            expect(answer.length).toBeLessThanOrEqual(link.bearer.mtu);
            if (confirmed) expect([...answer]).toEqual([0x1e]);
            else if (answer[0] === AttOpcode.errorRsp)
              expect([answer.length, answer[1]]).toEqual([5, opcode]);
            else expect(answer[0]).toBe(opcode! + 1);
          }
        }
      }),
      { numRuns: 150 },
    );
  });

  it('the client’s procedures end, each with a value or an error, and never throw', async () => {
    const procedures: readonly ((client: GattClient) => Promise<unknown>)[] = [
      (client) => client.discoverAll(),
      (client) => client.discoverServices(0x180d),
      (client) => client.exchangeMtu(),
      (client) => client.readLong(3),
      (client) => client.readByUuid(0x2a00),
      (client) => client.readMultipleVariable([1, 2]),
      (client) => client.writeLong(3, new Uint8Array(60), { reliable: true }),
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...procedures),
        fc.infiniteStream(fc.tuple(fc.boolean(), pdu)),
        async (procedure, stream) => {
          const { bearer, channel, clock } = scriptedBearer();
          const client = new GattClient(bearer);
          channel.onSend = (request) => {
            const [matching, bytes] = stream.next().value;
            // Half of them have the opcode that is waited for.
            if (matching) bytes[0] = Number.parseInt(request.slice(0, 2), 16) + 1;
            return toHex(bytes);
          };
          // What is not answered times out after 30 s of simulated time.
          const ended = procedure(client).then(
            () => 'value',
            (error: unknown) => (error instanceof Error ? 'error' : 'something'),
          );
          expect(await clock.run(ended)).not.toBe('something');
        },
      ),
      { numRuns: 150 },
    );
  });
});
