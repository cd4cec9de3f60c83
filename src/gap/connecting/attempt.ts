import type { Address } from '../../core/address.js';
import type { Clock } from '../../core/clock.js';
import { TimeoutError } from '../../core/errors.js';
import { Transaction } from '../../core/transaction.js';
import type { Connection } from '../connection.js';
import type { InitiatingParameters } from './connect-options.js';

/** What a program waits for that connects to one peer, or to whoever of the accept list is there. */
export class Attempt {
  /** Without, whoever of the accept list is heard first. */
  readonly peer: Address | undefined;
  /** As private addresses are at the moment. */
  readonly parameters: () => InitiatingParameters;
  readonly result: Transaction<Connection>;
  /** Why the program does not want it any more: its time is over, or it was called off. */
  left: { readonly reason: unknown } | undefined;
  /**
   * Not together with others: there is a link to this peer already, which the controller is to say, or it is asked in a subevent of
   * a train.
   */
  alone: boolean;
  /** Called when its first turn begins. */
  onTurn: () => void = () => {};

  /** Who came first. */
  readonly order: number;
  private readonly phys: string;

  constructor(
    peer: Address | undefined,
    parameters: () => InitiatingParameters,
    clock: Clock,
    order: number,
  ) {
    this.order = order;
    this.peer = peer;
    const { initiatingPhys, through } = parameters();
    this.phys = JSON.stringify([initiatingPhys, through]);
    this.alone = through !== undefined;
    this.parameters = parameters;
    this.result = new Transaction({ clock, what: this.what });
    this.result.promise.catch(() => {});
  }

  get what(): string {
    return `connection to ${this.name}`;
  }

  get name(): string {
    return String(this.peer ?? 'a peer of the accept list');
  }

  /** The error for when its time is over. */
  timeoutError(timeoutMs: number): TimeoutError {
    return new TimeoutError(
      `${this.what}: the device was not seen advertising connectably, or did not answer`,
      timeoutMs,
    );
  }

  /** The same for attempts that one command can do together, each with its peer on the filter accept list. */
  get kind(): string {
    return `${this.parameters().ownAddressType} ${this.phys}`;
  }

  /** Whether another one wants the same peer of the same kind. */
  isLike(other: Attempt): boolean {
    return this.peer !== undefined && this.peer.key === other.peer?.key && this.kind === other.kind;
  }

  /** Whether a link is the one that it waits for. */
  isFor({ peer, peerOnAir }: Connection): boolean {
    const mine = this.peer;
    return mine === undefined || [peer, peerOnAir].some((one) => isSame(one, mine));
  }
}

function isSame(one: Address, other: Address): boolean {
  return one.bd.equals(other.bd) && (one.type & 1) === (other.type & 1);
}

/** One command that initiates, for one attempt or for several. */
export class Round {
  readonly attempts: readonly Attempt[];
  /** The link, or nothing when it gave way to others. */
  readonly link: Transaction<Connection | undefined>;
  /** Resolves when nobody wants it any more. */
  readonly deserted: Promise<void>;
  /** Others are to be in it, or not any more: it is to give way as soon as it can. */
  stale = false;
  private desert!: () => void;

  constructor(attempts: readonly Attempt[], clock: Clock) {
    this.attempts = attempts;
    this.link = new Transaction({ clock, what: this.what });
    this.link.promise.catch(() => {});
    this.deserted = new Promise((resolve) => {
      this.desert = resolve;
    });
  }

  get what(): string {
    return `connection to ${this.attempts.map(({ name }) => name).join(', ')}`;
  }

  /** Whether its peers are on the controller's filter accept list for it. */
  get byList(): boolean {
    return this.attempts.length > 1;
  }

  get isDeserted(): boolean {
    return this.attempts.every(({ left, result }) => left || result.settled);
  }

  /** Somebody has left. */
  leave(): void {
    if (this.isDeserted) this.desert();
  }

  /** Of which attempt a link is that came about; with one there is no other. */
  attemptOf(connection: Connection): Attempt | undefined {
    return this.byList ? this.attempts.find((one) => one.isFor(connection)) : this.attempts[0];
  }

  parameters(): InitiatingParameters {
    return this.attempts[0]!.parameters();
  }
}
