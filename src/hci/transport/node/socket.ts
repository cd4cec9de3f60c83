import * as z from 'zod/mini';
import { H4Transport } from '../../framing/h4-transport.js';
import { checkPort } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import { SocketStream } from './socket-stream.js';

const tcpForm = 'tcp:host:port, for example tcp:127.0.0.1:6402';
const unixForm = 'unix:path, for example unix:/tmp/bt-server-le';

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
  });
const unixSchema = () => z.strictObject({ target: z.string().check(z.minLength(1, 'a path is wanted')) });

/** `tcp:host:port` */
export const tcpFactory: TransportFactory = {
  create(port, { clock }) {
    const { target } = checkPort(port, tcpForm, tcpSchema());
    const colon = target.lastIndexOf(':');
    const host = target.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
    return new H4Transport(new SocketStream(port.text, { host, port: Number(target.slice(colon + 1)) }), {
      clock,
    });
  },
};

/** `unix:path` */
export const unixFactory: TransportFactory = {
  create(port, { clock }) {
    const { target } = checkPort(port, unixForm, unixSchema());
    return new H4Transport(new SocketStream(port.text, { path: target }), { clock });
  },
};
