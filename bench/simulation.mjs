// `npm run build && node bench/simulation.mjs`: how fast simulated time passes. Prints a table; --write puts it into
// bench/results-simulation.md as well. What counts is the time of the processor: everything runs in one thread.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { characteristic, service } from 'bluewire/gatt';
import { createWorld } from 'bluewire/virtual';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const address = (n) =>
  `C0:DE:C0:00:${(n >> 8).toString(16).padStart(2, '0')}:${(n & 0xff).toString(16).padStart(2, '0')}/random`;

/** A device that advertises every 100 ms, somewhere in a hall of 40 m by 40 m. */
function advertiser(n, advertising = {}) {
  return {
    name: `advertiser ${n}`,
    address: address(n),
    position: { x: ((n * 7) % 41) - 20, y: ((n * 11) % 41) - 20, z: 0 },
    advertising: {
      type: 'nonConnectable',
      intervalMinMs: 100,
      intervalMaxMs: 100,
      data: { completeLocalName: `advertiser ${n}` },
      ...advertising,
    },
  };
}

const VALUE = new Uint8Array(20);

/** A peripheral that notifies 20 octets every 100 ms to whoever is subscribed. */
function talker(n) {
  return {
    ...advertiser(n, { type: 'connectable', restart: 'whenDisconnected' }),
    services: [
      (server, { clock }) => {
        const { measurement } = server.add(
          service(0x180d, {
            measurement: characteristic(0x2a37, { notify: true, onSubscribe: () => tell() }),
          }),
        ).characteristics;
        const tell = () => {
          if (measurement.subscribers.length === 0) return;
          measurement.notify(VALUE).catch(() => {});
          clock.setTimeout(tell, 100);
        };
      },
    ],
  };
}

/** Five connections at 30 ms with notifications every 100 ms on each, beside twenty advertisers, for an hour. */
async function hour() {
  const talkers = Array.from({ length: 5 }, (_, n) => talker(1000 + n));
  const advertisers = Array.from({ length: 20 }, (_, n) => advertiser(n));
  const world = await createWorld({ seed: 1, pace: 'stepped', devices: [...talkers, ...advertisers] });
  const central = await world.device();
  let notifications = 0;
  for (const { address } of talkers) {
    const parameters = { intervalMinMs: 30, intervalMaxMs: 30, latency: 0, supervisionTimeoutMs: 2000 };
    const link = await world.until(central.connect(address, { parameters }));
    const [found] = await world.until(link.gatt.discoverServices(0x180d));
    const [measurement] = await world.until(found.discoverCharacteristics());
    await world.until(measurement.subscribe(() => notifications++));
  }
  const result = await timed(world, 3_600_000);
  return { ...result, count: `${notifications} notifications` };
}

/** A thousand advertisers and a scanner that listens all the time, for a minute. */
async function crowd(conditions) {
  const devices = Array.from({ length: 1000 }, (_, n) => advertiser(n));
  const world = await createWorld({ seed: 1, pace: 'stepped', devices, ...conditions });
  const scanner = await world.device();
  let reports = 0;
  await world.until(scanner.startScan({ active: false, filterDuplicates: false, onReport: () => reports++ }));
  const result = await timed(world, 60_000);
  return { ...result, count: `${reports} reports` };
}

async function timed(world, ms) {
  const before = process.cpuUsage();
  const began = performance.now();
  await world.run(ms);
  const wall = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(before);
  await world.close();
  return { simulated: ms / 1000, wall, cpu: (user + system) / 1e6 };
}

const rows = {
  'hour: 20 advertisers at 100 ms, 5 connections at 30 ms with 10 notifications a second each': hour,
  'crowd: 1000 advertisers at 100 ms and a scanner': () => crowd({}),
  'crowd, with collisions, fading and bit errors': () =>
    crowd({
      conditions: { collisions: true, bitErrors: true },
      propagation: { exponent: 2.5, fading: { k: 6 } },
    }),
};

const lines = [
  '| world | simulated | processor | wall clock | times real time | |',
  '| --- | ---: | ---: | ---: | ---: | --- |',
];
for (const [name, run] of Object.entries(rows)) {
  if (options.only && !name.startsWith(options.only)) continue;
  const { simulated, wall, cpu, count } = await run();
  const line = `| ${name} | ${simulated} s | ${cpu.toFixed(2)} s | ${wall.toFixed(2)} s | ${Math.round(simulated / cpu)} | ${count} |`;
  console.log(line);
  lines.push(line);
}

if (options.write) {
  const text = [
    '# How fast simulated time passes',
    '',
    '`node bench/simulation.mjs --write` makes this page. Everything runs in one thread; the column _processor_ is what counts.',
    '',
    ...lines,
    '',
    `${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`,
    '',
  ].join('\n');
  writeFileSync(new URL('results-simulation.md', import.meta.url), text);
}
