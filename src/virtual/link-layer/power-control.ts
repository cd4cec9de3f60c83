import { llPowerControlReq, llPowerControlRsp } from './control-pdu.js';
import { LeFeature, supports } from './features.js';
import type { LinkControl, Procedure } from './link-control.js';
import { supportedPhys } from './phys.js';
import { HciStatus } from './status.js';

/** Why LE Transmit Power Reporting tells something: Core Vol 4, Part E, 7.7.65.33. */
export const PowerReason = { localChanged: 0, remoteChanged: 1, remoteRead: 2 } as const;

/** The flags that say something of a power: it is the least, it is the most. */
const ENDS = 0x03;

/** The PHY that a mask of one bit names in PDUs of power control; `undefined` for any other mask. */
function phyOfBit(mask: number): number | undefined {
  const index = [1, 2, 4, 8].indexOf(mask);
  return index < 0 ? undefined : index + 1;
}

/** Whether a controller of these features has a PHY, numbered with its coding. */
export function hasPhy(features: bigint, phy: number): boolean {
  return ((supportedPhys(features) >> (Math.min(phy, 3) - 1)) & 1) === 1;
}

/** Power Control Request procedure: Core Vol 6, Part B, 5.1.17. */
export class PowerRequest implements Procedure {
  readonly request = llPowerControlReq.opcode;
  readonly hasInstant = false;
  private readonly phy: number;
  private readonly delta: number;
  private readonly tell: boolean;

  /**
   * @param delta by how many dB the peer should change its power; 0 to learn what it is
   * @param tell whether the host asked for it
   */
  constructor(phy: number, delta: number, tell: boolean) {
    this.phy = phy;
    this.delta = delta;
    this.tell = tell;
  }

  begin(control: LinkControl): void {
    control.send(llPowerControlReq, {
      phy: 1 << (this.phy - 1),
      delta: this.delta,
      txPower: control.connection.power.current,
    });
  }

  received(control: LinkControl, opcode: number, body: unknown): void {
    if (opcode !== llPowerControlRsp.opcode) return;
    const { flags, delta, txPower } = body as { flags: number; delta: number; txPower: number };
    const { power } = control.connection;
    power.remoteTold(txPower, flags);
    if (this.tell) this.report(control, HciStatus.success, txPower, flags & ENDS);
    else if (delta !== 0) reportRemote(control, this.phy, { flags, delta, txPower });
    control.finish();
  }

  rejected(control: LinkControl, errorCode: number): void {
    control.connection.power.isRefused = true;
    if (this.tell) this.report(control, errorCode, 127, 0);
  }

  private report(control: LinkControl, status: number, txPower: number, flags: number): void {
    const report = { reason: PowerReason.remoteRead, phy: this.phy, txPower, flags, delta: 0 };
    control.host.events.transmitPowerReported(control.connection, status, report);
  }
}

/** Tells the host of a change of the peer's power, where it wants to hear of it. */
function reportRemote(
  control: LinkControl,
  phy: number,
  { flags, delta, txPower }: { flags: number; delta: number; txPower: number },
): void {
  const { connection, host } = control;
  if (!connection.power.reportsRemote) return;
  const report = { reason: PowerReason.remoteChanged, phy, txPower, flags: flags & ENDS, delta };
  host.events.transmitPowerReported(connection, HciStatus.success, report);
}

/** A packet of the peer came at `rssi` dBm: asks for another power where that is too strong or too weak. */
export function watchPower(control: LinkControl, phy: number, rssi: number): void {
  const delta = control.connection.power.measured(rssi);
  if (delta === 0 || control.full || control.has(PowerRequest)) return;
  const features = control.remoteFeatures;
  if (features !== undefined && !supports(features, LeFeature.lePowerControlRequest)) return;
  control.start(new PowerRequest(phy, delta, false));
}

/** The peer asks for another power, or for what it is; the new one holds when the peer knows of it. */
export function answerPowerRequest(
  control: LinkControl,
  { phy: mask, delta, txPower: theirs }: { phy: number; delta: number; txPower: number },
): void {
  const { connection, host } = control;
  const phy = phyOfBit(mask);
  if (phy === undefined || !hasPhy(host.features, phy)) {
    const errorCode =
      phy === undefined ? HciStatus.invalidLlParameters : HciStatus.unsupportedLlParameterValue;
    control.reject(llPowerControlReq.opcode, errorCode);
    return;
  }
  const { power } = connection;
  power.remote = theirs;
  const change = power.possible(delta);
  const txPower = power.current + change;
  const flags = power.flagsOf(txPower);
  if (change !== 0) {
    control.whenAcknowledged.set(llPowerControlRsp.opcode, () => {
      power.current = txPower;
      if (!power.reportsLocal) return;
      const report = { reason: PowerReason.localChanged, phy, txPower, flags, delta: change };
      host.events.transmitPowerReported(connection, HciStatus.success, report);
    });
  }
  const acceptablePowerReduction = power.acceptableReduction(connection.rssi);
  control.send(llPowerControlRsp, { flags, delta: change, txPower, acceptablePowerReduction });
}

/** The peer sends with another power from now on: Core Vol 6, Part B, 5.1.18. */
export function followPower(
  control: LinkControl,
  { phy: mask, flags, delta, txPower }: { phy: number; flags: number; delta: number; txPower: number },
): void {
  const phy = phyOfBit(mask);
  if (phy === undefined) return;
  control.connection.power.remoteTold(txPower, flags);
  reportRemote(control, phy, { flags, delta, txPower });
}
