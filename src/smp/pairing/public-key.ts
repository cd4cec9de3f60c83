import { concatBytes } from '../../core/hex.js';
import type { RandomSource } from '../../core/random.js';
import type { PublicKey, SmpCrypto } from '../crypto/smp-crypto.js';
import { f4 } from '../crypto/toolbox.js';
import type { OwnOutOfBandData } from './delegate.js';

/** The X coordinate of the debug key, least significant octet first: Core Vol 3, Part H, 2.3.5.6.1. */
const debugX = /* @__PURE__ */ Uint8Array.of(
  0xe6,
  0x9d,
  0x35,
  0x0e,
  0x48,
  0x01,
  0x03,
  0xcc,
  0xdb,
  0xfd,
  0xf4,
  0xac,
  0x11,
  0x91,
  0xf4,
  0xef,
  0xb9,
  0xa5,
  0xf9,
  0xe9,
  0xa7,
  0x83,
  0x2c,
  0x5e,
  0x2c,
  0xbe,
  0x97,
  0xf2,
  0xd2,
  0x03,
  0xb0,
  0x20,
);

/** Whether a public key is that of the debug key pair, or its mirror image. */
export function isDebugKey({ x }: PublicKey): boolean {
  return x.every((octet, i) => octet === debugX[i]);
}

/** The key in a Pairing Public Key packet: 3.5.6. */
export function readPublicKey(pdu: Uint8Array): PublicKey {
  return { x: pdu.slice(1, 33), y: pdu.slice(33, 65) };
}

/** What stands behind the code. */
export function writePublicKey({ x, y }: PublicKey): Uint8Array {
  return concatBytes(x, y);
}

/**
 * Makes this side's out-of-band data for LE Secure Connections: Core Vol 3, Part H, 2.3.5.6.4. `random` and `confirm` go to
 * the peer by the other way; all of it goes into {@link PairingDelegate.oob} for the one pairing that it is for.
 */
export function createOutOfBandData(crypto: SmpCrypto, random: RandomSource): OwnOutOfBandData {
  const keyPair = crypto.newKeyPair(random);
  const value = random.fill(new Uint8Array(16));
  const { x } = keyPair.publicKey;
  return { random: value, confirm: f4(crypto, x, x, value, 0), keyPair };
}
