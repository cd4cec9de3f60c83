/** A mask of 64 bits as eight octets, least significant first. */
export function maskOctets(mask: bigint): Uint8Array {
  const octets = new Uint8Array(8);
  for (let i = 0; i < 8; i++) octets[i] = Number((mask >> BigInt(8 * i)) & 0xffn);
  return octets;
}
