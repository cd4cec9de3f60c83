import type { Address } from '../../core/address.js';
import { crc32 } from '../../core/crc32.js';
import { toHex } from '../../core/hex.js';
import type { DistributedKeys } from '../../smp/keys.js';
import type { Bond, JsonValue } from './bond.js';

/** What the first field of every file and export says. */
export const FORMAT = 'bluewire bonds';
/** The version that is written: one up whenever an older program would take it wrongly. Version 1 has no checksum and no tags. */
export const VERSION = 2;

/** Keys as they stand in a file. */
export interface KeysRecord {
  readonly encryption?: {
    readonly ltk: string;
    readonly ediv: number;
    readonly rand: string;
    readonly keySize: number;
    readonly authenticated: boolean;
    readonly secureConnections: boolean;
  };
  readonly identity?: { readonly irk: string; readonly address: string };
  readonly signing?: { readonly csrk: string; readonly authenticated: boolean };
}

/** A bond as it stands in a file: octets in hexadecimal, in the order in which they are sent. */
export interface BondRecord {
  readonly identity: string;
  readonly name?: string;
  readonly level: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly keys: { readonly own: KeysRecord; readonly peer: KeysRecord };
  readonly signCounters: { readonly own: number; readonly peer: number };
  readonly server: {
    readonly configurations: Readonly<Record<string, number>>;
    readonly clientSupportedFeatures: string;
    readonly databaseHash?: string;
  };
  readonly client: { readonly databaseHash?: string; readonly cache?: JsonValue };
}

/** What a file has of one local identity. */
export interface LocalRecord {
  readonly address: string;
  readonly irk?: string;
  /** What the program keeps beside the bonds. */
  readonly tag?: string;
  readonly bonds: readonly BondRecord[];
}

/** A whole file. */
export interface BondsRecord {
  readonly format: typeof FORMAT;
  readonly version: number;
  /** {@link checksumOf} what follows; it may be taken out by who changes a file by hand. */
  readonly checksum?: string;
  readonly locals: readonly LocalRecord[];
}

/** A whole file with this in it. */
export function bondsRecord(locals: readonly LocalRecord[]): BondsRecord {
  return { format: FORMAT, version: VERSION, checksum: checksumOf(locals), locals };
}

/** A CRC-32 over the content, however it is laid out: eight hexadecimal digits. */
export function checksumOf(locals: unknown): string {
  return crc32(new TextEncoder().encode(JSON.stringify(locals)))
    .toString(16)
    .padStart(8, '0');
}

/** A bond as a file has it. */
export function bondRecord(bond: Bond): BondRecord {
  const { identity, name, level, createdAt, lastUsedAt, keys, signCounters, server, client } = bond;
  const { configurations, clientSupportedFeatures, databaseHash } = server;
  return {
    identity: identity.toString(),
    ...(name === undefined ? {} : { name }),
    level,
    createdAt,
    lastUsedAt,
    keys: { own: keysRecord(keys.own), peer: keysRecord(keys.peer) },
    signCounters: { own: signCounters.own, peer: signCounters.peer },
    server: {
      configurations: Object.fromEntries(configurations),
      clientSupportedFeatures: toHex(clientSupportedFeatures),
      ...(databaseHash ? { databaseHash: toHex(databaseHash) } : {}),
    },
    client: {
      ...(client.databaseHash ? { databaseHash: toHex(client.databaseHash) } : {}),
      ...(client.cache === undefined ? {} : { cache: client.cache }),
    },
  };
}

/** Bonds as they are exported: as a file has them, or, without the keys, as {@link Bond} is made to JSON. */
export function exported(
  locals: readonly { readonly local: Address; readonly bonds: readonly Bond[] }[],
  keys: boolean,
): object {
  const records = locals.map(({ local, bonds }) => ({
    address: local.toString(),
    bonds: keys ? bonds.map(bondRecord) : bonds,
  }));
  if (!keys) return { format: FORMAT, version: VERSION, keys: false, locals: records };
  return bondsRecord(records as LocalRecord[]);
}

function keysRecord({ encryption, identity, signing }: DistributedKeys): KeysRecord {
  return {
    ...(encryption
      ? {
          encryption: {
            ltk: toHex(encryption.ltk),
            ediv: encryption.ediv,
            rand: toHex(encryption.rand),
            keySize: encryption.keySize,
            authenticated: encryption.authenticated,
            secureConnections: encryption.secureConnections,
          },
        }
      : {}),
    ...(identity ? { identity: { irk: toHex(identity.irk), address: identity.address.toString() } } : {}),
    ...(signing ? { signing: { csrk: toHex(signing.csrk), authenticated: signing.authenticated } } : {}),
  };
}
