import { checkInteger, checkKeys, checkOneOf } from '../../core/check.js';
import { SecurityLevel, type SecurityLevelCode } from '../../core/security.js';
import type { IoCapabilityCode } from './features.js';
import type { KeyDistribution } from './key-distribution.js';

/** What a device asks of a pairing, and what it takes. */
export interface SecurityPolicy {
  /** Whether keys are kept for the next time; true. */
  readonly bonding: boolean;
  /** Whether protection against a man in the middle is asked for; by default where the delegate has a display or a keyboard. */
  readonly mitm: boolean | undefined;
  /** `only`: no LE legacy pairing; `never`: nothing else; `allowed`: what the peer can. Default `allowed`. */
  readonly secureConnections: 'allowed' | 'only' | 'never';
  /** The shortest key that is taken, 7–16 octets; 16. */
  readonly minKeySize: number;
  /** The longest key that is offered, 7–16 octets; 16. */
  readonly maxKeySize: number;
  /** A pairing that would come to less is refused (Core Vol 3, Part C, 10.2.1); 2. */
  readonly minimumLevel: SecurityLevelCode;
  /** Whether a passkey's digits are told one by one to a peer that displays it; false. */
  readonly keypress: boolean;
  /**
   * Whether this side says that it can the function h7 (CT2, Core Vol 3, Part H, 3.5.1): for who has BR/EDR beside this stack, and
   * derives its keys; false.
   */
  readonly ct2: boolean;
  /**
   * A bonded peer that wants to pair anew: `never`, `notWeaker` (the new key has to be at least as good as the one there is),
   * `always`. Default `notWeaker`.
   */
  readonly rePairing: 'never' | 'notWeaker' | 'always';
  /** Whether a peer may use the key pair that everybody knows (Core Vol 3, Part H, 2.3.5.6.1): for tests only; false. */
  readonly debugKeys: boolean;
  /** A passkey that is displayed each time; a random one without. A passkey that does not change can be found out, see docs/security.md. */
  readonly passkey: number | undefined;
  /** Takes the place of what the delegate's functions say. */
  readonly ioCapability: IoCapabilityCode | undefined;
  /** The keys that this side offers to give; encryption, identity and signing. */
  readonly ownKeys: KeyDistribution;
  /** The keys that it asks for; likewise. */
  readonly peerKeys: KeyDistribution;
}

const allKeys: KeyDistribution = { encryption: true, identity: true, signing: true };

/** What holds where nothing is said. */
export const defaultPolicy: SecurityPolicy = {
  bonding: true,
  mitm: undefined,
  secureConnections: 'allowed',
  minKeySize: 16,
  maxKeySize: 16,
  minimumLevel: SecurityLevel.encrypted,
  keypress: false,
  ct2: false,
  rePairing: 'notWeaker',
  debugKeys: false,
  passkey: undefined,
  ioCapability: undefined,
  ownKeys: allKeys,
  peerKeys: allKeys,
};

/** The default policy with what is different. @throws {RangeError | TypeError} naming what is wrong */
export function securityPolicy(options: Partial<SecurityPolicy> = {}): SecurityPolicy {
  checkKeys('security', options, Object.keys(defaultPolicy));
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const policy: SecurityPolicy = { ...defaultPolicy, ...given };
  for (const name of ['bonding', 'mitm', 'keypress', 'debugKeys'] as const)
    if (policy[name] !== undefined) checkOneOf(name, policy[name], [true, false]);
  checkKeysAsked('ownKeys', policy.ownKeys);
  checkKeysAsked('peerKeys', policy.peerKeys);
  checkOneOf('secureConnections', policy.secureConnections, ['allowed', 'only', 'never']);
  checkOneOf('rePairing', policy.rePairing, ['never', 'notWeaker', 'always']);
  checkOneOf('minimumLevel', policy.minimumLevel, [1, 2, 3, 4]);
  checkInteger('maxKeySize', policy.maxKeySize, 7, 16);
  checkInteger('minKeySize', policy.minKeySize, 7, policy.maxKeySize);
  if (policy.passkey !== undefined) checkInteger('passkey', policy.passkey, 0, 999_999);
  if (policy.ioCapability !== undefined) checkInteger('ioCapability', policy.ioCapability, 0, 4);
  if (policy.minimumLevel === SecurityLevel.secureConnections) {
    if (policy.secureConnections === 'never')
      throw new RangeError('minimumLevel: 4 is not to be had without Secure Connections');
    // Level 4 has no shorter keys (Core Vol 3, Part C, 10.2.1).
    return { ...policy, secureConnections: 'only', minKeySize: 16 };
  }
  return policy;
}

/** What is no `true` or `false` would count as one of them, and nobody would know as which. */
function checkKeysAsked(option: string, asked: KeyDistribution): void {
  const names = ['encryption', 'identity', 'signing', 'linkKey'] as const;
  checkKeys(option, asked, names);
  for (const name of names)
    if (asked[name] !== undefined) checkOneOf(`${option}.${name}`, asked[name], [true, false]);
}
