import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/core/index.js';
import { llCisReq } from '../../../../src/virtual/link-layer/iso/cis-pdus.js';
import { World } from '../../world.js';
import { completed, openPath, streamingPair, withStream } from './streams.js';

/** ISO data of a stream with headers that are right or wrong. */
const packets = fc.array(
  fc.tuple(
    fc.constantFrom(0, 1, 2, 3),
    fc.boolean(),
    fc.nat(300),
    fc.uint8Array({ maxLength: 120 }),
    fc.integer({ min: -1, max: 1 }),
  ),
  { maxLength: 40 },
);

describe('ISO data of any kind', () => {
  it('never throws, and gives back no more buffers than were taken', async () => {
    await fc.assert(
      fc.asyncProperty(packets, fc.nat(100), async (steps, seed) => {
        const world = new World(seed);
        const pair = await withStream(world, await streamingPair(world));
        const { hci, controller } = pair.central;
        await openPath(hci, pair.cisAtCentral, 0);
        await openPath(pair.peripheral.hci, pair.cisAtPeripheral, 1);
        const random = seededRandom(seed);
        let back = 0;
        for (const [boundary, stamp, length, data, wrong] of steps) {
          const handle = pair.cisAtCentral;
          const head = [
            ...(stamp ? [1, 2, 3, 4] : []),
            ...(boundary === 0 || boundary === 2 ? [1, 0, length & 0xff, length >> 8] : []),
          ];
          const load = head.length + data.length + wrong;
          await hci.send(
            Uint8Array.of(
              5,
              handle & 0xff,
              (handle >> 8) | (boundary << 4) | (stamp ? 0x40 : 0),
              load & 0xff,
              (load >> 8) & 0x3f,
              ...head,
              ...data,
            ),
          );
          if (random.fill(new Uint8Array(1))[0]! < 80) await world.clock.advance(10);
          back += completed(hci, handle);
        }
        await world.clock.advance(200);
        back += completed(hci, pair.cisAtCentral);
        expect(back).toBeLessThanOrEqual(controller.counters.isoPackets);
        expect(pair.peripheral.controller.activity.connections).toBe(1);
        world.air.close();
        expect(world.clock.pending).toBe(0);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a request for a stream', () => {
  const body = llCisReq.body;
  it('of any octets leaves the connection and the time of the world alone', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: body.size!, maxLength: body.size! }), async (octets) => {
        const world = new World();
        const pair = await streamingPair(world);
        // From the host's side nothing like this can be sent: it comes from the central's link layer itself.
        const central = (pair.central.controller as unknown as { linkLayer: LinkLayerOf }).linkLayer;
        central.connections.get(1)!.control.pdus.push(Uint8Array.of(llCisReq.opcode, ...octets));
        await world.clock.advance(300);
        expect(pair.peripheral.controller.activity.connections).toBe(1);
        world.air.close();
      }),
      { numRuns: 60 },
    );
  });
});

interface LinkLayerOf {
  readonly connections: Map<number, { readonly control: { readonly pdus: Uint8Array[] } }>;
}
