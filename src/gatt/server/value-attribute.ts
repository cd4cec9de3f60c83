import { checkBytes } from '../../core/check.js';
import type { Uuid } from '../../core/uuid.js';
import { type Access, type Attribute, isThenable, type PendingWrite } from './attribute.js';
import type { ServerClient } from './client.js';
import type { ReadHandler, WriteHandler } from './definition.js';

/** The handlers of a value; see {@link CharacteristicOptions}. */
export interface ValueHandlers {
  readonly onRead?: ReadHandler | undefined;
  readonly validate?: WriteHandler | undefined;
  readonly onWrite?: WriteHandler | undefined;
  readonly onUndo?: WriteHandler | undefined;
}

/** What a {@link ValueAttribute} is made of. */
export interface ValueAttributeParts {
  readonly value: Uint8Array | undefined;
  readonly handlers: ValueHandlers;
  readonly readAccess: Access | undefined;
  readonly writeAccess: Access | undefined;
  readonly signedAccess?: Access | undefined;
  readonly writableByCommand?: boolean;
  readonly maxLength?: number;
  /** Whether clients are told that the value never changes. */
  readonly isConstant?: boolean;
}

const MAX_LENGTH = 512;

/**
 * An attribute with a value that clients read and write, with what the program says to it. A server has thousands of them: what a
 * read touches lies close together, in front.
 */
export class ValueAttribute implements Attribute {
  /** The value; not to be changed but as a whole. */
  octets: Uint8Array;
  private readonly onRead: ReadHandler | undefined;
  readonly readAccess: Access | undefined;
  readonly handle: number;
  readonly type: Uuid;
  readonly writeAccess: Access | undefined;
  readonly signedAccess: Access | undefined;
  readonly writableByCommand: boolean;
  readonly maxLength: number;
  readonly constant: Uint8Array | undefined;
  private readonly handlers: ValueHandlers;

  constructor(handle: number, type: Uuid, parts: ValueAttributeParts) {
    this.octets = parts.value?.slice() ?? new Uint8Array(0);
    this.onRead = parts.handlers.onRead;
    this.readAccess = parts.readAccess;
    this.handle = handle;
    this.type = type;
    this.writeAccess = parts.writeAccess;
    this.signedAccess = parts.signedAccess;
    this.writableByCommand = parts.writableByCommand ?? false;
    this.maxLength = parts.maxLength ?? MAX_LENGTH;
    this.constant = parts.isConstant ? this.octets : undefined;
    this.handlers = parts.handlers;
  }

  get endGroupHandle(): number {
    return this.handle;
  }

  read(client: ServerClient, offset = 0): Uint8Array | Promise<Uint8Array> {
    const { onRead } = this;
    if (!onRead) return this.octets;
    const value = onRead(client, offset);
    return isThenable(value) ? Promise.resolve(value).then(checkRead) : checkRead(value);
  }

  /** Stored when nobody refused, so that a refusal leaves the value as it was. */
  write(client: ServerClient, value: Uint8Array): void | Promise<void> {
    const { validate, onWrite } = this.handlers;
    return after(validate?.(value, client), () =>
      after(onWrite?.(value, client), () => {
        this.octets = value;
      }),
    );
  }

  prepare(client: ServerClient, value: Uint8Array): PendingWrite | Promise<PendingWrite> {
    const { validate, onWrite, onUndo } = this.handlers;
    return after(validate?.(value, client), () => ({
      take: () => onWrite?.(value, client),
      commit: () => {
        this.octets = value;
      },
      undo: () => onUndo?.(value, client),
    }));
  }
}

/** What a handler gave: anything but octets would go out as something else, and no value is longer (Core Vol 3, Part F, 3.2.9). */
function checkRead(value: Uint8Array): Uint8Array {
  return checkBytes('what onRead gave', value, 0, MAX_LENGTH);
}

/** Goes on at once where nothing is to be waited for: most writes are answered without a turn of the event loop. */
function after<T>(first: void | Promise<void>, then: () => T | Promise<T>): T | Promise<T> {
  return isThenable(first) ? Promise.resolve(first).then(then) : then();
}
