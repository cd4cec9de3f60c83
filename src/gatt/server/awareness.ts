import { type ChangedRange, type ChangeHistory, EVERYTHING } from './history.js';

/** What a client knew before this program began. */
const UNKNOWN = -1;

/**
 * Whether a client knows the database as it is, which makes it change-aware: Core Vol 3, Part G, 2.5.2.1. It begins so;
 * what a bond says is set with {@link restore}.
 */
export class Awareness {
  private readonly changes: ChangeHistory;
  /** Called when the client has come to know another revision. */
  private readonly became: () => void;
  private known: number;
  private hashReadAt: number | undefined;

  constructor(changes: ChangeHistory, became: () => void) {
    this.changes = changes;
    this.became = became;
    this.known = changes.revision;
  }

  /** Whether the client is change-aware. */
  get isAware(): boolean {
    return this.known === this.changes.revision;
  }

  /** The revision that the database is at. */
  get revision(): number {
    return this.changes.revision;
  }

  /** The handles that changed since the client knew them; `undefined` when it is change-aware. */
  get unknown(): ChangedRange | undefined {
    return this.known === UNKNOWN ? EVERYTHING : this.changes.since(this.known);
  }

  /** What the client knew is known no more: until {@link restore} it counts as change-unaware. */
  forget(): void {
    this.known = UNKNOWN;
  }

  /** The client knew the database at a revision; `undefined`: at none of this program's. */
  restore(revision: number | undefined): void {
    this.known = revision ?? UNKNOWN;
  }

  /** The client knows a revision now. */
  knows(revision: number): void {
    if (revision <= this.known) return;
    this.known = revision;
    this.became();
  }

  /** The client is given the Database Hash of a revision: with its next request it knows that one. */
  hashRead(revision: number): void {
    this.hashReadAt = revision;
  }

  /** A request came: after the hash, or after Database Out Of Sync for `toldAt`, it makes a client change-aware. */
  requested(toldAt: number | undefined): void {
    const { revision } = this.changes;
    if (this.hashReadAt === revision || toldAt === revision) this.knows(revision);
  }
}
