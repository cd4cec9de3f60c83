import type { Clock, Timer } from '../../core/clock.js';

/** Real time may stall (a debugger, a sleeping laptop). Beyond this many µs the world has stood still instead. */
const MAX_LAG = 1_000_000;
/** So many appointments at most follow each other without the event loop's having a turn. */
const MAX_AT_ONCE = 20_000;

/** Something that happens on an {@link Agenda}. Its owner makes it once and sets it again and again. */
export class Appointment {
  /** The moment in µs, while it stands. */
  at = 0;
  /** When it has to have happened, in the time of the clock. For the agenda. */
  latest = 0;
  /** Its turn among those of the same moment. For the agenda. */
  order = 0;
  /** Where the agenda keeps it, −1 when it does not stand. For the agenda. */
  slot = -1;
  /** What happens, with the moment in µs. */
  readonly happen: (now: number) => void;

  constructor(happen: (now: number) => void) {
    this.happen = happen;
  }

  /** Whether it is still to happen. */
  get stands(): boolean {
    return this.slot >= 0;
  }
}

/**
 * The time of a radio world, in whole microseconds, on one timer of a {@link Clock}. What falls on the same moment
 * happens in the order in which it was set. A late timer (real time) does not shift the world: everything happens at
 * the moment it was set for, in order. Without appointments there is no timer.
 */
export class Agenda {
  private readonly clock: Clock;
  private readonly slack: number;
  private readonly heap: Appointment[] = [];
  private readonly fire = () => this.onTimer();
  private timer: Timer | undefined;
  private armedFor = 0;
  private orders = 0;
  private current = 0;
  private running = false;
  private disturbed = false;
  /** µs by which the clock is ahead of the world. */
  private offset: number;

  /**
   * @param slack µs by which the clock may be ahead of appointments that can wait, so that a process in real time
   *   wakes up once for many of them; 0 on simulated time
   */
  constructor(clock: Clock, slack: number) {
    this.clock = clock;
    this.slack = slack;
    this.offset = Math.round(clock.now() * 1000);
  }

  /** µs since the world began. */
  get now(): number {
    if (!this.running) this.current = Math.max(this.current, this.clockTime());
    return this.current;
  }

  /** How many appointments stand. */
  get size(): number {
    return this.heap.length;
  }

  /**
   * Sets an appointment for the moment `at` (µs), instead of the moment it had.
   * @param canWait nobody notices when it is dealt with a little late
   */
  set(appointment: Appointment, at: number, canWait = false): void {
    if (appointment.slot >= 0) this.remove(appointment);
    appointment.at = at;
    appointment.latest = canWait ? at + this.slack : at;
    appointment.order = this.orders++;
    this.heap.push(appointment);
    this.rise(this.heap.length - 1, appointment);
    if (!this.running) this.armFor(appointment.latest);
  }

  /** Calls an appointment off; one that does not stand is passed over. */
  cancel(appointment: Appointment): void {
    if (appointment.slot < 0) return;
    this.remove(appointment);
    if (!this.running && this.heap.length === 0) this.disarm();
  }

  /** Deals with all that could wait and is due: before something comes into the world from outside. */
  catchUp(): void {
    if (this.slack === 0 || this.running || this.heap.length === 0) return;
    const time = this.worldTime();
    if (this.heap[0]!.at <= time) this.runUntil(time);
  }

  /**
   * Something has left the world, to a host: what comes of it has to come before the next appointment. Without it, simulated
   * time goes on from one appointment to the next at once.
   */
  disturb(): void {
    this.disturbed = true;
  }

  private clockTime(): number {
    return Math.round(this.clock.now() * 1000) - this.offset;
  }

  /** The clock's time, after taking out a stall. */
  private worldTime(): number {
    const time = this.clockTime();
    const lag = time - this.armedFor;
    if (lag <= MAX_LAG) return time;
    this.offset += lag;
    return this.armedFor;
  }

  /** A timer that comes too early only looks and sets the next; one too late must go. */
  private armFor(moment: number): void {
    if (this.timer !== undefined) {
      if (this.armedFor <= moment) return;
      this.clock.clearTimeout(this.timer);
    }
    this.armedFor = moment;
    this.timer = this.clock.setTimeout(this.fire, Math.max(0, moment - this.clockTime()) / 1000);
  }

  private disarm(): void {
    if (this.timer === undefined) return;
    this.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private onTimer(): void {
    this.timer = undefined;
    // Platform timers of whole milliseconds may come a fraction early: the moment they were set for counts.
    this.runUntil(Math.max(this.armedFor, this.worldTime()));
  }

  private runUntil(time: number): void {
    this.running = true;
    this.disturbed = false;
    let limit = time;
    try {
      for (let count = 0; ; count++) {
        const next = this.heap[0];
        if (!next) break;
        if (next.at > limit) {
          if (this.disturbed || count >= MAX_AT_ONCE || !this.skipTo(next.at)) break;
          limit = next.at;
        }
        this.remove(next);
        if (next.at > this.current) this.current = next.at;
        next.happen(this.current);
      }
    } finally {
      this.running = false;
      if (this.heap.length > 0) this.armFor(this.deadline());
      else this.disarm();
    }
  }

  /** Lets simulated time go on to the moment `at`, when nobody else has anything to do until then. */
  private skipTo(at: number): boolean {
    return this.slack === 0 && (this.clock.skipTo?.((at + this.offset) / 1000) ?? false);
  }

  /** The moment by which the next appointment has to be dealt with. */
  private deadline(): number {
    if (this.slack === 0) return this.heap[0]!.at;
    let earliest = Number.POSITIVE_INFINITY;
    for (const { latest } of this.heap) if (latest < earliest) earliest = latest;
    return earliest;
  }

  private remove(appointment: Appointment): void {
    const slot = appointment.slot;
    appointment.slot = -1;
    const last = this.heap.pop()!;
    if (last === appointment) return;
    this.heap[slot] = last;
    last.slot = slot;
    if (this.rise(slot, last) === slot) this.sink(slot, last);
  }

  private rise(from: number, appointment: Appointment): number {
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const other = this.heap[parent]!;
      if (!earlier(appointment, other)) break;
      this.heap[i] = other;
      other.slot = i;
      i = parent;
    }
    this.heap[i] = appointment;
    appointment.slot = i;
    return i;
  }

  private sink(from: number, appointment: Appointment): void {
    let i = from;
    const length = this.heap.length;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= length) break;
      if (child + 1 < length && earlier(this.heap[child + 1]!, this.heap[child]!)) child++;
      const other = this.heap[child]!;
      if (!earlier(other, appointment)) break;
      this.heap[i] = other;
      other.slot = i;
      i = child;
    }
    this.heap[i] = appointment;
    appointment.slot = i;
  }
}

function earlier(a: Appointment, b: Appointment): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
