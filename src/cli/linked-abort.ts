/** An AbortController that a signal aborts too, with the same reason, until it is released. */
export class LinkedAbort {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal;
  private readonly forward = () => this.abort(this.outer.reason);

  constructor(outer: AbortSignal) {
    this.outer = outer;
    if (outer.aborted) this.forward();
    else outer.addEventListener('abort', this.forward, { once: true });
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.controller.abort(reason);
  }

  /** Lets go of the outer signal. */
  release(): void {
    this.outer.removeEventListener('abort', this.forward);
  }
}
