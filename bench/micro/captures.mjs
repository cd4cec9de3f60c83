// `node bench/micro/captures.mjs`: what recording a flood of advertising reports costs, in pairs in one process and by CPU
// time: the same octets through H4, HCI and the scanner, with a capture and without. Then how fast btsnoop is read, beside
// Bumble's reader, turn by turn; and what memory that takes. `--rounds=N` [40].
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  createReadStream,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Device } from 'bluewire';
import { H4Transport } from 'bluewire/hci';
import { CaptureReader } from 'bluewire/hci/capture';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } });
const REPORTS = 1000;
const ROUNDS = Number(values.rounds);

/** An LE Advertising Report event with one report of 31 octets of data. */
function reportEvent() {
  const data = new Uint8Array(31).fill(0xa5);
  const report = [0x00, 0x01, 1, 2, 3, 4, 5, 6, data.length, ...data, 0xc4];
  return Uint8Array.from([0x04, 0x3e, 2 + report.length, 0x02, 0x01, ...report]);
}

function chunksOf(packet, chunkSize) {
  const bytes = new Uint8Array(packet.length * REPORTS);
  for (let i = 0; i < REPORTS; i++) bytes.set(packet, i * packet.length);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  return chunks;
}

/** A controller that answers every command with success, and else says what it is told. */
class FakeController {
  name = 'bench:';
  writeBacklog = 0;

  open(sink) {
    this.sink = sink;
    return Promise.resolve();
  }

  write(octets) {
    if (octets[0] !== 1) return;
    const [, low, high] = octets;
    const returned = new Uint8Array(64);
    // Local version 5.2, and buffers of 27 octets, 8 of them.
    if (high === 0x10 && low === 0x01) returned.set([0x0b, 0, 0, 0x0b, 0xff, 0xff, 0, 0]);
    if (high === 0x10 && low === 0x02) returned.fill(0xff);
    if (high === 0x10 && low === 0x09) returned.set([1, 2, 3, 4, 5, 6]);
    if (high === 0x20 && (low === 0x02 || low === 0x60)) returned.set([27, 0, 8, 27, 0, 8]);
    const event = [0x04, 0x0e, 4 + returned.length, 1, low, high, 0, ...returned];
    setTimeout(() => this.sink.data(Uint8Array.from(event)), 0);
  }

  close() {
    return Promise.resolve();
  }
}

async function scanning(capture) {
  const controller = new FakeController();
  const device = await Device.open({
    transport: new H4Transport(controller),
    ...(capture ? { capture } : {}),
  });
  let seen = 0;
  await device.startScan({ onReport: () => seen++ });
  return {
    device,
    deliver: (chunks) => {
      const before = seen;
      for (const chunk of chunks) controller.sink.data(chunk);
      if (seen - before !== REPORTS) throw new Error(`${seen - before} reports of ${REPORTS}`);
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Nanoseconds of CPU a report takes. */
async function cost(scan, chunks) {
  const began = process.cpuUsage();
  const repeats = 100;
  for (let i = 0; i < repeats; i++) {
    scan.deliver(chunks);
    // Chunks come one a turn of the event loop; a clock that is read once a turn is read as often as then.
    await turn();
  }
  const { user, system } = process.cpuUsage(began);
  return ((user + system) * 1000) / (repeats * REPORTS);
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const folder = mkdtempSync(join(tmpdir(), 'bluewire-bench-'));
const chunks = chunksOf(reportEvent(), 65536);
const scans = { without: await scanning(undefined) };
for (const format of ['btsnoop', 'pcapng']) scans[format] = await scanning(join(folder, `bench.${format}`));
const costs = Object.fromEntries(Object.keys(scans).map((name) => [name, []]));
for (const scan of Object.values(scans)) await cost(scan, chunks);
for (let round = 0; round < ROUNDS; round++)
  for (const [name, scan] of Object.entries(scans)) costs[name].push(await cost(scan, chunks));
console.log('recording a flood of advertising reports of 45 octets, CPU time, medians of pairs\n');
console.log('| capture | ns a report | more than without | of the throughput lost |');
console.log('|---------|------------:|------------------:|-----------------------:|');
for (const [name, samples] of Object.entries(costs)) {
  const ratio = median(samples.map((sample, i) => sample / costs.without[i]));
  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  console.log(
    `| ${name} | ${median(samples).toFixed(0)} | ${percent(ratio - 1)} | ${percent(1 - 1 / ratio)} |`,
  );
}
for (const { device } of Object.values(scans)) await device.close();

/** The records of capture 07, many times over, as one file. */
function bigFile(times) {
  const original = readFileSync(source);
  const path = join(folder, `big-${times}.btsnoop`);
  const fd = openSync(path, 'w');
  writeSync(fd, original.subarray(0, 16));
  for (let i = 0; i < times; i++) writeSync(fd, original.subarray(16));
  closeSync(fd);
  return path;
}

async function readHere(path) {
  let packets = 0;
  const reader = new CaptureReader(() => packets++);
  const began = performance.now();
  for await (const chunk of createReadStream(path, { highWaterMark: 0x40000 })) reader.push(chunk);
  const { stopped } = reader.end();
  if (stopped) throw stopped;
  return packets / ((performance.now() - began) / 1000);
}

const BUMBLE = `
import sys, time
from bumble.apps.show import SnoopPacketReader
with open(sys.argv[1], "rb") as source:
    reader = SnoopPacketReader(source)
    count = 0
    began = time.perf_counter()
    while True:
        reader.next_packet()
        if reader.at_end:
            break
        count += 1
    print(count / (time.perf_counter() - began))
`;

function readByBumble(path) {
  const { stdout, status, stderr } = spawnSync(python, ['-c', BUMBLE, path], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Bumble: ${stderr.slice(-500)}`);
  return Number(stdout);
}

const source = fileURLToPath(
  new URL('../../../shared/captures/07-miband2-legacy-pairing.btsnoop', import.meta.url),
);
const python = fileURLToPath(new URL('../../.cache/interop/venv/bin/python', import.meta.url));
if (!existsSync(source)) console.error('bench: ../shared/captures is not there: reading is not measured');
else {
  const path = bigFile(40);
  const here = [];
  const bumble = [];
  await readHere(path);
  for (let turnNumber = 0; turnNumber < 5; turnNumber++) {
    here.push(await readHere(path));
    if (existsSync(python)) bumble.push(readByBumble(path));
  }
  const rate = (samples) => `${(median(samples) / 1e6).toFixed(2)} M packets/s`;
  console.log(
    `\nreading btsnoop from a file of ${Math.round(statSync(path).size / 1e6)} MB, medians of 5 turns\n`,
  );
  console.log(`bluewire  ${rate(here)}`);
  if (bumble.length > 0) {
    console.log(`Bumble    ${rate(bumble)}`);
    console.log(`          ${(median(here) / median(bumble)).toFixed(0)} times as fast`);
  }
  const long = bigFile(1250);
  const before = process.memoryUsage().rss;
  await readHere(long);
  console.log(
    `\na file of ${Math.round(statSync(long).size / 1e6)} MB: ${Math.max(0, Math.round((process.memoryUsage().rss - before) / 1e6))} MB more in memory at its end than before it`,
  );
}
rmSync(folder, { recursive: true, force: true });
