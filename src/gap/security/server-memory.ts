import { equalBytes } from '../../core/hex.js';
import { messageOf } from '../../core/message-of.js';
import type { ServerClient, ServerClientState } from '../../gatt/index.js';
import type { Bond } from '../bonds/bond.js';
import type { Bonds } from '../bonds/bonds.js';

const NO_HASH = new Uint8Array();

/** What a {@link ServerMemoryKeeper} needs. */
export interface ServerMemoryParts {
  readonly bonds: Bonds;
  readonly report: (message: string) => void;
}

/**
 * Keeps with the bond what the server has of one link's client (Core Vol 3, Part G, 2.5.2 and 7.2), and gives it back on
 * the next link. Only while the link is encrypted: until then the client may be anybody who has the address.
 */
export class ServerMemoryKeeper {
  private readonly parts: ServerMemoryParts;
  private readonly client: ServerClient;
  private readonly bond: () => Bond | undefined;
  private open = false;

  /** @param bond the bond that the link is encrypted with; `undefined` while it is not */
  constructor(parts: ServerMemoryParts, client: ServerClient, bond: () => Bond | undefined) {
    this.parts = parts;
    this.client = client;
    this.bond = bond;
  }

  /** The link is encrypted with the key of the bond: the client has back what it had. */
  restore(): void {
    const bond = this.bond();
    if (!bond || this.open) return;
    this.open = true;
    this.client.restoreState(together(bond.server, this.client.state)).then(
      () => this.watch(),
      (error: unknown) => this.tell('what the server knew of it could not be given back', bond, error),
    );
  }

  /** There is a new bond: it begins with what the client has now. */
  begin(): void {
    if (this.open) this.keep(this.client.state);
    else this.watch();
    this.open = true;
  }

  /** Keeps what comes, and first what there is, as soon as the hash of the services is known. */
  private watch(): void {
    const { configurations, clientSupportedFeatures } = this.client.state;
    if (configurations.size > 0 || clientSupportedFeatures.length > 0) this.keep(this.client.state);
    this.client.onStateChange((state) => this.keep(state));
  }

  private keep(state: ServerClientState): void {
    const bond = this.bond();
    if (!bond || isSame(bond.server, state)) return;
    this.parts.bonds
      .update(bond.identity, { server: state })
      .catch((error: unknown) => this.tell('what the server knows of it could not be kept', bond, error));
  }

  private tell(what: string, { identity }: Bond, error: unknown): void {
    this.parts.report(`${identity}: ${what}: ${messageOf(error)}`);
  }
}

/** What a bond says of a client, with what the client wrote on this link before it was encrypted. */
function together(bond: ServerClientState, link: ServerClientState): ServerClientState {
  const { clientSupportedFeatures } = link;
  return {
    ...bond,
    configurations: new Map([...bond.configurations, ...link.configurations]),
    ...(clientSupportedFeatures.length > 0 ? { clientSupportedFeatures } : {}),
  };
}

function isSame(a: ServerClientState, b: ServerClientState): boolean {
  return (
    a.configurations.size === b.configurations.size &&
    [...a.configurations].every(([handle, value]) => b.configurations.get(handle) === value) &&
    equalBytes(a.clientSupportedFeatures, b.clientSupportedFeatures) &&
    equalBytes(a.databaseHash ?? NO_HASH, b.databaseHash ?? NO_HASH)
  );
}
