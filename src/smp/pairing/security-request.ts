import { SecurityLevel } from '../../core/security.js';
import { ioCapabilityOf, type PairingDelegate } from './delegate.js';
import { IoCapability } from './features.js';
import type { SecurityPolicy } from './policy.js';

/** Whether protection against a man in the middle is asked for: what the policy says, or what the device can do. */
export function asksForMitm(policy: SecurityPolicy, delegate: PairingDelegate | undefined): boolean {
  if (policy.mitm !== undefined) return policy.mitm;
  const ioCapability = policy.ioCapability ?? ioCapabilityOf(delegate);
  return policy.minimumLevel > SecurityLevel.encrypted || ioCapability !== IoCapability.noInputNoOutput;
}

/** What the AuthReq of this side says: Core Vol 3, Part H, 3.5.1 and 3.6.7. */
export function requestedFeatures(policy: SecurityPolicy, delegate: PairingDelegate | undefined) {
  return {
    bonding: policy.bonding,
    mitm: asksForMitm(policy, delegate),
    secureConnections: policy.secureConnections !== 'never',
    keypress: policy.keypress,
  };
}
