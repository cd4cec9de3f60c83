import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ListedPort, Machine } from '../../src/hci/transport/node/port-list.js';

interface Recorded {
  readonly platform: string;
  readonly ports: readonly ListedPort[];
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly real?: Readonly<Record<string, string>>;
  readonly denied?: readonly string[];
  readonly groups?: Readonly<Record<string, number>>;
}

/** A machine as it was recorded: `fixtures/ports/NAME.json`, or given. */
export function recordedMachine(recorded: string | Recorded): Machine {
  const { platform, ports, files, folders, links, real, denied, groups } =
    typeof recorded === 'string' ? load(recorded) : recorded;
  return {
    platform,
    listSerialPorts: () => Promise.resolve(ports),
    read: (path) => files?.[path],
    names: (path) => folders?.[path] ?? [],
    // A device that was not recorded is where its name says, other paths are nowhere.
    realPath: (path) => real?.[path] ?? (path.startsWith('/dev/') ? path : undefined),
    mayOpen: (path) => !denied?.includes(path),
    group: (path) => groups?.[path],
    link: (path) => links?.[path],
  };
}

function load(name: string): Recorded {
  const path = fileURLToPath(new URL(`../../fixtures/ports/${name}.json`, import.meta.url));
  return JSON.parse(readFileSync(path, 'utf8')) as Recorded;
}
