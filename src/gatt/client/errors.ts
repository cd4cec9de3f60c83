import { BleError } from '../../core/errors.js';

/**
 * A reliable write was taken back: the server's response to a Prepare Write was not what had been sent (Core Vol 3, Part G,
 * 4.9.5). Nothing of it was written.
 */
export class ReliableWriteError extends BleError {
  readonly code = 'RELIABLE_WRITE';
  /** Handle of the attribute. */
  readonly handle: number;
  /** What was sent: handle, offset and part, as they travel. */
  readonly sent: Uint8Array;
  /** What came back. */
  readonly echoed: Uint8Array;

  constructor(message: string, handle: number, sent: Uint8Array, echoed: Uint8Array) {
    super(message);
    this.handle = handle;
    this.sent = sent;
    this.echoed = echoed;
  }
}

/**
 * A service, characteristic or descriptor of the peer is not there any more, or may be another one: the peer's database
 * has changed since it was found (Core Vol 3, Part G, 2.5.2). Discover it again.
 */
export class StaleAttributeError extends BleError {
  readonly code = 'STALE_ATTRIBUTE';
}
