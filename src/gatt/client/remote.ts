import { NotSupportedError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { AsyncQueue } from '../../core/queue.js';
import type { Uuid } from '../../core/uuid.js';
import type { CharacteristicDeclaration, ServiceRange } from './declarations.js';
import type { Procedures } from './procedures.js';
import { ClientConfiguration, type ValueListener } from './subscriptions.js';

/** Bits of a characteristic's properties: Core Vol 3, Part G, 3.3.1.1. */
export const CharacteristicProperty = {
  broadcast: 0x01,
  read: 0x02,
  writeWithoutResponse: 0x04,
  write: 0x08,
  notify: 0x10,
  indicate: 0x20,
  authenticatedSignedWrites: 0x40,
  extendedProperties: 0x80,
} as const;

const CCCD = 0x2902;

/** A service of the peer. */
export class RemoteService {
  readonly uuid: Uuid;
  readonly startHandle: number;
  readonly endHandle: number;
  /** Whether it is a primary service. */
  readonly primary: boolean;
  /** The services that it includes, once discovered. */
  includedServices: readonly RemoteService[] = [];
  /** Its characteristics, once discovered. */
  characteristics: readonly RemoteCharacteristic[] = [];
  private readonly client: Procedures;

  /** @internal */
  constructor(client: Procedures, range: ServiceRange, primary: boolean) {
    this.client = client;
    this.uuid = range.uuid;
    this.startHandle = range.startHandle;
    this.endHandle = range.endHandle;
    this.primary = primary;
  }

  /** Finds the services that it includes (Core Vol 3, Part G, 4.5.1). */
  async discoverIncludedServices(signal?: AbortSignal): Promise<readonly RemoteService[]> {
    this.announce('discoverIncludedServices');
    const found = await this.client.discovery.included(this.startHandle, this.endHandle, signal);
    this.includedServices = found.map((range) => new RemoteService(this.client, range, false));
    return this.includedServices;
  }

  /** Finds its characteristics (4.6.1). */
  async discoverCharacteristics(signal?: AbortSignal): Promise<readonly RemoteCharacteristic[]> {
    this.announce('discoverCharacteristics');
    const found = await this.client.discovery.characteristics(this.startHandle, this.endHandle, signal);
    this.characteristics = found.map((declaration, i) => {
      // What lies before the next declaration belongs to this one.
      const endHandle = (found[i + 1]?.handle ?? this.endHandle + 1) - 1;
      return new RemoteCharacteristic(this.client, declaration, endHandle);
    });
    return this.characteristics;
  }

  private announce(call: string): void {
    if (this.client.bearer.trace)
      this.client.announce(call, `${hexCode(this.startHandle, 4)}–${hexCode(this.endHandle, 4)}`);
  }
}

/** How to subscribe. */
export interface SubscribeOptions {
  /** Ask for indications where the characteristic has both; notifications are preferred without. */
  readonly indicate?: boolean;
}

/** A characteristic of the peer. */
export class RemoteCharacteristic {
  readonly uuid: Uuid;
  /** Handle of the declaration. */
  readonly handle: number;
  readonly valueHandle: number;
  /** The last handle that may belong to it. */
  readonly endHandle: number;
  /** See {@link CharacteristicProperty}. */
  readonly properties: number;
  /** Its descriptors, once discovered. */
  descriptors: readonly RemoteDescriptor[] = [];
  private readonly client: Procedures;
  private discovered: Promise<readonly RemoteDescriptor[]> | undefined;

  /** @internal */
  constructor(client: Procedures, declaration: CharacteristicDeclaration, endHandle: number) {
    this.client = client;
    this.uuid = declaration.uuid;
    this.handle = declaration.handle;
    this.valueHandle = declaration.valueHandle;
    this.properties = declaration.properties;
    this.endHandle = endHandle;
  }

  /** Finds its descriptors (Core Vol 3, Part G, 4.7.1). */
  async discoverDescriptors(signal?: AbortSignal): Promise<readonly RemoteDescriptor[]> {
    const hasRoom = this.valueHandle < this.endHandle;
    if (hasRoom && this.client.bearer.trace)
      this.client.announce('discoverDescriptors', hexCode(this.valueHandle, 4));
    const found = hasRoom
      ? await this.client.discovery.descriptors(this.valueHandle + 1, this.endHandle, signal)
      : [];
    this.descriptors = found.map(({ handle, type }) => new RemoteDescriptor(this.client, handle, type));
    this.discovered = Promise.resolve(this.descriptors);
    return this.descriptors;
  }

  /** Reads the value, up to ATT_MTU - 1 octets. @throws {AttError} when the peer refuses */
  read(signal?: AbortSignal): Promise<Uint8Array> {
    return this.client.read(this.valueHandle, signal);
  }

  /** Reads the whole value, up to 512 octets. @throws {AttError} when the peer refuses */
  readLong(signal?: AbortSignal): Promise<Uint8Array> {
    return this.client.readLong(this.valueHandle, signal);
  }

  /** Writes the value with a response; up to 512 octets. @throws {AttError} when the peer refuses */
  write(value: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.client.write(this.valueHandle, value, signal);
  }

  /** Writes the value in parts that take effect together; see `GattClient.writeLong`. */
  writeLong(
    value: Uint8Array,
    options: { readonly reliable?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.client.writeLong(this.valueHandle, value, options);
  }

  /** Writes up to ATT_MTU - 3 octets without a response; see `GattClient.writeWithoutResponse`. */
  writeWithoutResponse(value: Uint8Array): Promise<void> {
    return this.client.writeWithoutResponse(this.valueHandle, value);
  }

  /** Writes up to ATT_MTU - 15 octets without a response, signed; see `GattClient.writeSigned`. */
  writeSigned(value: Uint8Array): Promise<void> {
    return this.client.writeSigned(this.valueHandle, value);
  }

  /**
   * Subscribes: writes the Client Characteristic Configuration, and calls `listener` with each value from then on.
   * Several listeners share the descriptor.
   * @returns a function that takes the listener off, and the descriptor back after the last one
   * @throws {NotSupportedError} when the characteristic neither notifies nor indicates, or has no such descriptor
   */
  async subscribe(listener: ValueListener, options: SubscribeOptions = {}): Promise<() => Promise<void>> {
    const { cccd, configuration } = await this.configuration(options);
    await this.client.subscriptions.add(this.valueHandle, cccd, configuration, listener);
    let removed: Promise<void> | undefined;
    return () => {
      removed ??= this.client.subscriptions.remove(this.valueHandle, cccd, listener);
      return removed;
    };
  }

  /**
   * The values of a subscription that begins with the iteration and ends with it; it throws when the link goes.
   * @param options.queueLimit values that may wait; the newest are dropped beyond it; 256
   */
  async *values(
    options: SubscribeOptions & { readonly queueLimit?: number } = {},
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { cccd, configuration } = await this.configuration(options);
    const queue = new AsyncQueue<Uint8Array>(options.queueLimit ?? 256);
    const listener: ValueListener = (value) => void queue.push(value);
    const onEnd = (reason: Error) => queue.end(reason);
    const { subscriptions } = this.client;
    await subscriptions.add(this.valueHandle, cccd, configuration, listener, onEnd);
    try {
      yield* queue;
    } finally {
      await subscriptions.remove(this.valueHandle, cccd, listener, onEnd);
    }
  }

  private async configuration(options: SubscribeOptions): Promise<{ cccd: number; configuration: number }> {
    const { notify, indicate } = CharacteristicProperty;
    const can = this.properties & (notify | indicate);
    if (can === 0)
      throw new NotSupportedError(
        `characteristic ${this.uuid.toShortString()} neither notifies nor indicates`,
      );
    const wantsIndications = options.indicate === true || can === indicate;
    if (wantsIndications && (can & indicate) === 0) {
      throw new NotSupportedError(`characteristic ${this.uuid.toShortString()} does not indicate`);
    }
    this.discovered ??= this.discoverDescriptors();
    let descriptors: readonly RemoteDescriptor[];
    try {
      descriptors = await this.discovered;
    } catch (error) {
      this.discovered = undefined;
      throw error;
    }
    const cccd = descriptors.find(({ uuid }) => uuid.short === CCCD);
    if (!cccd)
      throw new NotSupportedError(
        `characteristic ${this.uuid.toShortString()} has no Client Characteristic Configuration`,
      );
    return {
      cccd: cccd.handle,
      configuration: wantsIndications ? ClientConfiguration.indicate : ClientConfiguration.notify,
    };
  }
}

/** A descriptor of the peer. */
export class RemoteDescriptor {
  readonly uuid: Uuid;
  readonly handle: number;
  private readonly client: Procedures;

  /** @internal */
  constructor(client: Procedures, handle: number, uuid: Uuid) {
    this.client = client;
    this.handle = handle;
    this.uuid = uuid;
  }

  /** Reads the whole value (Core Vol 3, Part G, 4.12.1 and 4.12.2). */
  read(signal?: AbortSignal): Promise<Uint8Array> {
    return this.client.readLong(this.handle, signal);
  }

  /** Writes the value (4.12.3). */
  write(value: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.client.write(this.handle, value, signal);
  }
}
