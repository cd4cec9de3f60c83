import { checkOutOfBand, type OutOfBandData } from './delegate.js';
import { notWeaker, securityLevel } from './encryption-key.js';
import { PairingReason, refused } from './failure.js';
import { decodeFeatures, encodeFeatures, type PairingFeatures } from './features.js';
import { commonKeys, type KeyDistribution, noKeys, withinKeys } from './key-distribution.js';
import { chooseMethod } from './method.js';
import { ownIoCapability, requestedFeatures } from './security-request.js';
import type { Agreement, PairingSession } from './session.js';
import { SmpCode } from './smp-code.js';
import { confirmWith } from './user.js';

/** How a pairing began. */
export interface SessionStart {
  /** As a responder: the Pairing Request, code first. */
  readonly request: Uint8Array | undefined;
  /** Whether the peer wants to pair, and the user is to be asked. */
  readonly askedByPeer: boolean;
}

/** Phase 1 as a central: Core Vol 3, Part H, 2.3.1 and 3.5.1. */
export async function agreeAsInitiator(session: PairingSession, start: SessionStart): Promise<Agreement> {
  const outOfBand = await outOfBandOf(session);
  const initiator = ownFeatures(session, outOfBand);
  const request = encodeFeatures(SmpCode.pairingRequest, initiator);
  session.send(SmpCode.pairingRequest, request.subarray(1));
  const response = await session.receive(SmpCode.pairingResponse);
  const responder = readFeatures(response);
  if (
    !withinKeys(responder.initiatorKeys, initiator.initiatorKeys) ||
    !withinKeys(responder.responderKeys, initiator.responderKeys)
  ) {
    throw refused(PairingReason.invalidParameters, 'the response has keys that were not asked for');
  }
  const agreement = agree(session, { request, response, initiator, responder, outOfBand });
  if (start.askedByPeer) await confirmWith(session, agreement);
  return agreement;
}

/** Phase 1 as a peripheral. */
export async function agreeAsResponder(
  session: PairingSession,
  start: SessionStart,
  request: Uint8Array,
): Promise<Agreement> {
  const initiator = readFeatures(request);
  const outOfBand = await outOfBandOf(session);
  const own = ownFeatures(session, outOfBand);
  const bonding = own.bonding && initiator.bonding;
  const answered = (offered: KeyDistribution, wanted: KeyDistribution) =>
    bonding ? commonKeys(offered, wanted) : noKeys;
  const responder: PairingFeatures = {
    ...own,
    initiatorKeys: answered(initiator.initiatorKeys, own.initiatorKeys),
    responderKeys: answered(initiator.responderKeys, own.responderKeys),
  };
  const response = encodeFeatures(SmpCode.pairingResponse, responder);
  const agreement = agree(session, { request, response, initiator, responder, outOfBand });
  if (start.askedByPeer) await confirmWith(session, agreement);
  session.send(SmpCode.pairingResponse, response.subarray(1));
  return agreement;
}

function readFeatures(pdu: Uint8Array): PairingFeatures {
  const features = decodeFeatures(pdu);
  if (!features) throw refused(PairingReason.invalidParameters, 'the features of the peer are out of range');
  return features;
}

async function outOfBandOf(session: PairingSession): Promise<OutOfBandData | undefined> {
  const { delegate, link } = session.parts;
  if (!delegate.oob) return undefined;
  const data = await session.ask(() => delegate.oob!(link.peer));
  if (data) checkOutOfBand(data);
  return data;
}

function ownFeatures(session: PairingSession, outOfBand: OutOfBandData | undefined): PairingFeatures {
  const { policy, delegate, link } = session.parts;
  const identity = link.identity() !== undefined;
  const own = { ...policy.ownKeys, identity: policy.ownKeys.identity && identity };
  const [initiator, responder] = session.isInitiator ? [own, policy.peerKeys] : [policy.peerKeys, own];
  return {
    ioCapability: ownIoCapability(policy, delegate),
    oob: outOfBand?.tk !== undefined || outOfBand?.peer !== undefined,
    ...requestedFeatures(policy, delegate),
    maxKeySize: policy.maxKeySize,
    initiatorKeys: policy.bonding ? initiator : noKeys,
    responderKeys: policy.bonding ? responder : noKeys,
  };
}

/** What both come to, if the policy has nothing against it. */
function agree(
  session: PairingSession,
  told: Pick<Agreement, 'request' | 'response' | 'initiator' | 'responder' | 'outOfBand'>,
): Agreement {
  const { initiator, responder } = told;
  const { policy, link } = session.parts;
  const secureConnections = initiator.secureConnections && responder.secureConnections;
  const keySize = Math.min(initiator.maxKeySize, responder.maxKeySize);
  if (policy.secureConnections === 'only' && !secureConnections)
    throw refused(PairingReason.authenticationRequirements, 'the peer has no LE Secure Connections');
  if (keySize < policy.minKeySize)
    throw refused(PairingReason.encryptionKeySize, `a key of ${keySize} octets is too short`);
  const chosen = chooseMethod(initiator, responder, session.isInitiator ? 'initiator' : 'responder');
  const outcome = { keySize, secureConnections, authenticated: chosen.method !== 'justWorks' };
  if (securityLevel(outcome) < policy.minimumLevel) {
    throw refused(
      PairingReason.authenticationRequirements,
      `the two devices come to level ${securityLevel(outcome)} only, and ${policy.minimumLevel} is wanted`,
    );
  }
  const bond = link.knownKey();
  if (bond && policy.rePairing === 'notWeaker' && !notWeaker(outcome, bond)) {
    throw refused(
      PairingReason.authenticationRequirements,
      'there is a bond with the peer, and the new key would be weaker',
    );
  }
  return { ...told, ...chosen, secureConnections, bonding: initiator.bonding && responder.bonding, keySize };
}
