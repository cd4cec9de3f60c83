import { Decoder, type ReadablePacket } from '../decode/index.js';
import type { CapturedPacket } from './script.js';

/** How many packets of the capture are shown before and behind the one in question. */
const BEFORE = 5;
const BEHIND = 3;

/**
 * The packets around one of the capture, as lines with their numbers; between them what the host sent in its place.
 * @param frame the number of the packet that was due; without, the capture was at its end
 */
export function surroundings(
  packets: readonly CapturedPacket[],
  frame: number | undefined,
  got: ReadablePacket | undefined,
): string[] {
  const due = frame === undefined ? packets.length : packets.findIndex((packet) => packet.frame === frame);
  const decoder = new Decoder();
  const lines: string[] = [];
  for (const [index, { sent, type, bytes, frame: number }] of packets.entries()) {
    if (index > due + BEHIND) break;
    const { line } = decoder.decode(sent, type, bytes);
    if (index < due - BEFORE) continue;
    lines.push(`${String(number).padStart(6)} ${sent ? '>' : '<'} ${line}${index === due ? '   ← due' : ''}`);
    if (index === due && got) lines.push(`       ! ${got.line}   ← came`);
  }
  if (due === packets.length && got) lines.push(`       ! ${got.line}   ← came`);
  return lines;
}
