import * as z from 'zod/mini';
import { TransportError } from '../../core/errors.js';
import type { Port } from './port.js';

/**
 * The most that one message may hold, in octets: a message is a piece of a stream, and no packet needs more than 65,540.
 */
export const MAX_MESSAGE = 1 << 20;

/** Why a WebSocket was closed, by its close code (RFC 6455, 7.4.1, and the registry there). */
const closeCodes: Readonly<Record<number, string>> = {
  1000: 'the other side closed the connection',
  1001: 'the other side goes away',
  1002: 'the other side saw a protocol error',
  1003: 'the other side takes no binary messages',
  1005: 'the other side closed the connection',
  1006: 'the connection broke off without a goodbye',
  1007: 'the other side saw a malformed message',
  1008: 'the other side does not permit this',
  1009: 'a message was too long for the other side',
  1011: 'the other side failed',
  1012: 'the other side restarts',
  1013: 'the other side serves another host already',
};

/** The other side closed a WebSocket. */
export function closedByPeer(name: string, code: number, reason: string): TransportError {
  const what = closeCodes[code] ?? 'the other side closed the connection';
  const said = reason === '' ? '' : `, and says ${JSON.stringify(reason.slice(0, 123))}`;
  return new TransportError(`${name}: ${what} (code ${code})${said}`, 'PORT_LOST');
}

/** A text message came: no HCI packets are text. */
export function textRefused(name: string): TransportError {
  return new TransportError(
    `${name}: a text message came. HCI packets are wanted in binary messages; what is there is another service`,
    'NO_HCI',
  );
}

/** A message was too long. */
export function tooLong(name: string): TransportError {
  return new TransportError(
    `${name}: a message of more than ${MAX_MESSAGE} octets came. It is no stream of HCI packets`,
    'NO_HCI',
  );
}

/** The target of `ws:` and `wss:`: what stands behind the scheme of a URL. */
export const urlTarget = () => z.string().check(z.regex(/^\/\/[^/]+/, '//host:port/path is wanted'));

/**
 * The URL that a port means.
 * @throws {TransportError} `PORT_SPEC` when it is none
 */
export function urlOf({ text, scheme, target }: Port, form: string): string {
  const wrong = (what: string) =>
    new TransportError(`${JSON.stringify(text)}: ${what}. The form is ${form}`, 'PORT_SPEC');
  let url: URL;
  try {
    url = new URL(`${scheme}:${target}`);
  } catch {
    throw wrong('host or port number make no URL');
  }
  if (url.hash !== '') throw wrong('a WebSocket has no fragment (#)');
  if (url.username !== '' || url.password !== '') throw wrong('a user and a password have no place in it');
  return url.href;
}
