import { llLengthReq, llLengthRsp } from './control-pdu.js';
import type { PacketLengths } from './data-length.js';
import type { LinkControl, Procedure } from './link-control.js';

/** Data Length Update procedure: Core Vol 6, Part B, 5.1.9. A peer that does not know it changes nothing. */
export class LengthUpdate implements Procedure {
  readonly request = llLengthReq.opcode;
  readonly hasInstant = false;

  begin(control: LinkControl): void {
    sendLengths(control, llLengthReq);
  }

  received(control: LinkControl, opcode: number): void {
    if (opcode === llLengthRsp.opcode) control.finish();
  }

  rejected(): void {}
}

/** LL_LENGTH_REQ or LL_LENGTH_RSP with what this end wants. */
export function sendLengths(control: LinkControl, pdu: typeof llLengthReq): void {
  control.send(pdu, control.connection.dataLength.local);
}

/** The peer has said how long its packets may be. */
export function followLengths(control: LinkControl, lengths: PacketLengths): void {
  const { connection, host } = control;
  if (connection.dataLength.setRemote(lengths)) host.events.dataLengthChanged(connection);
}
