import { checkInteger } from '../core/check.js';
import type { Clock } from '../core/clock.js';
import { type BleError, StateError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { type LinkSecurity, openLink } from '../core/security.js';
import type { AclLink, AclManager } from '../hci/acl.js';
import type { AclLinkReceiver } from '../hci/acl-reassembler.js';
import { ChannelAcceptor } from './channel-acceptor.js';
import { ChannelOpener, type OpenChannelOptions, type OpenedChannels } from './channel-opener.js';
import { ChannelServers, type ServerLookup } from './channel-server.js';
import { ChannelTable } from './channel-table.js';
import type { CreditChannel } from './credit-channel.js';
import { FixedChannel } from './fixed-channel.js';
import {
  answerParameterRequests,
  type ConnectionParameterRequest,
  requestParameters,
} from './parameter-update.js';
import { answerReconfigurations, reconfigure } from './reconfiguration.js';
import { Signalling } from './signalling.js';
import { Cid } from './signalling-pdus.js';
import { UserChannel } from './user-channel.js';

/** What an {@link L2capLink} needs from the layer above. */
export interface L2capLinkOptions {
  readonly clock: Clock;
  readonly role: 'central' | 'peripheral';
  /** Told of frames that make no sense. */
  readonly report: (message: string) => void;
  /** As a central: whether to take the parameters that the peripheral asks for, and to bring them about. */
  readonly onParameterRequest: (request: ConnectionParameterRequest) => boolean;
  /** The SPSMs that peers may open channels on; none. */
  readonly servers?: ServerLookup | undefined;
  /** The link's security as it is; that of a link that nobody has secured. */
  readonly security?: (() => LinkSecurity) | undefined;
  /** Gives what the handlers of servers are told the link by: a connection, for example. */
  readonly context?: (() => unknown) | undefined;
}

/** Fixed channels that programs may use: those below are the stack's, or of BR/EDR only; those above are dynamic (2.1). */
const FIRST_USER_CID = 0x0008;
const LAST_USER_CID = 0x003f;

/** The L2CAP channels of one LE connection: Core Vol 3, Part A. */
export class L2capLink implements AclLinkReceiver {
  readonly acl: AclLink;
  readonly signalling: Signalling;
  /** Frames for channels that do not exist, dropped as 3.1 says of fixed channels that are not supported. */
  strayFrames = 0;
  private readonly channels = new Map<number, FixedChannel>();
  private readonly dynamic: ChannelTable;
  private readonly opener: ChannelOpener;
  private readonly acceptor: ChannelAcceptor;
  private readonly report: (message: string) => void;
  private end: BleError | undefined;
  /** The channel of the last frame: most frames are ATT's. */
  private att: FixedChannel | undefined;

  constructor(manager: AclManager, handle: number, options: L2capLinkOptions) {
    const { report, servers, security, context } = options;
    this.report = report;
    this.acl = manager.attach(handle, this);
    const signalling = new Signalling(this.openFixed(Cid.signalling), options);
    this.signalling = signalling;
    answerParameterRequests(signalling, options.role, options.onParameterRequest);
    this.dynamic = new ChannelTable({
      acl: this.acl,
      signalling,
      report,
      reconfigure: (channels, sizes) => reconfigure(signalling, channels, sizes),
    });
    answerReconfigurations(this.dynamic, signalling);
    this.opener = new ChannelOpener(this.dynamic, signalling);
    this.acceptor = new ChannelAcceptor(this.dynamic, signalling, {
      clock: options.clock,
      servers: servers ?? new ChannelServers(),
      security: security ?? (() => openLink),
      // Of the type that the servers were made for, by whoever gives both.
      context: (context ?? (() => undefined)) as () => never,
      report,
    });
  }

  /** Opens a fixed channel; one that is open already is given back. */
  openFixed(cid: number): FixedChannel {
    let channel = this.channels.get(cid);
    if (!channel) {
      channel = new FixedChannel(this.acl.flow(cid === Cid.signalling), cid);
      this.channels.set(cid, channel);
      if (cid === Cid.att) this.att = channel;
    }
    return channel;
  }

  /**
   * Opens a fixed channel for a protocol of one's own.
   * @param cid 0x0008–0x003F; the SIG assigns those from 0x0020 to 0x003E
   * @throws {StateError} when it is open already
   */
  openUserChannel(cid: number): UserChannel {
    checkInteger('cid', cid, FIRST_USER_CID, LAST_USER_CID);
    if (this.end) throw this.end;
    if (this.channels.has(cid)) throw new StateError(`the fixed channel ${hexCode(cid, 4)} is open already`);
    return new UserChannel(this.openFixed(cid), () => this.channels.delete(cid));
  }

  /** The credit-based channels there are. */
  get creditChannels(): readonly CreditChannel[] {
    return this.dynamic.channels;
  }

  /**
   * Opens a credit-based channel (4.22, in enhanced mode 4.25).
   * @throws {L2capError} when the peer refuses, with the result as its reason
   * @throws {TimeoutError} when it does not answer
   */
  async openChannel(spsm: number, options?: OpenChannelOptions): Promise<CreditChannel> {
    if (this.end) throw this.end;
    return this.opener.open(spsm, options);
  }

  /**
   * Opens up to five channels with one request, in enhanced mode (4.25).
   * @throws {L2capError} when the peer takes none of them, with the result as its reason
   */
  async openChannels(
    spsm: number,
    count: number,
    options?: Omit<OpenChannelOptions, 'mode'>,
  ): Promise<OpenedChannels> {
    if (this.end) throw this.end;
    return this.opener.openSeveral(spsm, count, options);
  }

  /** Changes what this side takes on several channels at once: see {@link CreditChannel.reconfigure}. */
  reconfigure(
    channels: readonly CreditChannel[],
    sizes: { readonly mtu?: number; readonly mps?: number },
  ): Promise<void> {
    return this.dynamic.reconfigure(channels, sizes);
  }

  /** As a peripheral: asks the central for other connection parameters (4.20); gives whether it accepts. */
  requestParameters(request: ConnectionParameterRequest, signal?: AbortSignal): Promise<boolean> {
    return requestParameters(this.signalling, request, signal);
  }

  /** For the ACL layer: one frame came. */
  frame(cid: number, bytes: Uint8Array, start: number, end: number): void {
    if (cid === Cid.att && this.att) {
      this.att.deliver(bytes, start, end);
      return;
    }
    const channel = this.dynamic.local(cid) ?? this.channels.get(cid);
    if (channel) channel.deliver(bytes, start, end);
    else {
      this.strayFrames++;
      this.report(`a frame came on channel ${hexCode(cid, 4)}, which is not open`);
    }
  }

  /** Ends all channels with `reason`. */
  close(reason: BleError): void {
    this.end = reason;
    this.acceptor.close();
    // Channels before the signalling: its requests for their ends have nobody to tell any more.
    this.dynamic.close(reason);
    for (const channel of this.channels.values()) channel.close(reason);
    this.channels.clear();
    this.att = undefined;
  }
}
