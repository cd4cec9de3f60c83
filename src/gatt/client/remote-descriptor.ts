import type { Uuid } from '../../core/uuid.js';
import type { ValueCodec } from '../values/codec.js';
import type { Located } from './changes.js';
import type { Procedures } from './procedures.js';

/** A descriptor of the peer. */
export class RemoteDescriptor implements Located {
  readonly uuid: Uuid;
  readonly handle: number;
  /** @internal */
  knownAt: number;
  private readonly client: Procedures;

  /** @internal */
  constructor(client: Procedures, handle: number, uuid: Uuid) {
    this.client = client;
    this.knownAt = client.changes.now;
    this.handle = handle;
    this.uuid = uuid;
  }

  /** @internal */
  get startHandle(): number {
    return this.handle;
  }

  /** @internal */
  get endHandle(): number {
    return this.handle;
  }

  /** Reads the whole value (Core Vol 3, Part G, 4.12.1 and 4.12.2). */
  read(signal?: AbortSignal): Promise<Uint8Array> {
    return this.use(() => this.client.readLong(this.handle, signal));
  }

  /** Reads the value, and gives what the codec makes of it. @throws {MalformedPacketError} when it is no such value */
  async readAs<T>(codec: ValueCodec<T>, signal?: AbortSignal): Promise<T> {
    return codec.decode(await this.read(signal));
  }

  /** Writes the value (4.12.3), a long one in parts (4.12.4). */
  write(value: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.use(() => this.client.write(this.handle, value, signal));
  }

  private use<T>(work: () => Promise<T>): Promise<T> {
    return this.client.changes.use(this, () => `descriptor ${this.uuid.toShortString()}`, work);
  }
}
