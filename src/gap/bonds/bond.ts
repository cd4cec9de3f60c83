import { type Address, randomAddressKind } from '../../core/address.js';
import { checkBytes, checkInteger, checkNumber, checkOneOf } from '../../core/check.js';
import type { SecurityLevelCode } from '../../core/security.js';
import { checkClientState, type ServerClientState } from '../../gatt/server/client-state.js';
import type { PairedKeys } from '../../smp/keys.js';
import { guarded } from './guarded-keys.js';

/** What the GATT server of this device keeps for a bonded client: Core Vol 3, Part G, 2.5 and 7. */
export type ServerMemory = ServerClientState;

/** What the GATT client of this device keeps of a bonded server. */
export interface ClientMemory {
  /** The Database Hash of the peer, 16 octets as sent, that `cache` belongs to. */
  readonly databaseHash?: Uint8Array | undefined;
  /** The peer's attributes as the client wrote them down: anything that JSON can hold. */
  readonly cache?: JsonValue | undefined;
}

/** What JSON can hold. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** SignCounters: Core Vol 3, Part H, 2.4.5. */
export interface SignCounters {
  /** The first that is not reserved, 0–2^32; all below may have been used to sign. See `Bonds.nextSignCounter`. */
  readonly own: number;
  /** The lowest that is accepted from the peer, 0–2^32. */
  readonly peer: number;
}

/** What a {@link Bond} is made of. */
export interface BondContents {
  /** The peer's identity address: public or static random. */
  readonly identity: Address;
  readonly keys: PairedKeys;
  /** The level of LE security mode 1 that encryption with these keys gives: Core Vol 3, Part C, 10.2.1. */
  readonly level: SecurityLevelCode;
  /** A name that the user gave. */
  readonly name?: string | undefined;
  readonly server: ServerMemory;
  readonly client: ClientMemory;
  readonly signCounters: SignCounters;
  /** When the pairing was, in milliseconds since 1970; 0 when the clock has no calendar. */
  readonly createdAt: number;
  /** When there was a link last, likewise. */
  readonly lastUsedAt: number;
}

/** What may change while a bond lasts. */
export type BondChange = Partial<
  Pick<BondContents, 'name' | 'server' | 'client' | 'signCounters' | 'lastUsedAt'>
>;

/** Octets of UTF-8 that the name of a bond may have. */
export const NAME_LIMIT = 248;
/** The last moment that a Date can have, in milliseconds since 1970. */
export const LAST_MOMENT = 8_640_000_000_000_000;

/** @throws {RangeError | TypeError} when it is too long, or no text */
export function checkName(name: string): string {
  if (typeof name !== 'string') throw new TypeError('name: text is wanted');
  const { length } = new TextEncoder().encode(name);
  if (length > NAME_LIMIT)
    throw new RangeError(`name: ${length} octets are not permitted; up to ${NAME_LIMIT} are`);
  return name;
}

const noServerMemory: ServerMemory = { configurations: new Map(), clientSupportedFeatures: new Uint8Array() };

/**
 * What this device keeps of a peer that it bonded with: Core Vol 3, Part C, 9.4. Immutable; `Bonds` replaces it when
 * something changes. It shows no keys when it is printed or made to JSON; `keys` has them.
 */
export class Bond implements BondContents {
  readonly identity: Address;
  readonly level: SecurityLevelCode;
  readonly name: string | undefined;
  readonly server: ServerMemory;
  readonly client: ClientMemory;
  readonly signCounters: SignCounters;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly #keys: PairedKeys;

  /**
   * What is left out is as after pairing.
   * @throws {RangeError | TypeError} when the identity is no identity address, or a part is out of range
   */
  constructor(contents: Pick<BondContents, 'identity' | 'keys' | 'level'> & Partial<BondContents>) {
    const { identity, keys, level, signCounters = { own: 0, peer: 0 } } = contents;
    checkIdentity('bond', identity);
    checkInteger('signCounters.own', signCounters.own, 0, 2 ** 32);
    checkInteger('signCounters.peer', signCounters.peer, 0, 2 ** 32);
    checkOneOf('level', level, [1, 2, 3, 4]);
    this.identity = identity;
    this.#keys = guarded(checkKeys(keys));
    this.level = level;
    // What a file would be refused for when it is read has no place in a bond.
    this.name = contents.name === undefined ? undefined : checkName(contents.name);
    this.server = checkClientState(contents.server ?? noServerMemory);
    this.client = contents.client ?? {};
    if (this.client.databaseHash !== undefined)
      checkBytes('client.databaseHash', this.client.databaseHash, 16, 16);
    this.signCounters = signCounters;
    this.createdAt = checkNumber('createdAt', contents.createdAt ?? 0, 0, LAST_MOMENT, 'ms');
    this.lastUsedAt = checkNumber('lastUsedAt', contents.lastUsedAt ?? this.createdAt, 0, LAST_MOMENT, 'ms');
  }

  /** The keys. They show themselves in no log; their octets do. */
  get keys(): PairedKeys {
    return this.#keys;
  }

  /** A copy with some things changed. */
  with(change: BondChange): Bond {
    return new Bond({ ...this, keys: this.#keys, ...change });
  }

  /** All but the keys, of which it says which there are. */
  toJSON(): unknown {
    const { identity, level, name, server, client, signCounters, createdAt, lastUsedAt } = this;
    const keys = this.#keys;
    return {
      identity,
      level,
      ...(name === undefined ? {} : { name }),
      keys: { own: Object.keys(keys.own), peer: Object.keys(keys.peer) },
      configurations: Object.fromEntries(server.configurations),
      cached: client.cache !== undefined,
      signCounters,
      createdAt,
      lastUsedAt,
    };
  }

  /** For `console.log` and the like. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    const name = this.name === undefined ? '' : ` ${JSON.stringify(this.name)}`;
    return `Bond { ${this.identity}${name}, level ${this.level} }`;
  }
}

function checkKeys(keys: PairedKeys): PairedKeys {
  for (const side of ['own', 'peer'] as const) {
    const { encryption, identity, signing } = keys[side];
    if (encryption) {
      checkBytes(`keys.${side}.encryption.ltk`, redacted(encryption.ltk), 16, 16);
      checkBytes(`keys.${side}.encryption.rand`, encryption.rand, 8, 8);
      checkInteger(`keys.${side}.encryption.ediv`, encryption.ediv, 0, 0xffff);
      checkInteger(`keys.${side}.encryption.keySize`, encryption.keySize, 7, 16);
      checkFlag(`keys.${side}.encryption.authenticated`, encryption.authenticated);
      checkFlag(`keys.${side}.encryption.secureConnections`, encryption.secureConnections);
    }
    if (identity) {
      checkBytes(`keys.${side}.identity.irk`, redacted(identity.irk), 16, 16);
      checkIdentity(`keys.${side}.identity`, identity.address);
    }
    if (signing) {
      checkBytes(`keys.${side}.signing.csrk`, redacted(signing.csrk), 16, 16);
      checkFlag(`keys.${side}.signing.authenticated`, signing.authenticated);
    }
  }
  return keys;
}

function checkIdentity(what: string, address: Address): void {
  if (address.isRandom && randomAddressKind(address.bd) !== 'static') {
    throw new RangeError(
      `${what}: ${address} is no identity address; a public or a static random one is needed`,
    );
  }
}

function checkFlag(option: string, value: unknown): void {
  checkOneOf(option, value, [true, false]);
}

/** What an error may show of something that should have been a key. */
function redacted(value: unknown): unknown {
  return value instanceof Uint8Array ? value : typeof value;
}
