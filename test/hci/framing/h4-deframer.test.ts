import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../../src/core/hex.js';
import { H4Deframer } from '../../../src/hci/framing/h4-deframer.js';

/** Everything a deframer tells, with packets as hexadecimal text, indicator first. */
function record(limits = {}) {
  const packets: string[] = [];
  const lost: string[] = [];
  const found: number[] = [];
  const deframer = new H4Deframer(
    {
      packet: (type, bytes, start, end) =>
        packets.push(toHex(Uint8Array.of(type, ...bytes.subarray(start, end)))),
      lost: (why, bytes, start, end) => lost.push(`${why}: ${toHex(bytes.subarray(start, end))}`),
      found: (dropped) => found.push(dropped),
    },
    limits,
  );
  return { deframer, packets, lost, found };
}

const body = (max: number) => fc.uint8Array({ maxLength: max });
const packet = fc.oneof(
  fc
    .tuple(fc.nat(0xff), fc.nat(0xff), body(255))
    .map(([a, b, p]) => concatBytes(Uint8Array.of(1, a, b, p.length), p)),
  fc
    .tuple(fc.nat(0xff), fc.nat(0xff), body(600))
    .map(([a, b, p]) => concatBytes(Uint8Array.of(2, a, b, p.length & 255, p.length >> 8), p)),
  fc
    .tuple(fc.nat(0xff), fc.nat(0xff), body(255))
    .map(([a, b, p]) => concatBytes(Uint8Array.of(3, a, b, p.length), p)),
  fc.tuple(fc.nat(0xff), body(255)).map(([code, p]) => concatBytes(Uint8Array.of(4, code, p.length), p)),
  fc
    .tuple(fc.nat(0xff), fc.nat(0xff), body(600))
    .map(([a, b, p]) => concatBytes(Uint8Array.of(5, a, b, p.length & 255, p.length >> 8), p)),
);

describe('H4Deframer (Core Vol 4, Part A, 2)', () => {
  it('takes any split of a stream of all five packet types', () => {
    fc.assert(
      fc.property(
        fc.array(packet, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 700 })),
        (packets, sizes) => {
          const stream = concatBytes(...packets);
          const seen = record();
          let at = 0;
          for (let i = 0; at < stream.length; i++) {
            const size = sizes.length > 0 ? sizes[i % sizes.length]! : stream.length;
            // A buffer that is overwritten after each call, as transports do.
            const chunk = stream.slice(at, at + size);
            seen.deframer.push(chunk);
            chunk.fill(0xee);
            at += size;
          }
          expect(seen.packets).toEqual(packets.map((p) => toHex(p)));
          expect(seen.lost).toEqual([]);
        },
      ),
    );
  });

  it('passes a whole packet on where it lies in the chunk, without a copy', () => {
    const chunk = fromHex('040e0401030c00');
    let same = false;
    new H4Deframer({
      packet: (_type, bytes) => {
        same = bytes === chunk;
      },
      lost: () => {},
      found: () => {},
    }).push(chunk);
    expect(same).toBe(true);
  });

  it('reports an impossible indicator with the bytes, once, and goes on at the next sound packet', () => {
    const seen = record();
    seen.deframer.push(fromHex('040e0401030c00 ff00 aa'));
    seen.deframer.push(fromHex('bbcc'));
    seen.deframer.push(fromHex('040e0401030c00 0413050140000100'));
    expect(seen.packets).toEqual(['040e0401030c00', '040e0401030c00', '0413050140000100']);
    expect(seen.lost).toEqual(['255 is no packet indicator: ff00aa']);
    expect(seen.found).toEqual([5]);
    expect(seen.deframer.droppedOctets).toBe(5);
    expect(seen.deframer.losses).toBe(1);
  });

  it('goes on in the same chunk when sound packets follow the garbage', () => {
    const seen = record();
    seen.deframer.push(fromHex('00 040e0401030c00 0413050140000100'));
    expect(seen.packets).toEqual(['040e0401030c00', '0413050140000100']);
    expect(seen.found).toEqual([1]);
  });

  it.each([
    ['ACL data longer than any controller sends', '0240200110'],
    ['ISO data with a reserved bit in its length', '0540200140'],
  ])('reports %s, whole or split', (_name, hex) => {
    for (const size of [5, 1]) {
      const seen = record();
      const bytes = fromHex(hex);
      for (let at = 0; at < bytes.length; at += size) seen.deframer.push(bytes.subarray(at, at + size));
      expect(seen.lost.length).toBe(1);
      expect(seen.lost[0]).toMatch(/impossible packet length/);
      seen.deframer.push(fromHex('040e0401030c00'));
      expect(seen.packets).toEqual(['040e0401030c00']);
    }
  });

  it('survives any garbage, and is back in step after sound packets follow (no crash, no hang, every octet accounted for)', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }), (chunks) => {
        const seen = record();
        for (const chunk of chunks) seen.deframer.push(chunk);
        const octets = seen.packets.reduce((sum, p) => sum + p.length / 2, 0) + seen.deframer.droppedOctets;
        const sent = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
        expect(octets).toBeLessThanOrEqual(sent);
      }),
    );
  });
});
