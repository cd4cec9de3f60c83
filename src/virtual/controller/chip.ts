import { BdAddr } from '../../core/address.js';
import type { RandomSource } from '../../core/random.js';

/** What a chip is made with and keeps: its address and, once somebody asks, the roots of its keys. */
export class Chip {
  /** The address it is made with as a static random address, or zeros: Core Vol 6, Part B, 1.3.2.1. */
  readonly staticAddress: BdAddr;
  private readonly random: RandomSource;
  private roots: Uint8Array | undefined;

  constructor(address: BdAddr, random: RandomSource) {
    this.random = random;
    const wire = address.wire.slice();
    if (!address.equals(BdAddr.zero)) wire[5]! |= 0xc0;
    this.staticAddress = BdAddr.fromWire(wire);
  }

  /** IR: Core Vol 3, Part H, Appendix B. */
  get identityRoot(): Uint8Array {
    return this.drawn().subarray(0, 16);
  }

  /** ER: Core Vol 3, Part H, Appendix B. */
  get encryptionRoot(): Uint8Array {
    return this.drawn().subarray(16);
  }

  private drawn(): Uint8Array {
    this.roots ??= this.random.fill(new Uint8Array(32));
    return this.roots;
  }
}
