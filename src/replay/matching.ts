import { u16At } from '../core/bytes.js';
import { decode, findField, type ReadableField, type ReadablePacket } from '../decode/index.js';
import { PacketType } from '../hci/packet-type.js';
import { type FieldDifference, fieldDifferences } from './divergence.js';
import { asOnePacket, type HostFrame } from './frames.js';
import type { DivergenceKind } from './kinds.js';
import { commandAs } from './legacy.js';
import { isZeroedKey, ownChoice } from './policy.js';
import type { Exchange } from './script.js';

/** How a packet of the host compares with the one that the capture has. */
export interface Match {
  readonly expected: ReadablePacket;
  readonly got: ReadablePacket;
  /** The first field that differs and may not; `undefined` when the host may go on. */
  readonly divergent: FieldDifference | undefined;
  /** What differs and may. */
  readonly uses: readonly { readonly kind: DivergenceKind; readonly what: string }[];
}

/** Compares packets, and permits what a replay permits. */
export class Matcher {
  private readonly permitted: ReadonlySet<DivergenceKind>;

  constructor(permitted: ReadonlySet<DivergenceKind>) {
    this.permitted = permitted;
  }

  /** Whether a captured command is the host's, or has an equivalent of the host's opcode that may stand for it. */
  expectedCommand(exchange: Exchange, opcode: number): Uint8Array | undefined {
    if (exchange.opcode === opcode) return exchange.command.bytes;
    return this.permitted.has('legacy for extended') ? commandAs(exchange.command.bytes, opcode) : undefined;
  }

  /** A command of the host beside the captured one, or what stands for that. */
  command(expected: Uint8Array, got: Uint8Array, exchange: Exchange): Match {
    return this.compare(PacketType.command, expected, got, (difference, left, right) =>
      ownChoice(difference, left, right, exchange),
    );
  }

  /** An L2CAP frame of the host beside the captured one, whatever fragments they went in. */
  frame(expected: HostFrame, got: HostFrame): Match {
    const [left, right] = [expected, got].map(({ handle, octets }) => asOnePacket(handle, octets)) as [
      Uint8Array,
      Uint8Array,
    ];
    const match = this.compare(PacketType.acl, left, right, ({ path }) => {
      if (path === 'data.signalling.identifier' && isRequest(expected.octets)) return 'identifier';
      return meaningless.has(path) && refuses(expected.octets) && refuses(got.octets)
        ? 'own parameter'
        : undefined;
    });
    if (match.divergent?.path === 'data')
      return { ...match, divergent: headerDifference(expected, got, match) };
    if (match.divergent || expected.fragments.join() === got.fragments.join()) return match;
    const [theirs, ours] = [expected, got].map(({ fragments }) => fragments.join(' + ')) as [string, string];
    if (!this.permitted.has('fragmentation'))
      return { ...match, divergent: fragmentation(match, theirs, ours) };
    const what = `${match.got.name}: ${theirs} octets → ${ours}`;
    return { ...match, uses: [...match.uses, { kind: 'fragmentation', what }] };
  }

  /** Any packet, octet for octet. */
  packet(type: number, expected: Uint8Array, got: Uint8Array): Match {
    return this.compare(type, expected, got, () => undefined);
  }

  private compare(
    type: number,
    expectedOctets: Uint8Array,
    gotOctets: Uint8Array,
    kindOf: (
      difference: FieldDifference,
      expected: ReadablePacket,
      got: ReadablePacket,
    ) => DivergenceKind | undefined,
  ): Match {
    if (isEqual(expectedOctets, gotOctets)) return same(type, expectedOctets);
    const [expected, got] = [decode(type, expectedOctets), decode(type, gotOctets)];
    const uses: { kind: DivergenceKind; what: string }[] = [];
    let divergent: FieldDifference | undefined;
    for (const difference of fieldDifferences(expected, got)) {
      const kind = isZeroedKey(difference) ? 'zeroed key' : kindOf(difference, expected, got);
      if (kind === undefined || !this.permitted.has(kind)) {
        divergent ??= difference;
        continue;
      }
      const values = `${brief(difference.expected)} → ${brief(difference.got)}`;
      uses.push({ kind, what: `${expected.name} ${difference.label} ${values}` });
    }
    return { expected, got, divergent, uses };
  }
}

/** Nearly all packets are the same, and nobody looks at them then. */
function same(type: number, octets: Uint8Array): Match {
  let decoded: ReadablePacket | undefined;
  const look = () => {
    decoded ??= decode(type, octets);
    return decoded;
  };
  return {
    get expected() {
      return look();
    },
    get got() {
      return look();
    },
    divergent: undefined,
    uses: [],
  };
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, i) => octet === other[i]);
}

const SIGNALLING = 5;
/** What a response that refuses every channel has and nobody looks at: Core Vol 3, Part A, 4.23. */
const meaningless: ReadonlySet<string> = /* @__PURE__ */ new Set(
  ['mtu', 'mps', 'initialCredits'].map((field) => `data.signalling.${field}`),
);

/** Whether an L2CAP frame is an LE Credit Based Connection Response that refuses the channel. */
function refuses(octets: Uint8Array): boolean {
  return (
    octets.length === 18 && u16At(octets, 2) === SIGNALLING && octets[4] === 0x15 && u16At(octets, 16) !== 0
  );
}

/** Signalling commands whose identifier their sender chooses: Core Vol 3, Part A, 4. */
const requests: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([
  0x06, 0x12, 0x14, 0x16, 0x17, 0x19,
]);

/** Whether an L2CAP frame is a signalling request. */
export function isRequest(frame: Uint8Array): boolean {
  return frame[2] === SIGNALLING && frame[3] === 0 && requests.has(frame[4]);
}

/** What differs in a frame that is none: its length, else the frame as a whole. */
function headerDifference(
  expected: HostFrame,
  got: HostFrame,
  { divergent, ...match }: Match,
): FieldDifference {
  const field = findField(match.expected.fields, 'data', 'pduLength');
  if (!field || got.octets.length < 2 || isEqual(expected.octets.subarray(0, 2), got.octets.subarray(0, 2))) {
    return divergent!;
  }
  const value = u16At(got.octets, 0);
  const said = { ...field, value, text: `${value}, with ${got.octets.length - 4} octets` };
  return { kind: 'value', path: 'data.pduLength', label: field.label, expected: field, got: said };
}

/** Other fragments as a difference: of their lengths. */
function fragmentation({ expected, got }: Match, theirs: string, ours: string): FieldDifference {
  const path = 'dataLength';
  const [left, right] = [findField(expected.fields, path)!, findField(got.fields, path)!];
  const fields = { expected: { ...left, text: theirs }, got: { ...right, text: ours } };
  return { kind: 'value', path, label: left.label, ...fields };
}

/** The beginning of a field's text. */
function brief(field: ReadableField | undefined): string {
  const text = field?.text ?? '—';
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
