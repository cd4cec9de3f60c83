import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../src/core/clock.js';
import { seededRandom } from '../../../src/core/random.js';
import { blankKeys, type CaptureRecord, readCapture } from '../../../src/hci/capture/index.js';
import { type HostPlay, type PlayHostOptions, playHost } from '../../../src/replay/index.js';
import { lock, World } from '../../../src/virtual/index.js';

/** A phone pairs with the simulated lock of seed 7, and comes again: fixtures/record/virtual.mjs. */
const capture = readFileSync(new URL('../../../fixtures/lock-pairing.btsnoop', import.meta.url));

async function playAtLock(
  records: Uint8Array | readonly CaptureRecord[],
  seed: number,
  options: PlayHostOptions,
): Promise<HostPlay> {
  const clock = new SimulatedClock();
  const world = await clock.run(World.open({ clock, random: seededRandom(seed), devices: [lock] }));
  const transport = world.controller('00:00:5E:00:53:01').transport();
  const played = await clock.run(playHost(records, transport, { clock, ...options }));
  await clock.run(world.close());
  return played;
}

describe('the host of a capture that pairs, played at a controller', () => {
  it('pairs again with a peer that draws the same, and encrypts both links with the captured key', async () => {
    for (const mode of ['strict', 'lenient'] as const) {
      const { divergence, noted, unexpected } = await playAtLock(capture, 7, { mode });
      expect(divergence?.text).toBeUndefined();
      expect([noted, unexpected]).toEqual([[], []]);
    }
  });

  it('ends where a peer that draws otherwise gives its public key: what is captured answers another one (Vol 3, Part H, 2.3.5.6.1)', async () => {
    const { divergence } = await playAtLock(capture, 8, { mode: 'lenient' });
    expect(divergence?.expected?.name).toBe('SMP Pairing Public Key');
    expect(divergence?.path).toBe('data.smp.publicKeyX');
  });

  it('ends where the link would be encrypted, when its key was zeroed in the capture: the peer has another (Vol 6, Part B, 5.1.3.1)', async () => {
    const zeroed = readCapture(capture).list.map((record) => {
      const packet = record.packet.slice();
      blankKeys(record.type, packet, 0, packet.length);
      return { ...record, packet };
    });
    const { divergence, unexpected } = await playAtLock(zeroed, 7, { graceMs: 10_000 });
    expect(divergence?.expected?.name).toBe('Encryption_Change [v1]');
    expect(divergence?.got).toBeUndefined();
    // The peer is gone at once, and the link with its supervision timeout.
    expect(unexpected).toContain('Disconnection_Complete');
  });
});
