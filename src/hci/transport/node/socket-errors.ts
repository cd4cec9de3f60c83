import { statSync } from 'node:fs';
import { TransportError } from '../../../core/errors.js';

/** Where a socket goes, or listens. */
export type Target = { readonly host: string; readonly port: number } | { readonly path: string };

/** An error of the operating system, or of Node on its behalf. */
export type SystemError = Error & { readonly code?: string | undefined };

/** Longest path of a Unix socket in octets, the closing zero not counted: 107 on Linux, 103 on macOS. */
const LONGEST_PATH = 107;

type Explanation = readonly [code: string, what: string];

const connecting: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: ['PORT_NOT_FOUND', "nothing listens there. Is the controller's server running?"],
  ENOENT: ['PORT_NOT_FOUND', 'there is no such socket'],
  ENOTDIR: ['PORT_NOT_FOUND', 'there is no such socket: a part of the path is no folder'],
  ENOTFOUND: ['PORT_NOT_FOUND', "the host's name is not known"],
  EAI_AGAIN: ['PORT_NOT_FOUND', "the host's name is not known"],
  EHOSTUNREACH: ['PORT_NOT_FOUND', 'the host cannot be reached. Is it switched on, and in this network?'],
  ENETUNREACH: ['PORT_NOT_FOUND', 'there is no network that leads to the host'],
  EHOSTDOWN: ['PORT_NOT_FOUND', 'the host is down'],
  ETIMEDOUT: ['PORT_NOT_FOUND', 'the host does not answer'],
  EACCES: ['PORT_DENIED', 'no permission to open it'],
  EPERM: ['PORT_DENIED', 'no permission to open it'],
  EPROTOTYPE: ['PORT_NOT_FOUND', 'the socket there is of another kind, not a stream'],
};

const listening: Readonly<Record<string, Explanation>> = {
  EADDRINUSE: [
    'PORT_BUSY',
    'another program listens there already. Choose another port, or 0 for a free one',
  ],
  EADDRNOTAVAIL: ['PORT_NOT_FOUND', 'this machine has no such address. 0.0.0.0 or [::] is all of them'],
  ENOTFOUND: ['PORT_NOT_FOUND', "the host's name is not known"],
  EAI_AGAIN: ['PORT_NOT_FOUND', "the host's name is not known"],
  ENOENT: ['PORT_NOT_FOUND', 'there is no folder for the socket'],
  ENOTDIR: ['PORT_NOT_FOUND', 'there is no folder for the socket: a part of the path is a file'],
  EACCES: ['PORT_DENIED', 'no permission to listen there (ports below 1024 are for root)'],
  EPERM: ['PORT_DENIED', 'no permission to listen there'],
  EROFS: ['PORT_DENIED', 'the file system is read-only'],
};

/** The reasons for which it may help to try again a little later. */
const passing = [
  'ECONNREFUSED',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ETIMEDOUT',
  'EAI_AGAIN',
];

/** Whether nothing is there yet, but may be soon. */
export function mayCome(error: unknown): boolean {
  const code = error instanceof Error && (error.cause as SystemError | undefined)?.code;
  return typeof code === 'string' && passing.includes(code);
}

/** Why a connection could not be made. */
export function cannotConnect(name: string, target: Target, cause: SystemError): TransportError {
  const [code, what] = ('path' in target && cause.code === 'ECONNREFUSED' && noServer(target.path)) ||
    connecting[cause.code ?? ''] || ['TRANSPORT_ERROR', `cannot connect (${cause.code ?? cause.message})`];
  return new TransportError(`${name}: ${what}`, code, { cause });
}

/** Why it is not possible to listen. */
export function cannotListen(name: string, target: Target, cause: SystemError): TransportError {
  const permission: Explanation | undefined =
    'path' in target && cause.code === 'EACCES'
      ? ['PORT_DENIED', 'no permission to make a socket in that folder']
      : undefined;
  const [code, what] = permission ??
    listening[cause.code ?? ''] ?? ['TRANSPORT_ERROR', `cannot listen (${cause.code ?? cause.message})`];
  return new TransportError(`${name}: ${what}`, code, { cause });
}

/** The connection broke, with a reason of the operating system's. */
export function connectionLost(name: string, cause: SystemError): TransportError {
  const why = cause.code === 'ETIMEDOUT' ? 'the other machine does not answer any more' : undefined;
  return new TransportError(`${name}: connection lost (${why ?? cause.code ?? cause.message})`, 'PORT_LOST', {
    cause,
  });
}

/** It was closed while it was being opened. */
export function closedMeanwhile(name: string): TransportError {
  return new TransportError(`${name}: the port was closed while it was being opened`, 'PORT_CLOSED');
}

/**
 * Checks that a path is not too long for a socket; the operating system would cut it, or say something obscure.
 * @throws {TransportError} `PORT_SPEC`
 */
export function checkPath(name: string, path: string): void {
  const size = Buffer.byteLength(path);
  if (size > LONGEST_PATH && process.platform !== 'win32')
    throw new TransportError(
      `${name}: the path has ${size} octets; a socket's may have ${LONGEST_PATH}`,
      'PORT_SPEC',
    );
}

/** A file refused a connection: it is no socket, or its server is gone. */
function noServer(path: string): Explanation | undefined {
  try {
    return statSync(path).isSocket()
      ? ['PORT_NOT_FOUND', 'nothing listens there: the socket was left behind by a server that is gone']
      : ['PORT_NOT_FOUND', 'the file there is no socket'];
  } catch {
    return undefined;
  }
}
