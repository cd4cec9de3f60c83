import { checkInteger, checkKeys, checkOneOf } from '../../core/check.js';
import { Emitter } from '../../core/emitter.js';
import { type BleError, HciError, NotSupportedError } from '../../core/errors.js';
import { Transaction } from '../../core/transaction.js';
import * as commands from '../../hci/commands/index.js';
import type { AnyCommand, CommandDefinition } from '../../hci/definition.js';
import { describeStatus } from '../../hci/error-names.js';
import type { HciHost } from '../../hci/host.js';
import {
  codings,
  type LinkPhy,
  type LinkPhys,
  maskOf,
  type PathLossOptions,
  type PathLossReport,
  type PhyAndCoding,
  phyName,
  physAndCodings,
  type RemoteVersion,
  type SubrateOptions,
  type Subrating,
  type TxPowerReport,
} from './radio-types.js';
import { encodeSubrate } from './subrate.js';

/** What a {@link LinkRadio} tells. */
export interface LinkRadioEvents {
  /** The link runs on other PHYs, whoever asked for it. */
  phy: LinkPhys;
  /** The subrate changed, whoever asked for it. */
  subrate: Subrating;
  /** The path loss came into another zone; after {@link LinkRadio.monitorPathLoss}. */
  pathLoss: PathLossReport;
  /** The transmit power of a side changed; after {@link LinkRadio.reportTxPower}. */
  txPower: TxPowerReport;
}

/** What the answers are waited for by. */
type Awaited = 'phy' | 'subrate' | 'features' | 'version' | 'remoteTxPower';

type OfLink = { connectionHandle: number };

/** The longest that a procedure of the Link Layer may take: Core Vol 6, Part B, 5.2. */
const PROCEDURE_MS = 40_000;
const NOT_AVAILABLE = 127;
const pathLossOptions = ['lowThreshold', 'highThreshold', 'lowHysteresis', 'highHysteresis', 'minEvents'];
/** Unsupported Feature or Parameter Value, Unsupported Remote Feature: Core Vol 1, Part F, 2.17 and 2.25. */
const UNSUPPORTED = 0x11;
const UNSUPPORTED_REMOTE = 0x1a;

/** The radio of one link: PHYs, length of packets, subrate, power. Core Vol 4, Part E, 7.8. */
export class LinkRadio extends Emitter<LinkRadioEvents> {
  private readonly host: HciHost;
  private readonly handle: number;
  private readonly waiting = new Map<Awaited, Transaction<unknown>>();
  private end: BleError | undefined;

  /** @internal Made with the connection. */
  constructor(host: HciHost, handle: number) {
    super();
    this.host = host;
    this.handle = handle;
  }

  /** The PHYs that the link runs on (7.8.47). @throws {NotSupportedError} when the controller has LE 1M only */
  async readPhy(): Promise<LinkPhys> {
    const { txPhy, rxPhy } = await this.send(commands.leReadPhy, {});
    return { tx: phyName(txPhy), rx: phyName(rxPhy) };
  }

  /**
   * Asks for other PHYs (7.8.49); both sides choose from what both want. The wish holds for what
   * the peer asks for later, too: `setPhy({})` takes it back.
   * @param wish the PHYs that may be used for each direction, all where it is left out; `coding` of LE Coded
   * @returns the PHYs as they are after it, which may be those of before
   * @throws {NotSupportedError} when the controller or the peer have no other PHYs
   * @throws {HciError} when they refuse
   */
  async setPhy(wish: {
    readonly tx?: readonly LinkPhy[];
    readonly rx?: readonly LinkPhy[];
    readonly coding?: 'S2' | 'S8';
  }): Promise<LinkPhys> {
    checkKeys('setPhy', wish, ['tx', 'rx', 'coding']);
    const txPhys = maskOf('tx', wish.tx);
    const rxPhys = maskOf('rx', wish.rx);
    const phyOptions =
      wish.coding === undefined ? 0 : codings[checkOneOf('coding', wish.coding, ['S2', 'S8'])];
    const allPhys = (wish.tx ? 0 : 1) | (wish.rx ? 0 : 2);
    return this.exchange('phy', commands.leSetPhy, { allPhys, txPhys, rxPhys, phyOptions });
  }

  /**
   * Suggests how long the Data PDUs to the peer may be (7.8.33); the `dataLength` event of the connection tells what came of it.
   * @param txOctets 27–251
   * @param txTime microseconds, 328–17040
   */
  async setDataLength(txOctets: number, txTime = 2120): Promise<void> {
    checkInteger('txOctets', txOctets, 27, 251);
    checkInteger('txTime', txTime, 328, 17_040);
    await this.send(commands.leSetDataLength, { txOctets, txTime });
  }

  /**
   * Asks for another subrate (7.8.124): of so many connection events one is used while nothing is to be sent.
   * @returns the subrate as it is then
   */
  requestSubrate(wish: SubrateOptions): Promise<Subrating> {
    const encoded = encodeSubrate('requestSubrate', wish);
    return this.exchange('subrate', commands.leSubrateRequest, encoded);
  }

  /** The LE features of the peer, page 0: 8 octets, least significant first (7.8.21). */
  readRemoteFeatures(): Promise<Uint8Array> {
    return this.exchange('features', commands.leReadRemoteFeaturesPage0, {});
  }

  /** Which version of the Link Layer the peer has, and whose (7.1.23). */
  readRemoteVersion(): Promise<RemoteVersion> {
    return this.exchange('version', commands.readRemoteVersionInformation, {});
  }

  /** The channels that the link uses: 37 bits in 5 octets, least significant first (7.8.20). */
  async readChannelMap(): Promise<Uint8Array> {
    const { channelMap } = await this.send(commands.leReadChannelMap, {});
    return channelMap.slice();
  }

  /** The power that this side sends with on a PHY in dBm, and the greatest (7.8.117); `current` is `undefined` for a PHY not in use. */
  async readTxPower(
    phy: PhyAndCoding,
  ): Promise<{ readonly current: number | undefined; readonly max: number }> {
    const answer = await this.send(commands.leEnhancedReadTransmitPowerLevel, { phy: codeOf(phy) });
    const { currentTxPowerLevel: current, maxTxPowerLevel: max } = answer;
    return { current: current === NOT_AVAILABLE ? undefined : current, max };
  }

  /** Asks the peer for the power that it sends with on a PHY (7.8.118). */
  readRemoteTxPower(phy: PhyAndCoding): Promise<TxPowerReport> {
    return this.exchange('remoteTxPower', commands.leReadRemoteTransmitPowerLevel, { phy: codeOf(phy) });
  }

  /** Turns the event `txPower` on or off for either side (7.8.121). */
  async reportTxPower({
    local,
    remote,
  }: {
    readonly local: boolean;
    readonly remote: boolean;
  }): Promise<void> {
    const [localEnable, remoteEnable] = [local ? 1 : 0, remote ? 1 : 0];
    await this.send(commands.leSetTransmitPowerReportingEnable, { localEnable, remoteEnable });
  }

  /** Sets the zones of path loss, and turns the event `pathLoss` on, or off by `false` (7.8.119 and 7.8.120). */
  async monitorPathLoss(options: PathLossOptions | false): Promise<void> {
    if (options === false) {
      await this.send(commands.leSetPathLossReportingEnable, { enable: 0 });
      return;
    }
    checkKeys('monitorPathLoss', options, pathLossOptions);
    const { lowThreshold, highThreshold } = options;
    checkInteger('highThreshold', highThreshold, 0, 254);
    checkInteger('lowThreshold', lowThreshold, 0, highThreshold);
    const highHysteresis = checkInteger(
      'highHysteresis',
      options.highHysteresis ?? 0,
      0,
      255 - highThreshold,
    );
    const lowHysteresis = checkInteger('lowHysteresis', options.lowHysteresis ?? 0, 0, lowThreshold);
    if (lowThreshold + lowHysteresis > highThreshold - highHysteresis)
      throw new RangeError('monitorPathLoss: low threshold and its hysteresis reach into the high zone');
    const minTimeSpent = checkInteger('minEvents', options.minEvents ?? 1, 0, 0xffff);
    await this.send(commands.leSetPathLossReportingParameters, {
      highThreshold,
      highHysteresis,
      lowThreshold,
      lowHysteresis,
      minTimeSpent,
    });
    await this.send(commands.leSetPathLossReportingEnable, { enable: 1 });
  }

  /** @internal For the device: an event came that a procedure waits for, or that is told. */
  came<T>(what: Awaited, status: number, value: T): void {
    const waiting = this.waiting.get(what);
    this.waiting.delete(what);
    if (status === 0) waiting?.resolve(value);
    else waiting?.reject(refusal(what, new HciError(`${nameOf(what)}: ${describeStatus(status)}`, status)));
  }

  /** @internal For the device: the link is gone. */
  ended(reason: BleError): void {
    this.end = reason;
    for (const one of this.waiting.values()) one.reject(reason);
    this.waiting.clear();
  }

  private async send<P extends OfLink, R>(
    command: CommandDefinition<P, R>,
    parameters: Omit<P, 'connectionHandle'>,
  ): Promise<R> {
    this.check(command);
    try {
      return await this.host.send(command, { connectionHandle: this.handle, ...parameters } as P);
    } catch (cause) {
      if (!(cause instanceof HciError && cause.status === UNSUPPORTED)) throw cause;
      const [feature] = command.features ?? [];
      const lack = feature ? `the feature ${feature}` : 'what this asks for';
      throw new NotSupportedError(`${command.name}: this controller does not have ${lack}`, { cause });
    }
  }

  /** Sends a command that an event answers; one of a kind at a time. */
  private async exchange<T, P extends OfLink, R>(
    what: Awaited,
    command: CommandDefinition<P, R>,
    parameters: Omit<P, 'connectionHandle'>,
  ): Promise<T> {
    this.check(command);
    for (let one = this.waiting.get(what); one; one = this.waiting.get(what))
      await one.promise.catch(() => {});
    const waiting = new Transaction<T>({
      clock: this.host.clock,
      what: nameOf(what),
      timeoutMs: PROCEDURE_MS,
      onTimeout: () => this.waiting.delete(what),
    });
    waiting.promise.catch(() => {});
    this.waiting.set(what, waiting as Transaction<unknown>);
    waiting.start();
    try {
      await this.send(command, parameters);
    } catch (error) {
      this.waiting.delete(what);
      waiting.reject(error instanceof HciError ? refusal(what, error) : error);
    }
    return waiting.promise;
  }

  private check(command: AnyCommand): void {
    if (this.end) throw this.end;
    if (!this.host.supports(command))
      throw new NotSupportedError(`${command.name}: this controller does not have the command`);
  }
}

function codeOf(phy: PhyAndCoding): number {
  return physAndCodings[checkOneOf('phy', phy, Object.keys(physAndCodings) as PhyAndCoding[])];
}

/** What a failure comes to: what the peer's controller does not have is no failure of the link. */
function refusal(what: Awaited, error: HciError): BleError {
  if (error.status !== UNSUPPORTED_REMOTE) return error;
  const lack = `the peer does not have the feature ${remoteFeatures[what]}`;
  return new NotSupportedError(`${nameOf(what)}: ${lack}`, { cause: error });
}

/** What the peer has to have: Core Vol 6, Part B, 4.6. */
const remoteFeatures: Record<Awaited, string> = {
  phy: 'LE 2M PHY or LE Coded PHY',
  subrate: 'Connection Subrating',
  features: 'Peripheral-initiated Features Exchange',
  version: 'Version Exchange',
  remoteTxPower: 'LE Power Control Request',
};

function nameOf(what: Awaited): string {
  const names = {
    phy: 'the change of PHYs',
    subrate: 'the change of the subrate',
    features: 'reading the features of the peer',
    version: 'reading the version of the peer',
    remoteTxPower: 'reading the transmit power of the peer',
  };
  return names[what];
}
