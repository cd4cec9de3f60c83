import { IoCapability, type IoCapabilityCode, type PairingFeatures } from './features.js';

/** How two devices make sure that they pair with each other: Core Vol 3, Part H, 2.3.5. */
export type PairingMethod = 'justWorks' | 'passkey' | 'numericComparison' | 'outOfBand';

/** What a side does with the passkey. */
export type PasskeyTask = 'display' | 'enter';

/** What the features of both sides come to. */
export interface ChosenMethod {
  readonly method: PairingMethod;
  /** What this side does with the passkey; there with the method `passkey`. */
  readonly passkey?: PasskeyTask;
}

const { displayYesNo, keyboardOnly, noInputNoOutput, keyboardDisplay } = IoCapability;

/** Chooses the method: Core Vol 3, Part H, 2.3.5.1, tables 2.6 to 2.8. */
export function chooseMethod(
  initiator: PairingFeatures,
  responder: PairingFeatures,
  side: 'initiator' | 'responder',
): ChosenMethod {
  const secureConnections = initiator.secureConnections && responder.secureConnections;
  // Legacy pairing wants the data on both sides, Secure Connections on one.
  const outOfBand = secureConnections ? initiator.oob || responder.oob : initiator.oob && responder.oob;
  if (outOfBand) return { method: 'outOfBand' };
  if (!initiator.mitm && !responder.mitm) return { method: 'justWorks' };
  const [i, r] = [initiator.ioCapability, responder.ioCapability];
  if (i === noInputNoOutput || r === noInputNoOutput) return { method: 'justWorks' };
  if (secureConnections && compares(i) && compares(r)) return { method: 'numericComparison' };
  if (!enters(i) && !enters(r)) return { method: 'justWorks' };
  return { method: 'passkey', passkey: passkeyTask(i, r, side) };
}

/** The initiator displays wherever it can and the responder can enter; two keyboards both enter. */
function passkeyTask(
  initiator: IoCapabilityCode,
  responder: IoCapabilityCode,
  side: 'initiator' | 'responder',
): PasskeyTask {
  if (initiator === keyboardOnly && responder === keyboardOnly) return 'enter';
  const initiatorDisplays = initiator !== keyboardOnly && enters(responder);
  return initiatorDisplays === (side === 'initiator') ? 'display' : 'enter';
}

function enters(io: IoCapabilityCode): boolean {
  return io === keyboardOnly || io === keyboardDisplay;
}

function compares(io: IoCapabilityCode): boolean {
  return io === displayYesNo || io === keyboardDisplay;
}
