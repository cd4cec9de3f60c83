import { llClockAccuracyReq, llClockAccuracyRsp, llPingReq, llPingRsp } from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
import { HciStatus } from './status.js';

/** Sleep Clock Accuracy Update procedure, for the host: Core Vol 6, Part B, 5.1.14. */
export class ClockAccuracyRequest implements Procedure {
  readonly request = llClockAccuracyReq.opcode;
  readonly hasInstant = false;

  begin(control: LinkControl): void {
    control.send(llClockAccuracyReq, { sca: control.host.sca });
  }

  received(control: LinkControl, opcode: number, body: unknown): void {
    if (opcode !== llClockAccuracyRsp.opcode) return;
    const { sca } = body as { sca: number };
    control.host.events.peerClockAccuracyRead(control.connection, HciStatus.success, sca);
    control.finish();
  }

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.peerClockAccuracyRead(control.connection, errorCode, 0);
  }
}

/** LE Ping procedure: Core Vol 6, Part B, 5.1.8. Any answer is authenticated, LL_UNKNOWN_RSP too. */
export class Ping implements Procedure {
  readonly request = llPingReq.opcode;
  readonly hasInstant = false;

  begin(control: LinkControl): void {
    control.send(llPingReq, {});
  }

  received(control: LinkControl, opcode: number): void {
    if (opcode === llPingRsp.opcode) control.finish();
  }

  rejected(): void {}
}
