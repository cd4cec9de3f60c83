import type { Address, BdAddr } from '../../core/address.js';
import type { RandomSource } from '../../core/random.js';
import type { Air } from '../air/air.js';
import type { PhyCode } from '../air/airtime.js';
import type { Radio } from '../air/propagation.js';
import type { SubeventStructure } from '../air/subevent-structure.js';
import type { DataLength, PacketLengths } from './data-length.js';
import type { CisIndication, CisRequest } from './iso/cis-pdus.js';
import type { LinkPower, PowerRange } from './link-power.js';
import type { PeriodicSyncInd } from './sync-transfer.js';

/** The role of a device in a connection: Core Vol 4, Part E, 7.7.65.1. */
export const Role = { central: 0, peripheral: 1 } as const;

/** One of {@link Role}. */
export type RoleCode = 0 | 1;

/** The periodic advertising that a connection came about by: Core Vol 4, Part E, 7.7.65.10. */
export interface ConnectionOrigin {
  readonly advertisingHandle?: number;
  readonly syncHandle?: number;
}

/** Connection parameters in the specification's units: 1.25 ms, events, 10 ms. */
export interface ConnectionParameters {
  readonly interval: number;
  readonly latency: number;
  readonly timeout: number;
}

/** Connection parameters as a range, in the specification's units: 1.25 ms, events, 10 ms. */
export interface ParameterRange {
  readonly intervalMin: number;
  readonly intervalMax: number;
  readonly latency: number;
  readonly timeout: number;
}

/** What LE Subrate Request and LE Set Default Subrate give: Core Vol 4, Part E, 7.8.123 and 7.8.124. */
export interface SubrateRange {
  readonly subrateMin: number;
  readonly subrateMax: number;
  readonly maxLatency: number;
  readonly continuationNumber: number;
  /** Units of 10 ms. */
  readonly timeout: number;
}

/** How a connection is subrated: Core Vol 6, Part B, 4.5.1. */
export interface Subrating {
  readonly factor: number;
  readonly latency: number;
  readonly continuationNumber: number;
  readonly timeout: number;
}

/** What LE Transmit Power Reporting tells of a PHY: 1 is LE 1M, 2 LE 2M, 3 LE Coded with S=8, 4 with S=2. */
export interface PowerReport {
  readonly reason: number;
  readonly phy: number;
  /** dBm. */
  readonly txPower: number;
  /** Bit 0: it is the least; bit 1: it is the most. */
  readonly flags: number;
  /** dB. */
  readonly delta: number;
}

/** What a peer's LL_VERSION_IND says. */
export interface RemoteVersion {
  readonly version: number;
  readonly companyIdentifier: number;
  readonly subversion: number;
}

/** One end of a connection as its procedures and its reports see it. */
export interface ConnectionState {
  readonly handle: number;
  readonly role: RoleCode;
  readonly own: Address;
  /** The peer, by its identity address where its resolvable private address was resolved. */
  readonly peer: Address;
  /** The resolvable private addresses that the controllers made, zeros where there are none: Core Vol 4, Part E, 7.7.65.10. */
  readonly localRpa: BdAddr;
  readonly peerRpa: BdAddr;
  readonly sca: number;
  readonly parameters: ConnectionParameters;
  /** 1 and 0 where it is not subrated. */
  readonly subrating: Pick<Subrating, 'factor' | 'continuationNumber'>;
  /** connEventCount of the current or last event. */
  readonly eventCounter: number;
  /** When the next event begins, in µs. */
  readonly nextAnchor: number;
  readonly dataLength: DataLength;
  channelMap: Uint8Array;
  txPhy: PhyCode;
  rxPhy: PhyCode;
  /** The PHYs that the host prefers, as masks; 0 when it has none. */
  preferredTxPhys: number;
  preferredRxPhys: number;
  /** Whether it sends with S=2 on LE Coded; S=8 otherwise. */
  prefersS2: boolean;
  readonly power: LinkPower;
  /** How strongly the peer was heard last, in dBm; 127 before that. */
  readonly rssi: number;
  readonly payloadTimeout: { start(now: number): void; stop(): void };
  /** New parameters hold from the event that begins now. */
  setParameters(parameters: ConnectionParameters): void;
  /** Another subrate holds, counted from `baseEvent`; says whether anything changes. */
  subrate(subrating: Subrating, baseEvent: number): boolean;
  /** There is a control PDU to send. */
  wake(): void;
  /** The other end has said goodbye. */
  terminatedByPeer(errorCode: number): void;
  /** Ends it here and tells the host why. */
  close(reason: number): void;
}

/** The controller around a connection. */
export interface ConnectionHost {
  readonly air: Air;
  readonly radio: Radio;
  readonly random: RandomSource;
  /** Bits of FeatureSet page 0: Core Vol 6, Part B, 4.6. */
  readonly features: bigint;
  readonly version: {
    readonly lmpVersion: number;
    readonly manufacturer: number;
    readonly subversion: number;
  };
  /** What LE_Read_Maximum_Data_Length gives. */
  readonly supportedLengths: PacketLengths;
  /** dBm: what connections may send with. */
  readonly txPowerRange: PowerRange;
  /** dBm: how strongly it wants to hear its peers; it does not mind without. */
  readonly goldenRange: PowerRange | undefined;
  /** Sleep clock accuracy, 0–7. */
  readonly sca: number;
  /** What peripherals may ask for, as central. */
  readonly defaultSubrate: SubrateRange;
  readonly events: ConnectionEvents;
  /** The peer has told of a periodic advertising train, perhaps with subevents. */
  periodicSyncOffered(
    connection: ConnectionState,
    train: PeriodicSyncInd,
    subevents?: SubeventStructure,
  ): void;
  readonly isochronous: StreamSignalling;
}

/** What the peer's LL Control PDUs about isochronous streams do: Core Vol 6, Part B, 5.1.15 and 5.1.16. */
export interface StreamSignalling {
  requested(connection: ConnectionState, request: CisRequest): void;
  indicated(connection: ConnectionState, indication: CisIndication): void;
  rejectedByCentral(connection: ConnectionState, errorCode: number): void;
  terminatedByPeer(connection: ConnectionState, cigId: number, cisId: number, errorCode: number): void;
}

/** What a connection tells its controller, which tells the host. */
export interface ConnectionEvents {
  /** False while the host has no room: data PDUs are not acknowledged then, and come again. */
  hasRoomForData(): boolean;
  /** An LL Data PDU with something in it. `payload` may not be kept. */
  dataReceived(connection: ConnectionState, llid: number, payload: Uint8Array): void;
  /** An ACL packet from the host has been acknowledged to its last octet. */
  packetCompleted(connection: ConnectionState): void;
  disconnected(connection: ConnectionState, reason: number): void;
  connectionUpdated(connection: ConnectionState, status: number): void;
  remoteVersionRead(connection: ConnectionState, status: number, version: RemoteVersion | undefined): void;
  remoteFeaturesRead(connection: ConnectionState, status: number, features: bigint): void;
  dataLengthChanged(connection: ConnectionState): void;
  phyUpdated(connection: ConnectionState, status: number): void;
  /** The peer asks for other connection parameters; says whether the host hears of it. */
  parametersRequested(connection: ConnectionState, range: ParameterRange): boolean;
  peerClockAccuracyRead(connection: ConnectionState, status: number, sca: number): void;
  transmitPowerReported(connection: ConnectionState, status: number, report: PowerReport): void;
  subrateChanged(connection: ConnectionState, status: number): void;
  /** `zone` is 0 low, 1 middle, 2 high; the loss in dB. */
  pathLossZoneEntered(connection: ConnectionState, pathLoss: number, zone: number): void;
  /** An encrypted connection went too long without an authenticated packet. */
  payloadTimeoutExpired(connection: ConnectionState): void;
  /** The central asks to encrypt with the key of these; says whether the host hears of it. */
  longTermKeyRequested(connection: ConnectionState, randomNumber: bigint, diversifier: number): boolean;
  /** Encryption is on, or could not be turned on. */
  encryptionChanged(connection: ConnectionState, status: number): void;
  /** An encrypted connection has a new key, or could not be given one. */
  encryptionKeyRefreshed(connection: ConnectionState, status: number): void;
}
