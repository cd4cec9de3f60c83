import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fragment,
  IsoLlid,
  PacketStatus,
  reassemble,
} from '../../../../src/virtual/link-layer/iso/iso-sdu.js';

const octets = (length: number) => Uint8Array.from({ length }, (_, i) => i & 0xff);

describe('an unframed SDU', () => {
  it('is cut into full PDUs, the last marked, and padded to the number of every SDU (Vol 6, Part G, 2.1)', () => {
    const fragments = fragment(octets(120), 50, 4);
    expect(fragments.map(({ llid, data }) => [llid, data.length])).toEqual([
      [IsoLlid.start, 50],
      [IsoLlid.start, 50],
      [IsoLlid.end, 20],
      [IsoLlid.start, 0],
    ]);
  });

  it('of no octets is one empty PDU that ends it', () => {
    expect(fragment(new Uint8Array(0), 50, 1).map(({ llid, data }) => [llid, data.length])).toEqual([[0, 0]]);
    expect(reassemble(fragment(new Uint8Array(0), 50, 2))).toEqual({
      data: octets(0),
      status: PacketStatus.valid,
    });
  });

  it('comes out as it went in, whatever its length', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 500 }),
        fc.integer({ min: 1, max: 251 }),
        fc.nat(3),
        (sdu, maxPdu, more) => {
          const count = Math.max(1, Math.ceil(sdu.length / maxPdu)) + more;
          const received = reassemble(fragment(sdu, maxPdu, count));
          expect(received.status).toBe(PacketStatus.valid);
          expect(received.data).toEqual(sdu);
        },
      ),
    );
  });

  it('is lost without any of its PDUs, and perhaps wrong without some (Vol 4, Part E, 5.4.5)', () => {
    const [a, b, c] = fragment(octets(120), 50, 3);
    expect(reassemble([undefined, undefined, undefined]).status).toBe(PacketStatus.lost);
    expect(reassemble([a, undefined, c]).status).toBe(PacketStatus.invalid);
    expect(reassemble([undefined, b, c]).status).toBe(PacketStatus.invalid);
    expect(reassemble([a, b, undefined]).status).toBe(PacketStatus.invalid);
    expect(reassemble([a, b, c]).data).toEqual(octets(120));
  });
});
