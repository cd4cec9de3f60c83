import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../../src/core/clock.js';
import { concatBytes, fromHex, toHex } from '../../../../src/core/hex.js';
import { PacketJoiner } from '../../../../src/hci/transport/usb/packet-joiner.js';

function joinerOf(header: 2 | 4) {
  const clock = new SimulatedClock();
  const packets: string[] = [];
  const lost: string[] = [];
  const joiner = new PacketJoiner({
    clock,
    header,
    lengthOf: (bytes, at) => {
      if (bytes[at] === 0) return -1;
      return header === 2 ? bytes[at + 1]! : bytes[at + 2]! | (bytes[at + 3]! << 8);
    },
    packet: (bytes, start, end) => packets.push(toHex(bytes.subarray(start, end))),
    lost: (message, bytes) => lost.push(`${message} ${toHex(bytes)}`),
  });
  /** Pushes a transfer whose buffer is used again afterwards, and was longer than what came. */
  const push = (bytes: Uint8Array) => {
    const buffer = concatBytes(bytes, Uint8Array.of(0xee, 0xee, 0xee));
    joiner.push(buffer, bytes.length);
    buffer.fill(0xee);
  };
  return { clock, joiner, packets, lost, push };
}

describe('packets of HCI in USB transfers (Vol 4, Part B, 2.1)', () => {
  it.each([2, 4] as const)(
    'come out as they were, however they are cut and joined (header of %i octets)',
    (header) => {
      const packet = fc
        .tuple(fc.integer({ min: 1, max: 255 }), fc.uint8Array({ maxLength: header === 2 ? 255 : 1100 }))
        .map(([first, body]) =>
          header === 2
            ? Uint8Array.of(first, body.length, ...body)
            : Uint8Array.of(first, 0x20, body.length & 0xff, body.length >> 8, ...body),
        );
      fc.assert(
        fc.property(
          fc.array(packet, { minLength: 1, maxLength: 8 }),
          fc.array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 40 }),
          (packets, cuts) => {
            const { packets: out, lost, push, joiner } = joinerOf(header);
            const all = concatBytes(...packets);
            let at = 0;
            for (let i = 0; at < all.length; i++) {
              // The cuts are taken round and round; where all are 0, the rest goes at once.
              const cut = i < 200 ? cuts[i % cuts.length]! : all.length;
              push(all.subarray(at, at + cut));
              at += cut;
            }
            expect(out).toEqual(packets.map((one) => toHex(one)));
            expect(lost).toEqual([]);
            expect(joiner.inside).toBe(false);
          },
        ),
      );
    },
  );

  it('of full length are whole without an empty transfer behind them, and an empty one is nothing', () => {
    const { push, packets } = joinerOf(2);
    push(fromHex(`3e0e${'01'.repeat(14)}`));
    expect(packets).toHaveLength(1);
    push(new Uint8Array(0));
    push(fromHex('0f0400010000'));
    expect(packets[1]).toBe('0f0400010000');
  });

  it('that can be none are told of with their octets, and the rest of their transfer is passed over', () => {
    const { push, packets, lost } = joinerOf(2);
    push(fromHex('0f0400010000 00ff11223344'));
    push(fromHex('0e0401030c00'));
    expect(packets).toEqual(['0f0400010000', '0e0401030c00']);
    expect(lost).toEqual(['what came is no HCI packet 00ff11223344']);
  });

  it('whose header is cut and makes no sense are told of likewise', () => {
    const { push, packets, lost } = joinerOf(4);
    push(fromHex('0020'));
    push(fromHex('05001122'));
    push(fromHex('40200100aa'));
    expect(packets).toEqual(['40200100aa']);
    expect(lost).toEqual(['what came is no HCI packet 00200500']);
  });

  it('whose rest does not come within a second are given up when the next one begins', async () => {
    const { clock, push, packets, lost } = joinerOf(2);
    push(fromHex('3e14 0102'));
    await clock.advance(1001);
    push(fromHex('0e0401030c00'));
    expect(packets).toEqual(['0e0401030c00']);
    expect(lost).toEqual(['the rest of a packet did not come within 1000 ms 3e140102']);
  });

  it('never make it fail, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 70 }), { maxLength: 20 }), (transfers) => {
        const { push, lost } = joinerOf(4);
        for (const transfer of transfers) push(transfer);
        for (const one of lost) expect(one.length).toBeLessThan(200);
      }),
    );
  });
});
