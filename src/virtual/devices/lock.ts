import { checkInteger } from '../../core/check.js';
import type { SecurityOptions } from '../../gap/index.js';
import { AttErrorCode, AttRefusal, characteristic, service } from '../../gatt/index.js';
import type { SimulatedService } from './simulated-device.js';

/** The UUIDs of the lock, which are this project's own. */
export const lockUuids = {
  service: '6f1d0001-7b9a-4c1e-9f0a-2b6b1c0de10c',
  /** One octet: 1 locked, 0 open. Read, notify. */
  state: '6f1d0002-7b9a-4c1e-9f0a-2b6b1c0de10c',
  /** One octet: 1 locks, 0 opens. Write. */
  control: '6f1d0003-7b9a-4c1e-9f0a-2b6b1c0de10c',
} as const;

/** What a lock has printed on it where nothing else is said. */
export const LOCK_PIN = 123456;

/** What {@link lockService} takes. */
export interface LockOptions {
  /** Whether it is locked at first; true. */
  readonly locked?: boolean;
  /** What reading and writing need: 3, a PIN, or 4, a PIN by Secure Connections; 3. */
  readonly securityLevel?: 3 | 4;
}

/** A lock that tells and does nothing in the clear: both its characteristics want an authenticated link. */
export function lockService({ locked = true, securityLevel = 3 }: LockOptions = {}): SimulatedService {
  return (server) => {
    const access = { level: securityLevel };
    const { state } = server.add(
      service(lockUuids.service, {
        state: characteristic(lockUuids.state, {
          read: access,
          notify: true,
          value: Uint8Array.of(locked ? 1 : 0),
        }),
        control: characteristic(lockUuids.control, {
          write: access,
          maxLength: 1,
          onWrite: (value) => {
            if (value.length !== 1 || value[0]! > 1) throw new AttRefusal(AttErrorCode.valueNotAllowed);
            state.update(value).catch(() => {});
          },
        }),
      }),
    ).characteristics;
  };
}

/** How a device pairs that has a PIN on its display: Core Vol 3, Part H, 2.3.2. @throws {RangeError} when the PIN has more than six digits */
export function pinSecurity(pin: number): SecurityOptions {
  return {
    passkey: checkInteger('pin', pin, 0, 999_999),
    // It is printed on it: nobody has to be shown what it is.
    delegate: { displayPasskey: () => {} },
    bonds: null,
  };
}

/** How a device pairs that has neither display nor keys. */
export const justWorks: SecurityOptions = { bonds: null };
