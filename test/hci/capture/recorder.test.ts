import { describe, expect, it } from 'vitest';
import { concatBytes } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import {
  CaptureError,
  CaptureWriter,
  captureFormats,
  hciRecord,
  readCapture,
} from '../../../src/hci/capture/index.js';
import { PacketRecorder } from '../../../src/hci/capture/recorder.js';

/** Packets of all types and many lengths, some of them longer than the recorder's buffer. */
function packets() {
  const random = seededRandom(7);
  return Array.from({ length: 400 }, (_, i) => {
    const size = i % 100 === 99 ? 65_000 + i : i % 300;
    return {
      time: 1_700_000_000_000_000 + i * 977,
      sent: i % 3 === 0,
      type: 1 + (i % 5),
      packet: random.fill(new Uint8Array(size)),
    };
  });
}

function recorded(name: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  const recorder = new PacketRecorder({
    format: captureFormats[name]!,
    keys: true,
    write: (octets) => chunks.push(octets.slice()),
  });
  const header = recorder.header();
  for (const { time, sent, type, packet } of packets()) {
    // In the middle of something larger, as the packets of a transport are.
    const bytes = concatBytes(Uint8Array.of(1, 2, 3), packet, Uint8Array.of(4));
    recorder.packet(time, sent, type, bytes, 3, 3 + packet.length);
  }
  recorder.flush();
  return concatBytes(header, ...chunks);
}

describe('recording', () => {
  it.each(Object.keys(captureFormats))('%s: writes what the writer of captures writes', (name) => {
    const writer = new CaptureWriter(captureFormats[name]!);
    const records = packets().flatMap(({ time, sent, type, packet }) => {
      try {
        return [writer.record(hciRecord(time, sent, type, packet))];
      } catch (error) {
        if (error instanceof CaptureError) return [];
        throw error;
      }
    });
    expect(records.length).toBeGreaterThan(100);
    const wanted = concatBytes(writer.header(), ...records);
    const got = recorded(name);
    expect(got.length).toBe(wanted.length);
    expect(Buffer.compare(got, wanted)).toBe(0);
  });

  it.each([
    ['pcapng', [undefined, ['one →', 'two →'], undefined]],
    ['hex', [undefined, undefined, undefined]],
    ['btsnoop', [undefined, undefined, undefined]],
  ])('%s: a note belongs to the next packet that the host sends', (name, comments) => {
    const chunks: Uint8Array[] = [];
    const recorder = new PacketRecorder({
      format: captureFormats[name]!,
      write: (octets) => chunks.push(octets.slice()),
    });
    const reset = Uint8Array.of(0x03, 0x0c, 0);
    const event = Uint8Array.of(0x0e, 0x00);
    recorder.note('one →');
    recorder.note('two →');
    recorder.packet(1, false, 4, event, 0, 2);
    recorder.packet(2, true, 1, reset, 0, 3);
    recorder.packet(3, true, 1, reset, 0, 3);
    recorder.flush();
    const octets = concatBytes(recorder.header(), ...chunks);
    const { list, stopped } = readCapture(octets);
    expect(stopped).toBeUndefined();
    expect(list.map((record) => record.comments)).toEqual(comments);
    if (name === 'hex')
      expect(new TextDecoder().decode(octets)).toBe(
        '1 < 040e00\n# one →\n# two →\n2 > 01030c00\n3 > 01030c00\n',
      );
  });

  it('btsnoop-monitor: a note is a record of user logging before the packet', () => {
    const chunks: Uint8Array[] = [];
    const recorder = new PacketRecorder({
      format: captureFormats['btsnoop-monitor']!,
      write: (octets) => chunks.push(octets.slice()),
    });
    recorder.note('read(0x0012) →');
    recorder.packet(5, true, 1, Uint8Array.of(0x03, 0x0c, 0), 0, 3);
    recorder.flush();
    const { list } = readCapture(concatBytes(recorder.header(), ...chunks));
    expect(list.map(({ type, note, index }) => [type, note, index])).toEqual([
      [0, { source: 'monitor', code: 12 }, 0],
      [1, undefined, 0],
    ]);
    const [log] = list;
    expect([...log!.packet.subarray(0, 2)]).toEqual([6, 9]);
    expect(new TextDecoder().decode(log!.packet.subarray(2))).toBe('bluewire\0read(0x0012) →\0');
  });

  it.each(['btsnoop', 'pcapng', 'pcap'])(
    '%s: every time is the one that was given, at the edges of words too',
    (name) => {
      const word = 0x100000000;
      const times = [
        0,
        1,
        1e6,
        999_999,
        ...[-2, -1, 0, 1, 2].flatMap((step) => [
          395_000 * word + step,
          // Where the low word of btsnoop's own epoch has its carry.
          395_000 * word + (word - 0x0f2f8000) + step,
        ]),
      ];
      const chunks: Uint8Array[] = [];
      const recorder = new PacketRecorder({
        format: captureFormats[name]!,
        write: (octets) => chunks.push(octets.slice()),
      });
      for (const time of times) recorder.packet(time, false, 4, Uint8Array.of(0x10, 1, 2), 0, 3);
      recorder.flush();
      const { list } = readCapture(concatBytes(recorder.header(), ...chunks));
      expect(list.map(({ time }) => time)).toEqual(times);
    },
  );

  it('keeps sixteen notes at most, and of each 200 characters', () => {
    const chunks: Uint8Array[] = [];
    const recorder = new PacketRecorder({
      format: captureFormats['pcapng']!,
      write: (octets) => chunks.push(octets.slice()),
    });
    for (let i = 0; i < 100; i++) recorder.note('x'.repeat(1000));
    recorder.packet(5, true, 1, Uint8Array.of(0x03, 0x0c, 0), 0, 3);
    recorder.flush();
    const { list } = readCapture(concatBytes(recorder.header(), ...chunks));
    expect(list[0]!.comments!.map((text) => text.length)).toEqual(Array<number>(16).fill(200));
  });
});
