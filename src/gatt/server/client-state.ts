import { checkBytes, checkInteger } from '../../core/check.js';
import { equalBytes, fromHex, toHex } from '../../core/hex.js';
import { Awareness } from './awareness.js';
import type { ChangeHistory } from './history.js';

/** Bits of Client Supported Features: Core Vol 3, Part G, 7.2. */
export const ClientFeature = { robustCaching: 1, enhancedAttBearer: 2, multipleNotifications: 4 } as const;

/** Octets of Client Supported Features that are kept; of the first one three bits mean something. */
export const FEATURES_LIMIT = 16;
/**
 * What a server keeps of a client with the bond: Core Vol 3, Part G, 3.3.3.3, 7.2 and 2.5.2.1. Give it back with
 * {@link ServerClient.restoreState} when the client is there again.
 */
export interface ServerClientState {
  /** Client Characteristic Configurations that are not 0, by the handle of the descriptor: bit 0 notify, bit 1 indicate. */
  readonly configurations: ReadonlyMap<number, number>;
  /** Client Supported Features as written; empty when they never were. */
  readonly clientSupportedFeatures: Uint8Array;
  /**
   * The Database Hash, 16 octets as sent, of the last database that the client is known to know; `undefined` before it is
   * computed.
   */
  readonly databaseHash?: Uint8Array | undefined;
}

/** What stands at the handle of a Client Characteristic Configuration. */
export interface KnownConfiguration {
  /** Whether it is that of Service Changed, whose handle stays the same as long as there are bonds. */
  readonly isServiceChanged: boolean;
  /** The bits that may be set. */
  readonly supported: number;
  /** Tells the program of a value that the client comes back with. */
  restored(value: number): void;
}

/** Told of what is to be kept. */
export type StateListener = (state: ServerClientState) => void;

/** What the server knows of one client, on however many bearers it is. */
export class ClientState {
  readonly awareness: Awareness;
  private readonly changes: ChangeHistory;
  private readonly configurationAt: (handle: number) => KnownConfiguration | undefined;
  private readonly values = new Map<number, number>();
  private readonly listeners = new Set<StateListener>();
  private readonly awareListeners: (() => void)[] = [];
  private features: Uint8Array = new Uint8Array(0);
  private hash: string | undefined;

  constructor(changes: ChangeHistory, configurationAt: (handle: number) => KnownConfiguration | undefined) {
    this.changes = changes;
    this.configurationAt = configurationAt;
    this.awareness = new Awareness(changes, () => {
      void this.takeHash();
      for (const listener of this.awareListeners) listener();
    });
  }

  /** What is to be kept with a bond. */
  get exported(): ServerClientState {
    const { hash } = this;
    return {
      configurations: new Map(this.values),
      clientSupportedFeatures: this.features.slice(),
      ...(hash === undefined ? {} : { databaseHash: fromHex(hash) }),
    };
  }

  onChange(listener: StateListener): () => void {
    this.listeners.add(listener);
    void this.takeHash();
    return () => void this.listeners.delete(listener);
  }

  /** Calls `listener` each time that the client has come to know the services as they are. */
  onAware(listener: () => void): void {
    this.awareListeners.push(listener);
  }

  /** The configurations that are not 0, by handle. */
  get configurations(): ReadonlyMap<number, number> {
    return this.values;
  }

  /** The configuration at a descriptor's handle. */
  configuration(handle: number): number {
    return this.values.get(handle) ?? 0;
  }

  setConfiguration(handle: number, value: number): void {
    if (this.configuration(handle) === value) return;
    if (value === 0) this.values.delete(handle);
    else this.values.set(handle, value);
    this.changed();
  }

  /** The descriptors of these handles are gone. */
  forgetConfigurations(startHandle: number, endHandle: number): void {
    const gone = [...this.values.keys()].filter((handle) => handle >= startHandle && handle <= endHandle);
    for (const handle of gone) this.values.delete(handle);
    if (gone.length > 0) this.changed();
  }

  /** Client Supported Features, as written. */
  get supportedFeatures(): Uint8Array {
    return this.features;
  }

  set supportedFeatures(features: Uint8Array) {
    if (equalBytes(features, this.features)) return;
    this.features = features.slice();
    this.changed();
  }

  /** Whether the client set one of {@link ClientFeature}. */
  supports(feature: number): boolean {
    return ((this.features[0] ?? 0) & feature) !== 0;
  }

  /** Takes over what a bond says; resolves when it is known which handles have changed since. */
  async restore(state: ServerClientState): Promise<void> {
    this.features = state.clientSupportedFeatures.slice();
    this.hash = state.databaseHash && toHex(state.databaseHash);
    const before = new Map(this.values);
    this.values.clear();
    for (const [handle, value] of state.configurations) {
      const configuration = value & (this.configurationAt(handle)?.supported ?? 0);
      if (configuration !== 0) this.values.set(handle, configuration);
    }
    this.awareness.forget();
    const { revision } = this.changes;
    const hash = toHex(await this.changes.hash());
    this.awareness.restore(this.hash === hash ? revision : this.changes.revisionOf(this.hash ?? ''));
    if (this.hash !== undefined) this.dropChanged();
    for (const [handle, value] of [...this.values])
      if (before.get(handle) !== value) this.configurationAt(handle)?.restored(value);
  }

  /** What stands at these handles now is not what the client configured. */
  private dropChanged(): void {
    const range = this.awareness.unknown;
    if (!range) return;
    for (const handle of [...this.values.keys()]) {
      const changed = handle >= range.startHandle && handle <= range.endHandle;
      if (changed && !this.configurationAt(handle)?.isServiceChanged) this.values.delete(handle);
    }
  }

  /** The hash is that of a database which the client knows: it is taken as long as it is the present one. */
  private async takeHash(): Promise<void> {
    if (this.listeners.size === 0 || !this.awareness.isAware) return;
    try {
      this.hash = toHex(await this.changes.hash());
      this.changed();
    } catch {
      // Without a hash the client counts as one that knows nothing when it comes again.
    }
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener(this.exported);
  }
}

/** @throws {RangeError | TypeError} naming the field that is wrong */
export function checkClientState(state: ServerClientState): ServerClientState {
  checkBytes('clientSupportedFeatures', state.clientSupportedFeatures, 0, FEATURES_LIMIT);
  if (state.databaseHash !== undefined) checkBytes('databaseHash', state.databaseHash, 16, 16);
  for (const [handle, value] of state.configurations) {
    checkInteger('configurations', handle, 1, 0xffff);
    checkInteger(`configurations.${handle}`, value, 0, 0xffff);
  }
  return state;
}
