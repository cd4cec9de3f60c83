import { LE_META } from '../../hci/definition.js';
import { PacketType } from '../../hci/packet-type.js';
import type { ExtendedReport } from '../link-layer/scan-parameters.js';
import type { EventPort } from './event-port.js';

const LE_EXTENDED_ADVERTISING_REPORT = 0x0d;
/** The most data in one report, in octets: Core Vol 4, Part E, 7.7.65.13. */
const MAX_DATA = 229;
/** Octets of a packet in front of the data. */
const HEADER = 29;
/** Bits of Event_Type: the data status. */
const DATA_STATUS = 0x60;
const MORE_TO_COME = 0x20;
const ANONYMOUS = 0xff;

/**
 * LE Extended Advertising Report, one report an event, by hand because there are many: Core Vol 4, Part E, 7.7.65.13.
 * Data beyond what one report has room for follows in the next.
 */
export function reportExtended(port: EventPort, report: ExtendedReport): void {
  if (!port.permitsLe(LE_EXTENDED_ADVERTISING_REPORT)) return;
  const { data } = report;
  let at = 0;
  for (; data.length - at > MAX_DATA; at += MAX_DATA) {
    const eventType = (report.eventType & ~DATA_STATUS) | MORE_TO_COME;
    port.packet(encode(report, eventType, data.subarray(at, at + MAX_DATA)));
  }
  port.packet(encode(report, report.eventType, data.subarray(at)));
}

function encode(report: ExtendedReport, eventType: number, data: Uint8Array): Uint8Array {
  const { address, target } = report;
  const packet = new Uint8Array(HEADER + data.length);
  packet[0] = PacketType.event;
  packet[1] = LE_META;
  packet[2] = HEADER - 3 + data.length;
  packet[3] = LE_EXTENDED_ADVERTISING_REPORT;
  packet[4] = 1;
  packet[5] = eventType & 0xff;
  packet[6] = eventType >> 8;
  packet[7] = address ? address.type : ANONYMOUS;
  if (address) packet.set(address.bd.wire, 8);
  packet[14] = report.primaryPhy;
  packet[15] = report.secondaryPhy;
  packet[16] = report.sid;
  packet[17] = report.txPower & 0xff;
  packet[18] = report.rssi & 0xff;
  packet[19] = report.periodicInterval & 0xff;
  packet[20] = report.periodicInterval >> 8;
  if (target) {
    packet[21] = report.targetType;
    packet.set(target.bd.wire, 22);
  }
  packet[28] = data.length;
  packet.set(data, HEADER);
  return packet;
}
