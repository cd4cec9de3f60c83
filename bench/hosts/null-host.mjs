// The ceiling: a host that frames H4 and answers with prepared octets, with no queue, no check and no API. What it
// reaches is what the transport, Node and the yardstick allow; no real host gets there.
import { meter, openStream, options, report, reportRate } from './support.mjs';

const octets = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const u16 = (value) => [value & 0xff, value >> 8];

/** The yardstick's attribute handles (its README). */
const handles = { read: 12, notify20: 15, notify244: 18, sink: 20, stats: 22 };

const RESET = octets('01 030c 00');
const SCAN = octets('01 0c20 02 01 00');
const SCAN_EXTENDED = octets('01 4220 06 01 00 0000 0000');
const ADVERTISE = octets('01 0a20 01 01');
const CREATE_CONNECTION = octets('01 0d20 19 6000 6000 00 01 010000c0dec0 00 1800 2800 0000 c800 0000 0000');

const ACL_CREDITS = 8;
const WARM_UP = 500;

/** An ATT PDU in a basic frame in one ACL packet. */
function att(connection, ...pdu) {
  const bytes = Buffer.concat(pdu.map((part) => Buffer.from(part)));
  const frame = [...u16(bytes.length + 4), ...u16(bytes.length), 0x04, 0x00];
  return Buffer.concat([Buffer.from([0x02, ...u16(connection), ...frame]), bytes]);
}

/** The H4 framing: calls `packet(bytes, at)` for each whole packet. */
function deframe(stream, packet) {
  let rest;
  stream.on('data', (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    let at = 0;
    while (bytes.length - at >= 3) {
      const event = bytes[at] === 0x04;
      if (!event && bytes.length - at < 5) break;
      const length = event ? 3 + bytes[at + 2] : 5 + (bytes[at + 3] | (bytes[at + 4] << 8));
      if (bytes.length - at < length) break;
      packet(bytes, at);
      at += length;
    }
    if (at < bytes.length) rest = Buffer.from(bytes.subarray(at));
  });
}

/** Brings a link up in the role that `begin` starts, and hands over what comes. */
async function host({ begin, onReports, onConnected, onDisconnected, onAtt, onCredits }) {
  const stream = await openStream();
  deframe(stream, (bytes, at) => {
    if (bytes[at] === 0x02) return onAtt?.(bytes, at + 9);
    const code = bytes[at + 1];
    if (code === 0x13) return onCredits?.(bytes[at + 6] | (bytes[at + 7] << 8));
    if (code === 0x3e) {
      const subevent = bytes[at + 3];
      if (subevent === 0x02 || subevent === 0x0d) return onReports?.(bytes[at + 4]);
      if (subevent === 0x01) return onConnected?.(bytes[at + 5] | (bytes[at + 6] << 8), stream);
    }
    if (code === 0x0e && bytes[at + 4] === 0x03 && bytes[at + 5] === 0x0c) stream.write(begin);
    if (code === 0x05) onDisconnected?.();
  });
  stream.write(RESET);
}

function scan(count) {
  let stop;
  let seen = 0;
  return host({
    begin: options.extended ? SCAN_EXTENDED : SCAN,
    onReports(reports) {
      if (options.workload === 'start') {
        if (seen === 0) report({ importMs: 0, firstReportMs: Date.now() - performance.timeOrigin });
        seen = 1;
        return;
      }
      stop ??= meter();
      const before = seen;
      seen += reports;
      if (before < count && seen >= count) reportRate(count, stop());
    },
  });
}

/** Connects, exchanges the MTU, and lets `work(send)` give what handles each ATT PDU and each credit from then on. */
function central(work) {
  let handlers;
  let link;
  return host({
    begin: CREATE_CONNECTION,
    onConnected(connection, stream) {
      link = { connection, send: (packet) => stream.write(packet) };
      link.send(att(connection, [0x02, 0xf7, 0x00]));
    },
    onAtt(bytes, at) {
      if (bytes[at] === 0x03) handlers = work(link);
      else handlers.onAtt(bytes, at);
    },
    onCredits: (credits) => handlers?.onCredits?.(credits),
  });
}

/** The same request again and again, each after the response to the one before. */
function sequential(count, pdu) {
  return central(({ connection, send }) => {
    const request = att(connection, ...pdu);
    const latencies = new Float64Array(count);
    let done = -WARM_UP;
    let stop;
    let sentAt = 0;
    const next = () => {
      sentAt = performance.now();
      send(request);
    };
    next();
    return {
      onAtt() {
        if (done >= 0) latencies[done] = performance.now() - sentAt;
        if (++done === 0) stop = meter();
        if (done < count) return next();
        const measured = stop();
        latencies.sort();
        const at = (share) => latencies[Math.floor(count * share)] * 1000;
        reportRate(count, measured, { p50us: at(0.5), p99us: at(0.99) });
      },
    };
  });
}

function notifications(count) {
  return central(({ connection, send }) => {
    const cccd = options.size > 20 ? handles.notify244 : handles.notify20;
    send(att(connection, [0x12, ...u16(cccd), 0x01, 0x00]));
    let stop;
    let seen = 0;
    return {
      onAtt(bytes, at) {
        if (bytes[at] !== 0x1b) return;
        stop ??= meter();
        if (++seen === count) reportRate(count, stop(), { wrong: 0 });
      },
    };
  });
}

/** Sends `packet` so often, never with more packets outstanding than the controller has buffers; then calls `done`. */
function pump(send, packet, count, creditsLeft, done) {
  let credits = creditsLeft;
  let left = count;
  let asked = false;
  const batches = Array.from({ length: ACL_CREDITS }, (_, i) => Buffer.concat(Array(i + 1).fill(packet)));
  const turn = () => {
    const size = Math.min(credits, left);
    if (size > 0) {
      send(batches[size - 1]);
      credits -= size;
      left -= size;
    }
    if (left === 0 && credits > 0 && !asked) {
      asked = true;
      done();
    }
  };
  turn();
  return (returned) => {
    credits += returned;
    turn();
  };
}

function commands(count) {
  return central(({ connection, send }) => {
    const stop = meter();
    const command = att(connection, [0x52, ...u16(handles.sink)], Buffer.alloc(options.size, 7));
    const stats = att(connection, [0x0a, ...u16(handles.stats)]);
    return {
      // The MTU request's buffer is not yet given back.
      onCredits: pump(send, command, count, ACL_CREDITS - 1, () => send(stats)),
      onAtt(bytes, at) {
        if (bytes[at] !== 0x0b) return;
        reportRate(count, stop(), { wrong: Math.abs(count - bytes.readUInt32LE(at + 1)) });
      },
    };
  });
}

/** A server of prepared answers. Its service: READ at handle 3, NOTIFY244 at 5 with its CCCD at 6, NOTIFY20 at 8 and 9. */
function server(count) {
  const uuid = (id) =>
    Buffer.from(`7ad5${id.toString(16).padStart(4, '0')}5b1e4c0d9a648c4f3f2b1e00`, 'hex').reverse();
  const declaration = (handle, properties, id) =>
    Buffer.concat([Buffer.from([...u16(handle), properties, ...u16(handle + 1)]), uuid(id)]);
  let link;
  let answers;
  let stop;
  let onCredits;
  const notFound = (request, handle) => [0x01, request, ...u16(handle), 0x0a];
  const prepare = (connection) => ({
    mtu: att(connection, [0x03, 0xf7, 0x00]),
    services: att(connection, [0x11, 20, 0x01, 0x00, 0xff, 0xff], uuid(0)),
    characteristics: att(
      connection,
      [0x09, 21],
      declaration(2, 0x02, 1),
      declaration(4, 0x10, 3),
      declaration(7, 0x10, 2),
    ),
    noMore: att(connection, notFound(0x08, 8)),
    descriptors: (value) => att(connection, [0x05, 0x01, ...u16(value + 1), 0x02, 0x29]),
    read: att(connection, [0x0b], Buffer.alloc(20, 1)),
    written: att(connection, [0x13]),
  });
  const subscribed = (cccd) => {
    link.send(answers.written);
    const notification = att(link.connection, [0x1b, ...u16(cccd - 1)], Buffer.alloc(options.size, 5));
    // Of the buffers, this response has one, and the response before it another that is not yet given back.
    onCredits = pump(link.send, notification, count, ACL_CREDITS - 2, () => {});
  };
  return host({
    begin: ADVERTISE,
    onConnected(connection, stream) {
      link = { connection, send: (packet) => stream.write(packet) };
      answers = prepare(connection);
      stop = meter();
    },
    onDisconnected: () => reportRate(options.count, stop()),
    onCredits: (credits) => onCredits?.(credits),
    onAtt(bytes, at) {
      switch (bytes[at]) {
        case 0x0a:
          return link.send(answers.read);
        case 0x02:
          return link.send(answers.mtu);
        case 0x10:
          return link.send(answers.services);
        case 0x08:
          return link.send(bytes[at + 1] === 1 ? answers.characteristics : answers.noMore);
        case 0x04:
          return link.send(answers.descriptors(bytes[at + 1] - 1));
        case 0x12:
          return subscribed(bytes[at + 1]);
      }
    },
  });
}

const workloads = {
  start: scan,
  reports: scan,
  reads: (count) => sequential(count, [[0x0a, ...u16(handles.read)]]),
  writes: (count) => sequential(count, [[0x12, ...u16(handles.sink)], Buffer.alloc(20, 7)]),
  notifications,
  commands,
  server,
};
await workloads[options.workload](options.count);
