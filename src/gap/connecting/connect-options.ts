import { Address, AddressType, BdAddr } from '../../core/address.js';
import { checkInteger, checkKeys, checkNumber } from '../../core/check.js';
import { leCreateConnection, leExtendedCreateConnectionV1 } from '../../hci/commands/index.js';
import type { HciHost } from '../../hci/host.js';
import { type ConnectionParameters, encodeConnectionParameters } from '../connection-parameters.js';
import type { OnAirAddresses } from '../privacy/on-air.js';

/** Options of a connection attempt. */
export interface ConnectOptions {
  /**
   * How long to try in milliseconds, from when the attempt has its first turn; 30000. `Infinity` tries until aborted. Several
   * attempts at the same time share it.
   */
  readonly timeoutMs?: number;
  /** Calls the attempt off. */
  readonly signal?: AbortSignal;
  /** Connection parameters to ask for. */
  readonly parameters?: ConnectionParameters;
  /** Time between two scan windows while initiating, in milliseconds, 2.5–10240; 60. */
  readonly scanIntervalMs?: number;
  /** Length of the scan windows in milliseconds; the interval, so that it listens all the time. */
  readonly scanWindowMs?: number;
  /** The own address to use; the device's own without. */
  readonly ownAddressType?: number;
  /** Exchange the ATT MTU before the connection is given out; true. */
  readonly exchangeMtu?: boolean;
  /** Encrypt the link before it is given out, where there is a bond with the peer; as the device's `encryptOnConnect` says. */
  readonly encrypt?: boolean;
}

/** What the commands say. */
export type InitiatingParameters = ReturnType<ReturnType<typeof createParameters>>;

const known = [
  'timeoutMs',
  'signal',
  'parameters',
  'scanIntervalMs',
  'scanWindowMs',
  'ownAddressType',
  'exchangeMtu',
  'encrypt',
];

/** Checks the options; gives what makes the command's parameters, as private addresses are at the moment. */
export function createParameters(
  peer: Address | undefined,
  options: ConnectOptions,
  addresses: OnAirAddresses,
) {
  checkKeys('connect', options, known);
  if (peer !== undefined && !(peer instanceof Address))
    throw new TypeError('connect: the peer has to be an Address');
  if (peer?.bd.equals(BdAddr.zero) && !peer.isRandom)
    throw new RangeError('connect: 00:00:00:00:00:00 is nobody');
  const interval = checkNumber('scanIntervalMs', options.scanIntervalMs ?? 60, 2.5, 10240, 'ms');
  const window = checkNumber('scanWindowMs', options.scanWindowMs ?? interval, 2.5, interval, 'ms');
  const chosen =
    options.ownAddressType === undefined
      ? undefined
      : checkInteger('ownAddressType', options.ownAddressType, 0, 3);
  const connection = encodeConnectionParameters(options.parameters ?? {});
  return () => {
    const towards = peer ? addresses.towards(peer, 'connect') : anybody(addresses);
    return {
      leScanInterval: Math.round(interval / 0.625),
      leScanWindow: Math.round(window / 0.625),
      initiatorFilterPolicy: peer ? 0 : 1,
      peerAddressType: towards.peer.type,
      peerAddress: towards.peer.bd,
      ownAddressType: chosen ?? towards.ownAddressType,
      ...connection,
      minCeLength: 0,
      maxCeLength: 0,
    };
  };
}

/** With the filter accept list, the controller does not look at the peer's address (7.8.12). */
function anybody(addresses: OnAirAddresses) {
  return { ownAddressType: addresses.ownAddressType(), peer: new Address(BdAddr.zero, AddressType.public) };
}

const LE_1M = 1;

/** Begins an attempt: Core Vol 4, Part E, 7.8.12, or 7.8.66 on LE 1M. */
export function createConnection(
  host: HciHost,
  extended: boolean,
  { leScanInterval, leScanWindow, ...rest }: InitiatingParameters,
): Promise<unknown> {
  if (!extended) return host.send(leCreateConnection, { leScanInterval, leScanWindow, ...rest });
  const { initiatorFilterPolicy, ownAddressType, peerAddressType, peerAddress, ...link } = rest;
  return host.send(leExtendedCreateConnectionV1, {
    initiatorFilterPolicy,
    ownAddressType,
    peerAddressType,
    peerAddress,
    initiatingPhys: [{ phy: LE_1M, scanInterval: leScanInterval, scanWindow: leScanWindow, ...link }],
  });
}
