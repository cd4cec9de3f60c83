import { BdAddr } from '../../core/address.js';
import {
  leBigInfoAdvertisingReport,
  lePeriodicAdvertisingReportV1,
  lePeriodicAdvertisingSyncEstablishedV1,
  lePeriodicAdvertisingSyncLost,
  lePeriodicAdvertisingSyncTransferReceivedV1,
} from '../../hci/events/index.js';
import { basePhy } from '../air/advertising-airtime.js';
import type { BigInfo } from '../link-layer/iso/big-info.js';
import type { PeriodicSync, SyncOptions } from '../link-layer/periodic-sync.js';
import type { SyncEvents } from '../link-layer/synchroniser.js';
import type { EventPort } from './event-port.js';

/** The most data in one report, in octets: Core Vol 4, Part E, 7.7.65.15. */
const MAX_DATA = 247;
const MORE_TO_COME = 1;
/** CTE_Type: no Constant Tone Extension. */
const NO_CTE = 0xff;

/** Tells the host, by events, of periodic advertising. */
export class PeriodicReporter implements SyncEvents {
  private readonly port: EventPort;

  constructor(port: EventPort) {
    this.port = port;
  }

  periodicSyncEstablished(status: number, sync: PeriodicSync | undefined): void {
    this.port.event(lePeriodicAdvertisingSyncEstablishedV1, {
      status,
      syncHandle: sync?.handle ?? 0,
      ...describe(sync?.options),
    });
  }

  periodicSyncTransferred(status: number, sync: SyncOptions): void {
    this.port.event(lePeriodicAdvertisingSyncTransferReceivedV1, {
      status,
      connectionHandle: sync.transfer!.connection,
      serviceData: sync.transfer!.serviceData,
      syncHandle: status === 0 ? sync.handle : 0,
      ...describe(sync),
    });
  }

  periodicSyncLost(syncHandle: number): void {
    this.port.event(lePeriodicAdvertisingSyncLost, { syncHandle });
  }

  periodicReport(
    syncHandle: number,
    txPower: number,
    rssi: number,
    dataStatus: number,
    data: Uint8Array,
  ): void {
    const common = { syncHandle, txPower, rssi, cteType: NO_CTE };
    let at = 0;
    for (; data.length - at > MAX_DATA; at += MAX_DATA) {
      const part = data.subarray(at, at + MAX_DATA);
      this.port.event(lePeriodicAdvertisingReportV1, { ...common, dataStatus: MORE_TO_COME, data: part });
    }
    this.port.event(lePeriodicAdvertisingReportV1, { ...common, dataStatus, data: data.subarray(at) });
  }

  bigInfoReport(syncHandle: number, { schedule, framed }: BigInfo): void {
    const { numBis, nse, isoInterval, bn, pto, irc, maxPdu, sduInterval, maxSdu, phy, encrypted } = schedule;
    this.port.event(leBigInfoAdvertisingReport, {
      syncHandle,
      numBis,
      nse,
      isoInterval: isoInterval / 1250,
      bn,
      pto,
      irc,
      maxPdu,
      sduInterval,
      maxSdu,
      phy,
      framing: framed ? 1 : 0,
      encryption: encrypted ? 1 : 0,
    });
  }
}

function describe(options: SyncOptions | undefined) {
  return {
    advertisingSid: options?.sid ?? 0,
    advertiserAddressType: options?.address.type ?? 0,
    advertiserAddress: options?.address.bd ?? BdAddr.zero,
    advertiserPhy: basePhy(options?.phy ?? 0),
    periodicAdvertisingInterval: options?.interval ?? 0,
    advertiserClockAccuracy: options?.sca ?? 0,
  };
}
