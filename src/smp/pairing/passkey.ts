import type { Agreement, PairingSession } from './session.js';
import { displayWith, enterWith } from './user.js';

/** Whether the method has a passkey, and which: shown or entered here (Core Vol 3, Part H, 2.3.5.3 and 2.3.5.6.3). */
export async function passkeyOf(session: PairingSession, agreement: Agreement): Promise<number> {
  if (agreement.passkey === 'enter') return enterWith(session, agreement);
  const passkey = session.parts.policy.passkey ?? session.parts.keys.passkey();
  displayWith(session, agreement, passkey);
  return passkey;
}

/** A passkey as 16 octets, least significant first. */
export function passkeyOctets(passkey: number): Uint8Array {
  const octets = new Uint8Array(16);
  new DataView(octets.buffer).setUint32(0, passkey, true);
  return octets;
}
