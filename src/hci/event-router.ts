import { ByteReader } from '../core/bytes.js';
import { throwApart, type Unsubscribe } from '../core/emitter.js';
import { MalformedPacketError } from '../core/errors.js';
import { type EventDefinition, LE_META, VENDOR_EVENT } from './definition.js';

/** Takes the parameters of an event, `bytes[start, end)` (for LE Meta behind the subevent code): a view valid during the call. */
export type RawEventHandler = (bytes: Uint8Array, start: number, end: number) => void;

/** An event that nobody has a handler for, kept as it came. */
export interface UnhandledEvent {
  readonly code: number;
  /** The subevent code of an LE Meta event. */
  readonly subevent: number | undefined;
  /** The parameters, behind the subevent code of LE Meta; a copy. */
  readonly parameters: Uint8Array;
}

/** What an {@link EventRouter} tells its owner. */
export interface EventRouterOptions {
  readonly unhandled: (event: UnhandledEvent) => void;
  readonly malformed: (message: string, error: MalformedPacketError) => void;
  /** Sees each event of a vendor before its handlers do; `true` when it is taken: it is not unhandled then. */
  readonly vendor?: (event: UnhandledEvent) => boolean;
}

type Handlers = RawEventHandler[] | undefined;
const noHandlers = (): Handlers[] => new Array<Handlers>(256).fill(undefined);

/**
 * Brings each event to those who asked for it: by its code, those of LE Meta by their subevent code, those of vendors by
 * the first octet of their parameters. Who asks for LE Meta or Vendor Specific as such gets all of them.
 */
export class EventRouter {
  private readonly options: EventRouterOptions;
  private readonly byCode = noHandlers();
  private readonly bySubevent = noHandlers();
  private readonly byVendorCode = noHandlers();
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
  onRaw({ code, subevent }: EventDefinition<unknown>, handler: RawEventHandler): Unsubscribe {
    const table = (subevent === undefined ? undefined : this.inner(code)) ?? this.byCode;
    const index = table === this.byCode ? code : subevent!;
    table[index] = [...(table[index] ?? []), handler];
    return () => {
      const left = table[index]?.filter((present) => present !== handler);
      table[index] = left && left.length > 0 ? left : undefined;
    };
  }

  /** Dispatches one event packet, `bytes[start, end)` without the H4 indicator. */
  dispatch(bytes: Uint8Array, start: number, end: number): void {
    const code = bytes[start]!;
    const at = start + 2;
    const taken = code === VENDOR_EVENT && this.options.vendor?.(kept(bytes, code, at, end));
    const whole = this.byCode[code];
    const inner = at < end ? this.inner(code)?.[bytes[at]!] : undefined;
    if (inner) call(inner, bytes, at + 1, end);
    if (whole) call(whole, bytes, at, end);
    if (!inner && !whole && !taken) this.options.unhandled(kept(bytes, code, at, end));
  }

  /** The handlers of the events that are told apart by the octet behind the header. */
  private inner(code: number): Handlers[] | undefined {
    if (code === LE_META) return this.bySubevent;
    return code === VENDOR_EVENT ? this.byVendorCode : undefined;
  }
}

function call(handlers: readonly RawEventHandler[], bytes: Uint8Array, start: number, end: number): void {
  for (let i = 0; i < handlers.length; i++) {
    try {
      handlers[i]!(bytes, start, end);
    } catch (error) {
      // A defect of ours or of a user's callback must not end the stream of packets.
      throwApart(error);
    }
  }
}

function kept(bytes: Uint8Array, code: number, at: number, end: number): UnhandledEvent {
  const subevent = code === LE_META && at < end ? bytes[at] : undefined;
  const start = subevent === undefined ? at : at + 1;
  return { code, subevent, parameters: Uint8Array.prototype.slice.call(bytes, start, end) };
}
