import { type Aes128, type Block, word } from './aes.js';

/** Octets of the Message Integrity Check. */
export const MIC = 4;

/** Flags of B0: there is associated data, a MIC of four octets, lengths of two octets (RFC 3610, 2.2). */
const FLAGS_B0 = 0x49;
/** Flags of a counter block: lengths of two octets. */
const FLAGS_A = 0x01;

/**
 * AES-CCM of the PDUs that go one way on a connection, each with its packet counter: Core Vol 6, Part E, 2. What it does
 * with PDUs has to be done in their order.
 */
export class PacketCipher {
  private readonly aes: Aes128;
  /** Octets 3 to 6 of the nonce without the counter, 7 to 10, 11 and 12. */
  private readonly nonce1: number;
  private readonly nonce2: number;
  private readonly nonce3: number;
  /** The packet counter: its lower 32 bits, and the 7 above. */
  private low = 0;
  private high = 0;

  /**
   * @param aes with the session key
   * @param iv 8 octets, least significant first
   * @param fromCentral who sends these PDUs
   */
  constructor(aes: Aes128, iv: Uint8Array, fromCentral: boolean) {
    this.aes = aes;
    this.nonce1 = (fromCentral ? 0x8000 : 0) | (iv[0]! << 16) | (iv[1]! << 24);
    this.nonce2 = word(iv, 2);
    this.nonce3 = iv[6]! | (iv[7]! << 8);
  }

  /** Encrypts the payload of the next PDU, not empty; gives it with its MIC. */
  seal(llid: number, payload: Uint8Array): Uint8Array {
    const { length } = payload;
    const sealed = new Uint8Array(length + MIC);
    const mac = this.authenticate(llid, payload, length);
    this.crypt(payload, sealed, length);
    put(sealed, length, mac ^ this.counterBlock(0).s0);
    this.advance();
    return sealed;
  }

  /** Decrypts the payload of the next PDU. @returns `undefined` when its MIC is wrong */
  open(llid: number, sealed: Uint8Array): Uint8Array | undefined {
    const length = sealed.length - MIC;
    if (length < 1) return undefined;
    const payload = new Uint8Array(length);
    this.crypt(sealed, payload, length);
    const mac = this.authenticate(llid, payload, length);
    if ((mac ^ this.counterBlock(0).s0) !== word(sealed, length)) return undefined;
    this.advance();
    return payload;
  }

  /** Goes to a packet counter, of 39 bits: PDUs of isochronous streams are counted by their payloads (Core Vol 6, Part E, 2.1). */
  seek(counter: number): void {
    this.low = counter >>> 0;
    this.high = Math.floor(counter / 0x1_0000_0000);
  }

  private advance(): void {
    this.low = (this.low + 1) >>> 0;
    if (this.low === 0) this.high++;
  }

  /** CBC-MAC over B0, the header and the payload; the first four octets of it. */
  private authenticate(llid: number, payload: Uint8Array, length: number): number {
    const { aes } = this;
    const lengthOctets = (length >> 8) | ((length & 0xff) << 8);
    let x = aes.encryptWords(
      FLAGS_B0 | (this.low << 8),
      (this.low >>> 24) | (this.high << 8) | this.nonce1,
      this.nonce2,
      this.nonce3 | (lengthOctets << 16),
    );
    // One octet of associated data: of the header, what does not change when a PDU is sent again is the LLID.
    x = aes.encryptWords(x.s0 ^ (0x0100 | (llid << 16)), x.s1, x.s2, x.s3);
    for (let at = 0; at < length; at += 16) {
      x = aes.encryptWords(
        x.s0 ^ word(payload, at),
        x.s1 ^ word(payload, at + 4),
        x.s2 ^ word(payload, at + 8),
        x.s3 ^ word(payload, at + 12),
      );
    }
    return x.s0;
  }

  private crypt(from: Uint8Array, to: Uint8Array, length: number): void {
    for (let at = 0, block = 1; at < length; at += 16, block++) {
      const s = this.counterBlock(block);
      const words = [s.s0, s.s1, s.s2, s.s3];
      const end = Math.min(16, length - at);
      for (let i = 0; i < end; i++) to[at + i] = from[at + i]! ^ (words[i >> 2]! >>> ((i & 3) * 8));
    }
  }

  private counterBlock(block: number): Block {
    const counterOctets = (block >> 8) | ((block & 0xff) << 8);
    return this.aes.encryptWords(
      FLAGS_A | (this.low << 8),
      (this.low >>> 24) | (this.high << 8) | this.nonce1,
      this.nonce2,
      this.nonce3 | (counterOctets << 16),
    );
  }
}

function put(octets: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) octets[at + i] = value >>> (8 * i);
}
