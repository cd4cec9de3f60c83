import { decode } from '../decode/index.js';
import { PacketType } from '../hci/packet-type.js';
import type { DivergenceKind } from './kinds.js';
import type { Match } from './matching.js';
import type { DivergenceUse } from './report.js';

/** The permitted divergences of a replay, each use written down. */
export class Ledger {
  readonly uses: DivergenceUse[] = [];
  private readonly permitted: ReadonlySet<DivergenceKind>;

  constructor(permitted: ReadonlySet<DivergenceKind>) {
    this.permitted = permitted;
  }

  /** Notes a use where the kind is permitted; says whether it is. */
  permits(kind: DivergenceKind, frame: number | undefined, what: string): boolean {
    if (!this.permitted.has(kind)) return false;
    this.uses.push({ kind, frame, what });
    return true;
  }

  /** Notes what a match permitted. */
  match({ uses }: Match, frame: number): void {
    for (const { kind, what } of uses) this.uses.push({ kind, frame, what });
  }

  /** Notes values that are new, and were to be accepted. */
  changed({ divergent, got }: Match, frame: number): void {
    const values = `${divergent?.expected?.text ?? '—'} → ${divergent?.got?.text ?? '—'}`;
    this.uses.push({ kind: 'new behaviour', frame, what: `${got.name} ${divergent?.label} ${values}` });
  }
}

/** The name of an event, for what is written down. */
export function eventName(event: Uint8Array): string {
  return decode(PacketType.event, event).name;
}
