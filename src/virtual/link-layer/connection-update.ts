import type { ConnectionParameters } from './connection-state.js';
import { llConnectionParamReq, llConnectionUpdateInd } from './control-pdu.js';
import type { LinkControl, Procedure } from './link-control.js';
import { HciStatus } from './status.js';

/** Connection Update procedure, by the central: Core Vol 6, Part B, 5.1.1. */
export class ConnectionUpdate implements Procedure {
  readonly request = llConnectionUpdateInd.opcode;
  readonly hasInstant = true;
  private readonly parameters: ConnectionParameters;

  constructor(parameters: ConnectionParameters) {
    this.parameters = parameters;
  }

  begin(control: LinkControl): void {
    const instant = control.futureInstant();
    control.send(llConnectionUpdateInd, { winSize: 1, winOffset: 0, ...this.parameters, instant });
    control.atInstant(instant, () => {
      control.connection.setParameters(this.parameters);
      control.host.events.connectionUpdated(control.connection, HciStatus.success);
      control.finish();
    });
  }

  received(): void {}

  rejected(control: LinkControl, errorCode: number): void {
    control.host.events.connectionUpdated(control.connection, errorCode);
  }
}

/** For the peripheral: the central has said what the connection parameters will be. */
export function followParameters(
  control: LinkControl,
  parameters: ConnectionParameters,
  instant: number,
): void {
  const { connection, host } = control;
  control.atInstant(instant, () => {
    // The central may have refused what this end asked for, and said this of itself.
    const asked = control.activeRequest === llConnectionParamReq.opcode;
    const before = connection.parameters;
    connection.setParameters(parameters);
    const changes =
      before.interval !== parameters.interval ||
      before.latency !== parameters.latency ||
      before.timeout !== parameters.timeout;
    if (changes || asked) host.events.connectionUpdated(connection, HciStatus.success);
    if (asked) control.finish();
  });
}
