import { Address, AddressType, BdAddr } from '../../core/address.js';
import type { RandomSource } from '../../core/random.js';
import { basePhy } from '../air/advertising-airtime.js';
import type { ConnectIndication } from '../air/advertising-pdu.js';
import type { Air } from '../air/air.js';
import { airtime, Phy } from '../air/airtime.js';
import { usedChannels } from '../air/channel-selection.js';
import { Dice } from '../air/dice.js';
import type { Radio } from '../air/propagation.js';
import type { SubeventStructure } from '../air/subevent-structure.js';
import { MIC } from '../crypto/packet-cipher.js';
import { AcceptList } from './accept-list.js';
import { Advertiser } from './advertiser.js';
import type { AdvertisingSetHost, AdvertisingSetState } from './advertising-host.js';
import { ChannelMapUpdate } from './channel-map-update.js';
import { Connection } from './connection.js';
import {
  type ConnectionEvents,
  type ConnectionHost,
  type ConnectionOrigin,
  type ConnectionState,
  Role,
  type RoleCode,
} from './connection-state.js';
import { minimumLengths, type PacketLengths } from './data-length.js';
import { DirectTest } from './direct-test.js';
import { LeFeature, supports } from './features.js';
import { Initiator, type InitiatorHost } from './initiator.js';
import { BigReceiver, type BigReceiverEvents } from './iso/big-receiver.js';
import { Broadcaster, type BroadcasterEvents } from './iso/broadcaster.js';
import { Isochronous, type IsochronousEvents, type IsochronousHost } from './iso/isochronous.js';
import { StreamHandles } from './iso/stream-handles.js';
import { LengthUpdate } from './length-update.js';
import type { PowerRange } from './link-power.js';
import type { ResponseEvents } from './periodic-host.js';
import { supportedPhys } from './phys.js';
import { Privacy } from './privacy/address-resolver.js';
import { aes128 } from './privacy/aes.js';
import type { ExtendedReport, ScannerHost, TrainSighting } from './scan-parameters.js';
import { Scanner } from './scanner.js';
import { HciStatus } from './status.js';
import { SubeventInitiator } from './subevent-initiator.js';
import { SubeventLinks, type SubeventLinksHost } from './subevent-links.js';
import { defaultSubrateRange } from './subrating.js';
import {
  ignoreTransfers,
  type PeriodicSyncInd,
  readTrain,
  type TransferParameters,
} from './sync-transfer.js';
import { type SyncEvents, Synchroniser } from './synchroniser.js';

/** What a link layer is made with. */
export interface LinkLayerOptions {
  readonly air: Air;
  readonly radio: Radio;
  readonly random: RandomSource;
  /** The public address. */
  readonly address: BdAddr;
  readonly features: bigint;
  readonly version: {
    readonly lmpVersion: number;
    readonly manufacturer: number;
    readonly subversion: number;
  };
  readonly maxDataOctets: number;
  readonly maxConnections: number;
  readonly acceptListSize: number;
  readonly resolvingListSize: number;
  readonly advertisingSets: number;
  readonly duplicateFilterSize: number;
  readonly sca: number;
  readonly txPowerRange: PowerRange;
  readonly goldenRange: PowerRange | undefined;
  readonly events: LinkLayerEvents;
  readonly syncEvents: SyncEvents & ResponseEvents;
  readonly broadcastEvents: BroadcasterEvents & BigReceiverEvents;
  /** Entries of the Periodic Advertiser List. */
  readonly periodicListSize: number;
}

/** What the link layer tells the HCI above it. */
export interface LinkLayerEvents extends ConnectionEvents, IsochronousEvents {
  /** A connection has begun; `csa2` says whether it hops by Channel Selection Algorithm #2. */
  connected(connection: Connection, csa2: boolean, origin?: ConnectionOrigin): void;
  /** Initiating or directed advertising has ended without a connection. */
  connectionFailed(status: number, role: RoleCode): void;
  /** As {@link ScannerHost.advertisingReport}. */
  advertisingReport(eventType: number, advA: Address, data: Uint8Array, rssi: number): void;
  /** As {@link ScannerHost.directedReport}. */
  directedReport(advA: Address, targetA: Address, rssi: number): void;
  /** As {@link ScannerHost.extendedReport}. */
  extendedReport(report: ExtendedReport): void;
  /** As {@link ScannerHost.scanTimeout}. */
  scanTimeout(): void;
  /** An advertising set has ended: Core Vol 4, Part E, 7.7.65.18. */
  advertisingSetTerminated(status: number, handle: number, connection: number, events: number): void;
  /** A set with scan request notifications has received one. */
  scanRequested(handle: number, scanA: Address): void;
}

const ALL_CHANNELS = new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x1f]);

/** The link layer of one controller: its roles, its connections and what they share. */
export class LinkLayer
  implements
    AdvertisingSetHost,
    ScannerHost,
    InitiatorHost,
    SubeventLinksHost,
    ConnectionHost,
    IsochronousHost
{
  readonly air: Air;
  readonly radio: Radio;
  readonly random: RandomSource;
  readonly dice: Dice;
  /** The public address; zeros where there is none. */
  address: BdAddr;
  /** FeatureSet page 0; LE Set Host Feature sets bits of it. */
  features: bigint;
  readonly version: LinkLayerOptions['version'];
  readonly supportedLengths: PacketLengths;
  readonly duplicateFilterSize: number;
  readonly chSel: boolean;
  readonly sca: number;
  readonly txPowerRange: PowerRange;
  readonly goldenRange: PowerRange | undefined;
  readonly events: LinkLayerEvents;
  readonly responseEvents: ResponseEvents;
  readonly acceptList: AcceptList;
  readonly advertiser: Advertiser;
  readonly scanner: Scanner;
  readonly initiator: Initiator;
  readonly subeventInitiator: SubeventInitiator;
  readonly synchroniser: Synchroniser;
  readonly isochronous: Isochronous;
  readonly broadcaster: Broadcaster;
  readonly bigReceiver: BigReceiver;
  readonly privacy: Privacy;
  readonly directTest: DirectTest;
  /** By handle. */
  readonly connections = new Map<number, Connection>();
  /** What LE Set Random Address set. */
  randomAddress: BdAddr | undefined;
  /** The data channels that the host does not call bad. */
  channelMap: Uint8Array = ALL_CHANNELS;
  /** What LE Write Suggested Default Data Length set. */
  suggestedLengths: Pick<PacketLengths, 'maxTxOctets' | 'maxTxTime'> = minimumLengths;
  /** What LE Set Default PHY set, as masks; 0 for no preference. */
  preferredTxPhys = 0;
  preferredRxPhys = 0;
  /** What is done with the trains that peers of connections to come tell of. */
  defaultTransferParameters = ignoreTransfers;
  private readonly transferParameters = new WeakMap<ConnectionState, TransferParameters>();
  /** The channels in {@link secondaryFor}. */
  private secondaryChannels: Uint8Array = new Uint8Array(0);
  private secondaryFor: Uint8Array | undefined;
  /** What LE Set Default Subrate set. */
  defaultSubrate = defaultSubrateRange;
  private readonly maxConnections: number;
  private readonly builtInFeatures: bigint;

  constructor(options: LinkLayerOptions) {
    this.air = options.air;
    this.radio = options.radio;
    this.random = options.random;
    this.dice = new Dice(options.random);
    this.address = options.address;
    this.features = options.features;
    this.version = options.version;
    this.duplicateFilterSize = options.duplicateFilterSize;
    this.maxConnections = options.maxConnections;
    this.sca = options.sca;
    this.txPowerRange = options.txPowerRange;
    this.goldenRange = options.goldenRange;
    this.events = options.events;
    const octets = options.maxDataOctets;
    // With room for a MIC, on the slowest PHY: Core Vol 6, Part B, 4.5.10.
    const slowest = supports(options.features, LeFeature.leCodedPhy) ? Phy.leCoded : Phy.le1M;
    const time = airtime(octets + MIC, slowest);
    this.supportedLengths = {
      maxTxOctets: octets,
      maxTxTime: time,
      maxRxOctets: octets,
      maxRxTime: time,
    };
    this.chSel = supports(options.features, LeFeature.channelSelectionAlgorithm2);
    this.acceptList = new AcceptList(options.acceptListSize);
    this.privacy = new Privacy({
      aes128,
      agenda: options.air.agenda,
      random: options.random,
      device: this,
      listSize: options.resolvingListSize,
    });
    this.advertiser = new Advertiser(options.air, this, options.advertisingSets);
    this.scanner = new Scanner(options.air, this);
    this.initiator = new Initiator(options.air, this);
    const links = new SubeventLinks(this);
    this.subeventInitiator = new SubeventInitiator(links);
    const { air, radio, syncEvents, periodicListSize } = options;
    this.responseEvents = syncEvents;
    const withSubevents = supports(options.features, LeFeature.periodicAdvertisingWithResponsesScanner);
    this.synchroniser = new Synchroniser(air, radio, syncEvents, periodicListSize, withSubevents);
    const handles = new StreamHandles();
    this.isochronous = new Isochronous(this, handles);
    this.broadcaster = new Broadcaster(this, options.broadcastEvents, handles);
    const phys = () => this.phys;
    this.bigReceiver = new BigReceiver({ air, radio, phys }, options.broadcastEvents, handles);
    this.synchroniser.links = links;
    this.synchroniser.onBigInfo = ({ handle }, info) => this.bigReceiver.bigInfo(handle, info);
    this.synchroniser.onLost = (handle) => this.bigReceiver.trainLost(handle);
    this.directTest = new DirectTest(options.air, options.radio);
    this.builtInFeatures = options.features;
  }

  /** As after a power-on. Connections end without a word: their peers find out by their supervision timeouts. */
  reset(): void {
    this.stopInitiating();
    this.advertiser.reset();
    this.scanner.reset();
    this.synchroniser.reset();
    this.isochronous.reset();
    this.broadcaster.reset();
    this.bigReceiver.reset();
    this.directTest.stop();
    this.features = this.builtInFeatures;
    for (const connection of this.connections.values()) connection.vanish();
    this.connections.clear();
    this.acceptList.clear();
    this.privacy.reset();
    this.randomAddress = undefined;
    this.channelMap = ALL_CHANNELS;
    this.suggestedLengths = minimumLengths;
    this.preferredTxPhys = 0;
    this.preferredRxPhys = 0;
    this.defaultTransferParameters = ignoreTransfers;
    this.defaultSubrate = defaultSubrateRange;
  }

  /**
   * The address for an Own_Address_Type of 0 or 1, and for 2 or 3 where no resolvable one is made.
   * @param random the random address in question; the controller's own without
   * @param scanning to scan, a chip without a public address needs none
   * @returns `undefined` when it is to be random and none has been set, or public and there is none
   */
  ownAddress(type: number, scanning = false, random = this.randomAddress): Address | undefined {
    if ((type & 1) === AddressType.public) {
      const isThere = scanning || !this.address.equals(BdAddr.zero);
      return isThere ? new Address(this.address, AddressType.public) : undefined;
    }
    return random && new Address(random, AddressType.random);
  }

  /** Whether the Filter Accept List is in use and may not change: Core Vol 4, Part E, 7.8.15–17. */
  get acceptListInUse(): boolean {
    return this.advertiser.usesAcceptList || this.scanner.usesAcceptList || this.initiator.usesAcceptList;
  }

  /** What advertiser, scanner and initiator ask about addresses. */
  get addresses(): Privacy {
    return this.privacy;
  }

  /** Whether something on the air goes by addresses now: Core Vol 4, Part E, 7.8.38 to 7.8.44. */
  get usesAddresses(): boolean {
    const { advertiser, scanner, initiating, synchroniser } = this;
    return advertiser.enabled || scanner.enabled || initiating || synchroniser.pending;
  }

  /** Whether it is to connect to somebody: one attempt at a time. */
  get initiating(): boolean {
    return this.initiator.enabled || this.subeventInitiator.enabled;
  }

  /** Calls the attempt off. */
  stopInitiating(): void {
    this.initiator.stop();
    this.subeventInitiator.stop();
  }

  get hasRoomForConnection(): boolean {
    return this.connections.size < this.maxConnections;
  }

  isConnectedTo(peer: Address): boolean {
    for (const connection of this.connections.values()) if (connection.peer.equals(peer)) return true;
    return false;
  }

  /** The host's channel classification: connections as central follow it. */
  classifyChannels(channelMap: Uint8Array): void {
    this.channelMap = channelMap.slice();
    for (const connection of this.connections.values()) {
      if (connection.role === Role.central) connection.control.start(new ChannelMapUpdate(this.channelMap));
    }
    this.broadcaster.classifyChannels(this.channelMap);
  }

  advertisingReport(eventType: number, advA: Address, data: Uint8Array, rssi: number): void {
    this.events.advertisingReport(eventType, advA, data, rssi);
  }

  directedReport(advA: Address, targetA: Address, rssi: number): void {
    this.events.directedReport(advA, targetA, rssi);
  }

  extendedReport(report: ExtendedReport): void {
    const { primaryPhy, secondaryPhy } = report;
    const slow = primaryPhy > Phy.leCoded || secondaryPhy > Phy.leCoded;
    // The coding is told to hosts that say they know of it (Core Vol 4, Part E, 7.7.65.13).
    if (slow && !supports(this.features, LeFeature.advertisingCodingSelectionHostSupport)) {
      const uncoded = { primaryPhy: basePhy(primaryPhy), secondaryPhy: basePhy(secondaryPhy) };
      this.events.extendedReport({ ...report, ...uncoded });
    } else this.events.extendedReport(report);
  }

  scanTimeout(): void {
    this.events.scanTimeout();
  }

  get seeksTrains(): boolean {
    return this.synchroniser.seeks;
  }

  trainSeen(sighting: TrainSighting): void {
    this.synchroniser.trainSeen(sighting);
  }

  /** For trains that the peer of a connection tells of. */
  setTransferParameters(connection: ConnectionState, parameters: TransferParameters): void {
    this.transferParameters.set(connection, parameters);
  }

  periodicSyncOffered(
    connection: ConnectionState,
    pdu: PeriodicSyncInd,
    subevents?: SubeventStructure,
  ): void {
    const parameters = this.transferParameters.get(connection) ?? ignoreTransfers;
    const train = readTrain(pdu);
    if (parameters.mode === 0 || !train || ((this.phys >> (train.phy - 1)) & 1) === 0) return;
    this.synchroniser.transferred({
      ...train,
      skip: parameters.skip,
      timeout: parameters.timeout,
      cteType: parameters.cteType,
      reports: parameters.mode >= 2,
      filterDuplicates: parameters.mode === 3,
      subevents,
      transfer: { connection: connection.handle, serviceData: pdu.id },
    });
  }

  /** The mask of the PHYs that it can use. */
  get phys(): number {
    return supportedPhys(this.features);
  }

  secondaryChannel(): number {
    if (this.secondaryFor !== this.channelMap) {
      this.secondaryFor = this.channelMap;
      this.secondaryChannels = usedChannels(this.channelMap).table;
    }
    return this.secondaryChannels[this.dice.below(this.secondaryChannels.length)]!;
  }

  /** An access address for a train: one that no other has. */
  accessAddress(): number {
    let address = this.dice.word();
    while (this.air.trains.has(address)) address = this.dice.word();
    return address;
  }

  advertisingEnded(set: AdvertisingSetState, status: number): void {
    if (set.handle === undefined) this.events.connectionFailed(status, Role.peripheral);
    else this.setTerminated(set, status, 0);
  }

  private setTerminated(set: AdvertisingSetState, status: number, connection: number): void {
    const events = Math.min(0xff, set.limitsEvents ? set.completedEvents : 0);
    this.events.advertisingSetTerminated(status, set.handle!, connection, events);
  }

  scanRequested(set: AdvertisingSetState, scanA: Address): void {
    this.events.scanRequested(set.handle!, scanA);
  }

  connectedAsCentral(indication: ConnectIndication, csa2: boolean, firstAnchor: number): void {
    const connection = this.addConnection(indication, Role.central, indication.initA, indication.advA);
    if (csa2) indication.link.useAlgorithm2();
    indication.link.joinCentral(connection, firstAnchor);
    this.announce(connection, csa2);
  }

  connectedAsPeripheral(indication: ConnectIndication, own: Address, set: AdvertisingSetState): void {
    const connection = this.addConnection(indication, Role.peripheral, own, indication.initA);
    indication.link.joinPeripheral(connection);
    // Legacy PDUs leave the choice to both; an AUX_CONNECT_REQ always means Algorithm #2.
    this.announce(connection, indication.chSel && (this.chSel || !set.legacyPdus));
    if (set.handle !== undefined) this.setTerminated(set, HciStatus.success, connection.handle);
  }

  addConnection(indication: ConnectIndication, role: RoleCode, own: Address, peerOnAir: Address): Connection {
    const peer = this.privacy.sender(peerOnAir) ?? peerOnAir;
    let handle = 1;
    while (this.connections.has(handle)) handle++;
    const { interval, latency, timeout, channelMap, sca, phy, link } = indication;
    const { maxTxOctets, maxTxTime } = this.suggestedLengths;
    const connection = new Connection(this, {
      handle,
      role,
      own,
      peer,
      localRpa: this.privacy.isMade(own, peer) ? own.bd : BdAddr.zero,
      peerRpa: peer.type > AddressType.random ? peerOnAir.bd : BdAddr.zero,
      link,
      parameters: { interval, latency, timeout },
      channelMap,
      sca,
      phy,
      lengths: { ...this.supportedLengths, maxTxOctets, maxTxTime },
      preferredTxPhys: this.preferredTxPhys,
      preferredRxPhys: this.preferredRxPhys,
    });
    this.connections.set(handle, connection);
    this.transferParameters.set(connection, this.defaultTransferParameters);
    return connection;
  }

  announce(connection: Connection, csa2: boolean, origin?: ConnectionOrigin): void {
    this.events.connected(connection, csa2, origin);
    // Core Vol 6, Part B, 5.1.9: begun by the controller itself when the host suggested more than the minimum.
    const { maxTxOctets, maxTxTime } = this.suggestedLengths;
    const wantsMore = maxTxOctets > minimumLengths.maxTxOctets || maxTxTime > minimumLengths.maxTxTime;
    if (wantsMore && supports(this.features, LeFeature.dataPacketLengthExtension)) {
      connection.control.start(new LengthUpdate());
    }
  }
}
