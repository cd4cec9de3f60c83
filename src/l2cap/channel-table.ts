import { type BleError, L2capError, MalformedPacketError } from '../core/errors.js';
import type { AclLink } from '../hci/acl.js';
import type { AclFlow } from '../hci/acl-flow.js';
import { type ChannelLink, type ChannelMode, CreditChannel, type Endpoint } from './credit-channel.js';
import type { Signalling } from './signalling.js';
import * as pdus from './signalling-pdus.js';
import { Cid } from './signalling-pdus.js';

/** Dynamically allocated channels of an LE-U link: Core Vol 3, Part A, 2.1, table 2.3. */
const FIRST_CID = 0x0040;
const LAST_CID = 0x007f;

/** Whether a CID is one that a channel of an LE-U link may have. */
export function isDynamic(cid: number): boolean {
  return cid >= FIRST_CID && cid <= LAST_CID;
}

/** What a {@link ChannelTable} needs of its link. */
export interface ChannelTableOptions {
  readonly acl: AclLink;
  readonly signalling: Signalling;
  readonly report: (message: string) => void;
  readonly reconfigure: ChannelLink['reconfigure'];
}

/** The credit-based channels of one link, by the CIDs of both sides; their credits, and their ends. */
export class ChannelTable implements ChannelLink {
  readonly reconfigure: ChannelLink['reconfigure'];
  private readonly options: ChannelTableOptions;
  private readonly byLocal = new Map<number, CreditChannel>();
  private readonly byPeer = new Map<number, CreditChannel>();
  /** CIDs of channels that are being opened: this side's, and the peer's. */
  private readonly reserved = new Set<number>();
  private readonly awaited = new Set<number>();
  private readonly goodbyes = new Map<CreditChannel, { promise: Promise<void>; done: () => void }>();

  constructor(options: ChannelTableOptions) {
    this.options = options;
    this.reconfigure = options.reconfigure;
    const { signalling } = options;
    signalling.handle(pdus.flowControlCredit, ({ cid, credits }) => this.credited(cid, credits));
    signalling.handle(pdus.disconnectionRequest, ({ destinationCid, sourceCid }, identifier) =>
      this.disconnected(destinationCid, sourceCid, identifier),
    );
  }

  /** The channels there are. */
  get channels(): readonly CreditChannel[] {
    return [...this.byLocal.values()];
  }

  /** The channel that frames for this side's CID are for. */
  local(cid: number): CreditChannel | undefined {
    return this.byLocal.get(cid);
  }

  /** The channel that has this CID on the peer's side. */
  peer(cid: number): CreditChannel | undefined {
    return this.byPeer.get(cid);
  }

  /** Whether the peer's CID belongs to a channel, or to one that is being opened. */
  peerUses(cid: number): boolean {
    return this.byPeer.has(cid) || this.awaited.has(cid);
  }

  /** Keeps peer's CIDs for channels that are being decided about. */
  awaitPeer(cids: readonly number[], waiting: boolean): void {
    for (const cid of cids) {
      if (waiting) this.awaited.add(cid);
      else this.awaited.delete(cid);
    }
  }

  /** Keeps `count` CIDs of this side, or fewer when there are no more. */
  reserve(count: number): number[] {
    const cids: number[] = [];
    for (let cid = FIRST_CID; cid <= LAST_CID && cids.length < count; cid++) {
      if (!this.byLocal.has(cid) && !this.reserved.has(cid)) cids.push(cid);
    }
    for (const cid of cids) this.reserved.add(cid);
    return cids;
  }

  /** Gives CIDs of this side back that came to nothing. */
  release(cids: readonly number[]): void {
    for (const cid of cids) this.reserved.delete(cid);
  }

  /** A channel came about. */
  add(mode: ChannelMode, spsm: number, local: Endpoint, peer: Endpoint): CreditChannel {
    const flow = this.options.acl.flow();
    const channel = new CreditChannel({ mode, spsm, local, peer, flow, link: this });
    this.reserved.delete(local.cid);
    this.byLocal.set(local.cid, channel);
    this.byPeer.set(peer.cid, channel);
    return channel;
  }

  credit({ localCid }: CreditChannel, credits: number): void {
    this.options.signalling.indicate(pdus.flowControlCredit, { cid: localCid, credits });
  }

  disconnect(channel: CreditChannel, error: BleError | undefined): Promise<void> {
    if (channel.state === 'closed') return Promise.resolve();
    const under = this.goodbyes.get(channel);
    if (under) return under.promise;
    if (error) this.options.report(error.message);
    let done = () => {};
    const promise = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.goodbyes.set(channel, { promise, done });
    channel.ending(error);
    this.sayGoodbye(channel.localCid, channel.peerCid, channel.flow, () => this.gone(channel, error));
    return promise;
  }

  /** Disconnects what the peer believes to be a channel, and this side never had. */
  disown(localCid: number, peerCid: number): void {
    this.sayGoodbye(localCid, peerCid, this.options.acl.flow(), () => {});
  }

  /** Ends all channels: the link is gone. */
  close(reason: BleError): void {
    for (const channel of this.channels) this.gone(channel, reason);
  }

  /** A Disconnection Request, behind the frames that the channel has sent (4.6). */
  private sayGoodbye(sourceCid: number, destinationCid: number, flow: AclFlow, gone: () => void): void {
    const { signalling } = this.options;
    const answered = signalling.request({
      request: pdus.disconnectionRequest,
      parameters: { destinationCid, sourceCid },
      response: pdus.disconnectionResponse,
      // A response for other channels is discarded (4.7).
      complete: (response) => {
        if (response.destinationCid !== destinationCid || response.sourceCid !== sourceCid)
          throw new MalformedPacketError('it names another channel');
        gone();
      },
      failed: gone,
      send: (frame) => sendIn(flow, frame),
    });
    // Rejected or not answered at all: it is gone in any case.
    answered.catch(() => {});
  }

  private gone(channel: CreditChannel, error: BleError | undefined): void {
    if (this.byLocal.get(channel.localCid) === channel) this.byLocal.delete(channel.localCid);
    if (this.byPeer.get(channel.peerCid) === channel) this.byPeer.delete(channel.peerCid);
    channel.ended(error);
    this.goodbyes.get(channel)?.done();
    this.goodbyes.delete(channel);
  }

  /** Flow Control Credit Ind: 4.24. Its CID is the sender's. */
  private credited(cid: number, credits: number): void {
    const channel = this.byPeer.get(cid);
    if (!channel?.isOpen) {
      // One that is being disconnected needs none any more.
      if (!channel) this.options.report('credits came for a channel that is not open');
      return;
    }
    if (credits === 0) {
      this.options.report('an indication of 0 credits came, which is not permitted, and was passed over');
      return;
    }
    if (channel.sender.addCredits(credits)) return;
    const sum = channel.sender.credits + credits;
    const error = new L2capError(`the channel was disconnected: the peer gave ${sum} credits, over 65535`);
    void this.disconnect(channel, error);
  }

  /** Disconnection Request: 4.6. */
  private disconnected(destinationCid: number, sourceCid: number, identifier: number): void {
    const { signalling, report } = this.options;
    const channel = this.byLocal.get(destinationCid);
    if (!channel) {
      signalling.rejectCid(identifier, destinationCid, sourceCid);
      return;
    }
    if (channel.peerCid !== sourceCid) {
      report('a Disconnection Request with the CID of another channel was discarded');
      return;
    }
    signalling.respond(pdus.disconnectionResponse, identifier, { destinationCid, sourceCid });
    this.gone(channel, undefined);
  }
}

/** Sends a signalling frame in the flow of a channel: behind the frames that the channel has sent. */
export function sendIn(flow: AclFlow, frame: Uint8Array): void {
  const length = frame.length - 9;
  frame[5] = length & 0xff;
  frame[6] = length >> 8;
  frame[7] = Cid.signalling;
  frame[8] = 0;
  flow.send(frame);
}
