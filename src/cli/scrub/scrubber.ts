import { u16At } from '../../core/bytes.js';
import { Decoder, findField, type ReadableField, type ReadablePacket } from '../../decode/index.js';
import { AclBoundary } from '../../hci/acl-packet.js';
import type { CaptureRecord } from '../../hci/capture/index.js';
import { classicCommandName } from '../../hci/classic-names.js';
import { PacketType } from '../../hci/packet-type.js';
import { commandByOpcode } from '../../hci/registry.js';
import { AdvertisingChains } from './advertising-chains.js';
import { Changes, noCounts, type ScrubCounts, type ScrubOptions } from './changes.js';
import { classicCommands, classicEvents, classicReturns, type Place } from './classic.js';
import { Fragments, type Held } from './fragments.js';
import { Known, Pseudonyms } from './pseudonyms.js';
import { isAddress, isRandomAddress, isStructure, Visitor } from './visitor.js';

const VENDOR_GROUP = 0x3f;
const COMMAND_COMPLETE = 0x0e;
const VENDOR_EVENT = 0xff;
const COMMAND_HEADER = 3;
const EVENT_HEADER = 2;
const ACL_HEADER = 4;
const L2CAP_HEADER = 4;

/** Takes the scrubbed records, in the order in which the originals came. */
export type ScrubTarget = (record: CaptureRecord) => void;

/**
 * Makes a capture anonymous: addresses, names, keys and values become others, the same for the same, and everything else stays
 * where it is. The capture is read twice: {@link learn} takes all its records, then {@link scrub} does. What an L2CAP frame
 * holds that came in several packets is changed across them, so that the records before its last wait; 4096 at most.
 */
export class Scrubber {
  readonly counts: ScrubCounts = noCounts();
  private readonly pseudonyms: Pseudonyms;
  private readonly known = new Known();
  private readonly visitor: Visitor;
  private learning = new Decoder();
  private readonly decoder = new Decoder();
  private readonly chains = new AdvertisingChains();
  private readonly fragments: Fragments;

  constructor(seed: string | Uint8Array, options: ScrubOptions, target: ScrubTarget) {
    this.pseudonyms = new Pseudonyms(seed);
    this.visitor = new Visitor(options);
    this.fragments = new Fragments(target, (held) => this.abandon(held));
  }

  /** Distinct addresses. */
  get addressCount(): number {
    return this.known.addressCount;
  }

  /** The first reading: finds what must not be left anywhere. */
  learn({ type, sent, packet }: CaptureRecord): void {
    if (type === 0) return;
    const { fields } = this.learning.decode(sent, type, packet);
    this.gather(fields, type === PacketType.acl && findField(fields, 'frame') ? undefined : packet, '');
    this.eachClassic(type, packet, ([offset, length, what], start) => {
      const octets = packet.subarray(
        start + offset,
        length === undefined ? undefined : start + offset + length,
      );
      if (what === 'address' && octets.length === 6) this.known.address(octets, undefined);
      if (what === 'name') this.known.name(octets);
    });
  }

  /** The second reading. */
  scrub(record: CaptureRecord): void {
    const { type, sent } = record;
    if (record.comments) this.counts.notes += record.comments.length;
    if (type === 0) {
      this.counts.notes++;
      return;
    }
    this.counts.packets++;
    const packet = Uint8Array.from(record.packet);
    const readable = this.decoder.decode(sent, type, record.packet);
    const held: Held = { record: { ...record, packet, comments: undefined }, isDone: false };
    if (type === PacketType.acl) this.acl(held, readable);
    else {
      const changes = this.changes(packet);
      if (!this.vendor(type, packet, changes) && !this.classic(type, packet, changes))
        this.declared(readable, packet, changes);
      changes.sweep();
      this.fragments.add(held);
      this.fragments.done([held]);
    }
  }

  /** There are no more records. */
  end(): void {
    this.fragments.end();
  }

  private changes(octets: Uint8Array): Changes {
    return new Changes(octets, this.pseudonyms, this.known, this.counts);
  }

  private declared(readable: ReadablePacket, packet: Uint8Array, changes: Changes): void {
    // Data of an advertising event that go on from one report to the next begin anywhere in a structure.
    for (const { offset, length } of this.chains.continuing(readable)) changes.opaque(offset, length);
    if (readable.malformed !== undefined && readable.fields.every(({ key }) => key === 'data')) {
      changes.opaque(0, packet.length);
      return;
    }
    this.visitor.visit(
      readable.fields.map((field) => this.chains.without(field)),
      changes,
    );
  }

  /** What manufacturers say among themselves is blanked; a Status stays. */
  private vendor(type: number, packet: Uint8Array, changes: Changes): boolean {
    let from: number | undefined;
    if (
      type === PacketType.command &&
      packet.length >= COMMAND_HEADER &&
      u16At(packet, 0) >> 10 === VENDOR_GROUP
    )
      from = COMMAND_HEADER;
    if (type === PacketType.event && packet[0] === VENDOR_EVENT) from = EVENT_HEADER + 1;
    if (
      type === PacketType.event &&
      packet[0] === COMMAND_COMPLETE &&
      packet.length >= 5 &&
      u16At(packet, 3) >> 10 === VENDOR_GROUP
    )
      from = 6;
    if (from === undefined) return false;
    this.counts.vendor++;
    changes.zeroed(from);
    return true;
  }

  /** Packets that are not declared here. */
  private classic(type: number, packet: Uint8Array, changes: Changes): boolean {
    const told = this.eachClassic(type, packet, ([offset, length, what], start) => {
      const at = start + offset;
      const size = Math.min(length ?? packet.length - at, packet.length - at);
      if (size <= 0) return;
      if (what === 'address') changes.address(at, undefined);
      else if (what === 'name') changes.name(at, size);
      else if (what === 'key') changes.key(at, size);
      else if (what === 'octets') changes.opaque(at, size);
      else this.inquiryResponse(packet, at, changes);
    });
    if (told) return true;
    if (type === PacketType.command && packet.length >= COMMAND_HEADER) {
      const opcode = u16At(packet, 0);
      // A command that the specification knows, and that has nothing of anybody.
      return commandByOpcode(opcode) === undefined && classicCommandName(opcode) !== undefined;
    }
    return false;
  }

  private inquiryResponse(packet: Uint8Array, from: number, changes: Changes): void {
    for (let at = from; at + 1 < packet.length && packet[at] !== 0; at += 1 + packet[at]!) {
      const size = Math.min(packet[at]! - 1, packet.length - at - 2);
      const isName = packet[at + 1] === 8 || packet[at + 1] === 9;
      if (isName) changes.name(at + 2, size);
      // Lists of UUIDs, flags and power levels tell nothing.
      else if (packet[at + 1]! > 0x0a) changes.opaque(at + 2, size);
    }
  }

  /** Calls `take` with each place of an undeclared packet that has something; says whether it is such a packet. */
  private eachClassic(
    type: number,
    packet: Uint8Array,
    take: (place: Place, start: number) => void,
  ): boolean {
    let places: readonly Place[] | undefined;
    let start = EVENT_HEADER;
    if (type === PacketType.command && packet.length >= COMMAND_HEADER) {
      places = classicCommands.get(u16At(packet, 0));
      start = COMMAND_HEADER;
    } else if (type === PacketType.event && packet[0] === COMMAND_COMPLETE && packet.length >= 5) {
      places = classicReturns.get(u16At(packet, 3));
      start = 5;
    } else if (type === PacketType.event) places = classicEvents.get(packet[0] ?? 0);
    if (!places) return false;
    for (const place of places) if (start + place[0] < packet.length) take(place, start);
    return true;
  }

  private acl(held: Held, { fields, line }: ReadablePacket): void {
    const { packet, sent } = held.record;
    this.fragments.add(held);
    const data = fields.find(({ key }) => key === 'data');
    const frame = fields.find(({ key }) => key === 'frame');
    const isWhole = data?.fields !== undefined;
    if (packet.length < ACL_HEADER || !data) {
      this.changes(packet).opaque(0, packet.length);
      this.fragments.done([held]);
      return;
    }
    const link = `${u16At(packet, 0) & 0xfff} ${sent}`;
    const isContinuing = ((packet[1]! >> 4) & 3) === AclBoundary.continuing;
    if (frame) this.complete([...this.fragments.pending(link), held], frame, link);
    else if (isWhole) {
      this.fragments.giveUp(link);
      const changes = this.changes(packet);
      this.visitor.visit(fields, changes, 'l2cap');
      changes.sweep();
      this.fragments.done([held]);
    } else if (data.malformed !== undefined || line.includes("a vendor's trace")) {
      this.fragments.giveUp(link);
      this.abandon(held);
      this.fragments.done([held]);
    } else {
      if (!isContinuing) this.fragments.giveUp(link);
      this.fragments.hold(link, held);
    }
  }

  /** The last fragment of a frame is here. */
  private complete(parts: readonly Held[], frame: ReadableField, link: string): void {
    const sizes = parts.map(({ record }) => record.packet.length - ACL_HEADER);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    this.fragments.release(link);
    if (total !== frame.length || !frame.fields) {
      for (const part of parts) this.abandon(part);
      this.fragments.done(parts);
      return;
    }
    const octets = new Uint8Array(total);
    let at = 0;
    for (const { record } of parts) {
      octets.set(record.packet.subarray(ACL_HEADER), at);
      at += record.packet.length - ACL_HEADER;
    }
    const changes = this.changes(octets);
    this.visitor.visit(frame.fields, changes, 'l2cap');
    changes.sweep();
    at = 0;
    for (const { record } of parts) {
      const size = record.packet.length - ACL_HEADER;
      record.packet.set(octets.subarray(at, at + size), ACL_HEADER);
      at += size;
    }
    this.fragments.done(parts);
  }

  /** A fragment whose frame is not whole: nobody knows what it is. */
  private abandon({ record }: Held): void {
    const { packet } = record;
    const isFirst = ((packet[1]! >> 4) & 3) !== AclBoundary.continuing;
    const from = ACL_HEADER + (isFirst ? L2CAP_HEADER : 0);
    if (packet.length > from) this.changes(packet).opaque(from, packet.length - from);
  }

  /** Remembers the addresses and names among the fields. */
  private gather(fields: readonly ReadableField[], packet: Uint8Array | undefined, parent: string): void {
    for (const field of fields) {
      if (isAddress(field)) {
        const octets = Uint8Array.from((field.value as string).split(':'), (part) =>
          Number.parseInt(part, 16),
        ).reverse();
        this.known.address(octets, isRandomAddress(field, fields, parent));
      } else if (field.fields) {
        const isOwn = packet && field.source === undefined ? packet : undefined;
        this.gather(field.fields, isOwn, field.key === '0' ? parent : field.key);
        if (isStructure(field) && /name/i.test(field.key)) this.nameOf(field.fields, packet);
      } else if (field.key === 'text') this.nameOf([field], packet);
    }
  }

  private nameOf(fields: readonly ReadableField[], packet: Uint8Array | undefined): void {
    const field = fields.find(({ key }) => key === 'name' || key === 'text');
    if (!field) return;
    const octets = packet
      ? packet.slice(field.offset, field.offset + field.length)
      : new TextEncoder().encode(String(field.value));
    if (octets.length === field.length) this.known.name(octets);
  }
}
