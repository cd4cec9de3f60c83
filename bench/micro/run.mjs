// `npm run bench:micro`: the hot loops by themselves, in one process and without a transport. For finding out what a
// change of the code does; what counts is `npm run bench`.
import { forEachAdvertisingReport, H4Deframer, H5Transport } from 'bluewire/hci';

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

/** 1000 H5 packets of one kind (H4 indicator first), numbered, with CRC where that is told, and SLIP around them. */
function h5Stream(packet, crc) {
  const octets = [];
  const slip = (octet) => {
    if (octet === 0xc0) octets.push(0xdb, 0xdc);
    else if (octet === 0xdb) octets.push(0xdb, 0xdd);
    else octets.push(octet);
  };
  const payload = packet.subarray(1);
  for (let i = 0; i < 1000; i++) {
    const header = [
      0x80 | (crc ? 0x40 : 0) | (i & 7),
      packet[0] | ((payload.length & 15) << 4),
      payload.length >> 4,
    ];
    const whole = [...header, ~(header[0] + header[1] + header[2]) & 0xff, ...payload];
    let check = 0xffff;
    for (const octet of whole) {
      for (let bit = 0; bit < 8; bit++)
        check = ((check << 1) & 0xffff) ^ (((check >> 15) ^ (octet >> bit)) & 1 ? 0x1021 : 0);
    }
    octets.push(0xc0);
    whole.forEach(slip);
    if (crc) [check >> 8, check & 0xff].forEach(slip);
    octets.push(0xc0);
  }
  return Uint8Array.from(octets);
}

/** The whole of H5: SLIP, headers, CRC, sequence numbers, and the acknowledgements, which are written to nowhere. */
async function overH5(packet, chunkSize, crc) {
  let packets = 0;
  let sink;
  const stream = {
    name: 'bench:',
    writeBacklog: 0,
    open: async (given) => {
      sink = given;
      // SYNC RESPONSE and CONFIG RESPONSE, window 4.
      const answers = [
        0xc0,
        0,
        0x2f,
        0,
        0xd0,
        2,
        0x7d,
        0xc0,
        0xc0,
        0,
        0x3f,
        0,
        0xdb,
        0xdc,
        4,
        0x7b,
        crc ? 0x14 : 4,
        0xc0,
      ];
      setTimeout(() => given.data(Uint8Array.from(answers)), 0);
    },
    write() {},
    close: async () => {},
  };
  await new H5Transport(stream).open({
    packet: () => packets++,
    diagnostic: ({ message }) => {
      throw new Error(message);
    },
    closed() {},
  });
  const bytes = h5Stream(packet, crc);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  return () => {
    packets = 0;
    for (const chunk of chunks) sink.data(chunk);
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
  'H5 reports, chunks of 64 KiB': await overH5(reportEvent(), 65536, false),
  'H5 reports with CRC, chunks of 64 KiB': await overH5(reportEvent(), 65536, true),
  'H5 reports with CRC, chunks of 512 octets': await overH5(reportEvent(), 512, true),
  'H5 notifications of 244 octets with CRC, chunks of 64 KiB': await overH5(notification(244), 65536, true),
  'decode advertising reports': reports(),
};
const width = Math.max(...Object.keys(cases).map((name) => name.length));
for (const [name, work] of Object.entries(cases)) {
  console.log(`${name.padEnd(width)}  ${(rate(work) / 1e6).toFixed(2).padStart(7)} M packets/s`);
}
