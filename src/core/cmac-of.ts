const BLOCK = 16;

/** Encrypts one block of 16 octets with some key. */
type EncryptBlock = (block: Uint8Array) => Uint8Array;

/**
 * The AES-CMAC of a message of any length, by the block cipher with its key: RFC 4493. 16 octets; all in the order of that
 * document, most significant first.
 */
export function cmacOf(encrypt: EncryptBlock, message: Uint8Array): Uint8Array {
  const { k1, k2 } = subkeysOf(encrypt);
  const blocks = Math.max(1, Math.ceil(message.length / BLOCK));
  const whole = message.length === blocks * BLOCK;
  let state: Uint8Array = new Uint8Array(BLOCK);
  for (let i = 0; i < blocks; i++) {
    const from = i * BLOCK;
    const last = i === blocks - 1;
    for (let j = 0; j < BLOCK; j++) {
      // A last block that is not full is filled up with a one and zeros (RFC 4493, 2.4).
      const octet = from + j < message.length ? message[from + j]! : from + j === message.length ? 0x80 : 0;
      state[j] = state[j]! ^ octet ^ (last ? (whole ? k1 : k2)[j]! : 0);
    }
    state = encrypt(state);
  }
  return state;
}

/** The two subkeys of AES-CMAC: RFC 4493, 2.3. */
export function subkeysOf(encrypt: EncryptBlock): { readonly k1: Uint8Array; readonly k2: Uint8Array } {
  const k1 = doubled(encrypt(new Uint8Array(BLOCK)));
  return { k1, k2: doubled(k1) };
}

/** Multiplied by x in GF(2^128). */
function doubled(value: Uint8Array): Uint8Array {
  const result = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) result[i] = (value[i]! << 1) | ((value[i + 1] ?? 0) >> 7);
  if (value[0]! & 0x80) result[BLOCK - 1] = result[BLOCK - 1]! ^ 0x87;
  return result;
}
