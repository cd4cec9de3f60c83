import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type Clock, sleep } from '../../core/clock.js';
import { TransportError } from '../../core/errors.js';

/**
 * Makes a pseudo-terminal, links its name to argv[1], and relays it to its own standard input and output, until whoever
 * opened it closes it, or the standard input ends. The slave is held by nobody else, so that the close is seen.
 */
const RELAY = `
import errno, fcntl, os, select, struct, sys, tty
master = os.open('/dev/ptmx', os.O_RDWR | os.O_NOCTTY)
fcntl.ioctl(master, 0x40045431, struct.pack('i', 0))
number = struct.unpack('I', fcntl.ioctl(master, 0x80045430, struct.pack('I', 0)))[0]
tty.setraw(master)
os.symlink('/dev/pts/%d' % number, sys.argv[1])
pending = b''
try:
    while True:
        wanted = [master] if pending else []
        ready, room, _ = select.select([master] + ([] if pending else [0]), wanted, [])
        if 0 in ready:
            pending = os.read(0, 65536)
            if not pending: break
        if master in ready:
            os.write(1, os.read(master, 65536))
        if master in room:
            pending = pending[os.write(master, pending):]
except OSError as error:
    if error.errno not in (errno.EIO, errno.EPIPE): raise
finally:
    os.unlink(sys.argv[1])
`;

/** How long the pseudo-terminal may take to be there. */
const READY_MS = 5000;
const LOOK_MS = 10;

/** A pseudo-terminal, and the process that relays it. */
export interface Pty {
  /** What a host opens. */
  readonly path: string;
  readonly process: ChildProcess;
  /** Ends the relay; the name is gone. */
  close(): Promise<void>;
}

/** Makes pseudo-terminals, each under the same name. */
export class PtyMaker {
  readonly path: string;
  private readonly clock: Clock;
  private readonly folder: string | undefined;
  private readonly command: readonly string[];

  /**
   * @param link the name that is wanted; one in a new folder without
   * @throws {TransportError} when the name is taken, or there is neither socat nor python3
   */
  constructor(link: string | undefined, clock: Clock, env: Readonly<Record<string, string | undefined>>) {
    this.clock = clock;
    if (process.platform === 'win32') {
      throw new TransportError('pty: Windows has no pseudo-terminals; tcp: serves every host', 'PORT_SPEC');
    }
    const program = ['socat', 'python3'].find((name) => onPath(name, env));
    const usable = program === 'python3' && process.platform !== 'linux' ? undefined : program;
    if (usable === undefined) {
      throw new TransportError(
        `pty: a pseudo-terminal comes from socat${process.platform === 'linux' ? ' or python3, and neither is' : ', which is not'} installed; install it (apt install socat, brew install socat), or use tcp:`,
        'PORT_NOT_FOUND',
      );
    }
    this.folder = link === undefined ? mkdtempSync(join(tmpdir(), 'bluewire-air-')) : undefined;
    this.path = link ?? join(this.folder!, 'ttyBLE');
    this.clear();
    this.command =
      usable === 'socat'
        ? ['socat', `PTY,link=${this.path.replace(/[\\,:"'[\](){}!]/g, '\\$&')},raw,echo=0`, '-']
        : ['python3', '-c', RELAY, this.path];
  }

  /** The next one; resolves when it can be opened. */
  async make(): Promise<Pty> {
    this.clear();
    const [program, ...args] = this.command;
    const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-500);
    });
    child.on('error', (error) => {
      complaint = error.message;
    });
    // Whoever writes to it sees its end by the other stream.
    child.stdin.on('error', () => {});
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    for (let waited = 0; !existsSync(this.path); waited += LOOK_MS) {
      if (child.exitCode !== null || child.pid === undefined || waited > READY_MS) {
        child.kill();
        throw new TransportError(
          `pty:${this.path}: ${program} made no pseudo-terminal: ${complaint.trim()}`,
          'PORT_NOT_FOUND',
        );
      }
      await sleep(this.clock, LOOK_MS);
    }
    return {
      path: this.path,
      process: child,
      close: async () => {
        child.kill();
        await ended;
        this.clear();
      },
    };
  }

  /** Leaves nothing behind. */
  dispose(): void {
    this.clear();
    if (this.folder !== undefined) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Takes away a link to a pseudo-terminal that is gone, and nothing else. */
  private clear(): void {
    const found = lstatSync(this.path, { throwIfNoEntry: false });
    if (!found) return;
    if (!found.isSymbolicLink() || existsSync(this.path) || !readlinkSync(this.path).startsWith('/dev/')) {
      throw new TransportError(
        `pty:${this.path}: something has this name already; it was left alone`,
        'PORT_BUSY',
      );
    }
    rmSync(this.path);
  }
}

function onPath(program: string, env: Readonly<Record<string, string | undefined>>): boolean {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, program)));
}
