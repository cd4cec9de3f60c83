import { Aes128 } from './aes.js';
import { aesCmac } from './cmac.js';

/** keyID h6: AES-CMAC of an identifier under a key. Core Vol 3, Part H, 2.2.10. All most significant octet first. */
export function h6(key: Uint8Array, keyId: Uint8Array): Uint8Array {
  return aesCmac(new Aes128(key), keyId);
}

/** AES-CMAC of a key under a salt. Core Vol 3, Part H, 2.2.11. All most significant octet first. */
export function h7(salt: Uint8Array, key: Uint8Array): Uint8Array {
  return aesCmac(new Aes128(salt), key);
}

/** The group session key function. Core Vol 6, Part E, 1.1.1. All most significant octet first. */
export function h8(key: Uint8Array, salt: Uint8Array, keyId: Uint8Array): Uint8Array {
  return h6(h7(salt, key), keyId);
}

/** The four octets of an identifier in ASCII, behind zeros up to a length. */
function identifier(text: string, length = text.length): Uint8Array {
  const octets = new Uint8Array(length);
  for (let i = 0; i < text.length; i++) octets[length - text.length + i] = text.charCodeAt(i);
  return octets;
}

/**
 * The group session key (GSK) of an encrypted BIG: Core Vol 6, Part B, 4.4.6.10.
 * @param broadcastCode 16 octets as HCI has them, least significant first
 * @param gskd 16 octets as BIGInfo has them, least significant first
 * @returns 16 octets, most significant first
 */
export function groupSessionKey(broadcastCode: Uint8Array, gskd: Uint8Array): Uint8Array {
  const igltk = h7(identifier('BIG1', 16), broadcastCode.toReversed());
  const gltk = h6(igltk, identifier('BIG2'));
  return h8(gltk, gskd.toReversed(), identifier('BIG3'));
}
