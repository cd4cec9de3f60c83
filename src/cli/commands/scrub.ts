import { resolve } from 'node:path';
import { captureFormats, formatOfName } from '../../hci/capture/index.js';
import { readCaptureFile } from '../capture/read-file.js';
import { CaptureFileWriter } from '../capture/write-file.js';
import type { Command, CommandContext } from '../command.js';

/** `bluewire scrub`: a capture that can be published. */
export const scrubCommand: Command = {
  name: 'scrub',
  summary: 'make a capture anonymous',
  description:
    'Writes capture A to B without what tells who somebody is: addresses, names, keys and\n' +
    'values become others, the same for the same, of the same kind and length. Services,\n' +
    'handles, lengths and times stay, so that B still replays. Packets of manufacturers are\n' +
    'blanked, comments and records that are no packets are left out. docs/captures.md tells\n' +
    'what is changed, and what is not.',
  operands: ['A', 'B'],
  options: {
    format: { value: 'FORMAT', help: `format of B: ${Object.keys(captureFormats).join(', ')}` },
    seed: { value: 'TEXT', help: 'the same changes in every run; whoever knows it may guess short values' },
    'keep-values': { help: 'attribute values, advertised data and audio stay' },
    'keep-pairing': { help: 'confirm and random values, public keys and checks of pairings stay' },
  },
  async run(context: CommandContext): Promise<unknown> {
    const { operands, options, output, random, signal } = context;
    const [from, to] = operands as [string, string];
    const name = options.text('format');
    const format = name === undefined ? formatOfName(to) : captureFormats[name];
    if (!format) {
      throw options.wrong(
        `${name ?? to}: no capture format; --format wants one of ${Object.keys(captureFormats).join(', ')}`,
      );
    }
    if (resolve(from) === resolve(to)) throw options.wrong('A and B are the same file');
    const { Scrubber } = await import('../scrub/scrubber.js');
    const writer = new CaptureFileWriter(to, format);
    const scrubber = new Scrubber(
      options.text('seed') ?? random.fill(new Uint8Array(32)),
      { keepValues: options.has('keep-values'), keepPairing: options.has('keep-pairing') },
      (record) => writer.add(record),
    );
    try {
      const end = await readCaptureFile(from, (record) => scrubber.learn(record), signal);
      if (end.records === 0 && end.stopped)
        throw new Error(`${from}: ${end.stopped.message}`, { cause: end.stopped });
      await readCaptureFile(from, (record) => scrubber.scrub(record), signal);
      scrubber.end();
      writer.finish();
      for (const [why, count] of writer.left) await output.note(`${count} left out: ${why}`);
      const { counts, addressCount } = scrubber;
      const told = { from, to, written: writer.written, distinctAddresses: addressCount, ...counts };
      if (options.has('json')) await output.json({ ...told, stopped: end.stopped?.message ?? null });
      else for (const line of report(told)) await output.line(line);
      if (!end.stopped) return undefined;
      await output.note(`${from} is damaged: ${end.stopped.message}`);
      return 1;
    } finally {
      writer.close();
    }
  },
};

type Told = Readonly<Record<string, number | string>>;

const lines: readonly (readonly [string, string])[] = [
  ['addresses', 'places with an address'],
  ['names', 'names'],
  ['keys', 'keys and what names them'],
  ['pairing', 'values of pairings'],
  ['values', 'values'],
  ['vendor', 'packets of manufacturers, blanked'],
  ['opaque', 'octets that could not be taken apart, replaced'],
  ['notes', 'comments and records that are no packets, left out'],
];

function report(told: Told): string[] {
  return [
    `${told['written']} packets written to ${told['to']}; changed:`,
    ...lines.flatMap(([key, what]) =>
      told[key] === 0
        ? []
        : [
            `  ${String(told[key]).padStart(7)} ${what}${key === 'addresses' ? ` (${told['distinctAddresses']} of them)` : ''}`,
          ],
    ),
  ];
}
