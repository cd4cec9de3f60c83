import { writeFileSync } from 'node:fs';
import type { CaptureRecord } from '../../hci/capture/index.js';
import { readCaptureFile } from '../capture/read-file.js';
import type { Command, CommandContext } from '../command.js';

/** `bluewire extract`: a peer's ATT server out of a capture, as a simulated device. */
export const extractCommand: Command = {
  name: 'extract',
  summary: 'a peripheral out of a capture, as a simulated device',
  description:
    'Reads a capture in which a central talks to a peripheral, and writes what the peripheral\n' +
    'is, in JSON: services, handles, values, refusals, notifications at their times, MTU and\n' +
    'advertising data. A world of simulated devices takes it. What the capture does not show\n' +
    'is told on stderr. docs/extract.md has more.',
  operands: ['CAPTURE'],
  options: {
    address: { value: 'ADDRESS', help: 'the peripheral, where the capture has several' },
    handle: { value: 'HANDLE', help: 'the link, where the capture has no addresses' },
    output: { value: 'FILE', short: 'o', help: 'where the description is written [stdout]' },
    repeat: { help: 'the notifications begin again when they are over' },
  },
  async run({ operands, options, output, signal }: CommandContext): Promise<unknown> {
    const [from] = operands as [string];
    const address = options.text('address');
    const handle = options.number('handle', 0, 0xeff);
    const to = options.text('output');
    const { extractServer } = await import('../../replay/extract/extract-server.js');
    const { Address } = await import('../../core/address.js');
    if (address !== undefined) {
      try {
        Address.parse(address);
      } catch (error) {
        throw options.wrong(`--address ${(error as Error).message}`);
      }
    }
    const records: CaptureRecord[] = [];
    const end = await readCaptureFile(from, (record) => void records.push(record), signal);
    if (end.records === 0 && end.stopped)
      throw new Error(`${from}: ${end.stopped.message}`, { cause: end.stopped });
    const extraction = extractServer(records, {
      repeat: options.has('repeat'),
      ...(address === undefined ? {} : { address }),
      ...(handle === undefined ? {} : { handle }),
    });
    const { description, missing } = extraction;
    const text = JSON.stringify(description, undefined, 2);
    if (to !== undefined) writeFileSync(to, `${text}\n`);
    if (options.has('json')) {
      const { address: seen, parameters, links } = extraction;
      const told = { from, address: seen ?? null, links, parameters, missing };
      await output.json({ ...told, ...(to === undefined ? { description } : { to }) });
    } else if (to === undefined) {
      for (const line of text.split('\n')) await output.line(line);
    } else {
      const all = description.services ?? [];
      const count = all.reduce((sum, { characteristics = [] }) => sum + characteristics.length, 0);
      await output.line(
        `${description.name}: ${all.length} services, ${count} characteristics written to ${to}`,
      );
    }
    if (!options.has('json')) for (const what of missing) await output.note(`not seen: ${what}`);
    if (!end.stopped) return undefined;
    await output.note(`${from} is damaged: ${end.stopped.message}`);
    return 1;
  },
};
