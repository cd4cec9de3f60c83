/** What answers a request: a response frame, or a refusal. */
export type Answer = Uint8Array | Refusal;

/** Makes the refusal for what a handler of an attribute threw. */
export type Failure = (error: unknown, handle: number) => Refusal;

/** An Error Response to be. */
export interface Refusal {
  readonly handle: number;
  readonly error: number;
}
