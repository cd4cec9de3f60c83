import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import type { PairingAttemptsOptions } from '../../smp/pairing/attempts.js';
import { checkDelegate, type PairingDelegate } from '../../smp/pairing/delegate.js';
import { defaultPolicy, type SecurityPolicy, securityPolicy } from '../../smp/pairing/policy.js';
import type { BondStore } from '../bonds/bond-store.js';

/** What a device does about security: how it pairs, what it keeps, and what it does by itself. */
export interface SecurityOptions extends Partial<SecurityPolicy> {
  /** How the user takes part in pairing. Without it the device has no input and no output: Just Works is all it can do. */
  readonly delegate?: PairingDelegate;
  /**
   * Where bonds are kept; `null` keeps them until the device is closed. Default: for a port string a file of the user's
   * (`~/.local/state/bluewire/bonds.json` on Linux), but for `virtual:`, whose peers forget theirs as well; else none.
   */
  readonly bonds?: BondStore | null;
  /**
   * As a central: whether a link to a bonded peer is encrypted before it is given out, so that nothing is read from somebody
   * who only has its address; true.
   */
  readonly encryptOnConnect?: boolean;
  /**
   * What is done when a bonded peer has no key any more: `refuse` ends the attempt with an error, and the bond stays; `pair`
   * pairs anew, as far as `rePairing` lets it. Default `refuse`: a stranger with the peer's address has no key either.
   */
  readonly keyMissing?: 'refuse' | 'pair';
  /**
   * As a GATT client: whether a request that the peer refuses for the want of security is repeated, once the link has been
   * encrypted or paired for it; true.
   */
  readonly raise?: boolean;
  /**
   * How long an encrypted link may go without a packet that the peer has authenticated, 10–655350 ms in steps of 10, and what
   * follows: the link is ended, or a diagnostic tells. Without it nobody watches.
   */
  readonly authenticatedPayload?: {
    readonly timeoutMs: number;
    readonly onExpired?: 'disconnect' | 'report';
  };
  /** How long peers have to wait that failed to pair. */
  readonly attempts?: PairingAttemptsOptions;
}

/** {@link SecurityOptions} with what holds where nothing is said. */
export interface SecuritySettings {
  readonly policy: SecurityPolicy;
  readonly delegate: PairingDelegate | undefined;
  /** `undefined` where nothing was said. */
  readonly bonds: BondStore | null | undefined;
  readonly encryptOnConnect: boolean;
  readonly keyMissing: 'refuse' | 'pair';
  readonly raise: boolean;
  readonly authenticatedPayload:
    | { readonly timeoutMs: number; readonly onExpired: 'disconnect' | 'report' }
    | undefined;
  readonly attempts: PairingAttemptsOptions;
}

const own = [
  'delegate',
  'bonds',
  'encryptOnConnect',
  'keyMissing',
  'raise',
  'authenticatedPayload',
  'attempts',
] as const;

/**
 * Checks a device's options for security.
 * @returns `undefined` when they switch it off
 * @throws {RangeError | TypeError} naming what is wrong
 */
export function securitySettings(given: SecurityOptions | false | undefined): SecuritySettings | undefined {
  if (given === false) return undefined;
  if (given !== undefined && (typeof given !== 'object' || given === null))
    throw new TypeError('security: options, or false, are wanted');
  const options: SecurityOptions = given ?? {};
  checkKeys('security', options, [...own, ...Object.keys(defaultPolicy)]);
  const { delegate, bonds, attempts = {}, authenticatedPayload } = options;
  const { encryptOnConnect = true, keyMissing = 'refuse', raise = true } = options;
  if (delegate !== undefined) checkDelegate(delegate);
  if (bonds !== undefined && bonds !== null) checkStore(bonds);
  checkAttempts(attempts);
  checkOneOf('security.keyMissing', keyMissing, ['refuse', 'pair']);
  for (const [name, value] of Object.entries({ encryptOnConnect, raise }))
    checkOneOf(`security.${name}`, value, [true, false]);
  return {
    policy: securityPolicy(withoutOwn(options)),
    delegate,
    bonds,
    encryptOnConnect,
    keyMissing,
    raise,
    attempts,
    authenticatedPayload: authenticatedPayload && checkPayload(authenticatedPayload),
  };
}

/**
 * Checks what `Device.setSecurity` is given: what belongs to all the life of a device cannot be changed on the way.
 * @throws {RangeError | TypeError} naming what is wrong
 */
export function changedSettings(given: Omit<SecurityOptions, 'bonds' | 'attempts'>): SecuritySettings {
  const settings = securitySettings(given);
  if (!settings) throw new TypeError('setSecurity: options are wanted; security: false is for Device.open');
  for (const name of ['bonds', 'attempts'] as const) {
    if ((given as SecurityOptions)?.[name] !== undefined)
      throw new TypeError(`setSecurity: ${name} is for Device.open, and stays as it is`);
  }
  return settings;
}

function withoutOwn(options: SecurityOptions): Partial<SecurityPolicy> {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => !(own as readonly string[]).includes(name)),
  );
}

/** @throws {TypeError} when it is none: a path is for {@link bondFile} */
function checkStore(store: BondStore): void {
  for (const name of ['load', 'save', 'remove', 'saveIdentity', 'close'] as const) {
    if (typeof store[name] !== 'function')
      throw new TypeError(
        `security.bonds: a store of bonds is wanted, as bondFile gives one; ${name} is missing`,
      );
  }
}

function checkAttempts(attempts: PairingAttemptsOptions): void {
  checkKeys('security.attempts', attempts, ['firstMs', 'longestMs', 'limit']);
  const { firstMs = 1000, longestMs = 300_000, limit = 256 } = attempts;
  checkNumber('security.attempts.longestMs', longestMs, 0, 86_400_000, 'ms');
  checkNumber('security.attempts.firstMs', firstMs, 0, 86_400_000, 'ms');
  checkInteger('security.attempts.limit', limit, 1, 100_000);
}

function checkPayload(given: NonNullable<SecurityOptions['authenticatedPayload']>) {
  checkKeys('security.authenticatedPayload', given, ['timeoutMs', 'onExpired']);
  const { timeoutMs, onExpired = 'disconnect' } = given;
  checkInteger('security.authenticatedPayload.timeoutMs', timeoutMs, 10, 655_350);
  checkOneOf('security.authenticatedPayload.onExpired', onExpired, ['disconnect', 'report']);
  return { timeoutMs, onExpired };
}
