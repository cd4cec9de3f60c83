import { isUtf8 } from 'node:buffer';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What is longer is no file of this program's. */
const LIMIT = 64 * 1024 * 1024;

/** What a file says; `undefined` when there is none. @throws {Error} when it cannot be read, or is no text */
export async function readWhole(path: string): Promise<string | undefined> {
  let content: Buffer;
  try {
    const facts = await stat(path);
    if (!facts.isFile()) throw new Error('it is no file');
    if (facts.size > LIMIT) throw new Error(`it has ${facts.size} octets; up to ${LIMIT} are read`);
    content = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  if (isUtf8(content)) return content.toString('utf8');
  // The lines that are text stay where they are; a zero is permitted nowhere.
  const lines: string[] = [];
  for (let from = 0, end: number; from <= content.length; from = end + 1) {
    end = content.indexOf(0x0a, from);
    if (end < 0) end = content.length;
    const line = content.subarray(from, end);
    lines.push(isUtf8(line) ? line.toString('utf8') : '\u0000');
  }
  return lines.join('\n');
}

/** The file behind a symbolic link, so that it is not the link that is replaced. */
export async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

/** Makes the folder of a file, for its owner alone, where there is none. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
}

/**
 * Replaces a file as a whole: whoever reads it, or finds it after a crash at any moment, sees the old content or the new one.
 * For one writer at a time.
 * @param proceed asked when all is ready, right before the file is replaced; without its consent nothing changes
 * @returns whether it was replaced
 */
export async function replaceWhole(
  path: string,
  content: string,
  proceed: () => Promise<boolean>,
): Promise<boolean> {
  await removeLeftovers(path);
  const beside = `${path}.${process.pid}.tmp`;
  const file = await open(beside, 'wx', 0o600);
  try {
    try {
      await file.writeFile(content);
      // The name must not come to the disk before what it names.
      await file.sync();
    } finally {
      await file.close();
    }
    if (!(await proceed())) {
      await rm(beside, { force: true });
      return false;
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(path);
  return true;
}

/** Gives a file another name that nobody has: with this ending and the next number. */
export async function setAside(path: string, ending: string): Promise<string> {
  for (let n = 1; ; n++) {
    const aside = `${path}.${ending}-${n}`;
    try {
      await stat(aside);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      await rename(path, aside);
      await syncFolder(path);
      return aside;
    }
  }
}

/** What was set aside of a file. */
export async function asides(path: string, ending: string): Promise<string[]> {
  const prefix = `${basename(path)}.${ending}-`;
  return (await filesBeside(path)).filter((name) => name.startsWith(prefix)).sort();
}

/** What is wrong with who may read or write a file; nothing where files have no owners. */
export async function permissionFaults(path: string): Promise<string[]> {
  if (process.platform === 'win32') return [];
  const faults: string[] = [];
  const file = await stat(path).catch(() => undefined);
  const octal = (mode: number) => (mode & 0o777).toString(8).padStart(3, '0');
  if (file && file.mode & 0o077) {
    faults.push(`${path} can be read or written by others (mode ${octal(file.mode)}): chmod 600 ${path}`);
  }
  const folder = dirname(path);
  const { mode } = (await stat(folder).catch(() => undefined)) ?? { mode: 0 };
  // Where only owners may take away files (/tmp), nobody can put another one in its place.
  if (mode & 0o022 && !(mode & 0o1000)) {
    faults.push(`others may put files into ${folder} (mode ${octal(mode)}): chmod 700 ${folder}`);
  }
  return faults;
}

/** What writers that were killed left. */
async function removeLeftovers(path: string): Promise<void> {
  const own = /^(\.lock)?\.\d+(\.[0-9a-f]+)?\.tmp$/;
  const name = basename(path);
  for (const other of await filesBeside(path)) {
    if (other.startsWith(name) && own.test(other.slice(name.length))) {
      await rm(join(dirname(path), other), { force: true });
    }
  }
}

async function filesBeside(path: string): Promise<string[]> {
  return readdir(dirname(path)).catch(() => []);
}

/** Brings the folder's names to the disk, where the system can. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } catch (error) {
    // Some file systems have nothing to do for a folder.
    if (!['EINVAL', 'ENOTSUP', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await folder.close();
  }
}
