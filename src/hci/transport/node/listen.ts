import { lstatSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { connect, isIPv6, type Server } from 'node:net';
import { dirname } from 'node:path';
import { TransportError } from '../../../core/errors.js';
import { cannotListen, checkPath, type SystemError, type Target } from './socket-errors.js';

/**
 * Lets a server listen; gives what a client of this machine writes behind its scheme: `127.0.0.1:6402`, or a path.
 * A socket that a server left behind, which is gone, is taken away first; no other file is.
 * @throws {TransportError} that says why it is not possible
 */
export async function listen(server: Server, name: string, target: Target): Promise<string> {
  if ('path' in target) {
    checkPath(name, target.path);
    await clearPath(name, target.path);
  }
  await new Promise<void>((resolve, reject) => {
    const refused = (error: Error) => reject(cannotListen(name, target, error));
    server.once('error', refused);
    server.listen({ ...target }, () => {
      server.off('error', refused);
      resolve();
    });
  });
  if ('path' in target) return target.path;
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : target.port;
  return `${dialled(target.host)}:${port}`;
}

/** The host that reaches a server of this machine: all addresses are none to connect to. */
function dialled(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return isIPv6(host) ? `[${host}]` : host;
}

/** Takes away a socket on which nobody listens. */
async function clearPath(name: string, path: string): Promise<void> {
  // A pipe of Windows is no file.
  if (process.platform === 'win32') return;
  const found = lookAt(name, path);
  if (!found) return;
  if (!found.isSocket()) throw busy(name, 'a file is there that is no socket; it was left alone');
  const outcome = await tryOut(path);
  if (outcome === 'listens') throw busy(name, 'another program listens on this socket already');
  if (outcome !== 'ECONNREFUSED') throw cannotListen(name, { path }, systemError(outcome));
  try {
    unlinkSync(path);
  } catch (error) {
    throw cannotListen(name, { path }, error as SystemError);
  }
}

/** What is at a path; `undefined` when nothing is, and something can be made there. */
function lookAt(name: string, path: string): Stats | undefined {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    // Binding a socket where there is no folder fails with EACCES, which would mislead.
    if (!found) statSync(dirname(path));
    return found;
  } catch (error) {
    throw cannotListen(name, { path }, error as SystemError);
  }
}

function busy(name: string, what: string): TransportError {
  return new TransportError(`${name}: ${what}`, 'PORT_BUSY');
}

function systemError(code: string): SystemError {
  return Object.assign(new Error(code), { code });
}

/** Whether somebody listens on a socket, or the code of the error. */
function tryOut(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('listens');
    });
    socket.once('error', (error: SystemError) => resolve(error.code ?? error.message));
  });
}
