import { toHex } from '../../core/hex.js';
import type { AttributeDatabase } from './database.js';
import { databaseHash, hashedFields } from './database-hash.js';
import type { ChangedRange, ChangeHistory } from './history.js';

/** Changes that are kept one by one; older ones are told as one. */
const LOG_LIMIT = 256;
interface Change extends ChangedRange {
  readonly revision: number;
}

/** The history of a database, which it keeps itself. */
export class DatabaseChanges implements ChangeHistory {
  private readonly database: AttributeDatabase;
  private readonly log: Change[] = [];
  private readonly revisions = new Map<string, number>();
  private present = 0;
  private hashed: Promise<Uint8Array> | undefined;

  constructor(database: AttributeDatabase) {
    this.database = database;
    database.onChange((startHandle, endHandle) => this.add(startHandle, endHandle));
  }

  get revision(): number {
    return this.present;
  }

  hash(): Promise<Uint8Array> {
    if (this.hashed) return this.hashed;
    const revision = this.present;
    let fields: Uint8Array;
    try {
      // At once: the database may have changed when AES is there.
      fields = hashedFields(this.database);
    } catch (error) {
      return Promise.reject(error);
    }
    this.hashed = databaseHash(fields);
    return this.hashed.then((hash) => {
      this.remember(toHex(hash), revision);
      return hash;
    });
  }

  revisionOf(hash: string): number | undefined {
    return this.revisions.get(hash);
  }

  since(revision: number): ChangedRange | undefined {
    const changes = this.log.filter((change) => change.revision > revision);
    if (changes.length === 0) return undefined;
    return union(changes);
  }

  private remember(hash: string, revision: number): void {
    this.revisions.delete(hash);
    this.revisions.set(hash, revision);
    if (this.revisions.size > LOG_LIMIT) this.revisions.delete(this.revisions.keys().next().value!);
  }

  private add(startHandle: number, endHandle: number): void {
    this.hashed = undefined;
    this.present++;
    this.log.push({ revision: this.present, startHandle, endHandle });
    if (this.log.length <= LOG_LIMIT) return;
    // Who knew the state between the two is told a little more than has changed for him.
    const [first, second] = this.log.splice(0, 2);
    this.log.unshift({ ...union([first!, second!]), revision: second!.revision });
  }
}

function union(ranges: readonly ChangedRange[]): ChangedRange {
  return {
    startHandle: Math.min(...ranges.map(({ startHandle }) => startHandle)),
    endHandle: Math.max(...ranges.map(({ endHandle }) => endHandle)),
  };
}
