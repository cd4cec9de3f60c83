import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { concatBytes } from '../../src/core/hex.js';
import {
  CaptureError,
  type CaptureFormat,
  type CaptureRecord,
  CaptureWriter,
  captureFormats,
  readCapture,
} from '../../src/hci/capture/index.js';
import { shared } from '../support/shared.js';
import { describeInterop } from './support/present.js';

const folder = mkdtempSync(join(tmpdir(), 'bluewire-tshark-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What tshark sees in a file: a line a packet. */
function seen(path: string): string[] {
  const fields = [
    'frame.time_epoch',
    'hci_h4.type',
    'hci_h4.direction',
    'bthci_cmd.opcode',
    'bthci_evt.code',
    'bthci_acl.chandle',
    'btatt.opcode',
  ];
  const args = [
    '-r',
    path,
    '-T',
    'fields',
    '-E',
    'occurrence=f',
    ...fields.flatMap((field) => ['-e', field]),
  ];
  const text = execFileSync('tshark', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 1 << 28,
  });
  return text.split('\n').slice(0, -1);
}

/** The same, without what an encapsulation does not have: the fields of H4. */
const withoutH4 = (line: string) => {
  const [time, , , ...rest] = line.split('\t');
  return [time, ...rest].join('\t');
};

function write(format: CaptureFormat, list: readonly CaptureRecord[]): Uint8Array | undefined {
  const writer = new CaptureWriter(format);
  try {
    return concatBytes(writer.header(), ...list.map((record) => writer.record(record)));
  } catch (error) {
    if (error instanceof CaptureError && error.code === 'CAPTURE_UNFIT') return undefined;
    throw error;
  }
}

describeInterop('captures that were written here, read by tshark', ['tshark', 'shared'], () => {
  it.each([
    '01-idealled-legacy-connect.btsnoop',
    '02-horizon-treadmill-legacy.btsnoop',
    '05-bluez-init-linux-monitor.btsnoop',
    '06-jbd-bms-h1.btsnoop',
    '08-bjled-att-phdr.pcapng',
    'emulated/emul-cis-central.btsnoop',
    'emulated/emul-sc-passkey-peripheral.btsnoop',
  ])(
    '%s: the same packets, times and directions, in every format that tshark reads and that can hold them',
    (name) => {
      const original = shared(`captures/${name}`);
      const wanted = seen(original);
      const { list } = readCapture(new Uint8Array(readFileSync(original)));
      expect(wanted).toHaveLength(list.length);
      const held: string[] = [];
      for (const [format, target] of Object.entries(captureFormats)) {
        // tshark knows neither this project's text nor H5 in btsnoop.
        if (format === 'hex' || format === 'btsnoop-h5') continue;
        const octets = write(target, list);
        if (!octets) continue;
        held.push(format);
        const path = join(folder, `${name.replaceAll('/', '-')}.${format}.${target.container}`);
        writeFileSync(path, octets);
        expect(seen(path).map(withoutH4), format).toEqual(wanted.map(withoutH4));
      }
      expect(held.length).toBeGreaterThan(2);
    },
  );
});
