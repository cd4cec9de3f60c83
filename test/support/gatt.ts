import { SimulatedClock } from '../../src/core/clock.js';
import type { LinkSecurity } from '../../src/core/security.js';
import { AttBearer } from '../../src/gatt/att/bearer.js';
import { GattClient } from '../../src/gatt/client/client.js';
import type { ClientLink } from '../../src/gatt/client/signed-writes.js';
import type { ServerClient } from '../../src/gatt/server/client.js';
import { GattServer } from '../../src/gatt/server/server.js';
import { channelPair, ScriptedChannel } from './pdu-channel.js';

/** A bearer whose other end is the test. */
export interface ScriptedBearer {
  readonly clock: SimulatedClock;
  readonly channel: ScriptedChannel;
  readonly bearer: AttBearer;
  /** What was reported. */
  readonly reports: string[];
  /** How often a transaction timed out. */
  timeouts: number;
}

export function scriptedBearer(mtu = 517): ScriptedBearer {
  const clock = new SimulatedClock();
  const channel = new ScriptedChannel();
  const reports: string[] = [];
  const bearer = new AttBearer(channel, {
    clock,
    mtu,
    report: (message) => void reports.push(message),
    onTimeout: () => {
      made.timeouts++;
    },
  });
  const made: ScriptedBearer = { clock, channel, bearer, reports, timeouts: 0 };
  return made;
}

/** A server whose client is the test; one more client with each call of `connect`. */
export class ScriptedServer {
  readonly server = new GattServer();
  /** The link's security; tests set it. */
  security: LinkSecurity = { level: 1, keySize: 0, bonded: false };

  connect(mtu = 517): ScriptedBearer & { readonly client: ServerClient } {
    const scripted = scriptedBearer(mtu);
    const client = this.server.connect(scripted.bearer, {
      security: () => this.security,
      report: (message) => void scripted.reports.push(message),
    });
    return Object.assign(scripted, { client });
  }
}

/** A client and a server on the two ends of a link. */
export function linkedPair(
  mtu = 517,
  link: ClientLink = {},
): {
  readonly clock: SimulatedClock;
  readonly client: GattClient;
  readonly server: GattServer;
  readonly serverClient: ServerClient;
  readonly reports: string[];
} {
  const clock = new SimulatedClock();
  const reports: string[] = [];
  const report = (message: string) => void reports.push(message);
  const [left, right] = channelPair();
  const client = new GattClient(new AttBearer(left, { clock, mtu, report }), link);
  const server = new GattServer();
  const serverClient = server.connect(new AttBearer(right, { clock, mtu, report }), { report });
  return { clock, client, server, serverClient, reports };
}
