// `npm run build && node bench/flat.mjs`: whether an operation costs the same where there is much of what it looks among: links,
// advertisers, attributes. Prints a table; --write puts it into bench/results-flat.md as well. Few and many take turns in one run, so
// that what else the machine does hits both; what counts is the median of the ratios of the rounds.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { Device } from 'bluewire';
import { SimulatedClock, systemRandom } from 'bluewire/core';
import { AttBearer, characteristic, GattClient, GattServer, service } from 'bluewire/gatt';
import { AclManager } from 'bluewire/hci';
import { L2capLink } from 'bluewire/l2cap';
import { Air, VirtualController } from 'bluewire/virtual';

const { values: options } = parseArgs({
  options: { write: { type: 'boolean', default: false }, rounds: { type: 'string', default: '31' } },
});
/** Octets in front of a PDU in a frame: H4, ACL and L2CAP headers. */
const HEADROOM = 9;
const ROUNDS = Number(options.rounds);
const report = () => {};
const clock = new SimulatedClock();

/** A read of an attribute of each of so many links in turn, from the client to the ACL packet and back; the controller is a loop. */
function links(count) {
  const response = Uint8Array.of(0, 0x20, 9, 0, 5, 0, 4, 0, 0x0b, 1, 2, 3, 4);
  const completed = Uint8Array.of(1, 0, 0, 1, 0);
  const manager = new AclManager({
    send: (packet) => {
      const [low, high] = [packet[1], packet[2] & 0x0f];
      queueMicrotask(() => {
        completed[1] = low;
        completed[2] = high;
        manager.completed(completed, 0, completed.length);
        response[0] = low;
        response[1] = 0x20 | high;
        manager.receive(response, 0, response.length);
      });
    },
    report,
  });
  manager.setBuffers({ length: 251, count: 8 });
  const clients = Array.from({ length: count }, (_, n) => {
    const onParameterRequest = () => false;
    const l2cap = new L2capLink(manager, 0x40 + n, { clock, role: 'central', report, onParameterRequest });
    return new GattClient(new AttBearer(l2cap.openFixed(4), { clock, mtu: 247, report }));
  });
  return async (times) => {
    for (let i = 0; i < times; i++) await clients[i % count].read(3);
  };
}

/** An advertising report of each of so many advertisers in turn, from the packet to the scan's listener. */
async function advertisers(count, filterDuplicates) {
  let sink;
  const inner = new VirtualController(new Air({ clock, random: systemRandom }), {
    address: '00:00:5E:00:53:01',
  }).transport();
  const transport = {
    name: 'loop',
    open: (receiver) => {
      sink = receiver;
      return inner.open(receiver);
    },
    send: (packet) => inner.send(packet),
    close: () => inner.close(),
  };
  const device = await clock.run(Device.open({ transport, clock, advertisingCommands: 'legacy' }));
  let told = 0;
  await clock.run(device.startScan({ active: false, filterDuplicates, onReport: () => void told++ }));
  const packets = Array.from({ length: count }, (_, n) =>
    Uint8Array.of(0x3e, 15, 2, 1, 3, 1, n & 0xff, n >> 8, 0x53, 0, 0x5e, 0xc0, 3, 2, 1, 6, 0xc0),
  );
  for (const packet of packets) sink.packet(4, packet, 0, packet.length);
  if (told !== count) throw new Error(`${told} reports of ${count} came`);
  return (times) => {
    for (let i = 0; i < times; i++) {
      const packet = packets[i % count];
      sink.packet(4, packet, 0, packet.length);
    }
  };
}

/** A server with so many attributes, and its client: requests go in as PDUs, answers are thrown away. */
function attributes(count) {
  const server = new GattServer();
  const locals = [];
  // A declaration, a characteristic that notifies with value and descriptor: four attributes each.
  for (let n = 0; n * 4 < count; n++) {
    const { told } = server.add(
      service(0x4000 + n, {
        told: characteristic(0x2a00, { read: true, notify: true, value: Uint8Array.of(1, 2, 3, 4) }),
      }),
    ).characteristics;
    locals.push(told);
  }
  let receiver;
  let answered;
  const channel = {
    isOpen: true,
    backlog: 0,
    attach: (one) => {
      receiver = one;
    },
    send: (frame, sent) => {
      sent?.();
      answered?.(frame);
    },
  };
  const client = server.connect(new AttBearer(channel, { clock, mtu: 247, report }));
  for (const local of locals) client.known.setConfiguration(local.valueHandle + 1, 1);
  // What the bench itself touches is to be as small among many as it can be.
  const handles = Uint16Array.from(locals, ({ valueHandle }) => valueHandle);
  const find = Uint8Array.of(0x06, 1, 0, 0xff, 0xff, 0x00, 0x28, 0, 0);
  const read = Uint8Array.of(0x0a, 0, 0);
  const value = Uint8Array.of(5, 6, 7, 8);
  let reader;
  const peer = new GattClient(
    new AttBearer(
      {
        isOpen: true,
        backlog: 0,
        attach: (one) => {
          reader = one;
        },
        send: (frame) => queueMicrotask(() => receiver.pdu(frame, HEADROOM, frame.length)),
      },
      { clock, mtu: 247, report },
    ),
  );
  return {
    trip: async (times) => {
      answered = (frame) => queueMicrotask(() => reader.pdu(frame, HEADROOM, frame.length));
      for (let i = 0; i < times; i++) await peer.read(handles[(i * 7) % handles.length]);
      answered = undefined;
    },
    read: (times) => {
      for (let i = 0; i < times; i++) {
        const valueHandle = handles[(i * 7) % handles.length];
        read[1] = valueHandle & 0xff;
        read[2] = valueHandle >> 8;
        receiver.pdu(read, 0, read.length);
      }
    },
    find: async (times) => {
      for (let i = 0; i < times; i++) {
        const uuid = 0x4000 + ((i * 7) % locals.length);
        find[7] = uuid & 0xff;
        find[8] = uuid >> 8;
        receiver.pdu(find, 0, find.length);
        await undefined;
      }
      for (let i = 0; i < 50; i++) await undefined;
    },
    notify: async (times) => {
      for (let i = 0; i < times; i++) await locals[(i * 7) % locals.length].notify(value);
    },
  };
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

async function nanoseconds(work, times) {
  const start = process.hrtime.bigint();
  await work(times);
  return Number(process.hrtime.bigint() - start) / times;
}

async function compare(what, [few, many], [small, large], times) {
  for (let i = 0; i < 5; i++) {
    await small(times);
    await large(times);
  }
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) {
    // Who goes first changes.
    const order = i % 2 === 0 ? [small, large] : [large, small];
    const took = [await nanoseconds(order[0], times), await nanoseconds(order[1], times)];
    rounds.push(i % 2 === 0 ? took : took.toReversed());
  }
  const ratio = median(rounds.map(([a, b]) => b / a));
  const [a, b] = [0, 1].map((n) => Math.round(median(rounds.map((round) => round[n]))));
  console.error(`${what}: ${ratio.toFixed(2)}`);
  return `| ${what} | ${few} | ${many} | ${a} ns | ${b} ns | ${ratio.toFixed(2)} | ${ratio <= 1.2 ? 'flat' : '**not flat**'} |`;
}

const [few, many] = [attributes(10), attributes(10_000)];
const rows = [
  await compare('a read, round trip of the host', ['1 link', '20 links'], [links(1), links(20)], 20_000),
];
for (const [what, filter] of [
  ['an advertising report', false],
  ['one that the duplicates filter drops', true],
]) {
  const pair = [await advertisers(32, filter), await advertisers(5000, filter)];
  rows.push(await compare(what, ['32 advertisers', '5000'], pair, 50_000));
}
rows.push(
  await compare(
    'a read, from client to server and back',
    ['10 attributes', '10000'],
    [few.trip, many.trip],
    20_000,
  ),
  await compare(
    'a Read Request, in the server alone',
    ['10 attributes', '10000'],
    [few.read, many.read],
    50_000,
  ),
  await compare('Find By Type Value Request', ['10 attributes', '10000'], [few.find, many.find], 10_000),
  await compare('a notification', ['10 attributes', '10000'], [few.notify, many.notify], 50_000),
);
const page = `# What an operation costs among many

\`node bench/flat.mjs --write\` makes this page. The same operation among few and among many, in turns, ${ROUNDS} rounds; medians. Each
goes to another of them than the one before, so what many cost in the processor's caches counts. Flat is a ratio of 1.2 at most.

A value lies with its attribute, and what is open to everybody has one object for all: with a closure, a record of handlers and an
access for each value, a Read Request among 10000 attributes took twice what it takes among ten.

| operation | few | many | among few | among many | ratio | |
| --- | --- | --- | ---: | ---: | ---: | --- |
${rows.join('\n')}

${cpus()[0].model}, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}.
`;
console.log(page);
if (options.write) writeFileSync(new URL('results-flat.md', import.meta.url), page);
process.exit(0);
