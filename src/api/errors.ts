import { AttError, BleError, type BleErrorOptions, TimeoutError } from '../core/errors.js';

/**
 * What the Pycom API raises as Python's `OSError`: the radio or a peer did not do what was asked. The message is the
 * firmware's; `cause` is the error underneath, with what was attempted and what came back.
 */
export class OSError extends BleError {
  readonly code = 'OS_ERROR';

  /** The ATT error code that the peer answered with (0x01–0xFF), or `undefined` when the failure is another. */
  get att_error(): number | undefined {
    return this.cause instanceof AttError ? this.cause.error : undefined;
  }
}

/** What the Pycom API raises as Python's `ValueError`: an argument that is not permitted. Thrown at once. */
export class ValueError extends BleError {
  readonly code = 'VALUE_ERROR';
}

/** `Bluetooth.timeout`: what `connect` raises as Python's `TimeoutError`; its message is `timed out`. */
export class BluetoothTimeout extends TimeoutError {
  constructor(what: string, timeoutMs: number, options?: BleErrorOptions) {
    super(what, timeoutMs, options);
    this.message = texts.timedOut;
  }
}

/** The firmware's texts, to the letter. */
export const texts = {
  notAvailable: 'resource not available',
  notInitialised: 'BLE module not initialized',
  invalidScanTime: 'invalid scan time',
  inProgress: 'operation already in progress',
  refused: 'connection refused',
  timedOut: 'timed out',
  closed: 'connection already closed',
  failed: 'the requested operation failed',
  invalidArguments: 'invalid argument(s) value',
  invalidTrigger: 'invalid trigger',
  uuidLength: 'incorrect service UUID length',
  pin: 'Pin code with 1-6 digit length is allowed only!',
  antenna: (type: unknown): string => `invalid antenna type ${String(type)}`,
  notAnInteger: (argument: string): string => `If ${argument} is specified it must be a valid integer number`,
  powerType: (type: unknown): string => `Invalid value as "type": ${String(type)}`,
  powerLevel: (level: unknown): string => `Invalid value as "level", must be between 0-7: ${String(level)}`,
} as const;

/** An operation that failed with `cause`, as an {@link OSError} with the firmware's text. */
export function failed(cause: unknown, text: string = texts.failed): OSError {
  return cause instanceof OSError ? cause : new OSError(text, { cause });
}

/** Runs a check of the layers below; what it finds wrong becomes a {@link ValueError} with the same message. */
export function asValueError<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) {
      throw new ValueError(error.message, { cause: error });
    }
    throw error;
  }
}
