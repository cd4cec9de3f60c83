import { ByteReader } from '../core/bytes.js';
import { throwApart, type Unsubscribe } from '../core/emitter.js';
import { MalformedPacketError } from '../core/errors.js';
import { type EventDefinition, LE_META } from './definition.js';

/** Takes the parameters of an event, `bytes[start, end)` (for LE Meta behind the subevent code): a view valid during the call. */
export type RawEventHandler = (bytes: Uint8Array, start: number, end: number) => void;

/** An event that nobody has a handler for, kept as it came. */
export interface UnhandledEvent {
  readonly code: number;
  /** The subevent code of an LE Meta event. */
  readonly subevent: number | undefined;
  /** The parameters, behind the subevent code where there is one; a copy. */
  readonly parameters: Uint8Array;
}

/** What an {@link EventRouter} tells its owner. */
export interface EventRouterOptions {
  readonly unhandled: (event: UnhandledEvent) => void;
  readonly malformed: (message: string, error: MalformedPacketError) => void;
}

/** Brings each event to those who asked for it, by its code. */
export class EventRouter {
  private readonly options: EventRouterOptions;
  private readonly byCode: (RawEventHandler[] | undefined)[] = new Array(256).fill(undefined);
  private readonly bySubevent: (RawEventHandler[] | undefined)[] = new Array(256).fill(undefined);
  private readonly reader = new ByteReader();

  constructor(options: EventRouterOptions) {
    this.options = options;
  }

  /** Calls `handler` with the parameters of each such event, parsed; `bytes` fields are views valid during the call. */
  on<P>(definition: EventDefinition<P>, handler: (parameters: P) => void): Unsubscribe {
    return this.onRaw(definition, (bytes, start, end) => {
      let parameters: P;
      try {
        parameters = definition.parameters.read(this.reader.reset(bytes, start, end));
      } catch (error) {
        if (!(error instanceof MalformedPacketError)) throw error;
        this.options.malformed(`${definition.name}: ${error.message}`, error);
        return;
      }
      handler(parameters);
    });
  }

  /** Calls `handler` with the octets of each such event. */
  onRaw(definition: EventDefinition<unknown>, handler: RawEventHandler): Unsubscribe {
    const table = definition.code === LE_META ? this.bySubevent : this.byCode;
    const index = definition.code === LE_META ? (definition.subevent ?? 0) : definition.code;
    table[index] = [...(table[index] ?? []), handler];
    return () => {
      const left = table[index]?.filter((present) => present !== handler);
      table[index] = left && left.length > 0 ? left : undefined;
    };
  }

  /** Dispatches one event packet, `bytes[start, end)` without the H4 indicator. */
  dispatch(bytes: Uint8Array, start: number, end: number): void {
    const code = bytes[start]!;
    let at = start + 2;
    let handlers = this.byCode[code];
    let subevent: number | undefined;
    if (code === LE_META && at < end) {
      subevent = bytes[at++]!;
      handlers = this.bySubevent[subevent];
    }
    if (!handlers) {
      this.options.unhandled({ code, subevent, parameters: Uint8Array.prototype.slice.call(bytes, at, end) });
      return;
    }
    for (let i = 0; i < handlers.length; i++) {
      try {
        handlers[i]!(bytes, at, end);
      } catch (error) {
        // A defect of ours or of a user's callback must not end the stream of packets.
        throwApart(error);
      }
    }
  }
}
