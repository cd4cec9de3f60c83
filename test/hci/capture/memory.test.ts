import { describe, expect, it } from 'vitest';
import { CaptureReader, CaptureWriter, captureFormats, hciRecord } from '../../../src/hci/capture/index.js';
import { PacketRecorder } from '../../../src/hci/capture/recorder.js';

/** Octets of a file that is never there as a whole. */
const FILE = 200_000_000;

describe('a capture of any length', () => {
  it.each(['btsnoop', 'pcapng'])(
    '%s: 200 MB pass a recorder and a reader in memory that does not grow',
    (name) => {
      const format = captureFormats[name]!;
      let records = 0;
      let octets = 0;
      const reader = new CaptureReader(({ packet }) => {
        records++;
        octets += packet.length;
      });
      let written = 0;
      const recorder = new PacketRecorder({
        format,
        write: (chunk) => {
          written += chunk.length;
          // Of its own length, so that records are cut at all places.
          const at = written % chunk.length;
          reader.push(chunk.slice(0, at));
          reader.push(chunk.slice(at));
        },
      });
      reader.push(new CaptureWriter(format).header());
      const packet = new Uint8Array(1000);
      packet[0] = 0xff;
      let count = 0;
      let peak = 0;
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      const before = heapUsed + arrayBuffers;
      while (written < FILE) {
        recorder.packet(count, false, 3, packet, 0, packet.length);
        count++;
        if (count % 2000 === 0) {
          const now = process.memoryUsage();
          peak = Math.max(peak, now.heapUsed + now.arrayBuffers - before);
        }
      }
      recorder.flush();
      const end = reader.end();
      expect(end.stopped).toBeUndefined();
      expect(records).toBe(count);
      expect(octets).toBe(count * packet.length);
      // What the collector has not come to yet is there too; a reader that kept what it read would have all of it.
      expect(peak).toBeLessThan(0.75 * FILE);
    },
  );

  it('the reader keeps nothing of what it gave out', () => {
    const writer = new CaptureWriter(captureFormats['btsnoop']!);
    const record = writer.record(hciRecord(1, true, 1, new Uint8Array(60)));
    const kept = new CaptureReader(() => {});
    kept.push(writer.header());
    for (let i = 0; i < 1000; i++) kept.push(record);
    // Between two records there is nothing left over.
    const { rest } = kept as unknown as { rest: Uint8Array };
    expect(rest.length).toBe(0);
    expect(kept.end().records).toBe(1000);
  });
});
