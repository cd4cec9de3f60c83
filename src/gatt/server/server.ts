import { type LinkSecurity, openLink } from '../../core/security.js';
import type { AttBearer } from '../att/bearer.js';
import { ServerClient } from './client.js';
import { AttributeDatabase } from './database.js';
import type { AnyService, CharacteristicDefinition, ServiceDefinition } from './definition.js';
import { fixedAttribute, isConfigurable, LocalCharacteristic } from './local.js';
import { ServerSession } from './session.js';

/** A service that this device serves. */
export interface LocalService<C extends Readonly<Record<string, CharacteristicDefinition>>> {
  readonly startHandle: number;
  readonly endHandle: number;
  /** Its characteristics, by the names of its definition. */
  readonly characteristics: { readonly [K in keyof C]: LocalCharacteristic };
  /** Takes the service away; idempotent. Its attributes answer Invalid Handle from then on. */
  remove(): void;
}

/** What a link adds to the server. */
export interface ServerLinkOptions {
  /** The link as the owner knows it; handlers get it as `client.context`. */
  readonly context?: unknown;
  /** The link's security, asked at each access; none without. */
  readonly security?: () => LinkSecurity;
  /** Told of PDUs and handlers that failed. */
  readonly report?: (message: string) => void;
}

/** The attributes of a device, and their clients: Core Vol 3, Part G. */
export class GattServer {
  /** The attributes by handle; {@link add} is the easy way to fill it. */
  readonly database = new AttributeDatabase();
  private readonly all = new Set<ServerClient>();

  /** The clients that are connected. */
  get clients(): ReadonlySet<ServerClient> {
    return this.all;
  }

  /**
   * Adds a service (see `service()`), also while clients are connected.
   * @throws {RangeError} when its handles are taken
   */
  add<C extends Readonly<Record<string, CharacteristicDefinition>>>(
    definition: ServiceDefinition<C>,
  ): LocalService<C> {
    const startHandle = definition.handle ?? this.database.allocate(attributeCount(definition));
    const host = { clients: this.all };
    const characteristics: Record<string, LocalCharacteristic> = {};
    const attributes = [];
    let next = startHandle + 1;
    for (const [name, one] of Object.entries(definition.characteristics)) {
      const local = new LocalCharacteristic(one, next, host);
      characteristics[name] = local;
      attributes.push(...local.attributes());
      next = startHandle + 1 + attributes.length;
    }
    const endHandle = next - 1;
    const type = definition.primary ? 0x2800 : 0x2801;
    const declaration = fixedAttribute(startHandle, type, definition.uuid.attWire, endHandle);
    this.database.add({ startHandle, endHandle }, [declaration, ...attributes]);
    let present = true;
    return {
      startHandle,
      endHandle,
      characteristics: characteristics as { readonly [K in keyof C]: LocalCharacteristic },
      remove: () => {
        if (!present) return;
        present = false;
        this.database.remove(startHandle);
        for (const client of this.all) {
          for (let handle = startHandle; handle <= endHandle; handle++) client.configurations.delete(handle);
        }
      },
    };
  }

  /** Serves a bearer until it is gone. */
  connect(bearer: AttBearer, options: ServerLinkOptions = {}): ServerClient {
    const client = new ServerClient(bearer, options.context, options.security ?? (() => openLink));
    this.all.add(client);
    bearer.serve(new ServerSession(this.database, bearer, client, options.report ?? (() => {})));
    bearer.onClosed(() => this.all.delete(client));
    return client;
  }
}

/** How many attributes a service takes up. */
function attributeCount(definition: AnyService): number {
  let count = 1;
  for (const one of Object.values(definition.characteristics)) {
    count +=
      2 +
      (isConfigurable(one) ? 1 : 0) +
      (one.description === undefined ? 0 : 1) +
      (one.descriptors?.length ?? 0);
  }
  return count;
}
