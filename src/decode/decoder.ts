import { u16At } from '../core/bytes.js';
import { hexCode } from '../core/hex.js';
import { decodePacket } from '../hci/decode.js';
import { LE_META } from '../hci/definition.js';
import { commandComplete } from '../hci/events/controller.js';
import {
  leConnectionComplete,
  leEnhancedConnectionCompleteV1,
  leEnhancedConnectionCompleteV2,
} from '../hci/events/le-connection.js';
import { disconnectionComplete } from '../hci/events/link.js';
import { PacketType } from '../hci/packet-type.js';
import { readableAcl } from './acl.js';
import { DecodeContext } from './context.js';
import { readableIso, readableSco } from './data.js';
import { readableCommand, readableEvent } from './hci.js';
import type { NameTables } from './names.js';
import { unreadable } from './render.js';
import { StreamState } from './state.js';
import type { ReadablePacket } from './tree.js';

/** What {@link decode} and {@link Decoder} take beside packets. */
export interface DecodeOptions {
  /** The names of assigned numbers: see {@link loadAssignedNumbers}. Without them the numbers are shown. */
  readonly names?: NameTables | undefined;
  /**
   * The company identifier of the controller's manufacturer, by which its commands and events are told. A `Decoder` learns it
   * from the answer to Read_Local_Version_Information.
   */
  readonly company?: number | undefined;
}

/**
 * Takes one packet apart for a reader, by itself: without what a stream tells. Never throws: what is unknown or malformed is
 * shown as octets, and said to be so.
 *
 * ```ts
 * decode(Uint8Array.of(0x01, 0x0c, 0x20, 0x02, 0x01, 0x00)).line; // 'Command LE_Set_Scan_Enable: …'
 * ```
 *
 * @param packet the packet with its H4 indicator; or `type`, the indicator, and `bytes`, the packet without it
 */
export function decode(packet: Uint8Array, options?: DecodeOptions): ReadablePacket;
export function decode(type: number, bytes: Uint8Array, options?: DecodeOptions): ReadablePacket;
export function decode(
  first: number | Uint8Array,
  second?: Uint8Array | DecodeOptions,
  third?: DecodeOptions,
): ReadablePacket {
  const [type, bytes, options] = parts(first, second, third);
  return readable(type, bytes, new DecodeContext(options?.names, options?.company));
}

function parts(
  first: number | Uint8Array,
  second: Uint8Array | DecodeOptions | undefined,
  third: DecodeOptions | undefined,
): [type: number, bytes: Uint8Array, options: DecodeOptions | undefined] {
  if (typeof first === 'number') return [first, second as Uint8Array, third];
  return [first[0] ?? -1, first.subarray(1), second as DecodeOptions | undefined];
}

function readable(type: number, bytes: Uint8Array, context: DecodeContext): ReadablePacket {
  switch (type) {
    case PacketType.command:
      return readableCommand(bytes, context);
    case PacketType.event:
      return readableEvent(bytes, context);
    case PacketType.acl:
      return readableAcl(bytes, context);
    case PacketType.sco:
      return readableSco(bytes, context);
    case PacketType.iso:
      return readableIso(bytes, context);
    default: {
      const name = type < 0 ? 'Empty_Packet' : `Unknown_Packet ${hexCode(type)}`;
      return unreadable(type, name, name, bytes);
    }
  }
}

const RESET = 0x0c03;
const READ_LOCAL_VERSION_INFORMATION = 0x1001;
/** Connection Complete of BR/EDR, whose handle is told as that of LE is. */
const CLASSIC_CONNECTION_COMPLETE = 0x03;
const leConnections: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([
  leConnectionComplete.subevent,
  leEnhancedConnectionCompleteV1.subevent,
  leEnhancedConnectionCompleteV2.subevent,
]);
const telling: ReadonlySet<number> = /* @__PURE__ */ new Set([
  CLASSIC_CONNECTION_COMPLETE,
  disconnectionComplete.code,
  commandComplete.code,
]);

/**
 * Takes the packets of one stream apart for a reader, and remembers what the later ones need: fragments of L2CAP frames and
 * SDUs, which request a response answers, what the attributes are, which channels are open, who made the controller. It
 * keeps 32 connections, and of each 4096 attributes a side and 64 channels; beyond that it forgets the oldest.
 *
 * ```ts
 * const decoder = new Decoder({ names: await loadAssignedNumbers() });
 * for (const { sent, packet } of stream) console.log(decoder.decode(sent, packet).line);
 * ```
 */
export class Decoder {
  private readonly options: DecodeOptions;
  private readonly state = new StreamState();
  private context: DecodeContext;

  constructor(options: DecodeOptions = {}) {
    this.options = options;
    this.context = new DecodeContext(options.names, options.company);
  }

  /**
   * Takes the next packet of the stream. Never throws.
   * @param sent whether the host sent it
   * @param packet the packet with its H4 indicator; or `type`, the indicator, and `bytes`, the packet without it
   */
  decode(sent: boolean, packet: Uint8Array): ReadablePacket;
  decode(sent: boolean, type: number, bytes: Uint8Array): ReadablePacket;
  decode(sent: boolean, first: number | Uint8Array, second?: Uint8Array): ReadablePacket {
    const [type, bytes] = parts(first, second, undefined);
    if (type === PacketType.acl) return this.acl(sent, bytes);
    const packet = readable(type, bytes, this.context);
    if (type === PacketType.event && !packet.malformed) this.event(bytes);
    return packet;
  }

  private acl(sent: boolean, bytes: Uint8Array): ReadablePacket {
    if (bytes.length < 4) return readableAcl(bytes, this.context);
    const handle = u16At(bytes, 0) & 0xfff;
    return readableAcl(bytes, this.context, { link: this.state.link(handle), sender: sent ? 0 : 1 });
  }

  /** Learns what later packets need. */
  private event(bytes: Uint8Array): void {
    const isLeConnection = bytes[0] === LE_META && leConnections.has(bytes[2]);
    if (!isLeConnection && !telling.has(bytes[0]!)) return;
    const { code, fields } = decodePacket(PacketType.event, bytes);
    if (isLeConnection && fields['status'] === 0) this.state.connected(fields['connectionHandle'] as number);
    else if (code === CLASSIC_CONNECTION_COMPLETE && bytes[2] === 0 && bytes.length >= 5) {
      this.state.connected(u16At(bytes, 3) & 0xfff);
    } else if (code === disconnectionComplete.code && fields['status'] === 0) {
      this.state.disconnected(fields['connectionHandle'] as number);
    } else if (code === commandComplete.code) this.complete(fields);
  }

  private complete(fields: Readonly<Record<string, unknown>>): void {
    const returned = fields['returnParameters'] as Readonly<Record<string, unknown>> | undefined;
    if (returned?.['status'] !== 0) return;
    const opcode = fields['commandOpcode'];
    if (opcode === RESET) this.state.reset();
    if (opcode !== READ_LOCAL_VERSION_INFORMATION) return;
    const company = returned['companyIdentifier'] as number;
    if (company !== this.context.company) this.context = new DecodeContext(this.options.names, company);
  }
}
