import * as z from 'zod/mini';
import { framingFields } from '../framing-options.js';
import { wholeNumber } from '../port-options.js';
import type { Target } from './socket-errors.js';

/** `host:port`; an IPv6 address stands in brackets. */
export const hostAndPort = () =>
  z.string().check(
    z.regex(/^(\[[0-9a-f:.]+\]|[^:\s[\]/]+):\d{1,5}$/i, 'host:port is wanted'),
    z.refine(
      (text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65535,
      'a port number up to 65535 is wanted',
    ),
  );

export const path = () => z.string().check(z.minLength(1, 'a path is wanted'));

/** Seconds, as milliseconds. */
export const seconds = (low: number, high: number, preset: number) =>
  z._default(
    z.pipe(
      wholeNumber(low, high),
      z.transform((value: number) => 1000 * value),
    ),
    1000 * preset,
  );

/** Options of whoever connects. */
export const connectFields = () => ({
  timeout: seconds(1, 3600, 10),
  retry: seconds(0, 86400, 0),
  ...framingFields(),
});

/** Of TCP: how long it may be silent before the other machine is asked whether it is there. */
export const keepAliveField = () => ({ keepalive: seconds(0, 7200, 15) });

/** The parts of `host:port`. */
export function targetOf(text: string): Target & { readonly host: string } {
  const colon = text.lastIndexOf(':');
  return {
    host: text.slice(0, colon).replace(/^\[(.*)\]$/, '$1'),
    port: Number(text.slice(colon + 1)),
  };
}
