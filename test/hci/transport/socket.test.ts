import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/core/clock.js';
import { fromHex, toHex } from '../../../src/core/hex.js';
import { systemRandom } from '../../../src/core/random.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import type { HciTransportSink } from '../../../src/hci/transport/transport.js';
import { H5Peer } from '../../support/h5-peer.js';

const servers: Server[] = [];
const folders: string[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A server on a free port or a socket path; gives its port string and the first connection. */
async function listen(where: 'tcp' | 'unix', onSocket: (socket: Socket) => void): Promise<string> {
  const server = createServer(onSocket);
  servers.push(server);
  const folder = where === 'unix' ? mkdtempSync(join(tmpdir(), 'bluewire-')) : undefined;
  if (folder) folders.push(folder);
  const path = folder && join(folder, 'hci');
  server.listen(path ?? { port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'string' ? `unix:${address}` : `tcp:127.0.0.1:${address?.port}`;
}

/** A sink that records, and a promise for the n-th thing that it is told. */
function recorder() {
  const told: string[] = [];
  let wake: (() => void) | undefined;
  const tell = (text: string) => {
    told.push(text);
    wake?.();
  };
  const sink: HciTransportSink = {
    packet: (type, bytes, start, end) => tell(`${type}:${toHex(bytes.subarray(start, end))}`),
    diagnostic: ({ kind }) => tell(kind),
    closed: (error) => tell(`closed ${error?.code}`),
  };
  const until = async (count: number) => {
    while (told.length < count) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { told, sink, until };
}

const make = (port: string) => createTransport(port, { clock: systemClock, random: systemRandom });

describe.each(['tcp', 'unix'] as const)('%s transport', (where) => {
  it('carries packets both ways, sends of one turn in one write, and closes', async () => {
    const chunks: string[] = [];
    const port = await listen(where, (socket) => {
      socket.on('data', (chunk) => {
        chunks.push(chunk.toString('hex'));
        socket.write(fromHex('040e0401030c00 0413'));
        socket.write(fromHex('050140000100'));
      });
      socket.on('error', () => {});
    });
    const { told, sink, until } = recorder();
    const transport = await make(port);
    expect(await transport.open(sink)).toEqual({ resetDone: false });
    transport.send(fromHex('01030c00'));
    transport.send(fromHex('01010c080000000000000000'));
    await until(2);
    expect(told).toEqual(['4:0e0401030c00', '4:13050140000100']);
    expect(chunks).toEqual(['01030c0001010c080000000000000000']);
    await transport.close();
    await transport.close();
    expect(told.at(-1)).toBe('closed undefined');
  });

  it('tells once that the other side went', async () => {
    const port = await listen(where, (socket) => socket.destroy());
    const { told, sink, until } = recorder();
    const transport = await make(port);
    await transport.open(sink);
    await until(1);
    expect(told).toEqual(['closed PORT_LOST']);
    transport.send(fromHex('01030c00'));
    await transport.close();
    expect(told.length).toBe(1);
  });
});

describe('a socket that cannot be opened', () => {
  it('says that nothing listens', async () => {
    const port = await listen('tcp', () => {});
    servers.pop()?.close();
    await expect((await make(port)).open(recorder().sink)).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/nothing listens there/),
    });
  });

  it('says that there is no such socket', async () => {
    await expect((await make('unix:/nonexistent/hci')).open(recorder().sink)).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/no such socket/),
    });
  });
});

describe('a serial port that cannot be opened', () => {
  it('says that there is none, and what to look at', async () => {
    await expect((await make('serial:/dev/nonexistent')).open(recorder().sink)).rejects.toMatchObject({
      code: 'PORT_NOT_FOUND',
      message: expect.stringMatching(/no port \/dev\/nonexistent.*plugged in/),
    });
  });
});

describe('tcp transport with h5', () => {
  it('establishes a three-wire link and carries packets both ways', async () => {
    const port = await listen('tcp', (socket) => {
      const peer: H5Peer = new H5Peer({
        crc: true,
        write: (octets) => void socket.write(Uint8Array.from(octets)),
        packet: (packet) => peer.send([4, 0x0e, 4, 1, packet[1]!, packet[2]!, 0]),
        after: (ms, callback) => void setTimeout(callback, ms).unref(),
      });
      socket.on('data', (octets) => peer.receive(octets));
      peer.start();
    });
    const transport = await make(`${port}?h5`);
    const { told, sink, until } = recorder();
    expect(await transport.open(sink)).toEqual({ resetDone: false });
    transport.send(fromHex('01030c00'));
    await until(1);
    expect(told).toEqual(['4:0e0401030c00']);
    await transport.close();
    await until(2);
    expect(told[1]).toBe('closed undefined');
  });
});
