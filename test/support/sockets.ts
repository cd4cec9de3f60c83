import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromHex, toHex } from '../../src/core/hex.js';
import type { Peer } from '../hci/transport/compliance.js';

/** What a peer is made of: how it sends, and how it ends. */
export interface PeerParts {
  send(octets: Uint8Array): void;
  end(): void;
  stall?(): void;
  resume?(): void;
}

/** The other end of a transport that carries octets, kept as they came. */
export class OctetPeer implements Peer {
  readonly send: (packets: string) => void;
  readonly raw: (octets: Uint8Array) => void;
  readonly end: () => void;
  readonly stall?: () => void;
  readonly resume?: () => void;
  readonly pieces?: () => number;
  private octets = 0;
  private came = 0;
  private first: Uint8Array[] = [];
  private listener = () => {};

  /** @param keepsPieces whether pieces arrive as they were sent */
  constructor(parts: PeerParts, keepsPieces = false) {
    this.send = (packets) => parts.send(fromHex(packets));
    this.raw = (octets) => parts.send(octets);
    this.end = () => parts.end();
    if (parts.stall) this.stall = () => parts.stall?.();
    if (parts.resume) this.resume = () => parts.resume?.();
    if (keepsPieces) this.pieces = () => this.came;
  }

  /** Octets came. */
  data(chunk: Uint8Array): void {
    this.came++;
    this.octets += chunk.length;
    if (this.octets < 65536) this.first.push(chunk.slice());
    this.listener();
  }

  readonly received = (): string => this.first.map((chunk) => toHex(chunk)).join('');
  readonly count = (): number => this.octets;

  onData(callback: () => void): void {
    this.listener = callback;
  }
}

/** A socket as the other end of a transport. */
export function socketPeer(socket: Socket): OctetPeer {
  const peer = new OctetPeer({
    send: (octets) => void socket.write(octets),
    end: () => socket.destroy(),
    stall: () => void socket.pause(),
    resume: () => void socket.resume(),
  });
  socket.setNoDelay(true);
  socket.on('error', () => {});
  socket.on('data', (chunk) => peer.data(chunk));
  return peer;
}

/** Things of the operating system that a test made, to be taken away after it. */
export class Belongings {
  private readonly ends: (() => void)[] = [];

  add(end: () => void): void {
    this.ends.push(end);
  }

  /** A folder of its own. */
  folder(): string {
    const folder = mkdtempSync(join(tmpdir(), 'bluewire-'));
    this.add(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /** A server on a free port, or on a path. */
  async server(onSocket: (socket: Socket) => void, path?: string): Promise<Server> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      onSocket(socket);
    });
    server.listen(path ?? { port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    this.add(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return server;
  }

  /** A connection to a port string of `tcp:` or `unix:`. */
  async connect(at: string): Promise<Socket> {
    const [, scheme, target] = /^(tcp|unix):(.*)$/.exec(at)!;
    const [host, port] = target!.split(':');
    const socket = scheme === 'unix' ? connect(target!) : connect(Number(port), host);
    this.add(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  }

  dispose(): void {
    for (const end of this.ends.splice(0).reverse()) end();
  }
}

/** The port of a listening server. */
export function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('the server has no port');
  return address.port;
}
