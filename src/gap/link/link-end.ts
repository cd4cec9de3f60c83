import type { Address } from '../../core/address.js';
import { DisconnectedError, TimeoutError } from '../../core/errors.js';
import { within } from '../../core/transaction.js';
import { disconnect } from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import { hasStatus, UNKNOWN_CONNECTION } from '../errors.js';

/** Milliseconds over the supervision timeout that a Disconnection Complete may take. */
const DISCONNECT_GRACE_MS = 2000;

/** The link that a {@link LinkEnd} is of. */
export interface EndingLink {
  readonly handle: number;
  readonly peer: Address;
  readonly parameters: { readonly supervisionTimeoutMs: number };
  /** It is gone. */
  ended(reason: DisconnectedError): void;
}

/** How a link ends: Core Vol 4, Part E, 7.1.6 and 7.7.5. */
export class LinkEnd {
  /** Why it is gone; `undefined` while it is there. */
  reason: DisconnectedError | undefined;
  /** Whether the controller was told to end the link. */
  leaving = false;
  private readonly host: HciHost;
  private readonly link: EndingLink;
  private readonly gone: Promise<void>;
  private resolveGone!: () => void;
  /** What is under way to end it. */
  private ending: Promise<void> | undefined;

  constructor(host: HciHost, link: EndingLink) {
    this.host = host;
    this.link = link;
    this.gone = new Promise((resolve) => {
      this.resolveGone = resolve;
    });
  }

  /** See `Connection.disconnect`: a controller that is ending a link already refuses to be told so again. */
  disconnect(reason: number): Promise<void> {
    this.ending ??= this.terminate(reason).finally(() => {
      this.ending = undefined;
    });
    return this.ending;
  }

  private async terminate(reason: number): Promise<void> {
    if (this.reason) return;
    const { host, link } = this;
    host.trace?.(`disconnect(${link.peer}) →`);
    this.leaving = true;
    try {
      await host.send(disconnect, { connectionHandle: link.handle, reason });
    } catch (error) {
      this.leaving = false;
      // Gone in the meantime: by the peer, or with the port.
      if (this.reason) return;
      if (hasStatus(error, UNKNOWN_CONNECTION)) {
        link.ended(new DisconnectedError(`the link to ${link.peer} is not known to the controller any more`));
        return;
      }
      throw error;
    }
    try {
      await within(this.gone, {
        clock: host.clock,
        what: `the end of the link to ${link.peer}`,
        timeoutMs: link.parameters.supervisionTimeoutMs + DISCONNECT_GRACE_MS,
      });
    } catch (error) {
      if (error instanceof TimeoutError) {
        host.report({ layer: 'gap', message: error.message, connectionHandle: link.handle });
      }
      throw error;
    }
  }

  /** It is gone. @returns whether that is news */
  finish(reason: DisconnectedError): boolean {
    if (this.reason) return false;
    this.reason = reason;
    return true;
  }

  /** Whoever waits for it hears of it. */
  tell(): void {
    this.resolveGone();
  }
}
