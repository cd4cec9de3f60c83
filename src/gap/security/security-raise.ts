import { AttError, SecurityError } from '../../core/errors.js';
import { messageOf } from '../../core/message-of.js';
import { Mutex, raceAbort } from '../../core/mutex.js';
import { type LinkSecurity, SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import { AttErrorCode, type RefusalHandler } from '../../gatt/index.js';
import type { EncryptionKey } from '../../smp/keys.js';
import { type PairOptions, securityLevel } from '../../smp/pairing/index.js';

/** What a {@link SecurityRaise} works on. */
export interface Raisable {
  readonly current: LinkSecurity;
  bondKey(): EncryptionKey | undefined;
  /** Resolves when the pairing that is under way, if one is, has come to its end, whatever that is. */
  settled(): Promise<void>;
  encrypt(): Promise<void>;
  pair(options: PairOptions): Promise<unknown>;
}

/**
 * Brings a link to the security that somebody needs: by the key of the bond where it is good enough, else by pairing (Core
 * Vol 3, Part C, 10.3.2). Whoever needs it at the same time shares the one attempt, with what comes of it.
 */
export class SecurityRaise {
  /** Another number after each change of what the link has. */
  generation = 0;
  private readonly link: Raisable;
  private readonly maxKeySize: number;
  private readonly turn = new Mutex();
  private raising: Promise<boolean> | undefined;
  /** What the link had when pairing for more came to no more: the two devices cannot, however often they are asked. */
  private most: LinkSecurity | undefined;

  constructor(link: Raisable, maxKeySize: number) {
    this.link = link;
    this.maxKeySize = maxKeySize;
  }

  /** For the client's requests that the peer refused. */
  readonly handler: RefusalHandler = (error, signal) => {
    if (!isShortfall(error.error)) return undefined;
    this.raising ??= this.turn
      .run(() => this.past(error.error))
      .finally(() => {
        this.raising = undefined;
      });
    return raceAbort(this.raising, signal).catch((cause: unknown) => {
      if (signal?.aborted) throw cause;
      const why = messageOf(cause);
      throw new AttError(`${error.message}; ${why}`, error.error, error.request, error.handle, { cause });
    });
  };

  /** @throws {SecurityError} when the link does not come to `level` */
  to(level: SecurityLevelCode): Promise<void> {
    return this.turn.run(async () => {
      const { link } = this;
      await link.settled();
      const key = link.bondKey();
      if (link.current.level === SecurityLevel.none && key && securityLevel(key) >= level)
        await link.encrypt();
      if (link.current.level < level) await link.pair(optionsFor(level));
      if (link.current.level < level) {
        throw new SecurityError(
          `the link has level ${link.current.level} after pairing, and level ${level} is needed`,
          'SECURITY_TOO_LOW',
        );
      }
    });
  }

  /** Does what may get past an error; says whether that changed anything. */
  private async past(error: number): Promise<boolean> {
    const { link, generation } = this;
    // One that the peer began may come to what is needed.
    await link.settled();
    if (this.generation !== generation) return true;
    const { level, keySize } = link.current;
    if (level === SecurityLevel.none) {
      if (link.bondKey()) await link.encrypt();
      else await link.pair({});
    } else {
      const longer = error === AttErrorCode.encryptionKeySizeTooShort;
      if (longer ? keySize >= this.maxKeySize : level >= SecurityLevel.authenticated) return false;
      if (this.most?.level === level && this.most.keySize === keySize) return false;
      // What is encrypted already wants better keys: longer ones, or those of an authenticated pairing.
      await link.pair(longer ? {} : { mitm: true });
      const { current } = link;
      if (current.level <= level && current.keySize <= keySize) this.most = current;
    }
    return this.generation !== generation;
  }
}

function isShortfall(error: number): boolean {
  return (
    error === AttErrorCode.insufficientAuthentication ||
    error === AttErrorCode.insufficientEncryption ||
    error === AttErrorCode.encryptionKeySizeTooShort
  );
}

function optionsFor(level: SecurityLevelCode): PairOptions {
  return {
    minimumLevel: level,
    ...(level >= SecurityLevel.authenticated ? { mitm: true } : {}),
    ...(level === SecurityLevel.secureConnections ? { secureConnections: 'only' as const } : {}),
  };
}
