import { Address, AddressType, BdAddr } from '../../core/address.js';
import { checkInteger, checkKeys, checkNumber, checkOneOf } from '../../core/check.js';
import { NotSupportedError, StateError } from '../../core/errors.js';
import type { ControllerInfo } from '../../hci/bringup/bringup.js';
import {
  leCreateConnection,
  leExtendedCreateConnectionV1,
  leExtendedCreateConnectionV2,
} from '../../hci/commands/index.js';
import { hasLeFeature } from '../../hci/features.js';
import type { HciHost } from '../../hci/host.js';
import type { ResponseTrain } from '../advertising/response-train.js';
import { connectOptions, ofPhy } from '../connect-option-names.js';
import { type ConnectionParameters, encodeConnectionParameters } from '../connection-parameters.js';
import type { LinkPhy } from '../link/radio-types.js';
import type { OnAirAddresses } from '../privacy/on-air.js';
import type { Radio } from '../radio.js';
import type { ScanPhy } from '../scanning/scan-commands.js';

/** What an attempt does on one PHY, where that is not what it does on all. */
export type ConnectPhyOptions = Pick<ConnectOptions, 'parameters' | 'scanIntervalMs' | 'scanWindowMs'>;

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
  /**
   * Time between two scan windows while initiating, in milliseconds, 2.5–10240; 60. It holds for the search for a peer, too, where
   * that comes before.
   */
  readonly scanIntervalMs?: number;
  /**
   * Length of the scan windows in milliseconds; the interval, so that it listens all the time, or half of it for each where it
   * listens on two PHYs; a search listens for 30 ms of it.
   */
  readonly scanWindowMs?: number;
  /**
   * The PHYs that it may begin on, as a list or with options for each (Core Vol 4, Part E, 7.8.66): it listens on `1M` and on
   * `coded`, the long range; `2M` says what holds for a link that an advertiser of extended PDUs wants to begin there. `['1M']`, or
   * the one on which an advertisement was heard that the peer is given by.
   */
  readonly phys?: readonly LinkPhy[] | { readonly [Phy in LinkPhy]?: ConnectPhyOptions };
  /**
   * The way to a peer that does not advertise, but receives a train with responses of this device, in a subevent that it listens to
   * (Core Vol 4, Part E, 7.8.66): it is asked there, on the PHY of the train, and is the peripheral of the link. Only with the peer's
   * address, and without `phys`.
   */
  readonly through?: { readonly train: ResponseTrain; readonly subevent: number };
  /** The own address to use; the device's own without. */
  readonly ownAddressType?: number;
  /** Exchange the ATT MTU before the connection is given out; true. */
  readonly exchangeMtu?: boolean;
  /** Encrypt the link before it is given out, where there is a bond with the peer; as the device's `encryptOnConnect` says. */
  readonly encrypt?: boolean;
}

/** What the commands say. */
export type InitiatingParameters = ReturnType<ReturnType<typeof createParameters>>;

/**
 * Checks the options; gives what makes the command's parameters, as private addresses are at the moment.
 * @param peer without, whoever of the filter accept list is heard first
 */
export function createParameters(
  peer: Address | undefined,
  options: ConnectOptions,
  { host, addresses, controller }: Radio,
) {
  checkKeys('connect', options, connectOptions);
  if (peer !== undefined && !(peer instanceof Address))
    throw new TypeError('connect: the peer has to be an Address');
  if (peer?.bd.equals(BdAddr.zero) && !peer.isRandom)
    throw new RangeError('connect: 00:00:00:00:00:00 is nobody');
  const chosen =
    options.ownAddressType === undefined
      ? undefined
      : checkInteger('ownAddressType', options.ownAddressType, 0, 3);
  const through = options.through && checkThrough(options, peer, host);
  const initiatingPhys = phyParameters(
    options,
    through ? { [options.through!.train.phy]: {} } : phyWish(options),
  );
  checkAble(initiatingPhys, controller());
  return () => {
    const towards = peer ? addresses.towards(peer, 'connect') : anybody(addresses);
    return {
      initiatorFilterPolicy: peer ? 0 : 1,
      ownAddressType: chosen ?? towards.ownAddressType,
      peerAddressType: towards.peer.type,
      peerAddress: towards.peer.bd,
      initiatingPhys,
      ...(through && { through }),
    };
  };
}

/** What the second version of the command says of a train. */
function checkThrough(options: ConnectOptions, peer: Address | undefined, host: HciHost) {
  const { through, phys } = options;
  checkKeys('through', through!, ['train', 'subevent']);
  const { train, subevent } = through!;
  if (!peer) throw new RangeError('through: the address of a peer is wanted');
  if (phys !== undefined) throw new RangeError('phys: a link by a train begins on the PHY of that');
  if (!train.isOf(host)) throw new RangeError('through: a train of this device is wanted');
  if (!train.active) throw new StateError('through: the train is over');
  const { advertisingHandle, numSubevents } = train;
  return { advertisingHandle, subevent: checkInteger('subevent', subevent, 0, numSubevents - 1) };
}

const phyNumbers = { '1M': 1, '2M': 2, coded: 3 } as const;
const phyNames = Object.keys(phyNumbers) as LinkPhy[];

/** How a peer is looked for before it is connected to; what is left out is as usual. */
export interface Listening {
  readonly phys?: readonly ScanPhy[];
  readonly intervalMs?: number;
  readonly windowMs?: number;
}

/** What an attempt's options say of listening. */
/** How long is tried, in milliseconds. @throws {RangeError | TypeError} when that is no time */
export function timeoutOf({ timeoutMs = 30_000 }: ConnectOptions): number {
  if (timeoutMs !== Number.POSITIVE_INFINITY) checkNumber('timeoutMs', timeoutMs, 1, 2 ** 31 - 1, 'ms');
  return timeoutMs;
}

export function listeningOf({ phys, scanIntervalMs, scanWindowMs }: ConnectOptions): Listening {
  const wanted: readonly unknown[] = Array.isArray(phys) ? phys : Object.keys(phys ?? {});
  return {
    ...(phys && { phys: (['1M', 'coded'] as const).filter((phy) => wanted.includes(phy)) }),
    ...(scanIntervalMs !== undefined && { intervalMs: scanIntervalMs }),
    ...(scanWindowMs !== undefined && { windowMs: scanWindowMs }),
  };
}

type PhyWish = { readonly [Phy in LinkPhy]?: ConnectPhyOptions };

function phyWish(options: ConnectOptions): PhyWish {
  const wanted: PhyWish = Array.isArray(options.phys)
    ? Object.fromEntries(options.phys.map((phy) => [checkOneOf('phys', phy, phyNames), {}]))
    : ((options.phys ?? { '1M': {} }) as PhyWish);
  if (typeof wanted !== 'object') throw new TypeError('phys: a list of PHYs, or options for each, is wanted');
  checkKeys('phys', wanted, phyNames);
  if (wanted['1M'] === undefined && wanted.coded === undefined)
    throw new RangeError('phys: 1M or coded has to be among them, as nothing advertises on LE 2M alone');
  return wanted;
}

function phyParameters(options: ConnectOptions, wanted: PhyWish) {
  const phys = phyNames.filter((phy) => wanted[phy] !== undefined);
  const listening = Math.max(1, phys.filter((phy) => phy !== '2M').length);
  return phys.map((phy) => {
    if (typeof wanted[phy] !== 'object') throw new TypeError(`phys.${phy}: options are wanted`);
    checkKeys(`phys.${phy}`, wanted[phy], ofPhy);
    const { parameters = {}, scanIntervalMs, scanWindowMs } = { ...options, ...wanted[phy] };
    const interval = checkNumber('scanIntervalMs', scanIntervalMs ?? 60, 2.5, 10240, 'ms');
    const share = Math.max(2.5, interval / listening);
    const window = checkNumber('scanWindowMs', scanWindowMs ?? share, 2.5, interval, 'ms');
    return {
      phy: phyNumbers[phy],
      scanInterval: Math.round(interval / 0.625),
      scanWindow: Math.round(window / 0.625),
      ...encodeConnectionParameters(parameters),
      minCeLength: 0,
      maxCeLength: 0,
    };
  });
}

function checkAble(
  phys: readonly { readonly phy: number }[],
  { advertisingCommands, leFeatures }: ControllerInfo,
): void {
  for (const { phy } of phys) {
    if (phy === phyNumbers['1M']) continue;
    const name = phy === phyNumbers['2M'] ? 'LE 2M' : 'LE Coded';
    if (advertisingCommands !== 'extended')
      throw new NotSupportedError(`connect: ${name} wants a controller with extended advertising`);
    if (!hasLeFeature(leFeatures, phy === phyNumbers['2M'] ? 'le2MPhy' : 'leCodedPhy'))
      throw new NotSupportedError(`connect: this controller has no ${name} PHY`);
  }
}

const nobody = new Address(BdAddr.zero, AddressType.public);

/** With the filter accept list, the controller does not look at the peer's address (7.8.12). */
function anybody(addresses: OnAirAddresses) {
  return { ownAddressType: addresses.ownAddressType(), peer: nobody };
}

/** The same for whoever is on the filter accept list. */
export function byAcceptList(parameters: InitiatingParameters): InitiatingParameters {
  return {
    ...parameters,
    initiatorFilterPolicy: 1,
    peerAddressType: nobody.type,
    peerAddress: nobody.bd,
  };
}

/** Begins an attempt: Core Vol 4, Part E, 7.8.12, or 7.8.66. */
export function createConnection(
  host: HciHost,
  extended: boolean,
  parameters: InitiatingParameters,
): Promise<unknown> {
  const { through, ...all } = parameters;
  if (through) return host.send(leExtendedCreateConnectionV2, { ...through, ...all });
  if (extended) return host.send(leExtendedCreateConnectionV1, all);
  const { initiatingPhys, ...rest } = all;
  const { scanInterval: leScanInterval, scanWindow: leScanWindow, ...link } = initiatingPhys[0]!;
  return host.send(leCreateConnection, { leScanInterval, leScanWindow, ...rest, ...link });
}
