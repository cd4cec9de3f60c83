import * as z from 'zod/mini';
import { framed } from '../../framing/framing.js';
import { framingFields, framingForm, framingOf } from '../framing-options.js';
import { checkPort } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import { urlOf, urlTarget } from '../websocket-options.js';
import { connectFields, hostAndPort, seconds, targetOf } from './socket-options.js';
import { WebSocketServerStream } from './websocket-server.js';
import { WebSocketStream } from './websocket-stream.js';

const clientForm = (scheme: string) =>
  `${scheme}://host:port/path, for example ${scheme}://127.0.0.1:6403 (options timeout=SECONDS to connect, retry=SECONDS to wait for a server, ping=SECONDS, ${framingForm})`;
const serverForm = `ws-server:host:port, for example ws-server:127.0.0.1:6403; port 0 is any free one (options origin=https://host for pages of other machines, ping=SECONDS, ${framingForm})`;

const ping = () => ({ ping: seconds(0, 3600, 20) });
/** Made at the first use: building a schema takes longer than using it. */
const clientSchema = () => z.strictObject({ target: urlTarget(), ...ping(), ...connectFields() });
const serverSchema = () =>
  z.strictObject({
    target: hostAndPort(),
    origin: z.optional(z.string().check(z.regex(/^(\*|https?:\/\/[^/]+)$/, '* or https://host is wanted'))),
    ...ping(),
    ...framingFields(),
  });

/** `ws://host:port/path` and `wss://host:port/path` */
export const webSocketFactory: TransportFactory = {
  create(port, { clock }) {
    const form = clientForm(port.scheme);
    const { timeout, retry, ping, ...rest } = checkPort(port, form, clientSchema());
    const options = { timeoutMs: timeout, retryMs: retry, pingMs: ping };
    return framed(new WebSocketStream(port.text, urlOf(port, form), options, clock), clock, framingOf(rest));
  },
};

/** `ws-server:host:port` */
export const webSocketServerFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, origin, ping, ...rest } = checkPort(port, serverForm, serverSchema());
    const stream = new WebSocketServerStream(port.text, targetOf(target), { pingMs: ping, origin }, clock);
    return framed(stream, clock, framingOf(rest));
  },
};
