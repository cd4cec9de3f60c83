import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { BdAddr } from '../../core/address.js';
import type { AddressStore } from '../own-address.js';

/** Where a program may keep what it needs to find again: by the conventions of the system. */
export function stateFolder(
  platform: string,
  env: Readonly<Record<string, string | undefined>>,
  home: string,
): string {
  if (platform === 'win32') return join(env['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'bluewire');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'bluewire');
  return join(env['XDG_STATE_HOME'] ?? join(home, '.local', 'state'), 'bluewire');
}

/**
 * Keeps addresses in a JSON file. A file that is damaged counts as empty, and is replaced at the next address; it is
 * written beside its place and moved there, so that a reader never sees half of it. It is small, and read without waiting:
 * a program on simulated time would not wait for it.
 */
export class AddressFile implements AddressStore {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  load(key: string): Promise<BdAddr | undefined> {
    const text = this.read()[key];
    try {
      const address = typeof text === 'string' ? BdAddr.parse(text) : undefined;
      return Promise.resolve(address && address.wire[5]! >> 6 === 3 ? address : undefined);
    } catch {
      return Promise.resolve(undefined);
    }
  }

  async save(key: string, address: BdAddr): Promise<void> {
    const all = { ...this.read(), [key]: address.toString() };
    mkdirSync(dirname(this.path), { recursive: true });
    const beside = `${this.path}.${process.pid}`;
    writeFileSync(beside, `${JSON.stringify(all, null, 2)}\n`);
    renameSync(beside, this.path);
  }

  private read(): Readonly<Record<string, unknown>> {
    try {
      const value: unknown = JSON.parse(readFileSync(this.path, 'utf8'));
      return typeof value === 'object' && value !== null ? { ...value } : {};
    } catch {
      return {};
    }
  }
}

/** The store that serves when none is given. */
export function platformAddressStore(): AddressStore | undefined {
  return new AddressFile(join(stateFolder(process.platform, process.env, homedir()), 'addresses.json'));
}
