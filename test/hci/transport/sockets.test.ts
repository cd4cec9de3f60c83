import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SimulatedClock, systemClock } from '../../../src/core/clock.js';
import { fromHex } from '../../../src/core/hex.js';
import { systemRandom } from '../../../src/core/random.js';
import { Dialler } from '../../../src/hci/transport/node/dialler.js';
import {
  cannotConnect,
  cannotListen,
  connectionLost,
} from '../../../src/hci/transport/node/socket-errors.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import type { HciTransport } from '../../../src/hci/transport/transport.js';
import { Belongings, portOf, socketPeer } from '../../support/sockets.js';
import { eventually, Recorder } from './compliance.js';

const COMPLETE = '040e0401030c00';
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

/** A transport that listens, and where. */
async function listen(port: string) {
  const transport = await make(port);
  const recorder = new Recorder();
  const opening = transport.open(recorder);
  opening.catch(() => {});
  const told = await Promise.race([recorder.untilTold('listening'), opening]);
  if (!('at' in told)) return expect.fail('it opened');
  return { transport, recorder, opening, at: told.at!, message: told.message };
}

const failure = async (port: string) => {
  const transport = await make(port);
  return transport.open(new Recorder()).then(
    () => expect.fail('it opened'),
    (error: { code: string; message: string }) => error,
  );
};

describe('a server', () => {
  it('tells where it listens, the free port that 0 gave included', async () => {
    const { at, message } = await listen('tcp-server:127.0.0.1:0');
    expect(at).toMatch(/^tcp:127\.0\.0\.1:[1-9]\d*$/);
    expect(message).toBe(`tcp-server:127.0.0.1:0: listens, and waits for a connection to ${at}`);
    const everywhere = await listen('tcp-server:0.0.0.0:0');
    expect(everywhere.at).toMatch(/^tcp:127\.0\.0\.1:[1-9]\d*$/);
  });

  it('turns a second connection away and goes on with the first', async () => {
    const { recorder, opening, at } = await listen('tcp-server:127.0.0.1:0');
    const first = socketPeer(await belongings.connect(at));
    await opening;
    const second = await make(at);
    const other = new Recorder();
    let message = '';
    await second.open({
      packet: () => {},
      diagnostic: () => {},
      closed: (error) => {
        message = error?.message ?? '';
        other.closed(error);
      },
    });
    await other.until(() => other.closings.length > 0);
    expect(message).toMatch(/before it sent anything. Does it serve another host already\?/);
    await recorder.until(() => recorder.diagnostics.length > 1);
    expect(recorder.diagnostics[1]).toMatchObject({
      kind: 'warning',
      message: expect.stringMatching(/second connection from 127\.0\.0\.1 was turned away/),
    });
    first.send(COMPLETE);
    await recorder.until(() => recorder.packets.length > 0);
    expect(recorder.closings).toEqual([]);
  });

  it('can be closed while it waits, and is away then', async () => {
    const { transport, opening, at } = await listen('tcp-server:127.0.0.1:0');
    await transport.close();
    await expect(opening).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    expect(await failure(at)).toMatchObject({ code: 'PORT_NOT_FOUND' });
  });

  it('takes the place of a socket that was left behind, and takes its own away', async () => {
    const path = join(belongings.folder(), 'hci');
    const { transport, at } = await listen(`unix-server:${path}`);
    expect(at).toBe(`unix:${path}`);
    expect(statSync(path).isSocket()).toBe(true);
    await transport.close();
    expect(existsSync(path)).toBe(false);
    // A server that was killed leaves its socket. Here it has another name when Node takes it away.
    const left = join(belongings.folder(), 'left');
    const server = createServer();
    server.listen(path);
    await once(server, 'listening');
    renameSync(path, left);
    server.close();
    expect(statSync(left).isSocket()).toBe(true);
    expect(await failure(`unix:${left}`)).toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/left behind by a server that is gone/),
    });
    const again = await listen(`unix-server:${left}`);
    socketPeer(await belongings.connect(again.at));
    await again.opening;
  });
});

describe('a socket that cannot be opened', () => {
  it.each([
    ['ENOTFOUND', 'PORT_NOT_FOUND', /the host's name is not known/],
    ['EAI_AGAIN', 'PORT_NOT_FOUND', /the host's name is not known/],
    ['EHOSTUNREACH', 'PORT_NOT_FOUND', /cannot be reached. Is it switched on/],
    ['ENETUNREACH', 'PORT_NOT_FOUND', /there is no network that leads to the host/],
    ['ETIMEDOUT', 'PORT_NOT_FOUND', /does not answer/],
    ['EACCES', 'PORT_DENIED', /no permission to open it/],
    ['ENOSUCHTHING', 'TRANSPORT_ERROR', /cannot connect \(ENOSUCHTHING\)/],
  ])('says what %s means', (code, expected, message) => {
    const cause = Object.assign(new Error(code), { code });
    const error = cannotConnect('tcp:host:1', { host: 'host', port: 1 }, cause);
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(message), cause });
  });

  it.each([
    ['EADDRNOTAVAIL', 'PORT_NOT_FOUND', /this machine has no such address. 0\.0\.0\.0/],
    ['EACCES', 'PORT_DENIED', /ports below 1024 are for root/],
    ['EROFS', 'PORT_DENIED', /read-only/],
    ['ENOSUCHTHING', 'TRANSPORT_ERROR', /cannot listen \(ENOSUCHTHING\)/],
  ])('says what %s means to a server', (code, expected, message) => {
    const cause = Object.assign(new Error(code), { code });
    const error = cannotListen('tcp-server:host:1', { host: 'host', port: 1 }, cause);
    expect(error).toMatchObject({ code: expected, message: expect.stringMatching(message), cause });
  });

  it('says what a lost connection was lost by', () => {
    const lost = (code: string) => connectionLost('tcp:host:1', Object.assign(new Error(code), { code }));
    expect(lost('ETIMEDOUT').message).toMatch(/the other machine does not answer any more/);
    expect(lost('ECONNRESET').message).toMatch(/connection lost \(ECONNRESET\)/);
  });

  it('says that another program listens there already', async () => {
    const port = portOf(await belongings.server(() => {}));
    expect(await failure(`tcp-server:127.0.0.1:${port}`)).toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringMatching(/another program listens there already. Choose another port, or 0/),
    });
    const path = join(belongings.folder(), 'hci');
    await belongings.server(() => {}, path);
    expect(await failure(`unix-server:${path}`)).toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringMatching(/another program listens on this socket already/),
    });
  });

  it('says that the address is not one of this machine', async () => {
    expect(await failure('tcp-server:192.0.2.1:0')).toMatchObject({
      message: expect.stringMatching(/no such address/),
    });
  });

  it('leaves a file alone that is no socket', async () => {
    const path = join(belongings.folder(), 'precious');
    writeFileSync(path, 'data');
    expect(await failure(`unix-server:${path}`)).toMatchObject({
      code: 'PORT_BUSY',
      message: expect.stringMatching(/a file is there that is no socket; it was left alone/),
    });
    expect(existsSync(path)).toBe(true);
    expect(await failure(`unix:${path}`)).toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/the file there is no socket/),
    });
  });

  it('says that there is no folder, or that a part of the path is a file', async () => {
    const folder = belongings.folder();
    expect(await failure(`unix-server:${folder}/none/hci`)).toMatchObject({
      message: expect.stringMatching(/there is no folder for the socket/),
    });
    writeFileSync(join(folder, 'file'), '');
    expect(await failure(`unix-server:${folder}/file/hci`)).toMatchObject({
      message: expect.stringMatching(/a part of the path is a file/),
    });
    expect(await failure(`unix:${folder}/file/hci`)).toMatchObject({
      message: expect.stringMatching(/a part of the path is no folder/),
    });
  });

  it('says that a path is too long', async () => {
    const folder = join(belongings.folder(), 'x'.repeat(100));
    mkdirSync(folder);
    for (const scheme of ['unix', 'unix-server']) {
      expect(await failure(`${scheme}:${folder}/hci`)).toMatchObject({
        code: 'PORT_SPEC',
        message: expect.stringMatching(/the path has \d+ octets; a socket's may have 107/),
      });
    }
  });
});

describe('connecting', () => {
  /** An attempt that fails as the operating system does. */
  const refused = (code: string) =>
    cannotConnect('tcp:', { host: 'h', port: 1 }, Object.assign(new Error(code), { code }));

  it('gives up an attempt that is not answered after its time', async () => {
    const clock = new SimulatedClock();
    const dialler = new Dialler('tcp:h:1', { timeoutMs: 10_000, retryMs: 0 }, clock);
    let broken = 0;
    const connecting = dialler.connect(() => () => broken++);
    const outcome = expect(connecting).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/no connection within 10 s/),
    });
    await clock.advance(9999);
    expect(broken).toBe(0);
    await clock.advance(1);
    await outcome;
    expect(broken).toBe(1);
    expect(clock.pending).toBe(0);
  });

  it('tries again while nothing is there, for the time that it may, and tells the last failure', async () => {
    const clock = new SimulatedClock();
    const dialler = new Dialler('tcp:h:1', { timeoutMs: 10_000, retryMs: 2000 }, clock);
    let attempts = 0;
    const connecting = dialler.connect((_succeed, fail) => {
      attempts++;
      queueMicrotask(() => fail(refused('ECONNREFUSED')));
      return () => {};
    });
    await expect(clock.run(connecting)).rejects.toMatchObject({ code: 'PORT_NOT_FOUND' });
    expect(attempts).toBe(9);
    expect(clock.now()).toBe(2000);
    expect(clock.pending).toBe(0);
  });

  it('does not try again where it is of no use, nor without the option', async () => {
    const clock = new SimulatedClock();
    for (const [code, retryMs] of [
      ['EACCES', 5000],
      ['ENOTFOUND', 5000],
      ['ECONNREFUSED', 0],
    ] as const) {
      let attempts = 0;
      const dialler = new Dialler('tcp:h:1', { timeoutMs: 10_000, retryMs }, clock);
      const connecting = dialler.connect((_succeed, fail) => {
        attempts++;
        queueMicrotask(() => fail(refused(code)));
        return () => {};
      });
      await expect(clock.run(connecting)).rejects.toMatchObject({ name: 'TransportError' });
      expect(attempts).toBe(1);
    }
  });

  it('ends in an attempt, and between two, when it is closed', async () => {
    const clock = new SimulatedClock();
    const during = new Dialler('tcp:h:1', { timeoutMs: 10_000, retryMs: 5000 }, clock);
    const first = during.connect(() => () => {});
    during.stop();
    await expect(first).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    const between = new Dialler('tcp:h:1', { timeoutMs: 10_000, retryMs: 5000 }, clock);
    const second = between.connect((_succeed, fail) => {
      queueMicrotask(() => fail(refused('ECONNREFUSED')));
      return () => {};
    });
    const outcome = expect(second).rejects.toMatchObject({ code: 'PORT_CLOSED' });
    await clock.advance(100);
    between.stop();
    await outcome;
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['', [[true, 15_000]]],
    ['?keepalive=60', [[true, 60_000]]],
    ['?keepalive=0', []],
  ])('with %j asks a silent machine whether it is there: %j', async (options, expected) => {
    const asked = vi.spyOn(Socket.prototype, 'setKeepAlive');
    try {
      const port = portOf(await belongings.server(() => {}));
      await (await make(`tcp:127.0.0.1:${port}${options}`)).open(new Recorder());
      expect(asked.mock.calls).toEqual(expected);
    } finally {
      asked.mockRestore();
    }
  });

  it('with retry=… waits for a server that comes later', async () => {
    const clock = new SimulatedClock();
    const path = join(belongings.folder(), 'hci');
    const transport = await make(`unix:${path}?retry=30`, clock);
    const recorder = new Recorder();
    let isOpen = false;
    const opening = transport.open(recorder).then(() => {
      isOpen = true;
    });
    // The attempt has failed, and the pause before the next one runs.
    await eventually(() => clock.pending === 1);
    await clock.advance(100);
    expect(isOpen).toBe(false);
    await belongings.server((socket) => socket.write(fromHex(COMPLETE)), path);
    await clock.advance(10_000);
    await opening;
    await recorder.until(() => recorder.packets.length > 0);
    const closing = transport.close();
    await clock.advance(1000);
    await closing;
  });
});
