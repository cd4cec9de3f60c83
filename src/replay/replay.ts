import { checkInteger, checkKeys } from '../core/check.js';
import { SimulatedClock } from '../core/clock.js';
import { StateError, TransportError } from '../core/errors.js';
import { type RandomSource, seededRandom } from '../core/random.js';
import { type Capture, type CaptureRecord, readCapture } from '../hci/capture/index.js';
import type { PacketTypeCode } from '../hci/packet-type.js';
import type { HciTransport, HciTransportSink, TransportOpened } from '../hci/transport/transport.js';
import { CapturedKeys } from './captured-keys.js';
import { capturedPairings } from './captured-pairings.js';
import { CapturedRandom } from './captured-random.js';
import { type DivergenceKind, lenient } from './kinds.js';
import { lastAttFrame } from './last-att.js';
import { capturedPackets, makeScript, type ScriptOptions } from './make-script.js';
import { Player } from './player.js';
import type { ReplayError, ReplayKeyError } from './replay-error.js';
import type { ReplayReport } from './report.js';
import type { CapturedPacket } from './script.js';
import { checkSecrets, type ReplaySecrets } from './secrets.js';

/** How a capture is replayed. */
export interface ReplayOptions {
  /** What the capture is called in messages: the name of its file. */
  readonly name?: string;
  /**
   * What the host may do otherwise than the captured one: `'strict'` nothing, every packet octet for octet; `'lenient'` all kinds;
   * or a list of kinds, see {@link DivergenceKind}. Default: `'lenient'`.
   */
  readonly permit?: 'strict' | 'lenient' | readonly DivergenceKind[];
  /**
   * Where the replay ends: the number of the last packet, counted from 1; or `'last ATT PDU'`, of the connections that are
   * replayed. Default: the capture's end.
   */
  readonly until?: number | 'last ATT PDU';
  /**
   * Commands that the host need not send though they act on the air, by their opcodes or the numbers of their packets. With a command go
   * its answer, the event that ended what it began, and the link that came about by it.
   */
  readonly ignore?: { readonly opcodes?: readonly number[]; readonly frames?: readonly number[] };
  /**
   * Takes a packet of the right kind with other values than the captured one as if it were the same, and goes on; false. Packets
   * that are missing or too many end the replay all the same: what a controller would answer them the capture does not show.
   */
  readonly acceptChanges?: boolean;
  /** Where time comes from; a clock of its own without. */
  readonly clock?: SimulatedClock;
  /** Where randomness comes from that the capture does not show; a seed without. */
  readonly random?: RandomSource;
  /**
   * What pairings of the capture need that it does not show: private keys and passkeys. Without, a pairing that needs one ends the
   * replay with a {@link ReplayKeyError}.
   */
  readonly secrets?: ReplaySecrets;
}

const known = ['name', 'permit', 'until', 'ignore', 'acceptChanges', 'clock', 'random', 'secrets'];
/** A little longer than any supervision timeout (32 s), discovery or wait of a user's. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

/**
 * A transport that plays the controller of a capture at a host: it waits for each packet of the host, compares it with the
 * captured one, and gives the next of the controller's, at the time that the capture says. At the first field that differs and
 * may not, it closes with a {@link ReplayError}.
 *
 * ```ts
 * const played = replay(await readFile('thermometer.btsnoop'));
 * const device = await played.run(Device.open({ transport: played, clock: played.clock, random: played.random }));
 * const link = await played.run(device.connect('C0:DE:C0:00:00:01/random'));
 * console.log(String(await played.end()));
 * ```
 */
export class Replay implements HciTransport {
  readonly name: string;
  /** The time of the replay: give it to the host. It stands still between {@link run} and {@link end}. */
  readonly clock: SimulatedClock;
  /**
   * What the captured host drew at random, as far as the capture shows it, values of pairings and {@link ReplayOptions.secrets}
   * among it: give it to the host.
   */
  readonly random: RandomSource;
  private readonly player: Player;
  private sink: HciTransportSink | undefined;
  private state: 'new' | 'open' | 'closed' = 'new';
  private finish!: () => void;
  private readonly finished: Promise<void>;

  /** @internal Made by {@link replay}. */
  constructor(packets: readonly CapturedPacket[], all: readonly CapturedPacket[], options: ReplayOptions) {
    const permitted = permittedKinds(options);
    this.name = `replay:${options.name ?? 'capture'}`;
    this.clock = options.clock ?? new SimulatedClock();
    const fallback = options.random ?? seededRandom(1);
    const captured = capturedPairings(packets);
    const keys = new CapturedKeys({
      name: this.name,
      captured,
      secrets: checkSecrets(options.secrets ?? {}),
      fallback,
      position: () => this.player.position,
      missing: (error) => this.player.abort(error),
    });
    this.random = new CapturedRandom(packets, captured, keys, fallback);
    this.finished = new Promise((resolve) => {
      this.finish = resolve;
    });
    const script = makeScript(packets, scriptOptions(options, packets.length < all.length));
    this.player = new Player({
      name: this.name,
      script,
      permitted,
      acceptChanges: options.acceptChanges ?? false,
      clock: this.clock,
      random: fallback,
      give: (type, bytes) => this.sink?.packet(type as PacketTypeCode, bytes, 0, bytes.length),
      diverged: (error) => {
        this.finish();
        this.closed(error);
      },
      completed: () => this.finish(),
    });
  }

  get writeBacklog(): number {
    return 0;
  }

  /** What came of the replay up to now. */
  get report(): ReplayReport {
    return this.player.report;
  }

  /** Opens it, once. @throws {TransportError} the second time */
  async open(sink: HciTransportSink): Promise<TransportOpened> {
    if (this.state !== 'new') throw new TransportError(`${this.name}: a replay is opened once`, 'PORT_BUSY');
    this.state = 'open';
    this.sink = sink;
    this.player.start();
    return { resetDone: false };
  }

  send(packet: Uint8Array): void {
    if (this.state === 'open') this.player.take(packet);
  }

  async close(): Promise<void> {
    this.player.stop();
    this.closed(undefined);
  }

  /**
   * Lets time pass until something has settled, and gives what it gives.
   * @throws {ReplayError} when the host departs from the capture meanwhile, or waits for what the capture does not have
   * @throws {ReplayKeyError} when it pairs, and the capture does not show what that takes
   */
  async run<T>(work: Promise<T>): Promise<T> {
    try {
      return await this.clock.run(work, LONGEST_WAIT_MS);
    } catch (error) {
      work.catch(() => {});
      // Whoever waits in vain, or is told of a lost port, wants to know why.
      throw (isOutOfTime(error) ? this.player.problem : this.player.stopped) ?? error;
    }
  }

  /**
   * Resolves when everything before a packet of the capture was played, so that it is next: to make a call when the captured
   * host made it. Time has to pass meanwhile, see {@link run}.
   * @param frame the packet's number, counted from 1
   * @throws {ReplayError} when the host departs from the capture before
   */
  reached(frame: number): Promise<void> {
    return this.player.reached(frame);
  }

  /**
   * Lets the capture go on to its end, and says how it went.
   * @throws {ReplayError} when the host departed from the capture, or leaves out what the capture has next
   */
  async end(): Promise<ReplayReport> {
    if (this.state === 'new') throw new StateError(`${this.name}: end: the replay was not opened`);
    try {
      await this.clock.run(this.finished, LONGEST_WAIT_MS);
    } catch (error) {
      if (!isOutOfTime(error)) throw error;
    }
    const { problem, report } = this.player;
    if (problem) throw problem;
    return report;
  }

  private closed(error: ReplayError | ReplayKeyError | undefined): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.sink?.closed(error);
  }
}

function isOutOfTime(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('simulated time ran out');
}

/**
 * Makes a replay of a capture: see {@link Replay}.
 * @param capture a file in memory, or what was read of one
 * @throws {CaptureError} when it is no capture, or damaged
 * @throws {RangeError | TypeError} when an option is wrong
 */
export function replay(
  capture: Uint8Array | Pick<Capture, 'list' | 'stopped'> | readonly CaptureRecord[],
  options: ReplayOptions = {},
): Replay {
  checkKeys('replay', options, known);
  const all = capturedPackets(recordsOf(capture));
  const until = lastFrame(all, options);
  return new Replay(
    all.filter(({ frame }) => frame <= until),
    all,
    options,
  );
}

function recordsOf(
  capture: Uint8Array | Pick<Capture, 'list' | 'stopped'> | readonly CaptureRecord[],
): readonly CaptureRecord[] {
  if (Array.isArray(capture)) return capture;
  const read = capture instanceof Uint8Array ? readCapture(capture) : (capture as Capture);
  if (read.stopped) throw read.stopped;
  return read.list;
}

function permittedKinds({ permit = 'lenient' }: ReplayOptions): ReadonlySet<DivergenceKind> {
  if (permit === 'strict') return new Set();
  if (permit === 'lenient') return new Set(lenient);
  for (const kind of permit) {
    if (!lenient.includes(kind))
      throw new RangeError(`permit: there is no divergence called ${String(kind)}`);
  }
  return new Set(permit);
}

function scriptOptions(options: ReplayOptions, isCut: boolean): ScriptOptions {
  const permitted = permittedKinds(options);
  const { opcodes = [], frames = [] } = options.ignore ?? {};
  return {
    isStrict: permitted.size === 0,
    ownConnectionParameters: permitted.has('connection parameters'),
    ignored: (opcode, frame) => opcodes.includes(opcode) || frames.includes(frame),
    isCut,
  };
}

function lastFrame(all: readonly CapturedPacket[], options: ReplayOptions): number {
  const { until } = options;
  if (until === undefined) return Number.POSITIVE_INFINITY;
  if (until !== 'last ATT PDU') return checkInteger('until', until, 1, Number.MAX_SAFE_INTEGER);
  const last = lastAttFrame(makeScript(all, { ...scriptOptions(options, false), isStrict: false }).items);
  if (last === undefined) throw new RangeError('until: the capture has no ATT PDU of an LE connection');
  return last;
}
