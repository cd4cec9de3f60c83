import type { Clock } from '../core/clock.js';
import { throwApart } from '../core/emitter.js';
import { BleError, MalformedPacketError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import type { LinkSecurity } from '../core/security.js';
import { type RegisteredServer, refusalOf, type ServerLookup, smallest } from './channel-server.js';
import { type ChannelTable, isDynamic } from './channel-table.js';
import type { ChannelMode, CreditChannel } from './credit-channel.js';
import type { Signalling } from './signalling.js';
import * as pdus from './signalling-pdus.js';
import { ConnectionResult } from './signalling-pdus.js';

/** What a {@link ChannelAcceptor} needs. */
export interface ChannelAcceptorOptions {
  readonly clock: Clock;
  readonly servers: ServerLookup;
  readonly security: () => LinkSecurity;
  /** What the servers know the link by: theirs to say what that is. */
  readonly context: () => never;
  readonly report: (message: string) => void;
}

/** What both kinds of request say. */
interface Wanted {
  readonly mode: ChannelMode;
  readonly spsm: number;
  readonly mtu: number;
  readonly mps: number;
  readonly initialCredits: number;
  readonly sourceCids: readonly number[];
  readonly identifier: number;
}

/** What a request came to. */
interface Outcome {
  readonly result: number;
  /** One for each Source CID. */
  readonly channels: readonly (CreditChannel | undefined)[];
  readonly server?: RegisteredServer;
}

/** A peer's response timer runs for a second at least (Core Vol 3, Part A, 6.2.1): it is told by then that the answer takes longer. */
const PENDING_AFTER_MS = 500;
/** Requests that may wait for authorisation on a link. */
const AUTHORIZING_LIMIT = 16;

/** Answers the peer's requests for channels: Core Vol 3, Part A, 4.22–4.26. */
export class ChannelAcceptor {
  private readonly table: ChannelTable;
  private readonly signalling: Signalling;
  private readonly options: ChannelAcceptorOptions;
  /** Identifiers of requests that wait for authorisation. */
  private readonly authorizing = new Set<number>();
  private isOpen = true;

  constructor(table: ChannelTable, signalling: Signalling, options: ChannelAcceptorOptions) {
    this.table = table;
    this.signalling = signalling;
    this.options = options;
    signalling.handle(pdus.leCreditBasedConnectionRequest, ({ sourceCid, ...rest }, identifier) =>
      this.request({ mode: 'leCreditBased', ...rest, sourceCids: [sourceCid], identifier }),
    );
    signalling.handle(pdus.creditBasedConnectionRequest, (parameters, identifier) => {
      if (parameters.sourceCids.length === 0) throw new MalformedPacketError('it asks for no channel');
      this.request({ mode: 'enhancedCreditBased', ...parameters, identifier });
    });
  }

  /** The link is gone: nothing is answered any more. */
  close(): void {
    this.isOpen = false;
  }

  private request(wanted: Wanted): void {
    // The same request once more, while it is being decided about: its answer will come.
    if (this.authorizing.has(wanted.identifier)) return;
    const server = this.options.servers.get(wanted.spsm);
    const refusal = this.refusal(wanted, server);
    if (refusal !== undefined || !server) {
      this.answer(wanted, none(wanted, refusal ?? ConnectionResult.spsmNotSupported));
      return;
    }
    const { authorize } = server;
    const { spsm, mode, sourceCids } = wanted;
    if (!authorize) {
      this.accept(wanted, server);
      return;
    }
    let permitted: boolean | Promise<boolean>;
    try {
      permitted = authorize({ spsm, mode, count: sourceCids.length, context: this.options.context() });
    } catch (error) {
      permitted = Promise.reject(error);
    }
    if (typeof permitted === 'boolean') this.authorized(wanted, server, permitted);
    else void this.authorizeLater(wanted, server, Promise.resolve(permitted));
  }

  /** Why the request as a whole is refused. */
  private refusal(wanted: Wanted, server: RegisteredServer | undefined): number | undefined {
    const { mode, mtu, mps } = wanted;
    if (!server?.modes.includes(mode)) return ConnectionResult.spsmNotSupported;
    // Enhanced mode tells what the specification forbids from what this side has no use for (4.26).
    if (mtu < smallest[mode] || mps < smallest[mode]) {
      return mode === 'enhancedCreditBased'
        ? ConnectionResult.invalidParameters
        : ConnectionResult.unacceptableParameters;
    }
    const insecure = refusalOf(server.security, this.options.security());
    if (insecure !== undefined) return insecure;
    return mtu < server.minMtu ? ConnectionResult.unacceptableParameters : undefined;
  }

  private async authorizeLater(
    wanted: Wanted,
    server: RegisteredServer,
    permitted: Promise<boolean>,
  ): Promise<void> {
    const { identifier, mode, sourceCids } = wanted;
    const { clock, report } = this.options;
    if (this.authorizing.size >= AUTHORIZING_LIMIT) {
      permitted.catch(() => {});
      this.answer(wanted, none(wanted, ConnectionResult.insufficientResources));
      return;
    }
    this.authorizing.add(identifier);
    const held = sourceCids.filter((cid) => !this.table.peerUses(cid));
    this.table.awaitPeer(held, true);
    const timer = clock.setTimeout(() => {
      if (this.isOpen && mode === 'enhancedCreditBased')
        this.answer(wanted, none(wanted, ConnectionResult.authorizationPending));
    }, PENDING_AFTER_MS);
    let allowed = false;
    try {
      allowed = await permitted;
    } catch (error) {
      report(
        `a channel was refused: its authorisation failed: ${error instanceof Error ? error.message : error}`,
      );
    }
    clock.clearTimeout(timer);
    this.authorizing.delete(identifier);
    this.table.awaitPeer(held, false);
    if (this.isOpen) this.authorized(wanted, server, allowed);
  }

  private authorized(wanted: Wanted, server: RegisteredServer, allowed: boolean): void {
    // Whatever is no true is no yes.
    if (allowed === true) this.accept(wanted, server);
    else this.answer(wanted, none(wanted, ConnectionResult.insufficientAuthorization));
  }

  /** Makes the channels; those that cannot be are refused, each for itself. */
  private accept(wanted: Wanted, server: RegisteredServer): void {
    let result: number = ConnectionResult.successful;
    const channels = wanted.sourceCids.map((cid) => {
      const made = this.make(wanted, server, cid);
      if (typeof made !== 'number') return made;
      result = made;
      return undefined;
    });
    this.answer(wanted, { result, channels, server });
    const context = this.options.context();
    for (const channel of channels) if (channel) hand(channel, context, server, this.options.report);
  }

  /** One channel, or the result that refuses it. */
  private make(wanted: Wanted, server: RegisteredServer, peerCid: number): CreditChannel | number {
    if (!isDynamic(peerCid)) return ConnectionResult.invalidSourceCid;
    if (this.table.peerUses(peerCid)) return ConnectionResult.sourceCidAlreadyAllocated;
    const open = this.table.channels.filter(({ spsm }) => spsm === wanted.spsm).length;
    const [cid] = open < server.maxChannels ? this.table.reserve(1) : [];
    if (cid === undefined) return ConnectionResult.insufficientResources;
    const { mode, spsm, mtu, mps, initialCredits } = wanted;
    const peer = { cid: peerCid, mtu, mps, credits: initialCredits };
    return this.table.add(mode, spsm, { cid, ...localSizes(mode, server) }, peer);
  }

  private answer({ mode, identifier }: Wanted, { result, channels, server }: Outcome): void {
    const some = channels.some((channel) => channel !== undefined);
    const { mtu, mps, credits } = server && some ? localSizes(mode, server) : nothing;
    const sizes = { mtu, mps, initialCredits: credits, result };
    const cids = channels.map((channel) => channel?.localCid ?? 0);
    if (mode === 'enhancedCreditBased') {
      const destinationCids = cids;
      this.signalling.respond(pdus.creditBasedConnectionResponse, identifier, { ...sizes, destinationCids });
    } else {
      const destinationCid = cids[0]!;
      this.signalling.respond(pdus.leCreditBasedConnectionResponse, identifier, { destinationCid, ...sizes });
    }
  }
}

/** Gives a channel to who serves it; an error of his is no affair of the link. */
function hand(
  channel: CreditChannel,
  context: never,
  { handler, spsm }: RegisteredServer,
  report: (message: string) => void,
): void {
  try {
    const served: unknown = handler(channel, context);
    if (!(served instanceof Promise)) return;
    served.catch((error: unknown) => {
      // What peers do, leaving or breaking rules, ends what serves them, and not the program.
      if (error instanceof BleError && !channel.isOpen)
        report(`who served a channel on SPSM ${hexCode(spsm, 4)} ended with it: ${error.message}`);
      else throwApart(error);
    });
  } catch (error) {
    throwApart(error);
  }
}

const nothing = { mtu: 0, mps: 0, credits: 0 };

function none({ sourceCids }: Wanted, result: number): Outcome {
  return { result, channels: sourceCids.map(() => undefined) };
}

/** What this side takes: a server of both modes has to take in enhanced mode what that mode demands. */
function localSizes(mode: ChannelMode, { mtu, mps, credits }: RegisteredServer) {
  return { mtu: Math.max(mtu, smallest[mode]), mps: Math.max(mps, smallest[mode]), credits };
}
