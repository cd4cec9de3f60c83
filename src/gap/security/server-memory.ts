import type { GattServer, ServerClient } from '../../gatt/index.js';
import type { Bond } from '../bonds/bond.js';
import type { Bonds } from '../bonds/bonds.js';

/** What a {@link ServerMemoryKeeper} needs. */
export interface ServerMemoryParts {
  readonly bonds: Bonds;
  readonly server: GattServer;
  readonly report: (message: string) => void;
}

/**
 * Keeps with the bond what the server has of one link's client (Core Vol 3, Part G, 2.5.2), and gives it back on the next
 * link. Only while the link is encrypted: until then the client may be anybody who has the address.
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
    client.onConfigured = () => this.keep();
  }

  /** The link is encrypted with the key of the bond: the client has back what it had. */
  restore(): void {
    const bond = this.bond();
    if (!bond || this.open) return;
    this.open = true;
    // Of what was written on this link before it was encrypted, nobody knows by whom.
    const { configurations } = bond.server;
    this.parts.server.restoreConfigurations(this.client, configurations);
  }

  /** There is a new bond: it begins with what the client has now. */
  begin(): void {
    this.open = true;
    if (this.client.configurations.size > 0) this.keep();
  }

  private keep(): void {
    const bond = this.bond();
    if (!bond || !this.open) return;
    const { bonds, report } = this.parts;
    const configurations = new Map(
      [...this.client.configurations].filter(([, configuration]) => configuration !== 0),
    );
    bonds.update(bond.identity, { server: { ...bond.server, configurations } }).catch((error: unknown) => {
      report(
        `what ${bond.identity} subscribed to could not be kept: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
}
