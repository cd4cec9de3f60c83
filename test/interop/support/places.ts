import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shared } from '../../support/shared.js';

/** The project's folder. */
export const project = fileURLToPath(new URL('../../../', import.meta.url));

const cache = join(project, '.cache/interop');

/** The Python that has Bumble. */
export const python = join(cache, 'venv/bin/python');

/** What btvirt is run with; its source says what for. */
export const shim = join(cache, 'btvirt-shim.so');

/** The command line as it is shipped. */
export const cli = join(project, 'dist/cli/main.js');

/** A script of ../peers. */
export function peerScript(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}.py`, import.meta.url));
}

/** The yardstick's controller. */
export const yardstickController = shared('yardstick/controller.mjs');

/** The packages of npm that tests run against: noble and bleno. */
export const benchPeers = join(project, 'bench/peers/node_modules');

/** A script of ../peers that Node runs. */
export function nodePeerScript(name: string): string {
  return fileURLToPath(new URL(`../peers/${name}.mjs`, import.meta.url));
}
