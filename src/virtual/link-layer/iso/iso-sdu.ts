/** The LLID of unframed payloads: Core Vol 6, Part B, 2.6. */
export const IsoLlid = {
  /** The end of an SDU, or all of it. */
  end: 0,
  /** The beginning or the middle of an SDU, or padding. */
  start: 1,
} as const;

/** A piece of an SDU: what one PDU carries. */
export interface IsoFragment {
  readonly llid: number;
  readonly data: Uint8Array;
}

/** Packet_Status_Flag: Core Vol 4, Part E, 5.4.5. */
export const PacketStatus = { valid: 0, invalid: 1, lost: 2 } as const;

const PADDING: IsoFragment = { llid: IsoLlid.start, data: new Uint8Array(0) };

/**
 * Cuts an SDU into the fixed number of PDUs that each SDU of a stream has; those left over are padding (Core Vol 6,
 * Part G, 2.1).
 */
export function fragment(sdu: Uint8Array, maxPdu: number, count: number): IsoFragment[] {
  const fragments: IsoFragment[] = [];
  let at = 0;
  do {
    const end = Math.min(sdu.length, at + maxPdu);
    fragments.push({
      llid: end === sdu.length ? IsoLlid.end : IsoLlid.start,
      data: sdu.subarray(at, end),
    });
    at = end;
  } while (at < sdu.length);
  while (fragments.length < count) fragments.push(PADDING);
  return fragments;
}

/** An SDU put together again, with how far it may be trusted. */
export interface ReceivedSdu {
  readonly data: Uint8Array;
  /** One of {@link PacketStatus}. */
  readonly status: number;
}

/** Puts an SDU together from its PDUs; `undefined` stands for one that did not arrive. */
export function reassemble(fragments: readonly (IsoFragment | undefined)[]): ReceivedSdu {
  const parts: Uint8Array[] = [];
  let gap = false;
  for (const one of fragments) {
    if (!one) {
      gap = true;
      continue;
    }
    parts.push(one.data);
    if (one.llid !== IsoLlid.end) continue;
    if (!gap) return { data: join(parts), status: PacketStatus.valid };
    break;
  }
  const data = join(parts);
  // Without any of its octets it is lost, else not to be trusted: Core Vol 6, Part G, 4.
  return data.length === 0 ? { data, status: PacketStatus.lost } : { data, status: PacketStatus.invalid };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
