import type { Advertisement } from '../../api/advertisement.js';
import { AdvertisementMerger, toAdvertisement } from '../../api/merger.js';
import { AsyncQueue } from '../../core/queue.js';
import type { AdvertisingReport, Device, Scan } from '../../gap/index.js';
import type { Command, CommandContext } from '../command.js';
import { withDevice } from '../opening.js';
import { SightingLog, sightingLine, toSighting } from '../sighting.js';

/** Advertisements that may wait for a slow terminal; the newest are dropped beyond it. */
const QUEUE_LIMIT = 1024;

/** An advertisement with its scan response, and the report that says how it came. */
interface Heard {
  readonly advertisement: Advertisement;
  readonly report: AdvertisingReport;
}

/** `bluewire scan`: who is around. */
export const scanCommand: Command = {
  name: 'scan',
  summary: 'list the devices that advertise',
  description:
    'Scans, and prints a line for each device: address, address type, signal strength,\n' +
    'kind, name, services. An advertisement and its scan response are shown as one.',
  options: {
    seconds: { value: 'SECONDS', help: 'how long to scan; 0 goes on until Ctrl-C [10]' },
    active: { help: 'ask for scan responses (so it is by default)' },
    passive: { help: 'only listen' },
    phy: { value: 'PHY', help: '1M, coded (long range) or both [1M]' },
    duplicates: { help: 'every advertisement, not each device once' },
    name: { value: 'TEXT', help: 'only devices with TEXT in their name, upper or lower case' },
  },
  async run(context: CommandContext): Promise<void> {
    const { options } = context;
    options.notBoth('active', 'passive');
    const seconds = options.number('seconds', 0, 86_400) ?? 10;
    await withDevice(context, (device) => scan(device, seconds, context));
  },
};

async function scan(device: Device, seconds: number, context: CommandContext): Promise<void> {
  const { options, clock, signal } = context;
  const queue = new AsyncQueue<Heard>(QUEUE_LIMIT);
  const merger = new AdvertisementMerger(
    clock,
    (advertisement, report) => void queue.push({ advertisement, report }),
  );
  const phy = options.oneOf('phy', ['1M', 'coded', 'both'], '1M');
  const running = await device.startScan({
    active: !options.has('passive'),
    phys: phy === 'both' ? ['1M', 'coded'] : [phy],
    signal,
    onReport: options.has('duplicates')
      ? (report) => void queue.push({ advertisement: toAdvertisement(report), report })
      : (report) => merger.add(report),
  });
  running.once('stopped', ({ error }) => {
    merger.flush();
    queue.end(error);
  });
  const began = clock.now();
  const timer = seconds === 0 ? undefined : clock.setTimeout(() => stop(running), seconds * 1000);
  try {
    const shown = await print(queue, context);
    signal.throwIfAborted();
    await summarise(shown, clock.now() - began, queue.dropped, context);
  } finally {
    clock.clearTimeout(timer);
    await running.stop();
  }
}

/** Stops; a refusal reaches the loop as the error that the scan ended with. */
function stop(running: Scan): void {
  running.stop().catch(() => {});
}

/** Prints what comes until the scan is over, and says how many devices that were. */
async function print(queue: AsyncQueue<Heard>, context: CommandContext): Promise<number> {
  const { options, output, signal } = context;
  const log = new SightingLog({ all: options.has('duplicates'), name: options.text('name') });
  for await (const { advertisement, report } of queue) {
    if (signal.aborted) break;
    const sighting = toSighting(advertisement, report);
    if (!log.wants(sighting)) continue;
    if (options.has('json')) await output.json(sighting);
    else await output.line(sightingLine(sighting, output));
  }
  return log.devices;
}

async function summarise(
  devices: number,
  ms: number,
  dropped: number,
  context: CommandContext,
): Promise<void> {
  const { options, output } = context;
  if (!options.has('json')) {
    await output.note(`${devices} ${devices === 1 ? 'device' : 'devices'} in ${Math.round(ms / 100) / 10} s`);
  }
  if (dropped > 0) await output.note(`${dropped} advertisements were dropped: the output was too slow`);
}
