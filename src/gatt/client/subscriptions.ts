import { copyOctets } from '../../core/bytes.js';
import { throwApart } from '../../core/emitter.js';
import type { BleError } from '../../core/errors.js';
import { hexCode } from '../../core/hex.js';
import { Mutex } from '../../core/mutex.js';
import { type LinkSecurity, SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import type { AttBearer } from '../att/bearer.js';
import { AttOpcode } from '../att/opcodes.js';
import { handlePdu } from '../att/requests.js';
import type { Requester } from './requester.js';
import { nothing } from './responses.js';
import { UnheardChanges } from './unheard-changes.js';

/**
 * Takes the values of a subscription; `value` is the receiver's own, though its `buffer` may be larger than it (as with a
 * Node `Buffer`: a `DataView` wants `byteOffset` and `byteLength` too).
 */
export type ValueListener = (value: Uint8Array, indication: boolean) => void;

/** Bits of the Client Characteristic Configuration: Core Vol 3, Part G, 3.3.3.3. */
export const ClientConfiguration = { off: 0, notify: 1, indicate: 2 } as const;

/** Where a characteristic's values come from, and where they are asked for. */
export interface SubscriptionPlace {
  readonly valueHandle: number;
  readonly cccdHandle: number;
}

/** What is wanted of a subscription. */
export interface SubscriptionWish {
  readonly configuration: number;
  readonly listener: ValueListener;
  /** Called once when no more values will come: the link is gone, or the characteristic. */
  readonly onEnd?: ((reason: BleError) => void) | undefined;
  /** The peer has kept what was written on an earlier link, with the bond: nothing is written. */
  readonly kept?: boolean | undefined;
  /** The security that the link needs for values to be passed on (Core Vol 3, Part C, 10.3.2.2); none without. */
  readonly level?: (() => SecurityLevelCode) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A characteristic that somebody subscribed to. */
export interface Subscription extends SubscriptionPlace {
  valueHandle: number;
  cccdHandle: number;
  readonly wishes: readonly SubscriptionWish[];
  /** What was last written to the descriptor. */
  configuration: number;
}

interface Present extends Subscription {
  wishes: readonly SubscriptionWish[];
  readonly turn: Mutex;
  /** How often it was moved. */
  moves: number;
  /** Why no more values come. */
  end: BleError | undefined;
  /** Whether it was told that values came on a link without the security for them. */
  told: boolean;
}

/** Brings notifications and indications to those who subscribed, by value handle. */
export class Subscriptions {
  /** Takes values of handles that nobody subscribed to: a server may send them unasked. */
  onUnexpected: ((handle: number, value: Uint8Array, indication: boolean) => void) | undefined;
  /** What the peer told of its database before somebody listened. */
  readonly unheard = new UnheardChanges();
  private readonly requester: Requester;
  private readonly security: () => LinkSecurity;
  private readonly byHandle = new Map<number, Present>();

  constructor(requester: Requester, security: () => LinkSecurity) {
    this.requester = requester;
    this.security = security;
    const { bearer } = requester;
    this.listen(bearer);
    bearer.onClosed((reason) => {
      const all = [...this.byHandle.values()];
      this.byHandle.clear();
      for (const one of all) endAll(one, reason);
    });
  }

  /** Takes what the peer's server sends on a bearer. */
  listen(bearer: AttBearer): void {
    bearer.onOutOfSync = () => this.unheard.refused();
    bearer.onValue((handle, bytes, start, end, indication) =>
      this.deliver(handle, bytes, start, end, indication),
    );
  }

  /** All that somebody subscribed to. */
  get all(): readonly Subscription[] {
    return [...this.byHandle.values()];
  }

  /**
   * Adds a listener, and writes the descriptor when it is the first one, or asks for what is not on yet.
   * @returns takes the listener off, and writes the descriptor to 0 after the last one
   */
  async add(
    { valueHandle, cccdHandle }: SubscriptionPlace,
    wish: SubscriptionWish,
  ): Promise<() => Promise<void>> {
    wish.signal?.throwIfAborted();
    let found = this.byHandle.get(valueHandle);
    if (!found) {
      found = {
        valueHandle,
        cccdHandle,
        wishes: [],
        configuration: 0,
        turn: new Mutex(),
        moves: 0,
        end: undefined,
        told: false,
      };
      this.byHandle.set(valueHandle, found);
    }
    const present = found;
    // Each wish is an object of its own: the same listener may come twice.
    const own = { ...wish };
    present.wishes = [...present.wishes, own];
    if (own.kept) present.configuration |= own.configuration;
    try {
      await present.turn.run(async () => {
        if ((present.configuration & own.configuration) === own.configuration) return;
        await this.configure(present, present.configuration | own.configuration, own.signal);
        present.configuration |= own.configuration;
      }, own.signal);
      // It came to its end meanwhile: nobody would get a value.
      if (present.end) throw present.end;
    } catch (error) {
      drop(present, own);
      if (present.wishes.length === 0) this.abandon(present, own.signal);
      throw error;
    }
    let removed: Promise<void> | undefined;
    return () => {
      removed ??= this.remove(present, own);
      return removed;
    };
  }

  /**
   * The characteristic stands somewhere else now, or the peer has forgotten what was asked of it: its descriptor is written
   * again.
   */
  async move(subscription: Subscription, place: SubscriptionPlace): Promise<void> {
    const present = subscription as Present;
    if (this.byHandle.get(present.valueHandle) === present) this.byHandle.delete(present.valueHandle);
    present.valueHandle = place.valueHandle;
    present.cccdHandle = place.cccdHandle;
    this.byHandle.set(place.valueHandle, present);
    const move = ++present.moves;
    try {
      await present.turn.run(async () => {
        if (present.wishes.length > 0 && present.configuration !== 0)
          await this.configure(present, present.configuration);
      });
    } catch (error) {
      // Where it does not stand any more, nothing is to be had: it is written where it stands now.
      if (move === present.moves) throw error;
    }
  }

  /** The characteristic is gone: nobody gets a value any more. */
  end(subscription: Subscription, reason: BleError): void {
    if (this.byHandle.get(subscription.valueHandle) === subscription)
      this.byHandle.delete(subscription.valueHandle);
    endAll(subscription as Present, reason);
  }

  private async remove(present: Present, wish: SubscriptionWish): Promise<void> {
    if (!present.wishes.includes(wish)) return;
    drop(present, wish);
    if (!this.requester.bearer.isOpen) return;
    await present.turn.run(async () => {
      if (present.wishes.length > 0) return;
      if (present.configuration !== 0) await this.configure(present, 0);
      present.configuration = 0;
      this.forget(present);
    });
  }

  /** Nobody came to listen after all. What was asked of the peer meanwhile is taken back. */
  private abandon(present: Present, signal: AbortSignal | undefined): void {
    if (!signal?.aborted || !this.requester.bearer.isOpen) {
      this.forget(present);
      return;
    }
    present.turn
      .run(async () => {
        if (present.wishes.length > 0) return;
        await this.configure(present, 0);
        present.configuration = 0;
        this.forget(present);
      })
      // The peer refused what it is asked to take back, or is gone.
      .catch(() => this.forget(present));
  }

  private forget(present: Present): void {
    if (present.wishes.length === 0 && this.byHandle.get(present.valueHandle) === present)
      this.byHandle.delete(present.valueHandle);
  }

  private configure(
    { valueHandle, cccdHandle }: SubscriptionPlace,
    value: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const { bearer } = this.requester;
    if (bearer.trace)
      bearer.announce(`${value === 0 ? 'unsubscribe' : 'subscribe'}(${hexCode(valueHandle, 4)}) →`);
    const frame = handlePdu(AttOpcode.writeReq, cccdHandle, Uint8Array.of(value, 0));
    return this.requester.request(frame, cccdHandle, AttOpcode.writeRsp, nothing, signal);
  }

  private deliver(handle: number, bytes: Uint8Array, start: number, end: number, indication: boolean): void {
    const subscription = this.byHandle.get(handle);
    if (subscription === undefined || subscription.wishes.length === 0) {
      if (indication) this.unheard.indicated(handle, bytes, start, end);
      this.onUnexpected?.(handle, copyOctets(bytes, start, end), indication);
      return;
    }
    const { wishes } = subscription;
    for (let i = 0; i < wishes.length; i++) {
      const wish = wishes[i]!;
      if (wish.level && this.security().level < wish.level()) {
        this.tellOf(subscription, wish.level());
        continue;
      }
      try {
        wish.listener(copyOctets(bytes, start, end), indication);
      } catch (error) {
        throwApart(error);
      }
    }
  }

  /** An indication is confirmed all the same, and nobody sees what it says. */
  private tellOf(present: Present, wanted: SecurityLevelCode): void {
    if (present.told) return;
    present.told = true;
    const { level } = this.security();
    const what = level === SecurityLevel.none ? 'is not encrypted' : `has security level ${level}`;
    this.requester.bearer.report(
      `values of ${hexCode(present.valueHandle, 4)} are dropped: the link ${what}, and they need level ${wanted}`,
    );
  }
}

function drop(present: Present, wish: SubscriptionWish): void {
  present.wishes = present.wishes.filter((one) => one !== wish);
}

function endAll(present: Present, reason: BleError): void {
  const { wishes } = present;
  present.wishes = [];
  present.end = reason;
  for (const { onEnd } of wishes) {
    try {
      onEnd?.(reason);
    } catch (error) {
      throwApart(error);
    }
  }
}
