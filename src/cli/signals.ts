import { ExitCode, Interrupted } from './errors.js';

/** What of Node's `process` the signals need. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown;
  off(signal: NodeJS.Signals, listener: () => void): unknown;
  exit(code: number): void;
}

/** The signals that end the program, with the exit codes that shells know them by. */
const ending: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', ExitCode.interrupted],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
];

/**
 * The first signal calls `interrupt`, so that the controller is left clean; a second one ends the process at once.
 * @returns stops watching
 */
export function watchSignals(source: SignalSource, interrupt: (reason: Interrupted) => void): () => void {
  let first = true;
  const listeners = ending.map(([signal, code]) => {
    const listener = () => {
      if (!first) source.exit(code);
      first = false;
      interrupt(new Interrupted(signal, code));
    };
    source.on(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) source.off(signal, listener);
  };
}
