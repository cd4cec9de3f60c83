import { outsideOf } from '../../core/clock.js';
import { throwApart } from '../../core/emitter.js';
import { HciError, NotSupportedError, StateError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import type { AdvertisingReport } from '../../hci/advertising-report.js';
import type { HciHost } from '../../hci/host.js';
import type { AcceptList } from '../connecting/accept-list.js';
import type { Turns } from '../connecting/turns.js';
import { afterOff, ignoreDisallowed, isReset, isTaken } from '../errors.js';
import type { OnAirAddresses } from '../privacy/on-air.js';
import type { RadioGate, RadioUser } from '../privacy/radio-gate.js';
import type { Radio } from '../radio.js';
import { ReportIntake } from './report-intake.js';
import { Scan } from './scan.js';
import { extendedScan, legacyScan, type ScanCommands, type ScanSettings } from './scan-commands.js';
import { type ScanOptions, scanWish, unionOf } from './scan-options.js';
import { keepPeriods } from './scan-periods.js';
import { ScanUser } from './scan-user.js';

/** What the controller scans for. */
interface Running {
  readonly settings: ScanSettings;
  readonly filterDuplicates: boolean;
  /** The same text for the same. */
  readonly text: string;
}

/** Scanning: Core Vol 3, Part C, 9.1.2 and 9.2. */
export class Scanner implements RadioUser {
  private readonly host: HciHost;
  private readonly addresses: OnAirAddresses;
  private readonly gate: RadioGate;
  private readonly acceptList: AcceptList;
  private readonly turns: Turns;
  /** Those of the controller that there is: after a recovery it may be another one. */
  private readonly commands: () => ScanCommands;
  private readonly isExtended: () => boolean;
  private readonly intake: ReportIntake;
  /** All that scan, in the order of their beginnings; a new list with each change. */
  private users: readonly ScanUser[] = [];
  /** The programs' scans of them. */
  private readonly scans = new Map<Scan, ScanUser>();
  /** What the controller scans for now. */
  private current: Running | undefined;
  /** All wait, while the controller connects. */
  private hushed = false;

  constructor(radio: Radio, acceptList: AcceptList, turns: Turns) {
    const { host, addresses, gate, controller } = radio;
    this.acceptList = acceptList;
    this.turns = turns;
    turns.scans = this;
    this.host = host;
    this.addresses = addresses;
    this.gate = gate;
    this.isExtended = () => controller().advertisingCommands === 'extended';
    this.commands = () => (this.isExtended() ? extendedScan(host) : legacyScan(host));
    gate.add(this);
    this.intake = new ReportIntake(radio, (report) => {
      const { users } = this;
      if (users.length === 0 || !this.addresses.seen(report)) return;
      for (let i = 0; i < users.length; i++) {
        try {
          users[i]!.came(report);
        } catch (error) {
          throwApart(error);
        }
      }
    });
  }

  /** Whether a scan of a program is under way. */
  get scanning(): boolean {
    return this.scans.size > 0;
  }

  /** Whether the controller scans. */
  get running(): boolean {
    return this.current !== undefined;
  }

  /** Whether somebody scans, or waits to. */
  get wanted(): boolean {
    return this.users.some(({ listening }) => listening);
  }

  /** Has the controller not scan until {@link speak}. In the gate only. */
  async hush(): Promise<void> {
    this.hushed = true;
    await this.pause();
  }

  /** Has it scan again for whoever still wants it. */
  async speak(): Promise<void> {
    this.hushed = false;
    if (!this.host.isOpen) return;
    await this.gate.use(() => this.resume());
  }

  /** Starts a scan beside those that there are; see {@link ScanOptions}. */
  async start(options: ScanOptions): Promise<Scan> {
    const wish = scanWish(options);
    const { filter, signal, active } = options;
    this.checkAble(wish);
    const { clock } = this.host;
    const fits = filter && (await outsideOf(clock, import('./scan-filter.js'))).scanFilter(filter);
    signal?.throwIfAborted();
    const scan = new Scan(options, (which) => this.stop(which));
    const { onReport = (report: AdvertisingReport) => scan.deliver(report) } = options;
    const user = new ScanUser(wish, {
      acceptList: this.acceptList,
      fits,
      take: (report) => {
        scan.received++;
        onReport(report);
      },
      end: (error) => {
        clock.clearTimeout(user.timer);
        this.scans.delete(scan);
        scan.end(error);
      },
    });
    this.scans.set(scan, user);
    try {
      await this.join(user, `startScan(${active === false ? 'passive' : 'active'})`);
    } catch (error) {
      this.scans.delete(scan);
      throw error;
    }
    const stop = () => void scan.stop().catch(() => {});
    keepPeriods(clock, user, options, { stop, listen: (on) => this.listen(user, on) });
    if (signal) {
      if (signal.aborted) stop();
      else {
        signal.addEventListener('abort', stop, { once: true });
        scan.once('stopped', () => signal.removeEventListener('abort', stop));
      }
    }
    return scan;
  }

  /**
   * Shows all reports to somebody inside the stack.
   * @param options.active whether scan responses are asked for
   * @param options.phys those that are listened on, LE 1M; and how much of the time, as for a scan
   * @param options.failed told why the controller does not scan for it, in place of a diagnostic; also that the device was closed
   * @returns ends it
   */
  watch(
    watcher: (report: AdvertisingReport) => void,
    options: Pick<ScanOptions, 'active' | 'phys' | 'intervalMs' | 'windowMs'> & {
      readonly failed?: (error: unknown) => void;
    } = {},
  ): () => void {
    const { failed: tell, ...how } = options;
    let over = false;
    const user = new ScanUser(scanWish({ active: false, ...how }), {
      acceptList: this.acceptList,
      take: watcher,
      everything: true,
      end: (error) => {
        if (!over) tell?.(error ?? new StateError('the device was closed'));
      },
    });
    const failed = (error: unknown) => {
      if (isReset(error) || !this.host.isOpen) return;
      if (tell && !over) return tell(error);
      const why = messageOf(error);
      this.host.report({ layer: 'gap', message: `looking for a peer with a private address: ${why}` });
    };
    // With the reset that is under way, it begins as all others do.
    if (this.host.isOpen) this.join(user, undefined, true).catch(failed);
    else this.users = [...this.users, user];
    return () => {
      over = true;
      user.end();
      this.leave(user, undefined).catch(failed);
    };
  }

  /** Stops whatever scans there are. */
  async stopAll(): Promise<void> {
    const all = [...this.scans.values()];
    const watching = this.users.filter((user) => !all.includes(user));
    for (const user of watching) user.end();
    await Promise.all([
      ...[...this.scans.keys()].map((scan) => this.stop(scan)),
      ...watching.map((user) => this.leave(user, undefined)),
    ]);
  }

  /**
   * Starts all scans again on a controller that was reset; those that it refuses end with its error.
   */
  async restore(): Promise<void> {
    this.current = undefined;
    this.hushed = false;
    try {
      await this.gate.use(() => this.apply(undefined));
      return;
    } catch (error) {
      if (!(error instanceof HciError)) throw error;
    }
    // Another controller may have come back, that cannot do what one of them wants.
    const all = this.users;
    this.users = [];
    for (const [i, user] of all.entries()) {
      try {
        await this.join(user, undefined);
      } catch (error) {
        if (error instanceof HciError) user.end(error);
        else {
          this.users = [...this.users, ...all.slice(i)];
          throw error;
        }
      }
    }
  }

  /**
   * Whether there should be a scan and the controller knows nothing of it: its parameters are disallowed while it scans
   * (7.8.10). It takes them then, and has to be reset.
   */
  async wasForgotten(): Promise<boolean> {
    return this.gate.use(async () => {
      const { current } = this;
      return current !== undefined && (await isTaken(this.commands().prepare(current.settings)));
    });
  }

  /** Ends all scans because the controller is gone. */
  abort(error: Error | undefined): void {
    const { users } = this;
    this.users = [];
    this.current = undefined;
    for (const user of users) user.end(error);
  }

  async pause(): Promise<void> {
    if (!this.current) return;
    this.current = undefined;
    await ignoreDisallowed(this.commands().stop());
  }

  async resume(): Promise<void> {
    try {
      await this.apply(undefined);
    } catch (error) {
      // After a reset all begins anew anyway.
      if (!isReset(error)) this.abort(error instanceof Error ? error : undefined);
    }
  }

  private checkAble({ phys }: { readonly phys: readonly string[] }): void {
    if (phys.includes('coded') && !this.isExtended())
      throw new NotSupportedError('scan: LE Coded wants a controller with extended advertising');
  }

  /** Takes a user in, and has the controller do what it wants as well. */
  private async join(user: ScanUser, why: string | undefined, keep = false): Promise<void> {
    await this.gate.use(async () => {
      if (user.gone) return;
      this.users = [...this.users, user];
      try {
        // What the controller has told the others, it would not tell this one.
        await this.apply(why, user.wish.filterDuplicates);
      } catch (error) {
        if (!(keep && isReset(error))) this.users = this.users.filter((one) => one !== user);
        if (error instanceof HciError) await this.resume();
        throw error;
      }
    });
  }

  private async leave(user: ScanUser, why: string | undefined): Promise<void> {
    this.users = this.users.filter((one) => one !== user);
    // A controller that is being reset does not scan, and will not again.
    if (!this.host.isOpen) return;
    try {
      await this.gate.use(() => this.apply(why));
    } catch (error) {
      // What the others want was refused, and is no fault of this one.
      if (error instanceof HciError && this.goal()) this.abort(error);
      else throw error;
    }
  }

  /** A period of a scan begins or ends. */
  private listen(user: ScanUser, on: boolean): void {
    if (user.gone) return;
    user.listening = on;
    // After a reset all begins anew anyway.
    if (!this.host.isOpen) return;
    this.gate
      .use(() => this.apply(undefined, on && user.wish.filterDuplicates))
      .catch((error: unknown) => {
        if (!isReset(error) && this.host.isOpen) this.abort(error instanceof Error ? error : undefined);
      });
  }

  private async stop(scan: Scan): Promise<void> {
    const user = this.scans.get(scan);
    if (!user) {
      // Until the controller has stopped, where somebody else asked for it before.
      await this.gate.use(async () => {});
      return;
    }
    user.leave();
    this.scans.delete(scan);
    try {
      await this.leave(user, 'stopScan()');
      user.end();
    } catch (error) {
      if (isReset(error)) {
        user.end();
        return;
      }
      user.end(error instanceof Error ? error : undefined);
      if (this.host.isOpen) throw error;
    }
  }

  /**
   * Has the controller do what all want together. In the gate only.
   * @param why what a program asked for, for the record of the packets
   * @param anew also when that is what it does
   */
  private async apply(why: string | undefined, anew = false): Promise<void> {
    const goal = this.goal();
    if (!goal && !this.current) return;
    if (goal && this.current && goal.text === this.current.text && !(anew && goal.filterDuplicates)) return;
    if (why) this.host.trace?.(`${why} →`);
    const commands = this.commands();
    const { current } = this;
    if (current) {
      this.current = undefined;
      try {
        await ignoreDisallowed(commands.stop());
      } catch (error) {
        // It scans on, and can be asked once more.
        if (error instanceof HciError) this.current = current;
        throw error;
      }
    }
    const settled = this.goal();
    if (!settled) return;
    try {
      await this.begin(settled);
    } catch (error) {
      this.current = undefined;
      if (!this.turns.waitsFor(error)) throw error;
      this.hushed = true;
    }
  }

  private async begin(goal: Running): Promise<void> {
    const commands = this.commands();
    await afterOff(
      () => commands.prepare(goal.settings),
      () => commands.stop(),
    );
    // A stop that came meanwhile wins.
    if (!this.goal()) return;
    this.intake.clear();
    this.current = goal;
    await commands.start(goal.filterDuplicates);
  }

  /** What the controller is to do, with private addresses as they are at the moment. */
  private goal(): Running | undefined {
    const wishes = this.users.filter(({ listening }) => listening).map(({ wish }) => wish);
    if (wishes.length === 0 || this.hushed) return undefined;
    const { active, interval, window, phys, filterDuplicates, acceptListOnly } = unionOf(wishes);
    const settings = {
      scanType: active ? 1 : 0,
      interval,
      window,
      phys,
      ownAddressType: this.addresses.ownAddressType(),
      // 2 and 3: directed advertisements to private addresses, too (7.8.10).
      filterPolicy:
        (acceptListOnly && this.acceptList.isInController ? 1 : 0) | (this.addresses.wantsDirected() ? 2 : 0),
    };
    return { settings, filterDuplicates, text: JSON.stringify([settings, filterDuplicates]) };
  }
}
