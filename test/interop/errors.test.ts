import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { temporaryFolder } from './support/folders.js';
import { bluewire, bumbleControllers, heartRateSensor, peer } from './support/peers.js';
import { describeInterop } from './support/present.js';
import { expectNoOverrun, yardstick } from './support/yardstick.js';

/** What the command line says when it fails: one line, no stack trace, nothing on the other stream. */
async function oneLineOf(...args: string[]): Promise<{ line: string; code: number | null }> {
  const { code, stdout, stderr } = await bluewire(...args).ended;
  expect(stdout).toBe('');
  const lines = stderr.trimEnd().split('\n');
  expect(lines, stderr).toHaveLength(1);
  expect(lines[0]).not.toMatch(/\bat .*:\d+:\d+/);
  return { line: lines[0]!, code };
}

describeInterop(
  'a port that is none ends the command line with one line and exit code 1',
  ['bluewire'],
  () => {
    let server: Server | undefined;

    afterEach(() => {
      server?.close();
      server = undefined;
    });

    function listen(handle?: (socket: Socket) => void): Promise<number> {
      return new Promise((resolve) => {
        const made = createServer((socket) => {
          socket.on('error', () => {});
          socket.resume();
          handle?.(socket);
        });
        server = made;
        made.listen(0, '127.0.0.1', () => resolve((made.address() as AddressInfo).port));
      });
    }

    it('names a serial port that does not exist', async () => {
      const { line, code } = await oneLineOf('heart-rate', '--port', '/dev/ttyNONE0');
      expect(code).toBe(1);
      expect(line).toMatch(/\/dev\/ttyNONE0.*plugged in/);
    });

    it('names a TCP port where nobody listens', async () => {
      const port = await listen();
      server!.close();
      const { line, code } = await oneLineOf('heart-rate', '--port', `tcp:127.0.0.1:${port}`);
      expect(code).toBe(1);
      expect(line).toContain(`127.0.0.1:${port}`);
    });

    it('names a Unix socket that does not exist', async () => {
      const path = join(temporaryFolder(), 'none');
      const { line, code } = await oneLineOf('info', '--port', `unix:${path}`);
      expect(code).toBe(1);
      expect(line).toContain(path);
    });

    it('tells of a TCP server that never answers', async () => {
      const port = await listen();
      const { line, code } = await oneLineOf('heart-rate', '--port', `tcp:127.0.0.1:${port}`);
      expect(code).toBe(1);
      expect(line).toMatch(/answer/);
    });

    it('tells of a TCP server that hangs up', async () => {
      const port = await listen((socket) => socket.end());
      const { line, code } = await oneLineOf('heart-rate', '--port', `tcp:127.0.0.1:${port}`);
      expect(code).toBe(1);
      expect(line).toContain(`127.0.0.1:${port}`);
    });

    it('tells of a TCP server that speaks something else', async () => {
      const port = await listen((socket) => socket.write('220 mail.example.com ESMTP\r\n'));
      const { line, code } = await oneLineOf('heart-rate', '--port', `tcp:127.0.0.1:${port}`);
      expect(code).toBe(1);
      expect(line).toContain(`127.0.0.1:${port}`);
    });

    it('refuses a port of a wrong form with exit code 2', async () => {
      const { code, stderr } = await bluewire('heart-rate', '--port', 'tcp:127.0.0.1').ended;
      expect(code).toBe(2);
      expect(stderr).toMatch(/tcp:/);
    });
  },
);

describeInterop(
  'a pseudo-terminal without a controller ends the command line with one line and exit code 1',
  ['bluewire', 'bumble'],
  () => {
    it('shows the text that a board prints that is no controller', async () => {
      const link = join(temporaryFolder(), 'tty');
      await peer('boot_log', link).event('ready');
      const { line, code } = await oneLineOf('heart-rate', '--port', link);
      expect(code).toBe(1);
      expect(line).toContain('Booting Zephyr OS');
    });
  },
);

/** The commands that the yardstick's controller got, as opcode and parameters in hexadecimal. */
function commandsOf(trace: string): string[] {
  return trace
    .split('\n')
    .map((line) => JSON.parse(line) as { cmd?: string; p?: string })
    .flatMap(({ cmd, p }) => (cmd === undefined ? [] : [`${cmd} ${p}`.trim()]));
}

describeInterop(
  'the command line at its end leaves the controller clean',
  ['bluewire', 'bumble', 'yardstick'],
  () => {
    it('stops the scan and resets the controller on Ctrl-C, with exit code 130', async () => {
      const { port, child, counters } = await yardstick('--strict', '--trace', '--adv-rate', '1000');
      const program = bluewire('scan', '--port', port);
      await program.printed(/YARD000/);
      program.kill('SIGINT');
      const { code, stderr } = await program.ended;
      expect(code).toBe(130);
      expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
      expectNoOverrun(await counters());
      const commands = commandsOf(child.stdout);
      expect(commands.lastIndexOf('200c 0000')).toBeGreaterThan(commands.lastIndexOf('200c 0100'));
      expect(commands.at(-1)).toBe('0c03');
    });

    it('says in one line that the controller on TCP is gone', async () => {
      const { port, child } = await yardstick('--strict', '--adv-rate', '1000');
      const program = bluewire('scan', '--no-recovery', '--port', port);
      await program.printed(/YARD000/);
      await child.stop();
      const { code, stderr } = await program.ended;
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toContain(port);
      expect(code).toBe(1);
    });

    it('says in one line that the controller on a pseudo-terminal is gone', async () => {
      const link = join(temporaryFolder(), 'tty');
      const [sensor, own] = await bumbleControllers('tcp', `pty:${link}`);
      await heartRateSensor(sensor!);
      const program = bluewire('scan', '--no-recovery', '--port', own!.port);
      await program.printed(/Heart Rate/);
      await own!.process.stop();
      const { code, stderr } = await program.ended;
      expect(stderr.trimEnd().split('\n')).toHaveLength(1);
      expect(stderr).toContain(link);
      expect(code).toBe(1);
    });

    it('says in one line that another program holds the port', async () => {
      const link = join(temporaryFolder(), 'tty');
      const [sensor, own] = await bumbleControllers('tcp', `pty:${link}`);
      await heartRateSensor(sensor!);
      await bluewire('scan', '--port', own!.port).printed(/Heart Rate/);
      const { line, code } = await oneLineOf('heart-rate', '--port', own!.port);
      expect(line).toMatch(/in use/);
      expect(code).toBe(1);
    });
  },
);
