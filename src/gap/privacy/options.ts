import { checkKeys, checkNumber, checkOneOf } from '../../core/check.js';

/** How a device protects its own privacy, and takes that of its peers: Core Vol 3, Part C, 10.7. */
export interface PrivacyOptions {
  /**
   * How long a resolvable private address is used, in milliseconds: 1000 to 41,400,000; 900,000, as the specification asks
   * for (T_GAP(private_addr_int), Core Vol 3, Part C, Appendix A).
   */
  readonly rotateMs?: number;
  /**
   * What of bonded peers that gave an Identity Resolving Key: `device` accepts them under their identity address as well,
   * `network` under private addresses only (10.7.1 and 10.7.2). Default `device`: many devices give a key and never use it.
   */
  readonly mode?: 'device' | 'network';
}

/** {@link PrivacyOptions} with what holds where nothing is said. */
export interface PrivacySettings {
  /** Whether the own address is private. */
  readonly own: boolean;
  readonly rotateMs: number;
  readonly mode: 'device' | 'network';
}

/**
 * Checks the option `privacy` of a device.
 * @throws {RangeError | TypeError} naming what is wrong
 */
export function privacySettings(given: boolean | PrivacyOptions | undefined): PrivacySettings {
  if (given !== undefined && typeof given !== 'boolean' && (typeof given !== 'object' || given === null))
    throw new TypeError('privacy: true, false or options are wanted');
  const options = typeof given === 'object' ? given : {};
  checkKeys('privacy', options, ['rotateMs', 'mode']);
  const { rotateMs = 900_000, mode = 'device' } = options;
  checkNumber('privacy.rotateMs', rotateMs, 1000, 41_400_000, 'ms');
  checkOneOf('privacy.mode', mode, ['device', 'network']);
  return { own: given !== undefined && given !== false, rotateMs, mode };
}
