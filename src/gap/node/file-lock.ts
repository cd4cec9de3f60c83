import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Clock } from '../../core/clock.js';
import { sleep } from '../../core/clock.js';
import { toHex } from '../../core/hex.js';
import { systemRandom } from '../../core/random.js';

/** How long a lock may lie there before it counts as left behind; work under it takes milliseconds. */
const STALE_MS = 30_000;
/** How long one without content may: its owner was killed right after making it, or is about to write into it. */
const EMPTY_STALE_MS = 2000;

/** A lock that this process holds. */
export interface HeldLock {
  /** Whether nobody took it for one that was left behind. */
  isMine(): Promise<boolean>;
  release(): Promise<void>;
}

/** Another process holds the lock, and does not let go of it. */
export class LockTimeout extends Error {
  /** Who made the lock, as far as it says. */
  readonly pid: number | undefined;

  constructor(pid: number | undefined) {
    super(`the lock is held${pid === undefined ? '' : ` by process ${pid}`}`);
    this.pid = pid;
  }
}

interface Owner {
  readonly pid: number;
  readonly host: string;
}

/**
 * Takes a lock that all processes of the machine respect: a file that can be made once only. One whose process is gone is
 * removed, as is one that is older than any work under it.
 * @param path the lock's own file
 * @throws {LockTimeout} when it is not free in time
 */
export async function takeLock(path: string, clock: Clock, timeoutMs: number): Promise<HeldLock> {
  const content = JSON.stringify({
    pid: process.pid,
    host: hostname(),
    token: toHex(systemRandom.fill(new Uint8Array(8))),
  });
  const until = clock.now() + timeoutMs;
  for (let pause = 1; ; pause = Math.min(2 * pause, 32)) {
    if (await make(path, content)) return held(path, content);
    const owner = await removeStale(path, clock);
    if (owner === 'free') continue;
    if (clock.now() >= until) throw new LockTimeout(owner?.pid);
    // Not all at the same time again.
    await sleep(clock, pause * (1 + (systemRandom.fill(new Uint8Array(1))[0]! & 15) / 16));
  }
}

function held(path: string, content: string): HeldLock {
  const isMine = async () => (await text(path)) === content;
  return {
    isMine,
    release: async () => {
      if (await isMine()) await rm(path, { force: true });
    },
  };
}

/** Makes the lock's file; says whether there was none. */
async function make(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(content);
    } finally {
      await file.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Removes a lock that was left behind: says that it is free then, else who holds it. */
async function removeStale(path: string, clock: Clock): Promise<'free' | Owner | undefined> {
  const content = await text(path);
  if (content === undefined) return 'free';
  const age = await ageOf(path, clock);
  if (age === undefined) return 'free';
  const owner = ownerOf(content);
  const stale = owner
    ? age > STALE_MS || (owner.host === hostname() && !isAlive(owner.pid))
    : age > EMPTY_STALE_MS;
  if (!stale) return owner;
  const aside = `${path}.${process.pid}.${toHex(systemRandom.fill(new Uint8Array(4)))}.tmp`;
  try {
    await rename(path, aside);
    // Somebody else may have done the same, and taken the lock since: then this was no stale one, and goes back.
    if ((await text(aside)) !== content) await link(aside, path).catch(() => {});
    await rm(aside, { force: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return 'free';
}

async function text(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function ageOf(path: string, clock: Clock): Promise<number | undefined> {
  try {
    return (clock.wallTime?.() ?? 0) - (await stat(path)).mtimeMs;
  } catch {
    return undefined;
  }
}

function ownerOf(content: string): Owner | undefined {
  try {
    const { pid, host } = JSON.parse(content) as Partial<Owner>;
    return typeof pid === 'number' && Number.isInteger(pid) && pid > 0 && typeof host === 'string'
      ? { pid, host }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
