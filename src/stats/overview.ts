import type { Silence, Traffic } from './statistics.js';

const LONGEST = 10;

/** The longest times without a packet. */
export class Silences {
  private readonly list: Silence[] = [];

  packet(before: number, at: number): void {
    const seconds = at - before;
    const { list } = this;
    if (seconds < 1 || (list.length === LONGEST && seconds <= list[LONGEST - 1]!.seconds)) return;
    list.push({ from: before, seconds });
    list.sort((a, b) => b.seconds - a.seconds || a.from - b.from);
    if (list.length > LONGEST) list.pop();
  }

  get longest(): readonly Silence[] {
    return [...this.list];
  }
}

/** @param amounts packets and octets of what was sent, then of what was received, for each kind */
export function trafficOf(kinds: readonly string[], amounts: ArrayLike<number>): readonly Traffic[] {
  return kinds.map((kind, i) => ({
    kind,
    sent: { packets: amounts[4 * i]!, octets: amounts[4 * i + 1]! },
    received: { packets: amounts[4 * i + 2]!, octets: amounts[4 * i + 3]! },
  }));
}

/** What was left out, as sentences, by how much of what. */
export function leftOutSentences(counts: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `left out: ${count} ${what}`);
}
