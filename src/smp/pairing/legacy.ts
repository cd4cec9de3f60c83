import { equalInConstantTime } from '../crypto/constant-time.js';
import { c1, s1 } from '../crypto/toolbox.js';
import type { EncryptionKey } from '../keys.js';
import { encryptionKey } from './encryption-key.js';
import { PairingReason, refused } from './failure.js';
import { passkeyOctets, passkeyOf } from './passkey.js';
import type { Agreement, PairingSession } from './session.js';
import { SmpCode } from './smp-code.js';

/** Phase 2 of LE legacy pairing: Core Vol 3, Part H, 2.3.5.2 to 2.3.5.5. @returns the STK */
export async function legacyPhase2(session: PairingSession, agreement: Agreement): Promise<EncryptionKey> {
  const { crypto, keys } = session.parts;
  session.counts = true;
  const tk = await temporaryKey(session, agreement);
  const own = keys.random();
  const confirmOf = (random: Uint8Array) => c1(crypto, tk, random, confirmInput(session, agreement));
  const confirm = confirmOf(own);

  if (session.isInitiator) session.send(SmpCode.pairingConfirm, confirm);
  const theirConfirm = (await session.receive(SmpCode.pairingConfirm)).subarray(1);
  // Both sides make it in the same way: whoever sends ours back knows nothing, and would pass.
  if (equalInConstantTime(theirConfirm, confirm))
    throw refused(PairingReason.confirmValueFailed, 'the peer sent our confirm value back');
  if (session.isInitiator) session.send(SmpCode.pairingRandom, own);
  else session.send(SmpCode.pairingConfirm, confirm);

  const theirs = (await session.receive(SmpCode.pairingRandom)).subarray(1);
  if (!equalInConstantTime(confirmOf(theirs), theirConfirm))
    throw refused(PairingReason.confirmValueFailed, wrongSecret(agreement));
  const stk = session.isInitiator ? s1(crypto, tk, theirs, own) : s1(crypto, tk, own, theirs);
  const key = encryptionKey(stk, agreement);
  if (!session.isInitiator) {
    session.offer(key);
    session.send(SmpCode.pairingRandom, own);
  }
  return key;
}

/** What this side says when the confirm value does not fit. */
export function wrongSecret({ method }: Agreement): string {
  return method === 'passkey' ? 'the passkey was wrong' : 'the confirm value is wrong';
}

/** 2.3.5.2 (0), 2.3.5.3 (six digits), 2.3.5.4 (128 bits) */
async function temporaryKey(session: PairingSession, agreement: Agreement): Promise<Uint8Array> {
  if (agreement.method === 'passkey') return passkeyOctets(await passkeyOf(session, agreement));
  if (agreement.method !== 'outOfBand') return new Uint8Array(16);
  const tk = agreement.outOfBand?.tk;
  if (!tk) throw refused(PairingReason.oobNotAvailable, 'there is no TK for LE legacy pairing');
  return tk;
}

function confirmInput(session: PairingSession, { request, response }: Agreement) {
  const { own, peer } = session.parts.link;
  const [initiator, responder] = session.isInitiator ? [own, peer] : [peer, own];
  return { request, response, initiator, responder };
}
