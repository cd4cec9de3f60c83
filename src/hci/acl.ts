import { FRAME_HEADROOM } from '../core/frame.js';
import { AclFlow, AclFlows, type Outgoing } from './acl-flow.js';
import { type AclLinkReceiver, AclReassembler } from './acl-reassembler.js';
import { PacketType } from './packet-type.js';

/** What the controller has for ACL data: LE Read Buffer Size (Core Vol 4, Part E, 7.8.2). */
export interface AclBuffers {
  /** Largest Data_Total_Length of one packet in octets. */
  readonly length: number;
  /** How many packets it takes. */
  readonly count: number;
}

/** What an {@link AclManager} needs. */
export interface AclManagerOptions {
  readonly send: (packet: Uint8Array) => void;
  /** Told of fragments and handles that make no sense. */
  readonly report: (message: string, handle: number) => void;
}

/** The start of an L2CAP frame in a frame buffer: behind the H4 indicator and the ACL header. */
const FRAME_START = FRAME_HEADROOM - 4;
const PB_CONTINUING = 1;

/** Who waits for what was sent before. */
interface Fence {
  /** The packet that has to be completed; not known while frames wait. */
  until: number | undefined;
  readonly resolve: () => void;
}

/** The data of one connection. */
export class AclLink {
  readonly handle: number;
  /** @internal */
  readonly flows = new AclFlows();
  /** @internal Packets that the controller was given, and those of them that it has completed. */
  given = 0;
  /** @internal */
  completed = 0;
  /** @internal */
  readonly reassembler: AclReassembler;
  private fences: Fence[] = [];
  private readonly manager: AclManager;
  private readonly common: AclFlow;

  /** @internal */
  constructor(
    manager: AclManager,
    handle: number,
    receiver: AclLinkReceiver,
    report: (message: string, handle: number) => void,
  ) {
    this.manager = manager;
    this.handle = handle;
    this.common = this.flow();
    this.reassembler = new AclReassembler(receiver, (message) => report(message, handle));
  }

  /** Frames that wait for room in the controller, of all flows. */
  get backlog(): number {
    return this.flows.waiting;
  }

  /** @internal Packets that the controller has and has not completed. */
  get inController(): number {
    return this.given - this.completed;
  }

  /**
   * Resolves when the peer's controller has everything that was sent before the call (Core Vol 4, Part E, 7.7.19), whatever is
   * sent after it, or the link is gone.
   */
  delivered(): Promise<void> {
    return new Promise((resolve) => {
      const frames = this.flows.all();
      const fence: Fence = { until: frames.length === 0 ? this.given : undefined, resolve };
      this.fences.push(fence);
      let left = frames.length;
      for (const frame of frames) {
        const { sent } = frame;
        frame.sent = () => {
          sent?.();
          if (--left === 0) fence.until = this.given;
        };
      }
      this.checkFences();
    });
  }

  /** @internal Packets were completed. */
  checkFences(): void {
    if (this.fences.length === 0) return;
    const { completed } = this;
    const isOpen = ({ until }: Fence) => until !== undefined && until <= completed;
    for (const { resolve } of this.fences.filter(isOpen)) resolve();
    this.fences = this.fences.filter((fence) => !isOpen(fence));
  }

  /** @internal The link is gone: nothing is waited for any more. */
  end(): void {
    this.flows.clear();
    this.completed = this.given;
    for (const { resolve } of this.fences.splice(0)) resolve();
  }

  /**
   * A flow of frames of its own: the flows of a link take turns, a frame each.
   * @param urgent its frames go before those of all others; for the few of signalling
   */
  flow(urgent = false): AclFlow {
    return new AclFlow((flow, frame, sent) => this.manager.send(this, flow, frame, sent), urgent);
  }

  /**
   * Sends one L2CAP frame in the link's common flow, cut into as many ACL packets as the controller's buffers ask for.
   * @param frame five octets of room, then the L2CAP header and its payload; owned by the link from here on
   * @param sent called when its last packet was handed to the controller
   */
  send(frame: Uint8Array, sent?: () => void): void {
    this.common.send(frame, sent);
  }
}

/**
 * Fragmentation, recombination and flow control of ACL data (Core Vol 4, Part E, 4.1.1 and 5.4.2; Vol 3, Part A, 7.2):
 * no more packets than the controller has room for, links that wait take turns, one packet each, and the flows of a link, one
 * frame each: fragments of two frames of a link may not be mixed (7.2.1).
 */
export class AclManager {
  /** Packets for handles that no link has. */
  strayPackets = 0;
  private readonly options: AclManagerOptions;
  private readonly links = new Map<number, AclLink>();
  /** Links with something to send, in the order of their turns. */
  private readonly turns: AclLink[] = [];
  private bufferLength = 27;
  private bufferCount = 0;
  private free = 0;

  constructor(options: AclManagerOptions) {
    this.options = options;
  }

  /** Sets what the controller has; everything counts as free. */
  setBuffers(buffers: AclBuffers): void {
    this.bufferLength = buffers.length;
    this.bufferCount = buffers.count;
    this.free = buffers.count;
  }

  /** The controller's buffers. */
  get buffers(): AclBuffers {
    return { length: this.bufferLength, count: this.bufferCount };
  }

  /** Makes the link of a new connection. */
  attach(handle: number, receiver: AclLinkReceiver): AclLink {
    this.detach(handle);
    const link = new AclLink(this, handle, receiver, this.options.report);
    this.links.set(handle, link);
    return link;
  }

  /**
   * Ends a link at its disconnection: what waits is dropped, and what the controller held for it counts as completed
   * (Vol 4, Part E, 4.1.1).
   */
  detach(handle: number): void {
    const link = this.links.get(handle);
    if (!link) return;
    this.links.delete(handle);
    const turn = this.turns.indexOf(link);
    if (turn >= 0) this.turns.splice(turn, 1);
    this.free = Math.min(this.bufferCount, this.free + link.inController);
    link.end();
    this.pump();
  }

  /** Ends all links: the controller was reset or is gone. */
  clear(): void {
    for (const link of this.links.values()) link.end();
    this.links.clear();
    this.turns.length = 0;
    this.free = this.bufferCount;
  }

  /** @internal For {@link AclFlow.send}. */
  send(link: AclLink, flow: AclFlow, frame: Uint8Array, sent: (() => void) | undefined): void {
    const length = frame.length - FRAME_START;
    if (this.links.get(link.handle) !== link) return;
    // The common case: one packet, room for it, nobody before it.
    if (this.free > 0 && length <= this.bufferLength && link.flows.waiting === 0) {
      this.free--;
      link.given++;
      fillHeader(frame, link.handle, length);
      this.options.send(frame);
      sent?.();
      return;
    }
    link.flows.add(flow, { frame, done: 0, sent });
    if (link.flows.waiting === 1) this.turns.push(link);
    this.pump();
  }

  /** Number Of Completed Packets (7.7.19): `bytes[start, end)` are its parameters. */
  completed(bytes: Uint8Array, start: number, end: number): void {
    let at = start + 1;
    for (let left = bytes[start] ?? 0; left > 0 && at + 4 <= end; left--, at += 4) {
      const link = this.links.get((bytes[at]! | (bytes[at + 1]! << 8)) & 0x0fff);
      if (!link) continue;
      let count = bytes[at + 2]! | (bytes[at + 3]! << 8);
      if (count > link.inController) {
        this.options.report(`the controller completed ${count} packets of ${link.inController}`, link.handle);
        count = link.inController;
      }
      link.completed += count;
      this.free += count;
      link.checkFences();
    }
    this.pump();
  }

  /** An ACL data packet from the controller, `bytes[start, end)` without the H4 indicator. */
  receive(bytes: Uint8Array, start: number, end: number): void {
    if (end - start < 4) return;
    const handle = (bytes[start]! | (bytes[start + 1]! << 8)) & 0x0fff;
    const length = bytes[start + 2]! | (bytes[start + 3]! << 8);
    const link = this.links.get(handle);
    if (!link) {
      this.strayPackets++;
      this.options.report('ACL data for a handle without connection', handle);
      return;
    }
    if (start + 4 + length !== end) {
      this.options.report(`an ACL packet of ${end - start - 4} octets says it has ${length}`, handle);
      return;
    }
    link.reassembler.receive((bytes[start + 1]! >> 4) & 3, bytes, start + 4, end);
  }

  private pump(): void {
    const { turns } = this;
    while (this.free > 0 && turns.length > 0) {
      const link = turns.shift()!;
      const { flows } = link;
      const outgoing = flows.next();
      if (!outgoing) continue;
      this.free--;
      link.given++;
      const finished = this.sendPart(link, outgoing);
      if (finished) flows.done();
      if (flows.waiting > 0) turns.push(link);
      if (finished) outgoing.sent?.();
    }
  }

  /** Sends the next packet of a frame; says whether it was the last. */
  private sendPart(link: AclLink, outgoing: Outgoing): boolean {
    const { frame, done } = outgoing;
    const left = frame.length - FRAME_START - done;
    if (done === 0 && left <= this.bufferLength) {
      fillHeader(frame, link.handle, left);
      this.options.send(frame);
      return true;
    }
    const size = Math.min(left, this.bufferLength);
    const packet = new Uint8Array(FRAME_START + size);
    packet.set(frame.subarray(FRAME_START + done, FRAME_START + done + size), FRAME_START);
    fillHeader(packet, done === 0 ? link.handle : link.handle | (PB_CONTINUING << 12), size);
    outgoing.done += size;
    this.options.send(packet);
    return left === size;
  }
}

/** H4 indicator and ACL header; Packet_Boundary_Flag 0 in `handle` is the first packet of a frame to an LE controller. */
function fillHeader(packet: Uint8Array, handle: number, length: number): void {
  packet[0] = PacketType.acl;
  packet[1] = handle & 0xff;
  packet[2] = handle >> 8;
  packet[3] = length & 0xff;
  packet[4] = length >> 8;
}
