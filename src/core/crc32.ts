/** One octet's worth of the polynomial 0x04C11DB7, from the low bit on. */
let table: Uint32Array | undefined;

function tableOf(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, octet) => {
    let value = octet;
    for (let i = 0; i < 8; i++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
}

/** CRC-32 as in ISO 3309, gzip and PNG: it finds what was damaged, and says nothing of who did it. */
export function crc32(bytes: Uint8Array): number {
  table ??= tableOf();
  let value = 0xffffffff;
  for (const octet of bytes) value = (value >>> 8) ^ table[(value ^ octet) & 0xff]!;
  return ~value >>> 0;
}
