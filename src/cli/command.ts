import type { Clock } from '../core/clock.js';
import type { RandomSource } from '../core/random.js';
import type { OptionValues } from './option-values.js';
import type { Output } from './output.js';

/** One option of the command line. */
export interface OptionSpec {
  /** What stands for the value in the help (`SECONDS`); an option without is there or not. */
  readonly value?: string;
  /** One letter, for `-p`. */
  readonly short?: string;
  /** A line of help. */
  readonly help: string;
}

/** Options by name. */
export type OptionTable = Readonly<Record<string, OptionSpec>>;

/** What a command gets. */
export interface CommandContext {
  readonly output: Output;
  readonly options: OptionValues;
  /** What was given for {@link Command.operands}. */
  readonly operands: readonly string[];
  readonly clock: Clock;
  readonly random: RandomSource;
  /** The program's version. */
  readonly version: string;
  /** Asks whoever sits at the terminal; absent where nobody does. Rejects when the signal is aborted. */
  readonly ask?: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** The environment's variables. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /**
   * Aborted by Ctrl-C, by the end of the time, or when the output is closed; the reason is the error to end with. The
   * command then stops what it does, leaves the controller clean, and throws the reason.
   */
  readonly signal: AbortSignal;
}

/** One of the things that a command does. */
export interface ActionSpec {
  /** What stands behind the action's name, in order; all of them are wanted. */
  readonly operands?: readonly string[];
  /** A line of help. */
  readonly summary: string;
}

/** One of the program's commands. */
export interface Command {
  readonly name: string;
  /** A line for the list of commands. */
  readonly summary: string;
  /** What it does, in a few lines. */
  readonly description: string;
  /** What it takes besides options, in order; nothing without. All of them are wanted. */
  readonly operands?: readonly string[];
  /** What it does, by the word that has to stand first; instead of {@link operands}. */
  readonly actions?: Readonly<Record<string, ActionSpec>>;
  /** Its own options, beside the common ones. */
  readonly options: OptionTable;
  /** Seconds after which it gives up, unless `--timeout` says otherwise; without, it takes its time. */
  readonly timeoutSeconds?: number;
  /** Resolves to an exit code where it is not 0; see {@link ExitCode}. */
  run(context: CommandContext): Promise<unknown>;
}

/** The options that every command has. */
export const commonOptions: OptionTable = {
  port: { value: 'PORT', short: 'p', help: 'the controller, see below [virtual:]' },
  baud: { value: 'RATE', help: 'baud rate of a serial port [1000000]' },
  rtscts: { help: 'hardware flow control on a serial port' },
  capture: { value: 'FILE', help: 'record every packet: .btsnoop, .pklg, .pcap, .pcapng or .hci' },
  'no-recovery': { help: 'end when the controller fails, instead of bringing it back' },
  json: { help: 'results as JSON, one object a line' },
  timeout: { value: 'SECONDS', help: 'give up when it has not ended after so long' },
  verbose: { short: 'v', help: 'diagnostics, and what is under an error, to stderr' },
  help: { short: 'h', help: 'this help' },
  version: { short: 'V', help: "the program's version" },
};
