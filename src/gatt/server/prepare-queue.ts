import { AttErrorCode } from '../att/error-codes.js';
import type { Failure, Refusal } from './answer.js';
import type { Attribute } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';

/** Parts that one client may have prepared: enough for two values of 512 octets at the smallest MTU. */
const PART_LIMIT = 64;

interface Part {
  readonly attribute: Attribute;
  readonly offset: number;
  readonly octets: Uint8Array;
}

/** What one client has prepared to write: Core Vol 3, Part F, 3.4.6. */
export class PrepareQueue {
  private parts: Part[] = [];

  /** Adds a part; says whether there was room. */
  add(attribute: Attribute, offset: number, octets: Uint8Array): boolean {
    if (this.parts.length >= PART_LIMIT) return false;
    this.parts.push({ attribute, offset, octets });
    return true;
  }

  /** Forgets everything. */
  clear(): void {
    this.parts = [];
  }

  /**
   * Writes everything in the order in which it was prepared, or nothing when some part does not fit; empties the
   * queue in any case (3.4.6.3).
   * @returns what is in the way, if something is
   */
  async execute(
    database: AttributeDatabase,
    client: ServerClient,
    failure: Failure,
  ): Promise<Refusal | undefined> {
    const parts = this.parts;
    this.parts = [];
    const values = new Map<Attribute, Uint8Array>();
    for (const { attribute, offset, octets } of parts) {
      // Its service may have been taken away since.
      if (database.get(attribute.handle) !== attribute) {
        return { handle: attribute.handle, error: AttErrorCode.invalidHandle };
      }
      const before = values.get(attribute) ?? (await present(attribute, client, offset));
      if (offset > before.length) return { handle: attribute.handle, error: AttErrorCode.invalidOffset };
      const length = offset + octets.length;
      if (length > attribute.maxLength) {
        return { handle: attribute.handle, error: AttErrorCode.invalidAttributeValueLength };
      }
      const value = new Uint8Array(length);
      value.set(before.subarray(0, offset));
      value.set(octets, offset);
      values.set(attribute, value);
    }
    for (const [attribute, value] of values) {
      try {
        await attribute.write(client, value);
      } catch (error) {
        return failure(error, attribute.handle);
      }
    }
    return undefined;
  }
}

/** The value that the first part goes into; a part at offset 0 needs none. */
async function present(attribute: Attribute, client: ServerClient, offset: number): Promise<Uint8Array> {
  if (offset === 0) return new Uint8Array(0);
  try {
    return await attribute.read(client);
  } catch {
    // It can be written and not read: there is nothing that a part could go behind.
    return new Uint8Array(0);
  }
}
