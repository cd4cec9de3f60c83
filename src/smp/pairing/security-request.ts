import { SecurityLevel } from '../../core/security.js';
import { ioCapabilityOf, type PairingDelegate } from './delegate.js';
import { IoCapability, type IoCapabilityCode } from './features.js';
import type { SecurityPolicy } from './policy.js';

/** What the device can show and take, by the policy or by what its delegate can do. A passkey that is fixed counts as shown. */
export function ownIoCapability(
  policy: SecurityPolicy,
  delegate: PairingDelegate | undefined,
): IoCapabilityCode {
  if (policy.ioCapability !== undefined) return policy.ioCapability;
  const capability = ioCapabilityOf(delegate);
  const fixed = policy.passkey !== undefined && capability === IoCapability.noInputNoOutput;
  return fixed ? IoCapability.displayOnly : capability;
}

/** Whether there is anything by which a pairing could be authenticated. */
export function couldAuthenticate(policy: SecurityPolicy, delegate: PairingDelegate | undefined): boolean {
  return ownIoCapability(policy, delegate) !== IoCapability.noInputNoOutput || delegate?.oob !== undefined;
}

/** Whether protection against a man in the middle is asked for: what the policy says, or what the device can do. */
export function asksForMitm(policy: SecurityPolicy, delegate: PairingDelegate | undefined): boolean {
  if (policy.mitm !== undefined) return policy.mitm;
  const ioCapability = ownIoCapability(policy, delegate);
  return policy.minimumLevel > SecurityLevel.encrypted || ioCapability !== IoCapability.noInputNoOutput;
}

/** What the AuthReq of this side says: Core Vol 3, Part H, 3.5.1 and 3.6.7. */
export function requestedFeatures(policy: SecurityPolicy, delegate: PairingDelegate | undefined) {
  return {
    bonding: policy.bonding,
    mitm: asksForMitm(policy, delegate),
    secureConnections: policy.secureConnections !== 'never',
    keypress: policy.keypress,
    ct2: policy.ct2,
  };
}
