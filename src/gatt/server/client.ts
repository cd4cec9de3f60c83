import type { BleError } from '../../core/errors.js';
import type { LinkSecurity } from '../../core/security.js';
import type { AttBearer } from '../att/bearer.js';
import { AttOpcode } from '../att/opcodes.js';
import { handlePdu, multipleValuesPdu } from '../att/requests.js';
import {
  ClientFeature,
  type ClientState,
  checkClientState,
  type ServerClientState,
  type StateListener,
} from './client-state.js';
import { IndicationQueue } from './indications.js';

/** A value to send, and the handle that it is of. */
export interface HandleAndValue {
  readonly handle: number;
  readonly value: Uint8Array;
}

/** What a {@link ServerClient} is made of. */
export interface ServerClientParts {
  readonly bearer: AttBearer;
  readonly state: ClientState;
  readonly context: unknown;
  readonly security: () => LinkSecurity;
  /** Indications that may wait. */
  readonly indicationLimit: number;
}

/** A client of the server: one connected peer, with what the server keeps for it. */
export class ServerClient {
  /** What the owner of the link gave: the gap layer gives its Connection. */
  readonly context: unknown;
  /** The link's security as it is at the moment. */
  readonly security: () => LinkSecurity;
  /** @internal What the server knows of it. */
  readonly known: ClientState;
  /** @internal Settles when requests may be answered: while the state is being restored, they wait. */
  settling: Promise<void> | undefined;
  /** @internal Makes the server answer on an enhanced bearer. */
  onBearer: ((bearer: AttBearer) => void) | undefined;
  private readonly bearer: AttBearer;
  /** All bearers of the link, the one that each link has first. */
  private readonly bearers: AttBearer[];
  private readonly indications: IndicationQueue;
  private readonly restoredListeners: (() => void)[] = [];

  /** @internal Made by the server. */
  constructor({ bearer, state, context, security, indicationLimit }: ServerClientParts) {
    this.bearer = bearer;
    this.bearers = [bearer];
    this.known = state;
    this.context = context;
    this.security = security;
    this.indications = new IndicationQueue(
      bearer,
      () => this.telling,
      indicationLimit,
      () => this.mayTell,
    );
    state.onAware(() => this.indications.pump());
  }

  /** The ATT_MTU in octets of the bearer that notifications go on. */
  get mtu(): number {
    return this.teller.mtu;
  }

  /** How many enhanced bearers there are (Core Vol 3, Part G, 5.3.2). */
  get enhancedBearers(): number {
    return this.bearers.length - 1;
  }

  /** @internal Adds an enhanced bearer, until it is gone. */
  add(bearer: AttBearer): void {
    this.bearers.push(bearer);
    this.onBearer?.(bearer);
    bearer.onClosed(() => void this.bearers.splice(this.bearers.indexOf(bearer), 1));
    this.indications.pump();
  }

  /** Whether the link is there. */
  get isConnected(): boolean {
    return this.bearer.isOpen;
  }

  /**
   * Whether the client knows the services as they are (Core Vol 3, Part G, 2.5.2.1). One that supports robust caching
   * and does not is told nothing but Service Changed until it does.
   */
  get isChangeAware(): boolean {
    return this.known.awareness.isAware;
  }

  /** @internal Client Characteristic Configurations that are not 0, by descriptor handle. */
  get configurations(): ReadonlyMap<number, number> {
    return this.known.configurations;
  }

  /** What to keep with the bond. */
  get state(): ServerClientState {
    return this.known.exported;
  }

  /**
   * Takes over what was kept with the bond: for the owner of the link, as soon as it is encrypted with the bond's key.
   * Requests that come meanwhile wait. A client that subscribed to Service Changed is told what changed since.
   * @throws {RangeError | TypeError} naming the field that is wrong
   */
  restoreState(state: ServerClientState): Promise<void> {
    const work = this.known.restore(checkClientState(state));
    const settled = work.then(
      () => this.restored(),
      (error: unknown) => {
        this.restored();
        throw error;
      },
    );
    this.settling = settled.catch(() => {});
    return settled;
  }

  /** Calls `listener` with the state each time that there is something new to keep, until the function given back is called. */
  onStateChange(listener: StateListener): () => void {
    return this.known.onChange(listener);
  }

  /** Calls `listener` once when the link is gone. */
  onClosed(listener: (reason: BleError) => void): void {
    this.bearer.onClosed(listener);
  }

  /**
   * Sends a notification, cut at ATT_MTU - 3 octets (Core Vol 3, Part F, 3.4.7.1); resolves when the next may come. A
   * client that may not be told anything at the moment (see {@link isChangeAware}) does not get it.
   */
  notify(handle: number, value: Uint8Array): Promise<void> {
    if (!this.mayTell) return Promise.resolve();
    return this.teller.sendPaced(handlePdu(AttOpcode.handleValueNtf, handle, this.cut(value)));
  }

  /**
   * Sends notifications, as many in a PDU as go into it where the client supports that (3.4.7.4; Part G, 4.10.2), else
   * one by one; resolves when the next may come.
   */
  async notifyMany(values: readonly HandleAndValue[]): Promise<void> {
    if (!this.known.supports(ClientFeature.multipleNotifications)) {
      for (const { handle, value } of values) await this.notify(handle, value);
      return;
    }
    let together: HandleAndValue[] = [];
    let size = 1;
    const flush = async (): Promise<void> => {
      const [first, second] = together;
      if (second && this.mayTell) await this.teller.sendPaced(multipleValuesPdu(together));
      else if (first && !second) await this.notify(first.handle, first.value);
      together = [];
      size = 1;
    };
    // They are the caller's, who may change them while this waits.
    for (const one of values.map(({ handle, value }) => ({ handle, value: value.slice() }))) {
      const needs = 4 + one.value.length;
      if (size + needs > this.mtu) await flush();
      together.push(one);
      size += needs;
    }
    await flush();
  }

  /**
   * Sends an indication, cut likewise, after those before it; resolves when it is confirmed (3.4.7.2). One for a client
   * that may not be told anything at the moment waits.
   * @throws {StateError} when too many wait for this client
   * @throws {TimeoutError} when it was not confirmed within 30 s; the bearer is closed then
   */
  indicate(handle: number, value: Uint8Array): Promise<void> {
    return this.indications.add(handle, value);
  }

  /** @internal The same, if it is wanted when its turn comes. */
  indicateWhile(isWanted: () => boolean, handle: number, value: Uint8Array): Promise<void> {
    return this.indications.add(handle, value, isWanted);
  }

  /** @internal Service Changed: goes first, and to change-unaware clients too; the value is asked for when it is sent. */
  indicateFirst(handle: number, value: () => Uint8Array | undefined): Promise<void> {
    return this.indications.addFirst(handle, value);
  }

  /** @internal Calls `listener` each time that a state was restored. */
  onRestored(listener: () => void): void {
    this.restoredListeners.push(listener);
  }

  private restored(): void {
    this.settling = undefined;
    for (const listener of this.restoredListeners) listener();
    this.indications.pump();
  }

  /** The bearers for what the server tells by itself: enhanced ones only where the client says that it supports them (7.2). */
  private get telling(): readonly AttBearer[] {
    if (this.bearers.length === 1 || this.known.supports(ClientFeature.enhancedAttBearer))
      return this.bearers;
    return [this.bearer];
  }

  /** The bearer for notifications: the one with the most room, and always that one, as bearers keep no order among them. */
  private get teller(): AttBearer {
    let best = this.bearer;
    if (this.bearers.length > 1) for (const one of this.telling) if (one.mtu > best.mtu) best = one;
    return best;
  }

  private get mayTell(): boolean {
    return this.isChangeAware || !this.known.supports(ClientFeature.robustCaching);
  }

  private cut(value: Uint8Array): Uint8Array {
    const room = this.mtu - 3;
    return value.length > room ? value.subarray(0, room) : value;
  }
}
