/** Takes a listener off again. */
export type Unsubscribe = () => void;

/**
 * Typed events by plain calls: an EventTarget costs ten times as much per event. A listener that throws does not
 * disturb the others nor the stack: its error is thrown on its own, as from a callback of the platform.
 */
export class Emitter<Events extends object> {
  private readonly listeners = new Map<keyof Events, ((event: never) => void)[]>();

  /** Calls `listener` on each event of that name, until the function given back is called. */
  on<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): Unsubscribe {
    // Copied on change, so that a dispatch under way goes on over the list it began with.
    this.listeners.set(name, [...(this.listeners.get(name) ?? []), listener as (event: never) => void]);
    return () => this.off(name, listener);
  }

  /** As {@link on}, for one event. */
  once<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): Unsubscribe {
    const off = this.on(name, (event) => {
      off();
      listener(event);
    });
    return off;
  }

  /** Takes a listener off; one that is not there is passed over. */
  off<K extends keyof Events>(name: K, listener: (event: Events[K]) => void): void {
    const present = this.listeners.get(name);
    if (!present) return;
    const index = present.indexOf(listener as (event: never) => void);
    if (index < 0) return;
    if (present.length === 1) this.listeners.delete(name);
    else this.listeners.set(name, present.toSpliced(index, 1));
  }

  /** How many listen. */
  listenerCount(name: keyof Events): number {
    return this.listeners.get(name)?.length ?? 0;
  }

  /** For the owner: calls the listeners, in the order in which they came. */
  emit<K extends keyof Events>(name: K, event: Events[K]): void {
    const present = this.listeners.get(name);
    if (present === undefined) return;
    for (let i = 0; i < present.length; i++) {
      try {
        present[i]!(event as never);
      } catch (error) {
        throwApart(error);
      }
    }
  }
}

/** Throws an error of a user's callback outside of the stack's own work, so that it is seen and breaks nothing. */
export function throwApart(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
