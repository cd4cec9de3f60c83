import type { DivergenceKind } from './kinds.js';

/** One use of a permitted divergence. */
export interface DivergenceUse {
  readonly kind: DivergenceKind;
  /** The packet of the capture that it is about, counted from 1; `undefined` where the capture has none. */
  readonly frame: number | undefined;
  /** What it was: `LE_Set_Data_Length Tx_Octets 27 → 251`. */
  readonly what: string;
}

/** What came of a replay. */
export class ReplayReport {
  /** Every use of a permitted divergence, in the order of their happening. */
  readonly uses: readonly DivergenceUse[];
  /** Packets of the host that were compared and found to be as in the capture. */
  readonly compared: number;
  /** Packets that the host was given. */
  readonly given: number;
  /** Whether the capture was played to its end. */
  readonly complete: boolean;
  /** How long it took by the clock of the replay, in milliseconds. */
  readonly simulatedMs: number;

  /** @internal Made by a replay. */
  constructor(init: Pick<ReplayReport, 'uses' | 'compared' | 'given' | 'complete' | 'simulatedMs'>) {
    this.uses = init.uses;
    this.compared = init.compared;
    this.given = init.given;
    this.complete = init.complete;
    this.simulatedMs = init.simulatedMs;
  }

  /** The kinds of divergence that were used, sorted. */
  get kinds(): readonly DivergenceKind[] {
    return [...new Set(this.uses.map(({ kind }) => kind))].sort();
  }

  /** The uses of one kind. */
  of(kind: DivergenceKind): readonly DivergenceUse[] {
    return this.uses.filter((use) => use.kind === kind);
  }

  /** All uses for a reader: a line a kind and what it was, with the frames. */
  toString(): string {
    const seconds = (this.simulatedMs / 1000).toFixed(3);
    const end = this.complete ? 'to its end' : 'in part';
    const head = `played ${end}: ${this.compared} packets of the host as captured, ${this.given} given to it, ${seconds} s simulated`;
    const lines = this.kinds.flatMap((kind) => {
      const uses = this.of(kind);
      const frames = new Map<string, (number | undefined)[]>();
      for (const { what, frame } of uses) frames.set(what, [...(frames.get(what) ?? []), frame]);
      const listed = [...frames].map(([what, at]) => `    ${what}${placed(at)}`);
      return [`  ${kind} (${uses.length}):`, ...listed];
    });
    return [head, ...lines].join('\n');
  }
}

/** ` @3 @5`, and of what has no frame how often it was. */
function placed(frames: readonly (number | undefined)[]): string {
  const known = ranges(frames.filter((frame) => frame !== undefined));
  const others = frames.filter((frame) => frame === undefined).length;
  return `${known.map((range) => ` @${range}`).join('')}${others > 1 ? ` ×${others}` : ''}`;
}

/** Frames next to one another as a range: `12-15`. */
function ranges(frames: readonly number[]): string[] {
  const found: [number, number][] = [];
  for (const frame of frames) {
    const last = found.at(-1);
    if (last && frame === last[1] + 1) last[1] = frame;
    else found.push([frame, frame]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`));
}
