import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scrubber } from '../../../src/cli/scrub/scrubber.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { Decoder, findField } from '../../../src/decode/index.js';
import { type CaptureRecord, hciRecord } from '../../../src/hci/capture/index.js';

const ascii = (text: string) => toHex(new TextEncoder().encode(text));
const le16 = (value: number) => toHex(Uint8Array.of(value & 0xff, value >> 8));

/** A packet of H4 hex text: `>` to the controller or `<` from it. */
function record(text: string): CaptureRecord {
  const octets = fromHex(text.slice(1).replaceAll(' ', ''));
  return hciRecord(0, text.startsWith('>'), octets[0]!, octets.slice(1));
}

function scrub(packets: readonly string[], options: { keepValues?: boolean; keepPairing?: boolean } = {}) {
  const made: string[] = [];
  const records = packets.map(record);
  const scrubber = new Scrubber(
    'seed',
    { keepValues: false, keepPairing: false, ...options },
    ({ sent, type, packet }) => made.push(`${sent ? '>' : '<'} ${toHex(Uint8Array.of(type, ...packet))}`),
  );
  for (const one of records) scrubber.learn(one);
  for (const one of records) scrubber.scrub(one);
  scrubber.end();
  return { made, counts: scrubber.counts };
}

/** An ACL packet with a whole frame or a part of one. */
const acl = (arrow: string, boundary: number, data: string) =>
  `${arrow} 02 ${le16(0x0040 | (boundary << 12))} ${le16(data.replaceAll(' ', '').length / 2)} ${data}`;
const att = (pdu: string) => `${le16(pdu.replaceAll(' ', '').length / 2)} 0400 ${pdu}`;

const text = (packet: string, ...path: string[]) => {
  const { sent, type, packet: octets } = record(packet);
  return findField(new Decoder().decode(sent, type, octets).fields, ...path)?.value;
};

describe('scrubbing', () => {
  const report = (name: string, type = '09') =>
    `< 04 3e ${toHex(Uint8Array.of(12 + 2 + name.length))} 02 01 00 01 0100dec0dec0 ${toHex(Uint8Array.of(name.length + 2, name.length + 1))} ${type} ${ascii(name)} c0`;

  it('a shortened name stays the beginning of the whole one, in letters', () => {
    const { made } = scrub([report('Hans Battery'), report('Hans', '08')]);
    const path = ['reports', '0', 'data'];
    const whole = text(made[0]!, ...path, 'completeLocalName', 'name');
    const short = text(made[1]!, ...path, 'shortenedLocalName', 'name');
    expect(whole).toMatch(/^[A-Z][a-z]{11}$/);
    expect(String(whole).slice(0, 4)).toBe(short);
  });

  it('a Device Name that GATT reads is the one that is advertised, also in fragments', () => {
    const name = 'Living Room Thermometer of Mrs Example';
    const read = att(`0b ${ascii(name)}`).replaceAll(' ', '');
    const packets = [
      report(name.slice(0, 20), '08'),
      acl('>', 0, att('08 0100 ffff 002a')),
      // Read By Type Response: handle 3, then the name.
      acl('<', 2, att(`09 ${toHex(Uint8Array.of(2 + name.length))} 0300 ${ascii(name)}`)),
      acl('>', 0, att('0a 0300')),
      acl('<', 2, read.slice(0, 20)),
      acl('<', 1, read.slice(20, 50)),
      acl('<', 1, read.slice(50)),
    ];
    const { made } = scrub(packets);
    const listed = fromHex(made[2]!.slice(2).replaceAll(' ', '')).subarray(-name.length);
    const joined = made
      .slice(4)
      .map((one) => one.slice(2 + 10))
      .join('');
    expect(joined.length).toBe(read.length);
    expect(joined.slice(0, 10)).toBe(read.slice(0, 10));
    expect(joined.slice(10)).toBe(toHex(listed));
    expect(new TextDecoder().decode(listed)).toMatch(/^[A-Z][a-z]+$/);
    expect(text(made[0]!, 'reports', '0', 'data', 'shortenedLocalName', 'name')).toBe(
      new TextDecoder().decode(listed.subarray(0, 20)),
    );
  });

  it('handles, UUIDs and subscriptions stay, values do not, unless they are kept', () => {
    const packets = [
      acl('>', 0, att('10 0100 ffff 0028')),
      acl('<', 2, att('11 06 0100 0500 0018 0600 ffff 0d18')),
      acl('>', 0, att('12 0700 0100')),
      acl('>', 0, att('12 0900 deadbeef')),
      acl('<', 2, att('1b 0600 1648 1234')),
    ];
    const plain = packets.map((packet) => packet.replaceAll(' ', '').replace(/^./, '$& '));
    const { made } = scrub(packets);
    expect(made.slice(0, 3)).toEqual(plain.slice(0, 3));
    expect(made[3]).not.toBe(plain[3]);
    expect(made[3]!.slice(0, -8)).toBe(plain[3]!.slice(0, -8));
    expect(made[4]!.slice(0, -8)).toBe(plain[4]!.slice(0, -8));
    expect(made[4]).not.toBe(plain[4]);
    expect(scrub(packets, { keepValues: true }).made).toEqual(plain);
  });

  it('the echo of a prepared write is what was written', () => {
    const { made } = scrub([
      acl('>', 0, att('16 0900 0000 0102030405')),
      acl('<', 2, att('17 0900 0000 0102030405')),
    ]);
    expect(made[0]!.slice(-10)).toBe(made[1]!.slice(-10));
    expect(made[0]!.slice(-10)).not.toBe('0102030405');
  });

  it('the company of manufacturer data and the UUID of service data stay', () => {
    const { made } = scrub(['< 04 3e 18 02 01 03 00 0100dec00200 0c 05ff4c00aabb 0516 0d18 ccdd c0']);
    expect(made[0]).toMatch(/^< 043e1802010300............0c05ff4c00....05160d18....c0$/);
    expect(made[0]).not.toMatch(/aabb|ccdd/);
  });

  it('keys are zeroed; what pairing exchanged is replaced unless it is kept; what says which key it was stays one', () => {
    const key = '11'.repeat(16);
    const packets = [
      acl('<', 2, `1100 0600 06 ${key}`),
      acl('<', 2, `0b00 0600 07 3412 0102030405060708`),
      `> 01 1920 1c 4000 0102030405060708 3412 ${key}`,
      acl('<', 2, `1100 0600 04 ${'22'.repeat(16)}`),
      // Secure Connections has no EDIV and Rand: zero says so.
      `> 01 1920 1c 4000 0000000000000000 0000 ${key}`,
    ];
    const { made } = scrub(packets);
    expect(made[0]!.slice(-32)).toBe('00'.repeat(16));
    expect(made[2]!.slice(-32)).toBe('00'.repeat(16));
    const ediv = made[1]!.slice(-20, -16);
    const rand = made[1]!.slice(-16);
    expect(made[2]!.slice(2 + 12, 2 + 32)).toBe(rand + ediv);
    expect(rand).not.toBe('0102030405060708');
    expect(made[3]).not.toContain('2222');
    expect(made[4]!.slice(2 + 12)).toBe('00'.repeat(26));
    expect(scrub(packets, { keepPairing: true }).made[3]).toContain('22'.repeat(16));
  });

  it('packets of BR/EDR, which are not declared: addresses, names and link keys', () => {
    const address = '010203040506';
    const name = ascii('Alice’s phone').padEnd(496, '0');
    const { made } = scrub([
      `< 04 07 ff 00 ${address} ${name}`,
      `< 04 18 17 ${address} ${'33'.repeat(16)} 04`,
      `> 01 0504 0d ${address} 18cc 02 00 0000 01`,
      `< 04 0e 0a 01 0b04 00 ${address}`,
      `> 01 130c f8 ${name}`,
      '> 01 240c 03 0c025a',
    ]);
    const other = '0053005e0000';
    expect(made[0]).toMatch(new RegExp(`^< 0407ff00${other}`));
    expect(made[1]).toBe(`< 041817${other}${'00'.repeat(16)}04`);
    expect(made[2]).toBe(`> 0105040d${other}18cc0200000001`);
    expect(made[3]).toBe(`< 040e0a010b0400${other}`);
    expect(made[0]!.slice(-496)).toBe(made[4]!.slice(-496));
    expect(made[4]).not.toContain(ascii('Alice'));
    expect(made[5]).toBe('> 01240c030c025a');
  });

  it('an address is found in places that nobody declared, in either order of its octets', () => {
    const { made } = scrub(
      [
        '< 04 3e 0c 02 01 00 00 112233445566 00 c0',
        acl('<', 2, att('1b 0600 aa112233445566bb')),
        acl('<', 2, att('1b 0600 aa665544332211bb')),
      ],
      { keepValues: true },
    );
    expect(made[1]).toMatch(/aa0053005e0000bb$/);
    expect(made[2]).toMatch(/aa00005e005300bb$/);
  });

  it('what a manufacturer says is blanked; the Status of its commands stays', () => {
    const { made, counts } = scrub([
      '> 01 01fc 04 01020304',
      '< 04 0e 08 01 01fc 00 01020304',
      '< 04 ff 04 50010203',
    ]);
    expect(made).toEqual(['> 0101fc0400000000', '< 040e080101fc0000000000', '< 04ff0450000000']);
    expect(counts.vendor).toBe(3);
  });

  it('keeps the order while a frame waits for its rest, and does not wait for ever', () => {
    const first = acl('<', 2, '2000 0400 1b 0600 4142434445');
    const other = '> 01 030c 00';
    const { made } = scrub([first, ...Array<string>(5000).fill(other)]);
    expect(made).toHaveLength(5001);
    expect(made[0]!.slice(0, 20)).toBe(first.replaceAll(' ', '').replace('<', '< ').slice(0, 20));
    expect(made[0]).not.toContain('4142434445');
    expect(made[1]).toBe('> 01030c00');
    expect(scrub([first, other, acl('<', 2, att('1b 0600 50'))]).made).toHaveLength(3);
  });

  it('data of an extended report that go on in the next are replaced whole, wherever a name was cut', () => {
    const extended = (status: string, data: string) => {
      const octets = fromHex(data);
      const body = `0d 01 ${status} 01 0100dec0dec0 01 00 05 7f c0 0000 00 000000000000 ${toHex(Uint8Array.of(octets.length))} ${data}`;
      return `< 04 3e ${toHex(Uint8Array.of(body.replaceAll(' ', '').length / 2))} ${body}`;
    };
    const { made } = scrub([extended('2000', `0d09${ascii('Hans B')}`), extended('0000', ascii('attery'))]);
    expect(made.join('')).not.toContain(ascii('attery'));
    expect(made.join('')).not.toContain(ascii('Hans'));
    for (const [i, packet] of made.entries())
      expect(text(packet, 'reports', '0', 'dataStatus'), `${i}`).toBeUndefined();
  });

  it('leaves nothing out and never fails, whatever the octets are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 6 }), fc.uint8Array({ maxLength: 80 })), {
          maxLength: 60,
        }),
        (packets) => {
          const made: CaptureRecord[] = [];
          const scrubber = new Scrubber('x', { keepValues: false, keepPairing: false }, (one) =>
            made.push(one),
          );
          const list = packets.map(([sent, type, packet]) => hciRecord(1, sent, type, packet));
          for (const one of list) scrubber.learn(one);
          for (const one of list) scrubber.scrub(one);
          scrubber.end();
          expect(made.map(({ packet }) => packet.length)).toEqual(
            list.filter(({ type }) => type !== 0).map(({ packet }) => packet.length),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it('many public addresses get many', () => {
    const random = seededRandom(3);
    const packets = Array.from(
      { length: 600 },
      () => `< 04 3e 0c 02 01 00 00 ${toHex(random.fill(new Uint8Array(6)))} 00 c0`,
    );
    const { made } = scrub(packets);
    const addresses = made.map((packet) => String(text(packet, 'reports', '0', 'address')));
    expect(new Set(addresses).size).toBe(600);
    expect(addresses.filter((address) => address.startsWith('00:00:5E:00:53:'))).toHaveLength(256);
    expect(addresses.filter((address) => address.startsWith('02:00:5E:'))).toHaveLength(344);
  });
});
