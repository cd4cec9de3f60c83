import type { ConnectionParameters, ParameterRange } from './connection-state.js';
import { ConnectionUpdate } from './connection-update.js';
import {
  llConnectionParamReq,
  llConnectionParamRsp,
  llConnectionUpdateInd,
  llRejectExtInd,
} from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
import { HciStatus } from './status.js';

/** No preference for a period, and no anchor points to choose from. */
const noAnchors = {
  preferredPeriodicity: 0,
  referenceConnEventCount: 0,
  offsets: new Uint8Array(12).fill(0xff),
};

/** Whether a peer may ask for these: Core Vol 6, Part B, 2.4.2.16. */
function isValid({ intervalMin, intervalMax, latency, timeout }: ParameterRange): boolean {
  return (
    intervalMin >= 6 &&
    intervalMin <= intervalMax &&
    intervalMax <= 3200 &&
    latency <= 499 &&
    timeout >= 10 &&
    timeout <= 3200 &&
    timeout * 4 > (1 + latency) * intervalMax
  );
}

/** Connection Parameters Request procedure, by the peripheral: Core Vol 6, Part B, 5.1.7. Ends with the central's update. */
export class ParameterRequest implements Procedure {
  readonly request = llConnectionParamReq.opcode;
  readonly hasInstant = true;
  private readonly range: ParameterRange;

  constructor(range: ParameterRange) {
    this.range = range;
  }

  begin(control: LinkControl): void {
    control.send(llConnectionParamReq, { ...this.range, ...noAnchors });
  }

  received(): void {}

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.connectionUpdated(control.connection, errorCode);
  }
}

/** The peer asks for other connection parameters: its host decides, where it wants to hear of it. */
export function receiveParameterRequest(control: LinkControl, range: ParameterRange): void {
  const refuse = (errorCode: number) =>
    control.send(llRejectExtInd, { rejectOpcode: llConnectionParamReq.opcode, errorCode });
  if (!isValid(range)) {
    refuse(HciStatus.invalidLlParameters);
    return;
  }
  const { instantProcedure } = control;
  if (control.isCentral && instantProcedure !== undefined) {
    // Core Vol 6, Part B, 5.3: the central's own procedure wins.
    const same =
      instantProcedure === llConnectionUpdateInd.opcode || instantProcedure === llConnectionParamReq.opcode;
    refuse(same ? HciStatus.procedureCollision : HciStatus.differentTransactionCollision);
    return;
  }
  if (!control.host.events.parametersRequested(control.connection, range)) {
    refuse(HciStatus.unsupportedRemoteFeature);
    return;
  }
  control.parametersAwaited = true;
}

/** The host accepts what the peer asked for. @returns whether it was asked */
export function acceptParameters(control: LinkControl, range: ParameterRange): boolean {
  if (!control.parametersAwaited) return false;
  control.parametersAwaited = false;
  if (control.isCentral) {
    const { intervalMin: interval, latency, timeout } = range;
    const parameters: ConnectionParameters = { interval, latency, timeout };
    control.start(new ConnectionUpdate(parameters));
  } else control.send(llConnectionParamRsp, { ...range, ...noAnchors });
  return true;
}

/** The host refuses it. @returns whether it was asked */
export function refuseParameters(control: LinkControl, errorCode: number): boolean {
  if (!control.parametersAwaited) return false;
  control.parametersAwaited = false;
  control.send(llRejectExtInd, { rejectOpcode: llConnectionParamReq.opcode, errorCode });
  return true;
}
