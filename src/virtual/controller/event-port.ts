import { ByteWriter } from '../../core/bytes.js';
import type { AnyEvent, EventDefinition } from '../../hci/definition.js';
import { PacketType } from '../../hci/packet-type.js';

/** After a Reset: Core Vol 4, Part E, 7.3.1. LE Meta (bit 61) is not among them. */
const DEFAULT_EVENT_MASK = 0x00001fffffffffffn;
/** After a Reset: Core Vol 4, Part E, 7.8.1. */
const DEFAULT_LE_EVENT_MASK = 0x1fn;
/** The bit of LE Meta in the event mask. */
const LE_META_BIT = 61;

/**
 * The way of events and data to the host: masks are honoured here, and whatever a command causes follows its answer.
 * Without a host, packets are thrown away.
 */
export class EventPort {
  /** Takes one H4 packet, which is its own from there on. */
  sink: ((packet: Uint8Array) => void) | undefined;
  private readonly writer = new ByteWriter(260);
  private readonly mask = new Uint8Array(64);
  private readonly leMask = new Uint8Array(64);
  private held: Uint8Array[] | undefined;

  constructor() {
    this.resetMasks();
  }

  /** The masks as after a Reset. */
  resetMasks(): void {
    this.setMask(DEFAULT_EVENT_MASK);
    this.setLeMask(DEFAULT_LE_EVENT_MASK);
  }

  setMask(mask: bigint): void {
    unpack(mask, this.mask);
  }

  setLeMask(mask: bigint): void {
    unpack(mask, this.leMask);
  }

  /** Whether the masks let an event through. */
  permits(definition: AnyEvent): boolean {
    const { subevent, maskBit } = definition;
    if (subevent !== undefined) return this.permitsLe(subevent);
    return maskBit === undefined || this.mask[maskBit] === 1;
  }

  /** Whether the masks let an LE subevent through: Core Vol 4, Part E, 7.8.1. */
  permitsLe(subevent: number): boolean {
    return this.mask[LE_META_BIT] === 1 && this.leMask[subevent - 1] === 1;
  }

  /** Sends an event, unless it is masked. */
  event<P>(definition: EventDefinition<P>, parameters: P): void {
    if (this.permits(definition)) this.packet(this.encode(definition, parameters));
  }

  /** Sends the answer to a command: it goes before everything that is {@link hold held}. */
  answer<P>(definition: EventDefinition<P>, parameters: P): void {
    this.sink?.(this.encode(definition, parameters));
  }

  private encode<P>(definition: EventDefinition<P>, parameters: P): Uint8Array {
    const writer = this.writer.clear().u8(PacketType.event).u8(definition.code).u8(0);
    if (definition.subevent !== undefined) writer.u8(definition.subevent);
    definition.parameters.write(writer, parameters);
    const packet = writer.finish();
    packet[2] = packet.length - 3;
    return packet;
  }

  /** Sends an H4 packet as it is. */
  packet(packet: Uint8Array): void {
    if (this.held) this.held.push(packet);
    else this.sink?.(packet);
  }

  /** Keeps back what is sent until {@link release}. */
  hold(): void {
    this.held ??= [];
  }

  /** Throws away what is held back. */
  discard(): void {
    if (this.held) this.held.length = 0;
  }

  /** Sends what was held back. */
  release(): void {
    const held = this.held;
    this.held = undefined;
    if (held) for (const packet of held) this.sink?.(packet);
  }
}

function unpack(mask: bigint, bits: Uint8Array): void {
  for (let bit = 0; bit < 64; bit++) bits[bit] = Number((mask >> BigInt(bit)) & 1n);
}
