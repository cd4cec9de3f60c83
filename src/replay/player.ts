import { u16At } from '../core/bytes.js';
import type { Clock, Timer } from '../core/clock.js';
import { StateError } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import { decode } from '../decode/index.js';
import { PacketType } from '../hci/packet-type.js';
import { ControllerSide } from './controller-side.js';
import { HostFrames } from './host-frames.js';
import type { DivergenceKind } from './kinds.js';
import { Ledger } from './ledger.js';
import { equivalentOpcodes } from './legacy.js';
import { type Match, Matcher } from './matching.js';
import { onAir } from './policy.js';
import { Queues } from './queues.js';
import type { ReplayError, ReplayKeyError } from './replay-error.js';
import { type DivergenceUse, ReplayReport } from './report.js';
import { type CapturedPacket, type Exchange, isHosts, type Script, type ScriptItem } from './script.js';
import { isAttResponse } from './streams.js';
import { Synthesis } from './synthesis.js';
import { type Finding, readable, verdict } from './verdict.js';

/** What a {@link Player} needs. */
export interface PlayerOptions {
  /** What the capture is called in messages. */
  readonly name: string;
  readonly script: Script;
  /** What the host may do otherwise; nothing makes the replay strict. */
  readonly permitted: ReadonlySet<DivergenceKind>;
  /** Whether other values than the captured ones go as well. */
  readonly acceptChanges: boolean;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Gives the host a packet. */
  readonly give: (type: number, bytes: Uint8Array) => void;
  /** The host departed from the capture, once: nothing comes after it. */
  readonly diverged: (error: ReplayError | ReplayKeyError) => void;
  /** The capture was played to its end, once. */
  readonly completed: () => void;
}

/** Plays the controller of a capture: takes the host's packets, compares them, gives the next of the controller's. */
export class Player {
  private readonly options: PlayerOptions;
  private readonly items: readonly ScriptItem[];
  private readonly queues: Queues;
  private readonly clock: Clock;
  private readonly isStrict: boolean;
  private readonly ledger: Ledger;
  private readonly matcher: Matcher;
  private readonly synthesis: Synthesis;
  private readonly side: ControllerSide;
  /** How many ACL packets the host may send ahead. */
  private readonly aclPackets: number;
  private readonly frames: HostFrames;
  private readonly inbox: Uint8Array[] = [];
  private readonly startedAt: number;
  /** The first item that is not done. */
  private cursor = 0;
  /** Milliseconds from the time of the capture to that of the clock. */
  private shift: number;
  private compared = 0;
  private timer: Timer | undefined;
  private pumping: Timer | undefined;
  private state: 'playing' | 'complete' | 'stopped' = 'playing';
  private failure: ReplayError | ReplayKeyError | undefined;
  /** Who waits until the capture was played up to a packet. */
  private waiting: { readonly frame: number; readonly settle: () => void }[] = [];

  constructor(options: PlayerOptions) {
    const { script, permitted, clock, random, give } = options;
    this.options = options;
    this.items = script.items;
    this.queues = new Queues(script.items);
    this.clock = clock;
    this.startedAt = clock.now();
    this.shift = this.startedAt;
    this.isStrict = permitted.size === 0;
    this.ledger = new Ledger(permitted);
    this.matcher = new Matcher(permitted);
    this.synthesis = new Synthesis(script.exchanges, script.packets, random);
    this.aclPackets = this.synthesis.aclPackets;
    this.side = new ControllerSide(this.ledger, this.synthesis.shownCommands, (type, bytes) => {
      if (this.state !== 'stopped') give(type, bytes);
    });
    this.frames = new HostFrames({
      queues: this.queues,
      matcher: this.matcher,
      side: this.side,
      renames: permitted.has('identifier'),
      goes: (match) => this.goes(match),
      awaitsResponse: (item, handle) => this.awaitsResponse(item, handle),
      // Behind the end nothing is compared, unless the capture itself ends there.
      isCut: () => this.state === 'complete' && script.isCut,
      matched: (item, match) => this.matched(item, match),
      renamed: (frame, what) => this.ledger.permits('identifier', frame, what),
      fail: (finding) => this.fail(finding),
    });
    for (const { frame, what } of script.foreign) this.ledger.permits('other link', frame, what);
  }

  /** Begins to give what no packet of the host's goes before. */
  start(): void {
    this.advance();
  }

  /** Nothing is given any more. */
  stop(): void {
    this.clock.clearTimeout(this.timer);
    this.clock.clearTimeout(this.pumping);
    this.state = 'stopped';
    this.inbox.length = 0;
    for (const { settle } of this.waiting.splice(0)) settle();
  }

  /**
   * Resolves when everything before a packet of the capture was played: the packet is next, or the capture is at its end.
   * @throws {ReplayError} when the host departs from the capture before
   */
  async reached(frame: number): Promise<void> {
    if (!this.isAt(frame) && this.state === 'playing') {
      await new Promise<void>((settle) => this.waiting.push({ frame, settle }));
    }
    if (!this.isAt(frame)) throw this.problem ?? new StateError('the replay was closed');
  }

  private isAt(frame: number): boolean {
    return this.position >= frame;
  }

  /** The number of the packet that is next; infinite at the end of the capture. */
  get position(): number {
    return this.items[this.cursor]?.packet.frame ?? Number.POSITIVE_INFINITY;
  }

  /** It cannot go on: the host departed from the capture, or lacks what it needs. */
  abort(error: ReplayError | ReplayKeyError): void {
    if (this.state === 'stopped') return;
    this.failure = error;
    this.stop();
    this.options.diverged(error);
  }

  /** Takes a packet of the host, its indicator first. What it brings about comes later. */
  take(packet: Uint8Array): void {
    if (this.state === 'stopped') return;
    this.inbox.push(packet);
    this.pumping ??= this.clock.setTimeout(() => {
      this.pumping = undefined;
      for (let next = this.inbox.shift(); next; next = this.inbox.shift()) this.handle(next);
      this.advance();
    }, 0);
  }

  /** What came of it up to now. */
  get report(): ReplayReport {
    const isComplete = this.cursor === this.items.length;
    return new ReplayReport({
      uses: isComplete ? [...this.ledger.uses, ...this.unused()] : [...this.ledger.uses],
      compared: this.compared,
      given: this.side.given,
      complete: isComplete && this.failure === undefined,
      simulatedMs: this.clock.now() - this.startedAt,
    });
  }

  /** Why it stopped before its end; `undefined` while it has not. */
  get stopped(): ReplayError | ReplayKeyError | undefined {
    return this.failure;
  }

  /** Why it stopped, or why it is not at its end; `undefined` where it is. */
  get problem(): ReplayError | ReplayKeyError | undefined {
    if (this.failure) return this.failure;
    const due = this.items[this.cursor];
    if (!due) return undefined;
    if (!isHosts(due)) return this.verdict({ due, got: undefined, reason: 'the replay was ended before it' });
    const unfinished = due.of === 'frame' ? this.frames.unfinished(due) : undefined;
    return this.verdict(unfinished ?? { due, got: undefined });
  }

  private handle(packet: Uint8Array): void {
    const type = packet[0]!;
    const bytes = packet.subarray(1);
    if (this.state === 'stopped') return;
    if (this.isStrict && this.state !== 'complete') this.strictly(type, bytes);
    else if (type === PacketType.command && bytes.length >= 3) this.command(bytes);
    else if (type === PacketType.acl) this.acl(bytes);
    else this.other(type, bytes);
  }

  /** Octet for octet, one after another. */
  private strictly(type: number, bytes: Uint8Array): void {
    const due = this.queues.first;
    const match =
      due && due.packet.type === type ? this.matcher.packet(type, due.packet.bytes, bytes) : undefined;
    if (due && match && this.goes(match)) this.matched(due, match);
    else this.fail({ due, got: decode(type, bytes) });
  }

  private command(bytes: Uint8Array): void {
    const opcode = u16At(bytes, 0);
    const due = this.queues.command;
    const match = due && this.matchOf(due.exchange, bytes);
    if (due && match && this.goes(match)) {
      if (!this.matched(due, match)) return;
      due.exchange.usedAs = opcode;
      this.side.filter.command(bytes);
      return;
    }
    if (this.optional(bytes, opcode)) return;
    // What acts on the air, and stands elsewhere in the capture or once less, is out of place here.
    const { exchanges } = this.options.script;
    const isKnown = exchanges.some((one) => equivalentOpcodes(one.opcode).includes(opcode));
    const isAmiss = match !== undefined || (isKnown && this.isOnAir(opcode));
    if (isAmiss && this.state === 'playing') {
      const { expected, divergent: difference } = match ?? {};
      this.fail({
        due: due ?? this.queues.first,
        expected,
        got: decode(PacketType.command, bytes),
        difference,
      });
    } else this.synthesise(bytes);
  }

  private isOnAir(opcode: number): boolean {
    return onAir(opcode, this.options.permitted.has('connection parameters'));
  }

  /** How a command compares with a captured one, or with what may stand for that; `undefined` where it is another one. */
  private matchOf(exchange: Exchange, bytes: Uint8Array): Match | undefined {
    const expected = this.matcher.expectedCommand(exchange, u16At(bytes, 0));
    if (!expected) return undefined;
    const match = this.matcher.command(expected, bytes, exchange);
    if (expected === exchange.command.bytes) return match;
    const captured = decode(PacketType.command, exchange.command.bytes).name;
    const what = `${captured} → ${match.got.name}`;
    return { ...match, uses: [{ kind: 'legacy for extended', what }, ...match.uses] };
  }

  /** Answers a command that the capture has among those that may come; says whether it does. */
  private optional(bytes: Uint8Array, opcode: number): boolean {
    const found = this.candidate(bytes);
    if (!found) return false;
    const { exchange, match, answer } = found;
    const { command, finish } = exchange;
    exchange.usedAs = opcode;
    this.compared++;
    this.ledger.match(match, command.frame);
    this.side.filter.command(bytes);
    this.later(answer.at - command.at, () => this.side.answer(answer, exchange));
    if (finish) this.later(finish.at - command.at, () => this.side.event(finish));
    return true;
  }

  /** Of the commands that may come, the one that is the host's: the very same, else the nearest that goes for it. */
  private candidate(bytes: Uint8Array) {
    const here = this.position;
    let best:
      | { readonly exchange: Exchange; readonly answer: CapturedPacket; readonly match: Match }
      | undefined;
    for (const exchange of this.options.script.optional) {
      const { answer } = exchange;
      if (exchange.usedAs !== undefined || !answer) continue;
      const match = this.matchOf(exchange, bytes);
      if (!match || match.divergent) continue;
      const found = { exchange, answer, match };
      if (match.uses.length === 0) return found;
      if (!best || best.exchange.command.frame < here) best = found;
    }
    return best;
  }

  private synthesise(bytes: Uint8Array): void {
    const { events, what } = this.synthesis.answer(bytes);
    // Behind the end everything is permitted: a host that closes stops what it has begun.
    if (this.state === 'playing' && !this.ledger.permits('synthesised answer', undefined, what)) {
      this.fail({ due: this.queues.first, got: decode(PacketType.command, bytes) });
      return;
    }
    this.side.filter.command(bytes);
    for (const event of events) this.later(0, () => this.side.made(event));
  }

  private acl(bytes: Uint8Array): void {
    this.frames.receive(bytes);
    // Where a host's fragments are others than the captured one's, buffers come back when it has none left.
    if (this.state === 'complete' || this.side.credits.total >= this.aclPackets) {
      this.later(0, () => this.side.completed());
    }
  }

  private other(type: number, bytes: Uint8Array): void {
    const due = this.queues.packet;
    const match =
      due && due.packet.type === type ? this.matcher.packet(type, due.packet.bytes, bytes) : undefined;
    if (due && match && !match.divergent) this.matched(due, match);
    else if (this.state === 'playing') this.fail({ due: due ?? this.queues.first, got: decode(type, bytes) });
  }

  /** Whether the host may go on with what it sent. */
  private goes({ divergent, expected, got }: Match): boolean {
    return divergent === undefined || (this.options.acceptChanges && expected.name === got.name);
  }

  /** Whether the response to the host's last request is still to be given, before `item`. */
  private awaitsResponse(item: ScriptItem, handle: number): boolean {
    for (let i = this.cursor; this.items[i] !== item; i++) {
      const { done, packet } = this.items[i]!;
      if (done || packet.sent || packet.type !== PacketType.acl) continue;
      if ((u16At(packet.bytes, 0) & 0xfff) === handle && isAttResponse(packet.bytes.subarray(4))) return true;
    }
    return false;
  }

  /** The host sent what was due in its stream; says whether it may come now. */
  private matched(item: ScriptItem, match: Match): boolean {
    const { first } = this.queues;
    const { frame, at } = item.packet;
    if (first && first !== item) {
      const what = `${match.got.name} before ${readable(first).name}`;
      if (!this.ledger.permits('order', frame, what)) {
        this.fail({ due: first, got: match.got });
        return false;
      }
    }
    item.done = true;
    this.compared++;
    this.ledger.match(match, frame);
    if (match.divergent) this.ledger.changed(match, frame);
    // The capture goes on from the host's moment: an early packet brings all before it forward, a late one puts it off.
    const now = this.clock.now();
    if (now < at + this.shift || first === item) this.shift = now - at;
    return true;
  }

  /** Gives what is due, up to the next packet that the host has to send. */
  private advance(): void {
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
    if (this.state !== 'playing') return;
    while (this.items[this.cursor]?.done) this.cursor++;
    const ready = this.waiting.filter(({ frame }) => this.isAt(frame));
    this.waiting = this.waiting.filter((one) => !ready.includes(one));
    for (const { settle } of ready) settle();
    const item = this.items[this.cursor];
    if (!item) {
      this.state = 'complete';
      if (!this.isStrict) this.side.completed();
      this.options.completed();
    } else if (!isHosts(item)) {
      const delayMs = Math.max(0, item.packet.at + this.shift - this.clock.now());
      this.timer = this.clock.setTimeout(() => {
        item.done = true;
        if (this.isStrict) this.side.asItIs(item.packet);
        else this.side.item(item);
        this.advance();
      }, delayMs);
    }
  }

  private later(delayMs: number, work: () => void): void {
    this.clock.setTimeout(() => {
      if (this.state !== 'stopped') work();
    }, delayMs);
  }

  /** Commands of the capture that the host did without. */
  private unused(): DivergenceUse[] {
    const left = this.options.script.optional.filter(({ usedAs }) => usedAs === undefined);
    return left.map(({ command: { frame, bytes } }) => ({
      kind: 'ignored command',
      frame,
      what: decode(PacketType.command, bytes).name,
    }));
  }

  private verdict(finding: Finding): ReplayError {
    return verdict(this.options.name, this.options.script.packets, finding);
  }

  private fail(finding: Finding): void {
    if (this.state !== 'stopped') this.abort(this.verdict(finding));
  }
}
