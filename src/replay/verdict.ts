import { decode, type ReadablePacket } from '../decode/index.js';
import { PacketType } from '../hci/packet-type.js';
import { type FieldDifference, fieldDifferences } from './divergence.js';
import { asOnePacket, type HostFrame } from './frames.js';
import { ReplayError } from './replay-error.js';
import type { CapturedPacket, ScriptItem } from './script.js';
import { surroundings } from './surroundings.js';

/** What a verdict is about. */
export interface Finding {
  /** What was due; `undefined` where nothing was. */
  readonly due: ScriptItem | undefined;
  /** How it looks, where that is not as in the capture. */
  readonly expected?: ReadablePacket | undefined;
  /** What came; `undefined` where nothing did. */
  readonly got: ReadablePacket | undefined;
  /** The field that differs; found out where it is not given. */
  readonly difference?: FieldDifference | undefined;
  readonly reason?: string | undefined;
}

/** Says what a host did wrongly, with everything around it. */
export function verdict(name: string, packets: readonly CapturedPacket[], finding: Finding): ReplayError {
  const { due, got } = finding;
  const expected = finding.expected ?? (due && readable(due));
  const isBoth = expected !== undefined && got !== undefined;
  const difference = finding.difference ?? (isBoth ? fieldDifferences(expected, got)[0] : undefined);
  const frame = due?.packet.frame;
  const around = surroundings(packets, frame, got);
  const reason = finding.reason ?? reasonOf(expected, got);
  return new ReplayError(name, { frame, path: difference?.path, difference, expected, got, reason, around });
}

function reasonOf(expected: ReadablePacket | undefined, got: ReadablePacket | undefined): string {
  if (!expected) return `the host sent ${got?.name}, and the capture has nothing more of that kind`;
  if (!got) return `the host did not send ${expected.name}`;
  const isSame = expected.name === got.name;
  return isSame ? `the host sent another ${got.name}` : `the host sent ${got.name}, ${expected.name} is due`;
}

/** An item as a reader sees it: a frame of the host in one packet, whatever fragments it went in. */
export function readable({ packet, ...item }: ScriptItem): ReadablePacket {
  if (item.of === 'frame') return readableFrame(item.frame);
  return decode(packet.type, packet.bytes);
}

/** An L2CAP frame as a reader sees it. */
export function readableFrame({ handle, octets }: Pick<HostFrame, 'handle' | 'octets'>): ReadablePacket {
  return decode(PacketType.acl, asOnePacket(handle, octets));
}
