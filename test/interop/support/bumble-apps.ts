import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Child } from './child.js';
import { temporaryFolder } from './folders.js';
import { python } from './places.js';

/** One of Bumble's own programs, as its package installs them: `bumble-scan`. */
export function bumbleApp(name: string, ...args: string[]): Child {
  return new Child(name, join(dirname(python), name), args, { env: { PYTHONUNBUFFERED: '1', TERM: 'dumb' } });
}

/** A file that tells one of Bumble's programs who it is. */
export function bumbleConfig(address: string): string {
  const path = join(temporaryFolder(), 'device.json');
  writeFileSync(path, JSON.stringify({ name: 'Bumble', address }));
  return path;
}
