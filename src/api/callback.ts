import { throwApart } from '../core/emitter.js';
import { ValueError } from './errors.js';

/** A callback by its names, as Python's keyword arguments. */
export interface CallbackOptions<Handler, Arg> {
  /** The events that call it, added up; `null` switches it off. */
  readonly trigger?: number | null;
  /** What is called; `null` switches it off. */
  readonly handler?: Handler | null;
  /** What the handler gets; the object itself without. */
  readonly arg?: Arg | null;
}

type AnyHandler = (...args: never[]) => unknown;

/** What `callback()` was given: its arguments in their order, or one object with their names. */
export function callbackArguments<Handler extends AnyHandler, Arg>(
  first: number | null | undefined | CallbackOptions<Handler, Arg>,
  handler: Handler | null | undefined,
  arg: Arg | null | undefined,
  owner: Arg,
): { trigger: number; handler: Handler; arg: Arg } | undefined {
  const given = typeof first === 'object' && first !== null ? first : { trigger: first, handler, arg };
  if (given.trigger == null || given.handler == null) return undefined;
  if (typeof given.trigger !== 'number' || !Number.isInteger(given.trigger)) {
    throw new ValueError(
      `trigger: ${String(given.trigger)} is not permitted; Bluetooth.…_EVENT, or several added up, is`,
    );
  }
  if (typeof given.handler !== 'function') throw new ValueError('handler: a function is wanted');
  return { trigger: given.trigger, handler: given.handler, arg: given.arg ?? owner };
}

/** The trigger, handler and argument of one object, and the events that came since it was last asked. */
export class Callback {
  private flags = 0;
  private trigger = 0;
  private call: () => unknown = () => undefined;

  /** Sets what is called, or takes it off. */
  set<Arg>(callback: { trigger: number; handler: (arg: Arg) => unknown; arg: Arg } | undefined): void {
    this.trigger = callback?.trigger ?? 0;
    this.call = () => callback?.handler(callback.arg);
  }

  /** An event came. */
  fire(event: number): void {
    this.flags |= event;
    if (!(this.trigger & event)) return;
    try {
      // A promise that rejects is the platform's to tell, as any that nobody handles.
      this.call();
    } catch (error) {
      throwApart(error);
    }
  }

  /** The events since the last call. */
  take(): number {
    const { flags } = this;
    this.flags = 0;
    return flags;
  }
}
