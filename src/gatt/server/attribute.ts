import type { LinkSecurity, SecurityLevelCode, SignedBy } from '../../core/security.js';
import type { Uuid } from '../../core/uuid.js';
import { AttErrorCode } from '../att/error-codes.js';
import type { ServerClient } from './client.js';

/** What a link needs to read or to write a value: Core Vol 3, Part C, 10.3. */
export interface Access {
  /** Security mode 1 level, 1–4; 1, which is none. */
  readonly level?: SecurityLevelCode;
  /** Octets of encryption key at least, 7–16; 7. Counts from level 2 on. */
  readonly keySize?: number;
  /** Asks the application; false answers Insufficient Authorization. */
  readonly authorize?: (client: ServerClient) => boolean;
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
  /** The last handle of the group that it opens, for declarations of services and characteristics; else its own handle. */
  readonly endGroupHandle: number;
  /**
   * The value for one client, whole: at once where it can, so that most reads are answered without waiting.
   * `offset` is where in it a long read goes on.
   */
  read(client: ServerClient, offset?: number): Uint8Array | Promise<Uint8Array>;
  /** Takes a whole new value from one client; throws, or rejects, with {@link AttRefusal} to refuse it. */
  write(client: ServerClient, value: Uint8Array): void | Promise<void>;
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
function accessError(access: Access, client: ServerClient): number {
  const level = access.level ?? 1;
  if (level > 1) {
    const security = client.security();
    const refused = securityError(level, access.keySize ?? 7, security);
    if (refused !== 0) return refused;
  }
  return access.authorize && !access.authorize(client) ? AttErrorCode.insufficientAuthorization : 0;
}

function securityError(level: number, keySize: number, link: LinkSecurity): number {
  if (link.level === 1) {
    // With a key at hand encryption is all that is missing; without one there has to be a pairing first.
    return link.bonded ? AttErrorCode.insufficientEncryption : AttErrorCode.insufficientAuthentication;
  }
  if (link.level < level) return AttErrorCode.insufficientAuthentication;
  return link.keySize < keySize ? AttErrorCode.encryptionKeySizeTooShort : 0;
}

/** What stands in the way of a read; 0 for nothing. */
export function readError(attribute: Attribute | undefined, client: ServerClient): number {
  if (!attribute) return AttErrorCode.invalidHandle;
  return attribute.readAccess ? accessError(attribute.readAccess, client) : AttErrorCode.readNotPermitted;
}

/** What stands in the way of a write; 0 for nothing. */
export function writeError(attribute: Attribute | undefined, client: ServerClient): number {
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
): number {
  if (!attribute) return AttErrorCode.invalidHandle;
  const { signedAccess } = attribute;
  if (!signedAccess) return AttErrorCode.writeNotPermitted;
  if ((signedAccess.level ?? 1) >= 3 && !by.authenticated) return AttErrorCode.insufficientAuthentication;
  return signedAccess.authorize && !signedAccess.authorize(client)
    ? AttErrorCode.insufficientAuthorization
    : 0;
}
