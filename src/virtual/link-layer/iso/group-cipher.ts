import { bisAccessAddress } from '../../air/big-structure.js';
import { Aes128 } from '../../crypto/aes.js';
import { groupSessionKey } from '../../crypto/group-keys.js';
import type { GroupSecrets } from './big-info.js';
import { StreamCipher } from './stream-cipher.js';

/** Encrypts and decrypts the PDUs of a group's streams: Core Vol 6, Part B, 4.4.6.10, and Part E, 2. */
export class GroupCipher {
  /** By number of the stream; the first is that of the control subevents. */
  private readonly ciphers: readonly StreamCipher[];

  /** @param broadcastCode 16 octets, least significant first */
  constructor(broadcastCode: Uint8Array, { giv, gskd }: GroupSecrets, seed: number, numBis: number) {
    const keys = { aes: new Aes128(groupSessionKey(broadcastCode, gskd)), iv: giv };
    this.ciphers = Array.from({ length: numBis + 1 }, (_, bis) => {
      return new StreamCipher(keys, bisAccessAddress(seed, bis), true);
    });
  }

  /** As {@link StreamCipher.seal}, for a stream from 1; 0 is the control subevent. */
  seal(bis: number, payloadNumber: number, llid: number, payload: Uint8Array): Uint8Array {
    return this.ciphers[bis]!.seal(payloadNumber, llid, payload);
  }

  /** As {@link StreamCipher.open}. */
  open(bis: number, payloadNumber: number, llid: number, sealed: Uint8Array): Uint8Array | undefined {
    return this.ciphers[bis]!.open(payloadNumber, llid, sealed);
  }
}
