// What the program loads on first use is here already: simulated time would not wait for it.
import '../../src/gap/node/address-store.js';
import '../../src/gap/node/bond-file.js';
import '../../src/gap/security/device-security.js';
import '../../src/hci/capture/node/captures.js';
import '../../src/hci/transport/node/serial.js';
import '../../src/hci/transport/node/socket.js';
import '../../src/virtual/devices/port.js';
import '../../src/virtual/devices/world-file.js';
import type { TextSink } from '../../src/cli/output.js';
import { type Environment, run } from '../../src/cli/program.js';
import { SimulatedClock } from '../../src/core/clock.js';
import { seededRandom } from '../../src/core/random.js';

/** Keeps what is written. */
export class MemorySink implements TextSink {
  readonly isTerminal: boolean;
  text = '';
  private onLine: ((line: string) => void) | undefined;

  constructor(isTerminal = false) {
    this.isTerminal = isTerminal;
  }

  write(text: string): Promise<void> {
    this.text += text;
    this.onLine?.(text);
    return Promise.resolve();
  }

  /** Calls `listener` with what is written from now on. */
  onWrite(listener: (text: string) => void): void {
    this.onLine = listener;
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }
}

/** A run of the program on simulated time. */
export class CliRun {
  readonly clock = new SimulatedClock();
  readonly stdout: MemorySink;
  readonly stderr = new MemorySink();
  readonly ending = new AbortController();
  private readonly env: Environment['env'];
  private readonly ask: Environment['ask'];

  constructor(options: { terminal?: boolean; env?: Environment['env']; ask?: Environment['ask'] } = {}) {
    this.stdout = new MemorySink(options.terminal ?? false);
    this.env = options.env ?? {};
    this.ask = options.ask;
  }

  /** Starts the program; gives the promise of its exit code. */
  start(...args: string[]): Promise<number> {
    return run(args, {
      stdout: this.stdout,
      stderr: this.stderr,
      env: this.env,
      ask: this.ask,
      clock: this.clock,
      random: seededRandom(1),
      version: '1.2.3',
      signal: this.ending.signal,
    });
  }

  /** Runs the program to its end and gives its exit code. */
  run(...args: string[]): Promise<number> {
    return this.clock.run(this.start(...args));
  }

  /** The objects printed by `--json`. */
  get objects(): Record<string, unknown>[] {
    return this.stdout.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
