import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { type WebSocket, WebSocketServer, WebSocket as Ws } from 'ws';
import { SimulatedClock, systemClock } from '../../../src/core/clock.js';
import { fromHex } from '../../../src/core/hex.js';
import { systemRandom } from '../../../src/core/random.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import type { HciTransport } from '../../../src/hci/transport/transport.js';
import { Belongings, portOf } from '../../support/sockets.js';
import { selfSigned } from '../../support/tls.js';
import { eventually, Recorder } from './compliance.js';

const belongings = new Belongings();
const transports: HciTransport[] = [];

afterEach(async () => {
  await Promise.all(transports.splice(0).map((transport) => transport.close()));
  belongings.dispose();
});

async function make(port: string, clock = systemClock): Promise<HciTransport> {
  const transport = await createTransport(port, { clock, random: systemRandom });
  transports.push(transport);
  return transport;
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  belongings.add(() => {
    server.close();
    server.closeAllConnections();
  });
  return portOf(server);
}

/** A server of the test, and the first connection to it. */
async function serve(options: { autoPong?: boolean } = {}) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, ...options });
  const first = new Promise<WebSocket>((resolve) => {
    sockets.once('connection', (socket) => {
      socket.on('error', () => {});
      resolve(socket);
    });
  });
  const port = await listening(server);
  belongings.add(() => {
    for (const socket of sockets.clients) socket.terminate();
  });
  return { port, first };
}

/** A `ws-server:` that listens: what it tells, and how to connect. */
async function openServer(options = '') {
  const transport = await make(`ws-server:127.0.0.1:0${options}`);
  const recorder = new Recorder();
  const opening = transport.open(recorder);
  opening.catch(() => {});
  const { at } = await recorder.untilTold('listening');
  const connect = (headers: Record<string, string> = {}) => {
    const socket = new Ws(at!, { headers });
    socket.on('error', () => {});
    belongings.add(() => socket.terminate());
    return socket;
  };
  return { transport, recorder, opening, at: at!, connect };
}

async function failure(port: string): Promise<{ code: string; message: string }> {
  const transport = await make(port);
  return transport.open(new Recorder()).then(
    () => expect.fail('it opened'),
    (error: { code: string; message: string }) => error,
  );
}

describe('a WebSocket client', () => {
  it('ends the connection with 1003 at a text message, and says what is wrong', async () => {
    const { port, first } = await serve();
    const transport = await make(`ws://127.0.0.1:${port}`);
    const errors: (Error | undefined)[] = [];
    const recorder = new Recorder();
    await transport.open({
      packet: () => {},
      diagnostic: () => {},
      closed: (error) => {
        errors.push(error);
        recorder.closed(error);
      },
    });
    const socket = await first;
    const closed = once(socket, 'close');
    socket.send('{"hello":"world"}');
    await recorder.until(() => recorder.closings.length > 0);
    expect((await closed)[0]).toBe(1003);
    expect(recorder.closings).toEqual(['NO_HCI']);
    expect(errors[0]?.message).toMatch(/a text message came.*binary messages/);
  });

  it('ends the connection with 1009 at a message of more than 1 MiB, and delivers none of it', async () => {
    const { port, first } = await serve();
    const transport = await make(`ws://127.0.0.1:${port}`);
    const recorder = new Recorder();
    await transport.open(recorder);
    const socket = await first;
    const closed = once(socket, 'close');
    socket.send(new Uint8Array((1 << 20) + 1).fill(4));
    await recorder.until(() => recorder.closings.length > 0);
    expect((await closed)[0]).toBe(1009);
    expect(recorder.closings).toEqual(['NO_HCI']);
    expect(recorder.packets).toEqual([]);
  });

  it('sends a message for each packet: there are peers that take one for the other', async () => {
    const { port, first } = await serve();
    const transport = await make(`ws://127.0.0.1:${port}`);
    await transport.open(new Recorder());
    const socket = await first;
    const messages: string[] = [];
    const third = new Promise<void>((resolve) => {
      socket.on('message', (data, isBinary) => {
        messages.push(`${isBinary} ${(data as Buffer).toString('hex')}`);
        if (messages.length === 3) resolve();
      });
    });
    for (const packet of ['01030c00', '024000050001000400aa', '01010c080000000000000000'])
      transport.send(fromHex(packet));
    await third;
    expect(messages).toEqual(['true 01030c00', 'true 024000050001000400aa', 'true 01010c080000000000000000']);
  });

  it('gives up a server that does not answer pings, and keeps one that does', async () => {
    const clock = new SimulatedClock();
    const { port, first } = await serve({ autoPong: false });
    const transport = await make(`ws://127.0.0.1:${port}?ping=20`, clock);
    const recorder = new Recorder();
    await transport.open(recorder);
    const socket = await first;
    let pings = 0;
    socket.on('ping', () => pings++);
    for (let round = 1; round <= 3; round++) {
      await clock.advance(20_000);
      await eventually(() => pings === round);
      socket.pong();
      // A packet behind the pong: when it is there, the pong was.
      socket.send(fromHex('040e0401030c00'));
      await recorder.until(() => recorder.packets.length === round);
    }
    await clock.advance(20_000);
    await eventually(() => pings === 4);
    expect(recorder.closings).toEqual([]);
    await clock.advance(20_000);
    await recorder.until(() => recorder.closings.length > 0);
    expect(recorder.closings).toEqual(['PORT_LOST']);
  });

  it.each([
    [1001, '', 'PORT_LOST', /the other side goes away \(code 1001\)$/],
    [1013, 'busy', 'PORT_LOST', /serves another host already \(code 1013\), and says "busy"/],
    [1000, '', 'PORT_LOST', /closed the connection \(code 1000\)$/],
    [4321, '', 'PORT_LOST', /closed the connection \(code 4321\)/],
  ])('tells what close code %i means', async (code, reason, expected, message) => {
    const { port, first } = await serve();
    const transport = await make(`ws://127.0.0.1:${port}`);
    const recorder = new Recorder();
    let text = '';
    await transport.open({
      packet: () => {},
      diagnostic: () => {},
      closed: (error) => {
        text = error?.message ?? '';
        recorder.closed(error);
      },
    });
    (await first).close(code, reason);
    await recorder.until(() => recorder.closings.length > 0);
    expect(recorder.closings).toEqual([expected]);
    expect(text).toMatch(message);
  });
});

describe('a WebSocket that cannot be opened', () => {
  it.each([
    [404, 'PORT_NOT_FOUND', /a web server answers there, but has no WebSocket at this path \(HTTP 404\)/],
    [403, 'PORT_DENIED', /does not permit it \(HTTP 403\)/],
  ])('HTTP status %i', async (status, code, message) => {
    const port = await listening(
      createServer((_request, response) => {
        response.writeHead(status).end();
      }),
    );
    const error = await failure(`ws://127.0.0.1:${port}/hci`);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('what listens speaks something else', async () => {
    const server = await belongings.server((socket) => {
      socket.once('data', () => socket.end('040e not http'));
    });
    const error = await failure(`ws://127.0.0.1:${portOf(server)}`);
    expect(error).toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/speaks no WebSocket. tcp:host:port/),
    });
  });

  it('what listens hangs up', async () => {
    const server = await belongings.server((socket) => {
      socket.once('data', () => socket.destroy());
    });
    const error = await failure(`ws://127.0.0.1:${portOf(server)}`);
    expect(error).toMatchObject({ message: expect.stringMatching(/speaks no WebSocket/) });
  });

  it('nothing listens', async () => {
    const gone = new Belongings();
    const port = portOf(await gone.server(() => {}));
    gone.dispose();
    expect(await failure(`ws://127.0.0.1:${port}`)).toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/nothing listens there/),
    });
  });

  it('a certificate that signed itself, and what to do', async () => {
    const server = createTlsServer(selfSigned);
    const port = await listening(server as unknown as Server);
    expect(await failure(`wss://127.0.0.1:${port}`)).toMatchObject({
      code: 'PORT_DENIED',
      message: expect.stringMatching(/signed itself and is not trusted.*NODE_EXTRA_CA_CERTS/),
    });
  });

  it('TLS where there is none', async () => {
    const port = await listening(createServer());
    expect(await failure(`wss://127.0.0.1:${port}`)).toMatchObject({
      code: 'PORT_DENIED',
      message: expect.stringMatching(/there is no TLS on that port. ws:\/\//),
    });
  });

  it('no TLS where there is', async () => {
    const port = await listening(createTlsServer(selfSigned) as unknown as Server);
    expect(await failure(`ws://127.0.0.1:${port}`)).toMatchObject({
      message: expect.stringMatching(/speaks no WebSocket.*wss:\/\/ is with TLS|HTTP 400/),
    });
  });
});

describe('a WebSocket server', () => {
  it('turns a second connection away with 1013 while the first is there', async () => {
    const { recorder, opening, connect, at } = await openServer();
    const socket = connect();
    await once(socket, 'open');
    await opening;
    const second = await make(at);
    const other = new Recorder();
    await second.open(other);
    await other.until(() => other.closings.length > 0);
    expect(other.closings).toEqual(['PORT_LOST']);
    await recorder.until(() => recorder.diagnostics.length > 1);
    expect(recorder.diagnostics[1]?.message).toMatch(/a second connection from 127\.0\.0\.1 was turned away/);
    socket.send(fromHex('040e0401030c00'));
    await recorder.until(() => recorder.packets.length > 0);
    expect(recorder.closings).toEqual([]);
  });

  it.each([
    ['', 'https://evil.example', false],
    ['', 'null', false],
    ['', 'http://localhost.evil.example', false],
    ['', 'http://localhost:8080', true],
    ['', 'http://127.0.0.1', true],
    ['', 'http://[::1]:3000', true],
    ['?origin=https://good.example', 'https://good.example', true],
    ['?origin=https://good.example', 'https://evil.example', false],
    ['?origin=*', 'https://evil.example', true],
  ])('with %j, a page of %s: %s', async (options, origin, permitted) => {
    const { recorder, opening, connect } = await openServer(options);
    const socket = connect({ origin });
    if (permitted) {
      await once(socket, 'open');
      await opening;
      return;
    }
    const [code] = await once(socket, 'close');
    expect(code).toBe(1008);
    expect(recorder.diagnostics[1]?.message).toMatch(/was turned away; the option origin=… permits it/);
    // It waits on, for somebody else.
    const program = connect();
    await once(program, 'open');
    await opening;
  });

  it('ends the connection at a text message', async () => {
    const { recorder, opening, connect } = await openServer();
    const socket = connect();
    await once(socket, 'open');
    await opening;
    const closed = once(socket, 'close');
    socket.send('AT\r\n');
    expect((await closed)[0]).toBe(1003);
    await recorder.until(() => recorder.closings.length > 0);
    expect(recorder.closings).toEqual(['NO_HCI']);
  });

  it('answers a browser that was pointed at it with what it is (426 Upgrade Required)', async () => {
    const { at } = await openServer();
    const [response] = (await once(get(at.replace('ws:', 'http:')), 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(426);
  });

  it('can be closed while it waits, and listens again at once', async () => {
    const { transport, opening, at } = await openServer();
    await transport.close();
    await expect(opening).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    const again = await make(at.replace('ws://', 'ws-server:'));
    const recorder = new Recorder();
    const reopening = again.open(recorder);
    reopening.catch(() => {});
    expect((await recorder.untilTold('listening')).at).toBe(at);
  });
});
