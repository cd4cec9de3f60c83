import type { Uuid, UuidLike } from '../../core/uuid.js';
import type { Located } from './changes.js';
import type { ServiceRange } from './declarations.js';
import type { Procedures } from './procedures.js';
import { RemoteCharacteristic } from './remote-characteristic.js';

export { CharacteristicProperty } from './declarations.js';
export * from './remote-characteristic.js';
export { RemoteDescriptor } from './remote-descriptor.js';

/** A service of the peer. */
export class RemoteService implements Located {
  readonly uuid: Uuid;
  readonly startHandle: number;
  readonly endHandle: number;
  /** Whether it is a primary service. */
  readonly primary: boolean;
  /** The services that it includes, once discovered. */
  includedServices: readonly RemoteService[] = [];
  /** Its characteristics, once discovered. */
  characteristics: readonly RemoteCharacteristic[] = [];
  /** @internal */
  knownAt: number;
  private readonly client: Procedures;

  /** @internal */
  constructor(client: Procedures, range: ServiceRange, primary: boolean) {
    this.client = client;
    this.knownAt = client.changes.now;
    this.uuid = range.uuid;
    this.startHandle = range.startHandle;
    this.endHandle = range.endHandle;
    this.primary = primary;
  }

  /** Whether the peer's database has changed here since it was found: what is asked of it then ends with an error. */
  get isStale(): boolean {
    return this.client.changes.concerns(this);
  }

  /** The ATT_MTU of its link in octets. */
  get mtu(): number {
    return this.client.bearer.mtu;
  }

  /**
   * The characteristic of a UUID among those discovered; `undefined` when there is none.
   * @param instance which one, where the UUID occurs more than once: 0 is the first
   */
  characteristic(uuid: UuidLike, instance = 0): RemoteCharacteristic | undefined {
    return this.characteristics.filter((one) => one.uuid.equals(uuid))[instance];
  }

  /** Finds the services that it includes (Core Vol 3, Part G, 4.5.1). */
  discoverIncludedServices(signal?: AbortSignal): Promise<readonly RemoteService[]> {
    return this.use('discoverIncludedServices', async () => {
      const found = await this.client.discovery.included(this.startHandle, this.endHandle, signal);
      this.includedServices = found.map((range) => new RemoteService(this.client, range, false));
      return this.includedServices;
    });
  }

  /** Finds its characteristics (4.6.1). */
  discoverCharacteristics(signal?: AbortSignal): Promise<readonly RemoteCharacteristic[]> {
    return this.use('discoverCharacteristics', async () => {
      const found = await this.client.discovery.characteristics(this.startHandle, this.endHandle, signal);
      this.characteristics = found.map((declaration, i) => {
        // What lies before the next declaration belongs to this one.
        const endHandle = (found[i + 1]?.handle ?? this.endHandle + 1) - 1;
        return new RemoteCharacteristic(this.client, declaration, endHandle);
      });
      return this.characteristics;
    });
  }

  private use<T>(call: string, work: () => Promise<T>): Promise<T> {
    return this.client.changes.use(
      this,
      () => `service ${this.uuid.toShortString()}`,
      () => {
        this.client.announce(call, this.startHandle, this.endHandle);
        return work();
      },
    );
  }
}
