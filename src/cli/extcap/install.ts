import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a wrapper goes, and what it calls. */
export interface InstallPlace {
  readonly platform: string;
  readonly home: string;
  /** The environment's variables: `APPDATA` and `XDG_CONFIG_HOME` count. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Node, and the program's file. */
  readonly program: readonly [node: string, script: string];
}

/** This machine, user and program. */
export function thisPlace(): InstallPlace {
  const script = process.argv[1] ?? '';
  return {
    platform: process.platform,
    home: homedir(),
    env: process.env,
    program: [process.execPath, existsSync(script) ? realpathSync(script) : script],
  };
}

/** What a wrapper has in it, so that nobody else's file is overwritten. */
const MARK = 'bluewire extcap --install';

/**
 * Writes a wrapper that calls this program into the user's extcap folders: Wireshark looked in one up to 4.0, and looks in
 * another since.
 * @returns the files that were written
 * @throws {Error} when a file of that name is there that is not a wrapper of ours
 */
export function install(place: InstallPlace): string[] {
  const isWindows = place.platform === 'win32';
  const name = isWindows ? 'bluewire.bat' : 'bluewire';
  const paths = folders(place).map((folder) => join(folder, name));
  for (const path of paths) {
    if (existsSync(path) && !readFileSync(path, 'latin1').includes(MARK))
      throw new Error(`${path}: there is another file already, not written by bluewire: move it away`);
  }
  for (const path of paths) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, isWindows ? batch(place) : shell(place));
    if (!isWindows) chmodSync(path, 0o755);
  }
  return paths;
}

function folders({ platform, home, env }: InstallPlace): string[] {
  if (platform === 'win32')
    return [join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'Wireshark', 'extcap')];
  return [
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'wireshark', 'extcap'),
    join(home, '.local', 'lib', 'wireshark', 'extcap'),
  ];
}

function shell({ program }: InstallPlace): string {
  const quoted = program.map((part) => `'${part.replaceAll("'", "'\\''")}'`).join(' ');
  return `#!/bin/sh\n# written by ${MARK}\nexec ${quoted} extcap "$@"\n`;
}

function batch({ program }: InstallPlace): string {
  const quoted = program.map((part) => `"${part.replaceAll('%', '%%')}"`).join(' ');
  return `@echo off\r\nrem written by ${MARK}\r\n${quoted} extcap %*\r\n`;
}
