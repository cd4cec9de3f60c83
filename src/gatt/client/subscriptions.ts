import { copyOctets } from '../../core/bytes.js';
import { throwApart } from '../../core/emitter.js';
import type { BleError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { Mutex } from '../../core/mutex.js';
import { AttOpcode } from '../att/opcodes.js';
import { handlePdu } from '../att/requests.js';
import type { Requester } from './requester.js';
import { nothing } from './responses.js';

/**
 * Takes the values of a subscription; `value` is the receiver's own, though its `buffer` may be larger than it (as with a
 * Node `Buffer`: a `DataView` wants `byteOffset` and `byteLength` too).
 */
export type ValueListener = (value: Uint8Array, indication: boolean) => void;

/** Bits of the Client Characteristic Configuration: Core Vol 3, Part G, 3.3.3.3. */
export const ClientConfiguration = { off: 0, notify: 1, indicate: 2 } as const;

interface Subscription {
  listeners: ValueListener[];
  ends: ((reason: BleError) => void)[];
  /** What was last written to the descriptor. */
  configuration: number;
  readonly turn: Mutex;
}

/** Brings notifications and indications to those who subscribed, by value handle. */
export class Subscriptions {
  /** Takes values of handles that nobody subscribed to: a server may send them unasked. */
  onUnexpected: ((handle: number, value: Uint8Array, indication: boolean) => void) | undefined;
  private readonly requester: Requester;
  private readonly byHandle = new Map<number, Subscription>();

  constructor(requester: Requester) {
    this.requester = requester;
    const { bearer } = requester;
    bearer.onValue((handle, bytes, start, end, indication) =>
      this.deliver(handle, bytes, start, end, indication),
    );
    bearer.onClosed((reason) => {
      const all = [...this.byHandle.values()];
      this.byHandle.clear();
      for (const { ends } of all) for (const end of ends) end(reason);
    });
  }

  /**
   * Adds a listener, and writes the descriptor when it is the first one, or asks for what is not on yet.
   * @param onEnd called when the link is gone
   */
  async add(
    valueHandle: number,
    cccdHandle: number,
    configuration: number,
    listener: ValueListener,
    onEnd?: (reason: BleError) => void,
  ): Promise<void> {
    let subscription = this.byHandle.get(valueHandle);
    if (!subscription) {
      subscription = { listeners: [], ends: [], configuration: 0, turn: new Mutex() };
      this.byHandle.set(valueHandle, subscription);
    }
    const present = subscription;
    present.listeners = [...present.listeners, listener];
    if (onEnd) present.ends.push(onEnd);
    try {
      await present.turn.run(async () => {
        if ((present.configuration & configuration) === configuration) return;
        await this.configure(valueHandle, cccdHandle, present.configuration | configuration);
        present.configuration |= configuration;
      });
    } catch (error) {
      this.drop(valueHandle, present, listener, onEnd);
      throw error;
    }
  }

  /** Takes a listener off, and writes the descriptor to 0 after the last one. */
  async remove(
    valueHandle: number,
    cccdHandle: number,
    listener: ValueListener,
    onEnd?: (reason: BleError) => void,
  ): Promise<void> {
    const present = this.byHandle.get(valueHandle);
    if (!present?.listeners.includes(listener)) return;
    this.drop(valueHandle, present, listener, onEnd, true);
    if (!this.requester.bearer.isOpen) return;
    await present.turn.run(async () => {
      if (present.listeners.length > 0 || present.configuration === 0) return;
      await this.configure(valueHandle, cccdHandle, 0);
      present.configuration = 0;
      if (present.listeners.length === 0 && this.byHandle.get(valueHandle) === present)
        this.byHandle.delete(valueHandle);
    });
  }

  private drop(
    valueHandle: number,
    present: Subscription,
    listener: ValueListener,
    onEnd: ((reason: BleError) => void) | undefined,
    keep = false,
  ): void {
    // One of them only: the same function may have been added twice.
    const index = present.listeners.indexOf(listener);
    if (index >= 0) present.listeners = present.listeners.toSpliced(index, 1);
    present.ends = present.ends.filter((one) => one !== onEnd);
    if (!keep && present.listeners.length === 0) this.byHandle.delete(valueHandle);
  }

  private configure(valueHandle: number, cccdHandle: number, value: number): Promise<void> {
    const { bearer } = this.requester;
    if (bearer.trace)
      bearer.announce(`${value === 0 ? 'unsubscribe' : 'subscribe'}(${hexCode(valueHandle, 4)}) →`);
    const frame = handlePdu(AttOpcode.writeReq, cccdHandle, Uint8Array.of(value, 0));
    return this.requester.request(frame, cccdHandle, AttOpcode.writeRsp, nothing);
  }

  private deliver(handle: number, bytes: Uint8Array, start: number, end: number, indication: boolean): void {
    const subscription = this.byHandle.get(handle);
    if (subscription === undefined || subscription.listeners.length === 0) {
      this.onUnexpected?.(handle, copyOctets(bytes, start, end), indication);
      return;
    }
    const { listeners } = subscription;
    for (let i = 0; i < listeners.length; i++) {
      try {
        listeners[i]!(copyOctets(bytes, start, end), indication);
      } catch (error) {
        throwApart(error);
      }
    }
  }
}
