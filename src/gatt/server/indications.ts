import { type BleError, StateError } from '../../core/errors.js';
import type { AttBearer } from '../att/bearer.js';
import { AttOpcode } from '../att/opcodes.js';
import { handlePdu } from '../att/requests.js';

/** A value to indicate; `undefined` when there is nothing to say any more. */
type Value = () => Uint8Array | undefined;

interface Waiting {
  readonly handle: number;
  readonly value: Value;
  /** Goes also to a client that is change-unaware: Service Changed. */
  readonly always: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The indications that one client waits for: one is under way at a time on each bearer (Core Vol 3, Part F, 3.4.7.2), and one of
 * each attribute, as bearers keep no order among them. Service Changed goes before all others (Part G, 2.5.2.1).
 */
export class IndicationQueue {
  private readonly bearers: () => readonly AttBearer[];
  private readonly limit: number;
  private readonly mayTell: () => boolean;
  private waiting: Waiting[] = [];
  /** The attributes of those that are under way. */
  private readonly underWay = new Set<number>();

  /**
   * @param main the bearer whose end is that of the link
   * @param bearers those to send on, as they are at the moment
   */
  constructor(main: AttBearer, bearers: () => readonly AttBearer[], limit: number, mayTell: () => boolean) {
    this.bearers = bearers;
    this.limit = limit;
    this.mayTell = mayTell;
    main.onClosed((reason) => this.fail(reason));
  }

  /**
   * Resolves when the client has confirmed, or does not want it any more. @throws {StateError} when too many wait
   * @param isWanted asked when its turn comes
   */
  add(handle: number, value: Uint8Array, isWanted = (): boolean => true): Promise<void> {
    if (this.waiting.length + this.underWay.size >= this.limit) {
      return Promise.reject(
        new StateError(`${this.limit} indications wait for this client already: await each before the next`),
      );
    }
    const own = value.slice();
    return this.enter(handle, () => (isWanted() ? own : undefined), false);
  }

  /** Before all that wait; the value is asked for when it is sent. */
  addFirst(handle: number, value: Value): Promise<void> {
    return this.enter(handle, value, true);
  }

  /** Sends what may be sent now. */
  pump(): void {
    const bearer = this.bearers().find((one) => one.isOpen && !one.isIndicating);
    if (!bearer) return;
    const mayTell = this.mayTell();
    const at = this.waiting.findIndex(
      ({ always, handle }) => (always || mayTell) && !this.underWay.has(handle),
    );
    const [next] = at < 0 ? [] : this.waiting.splice(at, 1);
    if (!next) return;
    const value = next.value();
    if (!value) {
      next.resolve();
      this.pump();
      return;
    }
    this.underWay.add(next.handle);
    const room = bearer.mtu - 3;
    const part = value.length > room ? value.subarray(0, room) : value;
    bearer
      .indicate(handlePdu(AttOpcode.handleValueInd, next.handle, part))
      .then(next.resolve, next.reject)
      .then(() => {
        this.underWay.delete(next.handle);
        this.pump();
      });
    if (this.waiting.length > 0) this.pump();
  }

  private enter(handle: number, value: Value, always: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const one = { handle, value, always, resolve, reject };
      if (always) this.waiting.unshift(one);
      else this.waiting.push(one);
      this.pump();
    });
  }

  private fail(reason: BleError): void {
    for (const { reject } of this.waiting.splice(0)) reject(reason);
  }
}
