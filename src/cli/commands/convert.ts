import { resolve } from 'node:path';
import { captureFormats, formatOfName } from '../../hci/capture/index.js';
import { readCaptureFile } from '../capture/read-file.js';
import { CaptureFileWriter } from '../capture/write-file.js';
import type { Command, CommandContext } from '../command.js';

/** `bluewire convert`: a capture in another format. */
export const convertCommand: Command = {
  name: 'convert',
  summary: 'write a capture in another format',
  description:
    'Reads capture A, whose format is found out, and writes it to B, whose ending says the\n' +
    'format: .btsnoop, .pklg, .pcap, .pcapng, .hci. Time stamps are kept to the microsecond.\n' +
    'Records that the other format has no place for are left out, and counted. A damaged\n' +
    'file is converted as far as it is sound.',
  operands: ['A', 'B'],
  options: {
    format: { value: 'FORMAT', help: `format of B: ${Object.keys(captureFormats).join(', ')}` },
  },
  async run({ operands, options, output, signal }: CommandContext): Promise<unknown> {
    const [from, to] = operands as [string, string];
    const name = options.text('format');
    const format = name === undefined ? formatOfName(to) : captureFormats[name];
    if (!format) {
      throw options.wrong(
        `${name ?? to}: no capture format; --format wants one of ${Object.keys(captureFormats).join(', ')}`,
      );
    }
    if (resolve(from) === resolve(to)) throw options.wrong('A and B are the same file');
    const writer = new CaptureFileWriter(to, format);
    try {
      // B is made when A turns out to be a capture.
      const end = await readCaptureFile(from, (record) => writer.add(record), signal);
      if (end.records === 0 && end.stopped)
        throw new Error(`${from}: ${end.stopped.message}`, { cause: end.stopped });
      writer.finish();
      const { written } = writer;
      for (const [why, count] of writer.left) await output.note(`${count} left out: ${why}`);
      if (options.has('json'))
        await output.json({
          from,
          to,
          written,
          leftOut: end.records - written,
          stopped: end.stopped?.message ?? null,
        });
      else await output.line(`${written} packets written to ${to}`);
      if (!end.stopped) return undefined;
      await output.note(`${from} is damaged: ${end.stopped.message}`);
      return 1;
    } finally {
      writer.close();
    }
  },
};
