import { OSError } from '../api/errors.js';
import { BleError } from '../core/errors.js';

/** How a run of `bluewire` ends. */
export const ExitCode = {
  /** Done; also when the reader of the output had enough (`| head`). */
  done: 0,
  /** The port, the controller or the peer failed, or the time was up. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** It works, and something should be mended (`doctor`). */
  warnings: 3,
  /** Ctrl-C. Other signals end with 128 plus their number likewise. */
  interrupted: 130,
} as const;

/** The command line is wrong: unknown command or option, or a value that is not permitted. */
export class UsageError extends Error {
  /** The command whose usage helps; `undefined` when it is not known which one was meant. */
  readonly command: string | undefined;

  constructor(message: string, command?: string) {
    super(message);
    this.name = 'UsageError';
    this.command = command;
  }
}

/** A signal asked the program to end. */
export class Interrupted extends Error {
  /** 128 plus the signal's number, as shells have it. */
  readonly exitCode: number;

  constructor(signal: string, exitCode: number) {
    super(`ended by ${signal}`);
    this.name = 'Interrupted';
    this.exitCode = exitCode;
  }
}

/** Whoever read the output is gone. */
export class OutputClosed extends Error {
  constructor() {
    super('the output was closed');
    this.name = 'OutputClosed';
  }
}

/** The exit code that an error ends the program with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return ExitCode.usage;
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof OutputClosed) return ExitCode.done;
  // A port string without the right form is a wrong command line, whoever noticed it.
  if (error instanceof BleError && error.code === 'PORT_SPEC') return ExitCode.usage;
  return ExitCode.failed;
}

/** An error in one line: what happened and, where the stack knows, what to try. */
export function errorLine(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  // The firmware's texts are short: what they are about is underneath.
  if (error instanceof OSError && error.cause !== undefined)
    return `${error.message}: ${errorLine(error.cause)}`;
  return oneLine(error.message || error.name);
}

/** The errors under an error, one line each, for `--verbose`. */
export function causeLines(error: unknown): string[] {
  const lines: string[] = [];
  let cause = error instanceof Error ? error.cause : undefined;
  // A chain of causes is short; one that bites its tail is not followed for ever.
  while (cause !== undefined && cause !== null && lines.length < 8) {
    const code = cause instanceof Error && 'code' in cause ? ` [${String(cause.code)}]` : '';
    lines.push(`caused by ${cause instanceof Error ? `${cause.name}: ` : ''}${errorLine(cause)}${code}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return lines;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ');
}
