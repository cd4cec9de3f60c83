import { checkInteger, checkKeys, checkOneOf } from '../core/check.js';
import { L2capError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { type ChannelOptions, channelSizes, smallest } from './channel-server.js';
import { type ChannelTable, isDynamic } from './channel-table.js';
import type { ChannelMode, CreditChannel } from './credit-channel.js';
import { type Signalling, stillPending } from './signalling.js';
import * as pdus from './signalling-pdus.js';
import { ConnectionResult, connectionResultName } from './signalling-pdus.js';

/** Options of opening a channel. */
export interface OpenChannelOptions extends ChannelOptions {
  /** `leCreditBased` is what every peer with channels knows; `enhancedCreditBased` came with version 5.2. Default: the former. */
  readonly mode?: ChannelMode;
  /** Lets the caller leave: a channel that comes about all the same is disconnected. */
  readonly signal?: AbortSignal;
}

/** What came of a request for several channels. */
export interface OpenedChannels {
  /** Those that the peer took, one at least. */
  readonly channels: readonly CreditChannel[];
  /** Why it did not take the others: a result of Core Vol 3, Part A, 4.26; 0 when it took all. */
  readonly result: number;
}

/** Most channels of one request: 4.25. */
const MOST_CHANNELS = 5;

const pendingResults: ReadonlySet<number> = /* @__PURE__ */ new Set([
  ConnectionResult.pending,
  ConnectionResult.authenticationPending,
  ConnectionResult.authorizationPending,
]);

/** Asks the peer for channels: Core Vol 3, Part A, 4.22–4.26. */
export class ChannelOpener {
  private readonly table: ChannelTable;
  private readonly signalling: Signalling;

  constructor(table: ChannelTable, signalling: Signalling) {
    this.table = table;
    this.signalling = signalling;
  }

  /** Opens one channel. */
  async open(spsm: number, options: OpenChannelOptions = {}): Promise<CreditChannel> {
    checkOptions(spsm, options);
    if (options.mode === 'enhancedCreditBased') return (await this.enhanced(spsm, 1, options)).channels[0]!;
    return this.basic(spsm, options);
  }

  /** Opens up to five channels at once, in enhanced mode. */
  async openSeveral(
    spsm: number,
    count: number,
    options: Omit<OpenChannelOptions, 'mode'> = {},
  ): Promise<OpenedChannels> {
    checkOptions(spsm, options);
    checkInteger('count', count, 1, MOST_CHANNELS);
    return this.enhanced(spsm, count, options);
  }

  private basic(spsm: number, options: OpenChannelOptions): Promise<CreditChannel> {
    const sizes = channelSizes(options, smallest.leCreditBased);
    const cids = this.reserve(1);
    const cid = cids[0]!;
    return this.signalling.request({
      request: pdus.leCreditBasedConnectionRequest,
      parameters: { spsm, sourceCid: cid, mtu: sizes.mtu, mps: sizes.mps, initialCredits: sizes.credits },
      response: pdus.leCreditBasedConnectionResponse,
      complete: ({ destinationCid, mtu, mps, initialCredits, result }, abandoned) => {
        if (result !== ConnectionResult.successful) throw refused(spsm, result);
        const peer = { cid: destinationCid, mtu, mps, credits: initialCredits };
        const channel = this.opened('leCreditBased', spsm, { cid, ...sizes }, peer);
        if (!channel) throw nonsense(spsm);
        if (abandoned) void channel.close();
        return channel;
      },
      failed: () => this.table.release(cids),
      signal: options.signal,
    });
  }

  private enhanced(spsm: number, count: number, options: OpenChannelOptions): Promise<OpenedChannels> {
    const sizes = channelSizes(options, smallest.enhancedCreditBased);
    const cids = this.reserve(count);
    return this.signalling.request({
      request: pdus.creditBasedConnectionRequest,
      parameters: {
        spsm,
        mtu: sizes.mtu,
        mps: sizes.mps,
        initialCredits: sizes.credits,
        sourceCids: cids,
      },
      response: pdus.creditBasedConnectionResponse,
      complete: ({ mtu, mps, initialCredits, result, destinationCids }, abandoned) => {
        if (pendingResults.has(result)) return stillPending;
        const opened: CreditChannel[] = [];
        // A peer that refuses everything may leave the list out, and 0 in it is a channel refused.
        for (const [index, cid] of cids.entries()) {
          const peerCid = destinationCids[index] ?? 0;
          const peer = { cid: peerCid, mtu, mps, credits: initialCredits };
          const channel =
            peerCid === 0 ? undefined : this.opened('enhancedCreditBased', spsm, { cid, ...sizes }, peer);
          if (channel) opened.push(channel);
        }
        this.table.release(cids);
        // One whose CID the peer gave to another as well is being disconnected.
        const channels = opened.filter(({ isOpen }) => isOpen);
        if (channels.length === 0) {
          throw result === ConnectionResult.successful ? nonsense(spsm) : refused(spsm, result);
        }
        if (abandoned) for (const channel of channels) void channel.close();
        return { channels, result };
      },
      failed: () => this.table.release(cids),
      signal: options.signal,
    });
  }

  private reserve(count: number): number[] {
    const cids = this.table.reserve(count);
    if (cids.length === count) return cids;
    this.table.release(cids);
    throw new L2capError('openChannel: every channel identifier of the link is in use');
  }

  /** A channel that the peer says is there; `undefined` when what it says makes none. */
  private opened(
    mode: ChannelMode,
    spsm: number,
    local: { cid: number; mtu: number; mps: number; credits: number },
    peer: { cid: number; mtu: number; mps: number; credits: number },
  ): CreditChannel | undefined {
    if (!isDynamic(peer.cid)) return undefined;
    const other = this.table.peer(peer.cid);
    if (other) {
      // The CID stands for two channels now: neither can be used any more (4.23, 4.26).
      const text = `the channel was disconnected: the peer gave its CID ${hexCode(peer.cid, 4)} to another`;
      void this.table.disconnect(other, new L2capError(text));
      return undefined;
    }
    // Enhanced mode permits a peer no less than 64, and says nothing about a response with less: it harms nobody down to this.
    if (peer.mtu < smallest.leCreditBased || peer.mps < smallest.leCreditBased) {
      this.table.disown(local.cid, peer.cid);
      return undefined;
    }
    return this.table.add(mode, spsm, local, peer);
  }
}

function checkOptions(spsm: number, options: OpenChannelOptions): void {
  checkInteger('spsm', spsm, 0x0001, 0x00ff);
  checkKeys('openChannel', options, ['mtu', 'mps', 'credits', 'mode', 'signal']);
  if (options.mode !== undefined)
    checkOneOf<ChannelMode>('mode', options.mode, ['leCreditBased', 'enhancedCreditBased']);
}

function refused(spsm: number, result: number): L2capError {
  const why = connectionResultName(result) ?? `result ${hexCode(result, 4)}`;
  return new L2capError(`the peer did not open a channel on SPSM ${hexCode(spsm, 4)}: ${why}`, result);
}

function nonsense(spsm: number): L2capError {
  return new L2capError(
    `the peer answered the request for SPSM ${hexCode(spsm, 4)} with a channel that cannot be: its CID or its sizes are not permitted`,
  );
}
