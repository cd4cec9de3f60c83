import { bisAccessAddress } from '../../air/big-structure.js';
import { Aes128 } from '../../crypto/aes.js';
import { groupSessionKey } from '../../crypto/group-keys.js';
import { PacketCipher } from '../../crypto/packet-cipher.js';
import type { GroupSecrets } from './big-info.js';

/** The initialization vector of a stream: the access address is added to its lower octets (Core Vol 6, Part E, 2.1). */
export function streamVector(iv: Uint8Array, accessAddress: number): Uint8Array {
  const own = iv.slice();
  for (let i = 0; i < 4; i++) own[i]! ^= (accessAddress >>> (8 * i)) & 0xff;
  return own;
}

/** Encrypts and decrypts the PDUs of a group's streams: Core Vol 6, Part B, 4.4.6.10, and Part E, 2. */
export class GroupCipher {
  /** By number of the stream; the first is that of the control subevents. */
  private readonly ciphers: readonly PacketCipher[];

  /** @param broadcastCode 16 octets, least significant first */
  constructor(broadcastCode: Uint8Array, { giv, gskd }: GroupSecrets, seed: number, numBis: number) {
    const aes = new Aes128(groupSessionKey(broadcastCode, gskd));
    this.ciphers = Array.from({ length: numBis + 1 }, (_, bis) => {
      // The direction bit of broadcast streams is 1.
      return new PacketCipher(aes, streamVector(giv, bisAccessAddress(seed, bis)), true);
    });
  }

  /** The payload with its MIC; one without octets has none. */
  seal(bis: number, payloadNumber: number, llid: number, payload: Uint8Array): Uint8Array {
    if (payload.length === 0) return payload;
    const cipher = this.ciphers[bis]!;
    cipher.seek(payloadNumber);
    return cipher.seal(llid, payload);
  }

  /** The payload in clear; `undefined` when its MIC is wrong. */
  open(bis: number, payloadNumber: number, llid: number, sealed: Uint8Array): Uint8Array | undefined {
    if (sealed.length === 0) return sealed;
    const cipher = this.ciphers[bis]!;
    cipher.seek(payloadNumber);
    return cipher.open(llid, sealed);
  }
}
