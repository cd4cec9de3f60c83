// `npm run bench:micro`: the hot loops by themselves, in one process and without a transport. For finding out what a
// change of the code does; what counts is `npm run bench`.
import { forEachAdvertisingReport, H4Deframer } from 'bluewire/hci';

const SECONDS = 0.5;
const ROUNDS = 5;

/** Runs `work` (which gives the packets it did) for a while, several times; the best round's packets a second. */
function rate(work) {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    let packets = 0;
    const began = performance.now();
    let seconds = 0;
    while (seconds < SECONDS) {
      packets += work();
      seconds = (performance.now() - began) / 1000;
    }
    best = Math.max(best, packets / seconds);
  }
  return best;
}

/** A stream of `count` packets of one kind. */
function stream(packet, count) {
  const bytes = new Uint8Array(packet.length * count);
  for (let i = 0; i < count; i++) bytes.set(packet, i * packet.length);
  return bytes;
}

/** An LE Advertising Report event with one report of 31 octets of data. */
function reportEvent() {
  const data = new Uint8Array(31).fill(0xa5);
  const report = [0x00, 0x01, 1, 2, 3, 4, 5, 6, data.length, ...data, 0xc4];
  return Uint8Array.from([0x04, 0x3e, 2 + report.length, 0x02, 0x01, ...report]);
}

/** A Handle Value Notification of `size` octets in one ACL packet. */
function notification(size) {
  const att = [0x1b, 0x0e, 0x00, ...new Uint8Array(size)];
  const frame = [att.length, 0x00, 0x04, 0x00, ...att];
  return Uint8Array.from([0x02, 0x40, 0x20, frame.length, 0x00, ...frame]);
}

function deframing(packet, chunkSize) {
  const bytes = stream(packet, 1000);
  let packets = 0;
  const deframer = new H4Deframer({
    packet: () => packets++,
    lost: (why) => {
      throw new Error(`framing was lost: ${why}`);
    },
    found() {},
  });
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  return () => {
    packets = 0;
    for (const chunk of chunks) deframer.push(chunk);
    if (packets !== 1000) throw new Error(`${packets} packets of 1000`);
    return packets;
  };
}

function reports() {
  const event = reportEvent();
  const behindSubevent = 4;
  let seen = 0;
  const count = (report) => {
    if (report.addressType === 1) seen++;
  };
  return () => {
    seen = 0;
    for (let i = 0; i < 1000; i++) forEachAdvertisingReport(event, behindSubevent, event.length, count);
    if (seen !== 1000) throw new Error(`${seen} reports of 1000`);
    return seen;
  };
}

const cases = {
  'deframe reports, chunks of 64 KiB': deframing(reportEvent(), 65536),
  'deframe reports, chunks of 512 octets': deframing(reportEvent(), 512),
  'deframe reports, octet by octet': deframing(reportEvent(), 1),
  'deframe notifications of 20 octets, chunks of 64 KiB': deframing(notification(20), 65536),
  'deframe notifications of 244 octets, chunks of 64 KiB': deframing(notification(244), 65536),
  'decode advertising reports': reports(),
};
const width = Math.max(...Object.keys(cases).map((name) => name.length));
for (const [name, work] of Object.entries(cases)) {
  console.log(`${name.padEnd(width)}  ${(rate(work) / 1e6).toFixed(2).padStart(7)} M packets/s`);
}
