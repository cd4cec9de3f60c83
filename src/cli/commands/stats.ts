import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readCaptureFile } from '../capture/read-file.js';
import type { Command, CommandContext } from '../command.js';
import { printable } from '../output.js';

/** `bluewire stats`: what a capture came to. */
export const statsCommand: Command = {
  name: 'stats',
  summary: 'what a capture came to: connections, throughput, advertisers, errors',
  description:
    'Reads a capture and tells its connections, throughput, advertisers, errors, response times\n' +
    'and silences. --html makes a page with charts and the sequence of ATT and SMP: one file,\n' +
    'which loads nothing.',
  operands: ['FILE'],
  options: {
    html: { value: 'PAGE', help: 'write the report as a page' },
    index: { value: 'N', help: 'of a capture with several controllers, the packets of this one [0]' },
  },
  async run({ operands, options, output, signal }: CommandContext): Promise<unknown> {
    const [path] = operands as [string];
    const index = options.number('index', 0, 0xffff) ?? 0;
    const { StatisticsCollector, reportPage, reportText } = await import('../../stats/index.js');
    const collector = new StatisticsCollector();
    let others = 0;
    const end = await readCaptureFile(
      path,
      (record) => {
        if (record.index === index || record.index === 0xffff) collector.add(record);
        else others++;
      },
      signal,
    );
    if (end.stopped && end.records === 0)
      throw new Error(`${path}: ${end.stopped.message}`, { cause: end.stopped });
    const statistics = collector.result(end);
    const page = options.text('html');
    if (page !== undefined) {
      writeFileSync(page, reportPage(statistics, basename(path)));
      await output.note(`${page} is written`);
    }
    if (options.has('json')) await output.json(statistics);
    else if (page === undefined)
      for (const line of reportText(statistics, printable)) await output.line(line);
    if (others > 0)
      await output.note(`${others} records of other controllers were left out: --index chooses one`);
    if (!end.stopped) return undefined;
    await output.note(`${path} is damaged: ${end.stopped.message}`);
    return 1;
  },
};
