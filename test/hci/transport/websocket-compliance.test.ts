import { once } from 'node:events';
import { createServer } from 'node:http';
import { vi } from 'vitest';
import { type WebSocket, WebSocketServer, WebSocket as Ws } from 'ws';
import { systemClock } from '../../../src/core/clock.js';
import { systemRandom } from '../../../src/core/random.js';
import { parsePort } from '../../../src/hci/transport/port.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import type { HciTransport } from '../../../src/hci/transport/transport.js';
import { webSocketFactory } from '../../../src/hci/transport/websocket.js';
import { Belongings, OctetPeer, portOf } from '../../support/sockets.js';
import { compliance, type Peer, type Recorder, type Rig } from './compliance.js';

const make = (port: string) => createTransport(port, { clock: systemClock, random: systemRandom });

function webSocketPeer(socket: WebSocket): OctetPeer {
  const peer = new OctetPeer(
    {
      send: (octets) => socket.send(octets),
      end: () => socket.close(),
      stall: () => socket.pause(),
      resume: () => socket.resume(),
    },
    true,
  );
  socket.on('error', () => {});
  socket.on('message', (data) => peer.data(data as Buffer));
  return peer;
}

/** @param make makes a transport from a port string */
async function clients(make: (port: string) => HciTransport | Promise<HciTransport>): Promise<Rig> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let connected: ((peer: Peer) => void) | undefined;
  sockets.on('connection', (socket) => connected?.(webSocketPeer(socket)));
  return {
    transport: () => make(`ws://127.0.0.1:${portOf(server)}/hci`),
    async open(transport, sink) {
      const peer = new Promise<Peer>((resolve) => {
        connected = resolve;
      });
      await transport.open(sink);
      return peer;
    },
    async absent() {
      const gone = new Belongings();
      const closed = portOf(await gone.server(() => {}));
      gone.dispose();
      return make(`ws://127.0.0.1:${closed}`);
    },
    dispose() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
    },
  };
}

async function servers(): Promise<Rig> {
  const belongings = new Belongings();
  const probe = new Belongings();
  const port = portOf(await probe.server(() => {}));
  probe.dispose();
  return {
    transport: () => make(`ws-server:127.0.0.1:${port}`),
    async open(transport, sink) {
      const opening = transport.open(sink);
      // What fails is told by the opening, not by waiting for ever.
      const told = await Promise.race([(sink as Recorder).untilTold('listening'), opening]);
      const socket = new Ws(('at' in told && told.at) || 'ws://127.0.0.1:1');
      belongings.add(() => socket.terminate());
      const peer = webSocketPeer(socket);
      await once(socket, 'open');
      await opening;
      return peer;
    },
    async absent() {
      return make(`ws-server:127.0.0.1:${portOf(await belongings.server(() => {}))}`);
    },
    dispose: () => belongings.dispose(),
  };
}

// Here a piece is a packet: websocket.test.ts looks at that.
const traits = { octets: true, pieces: false, stalls: true, absent: true };
compliance('ws:', traits, () => clients(make));
// `ws` has the interface of browsers too.
compliance('ws: with the WebSocket of a browser', traits, async () => {
  vi.stubGlobal('WebSocket', Ws);
  const context = { clock: systemClock, random: systemRandom };
  const rig = await clients((port) => webSocketFactory.create(parsePort(port), context));
  return {
    ...rig,
    dispose() {
      vi.unstubAllGlobals();
      return rig.dispose?.();
    },
  };
});
compliance('ws-server:', traits, servers);
