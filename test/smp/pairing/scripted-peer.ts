import { SimulatedClock } from '../../../src/core/clock.js';
import { fromHex } from '../../../src/core/hex.js';
import { seededRandom } from '../../../src/core/random.js';
import { centralAddress, peripheralAddress, type Role, Side, type SideOptions } from './pair-of-hosts.js';

/** One side of a link whose other side is the test. */
export class AgainstScript {
  readonly clock = new SimulatedClock();
  readonly side: Side;

  constructor(role: Role, options: SideOptions = {}) {
    const [own, peer] =
      role === 'central' ? [centralAddress, peripheralAddress] : [peripheralAddress, centralAddress];
    this.side = new Side(role, own, peer, this.clock, seededRandom(11), options);
  }

  /** Begins to pair; what comes of it is in `side.failed` and `side.paired`. */
  async begin(): Promise<string[]> {
    this.side.manager.pair().catch(() => {});
    return this.sent();
  }

  /** Gives packets, and tells what was sent since. */
  async give(...pdus: readonly (string | Uint8Array)[]): Promise<string[]> {
    for (const pdu of pdus) this.side.manager.pdu(typeof pdu === 'string' ? fromHex(pdu) : pdu);
    return this.sent();
  }

  /** The link is encrypted with what the pairing came to. */
  async encrypt(): Promise<string[]> {
    this.side.manager.encrypted();
    return this.sent();
  }

  /** Lets simulated time go by. */
  async wait(ms: number): Promise<string[]> {
    await this.clock.run(new Promise<void>((resolve) => this.clock.setTimeout(resolve, ms)));
    return this.sent();
  }

  private async sent(): Promise<string[]> {
    for (let i = 0; i < 60; i++) await Promise.resolve();
    return this.side.sent.splice(0);
  }
}
