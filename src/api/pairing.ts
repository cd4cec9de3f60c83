import { outsideOf } from '../core/clock.js';
import { type Cmac, loadCmac } from '../core/cmac.js';
import { equalBytes } from '../core/hex.js';
import { Mutex } from '../core/mutex.js';
import type { Device, SecurityOptions } from '../gap/index.js';
import { IoCapability } from '../smp/pairing/features.js';
import type { BluetoothOptions } from './options.js';

/** What `init` and `set_pin` say about pairing. */
export interface PairingState {
  /** The passkey, 0–999999; `undefined` for a server that is not secure. */
  readonly pin: number | undefined;
  readonly secureConnections: boolean;
  /** Whether the own address is a resolvable private one, as long as there is a pin. */
  readonly privacy: boolean;
}

export const openServer: PairingState = { pin: undefined, secureConnections: true, privacy: true };

/** The keys that the firmware gives: ENC and ID. */
const ownKeys = { encryption: true, identity: true, signing: false };
/** It takes as many; a client's CSRK beside them, for `PERM_WRITE_SIGNED`. */
const peerKeys = { encryption: true, identity: true, signing: true };

/**
 * The device's security for a state. With a pin: DisplayOnly, bonding, 16 octets, and Secure Connections with the pin as the
 * passkey; a client that cannot enter it is refused, where the chip would let it in unauthenticated. Without Secure
 * Connections legacy pairing without protection, for which the pin is of no use, as on the chip. Without a pin: Just Works.
 */
export function securityOf({
  pin,
  secureConnections,
}: PairingState): Omit<SecurityOptions, 'bonds' | 'attempts'> {
  const common = { ownKeys, peerKeys };
  if (pin === undefined) return common;
  if (!secureConnections) return { ...common, secureConnections: 'never', mitm: false };
  return {
    ...common,
    mitm: true,
    minimumLevel: 3,
    passkey: pin,
    ioCapability: IoCapability.displayOnly,
    delegate: { displayPasskey: () => {} },
  };
}

/** Who said what the pin is: the arguments of `init`, or `set_pin`. */
type PinSource = 'init' | 'set_pin';

/** The arguments of `init` that are about pairing. */
type PairingArguments = Pick<BluetoothOptions, 'pin' | 'privacy' | 'secure_connections'>;

/** What a {@link ServerSecurity} needs of its server. */
export interface SecuredServer {
  /** Its device, while there is one, and whether there is none on its way. */
  readonly radio: { readonly device: Device | undefined; readonly idle: boolean };
  /** Waits for the device that is on its way. */
  ready(): Promise<unknown>;
  /** An open server becomes a secure one. */
  secured(): void;
}

/**
 * How the server pairs, in step with its device: the way of pairing, whether the own address is private, and whether the bonds
 * that there are were made with the pin that counts now.
 */
export class ServerSecurity {
  state: PairingState = openServer;
  private source: PinSource = 'init';
  private erasing = false;
  private readonly server: SecuredServer;

  constructor(server: SecuredServer) {
    this.server = server;
  }
  private readonly turn = new Mutex();

  /** Whether there is a pin. */
  get isSecure(): boolean {
    return this.state.pin !== undefined;
  }

  /** Whether the own address is to be private. */
  get isHidden(): boolean {
    return this.isSecure && this.state.privacy;
  }

  /** What `init` says, which says anew whether the server is secure. */
  init({ pin, secure_connections = true, privacy = true }: PairingArguments): Promise<void> {
    return this.set({ pin: pin ?? undefined, secureConnections: secure_connections, privacy }, 'init');
  }

  /** What `set_pin` says. */
  setPin(pin: number): Promise<void> {
    return this.set({ ...this.state, pin }, 'set_pin');
  }

  /** What `nvram_erase` does: forgets every bond, and what the pin was that they were made with. */
  erase(): Promise<void> {
    this.erasing = true;
    return this.bringAbout();
  }

  /**
   * Brings a device in line. How it pairs is changed before this returns.
   * @throws {BondStoreError} when bonds could not be removed from their store
   * @throws {HciError} when the controller refuses another address
   */
  apply(device: Device): Promise<void> {
    device.setSecurity(securityOf(this.state));
    return this.turn.run(async () => {
      const { state, source, isHidden } = this;
      if (this.erasing) await this.forgetAll(device);
      else if (state.pin !== undefined) await keepPin(device, state.pin, source);
      if (isHidden === device.addressOnAir.equals(device.address)) await device.setPrivacy(isHidden);
    });
  }

  private async forgetAll(device: Device): Promise<void> {
    this.erasing = false;
    await forgetBonds(device);
    await device.bonds.setTag(undefined);
  }

  private async set(state: PairingState, source: PinSource): Promise<void> {
    if (state.pin !== undefined && !this.isSecure) this.server.secured();
    this.state = state;
    this.source = source;
    await this.bringAbout();
  }

  /** What is said while the radio is off is done when it starts: the owner calls {@link apply} then. */
  private async bringAbout(): Promise<void> {
    const { radio, ready } = this.server;
    if (radio.device) await this.apply(radio.device);
    else if (!radio.idle) await ready();
  }
}

/**
 * Removes the bonds that were made with another pin, and notes which it is now. Of one that was never noted nothing is known:
 * `set_pin` takes it for another, as on the chip; `init`, which says the same in every run, does not.
 */
async function keepPin(device: Device, pin: number, source: PinSource): Promise<void> {
  const { bonds } = device;
  const { tag } = bonds;
  const mine = tagOf(await outsideOf(device.host.clock, loadCmac()), bonds.irk, pin);
  if (tag && equalBytes(tag, mine)) return;
  if (tag || source === 'set_pin') await forgetBonds(device);
  await bonds.setTag(mine);
}

/**
 * What is kept of a pin with the bonds. Six digits can be tried out by whoever has the own key, which lies beside it with all the
 * keys that the pin gave: it is no password that would have to be hidden from them.
 */
function tagOf(cmac: Cmac, irk: Uint8Array, pin: number): Uint8Array {
  return cmac(irk, new TextEncoder().encode(`pin ${String(pin).padStart(6, '0')}`));
}

/** Forgets everybody, and ends the links of those who were known. */
async function forgetBonds(device: Device): Promise<void> {
  const bonded = device.connections.filter(({ security }) => security.bonded || security.level > 1);
  await device.bonds.clear();
  await Promise.allSettled(bonded.map((connection) => connection.disconnect()));
}
