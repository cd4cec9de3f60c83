import { AttErrorCode } from '../att/error-codes.js';
import type { Failure, Refusal } from './answer.js';
import type { Attribute, PendingWrite } from './attribute.js';
import type { ServerClient } from './client.js';
import type { AttributeDatabase } from './database.js';

interface Part {
  readonly attribute: Attribute;
  readonly offset: number;
  readonly octets: Uint8Array;
}

/** What executing needs. */
export interface Execution {
  readonly database: AttributeDatabase;
  readonly client: ServerClient;
  readonly failure: Failure;
  /** Whether the client has been answered already, because handlers took too long: nothing may take effect then. */
  readonly isOver: () => boolean;
}

/** What one client has prepared to write: Core Vol 3, Part F, 3.4.6. */
export class PrepareQueue {
  private readonly limit: number;
  private parts: Part[] = [];

  /** @param limit parts that there may be */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** Whether there is no room for another part. */
  get isFull(): boolean {
    return this.parts.length >= this.limit;
  }

  /** Adds a part. */
  add(attribute: Attribute, offset: number, octets: Uint8Array): void {
    this.parts.push({ attribute, offset, octets });
  }

  /** Forgets everything. */
  clear(): void {
    this.parts = [];
  }

  /**
   * Writes everything in the order in which it was prepared, or nothing; empties the queue in any case (3.4.6.3).
   *
   * All parts are looked at first, then every attribute looks at its new value, and only then are the values handed to
   * the program, one after the other. Should it refuse one there, those before it are undone.
   * @returns what is in the way, if something is
   */
  async execute(execution: Execution): Promise<Refusal | undefined> {
    const parts = this.parts;
    this.parts = [];
    const values = new Map<Attribute, Uint8Array>();
    for (const part of parts) {
      const error = await enter(values, part, execution);
      if (error !== 0) return { handle: part.attribute.handle, error };
    }
    const writes: { readonly handle: number; readonly write: PendingWrite }[] = [];
    for (const [attribute, value] of values) {
      try {
        writes.push({ handle: attribute.handle, write: await prepare(attribute, execution.client, value) });
      } catch (error) {
        return execution.failure(error, attribute.handle);
      }
    }
    const taken: typeof writes = [];
    for (const one of writes) {
      try {
        if (execution.isOver()) throw new Error('the writes before it took too long');
        await one.write.take();
        taken.push(one);
      } catch (error) {
        await undo(taken, execution);
        return execution.failure(error, one.handle);
      }
    }
    if (execution.isOver()) await undo(taken, execution);
    else for (const { write } of writes) write.commit();
    return undefined;
  }
}

async function undo(
  taken: readonly { readonly handle: number; readonly write: PendingWrite }[],
  { failure }: Execution,
): Promise<void> {
  for (const { handle, write } of taken.toReversed()) {
    try {
      await write.undo();
    } catch (error) {
      failure(error, handle);
    }
  }
}

/** Puts a part into the value that its attribute is to have; gives the ATT error when it does not fit, else 0. */
async function enter(
  values: Map<Attribute, Uint8Array>,
  { attribute, offset, octets }: Part,
  { database, client }: Execution,
): Promise<number> {
  // Its service was taken away, or is another one, since it was prepared (3.4.6.3).
  if (database.get(attribute.handle) !== attribute) return AttErrorCode.databaseOutOfSync;
  const before = values.get(attribute) ?? (await present(attribute, client, offset));
  if (offset > before.length) return AttErrorCode.invalidOffset;
  const length = offset + octets.length;
  if (length > attribute.maxLength) return AttErrorCode.invalidAttributeValueLength;
  const value = new Uint8Array(length);
  value.set(before.subarray(0, offset));
  value.set(octets, offset);
  values.set(attribute, value);
  return 0;
}

function prepare(
  attribute: Attribute,
  client: ServerClient,
  value: Uint8Array,
): PendingWrite | Promise<PendingWrite> {
  if (attribute.prepare) return attribute.prepare(client, value);
  const nothing = () => {};
  return { take: () => attribute.write(client, value), commit: nothing, undo: nothing };
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
