import * as z from 'zod/mini';
import { Address, randomAddressKind } from '../../core/address.js';
import { fromHex } from '../../core/hex.js';
import { checkNames, JsonSyntaxError, jsonPlace, parseJson } from '../../core/json-lines.js';
import type { SecurityLevelCode } from '../../core/security.js';
import { FEATURES_LIMIT } from '../../gatt/server/client-state.js';
import type { DistributedKeys } from '../../smp/keys.js';
import { Bond, LAST_MOMENT, NAME_LIMIT } from './bond.js';
import { BondStoreError, TAG_LIMIT } from './bond-store.js';
import { type BondRecord, type BondsRecord, checksumOf, FORMAT, type KeysRecord, VERSION } from './record.js';

// Compiling validators with `new Function` is forbidden under many pages' content security policies.
z.config({ jitless: true });

// No message shows what stands in the file: it may be a key.
const integer = (low: number, high: number) => {
  const wanted = `a whole number from ${low} to ${high} is wanted`;
  return z.int(wanted).check(z.gte(low, wanted), z.lte(high, wanted));
};
const flag = z.boolean('true or false is wanted');
const octets = (low: number, high = low) => {
  const wanted = `${low === high ? low : `${low} to ${high}`} octets in hexadecimal are wanted`;
  return z
    .string(wanted)
    .check(
      z.regex(/^([0-9a-fA-F]{2})*$/, wanted),
      z.minLength(2 * low, wanted),
      z.maxLength(2 * high, wanted),
    );
};
const addressText = (what: string, permitted: (address: Address) => boolean) =>
  z.string(`${what} is wanted`).check(
    z.refine((text: string) => {
      try {
        return /\/(public|random)$/.test(text) && permitted(Address.parse(text));
      } catch {
        return false;
      }
    }, `${what} is wanted: C0:DE:C0:00:00:01/random`),
  );
const identityAddress = addressText(
  'an identity address, public or static random,',
  (address) => !address.isRandom || randomAddressKind(address.bd) === 'static',
);

const keys = z.strictObject({
  encryption: z.exactOptional(
    z.strictObject({
      ltk: octets(16),
      ediv: integer(0, 0xffff),
      rand: octets(8),
      keySize: integer(7, 16),
      authenticated: flag,
      secureConnections: flag,
    }),
  ),
  identity: z.exactOptional(z.strictObject({ irk: octets(16), address: identityAddress })),
  signing: z.exactOptional(z.strictObject({ csrk: octets(16), authenticated: flag })),
});

const counter = integer(0, 2 ** 32);
const moment = z
  .number('milliseconds since 1970 are wanted')
  .check(
    z.gte(0, 'milliseconds since 1970 are wanted'),
    z.lte(LAST_MOMENT, 'milliseconds since 1970 are wanted'),
  );

const bond: z.ZodMiniType<BondRecord> = z.strictObject({
  identity: identityAddress,
  name: z.exactOptional(
    z
      .string('text is wanted')
      .check(
        z.refine(
          (name: string) => new TextEncoder().encode(name).length <= NAME_LIMIT,
          `up to ${NAME_LIMIT} octets are permitted`,
        ),
      ),
  ),
  level: z.literal([1, 2, 3, 4], 'a level from 1 to 4 is wanted'),
  createdAt: moment,
  lastUsedAt: moment,
  keys: z.strictObject({ own: keys, peer: keys }),
  signCounters: z.strictObject({ own: counter, peer: counter }),
  server: z.strictObject({
    configurations: z.record(
      z.string().check(z.regex(/^[1-9][0-9]{0,4}$/, 'the handle of a descriptor is wanted')),
      integer(0, 0xffff),
    ),
    clientSupportedFeatures: octets(0, FEATURES_LIMIT),
    databaseHash: z.exactOptional(octets(16)),
  }),
  client: z.strictObject({
    databaseHash: z.exactOptional(octets(16)),
    cache: z.exactOptional(z.json()),
  }),
}) as unknown as z.ZodMiniType<BondRecord>;

const file: z.ZodMiniType<BondsRecord> = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal([1, VERSION], `1 or ${VERSION} is wanted`),
  checksum: z.exactOptional(
    z.string('text is wanted').check(z.regex(/^[0-9a-f]{8}$/, 'eight hexadecimal digits are wanted')),
  ),
  locals: z.array(
    z.strictObject({
      address: identityAddress,
      irk: z.exactOptional(octets(16)),
      tag: z.exactOptional(octets(0, TAG_LIMIT)),
      bonds: z.array(bond, 'a list of bonds is wanted'),
    }),
    'a list is wanted',
  ),
});

/** One local identity of a file. */
export interface ParsedLocal {
  readonly address: Address;
  readonly irk?: Uint8Array;
  readonly bonds: readonly Bond[];
}

/**
 * Reads and checks the text of a file of bonds.
 * @param name what messages call it
 * @throws {BondStoreError} `BONDS_DAMAGED` with the line, or `BONDS_NEWER`
 */
export function parseBonds(text: string, name: string): BondsRecord {
  const content = parsed(text, name);
  checkHead(content, name);
  const result = z.safeParse(file, content);
  if (!result.success) throw damaged(text, name, result.error.issues[0]!);
  checkDoubles(text, name, result.data);
  checkSum(text, name, content as BondsRecord);
  // Who changed it by hand, and took the checksum out, may have put something in beside what was there.
  if (result.data.checksum === undefined) withLine(name, () => checkNames(text));
  return result.data;
}

/** The same for the text of an export, which has to have keys. */
export function parseExport(text: string): Bond[] {
  const name = 'the export';
  const content = parsed(text, name);
  checkHead(content, name);
  if ((content as { keys?: unknown }).keys === false) {
    throw new BondStoreError(`${name} was made without keys: there is nothing to take over`, 'BONDS_DAMAGED');
  }
  const { locals } = parseBonds(text, name);
  checkPeersOnce(text, name, locals);
  return locals.flatMap(({ bonds }) => bonds.map(bondOf));
}

/** The same for the text of one bond. */
export function parseBond(text: string): Bond {
  const name = 'the bond';
  const result = z.safeParse(bond, parsed(text, name));
  if (!result.success) throw damaged(text, name, result.error.issues[0]!);
  withLine(name, () => checkNames(text));
  return bondOf(result.data);
}

/** A bond as memory has it. */
export function bondOf(record: BondRecord): Bond {
  const { identity, level, keys: both, server, client, ...rest } = record;
  return new Bond({
    ...rest,
    identity: Address.parse(identity),
    level: level as SecurityLevelCode,
    keys: { own: keysOf(both.own), peer: keysOf(both.peer) },
    server: {
      configurations: new Map(
        Object.entries(server.configurations).map(([handle, value]) => [Number(handle), value]),
      ),
      clientSupportedFeatures: fromHex(server.clientSupportedFeatures),
      ...(server.databaseHash === undefined ? {} : { databaseHash: fromHex(server.databaseHash) }),
    },
    client: {
      ...(client.databaseHash === undefined ? {} : { databaseHash: fromHex(client.databaseHash) }),
      ...(client.cache === undefined ? {} : { cache: client.cache }),
    },
  });
}

function keysOf({ encryption, identity, signing }: KeysRecord): DistributedKeys {
  return {
    ...(encryption
      ? { encryption: { ...encryption, ltk: fromHex(encryption.ltk), rand: fromHex(encryption.rand) } }
      : {}),
    ...(identity
      ? { identity: { irk: fromHex(identity.irk), address: Address.parse(identity.address) } }
      : {}),
    ...(signing ? { signing: { ...signing, csrk: fromHex(signing.csrk) } } : {}),
  };
}

function parsed(text: string, name: string): unknown {
  return withLine(name, () => parseJson(text));
}

function withLine<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new BondStoreError(`${name}: line ${error.line}: ${error.message}`, 'BONDS_DAMAGED');
  }
}

/** Whether it is such a file at all, and of a version that this program knows. */
function checkHead(content: unknown, name: string): void {
  const { format, version } = (content ?? {}) as { format?: unknown; version?: unknown };
  if (format !== FORMAT) {
    throw new BondStoreError(
      `${name}: line 1: this is no file of bonds: "format": "${FORMAT}" is missing`,
      'BONDS_DAMAGED',
    );
  }
  if (typeof version === 'number' && Number.isInteger(version) && version > VERSION) {
    throw new BondStoreError(
      `${name} has version ${version}; this program knows up to ${VERSION}. It is left as it is: use a newer bluewire, or another file`,
      'BONDS_NEWER',
    );
  }
}

/** No local identity and no peer may be there twice: one of the two would be lost. */
function checkDoubles(text: string, name: string, { locals }: BondsRecord): void {
  const seen = new Set<string>();
  const note = (key: string, path: readonly PropertyKey[]) => {
    if (seen.has(key)) throw damaged(text, name, { path, message: 'it is there twice' });
    seen.add(key);
  };
  // An address may be written in several ways.
  for (const [i, { address, bonds }] of locals.entries()) {
    const local = `${Address.parse(address)}`;
    note(local, ['locals', i, 'address']);
    for (const [j, { identity }] of bonds.entries())
      note(`${local} ${Address.parse(identity)}`, ['locals', i, 'bonds', j, 'identity']);
  }
}

/** A device takes the bonds of all own addresses over; of two with the same peer it would keep one, whichever. */
function checkPeersOnce(text: string, name: string, locals: BondsRecord['locals']): void {
  const peers = new Set<string>();
  for (const [i, { bonds }] of locals.entries()) {
    for (const [j, { identity }] of bonds.entries()) {
      const peer = `${Address.parse(identity)}`;
      const path = ['locals', i, 'bonds', j, 'identity'];
      const message =
        'two own addresses have a bond with this peer; bluewire bonds export --local exports those of one';
      if (peers.has(peer)) throw damaged(text, name, { path, message });
      peers.add(peer);
    }
  }
}

/** What is damaged may look sound all the same: another digit of a key. */
function checkSum(text: string, name: string, { checksum, locals }: BondsRecord): void {
  if (checksum === undefined || checksum === checksumOf(locals)) return;
  const message =
    'what follows is not what was written: the file was damaged, or changed by hand; whoever did that takes this line out';
  throw damaged(text, name, { path: ['checksum'], message });
}

type Issue = {
  readonly path: readonly PropertyKey[];
  readonly message: string;

  readonly code?: string;
  readonly keys?: string[];
};

function damaged(text: string, name: string, issue: Issue): BondStoreError {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys?.[0] : undefined;
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  const message = unknown === undefined ? issue.message : 'there is no such field';
  return new BondStoreError(
    `${name}: line ${jsonPlace(text, path).line}: ${path.map(String).join('.')}: ${message}`,
    'BONDS_DAMAGED',
  );
}
