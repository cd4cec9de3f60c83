import { Address, BdAddr, randomAddressKind } from '../../core/address.js';
import { concatBytes } from '../../core/hex.js';
import type { DistributedKeys, EncryptionKey, IdentityKey, PairedKeys } from '../keys.js';
import { encryptionKey } from './encryption-key.js';
import { PairingReason, refused } from './failure.js';
import { commonKeys, type KeyDistribution } from './key-distribution.js';
import type { Agreement, PairingSession } from './session.js';
import { SmpCode } from './smp-code.js';

type Distributed = { -readonly [K in keyof DistributedKeys]: DistributedKeys[K] };

/** Phase 3: the responder's keys, then the initiator's. Core Vol 3, Part H, 2.4.3 and 3.6.1. */
export async function distributeKeys(
  session: PairingSession,
  agreement: Agreement,
  linkKey: EncryptionKey,
): Promise<PairedKeys> {
  // The response has what both want (3.6.1); LTKs of Secure Connections are made by both, and given by none.
  const masks = { encryption: !agreement.secureConnections, identity: true, signing: true };
  const byInitiator = commonKeys(agreement.responder.initiatorKeys, masks);
  const byResponder = commonKeys(agreement.responder.responderKeys, masks);
  let own: DistributedKeys;
  let peer: DistributedKeys;
  if (session.isInitiator) {
    peer = await takeKeys(session, agreement, byResponder);
    own = giveKeys(session, agreement, byInitiator);
  } else {
    own = giveKeys(session, agreement, byResponder);
    peer = await takeKeys(session, agreement, byInitiator);
  }
  if (!agreement.secureConnections) return { own, peer };
  return { own: { encryption: linkKey, ...own }, peer: { encryption: linkKey, ...peer } };
}

function giveKeys(session: PairingSession, agreement: Agreement, which: KeyDistribution): DistributedKeys {
  const { keys, link } = session.parts;
  const given: Distributed = {};
  if (which.encryption) {
    const { ltk, ediv, rand } = keys.longTermKey();
    const key = encryptionKey(ltk, agreement, { ediv, rand });
    given.encryption = key;
    session.send(SmpCode.encryptionInformation, key.ltk);
    session.send(SmpCode.centralIdentification, Uint8Array.of(ediv & 0xff, ediv >> 8), rand);
  }
  if (which.identity) {
    // It was offered because there was one; should it be gone, the peer is told of none (2.4.2.1).
    const identity = link.identity() ?? { irk: new Uint8Array(16), address: link.own };
    given.identity = identity;
    session.send(SmpCode.identityInformation, identity.irk);
    session.send(
      SmpCode.identityAddressInformation,
      concatBytes(Uint8Array.of(identity.address.type & 1), identity.address.bd.wire),
    );
  }
  if (which.signing) {
    const csrk = keys.signingKey();
    given.signing = { csrk, authenticated: agreement.method !== 'justWorks' };
    session.send(SmpCode.signingInformation, csrk);
  }
  return given;
}

async function takeKeys(
  session: PairingSession,
  agreement: Agreement,
  which: KeyDistribution,
): Promise<DistributedKeys> {
  const taken: Distributed = {};
  if (which.encryption) {
    const ltk = (await session.receive(SmpCode.encryptionInformation)).slice(1);
    // Left empty by mistake, it would let anybody in; what lies beyond the size of the key does not count.
    if (encryptionKey(ltk, agreement).ltk.every((octet) => octet === 0))
      throw refused(PairingReason.keyRejected, 'the peer gave a key of all zeros, which everybody knows');
    const name = await session.receive(SmpCode.centralIdentification);
    const ediv = name[1]! | (name[2]! << 8);
    taken.encryption = encryptionKey(ltk, agreement, { ediv, rand: name.slice(3) });
  }
  if (which.identity) {
    const irk = (await session.receive(SmpCode.identityInformation)).slice(1);
    const address = await session.receive(SmpCode.identityAddressInformation);
    taken.identity = identityOf(irk, address);
  }
  if (which.signing) {
    const csrk = (await session.receive(SmpCode.signingInformation)).slice(1);
    taken.signing = { csrk, authenticated: agreement.method !== 'justWorks' };
  }
  return taken;
}

/** A public or a static random address: 2.4.2.1 and 3.6.5. */
function identityOf(irk: Uint8Array, pdu: Uint8Array): IdentityKey {
  const type = pdu[1]!;
  const bd = BdAddr.fromWire(pdu, 2, 8);
  const valid = type === 0 || (type === 1 && randomAddressKind(bd) === 'static');
  if (!valid || bd.equals(BdAddr.zero)) {
    throw refused(
      PairingReason.invalidParameters,
      'the identity address of the peer is neither public nor static',
    );
  }
  return { irk, address: new Address(bd, type) };
}
