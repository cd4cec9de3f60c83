import type { Address } from '../../core/address.js';
import type { Clock, Timer } from '../../core/clock.js';
import { HciError } from '../../core/errors.js';
import type { ControllerInfo } from '../../hci/bringup/bringup.js';
import type { HciHost } from '../../hci/host.js';
import type { Connection } from '../connection.js';
import { isReset, REMOTE_USER_TERMINATED } from '../errors.js';
import type { RadioGate } from '../privacy/radio-gate.js';
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
import { Initiation } from './initiation.js';
import type { Turns } from './turns.js';

/** How long a round goes on while others wait: more than the usual advertising intervals. */
const SHARE_MS = 2500;
/** The longest that attempts are together without a link, while the controller has not shown that it can. */
const LONGEST_DOUBT_MS = 60_000;
/** How many have a turn of their own then, before they are together again. */
const SINGLES = 3;

/**
 * Initiating as a central: Core Vol 4, Part E, 7.8.12, 7.8.13 and 7.8.66. The controller takes one command at a time. Attempts
 * that want the same of it share one, by its filter accept list; all others take turns.
 */
export class Initiator {
  private readonly host: HciHost;
  private readonly clock: Clock;
  private readonly radio: Radio;
  private readonly gate: RadioGate;
  private readonly acceptList: AcceptList;
  private readonly turns: Turns;
  private readonly initiation: Initiation;
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
    this.initiation = new Initiation(host, this.extended);
    gate.add(this.initiation);
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
    this.initiation.connected();
    const wanted = round.attemptOf(connection) !== undefined;
    round.link.resolve(wanted ? connection : undefined);
    return wanted;
  }

  /** For the device: the controller reports that no connection came about. */
  failed(status: number): void {
    this.initiation.failed(status);
  }

  /** For the device: the controller is gone. */
  abort(error: Error): void {
    this.initiation.abort(error);
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
      await this.initiation.pause();
      if (this.initiation.isPaused && this.round === round) round.link.resolve(undefined);
    };
    this.gate.use(work).catch((error: unknown) => {
      // It goes on, for those who stay.
      round.stale = false;
      for (const one of round.attempts) if (one.left) this.end(one);
      if (!isReset(error) && this.host.isOpen) this.initiation.tell(error);
    });
  }

  private async run(round: Round): Promise<void> {
    const { attempts, link, byList } = round;
    this.round = round;
    this.initiation.prepare(link);
    for (const one of this.queue) if (attempts.some((mine) => mine === one || mine.isLike(one))) one.onTurn();
    this.host.trace?.(`connect(${round.what.replace('connection to ', '')}) →`);
    const create = async () => {
      // What it would begin with is not wanted any more, or has gone to somebody else.
      if (round.stale || (byList && !this.acceptList.isLentTo(round))) return link.resolve(undefined);
      const parameters = round.parameters();
      const send = () =>
        createConnection(this.host, this.extended(), byList ? byAcceptList(parameters) : parameters);
      await this.turns.initiate(() => this.initiation.send(send));
    };
    try {
      await this.prepareList(round);
      await this.gate.use(() => this.initiation.begin(create));
      this.shareTime();
      this.doubt(round);
      await Promise.race([link.promise, round.deserted]);
      if (!link.settled) await this.initiation.cancel();
      else await this.settle(round, await link.promise);
    } catch (error) {
      if (byList && error instanceof HciError) this.apart = true;
      else for (const { left, result } of attempts) if (!left) result.reject(error);
    } finally {
      this.clock.clearTimeout(this.shareTimer);
      this.clock.clearTimeout(this.doubtTimer);
      this.shareTimer = undefined;
      this.round = undefined;
      this.initiation.end();
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
}
