/** Devices: scanning, advertising, connecting. Core Vol 3, Part C. */
export { AdvertisingReport } from '../hci/advertising-report.js';
export type { AdvertisingOptions } from './advertising/advertiser-options.js';
export { AdvertisingType } from './advertising/advertising-kind.js';
export type { AdvertisingSet, AdvertisingSetEvents } from './advertising/extended-set.js';
export type { SubeventResponse } from './advertising/response-reports.js';
export type { ResponseTrain, ResponseTrainEvents } from './advertising/response-train.js';
export type {
  AdvertisingPayload,
  AdvertisingPhy,
  AdvertisingSetOptions,
  AdvertisingTime,
  PeriodicAdvertisingOptions,
} from './advertising/set-options.js';
export type {
  PeriodicResponsesOptions,
  SubeventAnswer,
  SubeventData,
} from './advertising/subevent-options.js';
export * from './advertising-data.js';
export * from './advertising-types.js';
export * from './bonds/index.js';
export type { AcceptList } from './connecting/accept-list.js';
export type { PeerLike } from './connecting/central.js';
export type { ConnectOptions } from './connecting/connect-options.js';
export type { FoundPeer, PeerQuery } from './connecting/find-peer.js';
export type { Connection } from './connection.js';
export type { ConnectionEvents } from './connection-events.js';
export type { ConnectionParameters, CurrentConnectionParameters } from './connection-parameters.js';
export { connectionPresets } from './connection-presets.js';
export { Device } from './device.js';
export type { DeviceEvents } from './device-events.js';
export { type DeviceOptions, policyOf } from './device-options.js';
export type { EattOptions, OpenEattOptions } from './eatt/options.js';
export type { EncryptedDataOptions, GenericAccessOptions } from './gap-service.js';
export {
  type KeepConnectedOptions,
  type KeptConnection,
  type KeptConnectionEvents,
  keepConnected,
  type RetryPolicy,
} from './keep-connected.js';
export { type KeepSessionOptions, keepSession } from './keep-session.js';
export { type KnownDatabaseOptions, knownDatabase } from './known-database.js';
export type { LinkRadio, LinkRadioEvents } from './link/link-radio.js';
export type {
  LinkPhy,
  LinkPhys,
  PathLossOptions,
  PathLossReport,
  PhyAndCoding,
  RemoteVersion,
  SubrateOptions,
  Subrating,
  TxPowerReport,
} from './link/radio-types.js';
export type { AddressStore } from './own-address.js';
export type { PrivacyOptions } from './privacy/options.js';
export { type DiscoveredDevice, type DiscoveryOptions, discover } from './scanning/discover.js';
export type { PeriodicReport } from './scanning/periodic-reports.js';
export type {
  PeriodicOccasion,
  ResponseOptions,
  SubeventOptions,
  TrainSubevents,
} from './scanning/periodic-subevents.js';
export type {
  BigInfo,
  PeriodicSync,
  PeriodicSyncEvents,
} from './scanning/periodic-sync.js';
export type { TransferredSync } from './scanning/periodic-syncs.js';
export type { SyncTransferOptions } from './scanning/reception.js';
export type { Scan } from './scanning/scan.js';
export type { ScanPhy } from './scanning/scan-commands.js';
export type { ScanFilter } from './scanning/scan-filter.js';
export type { ScanOptions } from './scanning/scan-options.js';
export type {
  PeriodicSyncOptions,
  PeriodicSyncSettings,
  PeriodicTrain,
} from './scanning/sync-options.js';
export type { PairingResult } from './security/link-security.js';
export type { SecurityOptions } from './security/options.js';
export type { TransportSource } from './transport-source.js';
