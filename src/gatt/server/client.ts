import type { BleError } from '../../core/errors.js';
import { StateError } from '../../core/errors.js';
import { Mutex } from '../../core/mutex.js';
import type { LinkSecurity } from '../../core/security.js';
import type { AttBearer } from '../att/bearer.js';
import { AttOpcode } from '../att/opcodes.js';
import { handlePdu } from '../att/requests.js';

/** Indications that may wait for the one under way. */
const INDICATION_LIMIT = 256;

/** A client of the server: one connected peer, with what the server keeps for it. */
export class ServerClient {
  /** What the owner of the link gave: the gap layer gives its Connection. */
  readonly context: unknown;
  /** The link's security as it is at the moment. */
  readonly security: () => LinkSecurity;
  /** @internal Client Characteristic Configurations by descriptor handle. */
  readonly configurations = new Map<number, number>();
  /** @internal Told when the client has changed one of them: who keeps them for a bond listens. */
  onConfigured: (() => void) | undefined;
  private readonly bearer: AttBearer;
  private readonly indications = new Mutex();
  private waiting = 0;

  /** @internal Made by the server. */
  constructor(bearer: AttBearer, context: unknown, security: () => LinkSecurity) {
    this.bearer = bearer;
    this.context = context;
    this.security = security;
  }

  /** The ATT_MTU of the link in octets. */
  get mtu(): number {
    return this.bearer.mtu;
  }

  /** Whether the link is there. */
  get isConnected(): boolean {
    return this.bearer.isOpen;
  }

  /** @internal The client wrote a Client Characteristic Configuration. */
  configure(handle: number, configuration: number): void {
    this.configurations.set(handle, configuration);
    this.onConfigured?.();
  }

  /** Calls `listener` once when the link is gone. */
  onClosed(listener: (reason: BleError) => void): void {
    this.bearer.onClosed(listener);
  }

  /** Sends a notification, cut at ATT_MTU - 3 octets (Core Vol 3, Part F, 3.4.7.1); resolves when the next may come. */
  notify(handle: number, value: Uint8Array): Promise<void> {
    return this.bearer.sendPaced(handlePdu(AttOpcode.handleValueNtf, handle, this.cut(value)));
  }

  /** Sends an indication, cut likewise, after those before it; resolves when it is confirmed (3.4.7.2). */
  async indicate(handle: number, value: Uint8Array): Promise<void> {
    if (this.waiting >= INDICATION_LIMIT) {
      throw new StateError(`${INDICATION_LIMIT} indications wait for this client already`);
    }
    const own = value.slice();
    this.waiting++;
    try {
      await this.indications.run(() =>
        this.bearer.indicate(handlePdu(AttOpcode.handleValueInd, handle, this.cut(own))),
      );
    } finally {
      this.waiting--;
    }
  }

  private cut(value: Uint8Array): Uint8Array {
    const room = this.bearer.mtu - 3;
    return value.length > room ? value.subarray(0, room) : value;
  }
}
