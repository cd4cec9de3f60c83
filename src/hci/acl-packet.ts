import { bits, sized, struct, u16 } from '../core/codec.js';

/** Packet_Boundary_Flag of ACL data: Core Vol 4, Part E, 5.4.2. */
export const AclBoundary = {
  /** The first fragment of an L2CAP frame that is not flushed by itself; what a host sends on LE. */
  firstNonFlushable: 0,
  /** A further fragment. */
  continuing: 1,
  /** The first fragment of an L2CAP frame; what a controller sends. */
  firstFlushable: 2,
  /** A whole L2CAP frame; not used on LE. */
  complete: 3,
} as const;

/** The header of an ACL data packet without its length. Core Vol 4, Part E, 5.4.2 */
export const aclHeader = /* @__PURE__ */ bits(u16, {
  connectionHandle: 12,
  packetBoundaryFlag: 2,
  broadcastFlag: 2,
});

/**
 * An ACL data packet, without the H4 indicator: for decoders and tests. The way of the data itself, `AclManager`, handles
 * the header by hand. Core Vol 4, Part E, 5.4.2
 */
export const aclPacket = /* @__PURE__ */ struct({
  header: aclHeader,
  data: /* @__PURE__ */ sized(u16),
});
