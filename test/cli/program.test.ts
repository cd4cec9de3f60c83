import { describe, expect, it } from 'vitest';
import { Interrupted, OutputClosed } from '../../src/cli/errors.js';
import { CliRun } from './support.js';

describe('the program', () => {
  it('prints its help, and that of each command, in 90 columns', async () => {
    const all = new CliRun();
    expect(await all.run('--help')).toBe(0);
    for (const part of ['exit codes', 'virtual:', 'tcp:host:port', 'unix:path', 'serial:/dev/ttyACM0']) {
      expect(all.stdout.text).toContain(part);
    }
    const texts = [all.stdout];
    for (const name of ['scan', 'info', 'heart-rate']) {
      expect(all.stdout.text).toMatch(new RegExp(`^  ${name} `, 'm'));
      const one = new CliRun();
      expect(await one.run(name, '--help')).toBe(0);
      expect(one.stdout.text).toContain(`usage: bluewire ${name} [OPTIONS]`);
      expect(one.stdout.text).toContain('--port PORT');
      expect(one.stderr.text).toBe('');
      texts.push(one.stdout);
    }
    for (const { lines } of texts)
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(90);
  });

  it('prints its version', async () => {
    const cli = new CliRun();
    expect(await cli.run('--version')).toBe(0);
    expect(cli.stdout.text).toBe('1.2.3\n');
  });

  it('refuses a wrong command line in one line with the usage below, exit code 2', async () => {
    const cases: [string[], string, string][] = [
      [[], 'a command is wanted', 'usage: bluewire COMMAND'],
      [['sacn'], 'Did you mean scan?', 'usage: bluewire COMMAND'],
      [['scan', '--secnds', '1'], 'Did you mean --seconds?', 'usage: bluewire scan'],
      [['scan', '--seconds', 'soon'], 'a number from 0 to 86400 is wanted', 'usage: bluewire scan'],
      [['scan', '--active', '--passive'], 'exclude each other', 'usage: bluewire scan'],
      [['info', '--timeout', '0'], 'a number from 0.001 to 86400 is wanted', 'usage: bluewire info'],
    ];
    for (const [args, message, usage] of cases) {
      const cli = new CliRun();
      expect(await cli.run(...args)).toBe(2);
      expect(cli.stderr.lines).toHaveLength(2);
      expect(cli.stderr.lines[0]).toMatch(/^bluewire: /);
      expect(cli.stderr.lines[0]).toContain(message);
      expect(cli.stderr.lines[1]).toContain(usage);
      expect(cli.stdout.text).toBe('');
    }
  });

  it('refuses a wrong port in one line that shows the right form, exit code 2', async () => {
    for (const [port, form] of [
      ['nonsense', 'tcp:host:port'],
      ['warp:9', 'virtual:'],
      ['tcp:localhost', 'tcp:host:port'],
      ['virtual:somewhere', 'virtual:?seed=7'],
      ['virtual:?seed=x', 'virtual:?seed=7'],
      ['virtual:?sed=1', 'virtual:?seed=7'],
      ['/dev/ttyACM0?baud=fast', 'serial:/dev/ttyACM0?baud=1000000'],
    ] as const) {
      for (const command of ['info', 'scan', 'heart-rate']) {
        const cli = new CliRun();
        expect(await cli.run(command, '--port', port)).toBe(2);
        expect(cli.stderr.lines).toHaveLength(1);
        expect(cli.stderr.text).toContain(form);
      }
    }
  });

  it('fails with one line when nothing listens at the port, exit code 1', async () => {
    const cli = new CliRun();
    expect(await cli.start('info', '--port', 'unix:/nowhere/at/all')).toBe(1);
    expect(cli.stderr.lines).toEqual(['bluewire: unix:/nowhere/at/all: there is no such socket']);
  });

  it('says what is under an error when it is to be verbose', async () => {
    const cli = new CliRun();
    expect(await cli.start('info', '--verbose', '--port', 'unix:/nowhere/at/all')).toBe(1);
    expect(cli.stderr.lines[1]).toMatch(/^ {2}caused by Error: .*ENOENT/);
    expect(cli.stderr.text).not.toMatch(/^\s+at /m);
  });

  it('does nothing when it was to end before it began', async () => {
    const interrupted = new CliRun();
    interrupted.ending.abort(new Interrupted('SIGINT', 130));
    expect(await interrupted.run('scan')).toBe(130);
    expect(interrupted.stderr.text).toBe('');
    const closed = new CliRun();
    closed.ending.abort(new OutputClosed());
    expect(await closed.run('scan')).toBe(0);
    expect(interrupted.clock.pending + closed.clock.pending).toBe(0);
  });
});
