// `node bench/micro/attributes.mjs`: what a request costs a GATT server of 10, 100, 1000 and 10,000 attributes, in one
// process and without a controller: whole PDUs in, whole PDUs out. The sizes take turns in each round, so that a
// disturbance meets all of them; the median round counts. It fails when 10,000 attributes cost more than 1.2 times what 10 do.
// `--rounds=N` [21].
import { parseArgs } from 'node:util';
import { AttBearer, characteristic, GattServer, service } from 'bluewire/gatt';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '21' } } });
const ROUNDS = Number(values.rounds);
const BATCH = 2000;
const SIZES = [10, 100, 1000, 10_000];
const LIMIT = 1.2;
const clock = { now: () => 0, wallTime: () => 0, setTimeout: () => 0, clearTimeout() {} };

const u16 = (value) => [value & 0xff, value >> 8];

/** A server of services with five attributes each, the last but one a characteristic of a UUID that no other has. */
function server(attributes) {
  const gatt = new GattServer();
  const count = attributes / 5;
  let last;
  for (let i = 0; i < count; i++) {
    last = gatt.add(
      service(0x4000 + i, {
        a: characteristic(0x2a19, { read: true, write: true, value: Uint8Array.of(1, 2, 3, 4) }),
        b: characteristic(0x8000 + i, { read: true, value: Uint8Array.of(1, 2, 3, 4) }),
      }),
    );
  }
  let answers = 0;
  let receiver;
  const bearer = new AttBearer(
    {
      backlog: 0,
      attach: (to) => {
        receiver = to;
      },
      send: () => answers++,
    },
    { clock, mtu: 517, report: () => {} },
  );
  gatt.connect(bearer);
  const ask = async (pdu) => {
    const bytes = Uint8Array.from(pdu);
    const before = answers;
    for (let i = 0; i < BATCH; i++) {
      receiver.pdu(bytes, 0, bytes.length);
      // What is searched is answered a turn later, and a client has one request under way.
      if (answers - before !== i + 1) await undefined;
      while (answers - before !== i + 1) await undefined;
    }
  };
  const { a, b } = last.characteristics;
  const end = [0xff, 0xff];
  return {
    read: () => ask([0x0a, ...u16(a.valueHandle)]),
    write: () => ask([0x12, ...u16(a.valueHandle), 5, 6, 7, 8]),
    'read by type, one hit': () => ask([0x08, 1, 0, ...end, ...u16(0x8000 + count - 1)]),
    'read by group type, the last service': () => ask([0x10, ...u16(last.startHandle), ...end, 0x00, 0x28]),
    'find by type value, the last service': () =>
      ask([0x06, 1, 0, ...end, 0x00, 0x28, ...u16(0x4000 + count - 1)]),
    'find information, the last service': () => ask([0x04, ...u16(last.startHandle), ...end]),
    'read of a handle that is none': () => ask([0x0a, ...u16(b.valueHandle + 1)]),
  };
}

const servers = SIZES.map(server);
const names = Object.keys(servers[0]);
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const width = Math.max(...names.map((name) => name.length));
console.log(
  `${'µs a request, of attributes:'.padEnd(width)}${SIZES.map((size) => String(size).padStart(9)).join('')}`,
);
let worst = 0;
for (const name of names) {
  const times = SIZES.map(() => []);
  for (let round = -3; round < ROUNDS; round++) {
    for (const [i, one] of servers.entries()) {
      const began = performance.now();
      await one[name]();
      const each = ((performance.now() - began) * 1000) / BATCH;
      // The first rounds are the compiler's.
      if (round >= 0) times[i].push(each);
    }
  }
  const each = times.map(median);
  const ratio = each.at(-1) / each[0];
  worst = Math.max(worst, ratio);
  console.log(
    `${name.padEnd(width)}${each.map((time) => time.toFixed(2).padStart(9)).join('')}   ×${ratio.toFixed(2)}`,
  );
}
console.log(
  `at most ×${worst.toFixed(2)} from ${SIZES[0]} to ${SIZES.at(-1)} attributes; ×${LIMIT} is permitted`,
);
process.exitCode = worst > LIMIT ? 1 : 0;
