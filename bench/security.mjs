// `npm run build && node bench/security.mjs`: how long pairing takes, and an encrypted reconnection. Prints a table; --write
// puts it into bench/results-security.md as well. Two devices of this project on one simulated air: the simulated time is what
// the air and the procedures take at a connection interval of 30 ms, the time of the processor is what both hosts and both
// controllers compute, all in one thread.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { createWorld } from 'bluewire/virtual';

const { values: options } = parseArgs({
  options: {
    runs: { type: 'string', default: '15' },
    write: { type: 'boolean', default: false },
  },
});
const parameters = { intervalMinMs: 30, intervalMaxMs: 30 };

/** A user who agrees, shows digits to the other one, and enters what was shown. */
function users() {
  let shown;
  const show = (passkey) => {
    shown = passkey;
  };
  return {
    compares: { displayPasskey: show, compare: () => true },
    shows: { displayPasskey: show },
    enters: (world) => ({
      enterPasskey: async () => {
        while (shown === undefined) await new Promise((resolve) => void world.clock.setTimeout(resolve, 1));
        return shown;
      },
    }),
  };
}

/** What each side's security options are. */
const kinds = {
  'LE legacy pairing, Just Works': () => [{ secureConnections: 'never' }, { secureConnections: 'never' }],
  'LE legacy pairing, passkey': (world, user) => [
    { secureConnections: 'never', delegate: user.enters(world) },
    { secureConnections: 'never', delegate: user.shows },
  ],
  'LE Secure Connections, Just Works': () => [{}, {}],
  'LE Secure Connections, numeric comparison': (_, user) => [
    { delegate: user.compares },
    { delegate: user.compares },
  ],
  'LE Secure Connections, passkey': (world, user) => [
    { delegate: user.enters(world) },
    { delegate: user.shows },
  ],
};

/** Processor milliseconds and simulated milliseconds of what `work` does. */
async function timed(world, work) {
  const began = world.clock.now();
  const before = process.cpuUsage();
  await world.until(work());
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, simulated: world.clock.now() - began };
}

/** Pairs once, and connects again: what each took. */
async function once(make, seed) {
  const world = await createWorld({ seed, pace: 'stepped', devices: [] });
  const [mine, theirs] = make(world, users());
  const central = await world.device({ security: mine });
  const peripheral = await world.device({ security: theirs });
  await world.until(peripheral.startAdvertising({ data: { flags: 6 }, restart: 'whenDisconnected' }));
  const connect = (more) => central.connect(peripheral.address, { parameters, exchangeMtu: false, ...more });
  const link = await world.until(connect());
  const pairing = await timed(world, () => link.pair());
  await world.until(link.disconnect());
  await world.run(100);
  const plain = await timed(world, () => connect({ encrypt: false }));
  await world.until(central.connections[0].disconnect());
  await world.run(100);
  const encrypted = await timed(world, () => connect());
  await world.close();
  return { pairing, plain, encrypted };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
const cell = (list, key) => median(list.map((one) => one[key])).toFixed(1);

const lines = ['| | simulated | processor |', '| --- | ---: | ---: |'];
const print = (line) => {
  console.log(line);
  lines.push(line);
};
const reconnections = [];
for (const [name, make] of Object.entries(kinds)) {
  const runs = [];
  // The first loads what pairs, and does not count.
  await once(make, 1);
  for (let i = 0; i < Number(options.runs); i++) runs.push(await once(make, 2 + i));
  const list = runs.map(({ pairing }) => pairing);
  print(`| pairing and bonding: ${name} | ${cell(list, 'simulated')} ms | ${cell(list, 'cpu')} ms |`);
  reconnections.push(...runs);
}
for (const [name, key] of [
  ['connecting to an advertiser, without encryption', 'plain'],
  ['connecting to it with encryption by the bond', 'encrypted'],
]) {
  const list = reconnections.map((run) => run[key]);
  print(`| ${name} | ${cell(list, 'simulated')} ms | ${cell(list, 'cpu')} ms |`);
}

if (options.write) {
  const text = [
    '# What pairing and encrypted reconnections take',
    '',
    '`node bench/security.mjs --write` makes this page: medians of both ends together, hosts and controllers, in one thread. _Simulated_ is',
    'what the air takes at a connection interval of 30 ms; a user who reads and types is not in it. The advertiser is seen within its',
    'interval of 100 to 150 ms.',
    '',
    ...lines,
    '',
    `${cpus()[0]?.model.trim()}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.`,
    '',
  ].join('\n');
  writeFileSync(new URL('results-security.md', import.meta.url), text);
}
