import { type Address, BdAddr } from '../../core/address.js';
import { LE_META } from '../../hci/definition.js';
import {
  authenticatedPayloadTimeoutExpired,
  disconnectionComplete,
  encryptionChangeV1,
  encryptionChangeV2,
  encryptionKeyRefreshComplete,
  leAdvertisingSetTerminated,
  leChannelSelectionAlgorithm,
  leCisEstablishedV1,
  leCisRequest,
  leConnectionComplete,
  leConnectionUpdateComplete,
  leDataLengthChange,
  leDirectedAdvertisingReport,
  leEnhancedConnectionCompleteV1,
  leEnhancedConnectionCompleteV2,
  leLongTermKeyRequest,
  lePathLossThreshold,
  lePhyUpdateComplete,
  leReadRemoteFeaturesPage0Complete,
  leRemoteConnectionParameterRequest,
  leRequestPeerScaComplete,
  leScanRequestReceived,
  leScanTimeout,
  leSubrateChange,
  leTransmitPowerReporting,
  readRemoteVersionInformationComplete,
} from '../../hci/events/index.js';
import { PacketType } from '../../hci/packet-type.js';
import {
  type ConnectionOrigin,
  type ConnectionState,
  type ParameterRange,
  type PowerReport,
  type RemoteVersion,
  Role,
  type RoleCode,
} from '../link-layer/connection-state.js';
import type { Cis } from '../link-layer/iso/cis.js';
import type { ReceivedSdu } from '../link-layer/iso/iso-sdu.js';
import type { LinkLayerEvents } from '../link-layer/link-layer.js';
import type { ExtendedReport } from '../link-layer/scan-parameters.js';
import { HciStatus } from '../link-layer/status.js';
import type { AclBuffers } from './acl-buffers.js';
import type { EventPort } from './event-port.js';
import { reportExtended } from './extended-report.js';
import type { IsoBuffers } from './iso-buffers.js';
import { maskOctets } from './octets.js';

/** Encryption_Enabled with AES-CCM, and the size of its keys: Core Vol 4, Part E, 7.7.8. */
const ENCRYPTED = 1;
const KEY_SIZE = 16;
const LE_ADVERTISING_REPORT = 0x02;
/** Of a connection that did not come about by periodic advertising: 7.7.65.10. */
const NO_ADVERTISING_HANDLE = 0xff;
const NO_SYNC_HANDLE = 0x0fff;

/** The parameters that both kinds of connection complete event share. */
interface ConnectionCompleteParameters {
  readonly status: number;
  readonly connectionHandle: number;
  readonly role: number;
  readonly peerAddressType: number;
  readonly peerAddress: BdAddr;
  readonly connectionInterval: number;
  readonly peripheralLatency: number;
  readonly supervisionTimeout: number;
  readonly centralClockAccuracy: number;
}

/** Tells the host, by events, what happens on the air. */
export class Reporter implements LinkLayerEvents {
  private readonly port: EventPort;
  private readonly acl: AclBuffers;
  private readonly iso: IsoBuffers;
  private readonly forget: (connection: ConnectionState, reason: number) => void;

  /** @param forget called when a connection is gone, before the host hears of it */
  constructor(
    port: EventPort,
    acl: AclBuffers,
    iso: IsoBuffers,
    forget: (connection: ConnectionState, reason: number) => void,
  ) {
    this.port = port;
    this.acl = acl;
    this.iso = iso;
    this.forget = forget;
  }

  hasRoomForData(): boolean {
    return this.acl.toHost.hasRoom;
  }

  connected(connection: ConnectionState, csa2: boolean, origin: ConnectionOrigin = {}): void {
    const { handle, role, peer, localRpa, peerRpa, parameters, sca } = connection;
    const complete = {
      status: HciStatus.success,
      connectionHandle: handle,
      role,
      peerAddressType: peer.type,
      peerAddress: peer.bd,
      connectionInterval: parameters.interval,
      peripheralLatency: parameters.latency,
      supervisionTimeout: parameters.timeout,
      // Only valid for a peripheral: Core Vol 4, Part E, 7.7.65.1.
      centralClockAccuracy: role === Role.peripheral ? sca : 0,
    };
    this.connectionComplete(complete, origin, localRpa, peerRpa);
    this.port.event(leChannelSelectionAlgorithm, {
      connectionHandle: handle,
      channelSelectionAlgorithm: csa2 ? 1 : 0,
    });
  }

  connectionFailed(status: number, role: RoleCode): void {
    this.connectionComplete({
      status,
      connectionHandle: 0,
      role,
      peerAddressType: 0,
      peerAddress: BdAddr.zero,
      connectionInterval: 0,
      peripheralLatency: 0,
      supervisionTimeout: 0,
      centralClockAccuracy: 0,
    });
  }

  /** LE Enhanced Connection Complete where the host asked for it, else LE Connection Complete: Core Vol 4, Part E, 7.7.65.10. */
  private connectionComplete(
    parameters: ConnectionCompleteParameters,
    origin: ConnectionOrigin = {},
    localRpa: BdAddr = BdAddr.zero,
    peerRpa: BdAddr = BdAddr.zero,
  ): void {
    const { port } = this;
    if (port.permits(leEnhancedConnectionCompleteV2)) {
      port.event(leEnhancedConnectionCompleteV2, {
        ...parameters,
        localResolvablePrivateAddress: localRpa,
        peerResolvablePrivateAddress: peerRpa,
        advertisingHandle: origin.advertisingHandle ?? NO_ADVERTISING_HANDLE,
        syncHandle: origin.syncHandle ?? NO_SYNC_HANDLE,
      });
      return;
    }
    if (port.permits(leEnhancedConnectionCompleteV1)) {
      this.port.event(leEnhancedConnectionCompleteV1, {
        ...parameters,
        localResolvablePrivateAddress: localRpa,
        peerResolvablePrivateAddress: peerRpa,
      });
      return;
    }
    // This event knows no identity addresses that were resolved: Core Vol 4, Part E, 7.7.65.1.
    this.port.event(leConnectionComplete, {
      ...parameters,
      peerAddressType: parameters.peerAddressType & 1,
    });
  }

  disconnected(connection: ConnectionState, reason: number): void {
    this.forget(connection, reason);
    this.acl.release(connection.handle);
    this.port.event(disconnectionComplete, {
      status: HciStatus.success,
      connectionHandle: connection.handle,
      reason,
    });
  }

  get hearsCisRequests(): boolean {
    return this.port.permits(leCisRequest);
  }

  cisRequested(cis: Cis): void {
    this.port.event(leCisRequest, {
      aclConnectionHandle: cis.connection!.handle,
      cisConnectionHandle: cis.handle,
      cigId: cis.plan.cigId,
      cisId: cis.cisId,
    });
  }

  cisEstablished(cis: Cis, status: number): void {
    const { isoInterval, cigSyncDelay, schedule } = cis.plan;
    const { cToP, pToC } = schedule;
    this.port.event(leCisEstablishedV1, {
      status,
      connectionHandle: cis.handle,
      cigSyncDelay,
      cisSyncDelay: schedule.cisSyncDelay,
      transportLatencyCToP: Math.max(0, cToP.transportLatency),
      transportLatencyPToC: Math.max(0, pToC.transportLatency),
      phyCToP: cToP.phy,
      phyPToC: pToC.phy,
      nse: schedule.nse,
      bnCToP: cToP.bn,
      bnPToC: pToC.bn,
      ftCToP: cToP.ft,
      ftPToC: pToC.ft,
      maxPduCToP: cToP.maxPdu,
      maxPduPToC: pToC.maxPdu,
      isoInterval: isoInterval / 1250,
    });
  }

  cisDisconnected({ handle }: Cis, reason: number): void {
    this.iso.release(handle);
    this.port.event(disconnectionComplete, { status: HciStatus.success, connectionHandle: handle, reason });
  }

  sduReceived(handle: number, sequenceNumber: number, timeStamp: number, sdu: ReceivedSdu): void {
    this.iso.deliver(handle, sequenceNumber, timeStamp, sdu);
  }

  isoPacketsCompleted(handle: number, packets: number): void {
    this.iso.completed(handle, packets);
  }

  connectionUpdated({ handle, parameters }: ConnectionState, status: number): void {
    this.port.event(leConnectionUpdateComplete, {
      status,
      connectionHandle: handle,
      connectionInterval: parameters.interval,
      peripheralLatency: parameters.latency,
      supervisionTimeout: parameters.timeout,
    });
  }

  remoteVersionRead({ handle }: ConnectionState, status: number, version: RemoteVersion | undefined): void {
    this.port.event(readRemoteVersionInformationComplete, {
      status,
      connectionHandle: handle,
      version: version?.version ?? 0,
      companyIdentifier: version?.companyIdentifier ?? 0,
      subversion: version?.subversion ?? 0,
    });
  }

  remoteFeaturesRead({ handle }: ConnectionState, status: number, features: bigint): void {
    this.port.event(leReadRemoteFeaturesPage0Complete, {
      status,
      connectionHandle: handle,
      leFeatures: maskOctets(features),
    });
  }

  dataLengthChanged({ handle, dataLength }: ConnectionState): void {
    const { maxTxOctets, maxTxTime, maxRxOctets, maxRxTime } = dataLength.effective;
    this.port.event(leDataLengthChange, {
      connectionHandle: handle,
      maxTxOctets,
      maxTxTime,
      maxRxOctets,
      maxRxTime,
    });
  }

  phyUpdated({ handle, txPhy, rxPhy }: ConnectionState, status: number): void {
    this.port.event(lePhyUpdateComplete, { status, connectionHandle: handle, txPhy, rxPhy });
  }

  parametersRequested({ handle }: ConnectionState, range: ParameterRange): boolean {
    if (!this.port.permits(leRemoteConnectionParameterRequest)) return false;
    const { intervalMin, intervalMax, latency, timeout } = range;
    this.port.event(leRemoteConnectionParameterRequest, {
      connectionHandle: handle,
      intervalMin,
      intervalMax,
      maxLatency: latency,
      timeout,
    });
    return true;
  }

  peerClockAccuracyRead({ handle }: ConnectionState, status: number, sca: number): void {
    this.port.event(leRequestPeerScaComplete, { status, connectionHandle: handle, peerClockAccuracy: sca });
  }

  transmitPowerReported({ handle }: ConnectionState, status: number, report: PowerReport): void {
    const { reason, phy, txPower, flags, delta } = report;
    this.port.event(leTransmitPowerReporting, {
      status,
      connectionHandle: handle,
      reason,
      phy,
      txPowerLevel: txPower,
      txPowerLevelFlag: flags,
      delta,
    });
  }

  subrateChanged({ handle, subrating, parameters }: ConnectionState, status: number): void {
    this.port.event(leSubrateChange, {
      status,
      connectionHandle: handle,
      subrateFactor: subrating.factor,
      peripheralLatency: parameters.latency,
      continuationNumber: subrating.continuationNumber,
      supervisionTimeout: parameters.timeout,
    });
  }

  pathLossZoneEntered({ handle }: ConnectionState, pathLoss: number, zone: number): void {
    this.port.event(lePathLossThreshold, {
      connectionHandle: handle,
      currentPathLoss: pathLoss,
      zoneEntered: zone,
    });
  }

  payloadTimeoutExpired({ handle }: ConnectionState): void {
    this.port.event(authenticatedPayloadTimeoutExpired, { connectionHandle: handle });
  }

  longTermKeyRequested({ handle }: ConnectionState, randomNumber: bigint, diversifier: number): boolean {
    if (!this.port.permits(leLongTermKeyRequest)) return false;
    this.port.event(leLongTermKeyRequest, {
      connectionHandle: handle,
      randomNumber,
      encryptedDiversifier: diversifier,
    });
    return true;
  }

  /** In the version that the host asked for: Core Vol 4, Part E, 7.7.8. */
  encryptionChanged({ handle }: ConnectionState, status: number): void {
    const isOn = status === HciStatus.success;
    const change = { status, connectionHandle: handle, encryptionEnabled: isOn ? ENCRYPTED : 0 };
    if (this.port.permits(encryptionChangeV2)) {
      this.port.event(encryptionChangeV2, { ...change, encryptionKeySize: isOn ? KEY_SIZE : 0 });
    } else this.port.event(encryptionChangeV1, change);
  }

  encryptionKeyRefreshed({ handle }: ConnectionState, status: number): void {
    this.port.event(encryptionKeyRefreshComplete, { status, connectionHandle: handle });
  }

  dataReceived({ handle }: ConnectionState, llid: number, payload: Uint8Array): void {
    this.acl.deliver(handle, llid, payload);
  }

  packetCompleted({ handle }: ConnectionState): void {
    this.acl.completed(handle);
  }

  advertisingSetTerminated(status: number, handle: number, connection: number, events: number): void {
    this.port.event(leAdvertisingSetTerminated, {
      status,
      advertisingHandle: handle,
      connectionHandle: connection,
      numCompletedExtendedAdvertisingEvents: events,
    });
  }

  scanRequested(handle: number, scanA: Address): void {
    this.port.event(leScanRequestReceived, {
      advertisingHandle: handle,
      scannerAddressType: scanA.type,
      scannerAddress: scanA.bd,
    });
  }

  scanTimeout(): void {
    this.port.event(leScanTimeout, {});
  }

  directedReport(advA: Address, targetA: Address, rssi: number): void {
    this.port.event(leDirectedAdvertisingReport, {
      reports: [
        {
          eventType: 1,
          addressType: advA.type,
          address: advA.bd,
          // Random, which an address that was not resolved always is: 7.7.65.11.
          directAddressType: 1,
          directAddress: targetA.bd,
          rssi,
        },
      ],
    });
  }

  extendedReport(report: ExtendedReport): void {
    reportExtended(this.port, report);
  }

  /** LE Advertising Report with one report, by hand because there are many: Core Vol 4, Part E, 7.7.65.2. */
  advertisingReport(eventType: number, advA: Address, data: Uint8Array, rssi: number): void {
    if (!this.port.permitsLe(LE_ADVERTISING_REPORT)) return;
    const { length } = data;
    const packet = new Uint8Array(15 + length);
    packet[0] = PacketType.event;
    packet[1] = LE_META;
    packet[2] = 12 + length;
    packet[3] = LE_ADVERTISING_REPORT;
    packet[4] = 1;
    packet[5] = eventType;
    packet[6] = advA.type;
    packet.set(advA.bd.wire, 7);
    packet[13] = length;
    packet.set(data, 14);
    packet[14 + length] = rssi & 0xff;
    this.port.packet(packet);
  }
}
