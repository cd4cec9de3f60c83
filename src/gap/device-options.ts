import type { BdAddr } from '../core/address.js';
import { checkFunction, checkInteger, checkKeys, checkOneOf } from '../core/check.js';
import type { Clock } from '../core/clock.js';
import type { RandomSource } from '../core/random.js';
import type { AdvertisingCommands } from '../hci/bringup/controller-info.js';
import type { CaptureSink } from '../hci/capture/tap.js';
import type { Diagnostic } from '../hci/host-types.js';
import { type RecoveryOptions, type RecoveryPolicy, recoveryPolicy } from '../hci/recovery/policy.js';
import type { ConnectionParameterRequest } from '../l2cap/index.js';
import type { Connection } from './connection.js';
import { type EattOptions, eattSettings } from './eatt/options.js';
import type { GapServiceOptions } from './gap-service.js';
import type { AddressStore } from './own-address.js';
import { type PrivacyOptions, type PrivacySettings, privacySettings } from './privacy/options.js';
import { type Reception, type SyncTransferOptions, transferReception } from './scanning/reception.js';
import { type SecurityOptions, type SecuritySettings, securitySettings } from './security/options.js';
import { canReopen, checkTransport, type TransportSource } from './transport-source.js';

/** Options of {@link Device.open}. */
export interface DeviceOptions extends GapServiceOptions {
  /**
   * The controller: a port string (`serial:/dev/ttyACM0?baud=1000000`, `tcp:host:port`, `virtual:`), a transport, or a
   * function that makes one each time that the port has to be opened.
   */
  readonly transport: TransportSource;
  /**
   * A static random address to use, for example `C0:DE:C0:00:00:01`. Without it the controller's public address serves;
   * where there is none, one that the chip was made with, or one that is made and kept.
   */
  readonly address?: string | BdAddr;
  /**
   * Where an address that had to be made is kept for the next run; `null` keeps none. Default: for a port string a file of
   * the user's (`~/.local/state/bluewire/addresses.json` on Linux), else none.
   */
  readonly addressStore?: AddressStore | null;
  /** The largest ATT_MTU to offer, 23–517 octets; 247. */
  readonly mtu?: number;
  /** As a central: whether to take the connection parameters that a peripheral asks for; all that are valid. */
  readonly acceptParameters?: (connection: Connection, request: ConnectionParameterRequest) => boolean;
  /** Told of all that did not go by the specification; see {@link Diagnostic}. */
  readonly onDiagnostic?: (diagnostic: Diagnostic) => void;
  /** How long a command may go without an answer, in milliseconds; 2000. */
  readonly commandTimeoutMs?: number;
  /**
   * What to do when the controller fails, see {@link recoveryPolicy}: options for the usual policy, or a policy of one's
   * own; `false` ends the device at once when its port is lost. Default: the usual policy, but for a transport object,
   * which cannot be opened again: for that none.
   */
  readonly recovery?: boolean | RecoveryOptions | RecoveryPolicy | undefined;
  /**
   * Records every packet: the name of a file, whose ending says the format (`.btsnoop`, `.pklg`, `.pcap`, `.pcapng`, `.hci`),
   * or a sink of one's own, which is closed with the device. Keys are zeroed in a file.
   */
  readonly capture?: string | CaptureSink | undefined;
  /**
   * How the device pairs, and what it does with keys: see {@link SecurityOptions}. Without, it pairs by Just Works when it is
   * asked to, by the program or by a peer, and keeps bonds until it is closed; `false` refuses all pairing.
   */
  readonly security?: SecurityOptions | false;
  /**
   * Whether this device shows a resolvable private address that changes, instead of its own: `true` every 15 minutes, or
   * options. Bonded peers know it all the same; others cannot tell that it is the same device. Default `false`.
   */
  readonly privacy?: boolean | PrivacyOptions | undefined;
  /**
   * Enhanced ATT bearers (Core Vol 3, Part G, 5.3.2): whether peers may open them, on links that are encrypted, and how many this
   * device opens itself: see {@link EattOptions}. `true` serves only; default `false`, with which `connection.openEatt` can be used
   * all the same.
   */
  readonly eatt?: boolean | EattOptions | undefined;
  /**
   * Whether periodic advertising trains are received that any peer tells of, on any link: each is told as the event
   * `periodicSync`. `true`, or how; `Device.receivePeriodicSyncs` says it of one link. Wants a controller with extended
   * advertising that takes them. Default `false`.
   */
  readonly receivePeriodicSyncs?: boolean | SyncTransferOptions | undefined;
  /**
   * The commands that advertise, scan and connect: `legacy` ones (Bluetooth 4), `extended` ones (5), or `auto`: extended ones
   * where the controller has them. Whatever was chosen holds until the device is closed. Default `auto`.
   */
  readonly advertisingCommands?: AdvertisingCommands | 'auto' | undefined;
  /** Where time comes from; the machine's clock without. */
  readonly clock?: Clock;
  /** Where randomness comes from; the platform's cryptographic source without. */
  readonly random?: RandomSource;
}

const known = [
  'transport',
  'address',
  'addressStore',
  'mtu',
  'name',
  'appearance',
  'genericAccess',
  'acceptParameters',
  'onDiagnostic',
  'commandTimeoutMs',
  'recovery',
  'capture',
  'security',
  'privacy',
  'eatt',
  'receivePeriodicSyncs',
  'advertisingCommands',
  'clock',
  'random',
];

/** The commands that a device's options ask for. */
export function advertisingCommandsOf({
  advertisingCommands = 'auto',
}: Pick<DeviceOptions, 'advertisingCommands'>): AdvertisingCommands | 'auto' {
  return advertisingCommands;
}

/**
 * Checks the options of a device, and gives the recovery policy that they ask for, and what holds about security.
 * @throws {RangeError | TypeError} naming what is wrong
 */
export function checkDeviceOptions(options: DeviceOptions): {
  readonly policy: RecoveryPolicy | undefined;
  readonly security: SecuritySettings | undefined;
  readonly privacy: PrivacySettings;
  readonly eatt: Required<EattOptions> | undefined;
  readonly transfers: Reception | undefined;
} {
  checkKeys('Device.open', options, known);
  checkTransport(options.transport);
  checkFunction('acceptParameters', options.acceptParameters);
  checkFunction('onDiagnostic', options.onDiagnostic);
  if (options.mtu !== undefined) checkInteger('mtu', options.mtu, 23, 517);
  if (options.advertisingCommands !== undefined)
    checkOneOf('advertisingCommands', options.advertisingCommands, ['auto', 'legacy', 'extended']);
  const privacy = privacySettings(options.privacy);
  if (privacy.own && options.security === false)
    throw new RangeError(
      'privacy: with security: false nobody gets the key that tells whose a private address is',
    );
  const eatt = eattSettings(options.eatt);
  if (eatt && options.security === false)
    throw new RangeError('eatt: with security: false no link is ever encrypted, as its bearers demand');
  const { receivePeriodicSyncs: trains } = options;
  const transfers = trains ? transferReception(trains === true ? {} : trains) : undefined;
  return {
    policy: policyOf(options),
    security: securitySettings(options.security),
    privacy,
    eatt,
    transfers,
  };
}

/**
 * The policy that a device's options ask for; `undefined` when it is not to be brought back.
 * @throws {TypeError | RangeError} when the option is wrong
 */
export function policyOf({
  recovery,
  transport,
}: Pick<DeviceOptions, 'recovery' | 'transport'>): RecoveryPolicy | undefined {
  const reopens = canReopen(transport);
  if (recovery === undefined) return reopens ? recoveryPolicy() : undefined;
  if (recovery === false) return undefined;
  if (recovery === true) return recoveryPolicy();
  if (typeof recovery !== 'object' || recovery === null)
    throw new TypeError('recovery: true, false, options or a policy is wanted');
  return 'decide' in recovery ? recovery : recoveryPolicy(recovery);
}
