import { type Agenda, Appointment } from '../air/agenda.js';

/** authenticatedPayloadTimeout after a Reset, in units of 10 ms: Core Vol 4, Part E, 7.3.94. */
const DEFAULT_TIMEOUT = 3000;

/** Watches how long an encrypted connection goes without an authenticated packet: Core Vol 6, Part B, 5.4. */
export class PayloadTimeout {
  private readonly agenda: Agenda;
  private readonly ping: () => void;
  private readonly expired: () => void;
  private readonly check = new Appointment((now) => this.onCheck(now));
  private last = 0;
  private pinged = false;
  private units = DEFAULT_TIMEOUT;

  /**
   * @param ping called when it is time to have something authenticated
   * @param expired called each time that the timeout has passed
   */
  constructor(agenda: Agenda, ping: () => void, expired: () => void) {
    this.agenda = agenda;
    this.ping = ping;
    this.expired = expired;
  }

  /** In units of 10 ms. */
  get timeout(): number {
    return this.units;
  }

  set timeout(units: number) {
    this.units = units;
    if (this.check.stands) this.start(this.agenda.now);
  }

  /** Encryption is on. */
  start(now: number): void {
    this.last = now;
    this.pinged = false;
    this.arm();
  }

  /** It is off, or the connection is gone. */
  stop(): void {
    this.agenda.cancel(this.check);
  }

  /** A packet with a right MIC has come. The timer is looked at when it comes due: cheaper than at every packet. */
  authenticated(now: number): void {
    this.last = now;
    this.pinged = false;
  }

  private get span(): number {
    return this.units * 10_000;
  }

  /** A quarter of the time is left for a ping and its answer. */
  private arm(): void {
    this.agenda.set(this.check, this.last + (this.pinged ? this.span : this.span * 0.75), true);
  }

  private onCheck(now: number): void {
    const silence = now - this.last;
    if (silence >= this.span) {
      this.last = now;
      this.pinged = false;
      this.expired();
    } else if (!this.pinged && silence >= this.span * 0.75) {
      this.pinged = true;
      this.ping();
    }
    this.arm();
  }
}
