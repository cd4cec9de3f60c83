import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatBytes, toHex } from '../../../src/core/hex.js';
import {
  CaptureError,
  type CaptureFormat,
  CaptureReader,
  type CaptureRecord,
  CaptureWriter,
  captureFormats,
  readCapture,
} from '../../../src/hci/capture/index.js';
import { describeWithShared, shared, sharedJsonLines } from '../../support/shared.js';

const listed = (folder: string) =>
  readdirSync(shared(folder))
    .filter((name) => /\.(btsnoop|pcapng)$/.test(name))
    .map((name) => `${folder}/${name}`);

interface Frame {
  readonly t: number;
  readonly len: number;
  readonly type: string;
  readonly dir?: 'tx' | 'rx';
  readonly mon?: number;
}

const kinds: Readonly<Record<number, string>> = { 1: 'cmd', 2: 'acl', 4: 'evt', 5: 'iso' };

describeWithShared('the captures of ../shared', () => {
  const files = [...listed('captures'), ...listed('captures/emulated')];
  const fileOf = (path: string) => new Uint8Array(readFileSync(shared(path)));

  it('are 8 real and 14 emulated ones', () => {
    expect(files).toHaveLength(22);
  });

  it.each(files)('%s is read as its oracle says, frame by frame', (path) => {
    const name = path
      .split('/')
      .at(-1)!
      .replace(/\.\w+$/, '');
    const oracle = sharedJsonLines<Frame>(`captures/oracle/${name}.jsonl.gz`);
    const { list, stopped } = readCapture(fileOf(path));
    expect(stopped).toBeUndefined();
    expect(list).toHaveLength(oracle.length);
    const first = list[0]!.time;
    for (const [i, { type, sent, time, note, packet }] of list.entries()) {
      const frame = oracle[i]!;
      expect(Math.abs((time - first) / 1e6 - frame.t), `frame ${i + 1}`).toBeLessThan(1.5e-6);
      if (frame.type === 'mon')
        expect(note, `frame ${i + 1}`).toEqual({ source: 'monitor', code: frame.mon });
      else
        expect(`${kinds[type]} ${sent ? 'tx' : 'rx'}`, `frame ${i + 1}`).toBe(`${frame.type} ${frame.dir}`);
      // The oracle counts the whole record: with the H4 indicator, or the direction before it.
      const extra = frame.len - packet.length;
      expect([0, 1, 5], `frame ${i + 1}`).toContain(extra);
    }
  });

  it.each(files)('%s comes back whole through every format that can hold it', (path) => {
    const file = fileOf(path);
    const { list, format } = readCapture(file);
    const held: string[] = [];
    for (const [name, target] of Object.entries(captureFormats)) {
      const written = write(target, list);
      if (!written) continue;
      held.push(name);
      const again = readCapture(written);
      expect(again.stopped, name).toBeUndefined();
      expect(again.list.length, name).toBe(list.length);
      // pcap-h4 has no direction of data: it is what the packets say.
      const kept = (record: CaptureRecord) => name !== 'pcap-h4' || record.type === 1 || record.type === 4;
      const differs = list.findIndex(
        (record, at) => kept(record) && line(record, name) !== line(again.list[at]!, name),
      );
      if (differs >= 0) {
        const where = `${name}, record ${differs + 1}`;
        expect(line(again.list[differs]!, name), where).toBe(line(list[differs]!, name));
      }
      if (target.container === format!.container && target.encapsulation === format!.encapsulation) {
        // The emulated ones have flags of their own, beside those of the format.
        if (format!.container === 'btsnoop' && !path.includes('emulated'))
          expect(Buffer.from(written).equals(Buffer.from(file)), name).toBe(true);
      }
    }
    const isMonitor = format!.encapsulation === 'monitor';
    const wanted = isMonitor
      ? Object.keys(captureFormats).filter((name) => name.endsWith('monitor'))
      : ['btsnoop', 'pcapng', 'pcap', 'hex'];
    expect(held).toEqual(expect.arrayContaining(wanted));
  });

  it('10,000 times damaged, give an error with its offset or a shorter reading, and end', () => {
    const small = files.filter((path) => /0[1268]|emul-(ecred|cis|coc)/.test(path)).map(fileOf);
    const samples = small.flatMap((file) => {
      const { list } = readCapture(file);
      const few = list.slice(0, 60);
      return Object.values(captureFormats).flatMap((format) => write(format, few) ?? []);
    });
    let stops = 0;
    fc.assert(
      fc.property(
        fc.nat(samples.length - 1),
        fc.array(
          fc.record({
            at: fc.nat(),
            value: fc.nat(255),
            kind: fc.constantFrom('set', 'cut', 'drop', 'twice'),
          }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        (which, changes) => {
          let file = samples[which]!;
          for (const { at, value, kind } of changes) file = damaged(file, at % file.length, value, kind);
          let records = 0;
          const reader = new CaptureReader(() => records++);
          reader.push(file);
          const end = reader.end();
          expect(end.records).toBe(records);
          expect(end.octets).toBeLessThanOrEqual(file.length);
          if (end.stopped) {
            stops++;
            expect(end.stopped).toBeInstanceOf(CaptureError);
            expect(end.stopped.offset).toBeLessThanOrEqual(file.length);
          } else expect(end.octets).toBe(file.length);
        },
      ),
      { numRuns: 10_000, seed: 1 },
    );
    expect(stops).toBeGreaterThan(1000);
  });
});

function write(format: CaptureFormat, list: readonly CaptureRecord[]): Uint8Array | undefined {
  const writer = new CaptureWriter(format);
  try {
    return concatBytes(writer.header(), ...list.map((record) => writer.record(record)));
  } catch (error) {
    if (error instanceof CaptureError && error.code === 'CAPTURE_UNFIT') return undefined;
    throw error;
  }
}

/** What every format keeps, as text; drops are for some only. */
function line({ time, type, sent, packet, note, index, drops }: CaptureRecord, name: string): string {
  const counted = name.startsWith('btsnoop') ? drops : 0;
  return `${time} ${type} ${sent} ${toHex(packet)} ${note?.source} ${note?.code} ${index} ${counted}`;
}

function damaged(file: Uint8Array, at: number, value: number, kind: string): Uint8Array {
  if (file.length < 2) return file;
  if (kind === 'cut') return file.slice(0, Math.max(1, at));
  if (kind === 'drop') return concatBytes(file.subarray(0, at), file.subarray(at + 1 + (value % 7)));
  if (kind === 'twice') return concatBytes(file.subarray(0, at), file.subarray(Math.max(0, at - value)));
  const copy = file.slice();
  copy[at] = value;
  return copy;
}
