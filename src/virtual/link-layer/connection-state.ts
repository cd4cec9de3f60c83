import type { Address } from '../../core/address.js';
import type { RandomSource } from '../../core/random.js';
import type { Air } from '../air/air.js';
import type { PhyCode } from '../air/airtime.js';
import type { Radio } from '../air/propagation.js';
import type { DataLength, PacketLengths } from './data-length.js';
import type { PeriodicSyncInd } from './sync-transfer.js';

/** The role of a device in a connection: Core Vol 4, Part E, 7.7.65.1. */
export const Role = { central: 0, peripheral: 1 } as const;

/** One of {@link Role}. */
export type RoleCode = 0 | 1;

/** Connection parameters in the specification's units: 1.25 ms, events, 10 ms. */
export interface ConnectionParameters {
  readonly interval: number;
  readonly latency: number;
  readonly timeout: number;
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
  readonly peer: Address;
  readonly sca: number;
  readonly parameters: ConnectionParameters;
  /** connEventCount of the current or last event. */
  readonly eventCounter: number;
  readonly dataLength: DataLength;
  channelMap: Uint8Array;
  txPhy: PhyCode;
  rxPhy: PhyCode;
  /** The PHYs that the host prefers, as masks; 0 when it has none. */
  preferredTxPhys: number;
  preferredRxPhys: number;
  /** Whether it sends with S=2 on LE Coded; S=8 otherwise. */
  prefersS2: boolean;
  /** New parameters hold from the event that begins now. */
  setParameters(parameters: ConnectionParameters): void;
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
  readonly events: ConnectionEvents;
  /** The peer has told of a periodic advertising train. */
  periodicSyncOffered(connection: ConnectionState, train: PeriodicSyncInd): void;
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
  /** The central asks to encrypt with the key of these; says whether the host hears of it. */
  longTermKeyRequested(connection: ConnectionState, randomNumber: bigint, diversifier: number): boolean;
  /** Encryption is on, or could not be turned on. */
  encryptionChanged(connection: ConnectionState, status: number): void;
  /** An encrypted connection has a new key, or could not be given one. */
  encryptionKeyRefreshed(connection: ConnectionState, status: number): void;
}
