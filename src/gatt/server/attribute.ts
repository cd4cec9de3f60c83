import type { LinkSecurity, SecurityLevelCode, SignedBy } from '../../core/security.js';
import type { Uuid } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import type { ServerClient } from './client.js';

/** What a link needs to read or to write a value: Core Vol 3, Part C, 10.3. */
export interface Access {
  /** Security mode 1 level, 1–4; 1, which is none, or with a `keySize` 2. */
  readonly level?: SecurityLevelCode;
  /** Octets of encryption key at least, 7–16; 7. Of no meaning at level 1. */
  readonly keySize?: number;
  /** Asks the application, which may take its time; false answers Insufficient Authorization, {@link AttRefusal} its error. */
  readonly authorize?: (client: ServerClient) => boolean | Promise<boolean>;
}

/** A Client Characteristic Configuration, for who keeps its values with a bond: Core Vol 3, Part G, 3.3.3.3. */
export interface ConfigurationAttribute {
  /** The type of the characteristic that it configures. */
  readonly characteristic: Uuid;
  /** The bits that may be set. */
  readonly supported: number;
  /** Told of a value that a client comes back with. */
  restored(client: ServerClient, value: number): void;
}

/** A write that was found sound and is not done yet: one of several that take effect together. */
export interface PendingWrite {
  /** Hands the value to the program; throws, or rejects, where that refuses it after all. */
  take(): void | Promise<void>;
  /** All have been taken: the value holds from now on. Cannot fail. */
  commit(): void;
  /** Another was refused after this one was taken. */
  undo(): void | Promise<void>;
}

/** One attribute: Core Vol 3, Part F, 3.2. */
export interface Attribute {
  readonly handle: number;
  readonly type: Uuid;
  /** What a read needs; `undefined`: it cannot be read. */
  readonly readAccess: Access | undefined;
  /** What a write needs; `undefined`: it cannot be written. */
  readonly writeAccess: Access | undefined;
  /** Whether a Write Command may write it. */
  readonly writableByCommand: boolean;
  /** What a Signed Write Command needs; `undefined`: it cannot write it. */
  readonly signedAccess?: Access | undefined;
  /** The longest value in octets. */
  readonly maxLength: number;
  /**
   * The value, where it never changes. Declarations of services, includes and characteristics and Extended Properties
   * have to have one: the Database Hash is made of them (Core Vol 3, Part G, 7.3.1).
   */
  readonly constant?: Uint8Array | undefined;
  /** What it configures, for a Client Characteristic Configuration. */
  readonly configuration?: ConfigurationAttribute | undefined;
  /** The last handle of the group that it opens, for declarations of services and characteristics; else its own handle. */
  readonly endGroupHandle: number;
  /**
   * The value for one client, whole: at once where it can, so that most reads are answered without waiting.
   * `offset` is where in it a long read goes on.
   */
  read(client: ServerClient, offset?: number): Uint8Array | Promise<Uint8Array>;
  /** Takes a whole new value from one client; throws, or rejects, with {@link AttRefusal} to refuse it. */
  write(client: ServerClient, value: Uint8Array): void | Promise<void>;
  /**
   * Looks at a new value without taking it, for a write together with others; throws, or rejects, as `write` does. An
   * attribute without it is written when its turn comes.
   */
  prepare?(client: ServerClient, value: Uint8Array): PendingWrite | Promise<PendingWrite>;
}

/** Thrown by a read or write handler: the request is refused with this ATT error code. */
export class AttRefusal extends Error {
  /** The ATT error code; 0x80–0x9F are the application's own. */
  readonly error: number;

  constructor(error: number, message = `refused with ATT error ${error}`) {
    super(message);
    this.name = 'AttRefusal';
    this.error = error;
  }
}

/** The ATT error for an access that a link's security does not permit; 0 when it does: Core Vol 3, Part C, 10.3.1. */
function accessError(access: Access, client: ServerClient): number | Promise<number> {
  const level = levelOf(access);
  if (level > 1) {
    const security = client.security();
    const refused = securityError(level, access.keySize ?? 7, security);
    if (refused !== 0) return refused;
  }
  return authorizationError(access, client);
}

/** A key of some size is one that encrypts. */
function levelOf({ level, keySize }: Access): SecurityLevelCode {
  return level ?? (keySize === undefined ? 1 : 2);
}

/** The application may refuse with an error of its own, too. */
function authorizationError({ authorize }: Access, client: ServerClient): number | Promise<number> {
  if (!authorize) return 0;
  // Whatever is no true is no yes.
  const errorOf = (granted: unknown) => (granted === true ? 0 : AttErrorCode.insufficientAuthorization);
  try {
    const answer = authorize(client);
    return isThenable(answer) ? Promise.resolve(answer).then(errorOf, refusalOf) : errorOf(answer);
  } catch (error) {
    return refusalOf(error);
  }
}

/** Whether an answer is a promise, also one of a library's own. */
export function isThenable<T>(answer: T | Promise<T>): answer is Promise<T> {
  return typeof (answer as { readonly then?: unknown } | undefined)?.then === 'function';
}

function refusalOf(error: unknown): number {
  if (error instanceof AttRefusal) return error.error;
  throw error;
}

/** Whether a link has what an access needs, as far as its security goes. */
export function isSecureEnough(access: Access | undefined, client: ServerClient): boolean {
  const level = access ? levelOf(access) : 1;
  return level === 1 || securityError(level, access?.keySize ?? 7, client.security()) === 0;
}

function securityError(level: number, keySize: number, link: LinkSecurity): number {
  if (link.level === 1) {
    // With a key at hand encryption is all that is missing; without one there has to be a pairing first.
    return link.bonded ? AttErrorCode.insufficientEncryption : AttErrorCode.insufficientAuthentication;
  }
  if (link.level < level) return AttErrorCode.insufficientAuthentication;
  return link.keySize < keySize ? AttErrorCode.encryptionKeySizeTooShort : 0;
}

/** What stands in the way of a read; 0 for nothing. A promise only where the application takes its time. */
export function readError(attribute: Attribute | undefined, client: ServerClient): number | Promise<number> {
  if (!attribute) return AttErrorCode.invalidHandle;
  return attribute.readAccess ? accessError(attribute.readAccess, client) : AttErrorCode.readNotPermitted;
}

/** What stands in the way of a write; likewise. */
export function writeError(attribute: Attribute | undefined, client: ServerClient): number | Promise<number> {
  if (!attribute) return AttErrorCode.invalidHandle;
  return attribute.writeAccess ? accessError(attribute.writeAccess, client) : AttErrorCode.writeNotPermitted;
}

/**
 * What stands in the way of a signed write; 0 for nothing. From level 3 on the key has to come from an authenticated
 * pairing (Core Vol 3, Part C, 10.2.2); the link itself is not encrypted.
 */
export function signedWriteError(
  attribute: Attribute | undefined,
  client: ServerClient,
  by: SignedBy,
): number | Promise<number> {
  if (!attribute) return AttErrorCode.invalidHandle;
  const { signedAccess } = attribute;
  if (!signedAccess) return AttErrorCode.writeNotPermitted;
  if ((signedAccess.level ?? 1) >= 3 && !by.authenticated) return AttErrorCode.insufficientAuthentication;
  return authorizationError(signedAccess, client);
}
