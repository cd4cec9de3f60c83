import type { LinkControl, Procedure } from '../link-control.js';
import { HciStatus } from '../status.js';
import type { Cis } from './cis.js';
import { llCisReq, llCisRsp, llCisTerminateInd } from './cis-pdus.js';

/** Who creates streams: what becomes of the answer to LL_CIS_REQ. */
export interface CisCreator {
  accepted(control: LinkControl, cis: Cis): void;
  failed(cis: Cis, status: number): void;
}

/** LL_CIS_IND names no less than this many µs from the connection's anchor point to the stream's. */
export const LEAST_CIS_OFFSET = 500;

/** Connected Isochronous Stream Creation procedure, by the central: Core Vol 6, Part B, 5.1.15. */
export class CisCreation implements Procedure {
  readonly request = llCisReq.opcode;
  readonly hasInstant = true;
  private readonly creator: CisCreator;
  private readonly cis: Cis;

  constructor(creator: CisCreator, cis: Cis) {
    this.creator = creator;
    this.cis = cis;
  }

  begin(control: LinkControl): void {
    const { cis } = this;
    if (cis.cancelled) {
      this.creator.failed(cis, HciStatus.operationCancelledByHost);
      control.finish();
      return;
    }
    const { cigId, isoInterval, schedule } = cis.plan;
    const { cToP, pToC } = schedule;
    control.send(llCisReq, {
      cigId,
      cisId: cis.cisId,
      phyCToP: 1 << (cToP.phy - 1),
      phyPToC: 1 << (pToC.phy - 1),
      maxSduCToP: { maxSdu: cToP.maxSdu, rfu: 0, framed: 0 },
      maxSduPToC: { maxSdu: pToC.maxSdu, rfu: 0 },
      sduIntervalCToP: { sduInterval: cToP.sduInterval, rfu: 0 },
      sduIntervalPToC: { sduInterval: pToC.sduInterval, rfu: 0 },
      maxPduCToP: cToP.maxPdu,
      maxPduPToC: pToC.maxPdu,
      nse: schedule.nse,
      subInterval: schedule.nse > 1 ? schedule.subInterval : 0,
      bn: { bnCToP: cToP.bn, bnPToC: pToC.bn },
      ftCToP: cToP.ft,
      ftPToC: pToC.ft,
      isoInterval: isoInterval / 1250,
      cisOffsetMin: LEAST_CIS_OFFSET,
      cisOffsetMax: isoInterval - 1 + LEAST_CIS_OFFSET,
      connEventCount: control.futureInstant(),
    });
  }

  received(control: LinkControl, opcode: number): void {
    if (opcode !== llCisRsp.opcode) return;
    this.creator.accepted(control, this.cis);
  }

  rejected(_control: LinkControl, errorCode: number): void {
    this.creator.failed(this.cis, errorCode);
  }
}

/** Connected Isochronous Stream Termination procedure: Core Vol 6, Part B, 5.1.16. */
export class CisTermination implements Procedure {
  readonly request = llCisTerminateInd.opcode;
  readonly hasInstant = false;
  private readonly cis: Cis;
  private readonly errorCode: number;

  constructor(cis: Cis, errorCode: number) {
    this.cis = cis;
    this.errorCode = errorCode;
  }

  begin(control: LinkControl): void {
    if (this.cis.state !== 'established') {
      control.finish();
      return;
    }
    this.cis.hush();
    const { cigId } = this.cis.plan;
    control.send(llCisTerminateInd, { cigId, cisId: this.cis.cisId, errorCode: this.errorCode });
  }

  received(): void {}

  acknowledged(control: LinkControl, opcode: number): void {
    if (opcode !== llCisTerminateInd.opcode) return;
    this.cis.close(HciStatus.terminatedByLocalHost);
    control.finish();
  }

  rejected(): void {}
}
