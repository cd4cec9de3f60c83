/** The family of errors of the stack. Every one carries a stable `code`, what was attempted and what came back. */

/** Extra information for an error: the error under it. */
export interface BleErrorOptions {
  readonly cause?: unknown;
}

/** The base of every error that the stack throws on purpose; programming errors are `TypeError` and `RangeError`. */
export abstract class BleError extends Error {
  /** A short constant for programs to compare, for example `ATT_ERROR`. */
  abstract readonly code: string;

  constructor(message: string, options?: BleErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A controller refused a command: Core Vol 1, Part F (error codes), Vol 4, Part E (commands). */
export class HciError extends BleError {
  readonly code = 'HCI_ERROR';
  /** The HCI status, 0x01–0xFF. */
  readonly status: number;
  /** The opcode of the command (OGF << 10 | OCF), or `undefined` when an event reported the error. */
  readonly opcode: number | undefined;

  constructor(message: string, status: number, opcode?: number, options?: BleErrorOptions) {
    super(message, options);
    this.status = status;
    this.opcode = opcode;
  }
}

/** A peer answered an ATT request with an Error Response: Core Vol 3, Part F, 3.4.1.1. */
export class AttError extends BleError {
  readonly code = 'ATT_ERROR';
  /** The ATT error code, 0x01–0xFF. */
  readonly error: number;
  /** The opcode of the request in error. */
  readonly request: number;
  /** The attribute handle in error, 0 when the request as a whole was refused. */
  readonly handle: number;

  constructor(message: string, error: number, request: number, handle: number, options?: BleErrorOptions) {
    super(message, options);
    this.error = error;
    this.request = request;
    this.handle = handle;
  }
}

/** An L2CAP channel or signalling request failed: Core Vol 3, Part A. */
export class L2capError extends BleError {
  readonly code = 'L2CAP_ERROR';
  /** The result or reject reason of the signalling response, when one came. */
  readonly reason: number | undefined;

  constructor(message: string, reason?: number, options?: BleErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Pairing failed: Core Vol 3, Part H, 3.5.5. */
export class PairingError extends BleError {
  readonly code = 'PAIRING_ERROR';
  readonly reason: number;
  readonly side: 'local' | 'peer';

  constructor(message: string, reason: number, side: 'local' | 'peer', options?: BleErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.side = side;
  }
}

/** Nothing came back in time. */
export class TimeoutError extends BleError {
  readonly code = 'TIMEOUT';
  /** What was waited for. */
  readonly what: string;
  /** How long, in milliseconds. */
  readonly timeoutMs: number;

  constructor(what: string, timeoutMs: number, options?: BleErrorOptions) {
    super(`${what}: no answer within ${timeoutMs} ms`, options);
    this.what = what;
    this.timeoutMs = timeoutMs;
  }
}

/** The link to the peer is gone. */
export class DisconnectedError extends BleError {
  readonly code = 'DISCONNECTED';
  /** The HCI reason of the disconnection (Core Vol 1, Part F), or `undefined` when the transport went first. */
  readonly reason: number | undefined;

  constructor(message: string, reason?: number, options?: BleErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The port or socket to the controller cannot be opened, or broke. */
export class TransportError extends BleError {
  readonly code: string;

  /** @param code `PORT_NOT_FOUND`, `PORT_BUSY`, `PORT_DENIED`, `PORT_LOST`, `PORT_CLOSED`, `NO_HCI`, `PORT_SPEC`, `PORT_UNSUPPORTED`, `CONTROLLER_RESET`, `RECOVERY_FAILED` or `TRANSPORT_ERROR` */
  constructor(message: string, code = 'TRANSPORT_ERROR', options?: BleErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Bytes that do not follow the layout they claim to have. */
export class MalformedPacketError extends BleError {
  readonly code = 'MALFORMED_PACKET';
  /** Where in the packet, in octets from its start. */
  readonly offset: number | undefined;

  constructor(message: string, offset?: number, options?: BleErrorOptions) {
    super(message, options);
    this.offset = offset;
  }
}

/** A part of the specification that this version does not do yet, or that this controller cannot do. */
export class NotSupportedError extends BleError {
  readonly code = 'NOT_SUPPORTED';
}

/** The operation does not fit the state of the object: already scanning, not initialised… */
export class StateError extends BleError {
  readonly code = 'INVALID_STATE';
}

/** A link has not the security that was wanted of it: Core Vol 3, Part C, 10. */
export class SecurityError extends BleError {
  /**
   * `KEY_MISSING`: the peer has no key for this device any more (HCI 0x06); `ENCRYPTION_FAILED`: encryption did not come about;
   * `SECURITY_TOO_LOW`: the keys that there are, or the pairing, do not come to what was asked for.
   */
  readonly code: 'KEY_MISSING' | 'ENCRYPTION_FAILED' | 'SECURITY_TOO_LOW';

  constructor(message: string, code: SecurityError['code'], options?: BleErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
