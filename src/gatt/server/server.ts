import { checkBytes } from '../../core/check.js';
import { StateError } from '../../core/errors.js';
import { type DataSigning, type LinkSecurity, openLink } from '../../core/security.js';
import type { Uuid } from '../../core/uuid.js';
import type { AttBearer } from '../att/bearer.js';
import { Declaration } from '../client/declarations.js';
import { ClientConfiguration } from '../client/subscriptions.js';
import { DatabaseChanges } from './changes.js';
import { ServerClient } from './client.js';
import { ClientState } from './client-state.js';
import { AttributeDatabase } from './database.js';
import type {
  AnyService,
  CharacteristicDefinition,
  Included,
  ServiceDefinition,
  ServiceReference,
} from './definition.js';
import { fixedAttribute } from './descriptors.js';
import { hasFixedHandles, layoutService } from './layout.js';
import { type GattServerOptions, limitsOf, type ServerLimits } from './limits.js';
import { LocalCharacteristic, unlessGone } from './local.js';
import { ServerSession } from './session.js';

const SERVICE_CHANGED = 0x2a05;

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
  /** @internal What became of them. */
  readonly changes = new DatabaseChanges(this.database);
  private readonly limits: ServerLimits;
  private readonly all = new Set<ServerClient>();
  /** Where the services are that are included by their definitions. */
  private readonly places = new Map<AnyService, ServiceReference>();
  private readonly clientListeners: ((client: ServerClient) => void)[] = [];

  /** @throws {RangeError} when an option is out of its range */
  constructor(options: GattServerOptions = {}) {
    this.limits = limitsOf(options);
  }

  /** The clients that are connected. */
  get clients(): ReadonlySet<ServerClient> {
    return this.all;
  }

  /**
   * Adds a service (see `service()`), also while clients are connected.
   * @throws {RangeError} when its handles are taken
   * @throws {StateError} when it includes a service that is not there
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
      fixedAttribute(handle, Declaration.include, includeValue(this.placeOf(service))),
    );
    for (const [name, handle] of layout.characteristics) {
      const local = new LocalCharacteristic(definition.characteristics[name]!, handle, host);
      characteristics[name] = local;
      attributes.push(...local.attributes());
    }
    const type = definition.primary ? Declaration.primaryService : Declaration.secondaryService;
    const declaration = fixedAttribute(startHandle, type, definition.uuid.attWire, endHandle);
    this.database.add({ startHandle, endHandle }, [declaration, ...attributes]);
    let present = true;
    this.places.set(definition, { uuid: definition.uuid, startHandle, endHandle });
    return {
      uuid: definition.uuid,
      startHandle,
      endHandle,
      characteristics: characteristics as { readonly [K in keyof C]: LocalCharacteristic },
      remove: () => {
        if (!present) return;
        present = false;
        this.places.delete(definition);
        this.database.remove(startHandle);
        for (const client of this.all) client.known.forgetConfigurations(startHandle, endHandle);
      },
    };
  }

  /**
   * Gives a client back the Client Characteristic Configurations of a link before, which a bonded client may count on
   * (Core Vol 3, Part G, 2.5.2). The program hears of each as if it were written; what fits no descriptor any more is left
   * out. {@link ServerClient.restoreState} does that too, and gives back what else there is.
   */
  restoreConfigurations(client: ServerClient, configurations: Iterable<readonly [number, number]>): void {
    for (const [handle, value] of configurations) {
      const present = this.database.get(handle)?.configuration;
      if (!present || (value & ~present.supported) !== 0) continue;
      if (client.known.configuration(handle) === value) continue;
      client.known.setConfiguration(handle, value);
      present.restored(client, value);
    }
  }

  /**
   * Notifies several values at once, each to whoever subscribed to it: together in one PDU where the client supports that
   * (Core Vol 3, Part G, 4.10.2), else one by one. A client whose link has not the security that reading one needs does not get
   * that one. The values are not stored. Resolves when the next may come.
   * @param values each cut at what goes into a PDU of its own, ATT_MTU - 3 octets
   */
  async notifyMany(
    values: readonly (readonly [characteristic: LocalCharacteristic, value: Uint8Array])[],
    client?: ServerClient,
  ): Promise<void> {
    for (const [, value] of values) checkBytes('value', value, 0, Infinity);
    const pending: Promise<void>[] = [];
    for (const one of client ? [client] : this.all) {
      const subscribed = values.filter(([local]) => local.goesTo(one, ClientConfiguration.notify));
      const told = subscribed.map(([{ valueHandle: handle }, value]) => ({ handle, value }));
      pending.push(one.notifyMany(told).catch(unlessGone(one)));
    }
    await Promise.all(pending);
  }

  /** Serves a bearer until it is gone. */
  connect(bearer: AttBearer, options: ServerLinkOptions = {}): ServerClient {
    const { database, limits } = this;
    const { context, security = () => openLink, signing, report = () => {} } = options;
    const state = new ClientState(this.changes, (handle) => {
      const present = database.get(handle)?.configuration;
      if (!present) return undefined;
      const { supported, characteristic } = present;
      const isServiceChanged = characteristic.short === SERVICE_CHANGED;
      const restored = (value: number) => {
        try {
          present.restored(client, value);
        } catch (error) {
          // What else the client comes back with is restored all the same.
          report(`onSubscribe of ${characteristic.toShortString()} failed: ${error}`);
        }
      };
      return { supported, isServiceChanged, restored };
    });
    const indicationLimit = limits.indications;
    const client: ServerClient = new ServerClient({ bearer, state, context, security, indicationLimit });
    this.all.add(client);
    bearer.serve(new ServerSession({ database, bearer, client, signing, report, limits }));
    client.onBearer = (one) =>
      one.serve(new ServerSession({ database, bearer: one, client, signing: undefined, report, limits }));
    bearer.onClosed(() => this.all.delete(client));
    for (const listener of this.clientListeners) listener(client);
    return client;
  }

  private placeOf(included: Included): ServiceReference {
    if ('startHandle' in included) return included;
    if ('service' in included) return this.placeOf(included.service);
    const place = this.places.get(included);
    if (!place) {
      throw new StateError(`service ${included.uuid.toShortString()} is included and was not added before`);
    }
    return place;
  }

  /** @internal Calls `listener` with each client that comes. */
  onClient(listener: (client: ServerClient) => void): void {
    this.clientListeners.push(listener);
  }
}

/** The value of an include declaration: the UUID stands there only when it has 16 bits (Core Vol 3, Part G, 3.2). */
function includeValue({ uuid, startHandle, endHandle }: ServiceReference): Uint8Array {
  const handles = [startHandle & 0xff, startHandle >> 8, endHandle & 0xff, endHandle >> 8];
  return Uint8Array.of(...handles, ...(uuid.is16 ? uuid.attWire : []));
}
