import type { PendingWrite } from './attribute.js';
import type { ServerClient } from './client.js';
import type { ReadHandler, WriteHandler } from './definition.js';

/** The handlers of a value; see {@link CharacteristicOptions}. */
export interface ValueHandlers {
  readonly onRead?: ReadHandler | undefined;
  readonly validate?: WriteHandler | undefined;
  readonly onWrite?: WriteHandler | undefined;
  readonly onUndo?: WriteHandler | undefined;
}

/** A value that clients read and write, with what the program says to it. */
export class StoredValue {
  /** The value; not to be changed but as a whole. */
  octets: Uint8Array;
  private readonly handlers: ValueHandlers;

  constructor(octets: Uint8Array | undefined, handlers: ValueHandlers) {
    this.octets = octets?.slice() ?? new Uint8Array(0);
    this.handlers = handlers;
  }

  /** For `Attribute.read`. */
  readonly read = (client: ServerClient, offset = 0): Uint8Array | Promise<Uint8Array> => {
    const { onRead } = this.handlers;
    return onRead ? onRead(client, offset) : this.octets;
  };

  /** For `Attribute.write`: stored when nobody refused, so that a refusal leaves the value as it was. */
  readonly write = (client: ServerClient, value: Uint8Array): void | Promise<void> => {
    const { validate, onWrite } = this.handlers;
    return after(validate?.(value, client), () =>
      after(onWrite?.(value, client), () => {
        this.octets = value;
      }),
    );
  };

  /** For `Attribute.prepare`. */
  readonly prepare = (client: ServerClient, value: Uint8Array): PendingWrite | Promise<PendingWrite> => {
    const { validate, onWrite, onUndo } = this.handlers;
    return after(validate?.(value, client), () => ({
      take: () => onWrite?.(value, client),
      commit: () => {
        this.octets = value;
      },
      undo: () => onUndo?.(value, client),
    }));
  };
}

/** Goes on at once where nothing is to be waited for: most writes are answered without a turn of the event loop. */
function after<T>(first: void | Promise<void>, then: () => T | Promise<T>): T | Promise<T> {
  return first instanceof Promise ? first.then(then) : then();
}
