import type { PhyCode } from '../air/airtime.js';
import { llPhyReq, llPhyRsp, llPhyUpdateInd, llRejectExtInd } from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
import { choosePhy, phyOfMask, supportedPhys } from './phys.js';
import { HciStatus } from './status.js';

/** PHY Update procedure, for the host: Core Vol 6, Part B, 5.1.10. */
export class PhyUpdate implements Procedure {
  readonly request = llPhyReq.opcode;
  readonly hasInstant = true;
  private readonly txPhys: number;
  private readonly rxPhys: number;

  /** Masks of the PHYs wanted; 0 where the host has no preference. */
  constructor(txPhys: number, rxPhys: number) {
    this.txPhys = txPhys;
    this.rxPhys = rxPhys;
  }

  begin(control: LinkControl): void {
    const supported = supportedPhys(control.host.features);
    control.send(llPhyReq, {
      txPhys: this.txPhys || supported,
      rxPhys: this.rxPhys || supported,
    });
  }

  received(control: LinkControl, opcode: number, body: unknown): void {
    if (opcode !== llPhyRsp.opcode || !control.isCentral) return;
    const theirs = body as { txPhys: number; rxPhys: number };
    const supported = supportedPhys(control.host.features);
    updatePhys(
      control,
      (this.txPhys || supported) & theirs.rxPhys,
      (this.rxPhys || supported) & theirs.txPhys,
      true,
    );
  }

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.phyUpdated(control.connection, errorCode);
  }
}

/** New PHYs hold from now on; the host hears of a change, and of any outcome of what it `asked` for, which ends. */
function applyPhys(control: LinkControl, tx: PhyCode, rx: PhyCode, asked: boolean): void {
  const { connection, host } = control;
  const changes = tx !== connection.txPhy || rx !== connection.rxPhy;
  connection.txPhy = tx;
  connection.rxPhy = rx;
  if (changes || asked) host.events.phyUpdated(connection, HciStatus.success);
  if (connection.dataLength.setPhys(tx, rx)) host.events.dataLengthChanged(connection);
  if (asked) control.finish();
}

/** For the central: says by LL_PHY_UPDATE_IND what came of both ends' wishes, and has it applied at its instant. */
function updatePhys(control: LinkControl, txPhys: number, rxPhys: number, asked: boolean): void {
  const { connection } = control;
  const tx = choosePhy(txPhys, connection.txPhy);
  const rx = choosePhy(rxPhys, connection.rxPhy);
  const instant = control.futureInstant();
  control.send(llPhyUpdateInd, { phyCToP: tx.mask, phyPToC: rx.mask, instant });
  if (tx.mask === 0 && rx.mask === 0) applyPhys(control, tx.phy, rx.phy, asked);
  else control.atInstant(instant, () => applyPhys(control, tx.phy, rx.phy, asked));
}

/** For the peripheral: the central has said what the PHYs will be. */
export function followPhys(control: LinkControl, phyCToP: number, phyPToC: number, instant: number): void {
  const { connection } = control;
  const tx = phyOfMask(phyPToC) ?? connection.txPhy;
  const rx = phyOfMask(phyCToP) ?? connection.rxPhy;
  // By its instant, the central may have refused what this end asked for, and said this of itself.
  const follow = () => applyPhys(control, tx, rx, control.activeRequest === llPhyReq.opcode);
  if (phyCToP === 0 && phyPToC === 0) follow();
  else control.atInstant(instant, follow);
}

/** The peer has asked for other PHYs: the peripheral says what it likes, the central decides. */
export function answerPhyRequest(control: LinkControl, theirTx: number, theirRx: number): void {
  const supported = supportedPhys(control.host.features);
  const txPhys = control.connection.preferredTxPhys || supported;
  const rxPhys = control.connection.preferredRxPhys || supported;
  if (!control.isCentral) {
    control.send(llPhyRsp, { txPhys, rxPhys });
    return;
  }
  if (control.instantProcedure !== undefined) {
    // Core Vol 6, Part B, 5.3: the central's own procedure wins.
    const errorCode =
      control.activeRequest === llPhyReq.opcode
        ? HciStatus.procedureCollision
        : HciStatus.differentTransactionCollision;
    control.send(llRejectExtInd, { rejectOpcode: llPhyReq.opcode, errorCode });
    return;
  }
  updatePhys(control, txPhys & theirRx, rxPhys & theirTx, false);
}
