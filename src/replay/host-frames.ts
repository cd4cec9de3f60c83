import { u16At } from '../core/bytes.js';
import { decode } from '../decode/index.js';
import { PacketType } from '../hci/packet-type.js';
import type { ControllerSide } from './controller-side.js';
import { fieldDifferences } from './divergence.js';
import { FrameAssembler, type HostFrame } from './frames.js';
import type { Match, Matcher } from './matching.js';
import type { FrameItem, Queues } from './queues.js';
import { isAttRequest, streamOf } from './streams.js';
import { type Finding, readable, readableFrame } from './verdict.js';

/** What {@link HostFrames} has of its player. */
export interface HostFramesParts {
  readonly queues: Queues;
  readonly matcher: Matcher;
  readonly side: ControllerSide;
  /** Whether a host may give its channels CIDs of its own. */
  readonly renames: boolean;
  /** Whether the host may go on with what it sent. */
  readonly goes: (match: Match) => boolean;
  /** Whether the response to the host's last request on a link is still to be given, before an item. */
  readonly awaitsResponse: (item: FrameItem, handle: number) => boolean;
  /** Whether nothing is compared any more, as the capture goes on behind its cut. */
  readonly isCut: () => boolean;
  readonly matched: (item: FrameItem, match: Match) => void;
  /** The host gave something another name. */
  readonly renamed: (frame: number, what: string) => void;
  readonly fail: (finding: Finding) => void;
}

/** Puts a host's ACL packets together to L2CAP frames, and compares each with the one that is due in its stream. */
export class HostFrames {
  private readonly parts: HostFramesParts;
  private readonly assembler = new FrameAssembler();

  constructor(parts: HostFramesParts) {
    this.parts = parts;
  }

  /** Takes an ACL packet without its indicator. */
  receive(bytes: Uint8Array): void {
    const { queues, side } = this.parts;
    const { handle, frame, problem } = this.assembler.receive(bytes);
    side.credits.took(handle);
    const due = queues.frame(handle);
    if (problem !== undefined && u16At(bytes, 2) !== bytes.length - 4) {
      const got = decode(PacketType.acl, bytes);
      const differences = due ? fieldDifferences(readable(due), got) : [];
      const difference = differences.find(({ path }) => path === 'dataLength');
      this.parts.fail({ due, got, difference, reason: problem });
    } else if (problem !== undefined) {
      const octets = bytes.subarray(4);
      this.fails(due, { handle, octets, fragments: [octets.length] }, problem);
    } else if (frame) this.frame(frame, due);
    else this.fragment(handle, due);
  }

  /** What is wrong where the host began the frame that is due, and did not end it; `undefined` where it did not begin. */
  unfinished(due: FrameItem): Finding | undefined {
    const { handle } = due.frame;
    const octets = this.assembler.unfinished(handle);
    if (!octets) return undefined;
    const got = { handle, octets, fragments: [octets.length] };
    const reason = 'the host began an L2CAP frame and did not end it';
    const { divergent: difference } = this.parts.matcher.frame(due.frame, got);
    return { due, got: readableFrame(got), difference, reason };
  }

  /** @param first what is due on the link */
  private frame(frame: HostFrame, first: FrameItem | undefined): void {
    const { queues, side, goes, awaitsResponse, matched, renamed, fail } = this.parts;
    const due = queues.frame(frame.handle, streamOf(frame.octets));
    const match = due && this.match(due, frame);
    if (!due || !match || !goes(match)) {
      this.fails(first ?? queues.frame(), frame);
      return;
    }
    if (isAttRequest(frame.octets) && awaitsResponse(due, frame.handle)) {
      const reason =
        'the host sent it before the response to its request before had come (Vol 3, Part F, 3.3.2)';
      fail({ due, got: match.got, reason });
      return;
    }
    side.identifiers.learn(due.frame, frame);
    for (const what of side.channels.learn(due.frame, frame)) renamed(due.packet.frame, what);
    matched(due, match);
  }

  /** How a frame compares with the captured one; CIDs that the host chose stand in that one, too. */
  private match(due: FrameItem, frame: HostFrame): Match {
    const { matcher, renames, side } = this.parts;
    return matcher.frame(renames ? side.channels.asHosts(due.frame, frame) : due.frame, frame);
  }

  /** A fragment that does not complete a frame: where it has all octets of the one that is due, its length is wrong. */
  private fragment(handle: number, due: FrameItem | undefined): void {
    const octets = this.assembler.unfinished(handle);
    const expected = due?.frame.octets;
    if (!octets || !expected || octets.length < expected.length) return;
    const isSame = expected.every((octet, i) => i < 2 || octet === octets[i]);
    if (isSame) this.fails(due, { handle, octets, fragments: [octets.length] });
  }

  private fails(due: FrameItem | undefined, frame: HostFrame, reason?: string): void {
    if (!due && this.parts.isCut()) return;
    const { expected, divergent: difference } = due ? this.match(due, frame) : {};
    this.parts.fail({ due, expected, got: readableFrame(frame), difference, reason });
  }
}
