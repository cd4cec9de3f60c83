import { Mutex } from '../../core/mutex.js';

/** What uses addresses on air, and can stop for a moment: scanning, advertising, initiating. */
export interface RadioUser {
  /** Stops what the controller does, and resolves when it has; nothing when it does nothing. */
  pause(): Promise<void>;
  /** Goes on with what was stopped, unless it is not wanted any more. Deals with its own failures. */
  resume(): Promise<void>;
}

/**
 * Keeps apart what may not be at the same time: controllers refuse to change their random address while they advertise, scan
 * or initiate with it (Core Vol 4, Part E, 7.8.4), and their resolving list while they do so with address resolution
 * (7.8.38). All commands that begin one of these go through here.
 */
export class RadioGate {
  private readonly turn = new Mutex();
  private readonly users: RadioUser[] = [];

  /** Takes in somebody who has to stop when all have to. */
  add(user: RadioUser): void {
    this.users.push(user);
  }

  /** Runs commands that begin something, when nothing is stopped for a change. */
  use<T>(work: () => Promise<T>): Promise<T> {
    return this.turn.run(work);
  }

  /** Runs commands while the controller neither advertises nor scans nor initiates; then all goes on. */
  quiet<T>(work: () => Promise<T>): Promise<T> {
    return this.turn.run(async () => {
      const paused: RadioUser[] = [];
      try {
        for (const user of this.users) {
          paused.unshift(user);
          await user.pause();
        }
        return await work();
      } finally {
        for (const user of paused) await user.resume();
      }
    });
  }
}
