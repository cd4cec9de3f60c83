import * as z from 'zod/mini';
import { framed } from '../../framing/framing.js';
import { framingFields, framingForm, framingOf } from '../framing-options.js';
import { checkPort } from '../port-options.js';
import type { TransportFactory } from '../scheme.js';
import { ServerStream } from './server-stream.js';
import { connectFields, hostAndPort, keepAliveField, path, targetOf } from './socket-options.js';
import { SocketStream } from './socket-stream.js';

const connectForm = `timeout=SECONDS to connect, retry=SECONDS to wait for a server, ${framingForm}`;
const tcpForm = `tcp:host:port, for example tcp:127.0.0.1:6402 (options keepalive=SECONDS, ${connectForm})`;
const unixForm = `unix:path, for example unix:/tmp/bt-server-le (options ${connectForm})`;
const tcpServerForm = `tcp-server:host:port, for example tcp-server:127.0.0.1:6402; port 0 is any free one (options keepalive=SECONDS, ${framingForm})`;
const unixServerForm = `unix-server:path, for example unix-server:/tmp/hci (options ${framingForm})`;

/** Made at the first use: building a schema takes longer than using it. */
const tcpSchema = () => z.strictObject({ target: hostAndPort(), ...keepAliveField(), ...connectFields() });
const unixSchema = () => z.strictObject({ target: path(), ...connectFields() });
const tcpServerSchema = () =>
  z.strictObject({ target: hostAndPort(), ...keepAliveField(), ...framingFields() });
const unixServerSchema = () => z.strictObject({ target: path(), ...framingFields() });

/** `tcp:host:port` */
export const tcpFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, timeout, retry, keepalive, ...rest } = checkPort(port, tcpForm, tcpSchema());
    const options = { timeoutMs: timeout, retryMs: retry, keepAliveMs: keepalive };
    return framed(new SocketStream(port.text, targetOf(target), options, clock), clock, framingOf(rest));
  },
};

/** `unix:path` */
export const unixFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, timeout, retry, ...rest } = checkPort(port, unixForm, unixSchema());
    const options = { timeoutMs: timeout, retryMs: retry, keepAliveMs: 0 };
    return framed(new SocketStream(port.text, { path: target }, options, clock), clock, framingOf(rest));
  },
};

/** `tcp-server:host:port` */
export const tcpServerFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, keepalive, ...rest } = checkPort(port, tcpServerForm, tcpServerSchema());
    const options = { keepAliveMs: keepalive };
    return framed(new ServerStream(port.text, targetOf(target), options, clock), clock, framingOf(rest));
  },
};

/** `unix-server:path` */
export const unixServerFactory: TransportFactory = {
  create(port, { clock }) {
    const { target, ...rest } = checkPort(port, unixServerForm, unixServerSchema());
    const stream = new ServerStream(port.text, { path: target }, { keepAliveMs: 0 }, clock);
    return framed(stream, clock, framingOf(rest));
  },
};
