import { u16At } from '../core/bytes.js';
import { decodePacket } from '../hci/decode.js';
import { LE_META } from '../hci/definition.js';
import {
  leConnectionComplete,
  leEnhancedConnectionCompleteV1,
  leEnhancedConnectionCompleteV2,
} from '../hci/events/le-connection.js';
import { PacketType } from '../hci/packet-type.js';

const CLASSIC_CONNECTION_COMPLETE = 0x03;
const DISCONNECTION_COMPLETE = 0x05;
const leConnections: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([
  leConnectionComplete.subevent,
  leEnhancedConnectionCompleteV1.subevent,
  leEnhancedConnectionCompleteV2.subevent,
]);
const reports: ReadonlySet<number | undefined> = /* @__PURE__ */ new Set([0x02, 0x0b, 0x0d]);

/** Which links there are at a moment of the capture. */
export class LinkBook {
  private readonly links = new Map<number, 'le' | 'classic'>();

  /** Takes an event that the host is given. */
  event(bytes: Uint8Array): void {
    if (bytes[0] === LE_META && leConnections.has(bytes[2])) {
      const { status, connectionHandle } = decodePacket(PacketType.event, bytes).fields;
      if (status === 0) this.links.set((connectionHandle as number) & 0xfff, 'le');
    } else if (bytes[0] === CLASSIC_CONNECTION_COMPLETE && bytes[2] === 0 && bytes.length >= 5) {
      this.links.set(u16At(bytes, 3) & 0xfff, 'classic');
    } else if (bytes[0] === DISCONNECTION_COMPLETE && bytes[2] === 0 && bytes.length >= 5) {
      this.links.delete(u16At(bytes, 3) & 0xfff);
    }
  }

  /** Whether there is an LE link of this handle. */
  isLe(handle: number): boolean {
    return this.links.get(handle) === 'le';
  }

  /** Whether an event is about a link that the host does not have. */
  isForeignEvent(bytes: Uint8Array): boolean {
    if (bytes[0] === LE_META && (leConnections.has(bytes[2]) || reports.has(bytes[2]))) return false;
    if (bytes[0] === LE_META || bytes[0] === DISCONNECTION_COMPLETE) {
      const { connectionHandle } = decodePacket(PacketType.event, bytes).fields;
      return typeof connectionHandle === 'number' && this.links.get(connectionHandle & 0xfff) !== 'le';
    }
    return false;
  }

  /**
   * Whether ACL data belong to no link of the host. What comes on a handle of no link at all, a controller's trace, is given
   * to the host, which has to drop it.
   */
  isForeign(acl: Uint8Array, sent: boolean): boolean {
    const link = acl.length < 2 ? undefined : this.links.get(u16At(acl, 0) & 0xfff);
    return sent ? link !== 'le' : link === 'classic';
  }
}
