import { join } from 'node:path';
import { systemClock } from '../../../src/core/clock.js';
import { systemRandom } from '../../../src/core/random.js';
import { createTransport } from '../../../src/hci/transport/registry.js';
import type { HciTransport, HciTransportSink } from '../../../src/hci/transport/transport.js';
import { Belongings, portOf, socketPeer } from '../../support/sockets.js';
import { compliance, type Peer, type Recorder, type Rig } from './compliance.js';

const make = (port: string) => createTransport(port, { clock: systemClock, random: systemRandom });

/** Transports that connect to a server of the test. */
async function clients(kind: 'tcp' | 'unix'): Promise<Rig> {
  const belongings = new Belongings();
  let connected: ((peer: Peer) => void) | undefined;
  const path = kind === 'unix' ? join(belongings.folder(), 'hci') : undefined;
  const server = await belongings.server((socket) => connected?.(socketPeer(socket)), path);
  const port = path ? `unix:${path}` : `tcp:127.0.0.1:${portOf(server)}`;
  return {
    transport: () => make(port),
    async open(transport, sink) {
      const peer = new Promise<Peer>((resolve) => {
        connected = resolve;
      });
      await transport.open(sink);
      return peer;
    },
    async absent() {
      if (kind === 'unix') return make(`unix:${join(belongings.folder(), 'nobody')}`);
      const gone = new Belongings();
      const closed = portOf(await gone.server(() => {}));
      gone.dispose();
      return make(`tcp:127.0.0.1:${closed}`);
    },
    dispose: () => belongings.dispose(),
  };
}

/** Transports that listen, to which the test connects. */
async function servers(kind: 'tcp-server' | 'unix-server'): Promise<Rig> {
  const belongings = new Belongings();
  const taken = new Belongings();
  // A port that was free a moment ago: the same one is listened on again and again.
  const port = kind === 'unix-server' ? join(belongings.folder(), 'hci') : `127.0.0.1:${await freePort()}`;
  const where = `${kind}:${port}`;
  return {
    transport: () => make(where),
    async open(transport: HciTransport, sink: HciTransportSink) {
      const opening = transport.open(sink);
      // What fails is told by the opening, not by waiting for ever.
      const told = await Promise.race([(sink as Recorder).untilTold('listening'), opening]);
      const at = 'at' in told ? told.at : undefined;
      const peer = socketPeer(await belongings.connect(at ?? 'nowhere'));
      await opening;
      return peer;
    },
    async absent() {
      const path = kind === 'unix-server' ? join(taken.folder(), 'hci') : undefined;
      const server = await taken.server(() => {}, path);
      return make(path ? `unix-server:${path}` : `tcp-server:127.0.0.1:${portOf(server)}`);
    },
    dispose: () => {
      belongings.dispose();
      taken.dispose();
    },
  };
}

async function freePort(): Promise<number> {
  const belongings = new Belongings();
  const port = portOf(await belongings.server(() => {}));
  belongings.dispose();
  return port;
}

const traits = { octets: true, pieces: false, stalls: true, absent: true };
compliance('tcp:', traits, () => clients('tcp'));
compliance('unix:', traits, () => clients('unix'));
compliance('tcp-server:', traits, () => servers('tcp-server'));
compliance('unix-server:', traits, () => servers('unix-server'));
