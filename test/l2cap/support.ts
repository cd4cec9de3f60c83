import { SimulatedClock } from '../../src/core/clock.js';
import { fromHex, toHex } from '../../src/core/hex.js';
import { AclManager } from '../../src/hci/acl.js';
import { ChannelServers, type CreditChannel, type L2capLinkOptions } from '../../src/l2cap/index.js';
import { L2capLink } from '../../src/l2cap/link.js';
import * as pdus from '../../src/l2cap/signalling-pdus.js';

/** All the declared signalling commands. */
export const allSignals = (Object.values(pdus) as unknown[]).filter(
  (one): one is pdus.SignallingDefinition<unknown> =>
    typeof one === 'object' && one !== null && 'code' in one && 'parameters' in one,
);

/** How a {@link link} is made. */
export interface TestLinkOptions extends Partial<L2capLinkOptions> {
  readonly handle?: number;
  /** Whether parameters that a peripheral asks for are taken. */
  readonly accept?: boolean;
  /** The controller's buffers. */
  readonly buffers?: { readonly length: number; readonly count: number };
}

const byte = (n: number) => (n & 255).toString(16).padStart(2, '0');

/** Two octets, least significant first. */
export const le16 = (n: number) => byte(n) + byte(n >> 8);

/** The octets of a hexadecimal text with blanks in it. */
export const plain = (hex: string) => hex.replaceAll(' ', '');

/**
 * A link whose signalling PDUs and K-frames are taken and given as hexadecimal text. Nothing that it sends is completed by the
 * controller unless told so: it has buffers enough.
 */
export function link(role: 'central' | 'peripheral' = 'central', options: TestLinkOptions = {}) {
  const { handle = 0x0040, accept = true, buffers = { length: 251, count: 100_000 } } = options;
  const clock = new SimulatedClock();
  const servers = new ChannelServers();
  /** Signalling PDUs that were sent. */
  const sent: string[] = [];
  /** What was sent on other channels, as `CID payload`. */
  const data: string[] = [];
  const reports: string[] = [];
  const requests: unknown[] = [];
  /** Whole ACL packets that were sent. */
  const frames: string[] = [];
  /** Frames that come in several ACL packets. */
  let partial: Uint8Array = new Uint8Array(0);
  const manager = new AclManager({
    send: (packet) => {
      frames.push(toHex(packet));
      const isFirst = (packet[2]! & 0x30) === 0;
      partial = isFirst ? packet.slice(5) : Uint8Array.of(...partial, ...packet.subarray(5));
      const length = partial[0]! | (partial[1]! << 8);
      if (partial.length < 4 + length) return;
      const cid = partial[2]! | (partial[3]! << 8);
      const payload = toHex(partial.subarray(4));
      if (cid === 5) sent.push(payload);
      else data.push(`${le16(cid)} ${payload}`);
    },
    report: (message) => reports.push(message),
  });
  manager.setBuffers(buffers);
  const l2cap = new L2capLink(manager, handle, {
    clock,
    role,
    servers,
    report: (message) => reports.push(message),
    onParameterRequest: (request) => {
      requests.push(request);
      return accept;
    },
    ...options,
  });
  const acl = (hex: string) => {
    const bytes = fromHex(hex);
    manager.receive(bytes, 0, bytes.length);
  };
  /** A frame of any channel. */
  const frame = (cid: number, hex: string) => {
    const text = plain(hex);
    const size = text.length / 2;
    acl(`${byte(handle)}${byte(0x20 | (handle >> 8))}${le16(size + 4)}${le16(size)}${le16(cid)}${text}`);
  };
  /** A signalling PDU. */
  const receive = (hex: string) => frame(5, hex);
  /** The controller completes packets. */
  const complete = (count: number) => {
    const bytes = fromHex(`01${le16(handle)}${le16(count)}`);
    manager.completed(bytes, 0, bytes.length);
  };
  return {
    clock,
    servers,
    sent,
    data,
    reports,
    requests,
    frames,
    l2cap,
    receive,
    frame,
    acl,
    manager,
    complete,
  };
}

/** A {@link link}. */
export type TestLink = ReturnType<typeof link>;

/** What a channel of a test takes, and what its peer does. */
export interface TestChannelOptions {
  readonly mode?: 'leCreditBased' | 'enhancedCreditBased';
  readonly mtu?: number;
  readonly mps?: number;
  readonly credits?: number;
  readonly peerMtu?: number;
  readonly peerMps?: number;
  readonly peerCredits?: number;
}

/** Opens a channel from this side: its CID is the first free one, the peer's is `peerCid`. What was sent for it is taken away. */
export async function opened(
  test: TestLink,
  peerCid: number,
  options: TestChannelOptions = {},
): Promise<CreditChannel> {
  const { mode = 'leCreditBased', mtu = 100, mps = 64, credits = 4 } = options;
  const { peerMtu = 100, peerMps = 64, peerCredits = 10 } = options;
  const before = test.sent.length;
  const opening = test.l2cap.openChannel(0x0080, { mode, mtu, mps, credits });
  const [request] = test.sent.splice(before);
  const identifier = request!.slice(2, 4);
  const sizes = le16(peerMtu) + le16(peerMps) + le16(peerCredits);
  if (mode === 'leCreditBased') test.receive(`15${identifier}0a00${le16(peerCid)}${sizes}0000`);
  else test.receive(`18${identifier}0a00${sizes}0000${le16(peerCid)}`);
  return opening;
}
