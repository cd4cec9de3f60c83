import '../virtual/devices/register.js';

import type { Clock } from '../core/clock.js';
import { TimeoutError } from '../core/errors.js';
import type { RandomSource } from '../core/random.js';
import { type Invocation, parseArguments } from './arguments.js';
import type { Command, CommandContext } from './command.js';
import { airCommand } from './commands/air.js';
import { bondsCommand } from './commands/bonds.js';
import { bridgeCommand } from './commands/bridge.js';
import { convertCommand } from './commands/convert.js';
import { doctorCommand } from './commands/doctor.js';
import { dumpCommand } from './commands/dump.js';
import { extcapCommand } from './commands/extcap.js';
import { extractCommand } from './commands/extract.js';
import { heartRateCommand } from './commands/heart-rate.js';
import { infoCommand } from './commands/info.js';
import { pairCommand } from './commands/pair.js';
import { portsCommand } from './commands/ports.js';
import { scanCommand } from './commands/scan.js';
import { scrubCommand } from './commands/scrub.js';
import { statsCommand } from './commands/stats.js';
import {
  causeLines,
  ExitCode,
  errorLine,
  exitCodeOf,
  Interrupted,
  OutputClosed,
  UsageError,
} from './errors.js';
import { extcapArguments } from './extcap/arguments.js';
import { commandHelp, programHelp, usageLine } from './help.js';
import { LinkedAbort } from './linked-abort.js';
import type { OptionValues } from './option-values.js';
import { Output, type TextSink } from './output.js';

/** The commands, in the order in which the help lists them. */
export const commands: readonly Command[] = [
  scanCommand,
  infoCommand,
  portsCommand(),
  doctorCommand(),
  pairCommand,
  bondsCommand,
  bridgeCommand,
  airCommand,
  dumpCommand,
  convertCommand,
  statsCommand,
  scrubCommand,
  extractCommand,
  extcapCommand(),
  heartRateCommand,
];

/** Everything that a run depends on. */
export interface Environment {
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Asks whoever sits at the terminal; absent where nobody does. */
  readonly ask?: CommandContext['ask'];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** The program's version. */
  readonly version: string;
  /** Aborted with an {@link Interrupted} or an {@link OutputClosed} when the program is to end. */
  readonly signal: AbortSignal;
}

/**
 * Runs `bluewire` with these arguments. Never rejects.
 * @returns the exit code; see {@link ExitCode}
 */
export async function run(args: readonly string[], environment: Environment): Promise<number> {
  let output = new Output({ ...environment, verbose: false });
  try {
    const invocation = parseArguments(extcapArguments(args), commands);
    output = new Output({ ...environment, verbose: invocation.options.has('verbose') });
    return await carryOut(invocation, output, environment);
  } catch (error) {
    await report(error, output);
    return exitCodeOf(error);
  }
}

async function carryOut(invocation: Invocation, output: Output, environment: Environment): Promise<number> {
  const { command, options, operands } = invocation;
  if (options.has('help')) {
    await output.line(command ? commandHelp(command, output) : programHelp(commands, output));
    return ExitCode.done;
  }
  if (options.has('version')) {
    await output.line(environment.version);
    return ExitCode.done;
  }
  if (!command) throw new UsageError('a command is wanted');
  const code = await withDeadline(command, options, environment, (signal) =>
    command.run({
      output,
      options,
      operands,
      clock: environment.clock,
      random: environment.random,
      version: environment.version,
      env: environment.env,
      ask: environment.ask,
      signal,
    }),
  );
  return typeof code === 'number' ? code : ExitCode.done;
}

/** Does the work under a signal that tells of the program's end and of the end of the command's time. */
async function withDeadline(
  command: Command,
  options: OptionValues,
  environment: Environment,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  const { clock } = environment;
  const seconds = options.number('timeout', 0.001, 86_400) ?? command.timeoutSeconds;
  const end = new LinkedAbort(environment.signal);
  const timer =
    seconds === undefined
      ? undefined
      : clock.setTimeout(() => end.abort(outOfTime(command.name, seconds)), seconds * 1000);
  try {
    end.signal.throwIfAborted();
    return await work(end.signal);
  } finally {
    clock.clearTimeout(timer);
    end.release();
  }
}

function outOfTime(command: string, seconds: number): TimeoutError {
  return new TimeoutError(`${command} has not ended (--timeout gives it longer)`, seconds * 1000);
}

async function report(error: unknown, output: Output): Promise<void> {
  // Whoever pressed Ctrl-C, or closed the output, knows.
  if (error instanceof Interrupted || error instanceof OutputClosed) return;
  await output.note(`bluewire: ${errorLine(error)}`);
  for (const line of causeLines(error)) await output.diagnostic(`  ${line}`);
  if (error instanceof UsageError)
    await output.note(usageLine(commands.find(({ name }) => name === error.command)));
}
