import type { Address } from '../../core/address.js';
import type { Clock, Timer } from '../../core/clock.js';
import { HciError } from '../../core/errors.js';
import { Transaction, within } from '../../core/transaction.js';
import type { ControllerInfo } from '../../hci/bringup/bringup.js';
import {
  leCreateConnection,
  leCreateConnectionCancel,
  leExtendedCreateConnectionV1,
} from '../../hci/commands/index.js';
import { describeStatus } from '../../hci/error-names.js';
import type { HciHost } from '../../hci/host.js';
import type { Connection } from '../connection.js';
import {
  afterOff,
  COMMAND_DISALLOWED,
  ignoreDisallowed,
  isReset,
  REMOTE_USER_TERMINATED,
  UNKNOWN_CONNECTION,
} from '../errors.js';
import type { RadioGate, RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import type { AcceptList } from './accept-list.js';
import { Attempt, Round } from './attempt.js';
import {
  byAcceptList,
  type ConnectOptions,
  createConnection,
  createParameters,
  timeoutOf,
} from './connect-options.js';
import type { Turns } from './turns.js';

/** How long a round goes on while others wait: more than the usual advertising intervals. */
const SHARE_MS = 2500;
/** The longest that attempts are together without a link, while the controller has not shown that it can. */
const LONGEST_DOUBT_MS = 60_000;
/** How many have a turn of their own then, before they are together again. */
const SINGLES = 3;
/** How long the event of a cancelled attempt is waited for. */
const CANCEL_MS = 2000;

/**
 * Initiating as a central: Core Vol 4, Part E, 7.8.12, 7.8.13 and 7.8.66. The controller takes one command at a time. Attempts
 * that want the same of it share one, by its filter accept list; all others take turns.
 */
export class Initiator implements RadioUser {
  private readonly host: HciHost;
  private readonly clock: Clock;
  private readonly radio: Radio;
  private readonly gate: RadioGate;
  private readonly acceptList: AcceptList;
  private readonly turns: Turns;
  /** Whether the controller there is takes the extended commands. */
  private readonly extended: () => boolean;
  /** All that have no link yet, those whose turn is next first. */
  private queue: Attempt[] = [];
  private serving = false;
  private count = 0;
  private round: Round | undefined;
  /** The controller did not do one for several: each has its own, until there are none. */
  private apart = false;
  /** The controller that has connected by its list. */
  private proven: ControllerInfo | undefined;
  private doubtMs = SHARE_MS;
  /** How many are to have a turn of their own, in doubt. */
  private singles = 0;
  private doubtTimer: Timer | undefined;
  /** Begins the round again that was called off for a pause. */
  private again: (() => Promise<unknown>) | undefined;
  /** The round is being called off for a pause: resolves when it is, or when a connection came after all. */
  private pausing: Transaction<void> | undefined;
  private paused = false;
  /** An attempt was called off, and the controller may be at it all the same. */
  private stuck = false;
  private shareTimer: Timer | undefined;

  constructor(radio: Radio, acceptList: AcceptList, turns: Turns) {
    const { host, gate, controller } = radio;
    this.extended = () => controller().advertisingCommands === 'extended';
    this.host = host;
    this.clock = host.clock;
    this.radio = radio;
    this.gate = gate;
    this.acceptList = acceptList;
    this.turns = turns;
    turns.isInitiating = () => this.round !== undefined && !this.round.link.settled;
    turns.share = () => this.shareTime();
    gate.add(this);
  }

  /**
   * Whether an attempt could begin with these options.
   * @throws {RangeError | TypeError | NotSupportedError} naming the option that is not permitted, or what the controller has not
   */
  check(options: ConnectOptions): void {
    createParameters(undefined, options, this.radio);
  }

  /** Connects to `peer`, together with other attempts or in turns with them, until each has its time or its link. */
  connect(peer: Address, options: ConnectOptions): Promise<Connection> {
    return this.begin(peer, options);
  }

  /** Connects to the first peer of the controller's filter accept list, in turns with other attempts. */
  connectListed(options: ConnectOptions): Promise<Connection> {
    return this.begin(undefined, options);
  }

  /** Whether the controller has shown that it connects by its list: some take the command, and nothing comes of it. */
  get isProven(): boolean {
    return this.proven === this.radio.controller();
  }

  /** For the device: the controller reports a connection as central. Says whether somebody waited for it. */
  connected(connection: Connection): boolean {
    const { round } = this;
    if (!round || round.link.settled) return false;
    this.pausing?.resolve();
    const wanted = round.attemptOf(connection) !== undefined;
    round.link.resolve(wanted ? connection : undefined);
    return wanted;
  }

  /** For the device: the controller reports that no connection came about. */
  failed(status: number): void {
    if (this.pausing && status === UNKNOWN_CONNECTION) {
      this.pausing.resolve();
      return;
    }
    this.pausing?.resolve();
    const { opcode } = this.extended() ? leExtendedCreateConnectionV1 : leCreateConnection;
    this.round?.link.reject(new HciError(`no connection: ${describeStatus(status)}`, status, opcode));
  }

  /** For the device: the controller is gone. */
  abort(error: Error): void {
    this.round?.link.reject(error);
    this.pausing?.reject(error);
  }

  async pause(): Promise<void> {
    const { round, again } = this;
    if (!round || round.link.settled || !again) return;
    const pausing = new Transaction<void>({ clock: this.clock, what: 'pause of a connection attempt' });
    pausing.promise.catch(() => {});
    this.pausing = pausing;
    try {
      // Disallowed: it has just come to its end, and its event is on the way.
      await ignoreDisallowed(this.host.send(leCreateConnectionCancel, {}));
      if (!round.link.settled)
        await within(pausing.promise, {
          clock: this.clock,
          what: 'end of a paused connection attempt',
          timeoutMs: CANCEL_MS,
        });
    } finally {
      pausing.resolve();
      this.pausing = undefined;
    }
    if (!round.link.settled) this.paused = true;
  }

  async resume(): Promise<void> {
    const { round, again, paused } = this;
    this.paused = false;
    if (!paused || !round || round.link.settled || !again) return;
    await again().catch((error: unknown) => round.link.reject(error));
  }

  private async begin(peer: Address | undefined, options: ConnectOptions): Promise<Connection> {
    const parameters = createParameters(peer, options, this.radio);
    const attempt = new Attempt(peer, parameters, this.clock, this.count++);
    const { signal } = options;
    const timeoutMs = timeoutOf(options);
    signal?.throwIfAborted();
    // The time is over, or the caller leaves: whether the attempt has its turn then, or waits for another one.
    const leave = () => this.leave(attempt, signal?.reason);
    signal?.addEventListener('abort', leave, { once: true });
    let timer: Timer | undefined;
    attempt.onTurn = () => {
      if (timer !== undefined || timeoutMs === Number.POSITIVE_INFINITY) return;
      timer = this.clock.setTimeout(() => this.leave(attempt, attempt.timeoutError(timeoutMs)), timeoutMs);
    };
    try {
      this.join(attempt);
      return await attempt.result.promise;
    } finally {
      this.clock.clearTimeout(timer);
      signal?.removeEventListener('abort', leave);
    }
  }

  private join(attempt: Attempt): void {
    this.queue.push(attempt);
    const { round } = this;
    if (!round) void this.serve();
    else if (this.company(round.attempts[0]!).includes(attempt)) this.giveWay(round);
    else this.shareTime();
  }

  private leave(attempt: Attempt, reason: unknown): void {
    if (attempt.left || attempt.result.settled) return;
    attempt.left = { reason };
    const { round } = this;
    if (!round?.attempts.includes(attempt)) this.end(attempt);
    else if (round.isDeserted) round.leave();
    else this.giveWay(round);
  }

  /** It has its link, or its error. */
  private end(attempt: Attempt): void {
    this.queue = this.queue.filter((one) => one !== attempt);
    if (attempt.left) attempt.result.reject(attempt.left.reason);
  }

  private async serve(): Promise<void> {
    if (this.serving) return;
    this.serving = true;
    // Those that are asked for in one go are all there then.
    await Promise.resolve();
    while (this.queue.length > 0) {
      const round = new Round(this.company(this.queue[0]!), this.clock);
      const before = this.queue.length;
      await this.run(round);
      if (!round.byList && this.singles > 0 && this.queue.length === before) this.singles--;
      const rest = this.queue.filter((one) => round.attempts.includes(one));
      this.queue = [...this.queue.filter((one) => !rest.includes(one)), ...rest];
      await this.turns.over(this.queue.length > 0, SHARE_MS);
    }
    this.serving = false;
    this.apart = false;
    this.acceptList.release();
  }

  /** Those who can be in one round with the first of them, which is alone where there are none. */
  private company(first: Attempt): Attempt[] {
    const room =
      this.apart || this.singles > 0 || first.alone || !first.peer ? 0 : this.acceptList.roomToLend();
    if (room < 2 || this.queue.length < 2) return [first];
    const taken = [first];
    const { kind } = first;
    for (const one of this.queue) {
      if (taken.length === room) break;
      if (!one.peer || one.alone || one.left || one.kind !== kind) continue;
      if (!taken.some((other) => other.isLike(one))) taken.push(one);
    }
    // Of two that want the same peer, the link is for whoever asked first.
    const isOlder = (one: Attempt, other: Attempt) =>
      one.isLike(other) && one.order < other.order && !one.left;
    return taken.map((one) => this.queue.find((other) => isOlder(other, one)) ?? one);
  }

  /** Others wait: the round that is under way gives way after its share of time. */
  private shareTime(): void {
    const { round } = this;
    if (!round || this.shareTimer !== undefined || !this.isWaitedFor(round)) return;
    this.shareTimer = this.clock.setTimeout(() => {
      this.shareTimer = undefined;
      if (this.round === round && this.isWaitedFor(round)) this.giveWay(round);
    }, SHARE_MS);
  }

  private isWaitedFor(round: Round): boolean {
    return this.turns.scansWait || this.queue.some((one) => !round.attempts.includes(one));
  }

  /** Whether it is the controller that nothing comes, or the peers that are not there, turns of their own show for some. */
  private doubt(round: Round): void {
    if (!round.byList || this.isProven) return;
    this.doubtTimer = this.clock.setTimeout(() => {
      this.doubtMs = Math.min(2 * this.doubtMs, LONGEST_DOUBT_MS);
      this.singles = Math.min(SINGLES, round.attempts.length);
      this.giveWay(round);
    }, this.doubtMs);
  }

  /** Calls a round off, so that the next can be; a link that comes about just then is kept. */
  private giveWay(round: Round): void {
    if (round.stale) return;
    round.stale = true;
    const work = async () => {
      if (this.round !== round || round.link.settled) return;
      await this.pause();
      if (this.paused && this.round === round) round.link.resolve(undefined);
    };
    this.gate.use(work).catch((error: unknown) => {
      // It goes on, for those who stay.
      round.stale = false;
      for (const one of round.attempts) if (one.left) this.end(one);
      if (!isReset(error) && this.host.isOpen) this.tell(error);
    });
  }

  private async run(round: Round): Promise<void> {
    const { attempts, link, byList } = round;
    this.round = round;
    for (const one of this.queue) if (attempts.some((mine) => mine === one || mine.isLike(one))) one.onTurn();
    this.host.trace?.(`connect(${round.what.replace('connection to ', '')}) →`);
    const create = async () => {
      // What it would begin with is not wanted any more, or has gone to somebody else.
      if (round.stale || (byList && !this.acceptList.isLentTo(round))) return link.resolve(undefined);
      const parameters = round.parameters();
      const send = () =>
        createConnection(this.host, this.extended(), byList ? byAcceptList(parameters) : parameters);
      await this.turns.initiate(() => (this.stuck ? afterOff(send, () => this.clear()) : send()));
      this.stuck = false;
    };
    try {
      await this.prepareList(round);
      await this.gate.use(async () => {
        await create();
        this.again = create;
      });
      this.shareTime();
      this.doubt(round);
      await Promise.race([link.promise, round.deserted]);
      if (!link.settled) await this.cancel(link);
      else await this.settle(round, await link.promise);
    } catch (error) {
      if (byList && error instanceof HciError) this.apart = true;
      else for (const { left, result } of attempts) if (!left) result.reject(error);
    } finally {
      this.clock.clearTimeout(this.shareTimer);
      this.clock.clearTimeout(this.doubtTimer);
      this.shareTimer = undefined;
      this.round = undefined;
      this.again = undefined;
      this.paused = false;
      for (const one of attempts) if (one.left || one.result.settled) this.end(one);
    }
  }

  /** Has the controller's filter accept list be what a round needs. */
  private async prepareList(round: Round): Promise<void> {
    const peers = round.attempts.flatMap(({ peer }) => peer ?? []);
    if (peers.length === 0) await this.acceptList.reclaim();
    else if (round.byList && !(await this.acceptList.lend(round, peers)))
      // Where it took fewer than it said, it gets fewer.
      this.apart = this.acceptList.roomToLend() >= peers.length;
  }

  private async settle(round: Round, connection: Connection | undefined): Promise<void> {
    const attempt = connection && round.attemptOf(connection);
    if (!attempt) return;
    if (round.byList || !attempt.peer) {
      this.proven = this.radio.controller();
      this.doubtMs = SHARE_MS;
    }
    for (const one of this.queue) if (one !== attempt && one.peer && one.isFor(connection)) one.alone = true;
    // It came about after all, and nobody wants it any more.
    if (attempt.left) await connection.disconnect(REMOTE_USER_TERMINATED).catch(() => {});
    else attempt.result.resolve(connection);
  }

  /** Ends an attempt that the controller still makes, though it was told to call it off: no other would ever begin. */
  private async clear(): Promise<void> {
    const ending = new Transaction<void>({
      clock: this.clock,
      what: 'end of an attempt that was called off',
    });
    ending.promise.catch(() => {});
    this.pausing = ending;
    try {
      await this.host.send(leCreateConnectionCancel, {});
      await within(ending.promise, { clock: this.clock, what: 'its event', timeoutMs: CANCEL_MS });
    } finally {
      ending.resolve();
      this.pausing = undefined;
    }
  }

  private async cancel(link: Transaction<Connection | undefined>): Promise<void> {
    // Called off already.
    this.again = undefined;
    if (this.paused) return;
    if (this.pausing) {
      await this.pausing.promise.catch(() => {});
      if (!link.settled) return;
    }
    try {
      await this.host.send(leCreateConnectionCancel, {});
    } catch (error) {
      // Disallowed means that the attempt has just come to its end: its event is on the way, or was here.
      if (!(error instanceof HciError && error.status === COMMAND_DISALLOWED)) {
        this.stuck = error instanceof HciError;
        if (!isReset(error) && this.host.isOpen) this.tell(error);
        return;
      }
    }
    try {
      const connection = await within(link.promise, {
        clock: this.clock,
        what: 'end of a cancelled connection',
        timeoutMs: CANCEL_MS,
      });
      // It came about after all, and nobody wants it any more.
      await connection?.disconnect(REMOTE_USER_TERMINATED);
    } catch (error) {
      if (error instanceof HciError && error.status === UNKNOWN_CONNECTION) return;
      this.stuck = true;
      this.tell(error);
    }
  }

  private tell(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.host.report({
      layer: 'gap',
      message: `a cancelled connection attempt did not end as specified: ${why}`,
    });
  }
}
