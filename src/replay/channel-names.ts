import { u16At } from '../core/bytes.js';
import { hexCode } from '../core/hex.js';
import type { HostFrame } from './frames.js';
import { cidOf } from './streams.js';

const SIGNALLING = 5;
const ACL_HEADER = 4;
const CONTINUING = 1;
/** Behind the headers of frame and command. */
const PARAMETERS = 8;
/** The dynamic CIDs of LE: Core Vol 3, Part A, 2.1. */
const [FIRST_DYNAMIC, LAST_DYNAMIC] = [0x40, 0x7f];
const DISCONNECTION_RESPONSE = 0x07;

/** Where a signalling command has CIDs of its sender, from the beginning of the frame: one, or all that follow. Core Vol 3, Part A, 4. */
const ofSender: Readonly<
  Record<number, { readonly at: number; readonly list?: boolean; readonly opens?: boolean }>
> = {
  6: { at: 10 }, // Disconnection Request: Source CID
  7: { at: 8 }, // Disconnection Response: Destination CID
  20: { at: 10, opens: true }, // LE Credit Based Connection Request: Source CID
  21: { at: 8, opens: true }, // … Response: Destination CID
  22: { at: 8 }, // Flow Control Credit Ind
  23: { at: 16, list: true, opens: true }, // Credit Based Connection Request: Source CIDs
  24: { at: 16, list: true, opens: true }, // … Response: Destination CIDs
  25: { at: 12, list: true }, // Credit Based Reconfigure Request: Destination CIDs
};
/** Where one has a CID of its receiver. */
const ofReceiver: Readonly<Record<number, number>> = { 6: 8, [DISCONNECTION_RESPONSE]: 10 };

/** Remembers which CIDs a host gave to its dynamic channels, and puts them in the place of the captured ones. */
export class ChannelNames {
  /** The CID of the host, by handle and captured CID. */
  private readonly names = new Map<string, number>();

  /**
   * A captured frame of the host's with the CIDs that the host chose, as the packets before it say; those of channels that it
   * opens as `sent` has them, where it may choose them.
   */
  asHosts(captured: HostFrame, sent: HostFrame): HostFrame {
    let octets: Uint8Array | undefined;
    for (const [at, theirs] of cidsOfSender(captured.octets)) {
      const ours = opens(captured.octets)
        ? this.chosen(captured.handle, theirs, sent.octets, at)
        : this.of(captured.handle, theirs);
      if (ours === undefined || ours === theirs) continue;
      octets ??= captured.octets.slice();
      octets[at] = ours & 0xff;
      octets[at + 1] = ours >> 8;
    }
    return octets ? { ...captured, octets } : captured;
  }

  /** The host sent a frame for a captured one. @returns what it called otherwise */
  learn(captured: HostFrame, sent: HostFrame): string[] {
    const { handle, octets } = captured;
    const renamed: string[] = [];
    for (const [at, theirs] of cidsOfSender(octets)) {
      if (octets[4] === DISCONNECTION_RESPONSE) this.names.delete(`${handle} ${theirs}`);
      const ours = u16At(sent.octets, at);
      if (!opens(octets) || !isDynamic(theirs) || !isDynamic(ours)) continue;
      this.names.set(`${handle} ${theirs}`, ours);
      if (ours !== theirs) renamed.push(`CID ${hexCode(theirs, 4)} → ${hexCode(ours, 4)}`);
    }
    return renamed;
  }

  /** A captured ACL packet of the controller's as the host has to get it. */
  renamed(packet: Uint8Array): Uint8Array {
    const isFirst = packet.length >= 2 && ((packet[1]! >> 4) & 3) !== CONTINUING;
    const frame = packet.subarray(ACL_HEADER);
    const cid = cidOf(frame);
    if (!isFirst || this.names.size === 0 || cid === 0) return packet;
    const handle = u16At(packet, 0) & 0xfff;
    const code = frame[4] ?? 0;
    const at = cid === SIGNALLING ? ofReceiver[code] : 2;
    if (at === undefined || frame.length < at + 2) return packet;
    const theirs = u16At(frame, at);
    const ours = this.of(handle, theirs);
    if (cid === SIGNALLING && code === DISCONNECTION_RESPONSE) this.names.delete(`${handle} ${theirs}`);
    if (ours === undefined || ours === theirs) return packet;
    const whole = packet.slice();
    whole[ACL_HEADER + at] = ours & 0xff;
    whole[ACL_HEADER + at + 1] = ours >> 8;
    return whole;
  }

  /** A link is gone, and its channels with it. */
  drop(handle: number): void {
    for (const key of this.names.keys()) if (key.startsWith(`${handle} `)) this.names.delete(key);
  }

  private of(handle: number, cid: number): number | undefined {
    return this.names.get(`${handle} ${cid}`);
  }

  /** The CID that a host chose for a channel; `undefined` where it may not have this one, as there is none or it has another. */
  private chosen(handle: number, theirs: number, octets: Uint8Array, at: number): number | undefined {
    const ours = octets.length < at + 2 ? 0 : u16At(octets, at);
    if (!isDynamic(theirs) || !isDynamic(ours)) return undefined;
    const isTaken = [...this.names].some(
      ([key, cid]) => key.startsWith(`${handle} `) && key !== `${handle} ${theirs}` && cid === ours,
    );
    const isTwice = cidsOfSender(octets).some(([other, cid]) => other !== at && cid === ours);
    return isTaken || isTwice ? undefined : ours;
  }
}

function isDynamic(cid: number): boolean {
  return cid >= FIRST_DYNAMIC && cid <= LAST_DYNAMIC;
}

function placeOf(frame: Uint8Array) {
  return cidOf(frame) === SIGNALLING && frame.length > PARAMETERS ? ofSender[frame[4]!] : undefined;
}

/** Whether a frame gives channels their CIDs. */
function opens(frame: Uint8Array): boolean {
  return placeOf(frame)?.opens === true;
}

/** The CIDs of its sender in a signalling command, with their places. */
function cidsOfSender(frame: Uint8Array): [at: number, cid: number][] {
  const place = placeOf(frame);
  const found: [number, number][] = [];
  for (let at = place?.at ?? frame.length; at + 2 <= frame.length; at += 2) {
    found.push([at, u16At(frame, at)]);
    if (!place?.list) break;
  }
  return found;
}
