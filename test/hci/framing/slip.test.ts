import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { SlipDecoder, SlipEncoder } from '../../../src/hci/framing/slip.js';
import { slip } from '../../support/h5-peer.js';

function encode(frames: readonly Uint8Array[], flowControl = false): Uint8Array {
  const encoder = new SlipEncoder();
  encoder.flowControl = flowControl;
  for (const frame of frames) {
    encoder.delimit();
    encoder.add(frame, 0, frame.length);
    encoder.delimit();
  }
  return encoder.take();
}

function decoder(limit: number) {
  const found: string[] = [];
  const broken: string[] = [];
  const flow: boolean[] = [];
  const made = new SlipDecoder(
    {
      frame: (bytes, start, end) => found.push(toHex(bytes.subarray(start, end))),
      broken: (why, bytes, start, end) => broken.push(`${why}: ${toHex(bytes.subarray(start, end))}`),
      flow: (on) => flow.push(on),
    },
    limit,
  );
  return { made, found, broken, flow };
}

describe('SLIP (Core Vol 4, Part D, 3)', () => {
  it('escapes delimiter and escape, and XON and XOFF where they are flow control', () => {
    const payload = fromHex('01c0db1113ff');
    expect(toHex(encode([payload]))).toBe('c001dbdcdbdd1113ffc0');
    expect(toHex(encode([payload], true))).toBe('c001dbdcdbdddbdedbdfffc0');
    expect([...encode([payload], true)]).toEqual(slip([...payload], true));
  });

  it('gives back any frames, however they are cut, with flow control and without', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        fc.boolean(),
        (frames, sizes, flowControl) => {
          const { made, found, broken } = decoder(40);
          made.flowControl = flowControl;
          const stream = encode(frames, flowControl);
          expect([...stream]).toEqual(frames.flatMap((frame) => slip([...frame], flowControl)));
          for (let at = 0, i = 0; at < stream.length; ) {
            const size = sizes[i++ % sizes.length]!;
            made.push(stream.subarray(at, at + size));
            at += size;
          }
          expect(found).toEqual(frames.map((frame) => toHex(frame)));
          expect(broken).toEqual([]);
        },
      ),
    );
  });

  it('does the same with any octets, whole or cut into single octets', () => {
    const special = fc.constantFrom(0xc0, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0x11, 0x13, 1, 2);
    fc.assert(
      fc.property(fc.array(special, { maxLength: 60 }), fc.boolean(), (octets, flowControl) => {
        const whole = decoder(7);
        const cut = decoder(7);
        whole.made.flowControl = cut.made.flowControl = flowControl;
        whole.made.push(Uint8Array.from(octets));
        for (const octet of octets) cut.made.push(Uint8Array.of(octet));
        expect(whole.found).toEqual(cut.found);
        expect(whole.broken.length).toBe(cut.broken.length);
        expect(whole.flow).toEqual(cut.flow);
        expect(whole.made.stray).toBe(cut.made.stray);
        for (const frame of whole.found) expect(frame.length).toBeLessThanOrEqual(14);
      }),
      { examples: [[[192, 223, 222, 223, 220, 1, 2, 1, 222, 221], false]] },
    );
  });

  it('takes frames that share a delimiter, and passes over empty ones', () => {
    const { made, found } = decoder(10);
    made.push(fromHex('c0c0c00102c00304c0c005c0'));
    expect(found).toEqual(['0102', '0304', '05']);
  });

  it('throws away a wrong escape and a frame without end, says so, and takes the next', () => {
    const { made, found, broken } = decoder(8);
    made.push(fromHex('ffff c001db05 99 c0 0203 c0 01db c0'));
    made.push(new Uint8Array(5000).fill(7));
    made.push(fromHex('c0aac0'));
    expect(found).toEqual(['0203', 'aa']);
    expect(broken).toEqual([
      'DB 05 is no escape: 01',
      'a frame ends in an escape: 01',
      'a frame is longer than a packet can be: ',
    ]);
    // Two before the first frame; what is behind a wrong escape belongs to the frame that was thrown away.
    expect(made.stray).toBe(2);
  });

  it('holds to its limit whether a frame lies whole in a chunk or not', () => {
    const whole = decoder(8);
    whole.made.push(fromHex('c0010203040506070809c0c00102030405060708c0'));
    const cut = decoder(8);
    for (const half of ['c001020304', '0506070809c0c001020304', '05060708c0']) cut.made.push(fromHex(half));
    for (const { found, broken } of [whole, cut]) {
      expect(found).toEqual(['0102030405060708']);
      expect(broken).toHaveLength(1);
    }
  });

  it('sees XON and XOFF in the middle of frames and escapes, where they are flow control (10.1)', () => {
    const { made, found, flow } = decoder(8);
    made.flowControl = true;
    made.push(fromHex('13 c0 01 11 db 13 dc 11 02 c0'));
    expect(found).toEqual(['01c002']);
    expect(flow).toEqual([false, true, false, true]);
  });
});
