import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { sleep, systemClock } from '../../../src/core/index.js';

const folders = new Set<string>();
process.once('exit', removeFolders);

/** A folder of its own for a test's sockets and links. */
export function temporaryFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'bluewire-interop-'));
  folders.add(made);
  return made;
}

/** Removes all that {@link temporaryFolder} made. */
export function removeFolders(): void {
  for (const made of folders) rmSync(made, { recursive: true, force: true });
  folders.clear();
}

/** Resolves when there is something at the path, whose folder exists; the test's own deadline bounds the wait. */
export function appears(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const watcher = watch(dirname(path), () => look());
    watcher.on('error', reject);
    const look = () => {
      if (!existsSync(path)) return;
      watcher.close();
      resolve();
    };
    look();
  });
}

/** Resolves when a Unix socket takes connections: its file is there a moment before that. The test's own deadline bounds the wait. */
export async function listens(path: string): Promise<void> {
  await appears(path);
  const isReady = () =>
    new Promise<boolean>((resolve) => {
      const socket = createConnection(path, () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(false));
    });
  while (!(await isReady())) await sleep(systemClock, 5);
}
