import { checkInteger, checkKeys } from '../core/check.js';
import { L2capError, MalformedPacketError, NotSupportedError, StateError } from '../core/errors.js';
import { hexCode } from '../core/hex.js';
import { smallest } from './channel-server.js';
import { type ChannelTable, sendIn } from './channel-table.js';
import type { CreditChannel } from './credit-channel.js';
import type { Signalling } from './signalling.js';
import * as pdus from './signalling-pdus.js';
import { ReconfigureResult } from './signalling-pdus.js';

const LEAST = smallest.enhancedCreditBased;
/** Most channels of one request: 4.27. */
const MOST_CHANNELS = 5;

/** Channels of which a request is under way. */
const underWay = /* @__PURE__ */ new WeakSet<CreditChannel>();

const refusals: Readonly<Record<number, string>> = {
  1: 'the MTU may not be reduced',
  2: 'the MPS of several channels may not be reduced',
  3: 'a channel is not known to the peer',
  4: 'the parameters are not acceptable',
};

/** Answers the peer's requests to change what it takes on its channels: Core Vol 3, Part A, 4.27, 4.28. */
export function answerReconfigurations(table: ChannelTable, signalling: Signalling): void {
  signalling.handle(pdus.creditBasedReconfigureRequest, ({ mtu, mps, destinationCids }, identifier) => {
    if (destinationCids.length === 0) throw new MalformedPacketError('it names no channel');
    // The CIDs are those that this side sends to: whoever asks changes what comes to himself.
    const channels = destinationCids.map((cid) => table.peer(cid));
    const result = resultOf(channels, mtu, mps);
    const [first] = channels;
    const smaller = first !== undefined && first.mps > mps;
    // Behind the longer frames that were sent before it: those after it are as short as asked for.
    const send = smaller ? (frame: Uint8Array) => sendIn(first.flow, frame) : undefined;
    signalling.respond(pdus.creditBasedReconfigureResponse, identifier, { result }, send);
    if (result !== ReconfigureResult.successful) return;
    for (const channel of channels) {
      channel!.sender.resize(mtu, mps);
      channel!.emit('reconfigured', { mtu, mps });
    }
  });
}

function resultOf(channels: readonly (CreditChannel | undefined)[], mtu: number, mps: number): number {
  const known = channels.filter(
    (one) => one?.isOpen && one.mode === 'enhancedCreditBased',
  ) as CreditChannel[];
  if (known.length < channels.length || new Set(known).size < known.length)
    return ReconfigureResult.invalidDestinationCid;
  if (mtu < LEAST || mps < LEAST) return ReconfigureResult.unacceptableParameters;
  if (known.some((channel) => mtu < channel.mtu)) return ReconfigureResult.mtuReduced;
  if (known.length > 1 && known.some((channel) => mps < channel.mps)) return ReconfigureResult.mpsReduced;
  return ReconfigureResult.successful;
}

/**
 * Changes what this side takes on one to five channels of a link.
 * @throws {RangeError} when the MTU would shrink, or the MPS of several channels
 * @throws {L2capError} when the peer refuses, with its result
 */
export async function reconfigure(
  signalling: Signalling,
  channels: readonly CreditChannel[],
  sizes: { readonly mtu?: number; readonly mps?: number },
): Promise<void> {
  checkInteger('channels', channels.length, 1, MOST_CHANNELS);
  checkKeys('reconfigure', sizes, ['mtu', 'mps']);
  for (const channel of channels) {
    if (channel.mode !== 'enhancedCreditBased')
      throw new NotSupportedError(
        'reconfigure: channels of LE Credit Based Flow Control mode keep their sizes',
      );
    if (!channel.isOpen) throw channel.error ?? new StateError('reconfigure: the channel is closed');
    if (underWay.has(channel)) throw new StateError('reconfigure: one is under way on this channel');
  }
  const before = channels.map(({ localMtu, localMps }) => ({ mtu: localMtu, mps: localMps }));
  const largest = Math.max(...before.map(({ mtu }) => mtu));
  const longest = Math.max(...before.map(({ mps }) => mps));
  const { mtu = largest, mps = longest } = sizes;
  checkInteger('mtu', mtu, largest, 0xffff);
  checkInteger('mps', mps, channels.length > 1 ? longest : LEAST, 0xfffd);
  const set = (choose: (old: { mtu: number; mps: number }) => { mtu: number; mps: number }) => {
    for (const [index, { receiver }] of channels.entries()) Object.assign(receiver, choose(before[index]!));
  };
  const done = () => {
    for (const channel of channels) underWay.delete(channel);
  };
  for (const channel of channels) underWay.add(channel);
  // The peer may use what it was offered before its answer is here; what it has sent by then may have the sizes of before.
  set((old) => ({ mtu, mps: Math.max(old.mps, mps) }));
  await signalling.request({
    request: pdus.creditBasedReconfigureRequest,
    parameters: { mtu, mps, destinationCids: channels.map(({ localCid }) => localCid) },
    response: pdus.creditBasedReconfigureResponse,
    complete: ({ result }) => {
      if (result === ReconfigureResult.successful) {
        set(() => ({ mtu, mps }));
        done();
        return;
      }
      const why = refusals[result] ?? `result ${hexCode(result, 4)}`;
      throw new L2capError(`the peer did not reconfigure the channel: ${why}`, result);
    },
    failed: () => {
      set((old) => old);
      done();
    },
  });
}
