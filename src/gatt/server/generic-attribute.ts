import { AttErrorCode } from '../att/error-codes.js';
import { AttRefusal } from './attribute.js';
import type { ServerClient } from './client.js';
import { FEATURES_LIMIT } from './client-state.js';
import { characteristic, service } from './definition.js';
import type { LocalCharacteristic } from './local.js';
import type { GattServer } from './server.js';

const SERVICE = 0x1801;
const INDICATE = 2;

/** Bits of Server Supported Features: Core Vol 3, Part G, 7.4. */
export const ServerFeature = { enhancedAttBearer: 1 } as const;

/**
 * The Generic Attribute service (Core Vol 3, Part G, 7) of a server: Service Changed, Client Supported Features,
 * Database Hash and Server Supported Features. Clients that subscribed to Service Changed are told which handles mean
 * something else from now on; those that come with a bond, which did while they were away.
 */
export class GenericAttribute {
  /** Features of this server, see {@link ServerFeature}; 0. */
  features: number = 0;
  private readonly server: GattServer;
  private readonly serviceChanged: LocalCharacteristic;
  /** Clients that a Service Changed waits for. */
  private readonly telling = new Set<ServerClient>();

  /** Adds the service to a server. Its handles have to stay the same as long as there are bonds: it is one of the first. */
  constructor(server: GattServer) {
    this.server = server;
    const { serviceChanged } = server.add(
      service(SERVICE, {
        serviceChanged: characteristic(0x2a05, {
          indicate: true,
          // One that has not been told of a change, and asks for it only now, is told.
          onSubscribe: (configuration, client) => {
            if (configuration & INDICATE) queueMicrotask(() => this.tell(client));
          },
        }),
        clientSupportedFeatures: characteristic(0x2b29, {
          read: true,
          write: true,
          maxLength: FEATURES_LIMIT,
          onRead: ({ known: { supportedFeatures } }) =>
            supportedFeatures.length === 0 ? Uint8Array.of(0) : supportedFeatures,
          validate: checkFeatures,
          onWrite: (value, client) => {
            // A shorter value says nothing of the rest, which is 0 then.
            if (value.length >= client.known.supportedFeatures.length) client.known.supportedFeatures = value;
          },
        }),
        databaseHash: characteristic(0x2b2a, {
          read: true,
          onRead: async (client) => {
            const { revision } = server.changes;
            const hash = await server.changes.hash();
            client.known.awareness.hashRead(revision);
            return hash;
          },
        }),
        serverSupportedFeatures: characteristic(0x2b3a, {
          read: true,
          onRead: () => Uint8Array.of(this.features),
        }),
      }),
    ).characteristics;
    this.serviceChanged = serviceChanged;
    server.database.onChange(() => {
      for (const client of server.clients) this.tell(client);
    });
    server.onClient((client) => client.onRestored(() => this.tell(client)));
  }

  /** Tells a client what it does not know, if it asked to be told. */
  private tell(client: ServerClient): void {
    if (this.telling.has(client) || client.isChangeAware || !this.asked(client)) return;
    this.telling.add(client);
    const { awareness } = client.known;
    let told = -1;
    client
      .indicateFirst(this.serviceChanged.valueHandle, () => {
        // As it is when it is sent: of changes that came meanwhile all are told at once.
        const range = this.asked(client) ? awareness.unknown : undefined;
        if (!range) return undefined;
        told = awareness.revision;
        const { startHandle, endHandle } = range;
        return Uint8Array.of(startHandle & 0xff, startHandle >> 8, endHandle & 0xff, endHandle >> 8);
      })
      .then(
        () => {
          this.telling.delete(client);
          awareness.knows(told);
          this.tell(client);
        },
        // With the link goes what the client knows, or it is in its bond. Where only the bearer is gone, it is told on another one.
        () => {
          this.telling.delete(client);
          this.tell(client);
        },
      );
  }

  private asked(client: ServerClient): boolean {
    const { serviceChanged, server } = this;
    const present = server.database.get(serviceChanged.valueHandle);
    return (
      client.isConnected &&
      present?.type.equals(serviceChanged.uuid) === true &&
      (serviceChanged.configuration(client) & INDICATE) !== 0
    );
  }
}

/** A client may set bits and not clear them: Core Vol 3, Part G, 7.2. */
function checkFeatures(value: Uint8Array, client: ServerClient): void {
  const present = client.known.supportedFeatures;
  if (present.some((octet, i) => (octet & ~(value[i] ?? 0)) !== 0)) {
    throw new AttRefusal(AttErrorCode.valueNotAllowed);
  }
}
