import type { Aes128 } from './aes.js';

const BLOCK = 16;
/** The constant of the subkeys: RFC 4493, 2.3. */
const RB = 0x87;

/** AES-CMAC over a message, octets most significant first: RFC 4493, Core Vol 3, Part H, 2.2.5. */
export function aesCmac(aes: Aes128, message: Uint8Array): Uint8Array {
  const k1 = doubled(aes.encrypt(new Uint8Array(BLOCK)));
  const blocks = Math.max(1, Math.ceil(message.length / BLOCK));
  const isWhole = message.length === blocks * BLOCK;
  const padded = new Uint8Array(blocks * BLOCK);
  padded.set(message);
  if (!isWhole) padded[message.length] = 0x80;
  const key = isWhole ? k1 : doubled(k1);
  for (let i = 0; i < BLOCK; i++) padded[padded.length - BLOCK + i]! ^= key[i]!;
  let x: Uint8Array = new Uint8Array(BLOCK);
  for (let at = 0; at < padded.length; at += BLOCK) {
    x = aes.encrypt(x.map((octet, i) => octet ^ padded[at + i]!));
  }
  return x;
}

/** The product with x in GF(2^128). */
function doubled(block: Uint8Array): Uint8Array {
  const twice = block.map((octet, i) => (octet << 1) | ((block[i + 1] ?? 0) >> 7));
  if (block[0]! & 0x80) twice[BLOCK - 1]! ^= RB;
  return twice;
}
