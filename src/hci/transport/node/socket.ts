import * as z from 'zod/mini';
import { framed } from '../../framing/framing.js';
import { framingFields, framingForm, framingOf } from '../framing-options.js';
import { checkPort } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import { SocketStream } from './socket-stream.js';

const tcpForm = `tcp:host:port, for example tcp:127.0.0.1:6402 (options ${framingForm})`;
const unixForm = `unix:path, for example unix:/tmp/bt-server-le (options ${framingForm})`;

/** Made at the first use: building a schema takes longer than using it. */
const tcpSchema = () =>
  z.strictObject({
    target: z.string().check(
      z.regex(/^(\[[0-9a-f:.]+\]|[^:\s[\]]+):\d{1,5}$/i, 'host:port is wanted'),
      z.refine(
        (text) => Number(text.slice(text.lastIndexOf(':') + 1)) <= 65535,
        'a port number up to 65535 is wanted',
      ),
    ),
    ...framingFields(),
  });
const unixSchema = () =>
  z.strictObject({ target: z.string().check(z.minLength(1, 'a path is wanted')), ...framingFields() });

/** `tcp:host:port` */
export const tcpFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, ...options } = checkPort(port, tcpForm, tcpSchema());
    const colon = target.lastIndexOf(':');
    const host = target.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    return framed(
      new SocketStream(port.text, { host, port: Number(target.slice(colon + 1)) }),
      clock,
      framingOf(options),
    );
  },
};

/** `unix:path` */
export const unixFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, ...options } = checkPort(port, unixForm, unixSchema());
    return framed(new SocketStream(port.text, { path: target }), clock, framingOf(options));
  },
};
