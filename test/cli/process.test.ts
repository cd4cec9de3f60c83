import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const program = 'dist/cli/main.js';

/** A program of the built package, as a process of its own. */
class NodeProcess {
  readonly child;
  stdout = '';
  stderr = '';

  constructor(...args: string[]) {
    this.child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Resolves when something was printed. */
  get printed(): Promise<unknown> {
    return new Promise((resolve) => this.child.stdout.once('data', resolve));
  }

  /** The exit code, or the signal that ended it. */
  get ended(): Promise<number | string | null> {
    return new Promise((resolve) => this.child.once('close', (code, signal) => resolve(code ?? signal)));
  }
}

describe('bluewire as a process', () => {
  beforeAll(() => {
    if (!existsSync(`${root}/${program}`)) throw new Error(`${program} is not there: npm run build:stale`);
  });

  it('runs the quick example, line by line as examples/01-heart-rate.mjs does, and ends by itself', async () => {
    const command = new NodeProcess(program, 'heart-rate');
    const example = new NodeProcess('examples/01-heart-rate.mjs');
    expect(await Promise.all([command.ended, example.ended])).toEqual([0, 0]);
    expect(command.stdout).toContain("char 10808 value = b'\\x01'\n");
    expect(command.stdout).toBe(example.stdout);
    expect(command.stderr).toBe('');
  });

  it('ends at Ctrl-C with exit code 130', async () => {
    const scan = new NodeProcess(program, 'scan', '--seconds', '0');
    const { ended } = scan;
    await scan.printed;
    scan.child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(scan.stderr).toBe('');
  });

  it('ends quietly when the reader of its output had enough', async () => {
    const scan = new NodeProcess(program, 'scan', '--seconds', '0', '--duplicates');
    const { ended } = scan;
    await scan.printed;
    scan.child.stdout.destroy();
    expect(await ended).toBe(0);
    expect(scan.stderr).toBe('');
  });
});
