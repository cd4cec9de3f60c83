import { llPowerControlReq, llPowerControlRsp } from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
import { supportedPhys } from './phys.js';
import { HciStatus } from './status.js';

/** Why LE Transmit Power Reporting tells something: Core Vol 4, Part E, 7.7.65.33. */
export const PowerReason = { localChanged: 0, remoteChanged: 1, remoteRead: 2 } as const;

/** A transmitter of one power is at its least and at its most. */
const ONLY_POWER = 0x03;
/** Acceptable Power Reduction: not known. */
const UNKNOWN_REDUCTION = 0xff;

/** The PHY that a mask of one bit names in PDUs of power control; `undefined` for any other mask. */
function phyOfBit(mask: number): number | undefined {
  const index = [1, 2, 4, 8].indexOf(mask);
  return index < 0 ? undefined : index + 1;
}

/** Whether a controller of these features has a PHY, numbered with its coding. */
export function hasPhy(features: bigint, phy: number): boolean {
  return ((supportedPhys(features) >> (Math.min(phy, 3) - 1)) & 1) === 1;
}

/** Power Control Request procedure without a wish for another power: Core Vol 6, Part B, 5.1.17. */
export class PowerQuery implements Procedure {
  readonly request = llPowerControlReq.opcode;
  readonly hasInstant = false;
  private readonly phy: number;
  private readonly tell: boolean;

  /** @param tell whether the host asked for it */
  constructor(phy: number, tell: boolean) {
    this.phy = phy;
    this.tell = tell;
  }

  begin(control: LinkControl): void {
    control.send(llPowerControlReq, {
      phy: 1 << (this.phy - 1),
      delta: 0,
      txPower: control.host.radio.txPower,
    });
  }

  received(control: LinkControl, opcode: number, body: unknown): void {
    if (opcode !== llPowerControlRsp.opcode) return;
    const { flags, txPower } = body as { flags: number; txPower: number };
    control.connection.remoteTxPower = txPower;
    this.report(control, HciStatus.success, txPower, flags & ONLY_POWER);
    control.finish();
  }

  rejected(control: LinkControl, errorCode: number): void {
    this.report(control, errorCode, 127, 0);
  }

  private report(control: LinkControl, status: number, txPower: number, flags: number): void {
    if (!this.tell) return;
    const report = { reason: PowerReason.remoteRead, phy: this.phy, txPower, flags, delta: 0 };
    control.host.events.transmitPowerReported(control.connection, status, report);
  }
}

/** The peer asks for another power, or for what it is: this transmitter has one. */
export function answerPowerRequest(control: LinkControl, { phy: mask }: { phy: number }): void {
  const phy = phyOfBit(mask);
  if (phy === undefined || !hasPhy(control.host.features, phy)) {
    const errorCode =
      phy === undefined ? HciStatus.invalidLlParameters : HciStatus.unsupportedLlParameterValue;
    control.reject(llPowerControlReq.opcode, errorCode);
    return;
  }
  control.send(llPowerControlRsp, {
    flags: ONLY_POWER,
    delta: 0,
    txPower: control.host.radio.txPower,
    acceptablePowerReduction: UNKNOWN_REDUCTION,
  });
}

/** The peer sends with another power from now on: Core Vol 6, Part B, 5.1.18. */
export function followPower(
  control: LinkControl,
  { phy: mask, flags, delta, txPower }: { phy: number; flags: number; delta: number; txPower: number },
): void {
  const phy = phyOfBit(mask);
  if (phy === undefined) return;
  const { connection } = control;
  connection.remoteTxPower = txPower;
  if (!connection.reportsRemotePower) return;
  const report = { reason: PowerReason.remoteChanged, phy, txPower, flags: flags & ONLY_POWER, delta };
  control.host.events.transmitPowerReported(connection, HciStatus.success, report);
}
