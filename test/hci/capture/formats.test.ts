import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../../src/core/hex.js';
import {
  type CaptureFormat,
  CaptureReader,
  type CaptureRecord,
  CaptureWriter,
  captureFormats,
  captureRecords,
  formatOfName,
  hciRecord,
  readCapture,
} from '../../../src/hci/capture/index.js';

const START = 1_700_000_000_123_456;
const names = Object.keys(captureFormats);

function write(format: CaptureFormat, records: readonly CaptureRecord[]): Uint8Array {
  const writer = new CaptureWriter(format);
  return concatBytes(writer.header(), ...records.map((record) => writer.record(record)));
}

/** A command, its answer, data both ways: what every format holds. */
const session: readonly CaptureRecord[] = [
  hciRecord(START, true, 1, fromHex('030c00')),
  hciRecord(START + 1, false, 4, fromHex('0e0401030c00')),
  hciRecord(START + 1_000_000, true, 2, fromHex('4000070003000400020500')),
  hciRecord(START + 1_000_001, false, 2, fromHex('402007000300040003f700')),
];

describe('capture formats', () => {
  it.each(names)('%s gives back what was written, to the microsecond', (name) => {
    const file = write(captureFormats[name]!, session);
    const capture = readCapture(file);
    expect(capture.stopped).toBeUndefined();
    expect(capture.octets).toBe(file.length);
    expect(capture.format).toMatchObject(captureFormats[name]!);
    expect(capture.list).toEqual(session);
  });

  it.each(names)('%s is read the same however it is cut into chunks', (name) => {
    const file = write(captureFormats[name]!, session);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const list: CaptureRecord[] = [];
        const reader = new CaptureReader((record) => list.push(record));
        for (let at = 0, i = 0; at < file.length; i++) {
          const next = at + sizes[i % sizes.length]!;
          reader.push(file.subarray(at, next));
          at = next;
        }
        expect(reader.end()).toEqual({ records: 4, octets: file.length, stopped: undefined });
        expect(list).toEqual(session);
      }),
      { numRuns: 30 },
    );
  });

  it.each(names)('%s says where a truncated file stops to be sound', (name) => {
    const writer = new CaptureWriter(captureFormats[name]!);
    const parts = [writer.header(), ...session.map((record) => writer.record(record))];
    const file = concatBytes(...parts);
    const last = parts.at(-1)!.length;
    // Hex text has no lengths: half a line is a shorter packet, unless an octet is cut in two.
    const cut = file.subarray(0, file.length - (name === 'hex' ? 2 : 1));
    const { list, stopped } = readCapture(cut);
    expect(list).toEqual(session.slice(0, 3));
    expect(stopped).toMatchObject({ code: 'CAPTURE_DAMAGED', offset: file.length - last });
  });

  it('btsnoop is laid out to the octet as RFC 1761 and the datalink have it', () => {
    const file = write(captureFormats['btsnoop']!, session.slice(0, 1));
    expect(toHex(file)).toBe(
      [
        '6274736e6f6f7000 00000001 000003ea',
        // Lengths 4, sent command, no drops; microseconds since the year 0.
        '00000004 00000004 00000002 00000000',
        toHex(Uint8Array.from(hex64(BigInt(START) + 0x00dcddb30f2f8000n))),
        '01030c00',
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('monitor formats keep the controller’s number, and records that are no packets', () => {
    const records: CaptureRecord[] = [
      { ...session[0]!, index: 3 },
      {
        ...hciRecord(START, false, 0, fromHex('626c756574')),
        index: 3,
        note: { source: 'monitor', code: 13 },
      },
      { ...hciRecord(START, false, 5, fromHex('600004000000')), index: 3 },
    ];
    for (const name of ['btsnoop-monitor', 'pcap-monitor', 'pcapng-monitor'])
      expect(readCapture(write(captureFormats[name]!, records)).list, name).toEqual(records);
    expect(() => write(captureFormats['btsnoop']!, records)).toThrow(
      /controller 3 fits the monitor formats only/,
    );
    expect(() => write(captureFormats['pklg']!, records.slice(1, 2))).toThrow(
      /\(monitor\) fits its own format/,
    );
  });

  it('PacketLogger’s notes survive in both byte orders; ISO data has no place there', () => {
    const note: CaptureRecord = {
      ...hciRecord(START, false, 0, new TextEncoder().encode('connected')),
      note: { source: 'pklg', code: 0xfc },
    };
    for (const name of ['pklg', 'pklg-le'])
      expect(readCapture(write(captureFormats[name]!, [...session, note])).list.at(-1)).toEqual(note);
    const iso = hciRecord(START, true, 5, fromHex('600004000000'));
    expect(() => write(captureFormats['pklg']!, [iso])).toThrow(/no place for a packet of type 5/);
    expect(() => write(captureFormats['btsnoop-h1']!, [iso])).toThrow(/H1 has no place/);
  });

  it('pcapng keeps comments, the direction where the linktype has none, drops, and octets left out', () => {
    const records: CaptureRecord[] = [
      { ...session[0]!, comments: ['connect(…) →', 'ein Grüß'] },
      { ...hciRecord(START, false, 5, fromHex('600004000000')), drops: 7, missing: 12 },
      { ...hciRecord(START, true, 5, fromHex('600004000000')), drops: 9 },
    ];
    expect(readCapture(write(captureFormats['pcapng-h4']!, records)).list).toEqual(records);
  });

  it('pcapng of both byte orders, nanoseconds, other interfaces and unknown blocks is read', () => {
    const block = (type: number, body: number[], little: boolean) => {
      const u32 = (value: number) => {
        const octets = [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >>> 24) & 255];
        return little ? octets : octets.reverse();
      };
      const padded = [...body, ...Array((4 - (body.length % 4)) % 4).fill(0)];
      const length = padded.length + 12;
      return Uint8Array.from([...u32(type), ...u32(length), ...padded, ...u32(length)]);
    };
    for (const little of [true, false]) {
      const u16 = (value: number) => (little ? [value & 255, value >> 8] : [value >> 8, value & 255]);
      const u32 = (value: number) =>
        little
          ? [...u16(value & 0xffff), ...u16(value >>> 16)]
          : [...u16(value >>> 16), ...u16(value & 0xffff)];
      const section = block(
        0x0a0d0d0a,
        [...u32(0x1a2b3c4d), ...u16(1), ...u16(0), ...Array(8).fill(255)],
        little,
      );
      const ethernet = block(1, [...u16(1), ...u16(0), ...u32(0)], little);
      // Linktype 187, nanoseconds.
      const hci = block(
        1,
        [...u16(187), ...u16(0), ...u32(0), ...u16(9), ...u16(1), 9, 0, 0, 0, ...u32(0)],
        little,
      );
      const stamp = BigInt(START) * 1000n;
      const time = [...u32(Number(stamp >> 32n)), ...u32(Number(stamp & 0xffffffffn))];
      const packet = (id: number, bytes: number[]) =>
        block(6, [...u32(id), ...time, ...u32(bytes.length), ...u32(bytes.length), ...bytes], little);
      const unknown = block(0x0bad, [1, 2, 3, 4], little);
      const file = concatBytes(section, ethernet, hci, unknown, packet(0, [9, 9]), packet(1, [1, 3, 12, 0]));
      expect(readCapture(file)).toMatchObject({ list: [session[0]], stopped: undefined });
    }
  });

  it('pcap of the other byte order and of nanoseconds is read', () => {
    const big = fromHex(
      `a1b23c4d 0002 0004 00000000 00000000 00040000 000000c9 6553f100 075bcd15 00000008 00000008 00000000 01030c00`.replaceAll(
        ' ',
        '',
      ),
    );
    expect(readCapture(big).list).toEqual([
      hciRecord(0x6553f100 * 1e6 + 123_456, true, 1, fromHex('030c00')),
    ]);
  });

  it('directions that pcap-h4 does not tell come from the packets themselves', () => {
    const records = [...session, hciRecord(START, false, 2, fromHex('401002000102'))];
    expect(readCapture(write(captureFormats['pcap-h4']!, records)).list.map(({ sent }) => sent)).toEqual([
      true,
      false,
      true,
      false,
      false,
    ]);
  });

  it('hex text takes comments, spaces and seconds, and names the line that is wrong', () => {
    const text = '# a reset\n0.000001 > 01 03 0c 00\n\n2 < 040e0401030c00 ; its answer\n';
    expect(readCapture(new TextEncoder().encode(text)).list).toEqual([
      hciRecord(1, true, 1, fromHex('030c00')),
      hciRecord(2, false, 4, fromHex('0e0401030c00')),
    ]);
    const wrong = readCapture(new TextEncoder().encode('> 01030c00\n> 09\n'));
    expect(wrong.list).toHaveLength(1);
    expect(wrong.stopped).toMatchObject({
      message: expect.stringMatching(/line 2 is no packet.* at 11$/),
      offset: 11,
    });
  });

  it('H5 captures give their packets and keep link control as notes', () => {
    const header = fromHex('6274736e6f6f700000000001000003ec');
    const record = (hex: string, flags: number) => {
      const body = fromHex(hex);
      const head = new Uint8Array(24);
      head[3] = head[7] = body.length;
      head[11] = flags;
      head.set(hex64(BigInt(START) + 0x00dcddb30f2f8000n), 16);
      return concatBytes(head, body);
    };
    const { list } = readCapture(
      concatBytes(header, record('c031006e' + '030c00', 0), record('002f00d0017e', 1)),
    );
    expect(list).toEqual([
      hciRecord(START, true, 1, fromHex('030c00')),
      { ...hciRecord(START, false, 0, fromHex('002f00d0017e')), note: { source: 'h5', code: 15 } },
    ]);
  });

  it('what is no capture is said to be none', () => {
    for (const bytes of [
      fromHex('89504e470d0a1a0a'),
      new TextEncoder().encode('hello world\n'),
      fromHex('00'),
    ]) {
      expect(readCapture(bytes)).toMatchObject({ records: 0, stopped: { code: 'CAPTURE_FORMAT' } });
    }
    expect(readCapture(new Uint8Array(0))).toMatchObject({ records: 0, stopped: undefined });
    const datalink = fromHex('6274736e6f6f7000000000010000007b');
    expect(readCapture(datalink).stopped).toMatchObject({
      message: expect.stringMatching(/datalink 123/),
      code: 'CAPTURE_FORMAT',
    });
  });

  it('the format is told by the ending of a name', () => {
    expect(formatOfName('a/b.PCAPNG')).toEqual(captureFormats['pcapng']);
    expect(formatOfName('btsnoop_hci.log')).toEqual(captureFormats['btsnoop']);
    expect(formatOfName('x.docx')).toBeUndefined();
  });

  it('an iterator gives the records, and throws behind the last sound one', async () => {
    const file = write(captureFormats['btsnoop']!, session);
    async function* chunks(end: number) {
      for (let at = 0; at < end; at += 10) yield file.subarray(at, Math.min(at + 10, end));
    }
    const seen: CaptureRecord[] = [];
    for await (const record of captureRecords(chunks(file.length))) seen.push(record);
    expect(seen).toEqual(session);
    const some: CaptureRecord[] = [];
    await expect(
      (async () => {
        for await (const record of captureRecords(chunks(file.length - 3))) some.push(record);
      })(),
    ).rejects.toMatchObject({ code: 'CAPTURE_DAMAGED' });
    expect(some).toHaveLength(3);
  });
});

function hex64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value);
  return bytes;
}
