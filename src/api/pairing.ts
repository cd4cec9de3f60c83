import type { Device, SecurityOptions } from '../gap/index.js';
import { IoCapability } from '../smp/pairing/features.js';

/** What `init` and `set_pin` say about pairing. */
export interface PairingState {
  /** The passkey, 0–999999; `undefined` for a server that is not secure. */
  readonly pin: number | undefined;
  readonly secureConnections: boolean;
  /** Whether the own address is a resolvable private one: with a pin, and from the start of the radio on. */
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

/** Forgets everybody, and ends the links of those who were known. */
export async function forgetBonds(device: Device | undefined): Promise<void> {
  if (!device) return;
  const bonded = device.connections.filter(({ security }) => security.bonded || security.level > 1);
  await device.bonds.clear();
  await Promise.allSettled(bonded.map((connection) => connection.disconnect()));
}
