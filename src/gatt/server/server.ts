import { type DataSigning, type LinkSecurity, openLink } from '../../core/security.js';
import type { Uuid } from '../../core/uuid.js';
import type { AttBearer } from '../att/bearer.js';
import { AttRefusal } from './attribute.js';
import { ServerClient } from './client.js';
import { AttributeDatabase } from './database.js';
import type { CharacteristicDefinition, ServiceDefinition, ServiceReference } from './definition.js';
import { hasFixedHandles, layoutService } from './layout.js';
import { fixedAttribute, LocalCharacteristic } from './local.js';
import { ServerSession } from './session.js';

const PRIMARY_SERVICE = 0x2800;
const SECONDARY_SERVICE = 0x2801;
const INCLUDE = 0x2802;
const CONFIGURATION = 0x2902;

/** A service that this device serves. */
export interface LocalService<C extends Readonly<Record<string, CharacteristicDefinition>>> {
  readonly uuid: Uuid;
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
  /** Checks the signatures of Signed Write Commands; without, they are dropped. */
  readonly signing?: Pick<DataSigning, 'verify'>;
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
    if (definition.handle === undefined && hasFixedHandles(definition)) {
      throw new TypeError(
        `service ${definition.uuid.toShortString()}: with fixed handles in it, it wants one itself`,
      );
    }
    const size = layoutService(definition, 0).endHandle + 1;
    const layout = layoutService(definition, definition.handle ?? this.database.allocate(size));
    const { startHandle, endHandle } = layout;
    const host = { clients: this.all };
    const characteristics: Record<string, LocalCharacteristic> = {};
    const attributes = layout.includes.map(({ handle, service }) =>
      fixedAttribute(handle, INCLUDE, includeValue(service)),
    );
    for (const [name, handle] of layout.characteristics) {
      const local = new LocalCharacteristic(definition.characteristics[name]!, handle, host);
      characteristics[name] = local;
      attributes.push(...local.attributes());
    }
    const type = definition.primary ? PRIMARY_SERVICE : SECONDARY_SERVICE;
    const declaration = fixedAttribute(startHandle, type, definition.uuid.attWire, endHandle);
    this.database.add({ startHandle, endHandle }, [declaration, ...attributes]);
    let present = true;
    return {
      uuid: definition.uuid,
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

  /**
   * Gives a client back the Client Characteristic Configurations of a link before, which a bonded client may count on
   * (Core Vol 3, Part G, 2.5.2). The program hears of each as if it were written; what fits no descriptor any more is left out.
   */
  restoreConfigurations(client: ServerClient, configurations: Iterable<readonly [number, number]>): void {
    for (const [handle, configuration] of configurations) {
      const attribute = this.database.get(handle);
      if (attribute?.type.short !== CONFIGURATION || client.configurations.get(handle) === configuration)
        continue;
      try {
        void attribute.write(client, Uint8Array.of(configuration & 0xff, configuration >> 8));
      } catch (error) {
        if (!(error instanceof AttRefusal)) throw error;
      }
    }
  }

  /** Serves a bearer until it is gone. */
  connect(bearer: AttBearer, options: ServerLinkOptions = {}): ServerClient {
    const client = new ServerClient(bearer, options.context, options.security ?? (() => openLink));
    this.all.add(client);
    const { signing, report = () => {} } = options;
    bearer.serve(new ServerSession(this.database, bearer, client, { signing, report }));
    bearer.onClosed(() => this.all.delete(client));
    return client;
  }
}

/** The value of an include declaration: the UUID stands there only when it has 16 bits (Core Vol 3, Part G, 3.2). */
function includeValue({ uuid, startHandle, endHandle }: ServiceReference): Uint8Array {
  const handles = [startHandle & 0xff, startHandle >> 8, endHandle & 0xff, endHandle >> 8];
  return Uint8Array.of(...handles, ...(uuid.is16 ? uuid.attWire : []));
}
