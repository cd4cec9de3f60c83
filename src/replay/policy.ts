/** What of a host is its own choice, as data: which commands have to come, and which fields may differ. */
import { findField, type ReadablePacket } from '../decode/index.js';
import type { FieldDifference } from './divergence.js';
import type { DivergenceKind } from './kinds.js';
import type { Exchange } from './script.js';

export const CREATE_CONNECTION_CANCEL = 0x200e;
const RESET = 0x0c03;
const CONNECTION_UPDATE = 0x2013;

/** Commands that do something on the air, or to a link: all others are a host's own affair (Core Vol 4, Part E, 7). */
const airCommands: ReadonlySet<number> = /* @__PURE__ */ new Set([
  RESET,
  0x0406, // Disconnect
  ...[0x2006, 0x2008, 0x2009, 0x200a], // legacy advertising
  ...[0x200b, 0x200c], // legacy scanning
  ...[0x200d, CREATE_CONNECTION_CANCEL], // legacy initiating
  ...[0x2019, 0x201a, 0x201b], // encryption
  ...[0x2020, 0x2021], // answers to the peer's wish for parameters
  ...[0x2036, 0x2037, 0x2038, 0x2039, 0x203c, 0x203d], // advertising sets
  ...[0x203e, 0x203f, 0x2040, 0x2044, 0x2045, 0x2046], // periodic advertising and its synchronisation
  ...[0x2041, 0x2042], // extended scanning
  ...[0x2043, 0x2085], // extended initiating
  ...[0x2062, 0x2064, 0x2065, 0x2066, 0x2067, 0x2068, 0x206a, 0x206b, 0x206c], // isochronous streams
]);

/** Whether a command has to come because it does something on the air. */
export function onAir(opcode: number, ownConnectionParameters: boolean): boolean {
  return airCommands.has(opcode) || (opcode === CONNECTION_UPDATE && !ownConnectionParameters);
}

/** Settings, and what makes them take effect: of several in a row the last one counts. */
const settings: ReadonlyMap<number, readonly number[]> = /* @__PURE__ */ new Map([
  [0x2006, [0x200a]],
  [0x2008, [0x200a]],
  [0x2009, [0x200a]],
  [0x200b, [0x200c]],
  [0x2041, [0x2042]],
]);

/** Whether a setting was replaced before it took effect, or never did: nothing on the air shows that it was made. */
export function isSuperseded(exchange: Exchange, all: readonly Exchange[]): boolean {
  const effect = settings.get(exchange.opcode);
  if (!effect) return false;
  const { frame } = exchange.command;
  const next = all.find(
    ({ opcode, command }) =>
      command.frame > frame && (opcode === exchange.opcode || opcode === RESET || effect.includes(opcode)),
  );
  return next === undefined || next.opcode === exchange.opcode;
}

/** A field in which a host may differ. */
interface OwnField {
  readonly kind: DivergenceKind;
  /** The opcodes of the commands that have it; without, all commands. */
  readonly opcodes?: readonly number[];
  readonly keys: readonly string[];
  /** Under which condition. */
  readonly when?: (expected: ReadablePacket, got: ReadablePacket, exchange: Exchange | undefined) => boolean;
}

const ownFields: readonly OwnField[] = [
  { kind: 'own address', keys: ['ownAddressType'] },
  { kind: 'own address', opcodes: [0x2005], keys: ['randomAddress'] },
  // What a host wants to be told of is its own affair.
  {
    kind: 'own parameter',
    opcodes: [0x0c01, 0x0c63, 0x2001],
    keys: ['eventMask', 'eventMaskPage2', 'leEventMask'],
  },
  { kind: 'own parameter', opcodes: [0x0c6d], keys: ['unused'] },
  // Suggestions, of which the controller makes what it can (7.8.33, 7.8.35).
  { kind: 'own parameter', opcodes: [0x2022], keys: ['txOctets', 'txTime'] },
  { kind: 'own parameter', opcodes: [0x2024], keys: ['suggestedMaxTxOctets', 'suggestedMaxTxTime'] },
  {
    kind: 'own parameter',
    opcodes: [0x0c33],
    keys: [
      'hostAclDataPacketLength',
      'hostSynchronousDataPacketLength',
      'hostTotalNumAclDataPackets',
      'hostTotalNumSynchronousDataPackets',
    ],
  },
  // For information only (7.8.12, 7.8.18, 7.8.66).
  {
    kind: 'own parameter',
    opcodes: [0x200d, 0x2043, CONNECTION_UPDATE],
    keys: ['minCeLength', 'maxCeLength'],
  },
  // Not looked at while scanning is turned off (7.8.11).
  {
    kind: 'own parameter',
    opcodes: [0x200c],
    keys: ['filterDuplicates'],
    when: (expected, got) => isZero(expected, 'leScanEnable') && isZero(got, 'leScanEnable'),
  },
  {
    kind: 'own parameter',
    opcodes: [0x2042],
    keys: ['filterDuplicates', 'duration', 'period'],
    when: (expected, got) => isZero(expected, 'enable') && isZero(got, 'enable'),
  },
  // Whether an address is said to be an identity (2, 3) is a matter of who resolves private ones: controller or host.
  {
    kind: 'own parameter',
    opcodes: [0x200d, 0x2043],
    keys: ['peerAddressType'],
    when: (expected, got) => isOfOneKind(expected, got, 'peerAddressType'),
  },
  {
    kind: 'connection parameters',
    opcodes: [0x200d, 0x2043, CONNECTION_UPDATE],
    keys: ['connectionIntervalMin', 'connectionIntervalMax', 'maxLatency', 'supervisionTimeout'],
  },
  {
    kind: 'direct connection',
    opcodes: [0x200d, 0x2043],
    keys: ['initiatorFilterPolicy', 'peerAddressType', 'peerAddress'],
    when: (expected, got, exchange) =>
      !isZero(expected, 'initiatorFilterPolicy') &&
      isZero(got, 'initiatorFilterPolicy') &&
      isOf(got, exchange),
  },
];

function isZero({ fields }: ReadablePacket, key: string): boolean {
  return findField(fields, key)?.value === 0;
}

/** Whether two types of addresses are both public, or both random: 0 and 2, 1 and 3. */
function isOfOneKind(expected: ReadablePacket, got: ReadablePacket, key: string): boolean {
  const [left, right] = [expected, got].map(({ fields }) => findField(fields, key)?.value);
  return typeof left === 'number' && typeof right === 'number' && ((left ^ right) & 1) === 0;
}

/** Whether the host connects to the peer with which the captured connection came about. */
function isOf({ fields }: ReadablePacket, exchange: Exchange | undefined): boolean {
  const bytes = exchange?.finish?.bytes;
  const wanted = findField(fields, 'peerAddress');
  if (!bytes || typeof wanted?.value !== 'string') return false;
  // LE Connection Complete and its enhanced versions have the peer's address at the same place (7.7.65.1, 7.7.65.10).
  const address = [...bytes.subarray(8, 14)].reverse().map((octet) => octet.toString(16).padStart(2, '0'));
  return bytes[3] === 0 && address.join(':').toUpperCase() === wanted.value;
}

/** The fields with keys of commands and SMP packets, which recorders zero. */
const keyFields: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'longTermKey',
  'peerIrk',
  'localIrk',
  'identityResolvingKey',
  'signatureKey',
]);

/** Whether a field is a key that the capture has as zeros. */
export function isZeroedKey({ kind, path, expected }: FieldDifference): boolean {
  return kind === 'value' && keyFields.has(leafOf(path)) && /^0+$/.test(expected?.text ?? '');
}

function leafOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1);
}

/** As what a host may differ in a field of a command; `undefined` where it may not. */
export function ownChoice(
  difference: FieldDifference,
  expected: ReadablePacket,
  got: ReadablePacket,
  exchange: Exchange | undefined,
): DivergenceKind | undefined {
  if (difference.kind !== 'value') return undefined;
  const opcode = findField(expected.fields, 'opcode')?.value;
  const key = leafOf(difference.path);
  const found = ownFields.find(
    ({ opcodes, keys, when }) =>
      keys.includes(key) &&
      (opcodes === undefined || opcodes.includes(opcode as number)) &&
      (when === undefined || when(expected, got, exchange)),
  );
  return found?.kind;
}
