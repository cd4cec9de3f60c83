import { readReplay, runnersTest, wantsUpdate, writeReplay } from '#replays';
import type { Bluetooth, BluetoothOptions } from '../../api/index.js';
import { checkKeys } from '../../core/check.js';
import type { Device, DeviceOptions } from '../../gap/index.js';
import { type CaptureFormat, type CaptureSink, readCapture } from '../../hci/capture/index.js';
import { PacketRecorder } from '../../hci/capture/recorder.js';
import { type Replay, type ReplayOptions, replay } from '../replay.js';
import type { ReplayReport } from '../report.js';
import type { TestFunction } from '../runner.js';

/** What the body of a {@link replayTest} gets. */
export interface ReplayedDevice {
  /** The device, opened on the replay. */
  readonly device: Device;
  /** The replay: its clock, `reached()`, its report. */
  readonly replay: Replay;
}

/** What the body of a {@link replayTest} with `pycom` gets. */
export interface ReplayedBluetooth {
  /** The object of the Pycom API, initialised on the replay. */
  readonly bluetooth: Bluetooth;
  /** The replay: its clock, `reached()`, its report. */
  readonly replay: Replay;
}

/** Options of {@link replayTest}, beside those of a replay. */
export interface ReplayTestOptions extends Omit<ReplayOptions, 'clock' | 'acceptChanges'> {
  /** What the test is called; by the file without. */
  readonly title?: string;
  /** What registers a test; `test` of vitest or of node:test, whichever runs, without. */
  readonly test?: TestFunction;
  /** Options of the device. */
  readonly device?: Omit<DeviceOptions, 'transport' | 'clock' | 'random' | 'capture'>;
  /**
   * Whether the capture's file is written anew when the host's packets have other values than before; without, when the
   * environment says `BLUEWIRE_UPDATE_CAPTURES=1`.
   */
  readonly update?: boolean;
  /** Told how the replay went, at its end. */
  readonly onReport?: (report: ReplayReport) => void;
  /** See {@link PycomReplayTestOptions}. */
  readonly pycom?: undefined;
}

/** Options of a test of the Pycom API. */
export interface PycomReplayTestOptions extends Omit<ReplayTestOptions, 'device' | 'pycom'> {
  /** Opens the Pycom API in the place of a `Device`: `true`, or its options. */
  readonly pycom: true | Omit<BluetoothOptions, 'transport' | 'clock' | 'random' | 'capture'>;
}

const known = ['title', 'test', 'device', 'pycom', 'update', 'onReport'];

/**
 * Registers a test that plays a capture at a host: it opens a device on the replay, runs `body` on simulated time, and fails
 * when the host departs from the capture, or the capture is not played to its end.
 *
 * ```ts
 * replayTest('fixtures/thermometer.btsnoop', async ({ device }) => {
 *   const link = await device.connect('C0:DE:C0:00:00:01/random');
 *   expect(await link.gatt.read(0x0010)).toEqual(Uint8Array.of(21));
 * });
 * ```
 *
 * @param capture the file, or its octets
 * @returns nothing where the test is registered at once; a promise where the runner has to be looked for (vitest without
 *   `globals`): await it then, in the test's file
 */
export function replayTest(
  capture: string | URL | Uint8Array,
  body: (bt: ReplayedDevice) => Promise<void>,
  options?: ReplayTestOptions,
): void | Promise<void>;
export function replayTest(
  capture: string | URL | Uint8Array,
  body: (bt: ReplayedBluetooth) => Promise<void>,
  options: PycomReplayTestOptions,
): void | Promise<void>;
export function replayTest(
  capture: string | URL | Uint8Array,
  body: ((bt: ReplayedDevice) => Promise<void>) | ((bt: ReplayedBluetooth) => Promise<void>),
  options: ReplayTestOptions | PycomReplayTestOptions = {},
): void | Promise<void> {
  const name = options.name ?? (capture instanceof Uint8Array ? 'capture' : String(capture));
  const title = options.title ?? `replays ${name}`;
  const run = () => runReplay(capture, name, body as (bt: unknown) => Promise<void>, options);
  const test = options.test ?? runnersTest();
  if (!(test instanceof Promise)) {
    test(title, run);
    return undefined;
  }
  return test.then((found) => void found(title, run));
}

async function runReplay(
  capture: string | URL | Uint8Array,
  name: string,
  body: (bt: unknown) => Promise<void>,
  options: ReplayTestOptions | PycomReplayTestOptions,
): Promise<void> {
  const { title: _, test: __, update = wantsUpdate(), onReport, ...rest } = options;
  const { device, pycom, ...replayed } = rest as Omit<ReplayTestOptions, 'pycom'> &
    Partial<PycomReplayTestOptions>;
  checkKeys('replayTest', options, [...known, ...Object.keys(replayed)]);
  const octets = capture instanceof Uint8Array ? capture : await readReplay(capture);
  const read = readCapture(octets);
  if (read.stopped) throw read.stopped;
  const played = replay(read.list, { ...replayed, name, acceptChanges: update });
  const session = update ? new Session(read.format!) : undefined;
  const common = { transport: played, clock: played.clock, random: played.random };
  const recorded = session ? { ...common, capture: session } : common;
  let report: ReplayReport;
  let close = () => Promise.resolve();
  try {
    if (pycom) {
      const { Bluetooth } = await import('../../api/index.js');
      const bluetooth = new Bluetooth({ ...(pycom === true ? {} : pycom), ...recorded });
      close = () => bluetooth.deinit();
      await played.run(bluetooth.init());
      await played.run(body({ bluetooth, replay: played } satisfies ReplayedBluetooth));
    } else {
      const { Device } = await import('../../gap/index.js');
      const opened = await played.run(Device.open({ ...device, ...recorded }));
      close = () => opened.close();
      await played.run(body({ device: opened, replay: played } satisfies ReplayedDevice));
    }
    report = await played.end();
    session?.stop();
  } finally {
    await played.run(close()).catch(() => {});
  }
  onReport?.(report);
  if (!session || report.of('new behaviour').length === 0) return;
  if (capture instanceof Uint8Array)
    throw new TypeError('replayTest: update: a capture in memory has no file');
  await writeReplay(capture, session.octets);
}

/** The session that there was, as a file. */
class Session implements CaptureSink {
  private readonly parts: Uint8Array[] = [];
  private readonly recorder: PacketRecorder;
  private isOver = false;

  constructor(format: CaptureFormat) {
    this.recorder = new PacketRecorder({ format, write: (octets) => void this.parts.push(octets.slice()) });
    this.parts.push(this.recorder.header());
  }

  packet(time: number, sent: boolean, type: number, bytes: Uint8Array, start: number, end: number): void {
    if (!this.isOver) this.recorder.packet(time, sent, type, bytes, start, end);
  }

  /** What comes from here on, the closing of the host, is not of the session. */
  stop(): void {
    this.isOver = true;
    this.recorder.flush();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  get octets(): Uint8Array {
    const whole = new Uint8Array(this.parts.reduce((size, part) => size + part.length, 0));
    let at = 0;
    for (const part of this.parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
