import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../../src/core/hex.js';
import {
  H5_MAX_PAYLOAD,
  H5_RELIABLE,
  h5Crc,
  readH5Header,
  writeH5Packet,
} from '../../../src/hci/framing/h5-packet.js';
import { SlipEncoder } from '../../../src/hci/framing/slip.js';
import { crcBitByBit, h5Packet, slip } from '../../support/h5-peer.js';

const LINK_CONTROL = 15;

function write(first: number, type: number, crc: boolean, payload: Uint8Array): Uint8Array {
  const encoder = new SlipEncoder();
  writeH5Packet(encoder, first, type, crc, payload, 0, payload.length);
  return encoder.take();
}

function read(packet: Uint8Array) {
  const header = { seq: 0, ack: 0, reliable: false, type: 0, start: 0, end: 0 };
  return { wrong: readH5Header(packet, 0, packet.length, header), header };
}

describe('H5 packets (Core Vol 4, Part D, 4 and 5)', () => {
  // The frames as other hosts and controllers send them; the checksum of those with a field is 0xC0, and so escaped.
  it.each([
    ['SYNC', '017e', 'c0002f00d0017ec0'],
    ['SYNC RESPONSE', '027d', 'c0002f00d0027dc0'],
    ['CONFIG, window 4 and CRC', '03fc14', 'c0003f00dbdc03fc14c0'],
    ['CONFIG RESPONSE, window 4', '047b04', 'c0003f00dbdc047b04c0'],
    ['WAKEUP', '05fa', 'c0002f00d005fac0'],
    ['WOKEN', '06f9', 'c0002f00d006f9c0'],
    ['SLEEP', '0778', 'c0002f00d00778c0'],
  ])('%s is %s in the frame %s', (_name, payload, frame) => {
    expect(toHex(write(0, LINK_CONTROL, false, fromHex(payload)))).toBe(frame);
  });

  // Made by binascii.crc_hqx of Python over the octets with their bits reversed, beginning with 0xFFFF.
  it.each([
    ['HCI_Reset', H5_RELIABLE, 1, '030c00', 'c031000e030c009798'],
    [
      'its answer, acknowledging packet 0',
      H5_RELIABLE | (1 << 3),
      4,
      '0e0401030c00',
      'c86400d30e0401030c00b75c',
    ],
    ['an acknowledgement', 1 << 3, 0, '', '480000b75e8c'],
  ])('%s with CRC has the octets that another program computes', (_name, first, type, payload, packet) => {
    expect(toHex(write(first, type, true, fromHex(payload)))).toBe(
      toHex(Uint8Array.from(slip([...fromHex(packet)]))),
    );
    expect(read(fromHex(packet)).wrong).toBeUndefined();
  });

  it('has the check value of CRC-16/MCRF4XX, 0x6F91, with its bits the other way round (5.1)', () => {
    expect(h5Crc(new TextEncoder().encode('123456789'), 0, 9)).toBe(0x89f6);
  });

  it('carries the longest payload, 4095 octets', () => {
    const payload = Uint8Array.from({ length: H5_MAX_PAYLOAD }, (_, i) => i & 0xff);
    const packet = Uint8Array.from(
      h5Packet({ seq: 7, ack: 7, reliable: true, crc: true, type: 2 }, [...payload]),
    );
    expect(toHex(packet.subarray(0, 4))).toBe('fff2ff0f');
    expect(toHex(packet.subarray(-2))).toBe('b34e');
    expect([...write(H5_RELIABLE | 0x3f, 2, true, payload)]).toEqual(slip([...packet]));
    expect(read(packet)).toMatchObject({ wrong: undefined, header: { start: 4, end: 4099, seq: 7, ack: 7 } });
  });

  it('agrees with a shift register on every CRC, and with packets that were put together by hand', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(7),
        fc.nat(7),
        fc.boolean(),
        fc.boolean(),
        fc.nat(15),
        (payload, seq, ack, reliable, crc, type) => {
          const [high, low] = crcBitByBit([...payload]);
          expect(h5Crc(payload, 0, payload.length)).toBe(high * 256 + low);
          const packet = h5Packet({ seq, ack, reliable, crc, type }, [...payload]);
          const first = (reliable ? H5_RELIABLE : 0) | (ack << 3) | seq;
          expect([...write(first, type, crc, payload)]).toEqual(slip(packet));
          expect(read(Uint8Array.from(packet))).toEqual({
            wrong: undefined,
            header: { seq, ack, reliable, type, start: 4, end: 4 + payload.length },
          });
        },
      ),
    );
  });

  it('finds any octet changed by its CRC or the checksum of the header, and any octet lost or added', () => {
    const packet = Uint8Array.from(
      h5Packet({ seq: 3, ack: 5, reliable: true, crc: true, type: 2 }, [1, 2, 3, 4, 5, 6, 7, 8]),
    );
    for (let at = 0; at < packet.length; at++) {
      for (let change = 1; change < 256; change++) {
        const damaged = packet.slice();
        damaged[at]! ^= change;
        expect(read(damaged).wrong, `octet ${at}`).toBeTypeOf('string');
      }
      expect(read(Uint8Array.from([...packet.subarray(0, at), ...packet.subarray(at + 1)])).wrong).toBeTypeOf(
        'string',
      );
      expect(
        read(Uint8Array.from([...packet.subarray(0, at), 0x55, ...packet.subarray(at)])).wrong,
      ).toBeTypeOf('string');
    }
  });

  it('reads any octets without an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const { wrong, header } = read(octets);
        if (wrong === undefined) expect(header.end).toBeLessThanOrEqual(octets.length);
      }),
    );
  });
});
