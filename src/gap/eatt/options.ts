import { checkInteger, checkKeys } from '../../core/check.js';
import type { LinkSecurity, SecurityLevelCode } from '../../core/security.js';
import type { GattClient, ServerClient } from '../../gatt/index.js';
import type { OpenChannelOptions, OpenedChannels } from '../../l2cap/index.js';
import type { CurrentConnectionParameters } from '../connection-parameters.js';

/** Most bearers that are opened with one request: Core Vol 3, Part A, 4.25. */
export const MOST_BEARERS = 5;

/** Enhanced ATT bearers of a device. */
export interface EattOptions {
  /**
   * How many each link is to have once it is encrypted, where the peer's server supports them (Core Vol 3, Part G, 7.4), 0–5; 0.
   * Those that the peer opened count; as a peripheral, they are given time to come (5.4). Whatever this says, those that the peer
   * opens are served, and more come with `connection.openEatt`.
   */
  readonly bearers?: number;
}

/** What a device's option `eatt` asks for; `undefined` without. @throws {RangeError | TypeError} naming what is wrong */
export function eattSettings(option: boolean | EattOptions | undefined): Required<EattOptions> | undefined {
  if (option === undefined || option === false) return undefined;
  if (option === true) return { bearers: 0 };
  if (typeof option !== 'object' || option === null)
    throw new TypeError('eatt: true, false or options are wanted');
  checkKeys('eatt', option, ['bearers']);
  return { bearers: checkInteger('eatt.bearers', option.bearers ?? 0, 0, MOST_BEARERS) };
}

/** How `connection.openEatt` opens bearers. */
export interface OpenEattOptions {
  /** How many, 1–5; 3. */
  readonly count?: number;
  /** The largest ATT_MTU to take, 64–517 octets; what the device offers on the link's own bearer, but 64 at least. */
  readonly mtu?: number;
  /** Lets the caller leave: bearers that come about all the same are closed. */
  readonly signal?: AbortSignal;
}

/** What enhanced bearers need of a link: a connection has it. @internal */
export interface EattLink {
  readonly role: 'central' | 'peripheral';
  readonly parameters: CurrentConnectionParameters;
  readonly security: LinkSecurity;
  readonly isConnected: boolean;
  readonly gatt: GattClient;
  readonly served: ServerClient;
  requireSecurity(level: SecurityLevelCode): Promise<void>;
  openChannels(
    spsm: number,
    count: number,
    options?: Omit<OpenChannelOptions, 'mode'>,
  ): Promise<OpenedChannels>;
  on(event: 'security', listener: () => void): unknown;
}
