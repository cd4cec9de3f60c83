import { BdAddr } from '../../core/address.js';
import {
  leBigInfoAdvertisingReport,
  lePeriodicAdvertisingReportV1,
  lePeriodicAdvertisingReportV2,
  lePeriodicAdvertisingResponseReport,
  lePeriodicAdvertisingSubeventDataRequest,
  lePeriodicAdvertisingSyncEstablishedV1,
  lePeriodicAdvertisingSyncEstablishedV2,
  lePeriodicAdvertisingSyncLost,
  lePeriodicAdvertisingSyncTransferReceivedV1,
  lePeriodicAdvertisingSyncTransferReceivedV2,
} from '../../hci/events/index.js';
import { basePhy } from '../air/advertising-airtime.js';
import type { SlotResult } from '../air/response-slots.js';
import type { BigInfo } from '../link-layer/iso/big-info.js';
import type { ResponseEvents } from '../link-layer/periodic-host.js';
import type { PeriodicReport, PeriodicSync, SyncOptions } from '../link-layer/periodic-sync.js';
import type { SyncEvents } from '../link-layer/synchroniser.js';
import type { EventPort } from './event-port.js';

/** The most data in one report, in octets: Core Vol 4, Part E, 7.7.65.15. */
const MAX_DATA = 247;
const MAX_DATA_V2 = 244;
/** Octets that the responses of one report may take, and those in front of the data of each: 7.7.65.37. */
const RESPONSES_ROOM = 250;
const RESPONSE_HEAD = 6;
const NOT_AVAILABLE = 127;
const FAILED = 0xff;
const NOT_SENT = 1;
const MORE_TO_COME = 1;
/** CTE_Type: no Constant Tone Extension. */
const NO_CTE = 0xff;

/** Tells the host, by events, of periodic advertising. */
export class PeriodicReporter implements SyncEvents, ResponseEvents {
  private readonly port: EventPort;

  constructor(port: EventPort) {
    this.port = port;
  }

  periodicSyncEstablished(status: number, sync: PeriodicSync | undefined): void {
    const event = { status, syncHandle: sync?.handle ?? 0, ...describe(sync?.options) };
    if (this.port.permits(lePeriodicAdvertisingSyncEstablishedV2))
      this.port.event(lePeriodicAdvertisingSyncEstablishedV2, { ...event, ...subeventsOf(sync?.options) });
    else this.port.event(lePeriodicAdvertisingSyncEstablishedV1, event);
  }

  periodicSyncTransferred(status: number, sync: SyncOptions): void {
    const event = {
      status,
      connectionHandle: sync.transfer!.connection,
      serviceData: sync.transfer!.serviceData,
      syncHandle: status === 0 ? sync.handle : 0,
      ...describe(sync),
    };
    if (this.port.permits(lePeriodicAdvertisingSyncTransferReceivedV2))
      this.port.event(lePeriodicAdvertisingSyncTransferReceivedV2, { ...event, ...subeventsOf(sync) });
    else this.port.event(lePeriodicAdvertisingSyncTransferReceivedV1, event);
  }

  periodicSyncLost(syncHandle: number): void {
    this.port.event(lePeriodicAdvertisingSyncLost, { syncHandle });
  }

  periodicReport(syncHandle: number, report: PeriodicReport): void {
    const { txPower, rssi, dataStatus, data, counter: periodicEventCounter, subevent } = report;
    const second = this.port.permits(lePeriodicAdvertisingReportV2);
    const send = (status: number, part: Uint8Array) => {
      const event = { syncHandle, txPower, rssi, cteType: NO_CTE, dataStatus: status, data: part };
      if (second)
        this.port.event(lePeriodicAdvertisingReportV2, { ...event, periodicEventCounter, subevent });
      else this.port.event(lePeriodicAdvertisingReportV1, event);
    };
    const most = second ? MAX_DATA_V2 : MAX_DATA;
    let at = 0;
    for (; data.length - at > most; at += most) send(MORE_TO_COME, data.subarray(at, at + most));
    send(dataStatus, data.subarray(at));
  }

  subeventDataRequested(advertisingHandle: number, subeventStart: number, subeventDataCount: number): void {
    this.port.event(lePeriodicAdvertisingSubeventDataRequest, {
      advertisingHandle,
      subeventStart,
      subeventDataCount,
    });
  }

  responsesReceived(
    advertisingHandle: number,
    subevent: number,
    results: readonly SlotResult[] | undefined,
  ): void {
    const parts = results?.flatMap(responseParts) ?? [];
    const common = { advertisingHandle, subevent, txStatus: results ? 0 : NOT_SENT };
    let responses: ResponsePart[] = [];
    let octets = 0;
    for (const part of parts) {
      if (octets + RESPONSE_HEAD + part.data.length > RESPONSES_ROOM) {
        this.port.event(lePeriodicAdvertisingResponseReport, { ...common, responses });
        [responses, octets] = [[], 0];
      }
      responses.push(part);
      octets += RESPONSE_HEAD + part.data.length;
    }
    if (responses.length > 0 || !results)
      this.port.event(lePeriodicAdvertisingResponseReport, { ...common, responses });
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

/** What the second versions of events say of subevents. */
function subeventsOf(options: SyncOptions | undefined) {
  const {
    numSubevents = 0,
    subeventInterval = 0,
    responseSlotDelay = 0,
    responseSlotSpacing = 0,
  } = options?.subevents ?? {};
  return { numSubevents, subeventInterval, responseSlotDelay, responseSlotSpacing };
}

type ResponsePart = ReturnType<typeof responseParts>[number];

/** A response in as many parts as it takes. */
function responseParts({ slot: responseSlot, pdu, rssi }: SlotResult) {
  const txPower = pdu?.txPower ?? NOT_AVAILABLE;
  const common = { txPower, rssi: pdu ? rssi : NOT_AVAILABLE, cteType: NO_CTE, responseSlot };
  if (!pdu) return [{ ...common, dataStatus: FAILED, data: new Uint8Array(0) }];
  const most = RESPONSES_ROOM - RESPONSE_HEAD;
  const parts = [];
  let at = 0;
  for (; pdu.data.length - at > most; at += most)
    parts.push({ ...common, dataStatus: MORE_TO_COME, data: pdu.data.subarray(at, at + most) });
  parts.push({ ...common, dataStatus: 0, data: pdu.data.subarray(at) });
  return parts;
}
