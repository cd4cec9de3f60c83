import { join } from 'node:path';
import { Child } from './child.js';
import { listens, temporaryFolder } from './folders.js';
import { cli, nodePeerScript, peerScript, project, python, shim } from './places.js';

/** A controller that waits for a host. */
export interface ControllerPort {
  /** The port string that bluewire takes. */
  readonly port: string;
  /** The same for a Bumble host. */
  readonly bumble: string;
  /** Its public address; undefined where it has none of its own. */
  readonly address?: string;
  /** What it runs in, with the controllers that are linked to it. */
  readonly process: Child;
}

/** A script of ../peers. */
export function peer(name: string, ...args: string[]): Child {
  return new Child(name, python, ['-B', peerScript(name), ...args]);
}

/** A script of ../peers that Node runs: noble, bleno. */
export function nodePeer(name: string, ...args: string[]): Child {
  return new Child(name, process.execPath, [nodePeerScript(name), ...args]);
}

/** Linked Bumble controllers; a spec is `tcp`, `pty:LINK`, `boot-pty:LINK`, `h5-pty:LINK` or `bad-h5-pty:LINK`. */
export async function bumbleControllers(...specs: string[]): Promise<ControllerPort[]> {
  const process = peer('controllers', ...specs);
  const { controllers } = await process.event('ready');
  return (controllers as { port?: number; pty?: string; address: string }[]).map(({ port, pty, address }) =>
    pty === undefined
      ? { port: `tcp:127.0.0.1:${port}`, bumble: `tcp-client:127.0.0.1:${port}`, address, process }
      : { port: `serial:${pty}`, bumble: `serial:${pty}`, address, process },
  );
}

/** BlueZ's emulated controllers: every connection to the same socket gets one of its own. */
export async function btvirtControllers(count: number): Promise<ControllerPort[]> {
  const sockets = temporaryFolder();
  const path = join(sockets, 'bt-server-le');
  const process = new Child('btvirt', 'btvirt', ['-s'], {
    env: { BTVIRT_SOCKETS: sockets, LD_PRELOAD: shim },
  });
  await Promise.race([
    listens(path),
    process.ended.then(({ stderr }) => Promise.reject(new Error(`btvirt ended: ${stderr}`))),
  ]);
  return Array.from({ length: count }, () => ({ port: `unix:${path}`, bumble: `unix:${path}`, process }));
}

/** Bumble's heart rate sensor, advertising. */
export async function heartRateSensor(controller: ControllerPort, address?: string): Promise<Child> {
  const sensor = peer(
    'heart_rate',
    controller.bumble,
    ...(address === undefined ? [] : ['--address', address]),
  );
  await sensor.event('ready');
  return sensor;
}

/** Bumble's GATT client, waiting for orders. */
export async function gattClient(controller: ControllerPort): Promise<Child> {
  const client = peer('client', controller.bumble);
  await client.event('ready');
  return client;
}

/** The command line as users run it: `bluewire …`. */
export function bluewire(...args: string[]): Child {
  return new Child('bluewire', process.execPath, [cli, ...args], { cwd: project });
}

/** A program of examples/, on a port. */
export function example(name: string, port: string): Child {
  return new Child(name, process.execPath, [join(project, 'examples', name), port], { cwd: project });
}

/** Controllers of `bluewire air`, on one air. */
export async function airControllers(count: number): Promise<ControllerPort[]> {
  const process = bluewire('air', '--json', '--controllers', String(count), '--listen', 'tcp:127.0.0.1:0');
  const ports: ControllerPort[] = [];
  for (let controller = 1; controller <= count; controller++) {
    const { port } = await process.next(
      (event) => event['event'] === 'listening' && event['controller'] === controller,
    );
    ports.push({ port: String(port), bumble: String(port).replace('tcp:', 'tcp-client:'), process });
  }
  return ports;
}

/** A server of controllers takes a moment after one host has left before it takes the next. */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 40) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
