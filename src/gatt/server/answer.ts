/** What answers a request: a response frame, or a refusal. */
export type Answer = Uint8Array | Refusal;

/** An Error Response to be. */
export interface Refusal {
  readonly handle: number;
  readonly error: number;
}
