import { u16At } from '../core/bytes.js';
import { AclReassembler } from '../hci/acl-reassembler.js';

/** An L2CAP frame that a host sent. */
export interface HostFrame {
  readonly handle: number;
  /** The frame, its header of length and CID first. */
  readonly octets: Uint8Array;
  /** The sizes of the ACL fragments that it went in. */
  readonly fragments: readonly number[];
}

/** What an ACL packet came to. */
export interface ReceivedAcl {
  readonly handle: number;
  /** The frame that it completes. */
  readonly frame: HostFrame | undefined;
  /** What is wrong with its place in a frame. */
  readonly problem: string | undefined;
}

interface Link {
  readonly reassembler: AclReassembler;
  /** All octets since the last first fragment. */
  octets: Uint8Array;
  fragments: number[];
  isComplete: boolean;
  problem: string | undefined;
}

const CONTINUING = 1;
const HEADER = 4;

/** Puts the ACL packets of a host together to L2CAP frames, link by link. */
export class FrameAssembler {
  private readonly links = new Map<number, Link>();

  /** @param packet an ACL packet without its indicator */
  receive(packet: Uint8Array): ReceivedAcl {
    if (packet.length < HEADER)
      return { handle: 0, frame: undefined, problem: 'an ACL packet without header' };
    const word = u16At(packet, 0);
    const handle = word & 0xfff;
    const boundary = (word >> 12) & 3;
    const data = packet.slice(HEADER);
    if (u16At(packet, 2) !== data.length) {
      return { handle, frame: undefined, problem: 'an ACL packet has not the length that it says' };
    }
    const link = this.link(handle);
    if (boundary === CONTINUING) {
      link.octets = joined(link.octets, data);
      link.fragments.push(data.length);
    } else {
      link.octets = data;
      link.fragments = [data.length];
    }
    link.problem = undefined;
    link.isComplete = false;
    link.reassembler.receive(boundary, data, 0, data.length);
    const { octets, fragments, problem, isComplete } = link;
    return { handle, frame: isComplete ? { handle, octets, fragments } : undefined, problem };
  }

  /** The frame under way on a link, as far as it came; `undefined` where there is none. */
  unfinished(handle: number): Uint8Array | undefined {
    const link = this.links.get(handle);
    return link && !link.isComplete && link.octets.length > 0 ? link.octets : undefined;
  }

  /** The links with a frame under way. */
  get unfinishedLinks(): readonly number[] {
    return [...this.links.keys()].filter((handle) => this.unfinished(handle) !== undefined);
  }

  private link(handle: number): Link {
    const known = this.links.get(handle);
    if (known) return known;
    const link: Link = {
      reassembler: new AclReassembler(
        { frame: () => void (link.isComplete = true) },
        (message) => void (link.problem = message),
      ),
      octets: new Uint8Array(0),
      fragments: [],
      isComplete: true,
      problem: undefined,
    };
    this.links.set(handle, link);
    return link;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** An L2CAP frame in one ACL packet, without indicator: for the decoder, whatever fragments it went in. */
export function asOnePacket(handle: number, frame: Uint8Array): Uint8Array {
  const packet = new Uint8Array(HEADER + frame.length);
  packet.set([handle & 0xff, handle >> 8, frame.length & 0xff, frame.length >> 8]);
  packet.set(frame, HEADER);
  return packet;
}
