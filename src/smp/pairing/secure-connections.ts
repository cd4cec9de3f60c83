import { equalBytes } from '../../core/hex.js';
import { equalInConstantTime } from '../crypto/constant-time.js';
import type { KeyPair, PublicKey } from '../crypto/smp-crypto.js';
import { f4, f5, f6, g2 } from '../crypto/toolbox.js';
import type { EncryptionKey } from '../keys.js';
import { encryptionKey } from './encryption-key.js';
import { PairingReason, refused } from './failure.js';
import { wrongSecret } from './legacy.js';
import { passkeyOctets, passkeyOf } from './passkey.js';
import { isDebugKey, readPublicKey, writePublicKey } from './public-key.js';
import type { Agreement, PairingSession } from './session.js';
import { SmpCode } from './smp-code.js';
import { compareWith } from './user.js';

/** What authentication stage 1 comes to: the nonces of both, and their secrets for stage 2. */
interface Stage1 {
  readonly own: Uint8Array;
  readonly peer: Uint8Array;
  readonly ownSecret: Uint8Array;
  readonly peerSecret: Uint8Array;
}

/** The public keys of one pairing. */
interface Keys {
  readonly pair: KeyPair;
  readonly peer: PublicKey;
}

const none = /* @__PURE__ */ new Uint8Array(16);
/** Digits of a passkey are six, its bits twenty: 2.3.5.6.3. */
const PASSKEY_BITS = 20;

/** Phase 2 of LE Secure Connections: Core Vol 3, Part H, 2.3.5.6. @returns the LTK */
export async function secureConnectionsPhase2(
  session: PairingSession,
  agreement: Agreement,
): Promise<EncryptionKey> {
  const { crypto } = session.parts;
  const keys = await exchangePublicKeys(session, agreement);
  // A point that is on the curve was checked for; an answer without a key would be a mistake of the library.
  const dhKey = crypto.dhKey(keys.pair.privateKey, keys.peer);
  if (!dhKey) throw refused(PairingReason.dhKeyCheckFailed, 'the public key is not on the curve');
  session.counts = true;
  const stage1 = await authenticate(session, agreement, keys);
  return checkKeys(session, agreement, dhKey, stage1);
}

/** 2.3.5.6.1 */
async function exchangePublicKeys(session: PairingSession, agreement: Agreement): Promise<Keys> {
  const { crypto, keys, policy } = session.parts;
  const makePair = () => agreement.outOfBand?.own?.keyPair ?? keys.keyPair();
  const send = (pair: KeyPair) => session.send(SmpCode.pairingPublicKey, writePublicKey(pair.publicKey));
  // Made for a peer that goes as far as to send its own: nobody can have this side compute by Pairing Requests alone.
  let pair = session.isInitiator ? makePair() : undefined;
  if (pair) send(pair);
  const peer = readPublicKey(await session.receive(SmpCode.pairingPublicKey));
  const debug = isDebugKey(peer);
  if (!crypto.isOnCurve(peer))
    throw refused(PairingReason.invalidParameters, 'the public key of the peer is not on the curve');
  if (debug && !policy.debugKeys)
    throw refused(PairingReason.invalidParameters, 'the peer uses the debug key, which everybody knows');
  pair ??= makePair();
  // The sign of Y does not change the DHKey: the X coordinate alone tells a key that was sent back.
  if (!debug && equalBytes(peer.x, pair.publicKey.x))
    throw refused(PairingReason.invalidParameters, 'the peer sent our public key back');
  if (!session.isInitiator) send(pair);
  return { pair, peer };
}

async function authenticate(session: PairingSession, agreement: Agreement, keys: Keys): Promise<Stage1> {
  if (agreement.method === 'passkey') return passkeyStage(session, agreement, keys);
  if (agreement.method === 'outOfBand') return outOfBandStage(session, agreement, keys);
  return comparisonStage(session, agreement, keys);
}

/** Just Works and Numeric Comparison: 2.3.5.6.2. */
async function comparisonStage(session: PairingSession, agreement: Agreement, keys: Keys): Promise<Stage1> {
  const { crypto } = session.parts;
  const own = session.parts.keys.random();
  const { x: ownX } = keys.pair.publicKey;
  const { x: peerX } = keys.peer;
  let peer: Uint8Array;
  if (session.isInitiator) {
    const confirm = (await session.receive(SmpCode.pairingConfirm)).subarray(1);
    session.send(SmpCode.pairingRandom, own);
    peer = await nonce(session, own);
    if (!equalInConstantTime(f4(crypto, peerX, ownX, peer, 0), confirm))
      throw refused(PairingReason.confirmValueFailed, wrongSecret(agreement));
  } else {
    session.send(SmpCode.pairingConfirm, f4(crypto, ownX, peerX, own, 0));
    peer = await nonce(session, own);
    session.send(SmpCode.pairingRandom, own);
  }
  if (agreement.method === 'numericComparison') {
    const value = session.isInitiator
      ? g2(crypto, ownX, peerX, own, peer)
      : g2(crypto, peerX, ownX, peer, own);
    await compareWith(session, agreement, value);
  }
  return { own, peer, ownSecret: none, peerSecret: none };
}

/** 2.3.5.6.3: bit for bit, so that whoever guesses learns no more than one bit for each pairing that fails. */
async function passkeyStage(session: PairingSession, agreement: Agreement, keys: Keys): Promise<Stage1> {
  const { crypto } = session.parts;
  const passkey = await passkeyOf(session, agreement);
  const { x: ownX } = keys.pair.publicKey;
  const { x: peerX } = keys.peer;
  let own: Uint8Array = none;
  let peer: Uint8Array = none;
  for (let i = 0; i < PASSKEY_BITS; i++) {
    const bit = 0x80 | ((passkey >> i) & 1);
    own = session.parts.keys.random();
    const confirm = f4(crypto, ownX, peerX, own, bit);
    if (session.isInitiator) session.send(SmpCode.pairingConfirm, confirm);
    const theirConfirm = (await session.receive(SmpCode.pairingConfirm)).subarray(1);
    if (!session.isInitiator) session.send(SmpCode.pairingConfirm, confirm);
    else session.send(SmpCode.pairingRandom, own);
    peer = await nonce(session, own);
    if (!equalInConstantTime(f4(crypto, peerX, ownX, peer, bit), theirConfirm))
      throw refused(PairingReason.confirmValueFailed, wrongSecret(agreement));
    if (!session.isInitiator) session.send(SmpCode.pairingRandom, own);
  }
  const secret = passkeyOctets(passkey);
  return { own, peer, ownSecret: secret, peerSecret: secret };
}

/** 2.3.5.6.4: a value that the other side did not get out of band counts as zero. */
async function outOfBandStage(session: PairingSession, agreement: Agreement, keys: Keys): Promise<Stage1> {
  const { crypto } = session.parts;
  const { outOfBand, initiator, responder } = agreement;
  const [ours, theirs] = session.isInitiator ? [initiator, responder] : [responder, initiator];
  const received = ours.oob ? outOfBand?.peer : undefined;
  if (ours.oob) {
    if (!received)
      throw refused(PairingReason.oobNotAvailable, 'there is no data of the peer for Secure Connections');
    const wanted = f4(crypto, keys.peer.x, keys.peer.x, received.random, 0);
    if (!equalInConstantTime(wanted, received.confirm))
      throw refused(PairingReason.confirmValueFailed, 'the out-of-band data is of another key');
  }
  if (theirs.oob && !outOfBand?.own)
    throw refused(PairingReason.oobNotAvailable, 'the peer has data that this side does not know of');
  const own = session.parts.keys.random();
  if (session.isInitiator) session.send(SmpCode.pairingRandom, own);
  const peer = await nonce(session, own);
  if (!session.isInitiator) session.send(SmpCode.pairingRandom, own);
  return {
    own,
    peer,
    ownSecret: theirs.oob ? outOfBand!.own!.random : none,
    peerSecret: received?.random ?? none,
  };
}

/** The peer's nonce. */
async function nonce(session: PairingSession, own: Uint8Array): Promise<Uint8Array> {
  const peer = (await session.receive(SmpCode.pairingRandom)).subarray(1);
  if (equalInConstantTime(peer, own))
    throw refused(PairingReason.confirmValueFailed, 'the peer sent our nonce back');
  return peer;
}

/** Authentication stage 2: 2.3.5.6.5. */
async function checkKeys(
  session: PairingSession,
  agreement: Agreement,
  dhKey: Uint8Array,
  { own, peer, ownSecret, peerSecret }: Stage1,
): Promise<EncryptionKey> {
  const { crypto, link } = session.parts;
  const { isInitiator } = session;
  const { macKey, ltk } = isInitiator
    ? f5(crypto, dhKey, own, peer, link.own, link.peer)
    : f5(crypto, dhKey, peer, own, link.peer, link.own);
  const [ourPdu, theirPdu] = isInitiator
    ? [agreement.request, agreement.response]
    : [agreement.response, agreement.request];
  const check = f6(crypto, macKey, own, peer, peerSecret, ourPdu.slice(1, 4), link.own, link.peer);
  const wanted = f6(crypto, macKey, peer, own, ownSecret, theirPdu.slice(1, 4), link.peer, link.own);
  if (isInitiator) session.send(SmpCode.pairingDhKeyCheck, check);
  const theirs = (await session.receive(SmpCode.pairingDhKeyCheck)).subarray(1);
  if (!equalInConstantTime(theirs, wanted))
    throw refused(PairingReason.dhKeyCheckFailed, 'the check value of the peer is wrong');
  const key = encryptionKey(ltk, agreement);
  if (!isInitiator) {
    session.offer(key);
    session.send(SmpCode.pairingDhKeyCheck, check);
  }
  return key;
}
