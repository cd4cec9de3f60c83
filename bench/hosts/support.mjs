// What every measured host shares: its options, the meter, the report, and the workloads themselves, so that all hosts
// do the same work and are measured by the same code. A host file gives an adapter and calls `run`.
import { createRequire } from 'node:module';
import { connect, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/**
 * @typedef {object} Peer the emulated peer, connected, its characteristics discovered and the MTU exchanged
 * @property {() => Promise<Uint8Array>} read reads READ
 * @property {(value: Buffer) => Promise<unknown>} write writes SINK with response
 * @property {(value: Buffer) => Promise<unknown>} writeCommand writes SINK without response; settles when the host takes more
 * @property {(id: number, listener: (value: Uint8Array) => void) => unknown} subscribe enables notifications of a characteristic
 * @property {() => Promise<Uint8Array>} readStats reads STATS
 *
 * @typedef {object} Central
 * @property {(listener: () => void) => unknown} scan scans; the listener is called for every report
 * @property {() => Promise<Peer>} connect scans, and connects to the first connectable advertiser
 *
 * @typedef {object} ServerWork
 * @property {Buffer} value what READ gives
 * @property {number} notifications how many to send, as fast as the host takes them, once the client has subscribed
 * @property {number} size octets of each
 * @property {() => void} onConnect
 * @property {() => void} onDisconnect
 *
 * @typedef {object} Host
 * @property {string} name
 * @property {() => Promise<any>} load imports the library: timed
 * @property {(library: any) => Promise<Central>} [central] brings the controller up
 * @property {(library: any, work: ServerWork) => Promise<void>} [server] brings the controller up, serves the bench service and advertises
 */

/** The ids of the emulated peer's characteristics (and of those that a server under measurement has). */
export const READ = 1;
export const NOTIFY20 = 2;
export const NOTIFY244 = 3;
export const SINK = 4;
export const STATS = 5;

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    workload: { type: 'string' },
    count: { type: 'string', default: '1000' },
    size: { type: 'string', default: '20' },
    extended: { type: 'boolean', default: false },
  },
});

export const options = {
  /** `tcp:host:port`, or the path of a serial port. */
  port: values.port ?? '',
  workload: values.workload ?? '',
  count: Number(values.count),
  size: Number(values.size),
  /** Whether the controller announces extended advertising. */
  extended: values.extended,
};

/** The bench service's UUID (id 0) or one of its characteristics', as 32 hexadecimal digits. */
export function benchUuid(id) {
  return `7ad5${id.toString(16).padStart(4, '0')}5b1e4c0d9a648c4f3f2b1e00`;
}

/** The same with hyphens. */
export function dashedUuid(id) {
  return benchUuid(id).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Requires packages from bench/peers. */
export const requirePeer = createRequire(fileURLToPath(new URL('../peers/package.json', import.meta.url)));

/** Opens the port for a host that takes a byte stream: a TCP socket, or the real serialport package. */
export async function openStream() {
  if (options.port.startsWith('tcp:')) {
    const [, address, port] = options.port.split(':');
    const socket = connect({ host: address, port: Number(port), noDelay: true });
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  }
  const { SerialPort } = requirePeer('serialport');
  const serial = new SerialPort({ path: options.port, baudRate: 1_000_000 });
  await new Promise((resolve) => serial.once('open', resolve));
  return serial;
}

/** A TCP socket in the clothes of serialport's SerialPort: for hosts that open a serial port themselves. */
class TcpSerialPort extends Socket {
  isOpen = false;

  constructor({ path }) {
    super();
    const [, address, port] = path.split(':');
    this.setNoDelay(true);
    this.connect(Number(port), address);
  }

  open(callback) {
    this.isOpen = true;
    const opened = () => {
      callback?.(null);
      this.emit('open');
    };
    if (this.connecting) this.once('connect', opened);
    else process.nextTick(opened);
  }

  close(callback) {
    this.isOpen = false;
    this.end(callback);
  }

  static list() {
    return Promise.resolve([]);
  }
}

/** Makes the `serialport` that a package of bench/peers requires open TCP ports; its own driver runs unchanged. */
export function serveSerialportOverTcp(packageName) {
  const within = createRequire(requirePeer.resolve(packageName));
  const id = within.resolve('serialport');
  requirePeer.cache[id] = {
    id,
    filename: id,
    loaded: true,
    exports: { SerialPort: TcpSerialPort },
    children: [],
    paths: [],
  };
}

/** Starts to measure; the function it gives ends it. */
export function meter() {
  const cpu = process.cpuUsage();
  const began = performance.now();
  return () => {
    const seconds = (performance.now() - began) / 1000;
    const used = process.cpuUsage(cpu);
    return { seconds, cpuSeconds: (used.user + used.system) / 1e6 };
  };
}

const megabytes = (octets) => octets / 1048576;

/** Prints what was measured, as the line that bench/run.mjs reads, and ends the process. */
export function report(fields) {
  const memory = {
    rssMB: megabytes(process.memoryUsage().rss),
    maxRssMB: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`RESULT ${JSON.stringify({ ...fields, ...memory })}\n`, () => process.exit(0));
}

/** Reports `count` operations that a meter has timed. */
export function reportRate(count, { seconds, cpuSeconds }, extra = {}) {
  report({ perSecond: count / seconds, seconds, cpuPer10k: (cpuSeconds / count) * 1e4, ...extra });
}

const WARM_UP = 500;

async function sequential(count, operation) {
  for (let i = 0; i < WARM_UP; i++) await operation();
  const latencies = new Float64Array(count);
  const stop = meter();
  for (let i = 0; i < count; i++) {
    const began = performance.now();
    await operation();
    latencies[i] = performance.now() - began;
  }
  const measured = stop();
  latencies.sort();
  const at = (share) => latencies[Math.floor(count * share)] * 1000;
  reportRate(count, measured, { p50us: at(0.5), p99us: at(0.99) });
}

function notifications(peer, id, size, count) {
  let stop;
  let next = 0;
  let wrong = 0;
  peer.subscribe(id, (value) => {
    stop ??= meter();
    const counter = value[0] | (value[1] << 8) | (value[2] << 16) | (value[3] << 24);
    if (value.length !== size || counter !== next) wrong++;
    if (++next === count) reportRate(count, stop(), { wrong });
  });
}

async function commands(peer, size, count) {
  const value = Buffer.alloc(size, 7);
  const stop = meter();
  for (let i = 0; i < count; i++) await peer.writeCommand(value);
  // Its answer proves that every command before it has arrived.
  const stats = await peer.readStats();
  const measured = stop();
  const received = stats[0] | (stats[1] << 8) | (stats[2] << 16) | (stats[3] << 24);
  reportRate(count, measured, { wrong: Math.abs(count - received) });
}

const centralWorkloads = {
  start(central, { count: _, ...started }) {
    let seen = false;
    central.scan(() => {
      if (!seen) report({ ...started, firstReportMs: Date.now() - performance.timeOrigin });
      seen = true;
    });
  },
  reports(central, { count }) {
    let stop;
    let seen = 0;
    central.scan(() => {
      stop ??= meter();
      if (++seen === count) reportRate(count, stop());
    });
  },
  async reads(central, { count }) {
    const peer = await central.connect();
    await sequential(count, () => peer.read());
  },
  async writes(central, { count }) {
    const peer = await central.connect();
    const value = Buffer.alloc(20, 7);
    await sequential(count, () => peer.write(value));
  },
  async notifications(central, { count }) {
    notifications(await central.connect(), options.size > 20 ? NOTIFY244 : NOTIFY20, options.size, count);
  },
  async commands(central, { count }) {
    await commands(await central.connect(), options.size, count);
  },
};

/** Carries out the workload that the command line names, and ends the process with its report. */
export async function run(host) {
  const began = performance.now();
  const library = await host.load();
  const importMs = performance.now() - began;
  if (options.workload === 'server') {
    let stop;
    await host.server(library, {
      value: Buffer.alloc(20, 1),
      notifications: options.count,
      size: options.size,
      onConnect: () => {
        stop = meter();
      },
      onDisconnect: () => reportRate(options.count, stop()),
    });
    return;
  }
  const central = await host.central(library);
  await centralWorkloads[options.workload](central, { count: options.count, importMs });
}
