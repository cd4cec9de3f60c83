import { AttError } from '../core/errors.js';
import type { Connection } from '../gap/index.js';
import type { RemoteService } from '../gatt/index.js';
import { failed } from './errors.js';
import { GATTCCharacteristic } from './gattc-characteristic.js';
import { onLink } from './link.js';
import { fromUuid } from './values.js';

/** A connection to a server: what `Bluetooth.connect` gives. */
export class GATTCConnection {
  private readonly connection: Connection;

  /** @internal Made by `Bluetooth.connect`. */
  constructor(connection: Connection) {
    this.connection = connection;
  }

  /** Closes the connection; resolves when it is gone. Idempotent. */
  async disconnect(): Promise<void> {
    try {
      await this.connection.disconnect();
    } catch (error) {
      throw failed(error);
    }
  }

  /** Whether the connection is there. */
  isconnected(): boolean {
    return this.connection.isConnected;
  }

  /**
   * Finds the services of the server, in the order of their handles: the primary ones, and the secondary ones that are
   * included somewhere. Each call asks anew and gives new objects.
   * @throws {OSError} `connection already closed`, `the requested operation failed`
   */
  services(): Promise<GATTCService[]> {
    const { connection } = this;
    return onLink(connection, async () => {
      const found = await connection.gatt.discoverServices();
      found.push(...(await secondaryServices(connection)));
      found.sort((a, b) => a.startHandle - b.startHandle);
      return numbered(found).map(([service, instance]) => new GATTCService(connection, service, instance));
    });
  }

  /** The ATT_MTU in octets; `null` when the connection is closed. */
  get_mtu(): number | null {
    return this.connection.isConnected ? this.connection.mtu : null;
  }
}

/** A service of the server. */
export class GATTCService {
  private readonly connection: Connection;
  private readonly remote: RemoteService;
  private readonly n: number;

  /** @internal Made by {@link GATTCConnection.services}. */
  constructor(connection: Connection, remote: RemoteService, instance: number) {
    this.connection = connection;
    this.remote = remote;
    this.n = instance;
  }

  /** Whether it is a primary service. */
  isprimary(): boolean {
    return this.remote.primary;
  }

  /** Its UUID: a number for 16 and 32 bits, else 16 octets, least significant first. */
  uuid(): number | Uint8Array {
    return fromUuid(this.remote.uuid);
  }

  /** Which one it is of the services with this UUID: 0 is the first. */
  instance(): number {
    return this.n;
  }

  /**
   * Finds its characteristics. Each call asks anew and gives new objects.
   * @throws {OSError} `connection already closed`, `the requested operation failed`
   */
  characteristics(): Promise<GATTCCharacteristic[]> {
    const { connection, remote } = this;
    return onLink(connection, async () =>
      numbered(await remote.discoverCharacteristics()).map(
        ([characteristic, instance]) => new GATTCCharacteristic(connection, characteristic, instance),
      ),
    );
  }

  toString(): string {
    return `<GATTCService ${this.remote.uuid.toShortString()}>`;
  }

  /** What `console.log` shows in Node. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/** Many servers have never heard of secondary services: whatever they answer to that is no failure. */
async function secondaryServices(connection: Connection): Promise<RemoteService[]> {
  try {
    return await connection.gatt.discoverSecondaryServices();
  } catch (error) {
    if (error instanceof AttError) return [];
    throw error;
  }
}

/** Each with how many of the same UUID stand before it. */
function numbered<T extends { readonly uuid: { toString(): string } }>(found: readonly T[]): [T, number][] {
  const counts = new Map<string, number>();
  return found.map((one) => {
    const uuid = one.uuid.toString();
    const instance = counts.get(uuid) ?? 0;
    counts.set(uuid, instance + 1);
    return [one, instance];
  });
}
