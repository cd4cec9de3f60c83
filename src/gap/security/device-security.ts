import { platformCrypto } from '#crypto';
import type { Address } from '../../core/address.js';
import { outsideOf } from '../../core/clock.js';
import { provideCmac } from '../../core/cmac.js';
import type { RandomSource } from '../../core/random.js';
import type { GattServer } from '../../gatt/index.js';
import { setEventMaskPage2, writeAuthenticatedPayloadTimeout } from '../../hci/commands/index.js';
import * as events from '../../hci/events/index.js';
import type { HciHost } from '../../hci/host.js';
import { resolves } from '../../smp/crypto/index.js';
import { keysFrom, PairingAttempts } from '../../smp/pairing/index.js';
import type { BondStore } from '../bonds/bond-store.js';
import { Bonds } from '../bonds/bonds.js';
import { MemoryBondStore } from '../bonds/memory-store.js';
import type { DeviceParts, SecuringDevice } from './device-parts.js';
import type { SecuritySettings } from './options.js';
import { SecuredLink, type SecuredLinkInit } from './secured-link.js';

/** What {@link DeviceSecurity.open} needs. */
export interface DeviceSecurityOptions {
  readonly host: HciHost;
  readonly server: GattServer;
  readonly settings: SecuritySettings;
  /** Whether bonds are kept in the user's file where nothing else is said. */
  readonly keep: boolean;
  /** The own identity address. */
  readonly local: Address;
  readonly random: RandomSource;
}

/** Encryption Change, of either version: Core Vol 4, Part E, 7.7.8. */
interface EncryptionChange {
  readonly status: number;
  readonly connectionHandle: number;
  readonly encryptionEnabled: number;
  readonly encryptionKeySize?: number;
}

/** The security of a device: its bonds, and what the controller tells of the encryption of its links. */
export class DeviceSecurity implements SecuringDevice {
  readonly parts: DeviceParts;
  settings: SecuritySettings;
  private readonly links = new Map<number, SecuredLink>();
  private watching: Promise<boolean> | undefined;

  private constructor(parts: DeviceParts, settings: SecuritySettings) {
    this.parts = parts;
    this.settings = settings;
    const { host } = parts;
    host.onEvent(events.leLongTermKeyRequest, ({ connectionHandle, randomNumber, encryptedDiversifier }) => {
      const rand = new Uint8Array(8);
      new DataView(rand.buffer).setBigUint64(0, randomNumber, true);
      this.at(connectionHandle)?.keyRequested(encryptedDiversifier, rand);
    });
    const changed = (event: EncryptionChange) =>
      this.at(event.connectionHandle)?.encryption.changed(
        event.status,
        event.encryptionEnabled !== 0,
        event.encryptionKeySize,
      );
    host.onEvent(events.encryptionChangeV1, changed);
    host.onEvent(events.encryptionChangeV2, changed);
    host.onEvent(events.encryptionKeyRefreshComplete, ({ status, connectionHandle }) =>
      this.at(connectionHandle)?.encryption.refreshed(status),
    );
    host.onEvent(events.authenticatedPayloadTimeoutExpired, ({ connectionHandle }) =>
      this.at(connectionHandle)?.payloadExpired(),
    );
    parts.bonds.on('removed', () => {
      for (const link of this.links.values()) link.bondRemoved();
    });
    // After a Reset the mask is as ever.
    host.on('down', () => {
      this.watching = undefined;
    });
  }

  /**
   * Loads the bonds.
   * @throws {BondStoreError} when they cannot be read, or are damaged
   */
  static async open({
    host,
    server,
    settings,
    keep,
    local,
    random,
  }: DeviceSecurityOptions): Promise<DeviceSecurity> {
    const crypto = platformCrypto;
    provideCmac((key, message) => crypto.cmac(key, message));
    const report = (message: string) => host.report({ layer: 'gap', message });
    let store: BondStore | null | undefined = settings.bonds;
    if (store === undefined && keep)
      store = await outsideOf(host.clock, import('#bonds')).then((bonds) => bonds.platformBondStore(report));
    const opening = Bonds.open({
      store: store ?? new MemoryBondStore(),
      local,
      resolves: (irk, address) => resolves(crypto, irk, address),
      clock: host.clock,
      random,
      report,
    });
    // A store is files, or whatever: it knows no simulated time.
    const bonds = await outsideOf(host.clock, opening);
    const attempts = new PairingAttempts(host.clock, settings.attempts);
    const keys = keysFrom(crypto, random);
    return new DeviceSecurity({ host, server, bonds, crypto, keys, attempts }, settings);
  }

  /** Secures a new link. */
  secure(init: SecuredLinkInit): SecuredLink {
    const link = new SecuredLink(this, init);
    this.links.set(init.handle, link);
    return link;
  }

  /** A link is gone. @internal */
  forget(handle: number, link: SecuredLink): void {
    if (this.links.get(handle) === link) this.links.delete(handle);
  }

  /** A link is encrypted: watches that the peer goes on encrypting, where that is asked for. @internal */
  watchPayload(connectionHandle: number, report: (message: string) => void): void {
    const { settings } = this;
    const { host } = this.parts;
    const { authenticatedPayload } = settings;
    if (!authenticatedPayload) return;
    this.watching ??= unmask(host);
    const units = Math.max(1, Math.round(authenticatedPayload.timeoutMs / 10));
    this.watching
      .then(() =>
        host.send(writeAuthenticatedPayloadTimeout, { connectionHandle, authenticatedPayloadTimeout: units }),
      )
      .catch((error: unknown) => {
        if (this.links.has(connectionHandle))
          report(`the authenticated payload timeout is not watched: ${String(error)}`);
      });
  }

  private at(connectionHandle: number): SecuredLink | undefined {
    return this.links.get(connectionHandle & 0x0fff);
  }
}

/** Lets Authenticated Payload Timeout Expired through: Core Vol 4, Part E, 7.3.69. */
async function unmask(host: HciHost): Promise<boolean> {
  const bit = events.authenticatedPayloadTimeoutExpired.maskPage2Bit!;
  await host.send(setEventMaskPage2, { eventMaskPage2: 1n << BigInt(bit) });
  return true;
}
