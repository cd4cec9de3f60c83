/** Pairing: Core Vol 3, Part H. */
export { PairingAttempts, type PairingAttemptsOptions } from './attempts.js';
export {
  checkDelegate,
  ioCapabilityOf,
  type Keypress,
  type OutOfBandData,
  type OwnOutOfBandData,
  type PairingContext,
  type PairingDelegate,
  type PasskeyContext,
} from './delegate.js';
export { notWeaker, securityLevel, sufficient } from './encryption-key.js';
export { PairingReason, type PairingReasonCode } from './failure.js';
export { IoCapability, type IoCapabilityCode, type PairingFeatures } from './features.js';
export type { KeyDistribution } from './key-distribution.js';
export { type KeySource, keysFrom, type PairingRandom, randomKeys } from './key-source.js';
export type { Pairing, SecurityLink, SecurityListener } from './link.js';
export { type PairOptions, SecurityManager, type SecurityManagerOptions } from './manager.js';
export { type ChosenMethod, chooseMethod, type PairingMethod, type PasskeyTask } from './method.js';
export { defaultPolicy, type SecurityPolicy, securityPolicy } from './policy.js';
export { createOutOfBandData } from './public-key.js';
export { SMP_TIMEOUT_MS } from './session.js';
