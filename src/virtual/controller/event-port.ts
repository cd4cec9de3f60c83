import { ByteWriter } from '../../core/bytes.js';
import { type AnyEvent, type EventDefinition, LE_META } from '../../hci/definition.js';
import * as events from '../../hci/events/index.js';
import { LeFeature } from '../../hci/features.js';
import { PacketType } from '../../hci/packet-type.js';
import { supports } from '../link-layer/features.js';
import { isInVersion } from './core-version.js';
import type { Personality } from './personality.js';

/** After a Reset: Core Vol 4, Part E, 7.3.1. LE Meta (bit 61) is not among them. */
const DEFAULT_EVENT_MASK = 0x00001fffffffffffn;
/** After a Reset: Core Vol 4, Part E, 7.3.69. */
const DEFAULT_EVENT_MASK_PAGE_2 = 0n;
/** After a Reset: Core Vol 4, Part E, 7.8.1. */
const DEFAULT_LE_EVENT_MASK = 0x1fn;
/** The bit of LE Meta in the event mask. */
const LE_META_BIT = 61;

const leEvents: readonly AnyEvent[] = Object.values(events as Record<string, unknown>).filter(
  (value): value is AnyEvent => (value as AnyEvent).code === LE_META && isSubevent(value as AnyEvent),
);

function isSubevent(event: AnyEvent): boolean {
  return event.subevent !== undefined;
}

/** Whether a controller of this personality has an event: of its version, and for a feature that it has. */
function has({ coreVersion, leFeatures }: Personality, event: AnyEvent): boolean {
  if (!isInVersion(event.since, coreVersion)) return false;
  return event.features?.some((name) => supports(leFeatures, LeFeature[name])) ?? true;
}

/**
 * The way of events and data to the host: masks are honoured here, and whatever a command causes follows its answer.
 * Without a host, packets are thrown away.
 */
export class EventPort {
  /** Takes one H4 packet, which is its own from there on. */
  sink: ((packet: Uint8Array) => void) | undefined;
  private readonly writer = new ByteWriter(260);
  private mask = DEFAULT_EVENT_MASK;
  private maskPage2 = DEFAULT_EVENT_MASK_PAGE_2;
  private leMask = DEFAULT_LE_EVENT_MASK;
  /** The subevents of LE Meta that this controller has. */
  private readonly known: readonly AnyEvent[];
  /** Of these, the ones that the masks let through, by subevent code. */
  private readonly open = new Uint8Array(256);
  private held: Uint8Array[] | undefined;

  constructor(personality: Personality) {
    this.known = leEvents.filter((event) => has(personality, event));
    this.resetMasks();
  }

  /** The masks as after a Reset. */
  resetMasks(): void {
    this.mask = DEFAULT_EVENT_MASK;
    this.maskPage2 = DEFAULT_EVENT_MASK_PAGE_2;
    this.setLeMask(DEFAULT_LE_EVENT_MASK);
  }

  /** Core Vol 4, Part E, 7.3.1. */
  setMask(mask: bigint): void {
    this.mask = mask;
    this.openSubevents();
  }

  /** Core Vol 4, Part E, 7.3.69. */
  setMaskPage2(mask: bigint): void {
    this.maskPage2 = mask;
  }

  /** Core Vol 4, Part E, 7.8.1. */
  setLeMask(mask: bigint): void {
    this.leMask = mask;
    this.openSubevents();
  }

  private openSubevents(): void {
    this.open.fill(0);
    if (!isSet(this.mask, LE_META_BIT)) return;
    for (const { subevent, maskBit } of this.known) {
      if (isSet(this.leMask, maskBit ?? subevent! - 1)) this.open[subevent!] = 1;
    }
  }

  /** Whether the masks let an event through. One without a bit of its own is always let through. */
  permits({ code, subevent, maskBit, maskPage2Bit }: AnyEvent): boolean {
    if (code === LE_META) return this.permitsLe(subevent!);
    if (maskPage2Bit !== undefined) return isSet(this.maskPage2, maskPage2Bit);
    return maskBit === undefined || isSet(this.mask, maskBit);
  }

  /** Whether the masks let an LE subevent through, and this controller has it: Core Vol 4, Part E, 7.8.1. */
  permitsLe(subevent: number): boolean {
    return this.open[subevent] === 1;
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

function isSet(mask: bigint, bit: number): boolean {
  return ((mask >> BigInt(bit)) & 1n) === 1n;
}
