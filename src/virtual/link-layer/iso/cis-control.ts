import type { ControlPdu } from '../control-pdu.js';
import { LeFeature } from '../features.js';
import type { ControlConditions, ControlHandler, LinkControl } from '../link-control.js';
import { llCisInd, llCisReq, llCisRsp, llCisTerminateInd } from './cis-pdus.js';

function on<P>(
  pdu: ControlPdu<P>,
  handle: (control: LinkControl, body: P) => void,
  conditions: ControlConditions = {},
): ControlHandler {
  const { opcode, name, body } = pdu;
  return {
    pdu: { opcode, name, body } as ControlPdu<unknown>,
    handle: (control, values) => handle(control, values as P),
    conditions,
  };
}

const byPeripheral = { role: 'peripheral', feature: LeFeature.connectedIsochronousStreamPeripheral } as const;
const byCentral = { role: 'central', feature: LeFeature.connectedIsochronousStreamCentral } as const;

/** The answers to the peer's LL Control PDUs about streams. */
export const cisControlHandlers: readonly ControlHandler[] = [
  on(llCisReq, (control, body) => control.host.isochronous.requested(control.connection, body), byPeripheral),
  // The active procedure deals with it.
  on(llCisRsp, () => {}, byCentral),
  on(llCisInd, (control, body) => control.host.isochronous.indicated(control.connection, body), byPeripheral),
  on(llCisTerminateInd, ({ host, connection }, { cigId, cisId, errorCode }) =>
    host.isochronous.terminatedByPeer(connection, cigId, cisId, errorCode),
  ),
];
