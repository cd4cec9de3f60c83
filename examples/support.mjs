// What the examples share: their command line; and, from format.mjs, Python's way of printing bytes.
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bluetooth } from 'bluewire';

export { hex, show } from './format.mjs';

const usage = `[port] [--seconds n]
  port         serial:/dev/ttyACM0?baud=1000000, tcp:host:port, unix:path; without one, a small simulated world
  --seconds n  end after n seconds; without it, Ctrl-C ends what goes on for ever`;

/**
 * Runs `main` when its file is what Node was started with.
 * @param stay true for a program that sets things up and leaves the rest to its callbacks
 */
export async function start(url, main, { stay = false } = {}) {
  const file = fileURLToPath(url);
  if (!process.argv[1] || realpathSync(process.argv[1]) !== file) return;
  // Whoever reads the output may have enough, as `| head` has.
  process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  const stop = new AbortController();
  const { signal } = stop;
  const stopped = new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  try {
    const { positionals, values } = parseArgs({
      allowPositionals: true,
      options: { seconds: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) {
      console.log(`node ${basename(file)} ${usage}`);
      return;
    }
    process.once('SIGINT', () => stop.abort());
    // Where nobody listens with bt.on('error'), what goes wrong behind a method that had returned comes here.
    process.on('uncaughtException', (error) => {
      console.error(error.message);
      process.exitCode = 1;
      stop.abort();
    });
    if (values.seconds !== undefined) setTimeout(() => stop.abort(), Number(values.seconds) * 1000).unref();
    const program = main({
      options: positionals.length > 0 ? { transport: positionals[0] } : {},
      print: console.log,
      sleep: (ms) => sleep(ms, undefined, { signal }),
      // machine.Timer.Alarm: calls `handler` every `seconds`, until cancel().
      alarm: (handler, seconds) => {
        const timer = setInterval(handler, seconds * 1000).unref();
        return { cancel: () => clearInterval(timer) };
      },
    });
    await Promise.race([stay ? program.then(() => stopped) : program, stopped]);
  } catch (error) {
    if (!signal.aborted) {
      console.error(error.message);
      process.exitCode = 1;
    }
  }
  // Constructed again, it is the object that the program made.
  await new Bluetooth().deinit();
}
