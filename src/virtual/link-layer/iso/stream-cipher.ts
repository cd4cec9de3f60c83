import type { Aes128 } from '../../crypto/aes.js';
import { PacketCipher } from '../../crypto/packet-cipher.js';

/** What encrypts a connection, and the streams that belong to it. */
export interface SessionKeys {
  /** With the session key. */
  readonly aes: Aes128;
  /** 8 octets, least significant first. */
  readonly iv: Uint8Array;
}

/** The initialization vector of a stream: the access address is added to its lower octets (Core Vol 6, Part E, 2.1). */
export function streamVector(iv: Uint8Array, accessAddress: number): Uint8Array {
  const own = iv.slice();
  for (let i = 0; i < 4; i++) own[i]! ^= (accessAddress >>> (8 * i)) & 0xff;
  return own;
}

/** Encrypts and decrypts the payloads of one way by their numbers, each as often as it is sent. */
export class StreamCipher {
  private readonly cipher: PacketCipher;

  /** @param fromCentral the direction bit: who sends the payloads; a broadcaster's have it set */
  constructor({ aes, iv }: SessionKeys, accessAddress: number, fromCentral: boolean) {
    this.cipher = new PacketCipher(aes, streamVector(iv, accessAddress), fromCentral);
  }

  /** The payload with its MIC; one without octets has none. */
  seal(number: number, llid: number, payload: Uint8Array): Uint8Array {
    if (payload.length === 0) return payload;
    this.cipher.seek(number);
    return this.cipher.seal(llid, payload);
  }

  /** The payload in clear; `undefined` when its MIC is wrong. */
  open(number: number, llid: number, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length === 0) return sealed;
    this.cipher.seek(number);
    return this.cipher.open(llid, sealed);
  }
}
